//! Whole requests: valid ones, ones at the border, and ones broken for one known reason.
//!
//! A case is a pure function of (contract, settings, operation, phase, index). [`CaseMaker`] gives its [`CaseTree`],
//! from which simpler cases that mean the same are drawn while a failure shrinks. Trees stay on the thread that made
//! them; a [`Case`] is plain data and may travel.

pub mod credentials;
pub mod model;
pub mod settings;

mod assemble;
mod boundary;
mod examples;
mod forms;
mod ids;
mod made_up;
mod maker;
pub mod naming;
mod parts;
mod path;
mod plan;
mod planning;
mod random;
mod recipe;
mod render;
mod shield;
mod tree;
mod value_maker;

pub use maker::{CaseMaker, SequenceStep, SequenceSubject};
pub use model::{Case, Coordinates, MakeError, Phase};
pub use settings::{CaseSettings, Destructive, KnownId};
pub use tree::CaseTree;
