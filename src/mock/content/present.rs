//! Entities as a response shows them: whatever the schema asks for beyond what the entity has is generated, whatever
//! it does not take is left out, and the result is valid.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::generated::generated;
use crate::base::limits::SCHEMA_DEPTH_MAX;
use crate::base::{Pointer, Seed};
use crate::resource::entity;
use crate::schema::Schema;
use crate::schema::view::SchemaView;

/// How deep is looked for what is for writing only; below, values are shown as they are.
const DEPTH_MAX: usize = 8;

/// How many places of a schema are looked at to find out whether anything there is for writing only.
const PLACES_MAX: usize = 2_000;

/// What a schema shows of an entity, worked out once.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The properties; `None` where all are shown.
    names: Option<BTreeSet<String>>,
    /// Whether something below them may be for writing only.
    hides: bool,
}

impl Reader {
    /// What is shown here; without a place, everything.
    #[must_use]
    pub(crate) fn at(node: Option<SchemaView<'_>>) -> Self {
        let Some(node) = node else { return Self::default() };
        let properties = node.properties();
        if is_open(node) || properties.is_empty() {
            return Self::default();
        }
        let mut seen = HashSet::new();
        let shown: Vec<_> = properties.into_iter().filter(|(_, p)| !hidden(*p)).collect();
        let hides = shown.iter().any(|(_, p)| hides_below(*p, 0, &mut seen));
        Self { names: Some(shown.into_iter().map(|(name, _)| name.to_owned()).collect()), hides }
    }

    /// Whether readers are shown an entity of these properties as it is, should it be valid.
    #[must_use]
    pub(crate) fn shows_all<'n>(&self, mut properties: impl Iterator<Item = &'n str>) -> bool {
        !self.hides && self.names.as_ref().is_none_or(|names| properties.all(|name| names.contains(name)))
    }
}

/// Whether something below may be for writing only; where that is not found out, it may.
fn hides_below(node: SchemaView<'_>, depth: usize, seen: &mut HashSet<usize>) -> bool {
    if !seen.insert(node.address()) {
        return false;
    }
    if depth > SCHEMA_DEPTH_MAX || seen.len() > PLACES_MAX {
        return true;
    }
    let properties = node.properties();
    properties.values().any(|p| hidden(*p) || hides_below(*p, depth + 1, seen))
        || node.items().is_some_and(|items| hides_below(items, depth + 1, seen))
}

/// The entity as a value of the schema, at `envelope`; and whether it is the entity as it was given.
#[must_use]
pub(crate) fn present(
    schema: &Arc<Schema>,
    envelope: &Pointer,
    reader: &Reader,
    entity: Map<String, Value>,
    seed: Seed,
) -> (Value, bool) {
    let all = reader.shows_all(entity.keys().map(String::as_str));
    let shown = match entity::at(schema, envelope) {
        Some(node) if !all => known(node, &entity),
        _ => entity,
    };
    let shown = if envelope.is_root() {
        let whole = Value::Object(shown);
        if schema.is_valid(&whole) {
            return (whole, all);
        }
        if let Value::Object(shown) = whole { shown } else { Map::new() }
    } else {
        shown
    };
    (fitted(schema, envelope, shown, seed), false)
}

/// What is shown of an entity, in an envelope or with what it lacks.
fn fitted(schema: &Arc<Schema>, envelope: &Pointer, shown: Map<String, Value>, seed: Seed) -> Value {
    let mut value = generated(schema, seed);
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
pub(crate) fn known(node: SchemaView<'_>, entity: &Map<String, Value>) -> Map<String, Value> {
    let properties = node.properties();
    if is_open(node) || properties.is_empty() {
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

/// Whether further properties are welcome.
fn is_open(node: SchemaView<'_>) -> bool {
    node.keyword("additionalProperties").is_some_and(|v| *v != Value::Bool(false))
}

fn hidden(node: SchemaView<'_>) -> bool {
    node.is_never() || node.keyword("writeOnly") == Some(&Value::Bool(true))
}

/// The value without what is for writing only, however deep it is.
fn readable(node: SchemaView<'_>, value: &Value, depth: usize) -> Value {
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
        let envelope = Pointer::parse(envelope).unwrap();
        let reader = Reader::at(entity::at(&schema, &envelope));
        let (value, as_given) = present(&schema, &envelope, &reader, entity.clone(), Seed(1));
        assert!(schema.is_valid(&value), "{value}");
        assert!(!as_given || value == Value::Object(entity), "{value}");
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
