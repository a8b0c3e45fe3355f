//! What a format is.

use crate::base::Dice;

/// One format.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name as in `format`.
    pub name: &'static str,
    /// What a string must fulfil; `None` when strings are not constrained.
    pub text: Option<fn(&str) -> bool>,
    /// True when `text` is the judge's own check.
    pub builtin: bool,
    /// The lowest and the highest number; `None` when numbers are not constrained.
    pub range: Option<(i128, i128)>,
    /// A text that fulfils it; the simplest choices give the simplest text.
    pub generate: Option<fn(&mut Dice) -> String>,
    /// Texts that do not fulfil it.
    pub counter: &'static [&'static str],
}

impl Format {
    /// A format that constrains nothing, to be filled in.
    pub(super) const fn named(name: &'static str) -> Self {
        Self { name, text: None, builtin: false, range: None, generate: None, counter: &[] }
    }
}
