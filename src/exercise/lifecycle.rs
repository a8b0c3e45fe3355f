//! What the contract shows of a record's end: where the answer to a deletion carries the id and the state.

use serde_json::Value;

use crate::base::Pointer;
use crate::base::pointer;
use crate::check::Lifecycle;
use crate::check::words::{is_id_name, is_state_name, is_tenant_name};
use crate::contract::{Operation, ParameterPlace, StatusKey};
use crate::document::Direction;
use crate::schema::Schemas;

/// How many references and `allOf`s are followed to an object's properties.
const DEPTH_MAX: usize = 16;

/// The lifecycle of the records that the operation ends; `None` when it ends none: it must be a DELETE on a path whose
/// last segment is a parameter.
pub(super) fn lifecycle(operation: &Operation, schemas: &Schemas) -> Option<Lifecycle> {
    if operation.head.method != "DELETE" {
        return None;
    }
    let last = operation.head.path.rsplit('/').next()?;
    let id_parameter = last.strip_prefix('{')?.strip_suffix('}')?.to_owned();
    let tenant_header = operation
        .parameters
        .iter()
        .find(|p| p.place == ParameterPlace::Header && is_tenant_name(&p.name))
        .map(|p| p.name.clone());
    let success = operation.responses.iter().find(|response| match response.status {
        StatusKey::Exact(status) => (200..=299).contains(&status),
        StatusKey::Range(digit) => digit == 2,
        StatusKey::Default => false,
    });
    let schema = success
        .into_iter()
        // Accepted is not done (RFC 9110 §15.3.3): such an answer shows a task, not the record's end.
        .filter(|response| response.status != StatusKey::Exact(202))
        .flat_map(|response| &response.content)
        .find_map(|media| media.schema.as_ref())
        .and_then(|at| schemas.get(at, Direction::Response).ok());
    let mut names: Vec<(String, bool)> = Vec::new();
    if let Some(schema) = &schema {
        let document = schema.outline().document();
        properties(document, document, 0, &mut names);
    }
    let has = |wanted: &str| names.iter().any(|(name, _)| name == wanted);
    // What is deleted by its name may well carry another id.
    let by_id: &[&str] = if names_id(&id_parameter) { &["id", "uuid"] } else { &[] };
    let id = std::iter::once(id_parameter.as_str()).chain(by_id.iter().copied()).find(|name| has(name));
    // An answer without the record's id tells of something else: of a task, of how it went.
    let state = names.iter().find(|(name, text)| id.is_some() && *text && is_state_name(name));
    Some(Lifecycle {
        id: id.map(|name| Pointer::root().join(name)),
        state: state.map(|(name, _)| Pointer::root().join(name)),
        id_parameter,
        tenant_header,
    })
}

/// Whether a parameter of this name is an id, not a name of another kind.
fn names_id(parameter: &str) -> bool {
    let lower = parameter.to_lowercase();
    is_id_name(parameter) && !["key", "slug"].iter().any(|word| lower.ends_with(word))
}

/// The properties of an object schema: name, and whether it is a text.
fn properties(document: &Value, schema: &Value, depth: usize, found: &mut Vec<(String, bool)>) {
    if depth > DEPTH_MAX {
        return;
    }
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
    if let Some(target) = target.and_then(|pointer| pointer::find(document, pointer)) {
        properties(document, target, depth + 1, found);
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        properties(document, part, depth + 1, found);
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        found.push((name.clone(), is_text(document, property, 0)));
    }
}

fn is_text(document: &Value, schema: &Value, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
    if let Some(target) = target.and_then(|pointer| pointer::find(document, pointer)) {
        return is_text(document, target, depth + 1);
    }
    schema.get("type").and_then(Value::as_str) == Some("string")
        || schema
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(|values| values.iter().all(Value::is_string))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_are_found_through_references_and_all_of() {
        let document = json!({
            "$ref": "#/$defs/0",
            "$defs": {
                "0": {"allOf": [{"$ref": "#/$defs/1"}], "properties": {"status": {"$ref": "#/$defs/2"}}},
                "1": {"properties": {"id": {"type": "integer"}}},
                "2": {"enum": ["on", "off"]}
            }
        });
        let mut found = Vec::new();
        properties(&document, &document, 0, &mut found);
        assert_eq!(found, [("id".to_owned(), false), ("status".to_owned(), true)]);
    }

    #[test]
    fn ids_and_names_are_told_apart() {
        for (parameter, is_id) in [
            ("order_id", true),
            ("id", true),
            ("petId", true),
            ("agent_name", false),
            ("key", false),
            ("identifier", false),
        ] {
            assert_eq!(names_id(parameter), is_id, "{parameter}");
        }
    }

    #[test]
    fn cycles_end() {
        let document = json!({"$ref": "#"});
        let mut found = Vec::new();
        properties(&document, &document, 0, &mut found);
        assert!(found.is_empty() && !is_text(&document, &document, 0));
    }
}
