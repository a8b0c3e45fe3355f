//! Expectations: for this request answer that, so many times.

mod answering;
mod model;
mod set;

pub use answering::ExpectationError;
pub(in crate::mock) use answering::{expect, expected, verify};
pub use model::{Expectation, ExpectedAnswer, HeaderTexts};
pub use set::{Expectations, Held};
