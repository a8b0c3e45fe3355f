//! Texts: patterns as automata, lengths, formats.

pub(crate) mod ecma;
pub(crate) mod machine;
pub(crate) mod nfa;
mod plan;

pub(crate) use nfa::Pattern;
pub(crate) use plan::{TextPlan, TextRules};
