//! One report in the making: takes events as they come, gives its text at the end.

use crate::exercise::{Event, Summary};
use crate::report::format::Format;
use crate::report::{console, github, har, html, json, junit, ndjson, sarif};

/// How long a report may get, in bytes; what comes later is left out, and said.
pub const REPORT_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// One report in the making.
#[derive(Clone, Debug)]
pub struct Collector {
    format: Format,
    base: String,
    lines: String,
    dropped: u64,
}

impl Collector {
    /// A report of that format.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, base: String::new(), lines: String::new(), dropped: 0 }
    }

    /// Takes an event.
    pub fn event(&mut self, event: &Event) {
        let line = match (self.format, event) {
            (Format::Har, Event::Started(plan)) => {
                self.base.clone_from(&plan.url);
                None
            }
            (Format::Har, Event::Exchanged(record)) => Some(har::entry(record, &self.base).to_string()),
            (Format::Ndjson, event) => ndjson::line(event),
            _ => None,
        };
        let Some(line) = line else { return };
        if self.lines.len() + line.len() > REPORT_BYTES_MAX {
            self.dropped += 1;
            return;
        }
        if !self.lines.is_empty() {
            self.lines.push_str(if self.format == Format::Har { ",\n" } else { "\n" });
        }
        self.lines.push_str(&line);
    }

    /// The report's text.
    #[must_use]
    pub fn finish(self, summary: &Summary) -> String {
        match self.format {
            Format::Console => console::report(summary, false),
            Format::Json => json::report(summary),
            Format::Junit => junit::report(summary),
            Format::Html => html::report(summary),
            Format::Sarif => sarif::report(summary),
            Format::Github => github::report(summary),
            Format::Har => har::document(&self.lines, summary),
            Format::Ndjson if self.dropped > 0 => {
                format!("{}\n{}\n", self.lines, ndjson::dropped(self.dropped))
            }
            Format::Ndjson => self.lines + "\n",
        }
    }
}
