//! String and number formats, a file for each family: validator, generator, counter-examples.
//!
//! A format that is not listed here constrains nothing.

use crate::base::Dice;

mod time;

/// One format.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name as in `format`.
    pub name: &'static str,
    /// What a string must fulfil; `None` when strings are not constrained.
    pub text: Option<fn(&str) -> bool>,
    /// The lowest and the highest number; `None` when numbers are not constrained.
    pub range: Option<(i128, i128)>,
    /// A text that fulfils it; the simplest choices give the simplest text.
    pub generate: Option<fn(&mut Dice) -> String>,
    /// Texts that do not fulfil it.
    pub counter: &'static [&'static str],
}

/// All formats.
pub const ALL: &[Format] = &[time::DATE_TIME, time::DATE, time::TIME, time::DURATION];

/// The format of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Format> {
    ALL.iter().find(|format| format.name == name)
}
