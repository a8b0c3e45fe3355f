//! What is wrong with a document: the facts, to be rendered elsewhere.

use std::ops::Range;

use crate::document::location::Location;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Probably a mistake; the program carries on.
    Warning,
    /// Against the rules of the document's version.
    Error,
}

/// One finding about a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The rule's name in kebab case, as `--explain` takes it.
    pub rule: &'static str,
    /// What is wrong, one sentence without a place.
    pub message: String,
    /// Where; the file's own start when the whole file is meant.
    pub location: Location,
    /// True when the key at the location is meant rather than its value.
    pub at_key: bool,
    /// What to do about it.
    pub hint: Option<String>,
    /// Other places that belong to it (the first of two duplicates), each with a label.
    pub related: Vec<(Location, String)>,
    /// The bytes meant, where no pointer can name them (faults of the text); the pointer is then the root.
    pub span: Option<Range<usize>>,
    /// Further such bytes of the same file, each with a label.
    pub related_spans: Vec<(Range<usize>, String)>,
}

impl Severity {
    /// Its word: `error`, `warning`, `note`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Diagnostic {
    /// An error at the value of `location`.
    pub fn error(rule: &'static str, location: Location, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, rule, location, message)
    }

    /// A warning at the value of `location`.
    pub fn warning(rule: &'static str, location: Location, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, rule, location, message)
    }

    /// A diagnostic at the value of `location`.
    pub fn new(
        severity: Severity,
        rule: &'static str,
        location: Location,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            rule,
            message: message.into(),
            location,
            at_key: false,
            hint: None,
            related: Vec::new(),
            span: None,
            related_spans: Vec::new(),
        }
    }

    /// The same, with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, pointing at the key instead of the value.
    #[must_use]
    pub fn at_key(mut self) -> Self {
        self.at_key = true;
        self
    }

    /// The same, with one more place.
    #[must_use]
    pub fn with_related(mut self, location: Location, label: impl Into<String>) -> Self {
        self.related.push((location, label.into()));
        self
    }
}
