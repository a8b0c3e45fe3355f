//! What schemas tell about a resource: where a response holds the entity, which property identifies it, and whether a
//! delete leaves it there. Looked at on first use.

use serde_json::{Map, Value, json};

use super::names::{alike, plain, singular};
use crate::base::Pointer;
use crate::contract::Operation;
use crate::resource::declaration::StatusRule;
use crate::resource::model::Resource;
use crate::schema::Schema;
use crate::schema::view::SchemaView;

/// Names of properties that often hold the entity in an answer.
const ENVELOPES: [&str; 10] =
    ["data", "result", "item", "object", "entity", "record", "resource", "response", "payload", "content"];

/// Names of properties that often identify an entity, besides the path parameter's own.
const IDS: [&str; 14] = [
    "id",
    "_id",
    "uuid",
    "uid",
    "guid",
    "identifier",
    "slug",
    "key",
    "name",
    "code",
    "number",
    "token",
    "sid",
    "symbol",
];

/// Values of a status that say that something was deleted, in lower case.
const GONE: [&str; 8] =
    ["deleted", "removed", "archived", "cancelled", "canceled", "terminated", "inactive", "revoked"];

/// The property that identifies an entity of this schema.
#[must_use]
pub(crate) fn id_of(node: SchemaView<'_>, resource: &Resource) -> Option<String> {
    let properties = node.properties();
    let scalar = |name: &str| properties.get(name).is_some_and(|p| p.is_scalar());
    if let Some(known) = &resource.id {
        return (resource.declared || properties.contains_key(known.as_str())).then(|| known.clone());
    }
    let parameter = resource.parameter.as_deref().unwrap_or_default();
    let same = |name: &&&str| plain(name) == plain(parameter) && scalar(name);
    if let Some(exact) = properties.keys().find(same) {
        return Some((*exact).to_owned());
    }
    let of_singular = |name: &&&str| plain(name) == format!("{}id", singular(&resource.name)) && scalar(name);
    // The resource's own name with what an id is called (`card_token` of cards, `order_number` of orders).
    let of_own = |name: &&&str| {
        let words = super::names::words(name);
        words.len() > 1
            && words.last().is_some_and(|last| IDS.contains(&last.as_str()))
            && alike(&words[..words.len() - 1].concat(), &resource.name)
            && scalar(name)
    };
    let usual = IDS.iter().copied().find(|name| scalar(name)).map(str::to_owned);
    // `name` and the like identify only what the path names so.
    let weak = |name: &String| {
        !name.ends_with("id") && !resource.listed_only && !plain(parameter).ends_with(&plain(name))
    };
    let usual = usual.filter(|name| !weak(name));
    let own = || properties.keys().find(of_singular).or_else(|| properties.keys().find(of_own));
    usual.or_else(|| own().map(|name| (*name).to_owned()))
}

/// Where in a value of this schema the entity is; `None` when none is recognised.
#[must_use]
pub(crate) fn envelope_of(schema: &Schema, resource: &Resource) -> Option<Pointer> {
    let node = SchemaView::of(schema);
    if !node.is("object") {
        return None;
    }
    if let Some(declared) = &resource.envelope_declared {
        // Where the declared place is not in an answer, the answer as a whole is meant.
        return Some(at(schema, declared).map_or_else(Pointer::root, |_| declared.clone()));
    }
    let properties = node.properties();
    let known = resource.id.as_deref().is_none_or(|id| properties.contains_key(id));
    if resource.is_single()
        || resource.declared && known
        || id_of(node, resource).is_some_and(|id| properties.contains_key(id.as_str()))
    {
        return Some(Pointer::root());
    }
    let holds =
        |name: &&str| properties.get(*name).is_some_and(|p| p.is("object") && id_of(*p, resource).is_some());
    let own = properties.keys().copied().find(|name| alike(name, &resource.name) && holds(name));
    let usual = || ENVELOPES.iter().copied().find(holds);
    match own.or_else(usual) {
        Some(name) => Some(Pointer::root().join(name)),
        // An object without anything that identifies it may still be the entity: the path identifies it.
        None => Some(Pointer::root()),
    }
}

/// The resource with what the schemas tell: `shown` shows an entity, `deleting` is the delete with its own answer.
#[must_use]
pub(crate) fn with_schemas(
    resource: &Resource,
    shown: Option<&Schema>,
    deleting: Option<(&Operation, Option<&Schema>)>,
) -> Resource {
    let mut refined = resource.clone();
    if let Some(schema) = shown {
        refined.envelope = envelope_of(schema, resource).unwrap_or_default();
        if let Some(node) = at(schema, &refined.envelope) {
            refined.id = id_of(node, resource).filter(|_| !resource.is_single());
        }
    }
    if !resource.delete_declared
        && !resource.is_single()
        && let Some((operation, Some(schema))) = deleting
        && let Some(node) = envelope_of(schema, &refined).and_then(|envelope| at(schema, &envelope))
        && shown.and_then(|s| at(s, &refined.envelope)).is_none_or(|entity| like(node, entity))
    {
        soften(&mut refined, node, operation);
    }
    refined
}

/// Whether two outlines are of the same kind of thing: most properties of the smaller one are in the other too. A
/// summary is like the whole; `{id, deleted}` is not like an entity of twenty properties.
#[must_use]
pub(crate) fn like(a: SchemaView<'_>, b: SchemaView<'_>) -> bool {
    let (a, b) = (a.properties(), b.properties());
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if few.is_empty() {
        return many.is_empty();
    }
    let common = few.keys().filter(|name| many.contains_key(*name)).count();
    let enough = few.len() >= 3 || few.len() * 2 >= many.len();
    enough && common * 3 >= few.len() * 2
}

/// The outline at a pointer of objects.
#[must_use]
pub(crate) fn at<'s>(schema: &'s Schema, pointer: &Pointer) -> Option<SchemaView<'s>> {
    pointer.tokens().try_fold(SchemaView::of(schema), |node, name| node.property(&name))
}

/// A delete that answers the entity marks it: by a time, a flag or a status.
fn soften(resource: &mut Resource, node: SchemaView<'_>, operation: &Operation) {
    if id_of(node, resource).is_none() {
        return;
    }
    let properties = node.properties();
    let mut set = Map::new();
    for (name, property) in &properties {
        match plain(name).as_str() {
            "deletedat" | "deletedon" | "deletiondate" | "archivedat" if property.is("string") => {
                set.insert((*name).to_owned(), json!("{now}"));
            }
            // `deleted: true` beside the id alone says that it is gone: that answer is no entity.
            "deleted" | "isdeleted" | "archived" | "isarchived"
                if property.is("boolean") && properties.len() > 3 =>
            {
                set.insert((*name).to_owned(), json!(true));
            }
            _ => {}
        }
    }
    if let Some((name, property)) = super::verbs::status_of(node, &resource.name)
        && let Some(value) = gone(property, operation, if set.is_empty() { &GONE } else { &GONE[..2] })
    {
        let rule = StatusRule { property: name.to_owned(), new: None, terminal: vec![value.clone()] };
        resource.status.get_or_insert(rule);
        set.insert(name.to_owned(), Value::String(value));
    }
    if !set.is_empty() {
        let names = set.keys().cloned().collect::<Vec<_>>().join(", ");
        resource.reasons.push(format!("its delete answers the entity and can mark it by: {names}"));
        resource.delete.set = set;
    }
}

/// The status of what was deleted: of the choices, or as the operation's text says it.
/// Beside a flag or a time for it, a status that can mean something else is left alone.
fn gone(status: SchemaView<'_>, operation: &Operation, words: &[&str]) -> Option<String> {
    let choices = status.choices();
    if !choices.is_empty() {
        return words
            .iter()
            .find_map(|word| choices.iter().find(|c| c.to_lowercase() == *word))
            .map(|found| (*found).to_owned());
    }
    let text = [&operation.summary, &operation.description].into_iter().flatten();
    let soft = text.map(|t| t.to_lowercase()).any(|t| t.contains("soft"));
    soft.then(|| "DELETED".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn schema(value: Value) -> Arc<Schema> {
        Schema::from_value(value).unwrap()
    }

    fn resource(name: &str, parameter: &str) -> Resource {
        Resource { name: name.into(), parameter: Some(parameter.into()), ..Resource::default() }
    }

    fn object(names: &[&str]) -> Value {
        let properties: Map<String, Value> =
            names.iter().map(|n| ((*n).to_owned(), json!({"type": "string"}))).collect();
        json!({"type": "object", "properties": properties})
    }

    #[test]
    fn ids_are_recognised() {
        for (names, name, parameter, wanted) in [
            (&["name", "id"][..], "pets", "petId", Some("id")),
            (&["pet_id", "id"], "pets", "petId", Some("pet_id")),
            (&["name", "title"], "repos", "repo_name", Some("name")),
            (&["name", "title"], "pets", "petId", None),
            (&["categoryId", "x"], "categories", "c", Some("categoryId")),
            (&["uuid"], "x", "id", Some("uuid")),
            (&["title", "card_token"], "cards", "t", Some("card_token")),
        ] {
            let schema = schema(object(names));
            let found = id_of(SchemaView::of(&schema), &resource(name, parameter));
            assert_eq!(found.as_deref(), wanted, "{names:?}");
        }
    }

    #[test]
    fn envelopes_are_recognised() {
        let wrapped = |name: &str| {
            schema(
                json!({"type": "object", "properties": {name: object(&["id"]), "ok": {"type": "boolean"}}}),
            )
        };
        let of = |s: &Schema| envelope_of(s, &resource("pets", "petId")).unwrap().as_str().to_owned();
        assert_eq!(of(&wrapped("data")), "/data");
        assert_eq!(of(&wrapped("pet")), "/pet");
        assert_eq!(of(&wrapped("Pet")), "/Pet");
        assert_eq!(of(&wrapped("odd")), "");
        assert_eq!(of(&schema(object(&["id"]))), "");
        assert!(envelope_of(&schema(json!({"type": "string"})), &resource("pets", "petId")).is_none());
    }
}
