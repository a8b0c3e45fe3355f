//! What operations do to entities: one file per action.

mod call;
pub(crate) mod condition;
mod delete;
mod list;
mod patch;
mod read;
mod refer;
mod scope;
mod write;

pub(crate) use call::{Call, Done, Refused, Shows, act};
pub(crate) use scope::{last_value, put};
