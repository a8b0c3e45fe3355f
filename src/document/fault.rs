//! What the parsers give back: a tree, and what was wrong with the text, by byte range.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use crate::base::Pointer;
use crate::document::diagnostic::{Diagnostic, Severity};
use crate::document::location::{FileId, Location};

/// The digits, as written, of numbers that a 64-bit number can't hold, by the pointer of the number.
pub(crate) type Digits = BTreeMap<Pointer, String>;

/// A document's tree, and what is wrong without costing the tree.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The tree.
    pub(crate) value: Value,
    /// Duplicate keys, unknown tags and the like.
    pub(crate) faults: Vec<Fault>,
    /// The digits of numbers too large for the tree.
    pub(crate) digits: Digits,
}

/// Something wrong at a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The bytes meant.
    pub(crate) span: Range<usize>,
    /// One sentence.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// Other ranges that belong to it, each with a label.
    pub(crate) related: Vec<(Range<usize>, String)>,
}

impl Fault {
    /// An error at `span`.
    pub(crate) fn new(rule: &'static str, span: Range<usize>, message: impl Into<String>) -> Self {
        let (severity, message) = (Severity::Error, message.into());
        Self { rule, severity, span, message, hint: None, related: Vec::new() }
    }

    /// The same, with a hint.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, with one more place.
    pub(crate) fn with_related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// The same, only a warning.
    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The fault as a diagnostic of `file`.
    pub(crate) fn into_diagnostic(self, file: FileId) -> Diagnostic {
        let location = Location::new(file, Pointer::root());
        let mut diagnostic = Diagnostic::new(self.severity, self.rule, location, self.message);
        diagnostic.hint = self.hint;
        diagnostic.span = Some(self.span);
        diagnostic.related_spans = self.related;
        diagnostic
    }
}
