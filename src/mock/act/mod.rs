//! What operations do to entities: one file per action.

mod call;
mod delete;
mod scope;

pub(crate) use call::{Call, Done, Refused, act};
pub(crate) use scope::{last_value, put};
