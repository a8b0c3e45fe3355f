//! What is wrong with a message, and in which part of it.

use serde_json::Value;

use crate::base::Pointer;
use crate::contract::ParameterPlace;
use crate::document::Location;
use crate::schema::Violation;

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the parts' own names")]
pub enum Part {
    Path,
    Query,
    Header,
    Cookie,
    Body,
    Status,
    MediaType,
    Security,
}

impl Part {
    /// The word for it, as error bodies use it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Body => "body",
            Self::Status => "status",
            Self::MediaType => "media type",
            Self::Security => "security",
        }
    }
}

impl From<ParameterPlace> for Part {
    fn from(place: ParameterPlace) -> Self {
        match place {
            ParameterPlace::Path => Self::Path,
            ParameterPlace::Query | ParameterPlace::QueryString => Self::Query,
            ParameterPlace::Header => Self::Header,
            ParameterPlace::Cookie => Self::Cookie,
        }
    }
}

/// In which way it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BreachKind {
    /// It must be there and is not.
    Missing,
    /// It can't be read in the declared style.
    Undecodable,
    /// It is not of the media type it says it is; with the offset in bytes where reading stopped, if known.
    Syntax(Option<usize>),
    /// It is too large, or takes too much work, to be judged.
    TooLarge,
    /// Its value breaks the schema.
    Schema,
    /// The contract documents no such status or media type.
    Undocumented,
    /// Credentials are missing.
    Credentials,
}

/// One thing that is wrong with a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// In which part.
    pub part: Part,
    /// The parameter's, header's or security scheme's name as the contract writes it.
    pub name: Option<String>,
    /// In which way.
    pub kind: BreachKind,
    /// The facts. Keywords that are none of JSON Schema's: `style`, `syntax`, `size`, `status`, `mediaType`,
    /// `security`;
    /// something missing has `required`.
    pub violation: Violation,
    /// The whole value as it was sent, before it was coerced (text for parameters); none where nothing was sent.
    pub input: Option<Value>,
}

impl Breach {
    /// A breach that no schema found.
    #[must_use]
    pub fn plain(
        part: Part,
        name: Option<&str>,
        kind: BreachKind,
        at: &Location,
        expected: Value,
        actual: Value,
        message: String,
    ) -> Self {
        let keyword = match kind {
            BreachKind::Missing => "required",
            BreachKind::Undecodable => "style",
            BreachKind::Syntax(_) => "syntax",
            BreachKind::TooLarge => "size",
            BreachKind::Credentials => "security",
            BreachKind::Schema => "schema",
            BreachKind::Undocumented if part == Part::Status => "status",
            BreachKind::Undocumented => "mediaType",
        };
        let violation = Violation {
            names: Vec::new(),
            instance: Pointer::root(),
            keyword: keyword.to_owned(),
            schema: at.clone(),
            expected,
            actual,
            message,
            branches: Vec::new(),
        };
        Self { part, name: name.map(str::to_owned), kind, violation, input: None }
    }

    /// A breach of a schema.
    #[must_use]
    pub fn schema(part: Part, name: Option<&str>, violation: Violation) -> Self {
        Self { part, name: name.map(str::to_owned), kind: BreachKind::Schema, violation, input: None }
    }

    /// The same, with what was sent.
    #[must_use]
    pub fn with_input(mut self, input: Value) -> Self {
        self.input = Some(input);
        self
    }
}
