//! All Schema Objects of a contract: those named in `components` or `definitions`, those that operations use, and
//! what is nested in them or referred to from them.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::contract::{Contract, Holds, MediaType, Operation, Parameter, ParameterShape, holds};
use crate::document::Location;

/// Schemas by themselves: not nested in others.
pub(crate) fn roots(contract: &Contract, operations: &[Arc<Operation>]) -> Vec<Location> {
    let mut out = contract.named_schemas();
    for operation in operations {
        of_operation(operation, &mut out);
    }
    let mut seen = HashSet::new();
    out.retain(|at| seen.insert(at.clone()));
    out
}

fn of_operation(operation: &Operation, out: &mut Vec<Location>) {
    operation.parameters.iter().for_each(|parameter| of_parameter(parameter, out));
    operation.request_body.iter().flat_map(|body| &body.content).for_each(|media| of_media(media, out));
    for response in &operation.responses {
        response.headers.iter().for_each(|header| of_parameter(header, out));
        response.content.iter().for_each(|media| of_media(media, out));
    }
    for callback in &operation.callbacks {
        callback.operations.iter().for_each(|operation| of_operation(operation, out));
    }
}

fn of_parameter(parameter: &Parameter, out: &mut Vec<Location>) {
    match &parameter.shape {
        ParameterShape::Styled { schema, .. } => out.extend(schema.clone()),
        ParameterShape::Content(media) => of_media(media, out),
    }
}

fn of_media(media: &MediaType, out: &mut Vec<Location>) {
    out.extend(media.schema.clone());
    out.extend(media.item_schema.clone());
    for encoding in media.encoding.values() {
        encoding.headers.iter().for_each(|header| of_parameter(header, out));
    }
}

/// The schemas at `roots`, those nested in them, and those that they refer to.
pub(crate) fn all(contract: &Contract, roots: &[Location]) -> Vec<Location> {
    let mut todo: Vec<Location> = roots.to_vec();
    let mut seen: HashSet<Location> = HashSet::new();
    let mut out = Vec::new();
    while let Some(at) = todo.pop() {
        if !seen.insert(at.clone()) {
            continue;
        }
        let files = contract.files();
        let reference = files.with(&at, |schema| {
            nested(schema, &at, &mut todo);
            schema.get("$ref").and_then(Value::as_str).map(str::to_owned)
        });
        if let Some(Some(reference)) = reference
            && let Ok(target) = files.resolve(&at, &reference)
        {
            todo.push(target);
        }
        out.push(at);
    }
    out.sort();
    out
}

/// The schemas directly inside a schema.
pub(crate) fn nested(schema: &Value, at: &Location, out: &mut Vec<Location>) {
    let Value::Object(map) = schema else { return };
    for (key, value) in map {
        match (holds(key), value) {
            (Holds::Schema, Value::Object(_) | Value::Bool(_)) => out.push(at.join(key)),
            (Holds::Schema | Holds::List, Value::Array(items)) => {
                let at = at.join(key);
                out.extend((0..items.len()).map(|n| at.index(n)));
            }
            (Holds::Map, Value::Object(map)) => {
                let at = at.join(key);
                out.extend(map.iter().filter(|(_, value)| !value.is_string()).map(|(name, _)| at.join(name)));
            }
            _ => {}
        }
    }
}
