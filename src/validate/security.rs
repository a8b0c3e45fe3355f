//! Whether a request carries the credentials that an operation asks for, and which.

use std::borrow::Cow;

use base64::Engine;
use indexmap::IndexMap;

use crate::contract::{ParameterPlace, SecurityKind, SecurityRequirement, SecurityScheme};
use crate::validate::parameter::header_text;
use crate::wire::{Request, cookie, query};

/// The credential that `request` carries for a scheme; `None` when there is none or an empty one. A client
/// certificate can't be seen here and counts as given.
#[must_use]
pub fn credential<'r>(kind: &'r SecurityKind, request: &'r Request) -> Option<Cow<'r, str>> {
    let found = match kind {
        SecurityKind::ApiKey { place, name } => match place {
            ParameterPlace::Header => header_text(request.headers.get(name)?),
            ParameterPlace::Cookie => Cow::Borrowed(cookie::find(&request.headers, name)?),
            _ => query::members(request.query()?).find(|m| m.name == name.as_str())?.value(),
        },
        SecurityKind::Http { scheme } => authorization(request, scheme)?,
        SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect => authorization(request, "bearer")?,
        SecurityKind::MutualTls => return Some(Cow::Borrowed("")),
    };
    (!found.trim().is_empty()).then_some(found)
}

/// What follows the scheme's name in `Authorization` (RFC 9110 §11.6.2; names compare without case). For `basic` it
/// must be the Base64 of something with a colon (RFC 7617 §2).
fn authorization<'r>(request: &'r Request, scheme: &str) -> Option<Cow<'r, str>> {
    let value = header_text(request.headers.get("authorization")?);
    let (name, rest) = value.split_once(' ')?;
    if !name.eq_ignore_ascii_case(scheme) {
        return None;
    }
    let rest = rest.trim().to_owned();
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = base64::engine::general_purpose::STANDARD.decode(&rest).ok()?;
        decoded.contains(&b':').then_some(())?;
    }
    Some(Cow::Owned(rest))
}

/// Base64 as lenient readers (Python's among them) decode it: what is no digit is skipped, the padding must be there.
#[must_use]
pub fn base64_loosely(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    let digit = |c: &char| c.is_ascii_alphanumeric() || "+/=".contains(*c);
    base64::engine::general_purpose::STANDARD.decode(text.chars().filter(digit).collect::<String>()).ok()
}

/// The schemes that are missing: of the alternative that lacks fewest, the first of equals. Empty when an alternative
/// is fulfilled, or none is asked for.
#[must_use]
pub fn missing<'c>(
    alternatives: &'c [SecurityRequirement],
    schemes: &IndexMap<String, SecurityScheme>,
    request: &Request,
) -> Vec<&'c str> {
    lacking(alternatives, schemes, &|kind| credential(kind, request).is_some())
}

/// Like [`missing`], with `holds` saying whether there is a credential that is taken for a kind of scheme.
#[must_use]
pub fn lacking<'c>(
    alternatives: &'c [SecurityRequirement],
    schemes: &IndexMap<String, SecurityScheme>,
    holds: &dyn Fn(&SecurityKind) -> bool,
) -> Vec<&'c str> {
    let lacks = |scheme: &SecurityScheme| !holds(&scheme.kind);
    let mut fewest: Option<Vec<&str>> = None;
    for SecurityRequirement(all) in alternatives {
        let lacking: Vec<&str> = all
            .iter()
            .map(|(name, _)| name.as_str())
            // A scheme that the contract does not define can't be asked for.
            .filter(|name| schemes.get(*name).is_some_and(lacks))
            .collect();
        if lacking.is_empty() {
            return lacking;
        }
        if fewest.as_ref().is_none_or(|fewest| lacking.len() < fewest.len()) {
            fewest = Some(lacking);
        }
    }
    fewest.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Location;

    fn request(target: &str, headers: &[(&str, &str)]) -> Request {
        let mut request = Request { method: "GET".into(), target: target.into(), ..Request::default() };
        headers.iter().for_each(|(n, v)| request.headers.push(*n, (*v).to_owned()));
        request
    }

    #[test]
    fn each_kind_is_found_where_it_belongs() {
        let key = |place| SecurityKind::ApiKey { place, name: "k".into() };
        let http = |scheme: &str| SecurityKind::Http { scheme: scheme.into() };
        for (kind, target, headers, want) in [
            (key(ParameterPlace::Header), "/", &[("K", "s")][..], Some("s")),
            (key(ParameterPlace::Header), "/", &[("k", " ")], None),
            (key(ParameterPlace::Query), "/?k=a%20b", &[], Some("a b")),
            (key(ParameterPlace::Query), "/", &[("k", "s")], None),
            (key(ParameterPlace::Cookie), "/", &[("Cookie", "a=1; k=s")], Some("s")),
            (http("bearer"), "/", &[("authorization", "BEARER t")], Some("t")),
            (http("bearer"), "/", &[("authorization", "t")], None),
            (http("basic"), "/", &[("authorization", "Basic YTpi")], Some("YTpi")),
            (http("basic"), "/", &[("authorization", "Basic YWI=")], None),
            (SecurityKind::OpenIdConnect, "/", &[("authorization", "Bearer t")], Some("t")),
        ] {
            assert_eq!(
                credential(&kind, &request(target, headers)).as_deref(),
                want,
                "{kind:?} {target} {headers:?}"
            );
        }
    }

    #[test]
    fn alternatives_need_all_of_one() {
        let mut schemes = IndexMap::new();
        for name in ["a", "b"] {
            let kind = SecurityKind::ApiKey { place: ParameterPlace::Header, name: name.into() };
            schemes.insert(
                name.to_owned(),
                SecurityScheme { name: name.into(), kind, location: Location::default() },
            );
        }
        let all =
            |names: &[&str]| SecurityRequirement(names.iter().map(|n| ((*n).to_owned(), vec![])).collect());
        let both = [all(&["a", "b"])];
        assert_eq!(missing(&both, &schemes, &request("/", &[("a", "1")])), ["b"]);
        assert!(missing(&both, &schemes, &request("/", &[("a", "1"), ("b", "2")])).is_empty());
        assert_eq!(missing(&[all(&["a", "b"]), all(&["b"])], &schemes, &request("/", &[])), ["b"]);
        assert!(missing(&[all(&["a"]), all(&[])], &schemes, &request("/", &[])).is_empty());
        assert!(missing(&[], &schemes, &request("/", &[])).is_empty());
        assert!(missing(&[all(&["unknown"])], &schemes, &request("/", &[])).is_empty());
    }
}
