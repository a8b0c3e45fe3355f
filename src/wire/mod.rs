//! Values ↔ HTTP: messages as they are on the wire, parameter styles, media types, negotiation.
//!
//! Schemas mean nothing here; HTTP libraries are not named here.

pub mod accept;
pub mod authority;
pub mod coding;
pub mod cookie;
pub mod form;
pub mod masked;
pub mod media;
pub mod message;
pub mod multipart;
pub mod percent;
pub mod query;
pub mod style;
pub mod tree;

pub use masked::{MaskedHeaders, MaskedRequest, MaskedResponse};
pub use message::{Exchange, Headers, Request, Response, SendError};
