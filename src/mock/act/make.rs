//! What a new entity is: what the client sent, what the server owns, and an id.

use bytes::Bytes;
use indexmap::IndexSet;
use serde_json::{Map, Value};

use super::cache::ActCache;
use super::ids::{location, wanted_id};
use super::properties::stays;
use super::{Call, Done, Refused, Shows};
use crate::document::Direction;
use crate::generate::{ValueOptions, sample};
use crate::mock::content::put::put;
use crate::mock::state::store_state::text;
use crate::mock::store::{Record, Scope, record};
use crate::resource::entity;
use crate::resource::field_roles::IdKind;
use crate::schema::view::SchemaView;

/// How often a new id is tried before the store is called full.
const ID_TRIES_MAX: u64 = 16;

/// A new entity that was put into the store.
pub(super) struct Made<T> {
    pub(super) id: String,
    /// The entity as compact JSON, and its tag.
    pub(super) text: Bytes,
    pub(super) tag: u64,
    /// What was composed with it.
    pub(super) value: T,
}

/// An entity that is not in the store yet.
pub(super) struct Composed<T> {
    pub(super) id: String,
    /// The entity as compact JSON.
    pub(super) text: Bytes,
    pub(super) value: T,
}

/// Makes an entity of what was sent, property by property.
pub(super) fn make(
    call: &Call<'_>,
    cache: &ActCache,
    sent: &Map<String, Value>,
) -> Result<Made<Map<String, Value>>, Refused> {
    let scope = call.scope();
    let wanted = wanted_id(call, sent);
    insert(call, &scope, wanted.is_some(), |number| {
        let (id, mut value) = fresh(call, &scope, number, wanted.clone(), sent);
        let traits = call.catalog.traits(call.number);
        traits.stamp_made(&mut value, &call.state.clock, call.now);
        traits.stamp_changed(&mut value, &call.state.clock, call.now);
        let value = in_order(cache.property_order(call.catalog, call.plan, call.number), value);
        Composed { id, text: record::compact(&value), value }
    })
}

/// Puts an entity in that is composed from its number, with another one as long as its id is taken; one that the client
/// `chose` is not made under another id.
pub(super) fn insert<T>(
    call: &Call<'_>,
    scope: &Scope,
    chose: bool,
    compose: impl Fn(u64) -> Composed<T>,
) -> Result<Made<T>, Refused> {
    for _ in 0..ID_TRIES_MAX {
        let Composed { id, text, value } = compose(call.state.next_number(call.number));
        let tag = record::tag(&text);
        match call.state.store.insert_text(call.number, &id, scope.clone(), (text.clone(), tag)) {
            Ok((_, true)) => {}
            Ok((there, false)) => {
                let mut old = there.lock(call.now);
                // What was deleted gives its id free again.
                if !old.gone && chose {
                    return Err(call.conflict(&id));
                }
                if !old.gone {
                    continue;
                }
                *old = Record {
                    revision: old.revision + 1,
                    value: serde_json::from_slice(&text).unwrap_or_default(),
                    ..Record::default()
                };
            }
            Err(error) => return Err(call.conflict(&error.to_string())),
        }
        return Ok(Made { id, text, tag, value });
    }
    Err(call.conflict("no free id"))
}

/// The success that shows a new entity and says where it is.
pub(super) fn created<T>(call: &Call<'_>, made: Made<T>, shows: Shows) -> Done {
    let mut done =
        Done { shows, tag: Some(made.tag), text: Some(made.text), created: true, ..Done::default() };
    if call.resource.parameter.is_some() {
        done.headers.push(("location".to_owned(), location(call, &made.id)));
    }
    done
}

/// The members in this order, what is not in it behind them.
fn in_order(order: &IndexSet<String>, value: Map<String, Value>) -> Map<String, Value> {
    let mut known = vec![None; order.len()];
    let mut others = Vec::new();
    for (name, member) in value {
        match order.get_index_of(&name) {
            Some(at) => known[at] = Some((name, member)),
            None => others.push((name, member)),
        }
    }
    known.into_iter().flatten().chain(others).collect()
}

/// A new entity with its id: the client's, or one made from `number`.
fn fresh(
    call: &Call<'_>,
    scope: &Scope,
    number: u64,
    wanted: Option<String>,
    sent: &Map<String, Value>,
) -> (String, Map<String, Value>) {
    let chosen = wanted.is_some();
    let id = wanted.unwrap_or_else(|| new_id(call, number));
    let base = call.catalog.base(call.number, number);
    let seed = call.catalog.seed().derive(&call.resource.name).nth(number);
    let mut base = call.with_id(Map::clone(&base), &id, scope);
    let shown =
        |base: &Map<String, Value>| call.resource.id.as_ref().and_then(|name| base.get(name)).and_then(text);
    let mut own = shown(&base);
    if !chosen && own.as_ref().is_some_and(|own| *own != id) {
        // The contract does not take such an id: one is made from its schema.
        if let Some(made) = id_of_schema(call, number) {
            base = call.with_id(base, &made, scope);
            own = shown(&base);
        }
    }
    // Where the contract does not let the id be set, the generated one is taken.
    let id = own.filter(|_| !chosen).unwrap_or(id);
    let base = call.referring(base, scope, seed);
    let value = call.nested(overlaid(call, base, sent, &id), sent, scope);
    (id, value)
}

/// An id that looks like those of the contract: a number, a UUID, or a text that begins as its example does.
pub(super) fn new_id(call: &Call<'_>, number: u64) -> String {
    let traits = call.catalog.traits(call.number);
    match traits.id {
        IdKind::Uuid => {
            let bytes = call.catalog.seed().derive(&call.resource.name).derive("id").nth(number).bytes();
            let mut sixteen = [0; 16];
            sixteen.copy_from_slice(&bytes[..16]);
            uuid::Builder::from_random_bytes(sixteen).into_uuid().to_string()
        }
        IdKind::Number => number.to_string(),
        IdKind::Text => {
            let mut id = traits.id_prefix.clone();
            id.push_str(itoa::Buffer::new().format(number));
            id
        }
    }
}

/// An id drawn from its schema (a pattern, a length, bounds).
fn id_of_schema(call: &Call<'_>, number: u64) -> Option<String> {
    let at = call.catalog.traits(call.number).id_schema.as_ref()?;
    let schema = call.catalog.schemas().get(at, Direction::Response).ok()?;
    let seed = call.catalog.seed().derive(&call.resource.name).derive("id").nth(number);
    text(&sample(&schema, &ValueOptions::default(), seed).ok()?)
}

/// The entity with what the client sent. Properties that a client may send and did not are taken away again, unless
/// readers are promised them.
pub(super) fn overlaid(
    call: &Call<'_>,
    base: Map<String, Value>,
    sent: &Map<String, Value>,
    id: &str,
) -> Map<String, Value> {
    let mut value = base;
    let traits = call.catalog.traits(call.number);
    if let Some(writable) = call.catalog.writable(call.plan) {
        value.retain(|name, _| stays(call.resource, traits, writable, name));
        for (name, default) in writable.defaults.iter().filter(|(name, _)| !sent.contains_key(name)) {
            value.insert(name.clone(), default.clone());
        }
    }
    for (name, above) in call.named_above() {
        if !sent.contains_key(name) && !value.contains_key(name) {
            let mut whole = Value::Object(value);
            put(&mut whole, name, &above, &|v| {
                call.catalog.shows_validly(call.number, v) || v.get(name).is_some_and(Value::is_string)
            });
            let Value::Object(with_above) = whole else { return Map::new() };
            value = with_above;
        }
    }
    for (name, property) in sent {
        value.insert(name.clone(), property.clone());
    }
    if let Some(name) = &call.resource.id
        && value.get(name).and_then(text).as_deref() != Some(id)
    {
        let schema = call.catalog.entity_schema(call.number);
        let shown = schema.as_ref().and_then(|s| entity::at(s, &call.resource.envelope));
        let mut whole = Value::Object(value);
        put(&mut whole, name, id, &|v| shown.is_none_or(|s| fits(s, name, v)));
        let Value::Object(with_id) = whole else { return Map::new() };
        value = with_id;
    }
    value
}

/// Whether a property is of a type that its schema takes.
fn fits(node: SchemaView<'_>, name: &str, value: &Value) -> bool {
    let Some(property) = node.property(name) else { return true };
    match value.get(name) {
        Some(Value::String(_)) => property.is("string"),
        Some(Value::Number(_)) => property.is("number"),
        _ => true,
    }
}
