//! Values ↔ HTTP: messages as they are on the wire, parameter styles, media types, negotiation.
//!
//! Schemas mean nothing here; HTTP libraries are not named here.

pub mod message;

pub use message::{Exchange, Headers, Request, Response, SendError};
