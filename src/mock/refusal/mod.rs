//! Refusals as the contract, or the framework behind it, words them.

mod fill;
pub(super) mod refuser;
