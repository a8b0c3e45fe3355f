//! Entities as a response shows them: whatever the schema asks for beyond what the entity has is generated, whatever
//! it does not take is left out, and the result is valid.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::base::{Pointer, Seed};
use crate::mock::body;
use crate::mock::outline::Node;
use crate::mock::resource::refine;
use crate::schema::Schema;

/// How deep is looked for what is for writing only; below, values are shown as they are.
const DEPTH_MAX: usize = 8;

/// The entity as a value of the schema, at `envelope`.
#[must_use]
pub(crate) fn present(
    schema: &Arc<Schema>,
    envelope: &Pointer,
    entity: &Map<String, Value>,
    seed: Seed,
) -> Value {
    let shown = match refine::at(schema, envelope) {
        Some(node) => known(node, entity),
        None => entity.clone(),
    };
    if envelope.is_root() {
        let whole = Value::Object(shown.clone());
        if schema.is_valid(&whole) {
            return whole;
        }
    }
    let mut value = body::generated(schema, seed);
    let Some(slot) = value.pointer_mut(envelope.as_str()) else { return value };
    let base = std::mem::replace(slot, Value::Object(shown.clone()));
    if schema.is_valid(&value) {
        return value;
    }
    // Not as it is: what is missing is taken from the generated value, then property by property.
    let mut merged = base.as_object().cloned().unwrap_or_default();
    merged.extend(shown.clone());
    put(&mut value, envelope, Value::Object(merged));
    if schema.is_valid(&value) {
        return value;
    }
    put(&mut value, envelope, base);
    for (name, property) in shown {
        let Some(Value::Object(slot)) = value.pointer_mut(envelope.as_str()) else { return value };
        let before = slot.insert(name.clone(), property);
        if schema.is_valid(&value) {
            continue;
        }
        if let Some(Value::Object(slot)) = value.pointer_mut(envelope.as_str()) {
            match before {
                Some(before) => slot.insert(name, before),
                None => slot.shift_remove(&name),
            };
        }
    }
    value
}

fn put(value: &mut Value, at: &Pointer, new: Value) {
    if let Some(slot) = value.pointer_mut(at.as_str()) {
        *slot = new;
    }
}

/// The properties that the schema knows; all of them where it is open on purpose. So what a client sent for writing
/// only is not shown to readers.
#[must_use]
pub(crate) fn known(node: Node<'_>, entity: &Map<String, Value>) -> Map<String, Value> {
    let properties = node.properties();
    let open = node.keyword("additionalProperties").is_some_and(|v| *v != Value::Bool(false));
    if open || properties.is_empty() {
        return entity.clone();
    }
    let mut shown = Map::new();
    for (name, value) in entity {
        if let Some(property) = properties.get(name.as_str()).filter(|p| !hidden(**p)) {
            shown.insert(name.clone(), readable(*property, value, 0));
        }
    }
    shown
}

fn hidden(node: Node<'_>) -> bool {
    node.is_never() || node.keyword("writeOnly") == Some(&Value::Bool(true))
}

/// The value without what is for writing only, however deep it is.
fn readable(node: Node<'_>, value: &Value, depth: usize) -> Value {
    if depth > DEPTH_MAX {
        return value.clone();
    }
    match value {
        Value::Object(members) if !members.is_empty() => {
            let properties = node.properties();
            let shown =
                members.iter().filter(|(name, _)| !properties.get(name.as_str()).is_some_and(|p| hidden(*p)));
            let below = |(name, value): (&String, &Value)| {
                let inner = properties.get(name.as_str());
                (
                    name.clone(),
                    inner.map_or_else(|| value.clone(), |inner| readable(*inner, value, depth + 1)),
                )
            };
            Value::Object(shown.map(below).collect())
        }
        Value::Array(items) => match node.items() {
            Some(inner) => Value::Array(items.iter().map(|item| readable(inner, item, depth + 1)).collect()),
            None => value.clone(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(schema: Value, envelope: &str, entity: Value) -> Value {
        let schema = Schema::from_value(schema).unwrap();
        let Value::Object(entity) = entity else { panic!("an object") };
        let value = present(&schema, &Pointer::parse(envelope).unwrap(), &entity, Seed(1));
        assert!(schema.is_valid(&value), "{value}");
        value
    }

    #[test]
    fn an_entity_is_shown_as_it_is_where_it_fits() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]});
        assert_eq!(shown(schema.clone(), "", json!({"a": 1})), json!({"a": 1}));
        // What readers are not told of stays hidden; so does what is for writing only, however deep.
        let deep = json!({"type": "object", "properties": {"l": {"type": "array", "items": {
            "type": "object", "properties": {"a": {}, "pin": {"type": "string", "writeOnly": true}}}}}});
        assert_eq!(shown(deep, "", json!({"l": [{"a": 1, "pin": "x"}]})), json!({"l": [{"a": 1}]}));
        assert_eq!(shown(schema, "", json!({"a": 1, "password": "x"})), json!({"a": 1}));
    }

    #[test]
    fn what_is_missing_is_made_and_what_does_not_fit_left_out() {
        let schema = json!({
            "type": "object",
            "properties": {"data": {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"enum": ["x"]}, "c": {"type": "string"}},
                "required": ["a", "b"], "additionalProperties": false,
            }},
            "required": ["data"],
        });
        let value = shown(schema, "/data", json!({"a": 5, "b": "no", "c": "yes"}));
        assert_eq!(value, json!({"data": {"a": 5, "b": "x", "c": "yes"}}));
    }
}
