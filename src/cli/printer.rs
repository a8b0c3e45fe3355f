//! The one place that prints. What it prints is [`Shown`]: foreign text that commands neither a terminal nor a CI system.

use std::borrow::Cow;
use std::io::Write;

use crate::base::plain::Shown;
use crate::base::secret::Redactor;

/// Decides what is printed and where: results on standard output, everything else on standard error.
#[derive(Clone, Copy, Debug, Default)]
pub struct Printer {
    /// Only results and errors.
    pub quiet: bool,
    /// More than the usual, by the number of `-v`s.
    pub verbose: u8,
    /// Colour is wanted.
    pub color: bool,
    /// Progress may be drawn (a person looks at a terminal).
    pub progress: bool,
    /// Masks what the user gave as a secret, whatever is printed. It lives as long as the process.
    pub redactor: Option<&'static Redactor>,
}

impl Printer {
    fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redactor.map_or(Cow::Borrowed(text), |redactor| redactor.given(text))
    }

    /// A line of the result, on standard output. A closed pipe is no error of ours.
    pub fn line(&self, text: impl Into<Shown>) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{}", self.clean(text.into().as_str())).and_then(|()| out.flush());
    }

    /// Text of the result as it is, on standard output.
    pub fn text(&self, text: impl Into<Shown>) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(self.clean(text.into().as_str()).as_bytes()).and_then(|()| out.flush());
    }

    /// A remark, on standard error, unless quiet.
    pub fn note(&self, text: impl Into<Shown>) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// A remark for `-v`.
    pub fn detail(&self, text: impl Into<Shown>) {
        if self.verbose > 0 {
            self.note(text);
        }
    }

    /// An error or warning, on standard error, quiet or not.
    pub fn error(&self, text: impl Into<Shown>) {
        let _ = writeln!(std::io::stderr().lock(), "{}", self.clean(text.into().as_str()));
    }
}
