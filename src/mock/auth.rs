//! Credentials: what a request without them is told. Any credential that is there counts, except those that call
//! themselves invalid: with them a client can see how it copes with a refused key.

use base64::Engine as _;
use indexmap::IndexMap;

use crate::contract::{Operation, SecurityKind, SecurityScheme};
use crate::validate::security;
use crate::wire::Request;

/// The challenges for `WWW-Authenticate` (RFC 9110 §11.6.1) when credentials are missing.
#[must_use]
pub(crate) fn challenge(
    operation: &Operation,
    schemes: &IndexMap<String, SecurityScheme>,
    request: &Request,
) -> Option<String> {
    let missing = security::unaccepted(&operation.security, schemes, request, &accepts);
    let mut challenges: Vec<String> = Vec::new();
    for scheme in missing.iter().filter_map(|name| schemes.get(*name)) {
        let text = word(&scheme.kind);
        if !challenges.contains(&text) {
            challenges.push(text);
        }
    }
    (!challenges.is_empty()).then(|| challenges.join(", "))
}

/// Whether a credential is taken: all but those with the word `invalid` in them (in basic credentials: decoded).
fn accepts(kind: &SecurityKind, credential: &str) -> bool {
    let decoded = match kind {
        SecurityKind::Http { scheme } if scheme.eq_ignore_ascii_case("basic") => {
            base64::engine::general_purpose::STANDARD.decode(credential).unwrap_or_default()
        }
        _ => credential.as_bytes().to_vec(),
    };
    !String::from_utf8_lossy(&decoded).to_ascii_lowercase().contains("invalid")
}

fn word(kind: &SecurityKind) -> String {
    match kind {
        // As FastAPI challenges for keys, for which no scheme is registered.
        SecurityKind::ApiKey { .. } | SecurityKind::MutualTls => "APIKey".to_owned(),
        SecurityKind::Http { scheme } if scheme == "basic" => "Basic realm=\"mock\"".to_owned(),
        SecurityKind::Http { scheme } if scheme != "bearer" => {
            let mut letters = scheme.chars();
            letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
        }
        SecurityKind::Http { .. } | SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect => {
            "Bearer".to_owned()
        }
    }
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
