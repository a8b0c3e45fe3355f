//! From a routed request to its response.

pub(super) mod authenticate;
mod echo;
pub(super) mod etag;
pub(super) mod http_rules;
pub(super) mod stages;
