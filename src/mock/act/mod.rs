//! What operations do to entities, one file for each kind of action.

mod cache;
mod call;
pub(crate) mod condition;
mod delete;
mod dispatch;
mod envelope;
mod fast;
mod ids;
pub(crate) mod list;
pub(crate) mod listing;
mod make;
mod many;
mod page;
mod patch;
mod properties;
mod read;
mod refer;
pub(crate) mod roles;
mod scope;
mod select;
mod transition;
mod write;

pub(crate) use cache::ActCache;
pub(crate) use call::{Call, Done, Refused, Shows};
pub(crate) use dispatch::act;
pub(crate) use scope::last_value;
