//! From a request to its response. The order of the stages stands in [`responder`]; each stage has a file.

mod authenticate;
mod echo;
mod etag;
mod http_rules;
mod negotiate;
mod preferred;
mod read;
mod responder;
mod route;
mod success;
mod validate;

pub(super) use authenticate::challenge;
pub(super) use responder::{Responder, Routing};
