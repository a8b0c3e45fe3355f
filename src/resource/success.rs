//! A look at an operation's success in the contract as it is written, without building the operation or compiling a
//! schema: which schemas it refers to. Enough to tell at start whether two operations speak of the same kind of entity.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::names::plain;
use crate::contract::{Contract, OperationHead};
use crate::document::Location;

/// Names of properties that hold the entity in an answer, plain.
const WRAPPERS: [&str; 8] = ["data", "result", "item", "object", "entity", "record", "resource", "response"];

/// How many parts of an `allOf` are looked at.
const PARTS_MAX: usize = 8;

/// What an operation's success shows, as far as references tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Success {
    /// What it is: `array`, `object`, another type, or empty where nothing is said.
    pub(crate) kind: String,
    /// The schemas that one entity may be of: the success itself, or what it holds in an envelope.
    pub(crate) one: Vec<Location>,
    /// The schemas of the items of lists in it.
    pub(crate) many: Vec<Location>,
    /// Whether it holds a list of anything.
    pub(crate) lists: bool,
    /// Whether there is a schema at all.
    pub(crate) known: bool,
}

impl Success {
    /// Whether both show one of the same kind.
    #[must_use]
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.one.iter().any(|schema| other.one.contains(schema))
    }
}

/// What schemas say of what they show, each looked at once.
#[derive(Debug, Default)]
pub(crate) struct SchemaCache(RefCell<HashMap<Location, Rc<SchemaFacts>>>);

/// What a schema says of what it shows, whoever asks.
#[derive(Debug, Default)]
struct SchemaFacts {
    /// The type.
    kind: String,
    /// Whether it has items.
    items: bool,
    /// The schema that its items refer to.
    named: Option<Location>,
    properties: Vec<Property>,
    /// The parts of `allOf`.
    parts: Vec<Location>,
}

/// A property, as far as its references tell.
#[derive(Debug)]
struct Property {
    name: String,
    /// Whether its name is one that holds the entity in an answer.
    wraps: bool,
    /// The schema that it refers to.
    target: Option<Location>,
    /// Whether it holds a list of objects.
    lists: bool,
    /// The schema that the items of that list refer to.
    named: Option<Location>,
}

/// What the success of an operation shows.
#[must_use]
pub(crate) fn shown(contract: &Contract, cache: &SchemaCache, head: &OperationHead) -> Success {
    let mut shown = Success::default();
    let Some(schema) = success_schema(contract, &head.location) else { return shown };
    shown.known = true;
    let Some(target) = follow(contract, &schema) else { return shown };
    // Only what has a name can be recognised again.
    if target != schema {
        shown.one.push(target.clone());
    }
    facts(contract, cache, &target, head, &mut shown, 0);
    shown
}

fn facts(
    contract: &Contract,
    cache: &SchemaCache,
    at: &Location,
    head: &OperationHead,
    shown: &mut Success,
    depth: usize,
) {
    let Some(seen) = cache.at(contract, at) else { return };
    if shown.kind.is_empty() {
        shown.kind = match seen.kind.as_str() {
            "" if seen.items => "array".to_owned(),
            "" if !seen.properties.is_empty() => "object".to_owned(),
            kind => kind.to_owned(),
        };
    }
    if seen.items && depth == 0 {
        shown.lists = true;
        shown.many.extend(seen.named.clone());
    }
    let last = head.path.rsplit('/').find(|segment| !segment.contains('{')).unwrap_or_default();
    for property in &seen.properties {
        if let Some(target) = &property.target
            && (property.wraps || super::names::alike(&property.name, last))
        {
            shown.one.push(target.clone());
        }
        if property.lists {
            shown.lists = true;
            shown.many.extend(property.named.clone());
        }
    }
    if depth == 0 {
        for part in &seen.parts {
            facts(contract, cache, part, head, shown, 1);
        }
    }
}

impl SchemaCache {
    /// What the schema at a place says; `None` where there is none.
    fn at(&self, contract: &Contract, at: &Location) -> Option<Rc<SchemaFacts>> {
        if let Some(known) = self.0.borrow().get(at) {
            return Some(Rc::clone(known));
        }
        let seen = Rc::new(SchemaFacts::of(contract, at)?);
        self.0.borrow_mut().insert(at.clone(), Rc::clone(&seen));
        Some(seen)
    }
}

impl SchemaFacts {
    fn of(contract: &Contract, at: &Location) -> Option<Self> {
        let refers = |schema: &Value| schema.get("$ref").is_some();
        let lists = |schema: &Value| {
            let of_objects = |items: &Value| {
                refers(items)
                    || items.get("properties").is_some()
                    || items.get("type").is_none_or(|t| t == "object")
            };
            let items = schema.get("items");
            (items.is_some_and(of_objects), items.is_some_and(refers))
        };
        let read = |schema: &Value| {
            let properties = schema.get("properties").and_then(Value::as_object);
            let property =
                |(name, property): (&String, &Value)| (name.clone(), refers(property), lists(property));
            let seen = Self {
                kind: schema.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
                items: schema.get("items").is_some(),
                ..Self::default()
            };
            let parts = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
            (seen, lists(schema).1, properties.into_iter().flatten().map(property).collect::<Vec<_>>(), parts)
        };
        let (mut seen, named_items, properties, parts) = contract.files().with(at, read)?;
        seen.named = if named_items { named(contract, &at.join("items")) } else { None };
        for (name, refers, held) in properties {
            let place = at.join("properties").join(&name);
            let target = if refers { follow(contract, &place) } else { None };
            if refers && target.is_none() {
                continue;
            }
            let target = target.filter(|target| *target != place);
            let there = target.as_ref().and_then(|target| contract.files().with(target, lists));
            let (lists, named_items) = there.unwrap_or(held);
            let items = || target.as_ref().unwrap_or(&place).join("items");
            let named = if lists && named_items { named(contract, &items()) } else { None };
            let wraps = WRAPPERS.contains(&plain(&name).as_str());
            seen.properties.push(Property { name, wraps, target, lists, named });
        }
        let part = |part| follow(contract, &at.join("allOf").index(part));
        seen.parts = (0..parts.min(PARTS_MAX)).filter_map(part).collect();
        Some(seen)
    }
}

/// The place of a schema that is referred to; `None` for one that is written on the spot.
fn named(contract: &Contract, at: &Location) -> Option<Location> {
    follow(contract, at).filter(|target| target != at)
}

fn follow(contract: &Contract, at: &Location) -> Option<Location> {
    contract.files().follow(at).ok()
}

/// The schema of the lowest documented 2xx answer, as JSON where there is a choice.
fn success_schema(contract: &Contract, operation: &Location) -> Option<Location> {
    let success = |operation: &Value| {
        let responses = operation.get("responses")?.as_object()?;
        let lowest = responses.iter().filter(|(key, _)| key.starts_with('2')).min_by_key(|(key, _)| *key);
        let (key, response) = lowest.or_else(|| responses.iter().find(|(key, _)| *key == "default"))?;
        Some((key.clone(), response.get("$ref").is_some(), way_to_schema(response)))
    };
    let (key, refers, way) = contract.files().with(operation, success)??;
    let response = operation.join("responses").join(&key);
    if !refers {
        return Some(way?.iter().fold(response, |at, step| at.join(step)));
    }
    let response = follow(contract, &response)?;
    let way = contract.files().with(&response, way_to_schema)??;
    Some(way.iter().fold(response, |at, step| at.join(step)))
}

/// How to get from a response to its schema, where it has one.
fn way_to_schema(response: &Value) -> Option<Vec<String>> {
    let content = response.get("content").and_then(Value::as_object);
    let pick = |content: &'_ Map<String, Value>| {
        content.keys().find(|name| name.contains("json")).or_else(|| content.keys().next()).cloned()
    };
    match content.and_then(pick) {
        Some(media) => {
            content?.get(&media)?.get("schema")?;
            Some(vec!["content".to_owned(), media, "schema".to_owned()])
        }
        // 2.0 has the schema right there.
        None => response.get("schema").map(|_| vec!["schema".to_owned()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(paths: &str) -> std::sync::Arc<Contract> {
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n{paths}
components:
  responses:
    Page: {{description: d, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Page'}}}}}}}}
  schemas:
    Pet: {{type: object, properties: {{id: {{type: string}}}}}}
    Page: {{type: object, properties: {{data: {{type: array, items: {{$ref: '#/components/schemas/Pet'}}}}}}}}
    Both: {{allOf: [{{$ref: '#/components/schemas/Page'}}, {{type: object}}]}}
    Wrapped: {{type: object, properties: {{data: {{$ref: '#/components/schemas/Pet'}}}}}}
"
        );
        Contract::from_text("t.yaml", &text).unwrap()
    }

    #[test]
    fn lists_and_entities_of_one_schema_are_recognised() {
        let of = |schema: &str| {
            format!(
                "{{responses: {{'200': {{description: d, content: {{application/json: {{schema: {schema}}}}}}}}}}}"
            )
        };
        let reference = |name: &str| format!("{{$ref: '#/components/schemas/{name}'}}");
        let contract = contract(&format!(
            "  /a: {{get: {}}}\n  /b: {{get: {}}}\n  /c: {{get: {}}}\n  /d: {{get: {}}}\n  /e: {{get: {}}}\n  /f: {{get: {}}}\n",
            of(&reference("Pet")),
            of(&format!("{{type: array, items: {}}}", reference("Pet"))),
            "{responses: {'200': {$ref: '#/components/responses/Page'}}}",
            of(&reference("Wrapped")),
            of(&reference("Both")),
            "{responses: {'204': {description: d}}}",
        ));
        let all: Vec<Success> =
            contract.heads().iter().map(|head| shown(&contract, &SchemaCache::default(), head)).collect();
        let [pet, list, page, wrapped, both, nothing] = all.as_slice() else { panic!("{all:?}") };
        assert!([list, page, both].iter().all(|shown| shown.many == pet.one));
        assert!(wrapped.same_as(pet) && !list.same_as(pet) && !pet.lists && page.lists);
        assert_eq!((list.kind.as_str(), page.kind.as_str(), nothing.known), ("array", "object", false));
    }
}
