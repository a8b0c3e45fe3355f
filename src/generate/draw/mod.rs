//! Drawing values from plans.

mod array;
mod object;
mod value;

pub(crate) use value::{Draw, Stuck, TOO_LARGE};
