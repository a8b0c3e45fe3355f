//! A message against an operation → violations with pointer, keyword and place.

pub mod breach;
pub mod intent;

pub use breach::{Breach, Part};
