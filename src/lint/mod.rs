//! Contracts judged against the rules of their version: all findings at once, sorted by place.
//!
//! A rule is a file under `rules/` and a line in [`rules::ALL`]; a format of the answer one under `format/` and a line
//! in [`format::ALL`].

mod eras;
pub mod format;
mod gather;
mod linter;
mod refer;
pub mod rule;
pub mod rules;
mod selection;
mod wording;

pub use linter::{Checked, check, check_open};
pub use rule::{Linter, Rule};
pub use selection::{Selection, find};
