//! Bodies of errors, written for the mock and recognised for the tester: one file per dialect, all of them in [`ALL`].
//!
//! A dialect is a convention that many services share (FastAPI's 422, problem details of RFC 9457, …). It turns a
//! [`Refusal`] into a JSON body, and a body back into [`Told`]. Which one a contract speaks is read off its error
//! schemas: a dialect fits when the schema takes what the dialect writes and refuses the dialect's own
//! counter-example.

mod fastapi;
mod jsonapi;
pub mod lax;
mod message;
mod problem;
mod pydantic;
pub mod refusal;
mod registry;

pub use refusal::{Entry, Fact, Part, Reason, Refusal, Told, ToldEntry};
pub use registry::{ALL, Dialect, by_name, recognise};
