//! Annotations for GitHub Actions: workflow commands, one line for each finding.

use std::fmt::Write as _;

use crate::exercise::{Finding, Summary, Verdict};

/// The report's text.
#[must_use]
pub fn report(summary: &Summary) -> String {
    let mut text = String::new();
    for finding in &summary.findings {
        let _ = writeln!(text, "{}", annotation(finding));
    }
    for withheld in &summary.withheld {
        let _ = writeln!(text, "::notice title=counterpart::{}", data(&withheld.line()));
    }
    if let Verdict::Unusable(why) = &summary.verdict {
        let _ = writeln!(text, "::error title=counterpart::{}", data(why));
    }
    text
}

fn annotation(finding: &Finding) -> String {
    let mut properties = String::new();
    // Embedded contracts and standard input have no file to annotate.
    if let Some(place) = finding.place.as_ref().filter(|place| !place.file.starts_with('<')) {
        let _ =
            write!(properties, "file={},line={},col={},", property(&place.file), place.line, place.column);
    }
    let title = format!("{} {} {}", finding.check, finding.method, finding.path);
    let curl = finding.steps.last().map_or("", |step| step.curl.as_str());
    let message =
        format!("{}\nexpected {}\nseen {}\n{curl}", finding.message, finding.expected, finding.seen);
    format!("::error {properties}title={}::{}", property(&title), data(&message))
}

/// Escapes a message, as `@actions/core` does.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stay_on_one_line() {
        assert_eq!(data("50%\nof"), "50%25%0Aof");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
