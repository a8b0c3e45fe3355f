//! For people: each finding with its source line, then a sum.

use std::fmt::Write as _;

use crate::base::plain;
use crate::document::{Severity, render};
use crate::lint::Checked;
use crate::lint::format::Format;

/// The format.
pub const FORMAT: Format = Format { name: "console", write };

fn write(all: &[Checked], color: bool) -> String {
    let mut out = String::new();
    for checked in all {
        out.push_str(&render::console(&checked.files, &checked.findings, color));
        let name = checked.files.names().into_iter().next().unwrap_or_default();
        let _infallible = writeln!(out, "{}: {}", plain::line(&name), sum(checked));
    }
    out
}

fn sum(checked: &Checked) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let errors = count(checked.count(Severity::Error), "error");
    let warnings = count(checked.count(Severity::Warning), "warning");
    match checked.operations {
        Some(operations) => format!("{}, {errors}, {warnings}", count(operations, "operation")),
        None => format!("can't be read, {errors}, {warnings}"),
    }
}
