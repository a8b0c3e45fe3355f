//! What operations do to entities: one file per action.

mod call;
mod delete;
mod list;
mod patch;
mod read;
mod scope;
mod write;

pub(crate) use call::{Call, Done, Refused, Shows, act};
pub(crate) use scope::{last_value, put};
