//! What a check has to say when it fails.

use crate::document::Location;

/// A broken rule, as facts; the finding around it adds the request and the place in the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What makes two failures of one check at one operation the same: no values, no ids, no indexes.
    pub cause: String,
    /// One sentence.
    pub message: String,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub seen: String,
    /// Where the contract says so; `None` when HTTP itself does.
    pub place: Option<Location>,
}

impl Failure {
    /// A failure of the given cause.
    pub fn new(cause: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            message: message.into(),
            expected: String::new(),
            seen: String::new(),
            place: None,
        }
    }

    /// The same, with what was expected and what was seen.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>, seen: impl Into<String>) -> Self {
        self.expected = expected.into();
        self.seen = seen.into();
        self
    }

    /// The same, with the place in the contract.
    #[must_use]
    pub fn at(mut self, place: &Location) -> Self {
        self.place = Some(place.clone());
        self
    }
}
