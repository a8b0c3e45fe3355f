//! What a format of findings is.

use std::fmt;

use crate::lint::Checked;

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
