//! From schemas to values and whole requests: valid ones, boundaries, and ones broken for one known reason.

mod boundary;
mod budget;
pub mod case;
mod clock;
mod decimal;
mod draw;
mod negative;
mod number;
mod plan;
mod realistic;
mod sample;
mod strategy;
mod text;
pub mod value;

pub use budget::bounded;
pub use strategy::{ValueShrink, ValueStrategy, strategy};
pub use value::{Boundary, GenerateError, Mutation, ValueOptions, boundary, negative, negative_text, sample};
