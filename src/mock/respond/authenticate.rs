//! Credentials: what a request without them is told. Any credential that is there counts, except those that call
//! themselves invalid: with them a client can see how it copes with a refused key.

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::contract::{Operation, SecurityKind, SecurityScheme};
use crate::framework::Framework;
use crate::validate::security;
use crate::wire::Request;

/// The challenges for `WWW-Authenticate` (RFC 9110 §11.6.1) when credentials are missing, as the framework reads them and
/// asks for them.
#[must_use]
pub(crate) fn challenge(
    framework: &dyn Framework,
    operation: &Operation,
    schemes: &IndexMap<String, SecurityScheme>,
    request: &Request,
) -> Option<String> {
    if operation.security.is_empty() {
        return None;
    }
    let holds = |kind: &SecurityKind| {
        framework.credential(kind, request).is_some_and(|credential| accepts(kind, &credential))
    };
    let missing = security::lacking(&operation.security, schemes, &holds);
    let mut challenges: Vec<String> = Vec::new();
    for scheme in missing.iter().filter_map(|name| schemes.get(*name)) {
        let text = framework.challenge(&scheme.kind);
        if !challenges.contains(&text) {
            challenges.push(text);
        }
    }
    (!challenges.is_empty()).then(|| challenges.join(", "))
}

/// Whether a credential is taken: all but those with the word `invalid` in them (in basic credentials: decoded).
fn accepts(kind: &SecurityKind, credential: &str) -> bool {
    const REFUSED: &[u8] = b"invalid";
    let decoded = match kind {
        SecurityKind::Http { scheme } if scheme.eq_ignore_ascii_case("basic") => {
            Cow::Owned(security::base64_loosely(credential).unwrap_or_default())
        }
        _ => Cow::Borrowed(credential.as_bytes()),
    };
    !decoded.windows(REFUSED.len()).any(|word| word.eq_ignore_ascii_case(REFUSED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::ParameterPlace;

    #[test]
    fn only_credentials_that_call_themselves_invalid_are_refused() {
        let key = SecurityKind::ApiKey { place: ParameterPlace::Header, name: "x-api-key".into() };
        let basic = SecurityKind::Http { scheme: "basic".into() };
        assert!(accepts(&key, "anything"));
        assert!(!accepts(&key, "AN-INVALID-KEY"));
        assert!(accepts(&basic, "dTpw"));
        // `u:invalid`.
        assert!(!accepts(&basic, "dTppbnZhbGlk"));
    }
}
