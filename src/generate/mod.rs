//! From schemas to values and whole requests: valid ones, boundaries, and ones broken for one known reason.

mod boundary;
mod budget;
pub mod case;
mod clock;
mod decimal;
mod draw;
mod interface;
mod negative;
mod number;
mod plan;
mod realistic;
mod sample;
mod strategy;
mod text;
mod value;

pub use budget::bounded;
pub use interface::{Boundary, GenerateError, Mutation, ValueOptions};
pub use strategy::{ValueShrink, ValueStrategy, strategy};
pub use value::{boundary, negative, negative_text, sample};
