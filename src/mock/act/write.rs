//! POST, PUT and PATCH: what the client sends comes back as sent; what the server owns is made by the mock.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Call, Done, Refused, patch, scope::put};
use crate::dialect::{Entry, Fact, Part, Reason};
use crate::mock::outline::Node;
use crate::mock::store::{Entity, Record, Scope};
use crate::mock::world::text;
use crate::wire::percent::{self, Keep};

/// How often a new id is tried before the store is called full.
const ID_TRIES_MAX: u64 = 16;

/// Names of properties that hold when an entity was made, without case and separators.
const MADE: [&str; 7] =
    ["createdat", "created", "createdon", "creationdate", "datecreated", "createtime", "creationtime"];

/// Names of properties that hold when an entity was last changed.
const CHANGED: [&str; 8] = [
    "updatedat",
    "updated",
    "modifiedat",
    "modified",
    "lastmodified",
    "dateupdated",
    "updatetime",
    "updatedon",
];

pub(super) fn create(call: &Call<'_>) -> Result<Done, Refused> {
    let sent = sent(call);
    let scope = call.scope();
    let wanted = call.resource.id.as_ref().and_then(|id| sent.get(id)).and_then(text);
    for _ in 0..ID_TRIES_MAX {
        let number = call.world.next_number(call.number);
        let (id, value) = fresh(call, &scope, number, wanted.clone(), &sent);
        let value = stamped(call, value, &MADE);
        let record = Record { value: stamped(call, value, &CHANGED), ..Record::default() };
        let value = record.value.clone();
        match call.world.store.insert(call.number, &id, scope.clone(), record) {
            Ok((entity, true)) => {
                let mut done = Done::tagged(value, entity.text(call.now).1);
                if call.resource.parameter.is_some() {
                    done.headers.push(("location".to_owned(), location(call, &id)));
                }
                return Ok(done);
            }
            Ok((there, false)) => {
                // What was deleted gives its id free again.
                let mut old = there.lock(call.now);
                if old.gone {
                    let revision = old.revision + 1;
                    *old = Record { value: value.clone(), revision, ..Record::default() };
                    return Ok(Done::tagged(value, old.tag()));
                }
                if wanted.is_some() {
                    return Err(conflict(call, &id));
                }
            }
            Err(error) => return Err(conflict(call, &error.to_string())),
        }
    }
    Err(conflict(call, "no free id"))
}

pub(super) fn replace(call: &Call<'_>) -> Result<Done, Refused> {
    let (id, scope) = (call.id(), call.scope());
    let sent = sent(call);
    let entity = match call.world.store.find(call.number, &id, &scope) {
        Some(entity) => entity,
        None => match put_new(call, &id, scope, &sent)? {
            Put::New(done) => return Ok(done),
            // Another request was first: then this one replaces what that one made.
            Put::There(entity) => entity,
        },
    };
    let mut record = entity.lock(call.now);
    refuse_deleted(call, &record, &id)?;
    if record.gone && call.unknown_id() == crate::mock::settings::UnknownId::Reject {
        return Err(call.not_found(&id));
    }
    let tag = record.tag();
    call.may_change((!record.gone).then_some(tag))?;
    let base = if record.gone || record.value.is_empty() {
        call.made_for(&id, &entity.scope).unwrap_or_default()
    } else {
        record.value.clone()
    };
    if record.gone {
        *record = Record { revision: record.revision, ..Record::default() };
    }
    let value = stamped(call, overlaid(call, base, &sent, &id), &CHANGED);
    record.value.clone_from(&value);
    record.revision += 1;
    Ok(put_done(value, &sent, record.tag()))
}

/// What came of a PUT for an id that was not there.
enum Put {
    New(Done),
    There(Arc<Entity>),
}

/// PUT makes what is not there, unless unknown ids are refused.
fn put_new(call: &Call<'_>, id: &str, scope: Scope, sent: &Map<String, Value>) -> Result<Put, Refused> {
    if call.unknown_id() == crate::mock::settings::UnknownId::Reject {
        return Err(call.not_found(id));
    }
    call.may_change(None)?;
    let base = call.made_for(id, &scope).unwrap_or_default();
    let value = call.nested(overlaid(call, base, sent, id), sent, &scope);
    let value = stamped(call, value, &MADE);
    let record = Record { value: value.clone(), ..Record::default() };
    match call.world.store.insert(call.number, id, scope, record) {
        Ok((entity, true)) => Ok(Put::New(put_done(value, sent, entity.text(call.now).1))),
        Ok((entity, false)) => Ok(Put::There(entity)),
        Err(error) => Err(conflict(call, &error.to_string())),
    }
}

/// A PUT tells the tag only when it stored what was sent as it was sent (RFC 9110 §9.3.4).
fn put_done(value: Map<String, Value>, sent: &Map<String, Value>, tag: u64) -> Done {
    let same = value == *sent;
    Done { tag: same.then_some(tag), ..Done::entity(value) }
}

pub(super) fn change(call: &Call<'_>) -> Result<Done, Refused> {
    let entity = call.entity()?;
    let mut record = entity.lock(call.now);
    if record.gone {
        return Err(call.not_found(&entity.id));
    }
    refuse_deleted(call, &record, &entity.id)?;
    let tag = record.tag();
    call.may_change(Some(tag))?;
    let mut value = Value::Object(record.value.clone());
    match call.verdict.body_value() {
        Some(Value::Array(operations)) if is_json_patch(call) => {
            patch::apply(&mut value, operations).map_err(|reason| refused_body(&reason))?;
        }
        Some(sent) => patch::merge(&mut value, unwrapped(call, sent), 0),
        None => {}
    }
    let Value::Object(mut value) = value else { return Err(refused_body("the result is no object")) };
    if let Some(id) = &call.resource.id
        && let Some(own) = record.value.get(id)
    {
        value.insert(id.clone(), own.clone());
    }
    let value = stamped(call, value, &CHANGED);
    record.value.clone_from(&value);
    record.revision += 1;
    let tag = record.tag();
    Ok(Done::tagged(value, tag))
}

/// What the client sent, as properties.
fn sent(call: &Call<'_>) -> Map<String, Value> {
    let body = call.verdict.body_value().map(|value| unwrapped(call, value));
    body.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// A body whose only member is the entity (`{"pet": {…}}`), where the contract wraps entities so.
fn unwrapped<'v>(call: &Call<'_>, value: &'v Value) -> &'v Value {
    let envelope = call.resource.envelope.last();
    match (envelope, value.as_object()) {
        (Some(name), Some(object)) if object.len() == 1 => {
            object.get(name.as_ref()).filter(|v| v.is_object()).unwrap_or(value)
        }
        _ => value,
    }
}

fn is_json_patch(call: &Call<'_>) -> bool {
    let json_patch = |v: &str| v.to_ascii_lowercase().starts_with("application/json-patch+json");
    call.request.headers.get_str("content-type").is_some_and(json_patch)
        || call
            .verdict
            .body_value()
            .and_then(Value::as_array)
            .is_some_and(|a| a.iter().all(|o| o.get("op").is_some()))
}

/// A new entity with its id: the client's, or one made from `number`.
fn fresh(
    call: &Call<'_>,
    scope: &Scope,
    number: u64,
    wanted: Option<String>,
    sent: &Map<String, Value>,
) -> (String, Map<String, Value>) {
    let seed = call.mock.seed().derive(&call.resource.name).nth(number);
    let id = wanted.unwrap_or_else(|| new_id(call, number));
    let base = call.mock.generated_entity(call.number, seed).unwrap_or_default();
    let base = call.referring(call.with_id(base, &id, scope), scope, seed);
    let shown = call.resource.id.as_ref().and_then(|name| base.get(name)).and_then(text);
    // Where the contract does not let the id be set, the generated one is taken.
    let id = shown.unwrap_or(id);
    let value = call.nested(overlaid(call, base, sent, &id), sent, scope);
    (id, value)
}

/// An id that looks like those of the contract: a number, a UUID, or a text with the resource's name.
fn new_id(call: &Call<'_>, number: u64) -> String {
    let schema = call.mock.entity_schema(call.number);
    let node = schema.as_ref().and_then(|schema| {
        let entity = crate::mock::resource::refine::at(schema, &call.resource.envelope)?;
        entity.property(call.resource.id.as_deref()?)
    });
    let format = node.and_then(|n: Node<'_>| n.keyword("format")).and_then(Value::as_str);
    if format == Some("uuid") {
        let bytes = call.mock.seed().derive(&call.resource.name).derive("id").nth(number).bytes();
        let mut sixteen = [0; 16];
        sixteen.copy_from_slice(&bytes[..16]);
        return uuid::Builder::from_random_bytes(sixteen).into_uuid().to_string();
    }
    if node.is_some_and(|n| n.is("number")) {
        return number.to_string();
    }
    let name: String = call.resource.name.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    format!("{}_{number}", name.to_ascii_lowercase().trim_end_matches('s'))
}

/// The entity with what the client sent. Properties that a client may send and did not are taken away again, unless
/// readers are promised them.
fn overlaid(
    call: &Call<'_>,
    base: Map<String, Value>,
    sent: &Map<String, Value>,
    id: &str,
) -> Map<String, Value> {
    let mut value = base;
    let schema = call.mock.entity_schema(call.number);
    let shown = schema.as_ref().and_then(|s| crate::mock::resource::refine::at(s, &call.resource.envelope));
    let writable = call.mock.body_schema(call.plan);
    if let Some(writable) = &writable {
        let names = Node::of(writable).properties();
        let promised = |name: &str| shown.is_some_and(|s| s.requires(name));
        let own = |name: &str| call.resource.id.as_deref() == Some(name);
        let status = call.resource.status.as_ref().map(|s| s.property.as_str());
        value.retain(|name, _| {
            !names.contains_key(name.as_str()) || promised(name) || own(name) || status == Some(name)
        });
        for (name, node) in names {
            if let Some(default) = node.keyword("default")
                && !sent.contains_key(name)
            {
                value.insert(name.to_owned(), default.clone());
            }
        }
    }
    for (name, property) in sent {
        value.insert(name.clone(), property.clone());
    }
    if let Some(name) = &call.resource.id
        && value.get(name).and_then(text).as_deref() != Some(id)
    {
        let mut whole = Value::Object(value);
        put(&mut whole, name, id, &|v| shown.is_none_or(|s| fits(s, name, v)));
        let Value::Object(with_id) = whole else { return Map::new() };
        value = with_id;
    }
    value
}

/// Whether a property is of a type that its schema takes.
fn fits(node: Node<'_>, name: &str, value: &Value) -> bool {
    let Some(property) = node.property(name) else { return true };
    match value.get(name) {
        Some(Value::String(_)) => property.is("string"),
        Some(Value::Number(_)) => property.is("number"),
        _ => true,
    }
}

/// Puts the logical time in properties of these names, as the contract writes times there.
fn stamped(call: &Call<'_>, mut value: Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let schema = call.mock.entity_schema(call.number);
    let Some(node) =
        schema.as_ref().and_then(|s| crate::mock::resource::refine::at(s, &call.resource.envelope))
    else {
        return value;
    };
    for (name, property) in node.properties() {
        let plain: String =
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if !names.contains(&plain.as_str()) {
            continue;
        }
        let format = property.keyword("format").and_then(Value::as_str);
        if format == Some("date-time") {
            value.insert(name.to_owned(), json!(call.world.clock.text(call.now)));
        } else if format == Some("date") {
            value.insert(name.to_owned(), json!(call.world.clock.text(call.now)[..10]));
        }
    }
    value
}

fn location(call: &Call<'_>, id: &str) -> String {
    let path = call.request.path().trim_end_matches('/');
    format!("{path}/{}", percent::encode(id.as_bytes(), Keep::Unreserved))
}

fn refuse_deleted(call: &Call<'_>, record: &Record, id: &str) -> Result<(), Refused> {
    if record.gone || !record.deleted {
        return Ok(());
    }
    let status = call.resource.status_of(&record.value).unwrap_or("deleted");
    let word = call.resource.refused.as_ref();
    Err(call.refused(Reason::State, word, "it is {status} already", id, status))
}

fn conflict(call: &Call<'_>, what: &str) -> Refused {
    let message = format!("{} can't be made: `{what}` is in the way", call.resource.name);
    Refused { reason: Reason::State, status: None, message, entry: None }
}

fn refused_body(reason: &str) -> Refused {
    let fact = Fact::Told { kind: "value_error".to_owned(), message: reason.to_owned(), input: Value::Null };
    let entry = Entry { part: Part::Body, name: None, fact };
    Refused {
        reason: Reason::Invalid,
        status: None,
        message: reason.to_owned(),
        entry: Some(Box::new(entry)),
    }
}
