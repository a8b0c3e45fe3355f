//! Whether the token that a request carries is good for what the operation asks: scopes, as far as a token's claims
//! can be read (a JWT, RFC 7519; its signature is nobody's business here). A token without readable scopes is good for
//! everything.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use indexmap::IndexMap;
use serde_json::Value;

use crate::contract::{SecurityKind, SecurityRequirement, SecurityScheme};
use crate::validate::security::credential;
use crate::wire::Request;

/// Claims that hold scopes: a text with blanks (RFC 8693 §4.2) or a list, as issuers write them.
const CLAIMS: [&str; 5] = ["scope", "scp", "scopes", "permissions", "roles"];

/// The scopes that `request` lacks, of the alternative that lacks fewest; `None` when an alternative is fulfilled,
/// scopes and all, or none has all its credentials (then they are what is missing).
#[must_use]
pub fn missing<'c>(
    alternatives: &'c [SecurityRequirement],
    schemes: &IndexMap<String, SecurityScheme>,
    request: &Request,
) -> Option<Vec<&'c str>> {
    if alternatives.iter().all(|SecurityRequirement(all)| all.iter().all(|(_, scopes)| scopes.is_empty())) {
        return None;
    }
    let mut fewest: Option<Vec<&str>> = None;
    for SecurityRequirement(all) in alternatives {
        let Some(lacking) = lacking(all, schemes, request) else { continue };
        if lacking.is_empty() {
            return None;
        }
        if fewest.as_ref().is_none_or(|fewest| lacking.len() < fewest.len()) {
            fewest = Some(lacking);
        }
    }
    fewest
}

/// What one alternative lacks in scopes; `None` when it lacks a credential.
fn lacking<'c>(
    all: &'c [(String, Vec<String>)],
    schemes: &IndexMap<String, SecurityScheme>,
    request: &Request,
) -> Option<Vec<&'c str>> {
    let mut lacking = Vec::new();
    for (name, wanted) in all {
        let Some(scheme) = schemes.get(name) else { continue };
        let found = credential(&scheme.kind, request)?;
        // An API key or a password has no claims; the names beside them (3.1) are roles that nothing here tells.
        let is_token = match &scheme.kind {
            SecurityKind::Http { scheme } => scheme.eq_ignore_ascii_case("bearer"),
            SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect => true,
            SecurityKind::ApiKey { .. } | SecurityKind::MutualTls => false,
        };
        if let Some(granted) = scopes(&found).filter(|_| is_token) {
            lacking.extend(wanted.iter().map(String::as_str).filter(|scope| !granted.contains(*scope)));
        }
    }
    Some(lacking)
}

/// The scopes that a token says it has; `None` when it is no JWT or says nothing of scopes.
#[must_use]
pub fn scopes(token: &str) -> Option<HashSet<String>> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let mut granted: Option<HashSet<String>> = None;
    for claim in CLAIMS.iter().filter_map(|name| claims.get(name)) {
        let granted = granted.get_or_insert_default();
        match claim {
            Value::String(text) => granted.extend(text.split_ascii_whitespace().map(str::to_owned)),
            Value::Array(items) => granted.extend(items.iter().filter_map(Value::as_str).map(str::to_owned)),
            _ => {}
        }
    }
    granted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::ParameterPlace;
    use crate::document::Location;

    fn token(claims: &Value) -> String {
        format!("{}.{}.", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn scopes_are_read_off_the_claims() {
        let read = |claims: Value| {
            let mut found: Vec<_> = scopes(&token(&claims)).unwrap().into_iter().collect();
            found.sort();
            found
        };
        assert_eq!(read(json!({"scope": "a  b"})), ["a", "b"]);
        assert_eq!(read(json!({"scp": ["a"], "roles": ["c"]})), ["a", "c"]);
        assert!(read(json!({"scope": null})).is_empty());
        for opaque in ["", "x", "a.b", "a.b.c.d", "a.b.c", &token(&json!({"sub": "me"})), &token(&json!([1]))]
        {
            assert_eq!(scopes(opaque), None, "{opaque}");
        }
    }

    #[test]
    fn alternatives_differ_in_what_they_lack() {
        let scheme = |name: &str, kind| {
            (name.to_owned(), SecurityScheme { name: name.into(), kind, location: Location::default() })
        };
        let schemes: IndexMap<_, _> = [
            scheme("oauth", SecurityKind::OpenIdConnect),
            scheme("key", SecurityKind::ApiKey { place: ParameterPlace::Header, name: "x-key".into() }),
        ]
        .into_iter()
        .collect();
        let one = |name: &str, scopes: &[&str]| {
            SecurityRequirement(vec![(name.into(), scopes.iter().map(|s| (*s).into()).collect())])
        };
        let request = |token: &str, key: bool| {
            let mut request = Request::default();
            request.headers.push("authorization", format!("Bearer {token}"));
            if key {
                request.headers.push("x-key", "k");
            }
            request
        };
        let wanted = [one("oauth", &["read", "write"]), one("oauth", &["admin"]), one("key", &["x"])];
        let reader = token(&json!({"scope": "read"}));
        assert_eq!(missing(&wanted, &schemes, &request(&reader, false)), Some(vec!["write"]));
        assert_eq!(missing(&wanted[1..], &schemes, &request(&reader, false)), Some(vec!["admin"]));
        assert_eq!(missing(&wanted, &schemes, &request(&reader, true)), None);
        assert_eq!(missing(&wanted, &schemes, &request("opaque", false)), None);
        assert_eq!(missing(&wanted, &schemes, &Request::default()), None);
        let writer = token(&json!({"scope": "write read"}));
        assert_eq!(missing(&wanted, &schemes, &request(&writer, false)), None);
    }
}
