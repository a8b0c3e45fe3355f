//! Credentials: what a request without them is told. Any credential that is there counts, except those that call
//! themselves invalid: with them a client can see how it copes with a refused key.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::responder::{Asked, Responder};
use crate::contract::{Operation, SecurityKind, SecurityScheme};
use crate::framework::{Framework, Reason, Refusal};
use crate::mock::catalog::plan::Plan;
use crate::validate::{scopes, security};
use crate::wire::{Request, Response};

impl Responder<'_> {
    /// Refuses a request without the credentials that the operation asks for.
    pub(super) fn authenticate(&self, asked: &Asked<'_>) -> Result<(), Response> {
        let catalog = self.catalog;
        if !catalog.settings().auth {
            return Ok(());
        }
        let schemes = catalog.contract().security_schemes();
        match challenge(catalog.framework(), &asked.plan.operation, schemes, asked.request) {
            Some(challenge) => Err(self.unauthenticated(asked.plan, challenge)),
            None => Ok(()),
        }
    }

    /// Refuses a token that lacks scopes.
    pub(super) fn authorize(&self, asked: &Asked<'_>) -> Result<(), Response> {
        if !self.catalog.settings().auth {
            return Ok(());
        }
        let schemes = self.catalog.contract().security_schemes();
        match scopes::missing(&asked.plan.operation.security, schemes, asked.request) {
            Some(missing) => Err(self.forbidden(asked.plan, &missing)),
            None => Ok(()),
        }
    }

    fn unauthenticated(&self, plan: &Plan, challenge: String) -> Response {
        let status = self.catalog.refusal_status(plan, Reason::Unauthenticated);
        let refusal =
            Refusal::plain(status, Reason::Unauthenticated, self.catalog.framework().credentials_missing());
        let mut response = self.catalog.refusal(Some(plan), &refusal);
        response.headers.set("www-authenticate", challenge);
        response
    }

    /// The refusal of a token that lacks scopes (RFC 6750 §3.1).
    fn forbidden(&self, plan: &Plan, missing: &[&str]) -> Response {
        let status = self.catalog.refusal_status(plan, Reason::Forbidden);
        let message = format!("The token lacks the scope `{}`", missing.join(" "));
        let mut response =
            self.catalog.refusal(Some(plan), &Refusal::plain(status, Reason::Forbidden, message));
        // A quotation mark can't stand in a scope (RFC 6749 §3.3), so the quoted text needs no escapes.
        let scope: String = missing.join(" ").chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", scope.replace('"', ""));
        response.headers.set("www-authenticate", challenge);
        response
    }
}

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
