//! Contents of answers, made from the contract alone: bodies and headers, XML, streams of events, entities as a schema
//! shows them.

pub(super) mod body;
pub(super) mod generated;
mod markup;
pub(super) mod present;
pub(super) mod put;
pub(super) mod stream;
