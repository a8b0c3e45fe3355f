//! A message against an operation → what is wrong with it, with pointer, keyword and place in the contract.
//!
//! [`Judge`] compiles a plan for each operation on first use and keeps it: judging a message then costs what reading
//! and validating it costs.

mod body;
mod breach;
mod coerce;
mod forms;
pub mod intent;
mod judge;
mod multipart;
mod parameter;
mod plan;
mod reading;
mod response;
pub mod scopes;
pub mod security;

pub use body::BodyValue;
pub use breach::{Breach, BreachKind, Part};
pub use coerce::Coercion;
pub use forms::Forms;
pub use judge::{Judge, ParameterValue, Planned, RequestVerdict};
pub use reading::Reading;
