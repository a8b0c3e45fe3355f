//! The server: router, answer, resources and their lifecycle, stores, faults, journal, control API.
//!
//! [`Mock`] is the whole of it without sockets: a request in, an answer out. [`MockServer`] puts it behind HTTP.

mod act;
mod auth;
mod body;
pub mod clock;
mod control;
mod cors;
mod engine;
mod entities;
mod explain;
pub mod fault;
mod fill;
pub mod fixtures;
pub mod journal;
mod outline;
mod perform;
mod plan;
pub mod prefer;
mod present;
mod refuse;
pub mod resource;
pub mod router;
mod server;
pub mod settings;
pub mod store;
pub mod world;

pub use engine::{Answer, Mishap, Mock, MockError};
pub use server::{MockServer, RunningMock};
pub use settings::{ErrorChoice, MockSettings, StateMode, UnknownId};
