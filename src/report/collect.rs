//! One report in the making: takes events as they come, gives its text at the end.

use crate::exercise::{Event, Summary};
use crate::report::format::Format;
use crate::report::{console, json, junit, ndjson};

/// How long a report may get, in bytes; what comes later is left out, and said.
pub const REPORT_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// One report in the making.
#[derive(Clone, Debug)]
pub struct Collector {
    format: Format,
    lines: String,
    dropped: u64,
}

impl Collector {
    /// A report of that format.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, lines: String::new(), dropped: 0 }
    }

    /// Takes an event.
    pub fn event(&mut self, event: &Event) {
        if self.format != Format::Ndjson {
            return;
        }
        if let Some(line) = ndjson::line(event) {
            if self.lines.len() + line.len() > REPORT_BYTES_MAX {
                self.dropped += 1;
                return;
            }
            self.lines.push_str(&line);
            self.lines.push('\n');
        }
    }

    /// The report's text.
    #[must_use]
    pub fn finish(self, summary: &Summary) -> String {
        match self.format {
            Format::Console => console::report(summary, false),
            Format::Json => json::report(summary),
            Format::Junit => junit::report(summary),
            Format::Ndjson if self.dropped > 0 => {
                format!("{}{}\n", self.lines, ndjson::dropped(self.dropped))
            }
            Format::Ndjson => self.lines,
        }
    }
}
