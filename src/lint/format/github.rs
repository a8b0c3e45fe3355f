//! Annotations of GitHub Actions: workflow commands on standard output.

use std::fmt::Write as _;

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
    format!(
        "::{command} file={},line={},col={},title={}::{}",
        property(&place.file),
        place.line,
        place.column,
        property(finding.rule),
        data(&text)
    )
}

/// Escapes the text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
