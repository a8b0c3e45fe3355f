//! What a request must be like: the conditions of expectations and of questions to the journal.

mod body;
mod pattern;
mod request;
mod text;

pub use body::{BodyMatcher, ValueMatcher};
pub use pattern::Pattern;
pub(in crate::mock) use request::names;
pub use request::{RequestMatcher, Subject};
pub use text::TextMatcher;
