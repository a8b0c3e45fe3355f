//! Credentials: what a request without them is told. Any credential that is there counts; what it says is not checked.

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
    let missing = security::missing(&operation.security, schemes, request);
    let mut challenges: Vec<String> = Vec::new();
    for scheme in missing.iter().filter_map(|name| schemes.get(*name)) {
        let text = word(&scheme.kind);
        if !challenges.contains(&text) {
            challenges.push(text);
        }
    }
    (!challenges.is_empty()).then(|| challenges.join(", "))
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
