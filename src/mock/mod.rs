//! The server: router, answer, resources and their lifecycle, stores, faults, journal, control API.
//!
//! [`Mock`] is the whole of it without sockets: a request in, an answer out. [`MockServer`] puts it behind HTTP.

mod act;
mod answer;
mod auth;
mod body;
pub mod callback;
pub mod clock;
mod coding;
mod control;
mod cors;
mod engine;
mod entities;
pub mod expectation;
mod explain;
pub mod fault;
mod faulty;
mod fill;
pub mod fixtures;
mod inspect;
pub mod journal;
pub mod latency;
pub mod log;
pub mod matching;
mod outlet;
mod outline;
mod perform;
mod plan;
pub mod prefer;
mod present;
mod record;
mod refuse;
mod relations;
pub mod reload;
pub mod resource;
pub mod router;
mod server;
pub mod settings;
pub mod site;
mod snapshots;
mod state;
pub mod store;
mod successor;
mod tagged;
pub mod tls;
pub mod transport;
pub mod watch;
pub mod world;

pub use answer::{Answer, Mishap};
pub use engine::{Mock, MockError};
pub use inspect::{Times, Unmet};
pub use server::{MockServer, RunningMock};
pub use settings::{ErrorChoice, MockSettings, StateMode, UnknownId};
pub use snapshots::{SnapshotError, SnapshotInfo};
