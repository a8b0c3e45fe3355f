//! Reports: one file per format, each a consumer of the same events and the same final value.

pub mod collect;
pub mod console;
pub mod format;
pub mod github;
pub mod har;
pub mod html;
pub mod json;
pub mod junit;
pub mod merge;
pub mod ndjson;
pub mod progress;
pub mod sarif;

pub use collect::Collector;
pub use format::{Format, Wanted};
pub use progress::Progress;
