//! Which schemas surely apply to which part of a value.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::base::Pointer;
use crate::base::limits::BREAKABLE_PLACES_MAX;
use crate::generate::plan::Planner;
use crate::generate::plan::table::{Id, Table};
use crate::schema::Schema;

/// A part of a value.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) pointer: Pointer,
    /// The schemas that apply to it whatever its value: not those inside `anyOf` and the like.
    pub(super) ids: Vec<Id>,
}

/// All parts of the value with the schemas that surely apply to them.
pub(super) fn places(schema: &Schema, planner: &Planner, value: &Value) -> Vec<Place> {
    let mut found = Vec::new();
    planner.with_table(|table| {
        let root = table.at("");
        let mut open = vec![(Pointer::root(), vec![root], value)];
        while let Some((pointer, starts, value)) = open.pop() {
            if found.len() >= BREAKABLE_PLACES_MAX {
                break;
            }
            let ids = closure(schema, table, starts, value);
            match value {
                Value::Array(items) => {
                    for (index, item) in items.iter().enumerate().take(BREAKABLE_PLACES_MAX) {
                        let below = children(schema, table, &ids, value, &index.to_string());
                        open.push((pointer.index(index), below, item));
                    }
                }
                Value::Object(members) => {
                    for (name, item) in members.iter().take(BREAKABLE_PLACES_MAX) {
                        open.push((pointer.join(name), children(schema, table, &ids, value, name), item));
                    }
                }
                _ => {}
            }
            found.push(Place { pointer, ids });
        }
    });
    found
}

/// The schemas that apply to the item or property `token` of a value to which `ids` apply.
pub(super) fn below(schema: &Schema, planner: &Planner, ids: &[Id], value: &Value, token: &str) -> Vec<Id> {
    planner.with_table(|table| children(schema, table, ids, value, token))
}

/// Follows `$ref`, `allOf`, and `dependentSchemas` of properties that are there.
fn closure(schema: &Schema, table: &mut Table, starts: Vec<Id>, value: &Value) -> Vec<Id> {
    let mut ids: Vec<Id> = Vec::new();
    let mut known: HashSet<Id> = HashSet::new();
    let mut open = starts;
    while let Some(id) = open.pop() {
        if !known.insert(id) {
            continue;
        }
        ids.push(id);
        let held = table.value(schema.bundle(), id);
        let Value::Object(members) = &*held else { continue };
        if let Some(target) = members.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#')) {
            open.push(table.at(target));
        }
        for n in 0..members.get("allOf").and_then(Value::as_array).map_or(0, Vec::len) {
            open.push(table.child(id, &format!("/allOf/{n}")));
        }
        for name in members.get("dependentSchemas").and_then(Value::as_object).into_iter().flat_map(Map::keys)
        {
            if value.get(name).is_some() {
                open.push(table.child(id, &format!("/dependentSchemas/{}", escape(name))));
            }
        }
    }
    ids
}

fn children(schema: &Schema, table: &mut Table, ids: &[Id], value: &Value, token: &str) -> Vec<Id> {
    let mut found = Vec::new();
    for id in ids {
        let held = table.value(schema.bundle(), *id);
        let Value::Object(members) = &*held else { continue };
        if value.is_array() {
            let index: usize = token.parse().unwrap_or(usize::MAX);
            let prefix = members.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
            if index < prefix {
                found.push(table.child(*id, &format!("/prefixItems/{index}")));
            } else if members.contains_key("items") {
                found.push(table.child(*id, "/items"));
            }
            continue;
        }
        let mut known = false;
        if members.get("properties").and_then(|p| p.get(token)).is_some() {
            known = true;
            found.push(table.child(*id, &format!("/properties/{}", escape(token))));
        }
        for text in
            members.get("patternProperties").and_then(Value::as_object).into_iter().flat_map(Map::keys)
        {
            if table.pattern(text).is_some_and(|pattern| pattern.is_match(token)) {
                known = true;
                found.push(table.child(*id, &format!("/patternProperties/{}", escape(text))));
            }
        }
        if !known && members.contains_key("additionalProperties") {
            found.push(table.child(*id, "/additionalProperties"));
        }
    }
    found
}

fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
