//! Requests that the mocked API itself sends: callbacks after an answer, webhooks when they are fired. They are made
//! validly from the contract, go only to hosts that were allowed, and are listed with what became of them.

mod compose;
mod deliver;
pub mod expression;
mod firing;
mod hosts;
mod outbox;

pub use deliver::{CallbackSettings, Outgoing};
pub use firing::{FireError, Webhook};
pub use hosts::HostRule;
pub use outbox::{Call, CallKind, CallState, Outbox, Posting};

pub(in crate::mock) use deliver::work;
use outbox::Job;
