//! What is wrong with a value, as the judge saw it.

use serde_json::Value;

use crate::base::Pointer;
use crate::base::limits::SHOWN_CHARS_MAX;
use crate::document::Location;

/// One broken keyword.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Where in the instance.
    pub instance: Pointer,
    /// The keyword (`minLength`, `required`, …; `false` for the schema that nothing satisfies).
    pub keyword: String,
    /// Where the keyword stands in the contract.
    pub schema: Location,
    /// The keyword's value (`3` of `minLength: 3`); for `required` the missing name as a string.
    pub expected: Value,
    /// The value that broke it (a copy; large ones are cut to `null`).
    pub actual: Value,
    /// For `additionalProperties` and `unevaluatedProperties`: the members that are not allowed; for `propertyNames`
    /// the name that is not.
    pub names: Vec<String>,
    /// One sentence.
    pub message: String,
    /// For `anyOf` and `oneOf`: what each branch said.
    pub branches: Vec<Vec<Violation>>,
}

impl Violation {
    /// True when all that is wrong is that more than one alternative of a `oneOf` fits: whoever writes `oneOf` for a
    /// union does not mean to forbid that.
    #[must_use]
    pub fn is_too_many(&self) -> bool {
        let too_many = |branch: &Vec<Self>| !branch.is_empty() && branch.iter().all(Self::is_too_many);
        match self.keyword.as_str() {
            "oneOf" if self.message.contains("valid under more than one") => true,
            "oneOf" | "anyOf" => self.branches.iter().any(too_many),
            _ => false,
        }
    }

    /// True when all that is wrong is that none of several properties is there of which one has to be (`anyOf` or
    /// `oneOf` with nothing but `required` in each): the types that SDKs are made of can't say that.
    #[must_use]
    pub fn is_none_given(&self) -> bool {
        let lacks = |violation: &Self| violation.keyword == "required" && violation.instance == self.instance;
        let lacking = |branch: &Vec<Self>| !branch.is_empty() && branch.iter().all(lacks);
        matches!(self.keyword.as_str(), "oneOf" | "anyOf")
            && !self.branches.is_empty()
            && self.branches.iter().all(lacking)
    }
}

/// Cuts a message that quotes a large value.
pub(super) fn cut(message: &str) -> String {
    if message.chars().count() <= 2 * SHOWN_CHARS_MAX {
        return message.to_owned();
    }
    let mut short: String = message.chars().take(SHOWN_CHARS_MAX).collect();
    short.push_str(" … ");
    let tail: Vec<char> = message.chars().rev().take(SHOWN_CHARS_MAX).collect();
    short.extend(tail.into_iter().rev());
    short
}
