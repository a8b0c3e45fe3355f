//! The test engine: plan, phases, workers, sequences, shrinking, replay; emits events.
//!
//! [`Engine::run`] sends cases through a [`guard::Gate`] to a [`Transport`], has the checks judge the answers, shrinks what fails, and tells all of
//! it as [`Event`]s. It prints nothing and knows no report format.

pub mod api;
mod aside;
pub mod event;
pub mod filter;
pub mod guard;
pub mod known;
pub mod record;
pub mod settings;
pub mod store;
pub mod transport;

mod budget;
mod engine;
mod findings;
mod framework;
mod inspect;
mod ledger;
mod own;
mod phases;
mod placeholder;
mod regressions;
mod run;
mod shown;
mod shrink;
mod stateful;
mod usable;
mod withheld;

pub use api::Api;
pub use engine::{EVENTS_MAX, Engine, ReplayResult};
pub use event::{Counts, Event, Finding, FindingStep, OperationCounts, Plan, Record, Summary, Verdict};
pub use filter::{Filter, FilterError, Filters};
pub use guard::Withheld;
pub use regressions::kept_files;
pub use settings::{Settings, Shard};
pub use transport::{FunctionTransport, Transport};
