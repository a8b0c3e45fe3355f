//! How findings are written.

pub mod console;
pub mod github;
mod interface;
pub mod json;
pub mod sarif;

pub use interface::Format;

/// All formats; the first is the default.
pub const ALL: [Format; 4] = [console::FORMAT, json::FORMAT, sarif::FORMAT, github::FORMAT];
