//! The mock: router, answer, resources and their lifecycle, stores, faults, journal, control API.
//!
//! [`Mock`] is the whole of it without sockets: a request in, an answer out. The room `serve` puts it behind HTTP.

mod act;
mod answer;
pub mod callback;
mod catalog;
pub(crate) mod coding;
mod content;
pub mod control;
mod cors;
mod engine;
mod error;
pub mod expectation;
mod explain;
mod face;
pub mod fault;
pub mod journal;
pub mod latency;
pub mod matching;
pub(crate) mod pace;
pub mod prefer;
mod refusal;
mod respond;
pub mod settings;
mod state;
pub mod store;

pub use answer::{Answer, Mishap};
pub use catalog::router;
pub(crate) use content::stream::pieces;
pub use control::settings::{ControlSettings, Token};
pub use engine::Engine;
pub use error::MockError;
pub use face::Mock;
pub use journal::{Times, Unmet};
pub use settings::{ErrorChoice, MockSettings, StateMode, UnknownId};
pub use state::fixtures;
pub use state::held;
pub use state::snapshots::{SnapshotError, SnapshotInfo};
pub use state::store_state::InitialStateError;
