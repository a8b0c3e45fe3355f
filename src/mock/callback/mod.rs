//! Requests that the mocked API itself sends: callbacks after an answer, webhooks when they are fired. They are made
//! validly from the contract, go only to hosts that were allowed, and are listed with what became of them.

mod compose;
pub mod expression;
mod firing;
mod hosts;
mod outbox;
mod settings;

pub use firing::{FireError, Webhook};
pub use hosts::HostRule;
pub use outbox::{Call, CallKind, CallState, Outbox, Posting};
pub use settings::{CallbackSettings, Outgoing};

pub(in crate::mock) use compose::compose;
pub(in crate::mock) use firing::{callbacks, fire};
pub(crate) use outbox::Job;
