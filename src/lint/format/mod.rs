//! How findings are written.

use std::fmt;

use crate::lint::Checked;

pub mod console;
pub mod github;
pub mod json;
pub mod sarif;

/// A way to write findings: its name, and the whole text for all contracts that were checked.
pub struct Format {
    /// The name as `--format` takes it.
    pub name: &'static str,
    /// Writes; `color` for a terminal.
    pub write: fn(all: &[Checked], color: bool) -> String,
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All formats; the first is the default.
pub const ALL: [Format; 4] = [console::FORMAT, json::FORMAT, sarif::FORMAT, github::FORMAT];
