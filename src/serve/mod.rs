//! The mock behind HTTP: sockets, TLS, watching and reloading files, records, logs, sending callbacks.
//!
//! What an answer is, the room below decides: [`Mock`](crate::mock::Mock) takes a request and gives an answer. This room
//! is the only one that names actix.

mod blocking;
mod callbacks;
mod error;
mod http;
pub mod listener;
pub mod log;
mod observers;
mod outlet;
pub mod recipe;
mod record;
mod server;
pub mod settings;
pub mod site;
mod structure;
pub mod tls;
pub mod watch;

pub use error::ServeError;
pub use server::{MockServer, RunningMock};
