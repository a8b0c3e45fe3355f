//! The live display on a terminal: a bar for the phase under way, above it what was found.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::exercise::Event;

/// The bar. It draws on standard error; when that is no terminal, it draws nothing.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar that shows itself when `visible`.
    #[must_use]
    pub fn new(visible: bool) -> Self {
        if !visible {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::new(0);
        // A template that can't be read leaves indicatif's own look.
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {prefix:<10} [{bar:30}] {pos}/{len} cases  {per_sec}  {msg}",
        ) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar }
    }

    /// Moves the bar.
    pub fn event(&self, event: &Event) {
        match event {
            Event::PhaseStarted { phase, .. } => self.bar.set_prefix(phase.as_str()),
            Event::Progress(counts) => {
                self.bar.set_length(counts.cases_max.max(counts.cases));
                self.bar.set_position(counts.cases);
                self.bar.set_message(match counts.findings {
                    0 => String::new(),
                    1 => "1 finding".to_owned(),
                    n => format!("{n} findings"),
                });
            }
            Event::Finished(_) => self.bar.finish_and_clear(),
            _ => {}
        }
    }

    /// Does something that prints, with the bar out of the way.
    pub fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.bar.suspend(work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise::Counts;

    #[test]
    fn a_hidden_bar_takes_events_in_silence() {
        let progress = Progress::new(false);
        progress.event(&Event::Progress(Counts { cases: 3, cases_max: 9, findings: 1, ..Counts::default() }));
        assert_eq!(progress.aside(|| 5), 5);
        assert_eq!(progress.bar.position(), 3);
    }
}
