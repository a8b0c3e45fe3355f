//! What is to be special about a case, before any value is drawn.

use serde_json::Value;

use crate::generate::Mutation;
use crate::generate::case::ids::IdKind;
use crate::generate::case::settings::KnownResource;
use crate::validate::intent::Tampering;

/// The one thing that decides what a case is for.
#[derive(Clone, Debug)]
pub(super) enum CasePurpose {
    /// Nothing: all valid.
    Plain,
    /// A parameter with this value; a mutation says that it is broken.
    Parameter(usize, Value, Option<Mutation>),
    /// A body with this value in the media type of that number; a mutation says that it is broken.
    Body(usize, Value, Option<Mutation>),
    /// A parameter broken in a way that the seed decides.
    BreakParameter(usize),
    /// A body broken in a way that the seed decides.
    BreakBody(usize),
    /// A required parameter left out.
    OmitParameter(usize),
    /// The required body left out.
    OmitBody,
    /// Bytes that are not of the body's media type.
    GarbledBody(usize, Vec<u8>),
    /// A body in a media type that the contract does not name.
    ForeignBody(String, Vec<u8>),
    /// Credentials tampered with.
    Credentials(Tampering),
    /// A method that the path does not have.
    Method(String),
    /// A path that no template matches; may be taken for the resource's own (a slash at the end).
    Path(PathForm, bool),
    /// An `Accept` that nothing documented meets.
    Accept(String),
}

/// How the path is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PathForm {
    /// From the template.
    Template,
    /// From the template, with text behind it.
    Suffixed(String),
    /// Another path altogether.
    Literal(String),
}

/// Something more that leaves the meaning as it is.
#[derive(Clone, Debug)]
pub(super) enum Extra {
    /// A query member that the contract does not know.
    Query(String, String),
    /// A header field that the contract does not know.
    Header(String, Vec<u8>),
    /// A parameter in a header, with these bytes.
    HeaderParameter(usize, Vec<u8>),
    /// An optional header parameter left out, even where the user sends it with every request.
    WithoutHeader(usize),
    /// A header parameter sent a second time.
    Doubled(usize),
    /// A body where the contract has none: content type and bytes.
    Body(String, Vec<u8>),
    /// An `Accept` that the contract meets, or none at all.
    Accept(Option<String>),
}

/// Which optional parameters are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Optional {
    /// None.
    None,
    /// All.
    All,
    /// Each or not, as the seed decides.
    Some,
}

/// What is to be special about a case.
#[derive(Clone, Debug)]
pub(super) struct CaseRecipe {
    pub(super) label: String,
    pub(super) purpose: CasePurpose,
    pub(super) extras: Vec<Extra>,
    pub(super) id: IdKind,
    /// The resource: the one of that number among the known ones that fit.
    pub(super) known: Option<usize>,
    /// The resource itself, before `known`.
    pub(super) own: Option<KnownResource>,
    pub(super) optional: Optional,
    pub(super) fair: Vec<u16>,
}

impl CaseRecipe {
    pub(super) fn new(label: impl Into<String>, purpose: CasePurpose) -> Self {
        Self {
            label: label.into(),
            purpose,
            extras: Vec::new(),
            id: IdKind::Plain,
            known: None,
            own: None,
            optional: Optional::None,
            fair: Vec::new(),
        }
    }

    pub(super) fn id(mut self, kind: IdKind) -> Self {
        self.id = kind;
        self.fair.extend_from_slice(kind.fair());
        self
    }

    pub(super) fn extra(mut self, extra: Extra) -> Self {
        self.extras.push(extra);
        self
    }

    pub(super) fn optional(mut self, optional: Optional) -> Self {
        self.optional = optional;
        self
    }

    pub(super) fn fair(mut self, statuses: &[u16]) -> Self {
        self.fair.extend_from_slice(statuses);
        self
    }

    pub(super) fn known(mut self, number: usize) -> Self {
        self.known = Some(number);
        self
    }
}
