//! A look at an operation's success in the contract as it is written, without building the operation or compiling a
//! schema: which schemas it refers to. Enough to tell at start whether two operations speak of the same kind of entity.

use serde_json::Value;

use super::names::plain;
use crate::contract::{Contract, OperationHead};
use crate::document::Location;

/// Names of properties that hold the entity in an answer, plain.
const WRAPPERS: [&str; 8] = ["data", "result", "item", "object", "entity", "record", "resource", "response"];

/// How many parts of an `allOf` are looked at.
const PARTS_MAX: usize = 8;

/// What an operation's success shows, as far as references tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shown {
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

impl Shown {
    /// Whether both show one of the same kind.
    #[must_use]
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.one.iter().any(|schema| other.one.contains(schema))
    }
}

/// What the success of an operation shows.
#[must_use]
pub(crate) fn shown(contract: &Contract, head: &OperationHead) -> Shown {
    let mut shown = Shown::default();
    let Some(schema) = success_schema(contract, &head.location) else { return shown };
    shown.known = true;
    let Some(target) = follow(contract, &schema) else { return shown };
    // Only what has a name can be recognised again.
    if target != schema {
        shown.one.push(target.clone());
    }
    look(contract, &target, head, &mut shown, 0);
    shown
}

fn look(contract: &Contract, at: &Location, head: &OperationHead, shown: &mut Shown, depth: usize) {
    let read = |at: &Location| {
        contract.files().with(at, |schema| {
            let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
            let names = |word: &str| -> Vec<String> {
                schema
                    .get(word)
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten()
                    .map(|(n, _)| n.clone())
                    .collect()
            };
            let parts = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
            (kind, schema.get("items").is_some(), names("properties"), parts)
        })
    };
    let Some((kind, items, names, parts)) = read(at) else { return };
    if shown.kind.is_empty() {
        shown.kind = match kind.as_str() {
            "" if items => "array".to_owned(),
            "" if !names.is_empty() => "object".to_owned(),
            _ => kind,
        };
    }
    if items && depth == 0 {
        shown.lists = true;
        shown.many.extend(named(contract, &at.join("items")));
    }
    let last = head.path.rsplit('/').find(|segment| !segment.contains('{')).unwrap_or_default();
    for name in names {
        let place = at.join("properties").join(&name);
        let Some(target) = follow(contract, &place) else { continue };
        let wrapper = WRAPPERS.contains(&plain(&name).as_str()) || super::names::alike(&name, last);
        if wrapper && target != place {
            shown.one.push(target.clone());
        }
        let lists = contract.files().with(&target, |schema| {
            schema.get("items").is_some_and(|items| {
                items.get("$ref").is_some()
                    || items.get("properties").is_some()
                    || items.get("type").is_none_or(|t| t == "object")
            })
        });
        if lists == Some(true) {
            shown.lists = true;
            shown.many.extend(named(contract, &target.join("items")));
        }
    }
    if depth == 0 {
        for part in 0..parts.min(PARTS_MAX) {
            if let Some(target) = follow(contract, &at.join("allOf").index(part)) {
                look(contract, &target, head, shown, 1);
            }
        }
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
    let responses = operation.join("responses");
    let key = contract.files().with(&responses, |value| {
        let keys = value.as_object()?.keys().filter(|key| key.starts_with('2'));
        keys.min().or_else(|| value.as_object()?.keys().find(|key| *key == "default")).cloned()
    })??;
    let response = follow(contract, &responses.join(&key))?;
    let content = response.join("content");
    let media = contract.files().with(&content, |value| {
        let object = value.as_object()?;
        object.keys().find(|name| name.contains("json")).or_else(|| object.keys().next()).cloned()
    });
    let schema = match media.flatten() {
        Some(media) => content.join(&media).join("schema"),
        // 2.0 has the schema right there.
        None => response.join("schema"),
    };
    contract.files().with(&schema, |_| ()).map(|()| schema)
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
        let all: Vec<Shown> = contract.heads().iter().map(|head| shown(&contract, head)).collect();
        let [pet, list, page, wrapped, both, nothing] = all.as_slice() else { panic!("{all:?}") };
        assert!([list, page, both].iter().all(|shown| shown.many == pet.one));
        assert!(wrapped.same_as(pet) && !list.same_as(pet) && !pet.lists && page.lists);
        assert_eq!((list.kind.as_str(), page.kind.as_str(), nothing.known), ("array", "object", false));
    }
}
