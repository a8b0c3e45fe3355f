//! One report in the making: takes events as they come, gives its text at the end.

use crate::base::plain::Shown;
use crate::base::secret::Masked;
use crate::exercise::{Event, Summary};
use crate::report::format::Format;
use crate::report::{console, github, har, html, json, junit, ndjson, sarif};

/// How long a report may get, in bytes; what comes later is left out, and said.
pub const REPORT_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// One report in the making.
#[derive(Clone, Debug)]
pub struct Collector {
    format: Format,
    base: Masked,
    lines: String,
    dropped: u64,
}

impl Collector {
    /// A report of that format.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, base: Masked::default(), lines: String::new(), dropped: 0 }
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

    /// The report's text. Whatever prints it, be it `cat` in the log of a CI system, it commands nothing but what the
    /// format is for.
    #[must_use]
    pub fn finish(self, summary: &Summary) -> Shown {
        match self.format {
            Format::Console => console::report(summary, false).into(),
            Format::Json => Shown::json(&json::report(summary)),
            Format::Junit => Shown::document(junit::report(summary)),
            Format::Html => Shown::document(html::report(summary)),
            Format::Sarif => Shown::json(&sarif::report(summary)),
            Format::Github => Shown::document(github::report(summary)),
            Format::Har => Shown::json(&har::document(&self.lines, summary)),
            Format::Ndjson if self.dropped > 0 => {
                Shown::json(&format!("{}\n{}\n", self.lines, ndjson::dropped(self.dropped)))
            }
            Format::Ndjson => Shown::json(&(self.lines + "\n")),
        }
    }
}
