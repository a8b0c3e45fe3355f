//! The model: plain data, as RFC 9110 and the OpenAPI Specification name it.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::document::Location;

/// The number of an operation in its contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationIndex(pub u32);

/// `info` and what else describes the whole API.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// The title; empty when the contract has none.
    pub title: String,
    /// The API's own version.
    pub version: String,
    /// The description (`CommonMark`).
    pub description: Option<String>,
    /// The version of OpenAPI as written: for messages only.
    pub openapi: String,
}

/// What routing and listings need of an operation: known for all of them at once.
#[derive(Clone, Debug)]
pub struct OperationHead {
    /// Its number.
    pub index: OperationIndex,
    /// The method in capitals (`DELETE`, or any token of 3.2's `additionalOperations`).
    pub method: String,
    /// The path as written, with its templates and without a base path: `/pets/{petId}`.
    pub path: String,
    /// `operationId`, or `METHOD /path` where there is none.
    pub id: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Where it stands.
    pub location: Location,
}

/// An operation with all that concerns its requests and responses.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What listings show.
    pub head: OperationHead,
    /// The summary.
    pub summary: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// Marked as deprecated.
    pub deprecated: bool,
    /// The path item's and the operation's own parameters, merged (same name and place: the operation's).
    pub parameters: Vec<Parameter>,
    /// The request body.
    pub request_body: Option<RequestBody>,
    /// The responses in the contract's order.
    pub responses: Vec<Response>,
    /// What credentials are needed: alternatives (OR) of which each needs all (AND) of its schemes. Empty means none
    /// needed; an empty alternative means that anonymous calls are allowed.
    pub security: Arc<Vec<SecurityRequirement>>,
    /// The servers in force: the operation's, else the path item's, else the contract's.
    pub servers: Arc<Vec<Server>>,
    /// Callbacks by name.
    pub callbacks: Vec<Callback>,
    /// `x-…` members.
    pub extensions: IndexMap<String, Value>,
}

impl Operation {
    /// An operation without anything in it.
    #[must_use]
    pub fn nothing(index: OperationIndex) -> Self {
        let head = OperationHead {
            index,
            method: "GET".to_owned(),
            path: "/".to_owned(),
            id: "GET /".to_owned(),
            tags: Vec::new(),
            location: Location::default(),
        };
        Self {
            head,
            summary: None,
            description: None,
            deprecated: false,
            parameters: Vec::new(),
            request_body: None,
            responses: Vec::new(),
            security: Arc::default(),
            servers: Arc::default(),
            callbacks: Vec::new(),
            extensions: IndexMap::new(),
        }
    }

    /// The response for `status`: the exact one, else the range (`4XX`), else `default`
    /// (OpenAPI 3.1, Responses Object).
    #[must_use]
    pub fn response_for(&self, status: u16) -> Option<&Response> {
        let by = |wanted: StatusKey| self.responses.iter().find(move |r| r.status == wanted);
        by(StatusKey::Exact(status))
            .or_else(|| by(StatusKey::Range(u8::try_from(status / 100).unwrap_or(0))))
            .or_else(|| by(StatusKey::Default))
    }

    /// The parameter called `name` at `place`; header names compare without case.
    #[must_use]
    pub fn parameter(&self, place: ParameterPlace, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|p| {
            p.place == place
                && (p.name == name || place == ParameterPlace::Header && p.name.eq_ignore_ascii_case(name))
        })
    }
}

/// Where a parameter is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParameterPlace {
    /// A segment, or part of one, of the path.
    Path,
    /// A member of the query.
    Query,
    /// The whole query (3.2).
    QueryString,
    /// A header.
    Header,
    /// A member of `Cookie`.
    Cookie,
}

impl ParameterPlace {
    /// The contract's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::QueryString => "querystring",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// How a value becomes text (OpenAPI 3.1, Style Values; `Tabs` only in 2.0's `collectionFormat: tsv`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the specification's own names")]
pub enum Style {
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
    Tabs,
    /// 3.2: like `Form`, for cookies, without percent-encoding.
    Cookie,
}

/// A parameter of a request, or a header of a response or of a part.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name as written.
    pub name: String,
    /// Where it is sent.
    pub place: ParameterPlace,
    /// Must be there (path parameters always must).
    pub required: bool,
    /// Marked as deprecated.
    pub deprecated: bool,
    /// How it is written and what it must be.
    pub shape: ParameterShape,
    /// Its examples.
    pub examples: Vec<Example>,
    /// The description.
    pub description: Option<String>,
    /// Where it stands.
    pub location: Location,
}

/// How a parameter's value is written.
#[derive(Clone, Debug)]
pub enum ParameterShape {
    /// By a style, with a schema (none: anything).
    Styled {
        /// The style.
        style: Style,
        /// Arrays and objects as one member for each value.
        explode: bool,
        /// Reserved characters may stand unencoded (RFC 3986 §2.2).
        allow_reserved: bool,
        /// `?name=` counts as absent value (3.0, query only).
        allow_empty: bool,
        /// The schema's place.
        schema: Option<Location>,
    },
    /// As a document of a media type (`content`).
    Content(Box<MediaType>),
}

impl Parameter {
    /// The schema's place, whichever way the value is written.
    #[must_use]
    pub fn schema(&self) -> Option<&Location> {
        match &self.shape {
            ParameterShape::Styled { schema, .. } => schema.as_ref(),
            ParameterShape::Content(media) => media.schema.as_ref(),
        }
    }
}

/// A request body.
#[derive(Clone, Debug)]
pub struct RequestBody {
    /// Must be there.
    pub required: bool,
    /// What it may be, in the contract's order.
    pub content: Vec<MediaType>,
    /// Where it stands.
    pub location: Location,
}

/// One entry of a `content` map.
#[derive(Clone, Debug)]
pub struct MediaType {
    /// The media type or range as written: `application/json`, `image/*`.
    pub name: String,
    /// The schema's place.
    pub schema: Option<Location>,
    /// The schema of each item of a stream (3.2, `itemSchema`).
    pub item_schema: Option<Location>,
    /// Its examples.
    pub examples: Vec<Example>,
    /// How properties of forms and parts are written, by property name.
    pub encoding: IndexMap<String, Encoding>,
    /// Where it stands.
    pub location: Location,
}

/// One entry of an `encoding` map.
#[derive(Clone, Debug)]
pub struct Encoding {
    /// Media types of the part, comma-separated as written.
    pub content_type: Option<String>,
    /// Headers of the part.
    pub headers: Vec<Parameter>,
    /// The style, when one is given.
    pub style: Option<Style>,
    /// Whether to explode.
    pub explode: Option<bool>,
    /// Reserved characters may stand unencoded.
    pub allow_reserved: bool,
}

/// An example.
#[derive(Clone, Debug)]
pub struct Example {
    /// Its name; empty for a nameless one.
    pub name: String,
    /// The value, unless it is external or only given in serialised form.
    pub value: Option<Value>,
    /// The serialised form (3.2, `serializedValue`).
    pub serialized: Option<String>,
    /// `externalValue`, as written.
    pub external: Option<String>,
    /// Where it stands.
    pub location: Location,
}

/// Which statuses a response describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StatusKey {
    /// One status.
    Exact(u16),
    /// `1XX` to `5XX`, by the first digit.
    Range(u8),
    /// All others.
    Default,
}

impl StatusKey {
    /// True when it covers a status below 400 but for the informational ones.
    #[must_use]
    pub fn may_accept(self) -> bool {
        match self {
            Self::Exact(status) => (200..400).contains(&status),
            Self::Range(digit) => matches!(digit, 2 | 3),
            Self::Default => true,
        }
    }
}

impl std::fmt::Display for StatusKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(status) => write!(f, "{status}"),
            Self::Range(digit) => write!(f, "{digit}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A documented response.
#[derive(Clone, Debug)]
pub struct Response {
    /// For which statuses.
    pub status: StatusKey,
    /// The description.
    pub description: String,
    /// What the body may be; empty when none is documented.
    pub content: Vec<MediaType>,
    /// The headers.
    pub headers: Vec<Parameter>,
    /// The links.
    pub links: Vec<Link>,
    /// Where it stands.
    pub location: Location,
}

/// A link from a response to another operation.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// `operationId` or `operationRef`, as written.
    pub target: LinkTarget,
    /// Parameters: name (perhaps `path.id`), value or runtime expression.
    pub parameters: Vec<(String, Value)>,
    /// The body, a value or runtime expression.
    pub request_body: Option<Value>,
    /// Where it stands.
    pub location: Location,
}

/// What a link names.
#[derive(Clone, Debug)]
pub enum LinkTarget {
    /// By `operationId`.
    Id(String),
    /// By `operationRef`.
    Reference(String),
}

/// A callback: requests that the server sends.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Its name.
    pub name: String,
    /// The runtime expression of the URL.
    pub expression: String,
    /// The operations at that URL.
    pub operations: Vec<Operation>,
}

/// A server.
#[derive(Clone, Debug)]
pub struct Server {
    /// The URL as written, with `{variables}`.
    pub url: String,
    /// The variables: name, default, allowed values (empty: any).
    pub variables: Vec<(String, String, Vec<String>)>,
    /// Where it stands.
    pub location: Location,
}

/// One alternative of a `security` list: all of these schemes with these scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityRequirement(pub Vec<(String, Vec<String>)>);

/// A security scheme.
#[derive(Clone, Debug)]
pub struct SecurityScheme {
    /// Its name in `components`.
    pub name: String,
    /// What it is.
    pub kind: SecurityKind,
    /// Where it stands.
    pub location: Location,
}

/// The kinds of security schemes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityKind {
    /// A key in a header, query member or cookie.
    ApiKey {
        /// Where it is sent.
        place: ParameterPlace,
        /// Under which name.
        name: String,
    },
    /// An HTTP authentication scheme in lower case (`basic`, `bearer`, …) (RFC 9110 §11).
    Http {
        /// The scheme.
        scheme: String,
    },
    /// OAuth 2, with the scopes that its flows know.
    OAuth2 {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// OpenID Connect.
    OpenIdConnect,
    /// A client certificate.
    MutualTls,
}
