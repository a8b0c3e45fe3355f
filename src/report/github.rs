//! Annotations for GitHub Actions: workflow commands, one line for each finding.

use std::fmt::Write as _;

use crate::base::annotation::annotation;
use crate::exercise::{Finding, Summary, Verdict};

/// The report's text.
#[must_use]
pub fn report(summary: &Summary) -> String {
    let mut text = String::new();
    for finding in &summary.findings {
        let _ = writeln!(text, "{}", line(finding));
    }
    if let Some(reason) = &summary.cut {
        let told = format!("not all was sent: {reason}");
        let _ = writeln!(text, "{}", annotation("warning", &[("title", "counterpart")], &told));
    }
    for withheld in &summary.withheld {
        let _ = writeln!(text, "{}", annotation("notice", &[("title", "counterpart")], &withheld.line()));
    }
    if let Verdict::Unusable(why) = &summary.verdict {
        let _ = writeln!(text, "{}", annotation("error", &[("title", "counterpart")], why));
    }
    text
}

fn line(finding: &Finding) -> String {
    // Embedded contracts and standard input have no file to annotate.
    let place = finding.place.as_ref().filter(|place| !place.file.starts_with('<'));
    let place = place.map(|place| (place.file.as_str(), place.line.to_string(), place.column.to_string()));
    let title = format!("{} {} {}", finding.check, finding.method, finding.path);
    let mut properties: Vec<(&str, &str)> = Vec::new();
    if let Some((file, line, column)) = &place {
        properties.extend([("file", *file), ("line", line), ("col", column)]);
    }
    properties.push(("title", &title));
    let curl = finding.steps.last().map_or("", |step| step.curl.as_str());
    let message =
        format!("{}\nexpected {}\nseen {}\n{curl}", finding.message, finding.expected, finding.seen);
    annotation("error", &properties, &message)
}
