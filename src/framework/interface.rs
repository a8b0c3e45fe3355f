//! What a framework is: a convention for bodies of errors, and habits in reading requests.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::refusal::{self, ErrorBody, Refusal};
use crate::contract::{Operation, SecurityKind};
use crate::document::SchemaSource;
use crate::validate::security;
use crate::wire::Request;

/// One framework, or one convention for bodies of errors. What has a default is what HTTP's RFCs say; a framework
/// overrides where it is known to differ.
pub trait Framework: Send + Sync {
    /// Its name, as `--errors` takes it.
    fn name(&self) -> &'static str;

    /// The media type that its bodies of errors are sent as.
    fn media_type(&self) -> &'static str;

    /// The body for a refusal.
    fn write(&self, refusal: &Refusal) -> Value;

    /// The body for a refusal as JSON text; the same as [`Framework::write`] gives, for the way that every refusal takes.
    fn text(&self, refusal: &Refusal) -> String {
        self.write(refusal).to_string()
    }

    /// Reads a body back; `None` when it is not in this convention. `status` is the response's.
    fn recognise(&self, status: u16, body: &Value) -> Option<ErrorBody>;

    /// A body that a schema made for this convention refuses: it tells such a schema from one that takes anything.
    fn counter_example(&self) -> Value;

    /// The phrase that its servers answer with on their own accord (unknown path, wrong method), when they have one; the
    /// phrase of the status otherwise.
    fn phrase(&self, status: u16) -> &'static str {
        refusal::phrase(status)
    }

    /// The statuses for a request that breaks the contract, the fittest first.
    fn invalid_statuses(&self) -> &'static [u16] {
        &[400, 422]
    }

    /// What a request without credentials is told.
    fn credentials_missing(&self) -> &'static str {
        "Credentials are missing"
    }

    /// The credential that a request carries for a scheme; `None` when there is none.
    fn credential<'r>(&self, kind: &'r SecurityKind, request: &'r Request) -> Option<Cow<'r, str>> {
        security::credential(kind, request)
    }

    /// The challenge for a scheme in `WWW-Authenticate` (RFC 9110 §11.6.1).
    fn challenge(&self, kind: &SecurityKind) -> String {
        match kind {
            // RFC 7617 §2 asks for a realm.
            SecurityKind::Http { scheme } if scheme.eq_ignore_ascii_case("basic") => {
                "Basic realm=\"mock\"".to_owned()
            }
            other => scheme_name(other),
        }
    }

    /// Whether OPTIONS is answered for every path (RFC 9110 §9.3.7), documented or not.
    fn answers_options(&self) -> bool {
        true
    }

    /// Whether a path that would match with one slash more or less at its end is redirected there.
    fn redirects_slashes(&self) -> bool {
        false
    }

    /// How it reads requests, where that is known to differ from what the contract's schemas say.
    fn reader(&self, _source: Arc<dyn SchemaSource>) -> Option<Box<dyn RequestReader>> {
        None
    }
}

/// The name of a scheme in a challenge, without parameters. For keys, for which no scheme is registered, `APIKey`.
pub(super) fn scheme_name(kind: &SecurityKind) -> String {
    match kind {
        SecurityKind::ApiKey { .. } | SecurityKind::MutualTls => "APIKey".to_owned(),
        SecurityKind::Http { scheme } => {
            let mut letters = scheme.chars();
            letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
        }
        SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect => "Bearer".to_owned(),
    }
}

/// Reads the requests of one application, in two steps: what a framework does before it asks for credentials, and what it
/// validates after.
pub trait RequestReader: Send + Sync {
    /// Reads the body.
    ///
    /// # Errors
    /// The rejection of a body that can't be read, whatever else the request says.
    fn read<'r>(
        &'r self,
        operation: &'r Operation,
        request: &'r Request,
    ) -> Result<Box<dyn ReadRequest + 'r>, Rejection>;
}

/// A request whose body has been read.
pub trait ReadRequest {
    /// The rejection of a request that does not validate; `None`: it is taken. `path_values` are the path parameters by
    /// name, still percent-encoded.
    fn judge(&self, path_values: &[(String, String)]) -> Option<Rejection>;
}

/// A place that a rejection names: the part of the request (`query`, `body`), then the parameter's name or the steps into
/// the body.
pub type Place = Vec<String>;

/// What a framework answers to a request that it does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The status.
    pub status: u16,
    /// The body as the framework writes it, as JSON text; `None`: an ordinary refusal with `message`.
    pub body: Option<String>,
    /// The sentence of a refusal without a body of its own; else empty.
    pub message: &'static str,
    /// The places that it names.
    pub places: Vec<Place>,
}
