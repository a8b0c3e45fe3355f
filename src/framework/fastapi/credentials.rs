//! What the classes of `fastapi.security` take for a credential.

use std::borrow::Cow;

use crate::contract::SecurityKind;
use crate::validate::security;
use crate::wire::Request;

/// What the classes of `fastapi.security` take for a credential: for OAuth2 an empty token too, for OpenID Connect
/// whatever stands in `Authorization`.
pub(super) fn credential<'r>(kind: &'r SecurityKind, request: &'r Request) -> Option<Cow<'r, str>> {
    let header = || {
        let value = request.headers.get("authorization")?;
        let text: String = value.iter().map(|byte| char::from(*byte)).collect();
        (!text.trim().is_empty()).then(|| text.trim().to_owned())
    };
    match kind {
        SecurityKind::Http { scheme } => {
            let text = header()?;
            let (name, rest) = text.split_once(' ').unwrap_or((&text, ""));
            let rest = rest.trim();
            if scheme.eq_ignore_ascii_case("basic") {
                let decoded = security::base64_loosely(rest).filter(|d| d.is_ascii() && d.contains(&b':'));
                decoded.filter(|_| name.eq_ignore_ascii_case("basic"))?;
            }
            (name.eq_ignore_ascii_case(scheme) && !rest.is_empty()).then(|| Cow::Owned(rest.to_owned()))
        }
        SecurityKind::OAuth2 { .. } => {
            let text = header()?;
            let (name, rest) = text.split_once(' ').unwrap_or((&text, ""));
            name.eq_ignore_ascii_case("bearer").then(|| Cow::Owned(rest.trim().to_owned()))
        }
        SecurityKind::OpenIdConnect => header().map(Cow::Owned),
        SecurityKind::ApiKey { .. } | SecurityKind::MutualTls => security::credential(kind, request),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fastapis_classes_take_what_they_take() {
        let http = |scheme: &str| SecurityKind::Http { scheme: scheme.into() };
        let oauth = SecurityKind::OAuth2 { scopes: Default::default() };
        for (kind, sent, taken) in [
            (http("bearer"), "bearer t", true),
            (http("bearer"), "Bearer", false),
            (http("basic"), "Basic dTpw", true),
            (http("basic"), "Basic d!Tpw", true),
            (http("basic"), "Basic dQ==", false),
            (http("basic"), "Basic /w==", false),
            (oauth.clone(), "Bearer", true),
            (oauth, "Basic dTpw", false),
            (SecurityKind::OpenIdConnect, "anything", true),
            (SecurityKind::OpenIdConnect, " ", false),
        ] {
            let mut request = Request::default();
            request.headers.push("Authorization", sent.to_owned());
            assert_eq!(credential(&kind, &request).is_some(), taken, "{kind:?} {sent}");
        }
    }
}
