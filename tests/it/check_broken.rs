//! Broken contracts of many kinds (`tests/broken/`): every finding with its place, its words and what to do about it.
//!
//! `NAME.findings` holds what is found in `NAME.yaml`, a line for each: severity, rule, place, message, hint.

use std::fmt::Write as _;
use std::path::Path;

use counterpart::document::{LoadOptions, SpecSource};
use counterpart::lint::{Selection, check};

/// Findings as `e rule line:column message | hint`, without that responses are missing, which most of them do.
fn found(path: &Path) -> String {
    let shown = path.display().to_string();
    let folder = format!("{}/", path.parent().unwrap().display());
    let checked = check(&SpecSource::Path(path.to_owned()), &LoadOptions::default(), &Selection::default());
    let mut out = String::new();
    for finding in checked.findings.iter().filter(|f| f.message != "`responses` must not be empty") {
        let place = checked.files.diagnostic_place(finding);
        let severity = &finding.severity.as_str()[..1];
        let hint = finding.hint.as_ref().map(|hint| format!(" | {hint}")).unwrap_or_default();
        let message = finding.message.replace(&shown, "FILE").replace(&folder, "");
        let _infallible =
            writeln!(out, "{severity} {} {}:{} {message}{hint}", finding.rule, place.line, place.column);
    }
    out.trim_end().to_owned()
}

#[test]
fn broken_contracts_are_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut count = 0;
    let mut wrong = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            count += 1;
            let wanted = std::fs::read_to_string(path.with_extension("findings")).unwrap();
            let found = found(&path);
            if found != wanted.trim_end() {
                let _infallible = writeln!(wrong, "== {}\nwanted\n{wanted}\nfound\n{found}", path.display());
            }
        }
    }
    assert!(count >= 50, "{count}");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_other_files_hold_is_judged_by_what_refers_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("openapi.yaml", "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a: {$ref: a.yaml}\n");
    write(
        "a.yaml",
        "get:\n  operationID: x\n  parameters: [{$ref: 'p.yaml#/P'}]\n  responses:\n    '200': {content: {}}\n",
    );
    write("p.yaml", "P: {name: p, in: query, schema: {type: string}, requird: true}\n");
    let source = SpecSource::Path(folder.path().join("openapi.yaml"));
    let checked = check(&source, &LoadOptions::default(), &Selection::default());
    let said: Vec<String> = checked
        .findings
        .iter()
        .map(|f| {
            let place = checked.files.diagnostic_place(f);
            let file = place.file.rsplit('/').next().unwrap_or_default();
            format!(
                "{} {file}:{}:{} {}",
                f.rule,
                place.line,
                place.column,
                f.hint.clone().unwrap_or_default()
            )
        })
        .collect();
    let wanted = [
        "structure a.yaml:2:3 did you mean `operationId`?",
        "structure a.yaml:5:5 ",
        "structure p.yaml:1:49 did you mean `required`?",
    ];
    assert_eq!(said, wanted);
}
