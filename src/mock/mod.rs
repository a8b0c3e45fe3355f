//! The server: router, answer, resources and their lifecycle, stores, faults, journal, control API.
//!
//! [`Mock`] is the whole of it without sockets: a request in, an answer out. [`MockServer`] puts it behind HTTP.

mod act;
mod auth;
mod body;
pub mod clock;
mod coding;
mod control;
mod cors;
mod engine;
mod entities;
mod explain;
pub mod fault;
mod fill;
pub mod fixtures;
pub mod journal;
pub mod log;
mod outlet;
mod outline;
mod perform;
mod plan;
pub mod prefer;
mod present;
mod record;
mod refuse;
pub mod reload;
pub mod resource;
pub mod router;
mod server;
pub mod settings;
pub mod site;
pub mod store;
mod successor;
pub mod tls;
pub mod transport;
pub mod watch;
pub mod world;

pub use engine::{Answer, Mishap, Mock, MockError};
pub use server::{MockServer, RunningMock};
pub use settings::{ErrorChoice, MockSettings, StateMode, UnknownId};
