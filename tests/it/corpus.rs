//! Every contract of the shared corpus: opened, all operations built, all their schemas fetched and references followed.

#![expect(clippy::print_stdout, reason = "the table is what the run is for")]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use counterpart::contract::{Contract, Operation, ParameterShape};
use counterpart::document::{LoadOptions, Location, SchemaSource, Severity, SpecSource};
use serde_json::Value;

use crate::support::shared;

/// Contracts whose references lead to a folder beside their own, which the user has to allow.
const OUTSIDE: [&str; 3] = ["kin-ref-in-parent", "learn-petstore-separate", "stac-item-search"];

/// From this many operations on, a contract's are sampled.
const SAMPLED_FROM: usize = 5_000;

/// Follows every schema from `at`; gives back how many there are, and what could not be resolved.
pub(crate) fn follow_schemas(
    source: &Arc<dyn SchemaSource>,
    from: Vec<Location>,
    seen: &mut HashSet<Location>,
) -> Vec<String> {
    let mut todo = from;
    let mut broken = Vec::new();
    while let Some(at) = todo.pop() {
        if !seen.insert(at.clone()) {
            continue;
        }
        match source.schema(&at) {
            Err(error) => broken.push(error.to_string()),
            Ok(schema) => references(&schema, &mut |reference| match source.resolve(&at, reference) {
                Ok(target) => todo.push(target),
                Err(error) => broken.push(error.to_string()),
            }),
        }
    }
    broken
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "$ref" => found(text),
                    _ if matches!(key.as_str(), "enum" | "const" | "default" | "examples") => {}
                    other => references(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// The schemas that an operation names.
pub(crate) fn schemas_of(operation: &Operation) -> Vec<Location> {
    let mut out = Vec::new();
    let mut parameters: Vec<_> = operation.parameters.iter().collect();
    parameters.extend(operation.responses.iter().flat_map(|response| &response.headers));
    for parameter in parameters {
        match &parameter.shape {
            ParameterShape::Styled { schema, .. } => out.extend(schema.clone()),
            ParameterShape::Content(media) => out.extend(media.schema.clone()),
        }
    }
    let bodies = operation.request_body.iter().flat_map(|body| &body.content);
    for media in bodies.chain(operation.responses.iter().flat_map(|response| &response.content)) {
        out.extend(media.schema.clone());
        out.extend(media.item_schema.clone());
    }
    for callback in &operation.callbacks {
        out.extend(callback.operations.iter().flat_map(schemas_of));
    }
    out
}

/// Resident memory in megabytes, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

struct Outcome {
    line: String,
    refused: bool,
    operations: usize,
}

fn run(path: &Path, outside: bool, all_wanted: bool) -> Outcome {
    let before = memory().unwrap_or(0);
    let start = Instant::now();
    let options = LoadOptions { allow_refs_outside: outside, ..LoadOptions::default() };
    let contract = match Contract::load(&SpecSource::Path(path.to_owned()), &options) {
        Ok(contract) => contract,
        Err(error) => {
            let line = format!("refused {:7.3} s           {error}", start.elapsed().as_secs_f64());
            return Outcome { line, refused: true, operations: 0 };
        }
    };
    let opened = start.elapsed().as_secs_f64();
    let source = contract.schema_source();
    let mut seen = HashSet::new();
    let mut broken = Vec::new();
    // Of the very largest, every tenth operation is built, unless all are asked for.
    let step = if contract.heads().len() > SAMPLED_FROM && !all_wanted { 10 } else { 1 };
    let operations: Vec<_> =
        contract.heads().iter().step_by(step).map(|head| contract.operation(head.index)).collect();
    for operation in operations.iter().chain(&contract.webhooks()) {
        broken.extend(follow_schemas(&source, schemas_of(operation), &mut seen));
    }
    broken.sort();
    broken.dedup();
    let diagnostics = contract.diagnostics();
    let errors = broken.len() + diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let all = start.elapsed().as_secs_f64();
    let grown = memory().unwrap_or(0).saturating_sub(before);
    let mut line = format!(
        "loaded  {opened:7.3} s, all {all:7.3} s, {grown:5} MB, {:5} operations, {:5} schemas, {errors:3} errors, {:3} warnings",
        operations.len(),
        seen.len(),
        diagnostics.len() + broken.len() - errors
    );
    if std::env::var_os("COUNTERPART_CORPUS_DETAILS").is_some() {
        for diagnostic in &diagnostics {
            let _infallible = write!(
                line,
                "\n    {:?} {}: [{}] {}",
                diagnostic.severity,
                contract.files().diagnostic_place(diagnostic),
                diagnostic.rule,
                diagnostic.message
            );
        }
        for reason in &broken {
            let _infallible = write!(line, "\n    {reason}");
        }
    }
    Outcome { line, refused: false, operations: contract.heads().len() }
}

#[test]
fn every_contract_of_the_corpus_opens_or_is_refused() {
    let Some(index) = shared("corpus/index.json") else { return };
    let folder = index.parent().unwrap();
    let index: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&index).unwrap()).unwrap();
    let all_wanted = std::env::var_os("COUNTERPART_CORPUS_ALL").is_some();
    let only = std::env::var("COUNTERPART_CORPUS_ONLY").unwrap_or_default();
    let mut wrong = Vec::new();
    for entry in &index {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        if !text("name").contains(&only) {
            continue;
        }
        let path = folder.join(text("file"));
        if text("expect") == "reject" || !path.exists() {
            continue;
        }
        let outcome = run(&path, OUTSIDE.contains(&text("name")), all_wanted);
        println!("{:45} {}", text("name"), outcome.line);
        // The index counts the operation below an `x-` member of `paths` as well, which is no path.
        let extra = usize::from(text("name") == "mermade-extensions-everywhere");
        let wanted = entry["operations"].as_u64().map(|n| usize::try_from(n).unwrap() - extra);
        if text("expect") == "accept" && (outcome.refused || wanted.is_some_and(|n| n > outcome.operations)) {
            wrong.push(format!("{} ({wanted:?} operations): {}", text("name"), outcome.line));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
