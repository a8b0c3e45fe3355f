//! Credentials: what a request without them is told. Any credential that is there counts, except those that call
//! themselves invalid: with them a client can see how it copes with a refused key.

use std::borrow::Cow;

use base64::Engine as _;
use indexmap::IndexMap;

use crate::contract::{Operation, SecurityKind, SecurityScheme};
use crate::validate::security;
use crate::wire::Request;

/// Who asks for credentials: which are taken as such, and how they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// As the RFCs say.
    Plain,
    /// The classes of `fastapi.security`.
    FastApi,
}

impl Guard {
    /// The challenges for `WWW-Authenticate` (RFC 9110 §11.6.1) when credentials are missing.
    #[must_use]
    pub(crate) fn challenge(
        self,
        operation: &Operation,
        schemes: &IndexMap<String, SecurityScheme>,
        request: &Request,
    ) -> Option<String> {
        if operation.security.is_empty() {
            return None;
        }
        let holds = |kind: &SecurityKind| {
            let found = match self {
                Self::Plain => security::credential(kind, request),
                Self::FastApi => fastapi_credential(kind, request),
            };
            found.is_some_and(|credential| accepts(kind, &credential))
        };
        let missing = security::lacking(&operation.security, schemes, &holds);
        let mut challenges: Vec<String> = Vec::new();
        for scheme in missing.iter().filter_map(|name| schemes.get(*name)) {
            let text = self.word(&scheme.kind);
            if !challenges.contains(&text) {
                challenges.push(text);
            }
        }
        (!challenges.is_empty()).then(|| challenges.join(", "))
    }

    fn word(self, kind: &SecurityKind) -> String {
        match kind {
            // As FastAPI challenges for keys, for which no scheme is registered.
            SecurityKind::ApiKey { .. } | SecurityKind::MutualTls => "APIKey".to_owned(),
            // RFC 7617 asks for a realm; FastAPI gives none of its own accord.
            SecurityKind::Http { scheme } if scheme.eq_ignore_ascii_case("basic") && self == Self::Plain => {
                "Basic realm=\"mock\"".to_owned()
            }
            SecurityKind::Http { scheme } => {
                let mut letters = scheme.chars();
                letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
            }
            SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect => "Bearer".to_owned(),
        }
    }
}

/// What the classes of `fastapi.security` take for a credential: for OAuth2 an empty token too, for OpenID Connect
/// whatever stands in `Authorization`.
fn fastapi_credential<'r>(kind: &'r SecurityKind, request: &'r Request) -> Option<Cow<'r, str>> {
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
                let decoded = loosely_decoded(rest).filter(|d| d.is_ascii() && d.contains(&b':'));
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

/// Base64 as Python decodes it: what is no digit is skipped, the padding must be there.
fn loosely_decoded(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    let digit = |c: &char| c.is_ascii_alphanumeric() || "+/=".contains(*c);
    base64::engine::general_purpose::STANDARD.decode(text.chars().filter(digit).collect::<String>()).ok()
}

/// Whether a credential is taken: all but those with the word `invalid` in them (in basic credentials: decoded).
fn accepts(kind: &SecurityKind, credential: &str) -> bool {
    const REFUSED: &[u8] = b"invalid";
    let decoded = match kind {
        SecurityKind::Http { scheme } if scheme.eq_ignore_ascii_case("basic") => {
            Cow::Owned(loosely_decoded(credential).unwrap_or_default())
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
            assert_eq!(fastapi_credential(&kind, &request).is_some(), taken, "{kind:?} {sent}");
        }
    }
}
