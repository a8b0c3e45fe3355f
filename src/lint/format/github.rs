//! Annotations of GitHub Actions: workflow commands on standard output.

use std::fmt::Write as _;

use crate::base::annotation::annotation;
use crate::document::{Diagnostic, Files, Severity};
use crate::lint::Checked;
use crate::lint::format::Format;

/// The format.
pub const FORMAT: Format = Format { name: "github", write };

fn write(all: &[Checked], _color: bool) -> String {
    let mut out = String::new();
    for checked in all {
        for finding in &checked.findings {
            let _infallible = writeln!(out, "{}", line(&checked.files, finding));
        }
    }
    out
}

fn line(files: &Files, finding: &Diagnostic) -> String {
    let place = files.diagnostic_place(finding);
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let text = match &finding.hint {
        Some(hint) => format!("{}\n{hint}", finding.message),
        None => finding.message.clone(),
    };
    let (line, column) = (place.line.to_string(), place.column.to_string());
    let properties =
        [("file", place.file.as_str()), ("line", &line), ("col", &column), ("title", finding.rule)];
    annotation(command, &properties, &text)
}
