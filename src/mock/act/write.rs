//! POST, PUT and PATCH of one: what the client sends comes back as sent; what the server owns is made by the mock.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::cache::ActCache;
use super::make::{created, make, overlaid};
use super::{Call, Done, Refused, Shows, fast, patch};
use crate::framework::{Entry, Fact, Part, Reason};
use crate::mock::settings::UnknownId;
use crate::mock::store::{self, Record};
use crate::schema::view::SchemaView;

pub(super) fn create(call: &Call<'_>, cache: &ActCache) -> Result<Done, Refused> {
    if let Some(done) = fast::create(call, cache) {
        return done;
    }
    let mut made = make(call, cache, &sent(call))?;
    let shows = Shows::Entity(std::mem::take(&mut made.value));
    Ok(created(call, made, shows))
}

pub(super) fn replace(call: &Call<'_>, cache: &ActCache) -> Result<Done, Refused> {
    let id = call.id();
    if call.link.id.is_none() && !call.resource.is_single() && id.is_empty() {
        // Without an id in path and body, there is nothing to put it in the place of.
        return create(call, cache);
    }
    replace_one(call, &id, &sent(call))
}

/// Puts what was sent in the place of the entity `id`, or makes it.
pub(super) fn replace_one(call: &Call<'_>, id: &str, sent: &Map<String, Value>) -> Result<Done, Refused> {
    let scope = call.scope();
    // PUT makes what is not there where 201 is documented, or unknown ids are made anyway.
    let upserts = call.plan.created.is_some() || call.unknown_id() == UnknownId::Create;
    let traits = call.catalog.traits(call.number);
    let Some(entity) = call.found(id, &scope) else {
        if !upserts {
            return Err(call.not_found(id));
        }
        call.may_change(None)?;
        let base = call.made_for(id, &scope).unwrap_or_default();
        let mut value = call.nested(overlaid(call, base, sent, id), sent, &scope);
        traits.stamp_made(&mut value, &call.state.clock, call.now);
        traits.stamp_changed(&mut value, &call.state.clock, call.now);
        let record = Record { value, ..Record::default() };
        return match call.state.store.insert(call.number, id, scope, &record) {
            Ok((entity, true)) => {
                let (_, tag) = entity.text_at(0).unwrap_or_else(|| store::record::text_of(&record.value));
                Ok(put_done(record.value, sent, tag, true))
            }
            // Another request was first: then this one replaces what that one made.
            Ok((_, false)) => replace_one(call, id, sent),
            Err(error) => Err(call.conflict(&error.to_string())),
        };
    };
    let mut record = entity.lock(call.now);
    let was_gone = record.gone;
    if !was_gone && record.deleted {
        return Err(call.deleted_already(&record, id));
    }
    let tag = record.tag();
    if was_gone {
        // What was deleted is made anew only where making is documented.
        if call.plan.created.is_none() && call.documents(&[404, 410]) && !call.resource.is_single() {
            return Err(call.not_found(id));
        }
    }
    call.may_change((!was_gone).then_some(tag))?;
    if was_gone {
        *record = Record { revision: record.revision + 1, ..Record::default() };
    }
    let base = if record.value.is_empty() {
        call.made_for(&entity.id, &scope).unwrap_or_default()
    } else {
        record.value.clone()
    };
    let mut value = overlaid(call, base, sent, &entity.id);
    if was_gone {
        traits.stamp_made(&mut value, &call.state.clock, call.now);
    }
    traits.stamp_changed(&mut value, &call.state.clock, call.now);
    record.value.clone_from(&value);
    record.revision += 1;
    let tag = record.tag();
    Ok(put_done(value, sent, tag, was_gone))
}

/// A PUT tells the tag only when it stored what was sent as it was sent (RFC 9110 §9.3.4).
fn put_done(value: Map<String, Value>, sent: &Map<String, Value>, tag: u64, created: bool) -> Done {
    let same = value == *sent;
    Done { tag: same.then_some(tag), created, ..Done::entity(value) }
}

pub(super) fn change(call: &Call<'_>) -> Result<Done, Refused> {
    let entity = call.entity()?;
    let mut record = entity.lock(call.now);
    if record.gone || call.hides(&record) {
        return Err(call.not_found(&entity.id));
    }
    if record.deleted {
        return Err(call.deleted_already(&record, &entity.id));
    }
    let tag = record.tag();
    call.may_change(Some(tag))?;
    let mut value = Value::Object(record.value.clone());
    match call.verdict.body_value() {
        Some(Value::Array(operations)) if is_json_patch(call) => {
            patch::apply(&mut value, operations).map_err(|failed| match failed {
                patch::Failed::Test(reason) => refused_body(Reason::State, &reason),
                patch::Failed::Operation(reason) => refused_body(Reason::Invalid, &reason),
                patch::Failed::TooMuch(reason) => refused_body(Reason::TooLarge, &reason),
            })?;
        }
        Some(sent) => {
            let sent = unwrapped(call, sent);
            patch::merge(&mut value, sent, 0);
            keep_nulls(call, &mut value, sent);
        }
        None => {}
    }
    let Value::Object(value) = value else {
        return Err(refused_body(Reason::Invalid, "the result is no object"));
    };
    let value = put_in(call, &mut record, value);
    let tag = record.tag();
    Ok(Done::tagged(value, tag))
}

/// Puts a changed value in a record: what the server owns stays as it is, the time of the change is noted.
pub(super) fn put_in(
    call: &Call<'_>,
    record: &mut Record,
    mut value: Map<String, Value>,
) -> Map<String, Value> {
    let traits = call.catalog.traits(call.number);
    let own = call.resource.id.iter().chain(&traits.read_only);
    for name in own {
        match record.value.get(name) {
            Some(before) => value.insert(name.clone(), before.clone()),
            None => value.shift_remove(name),
        };
    }
    traits.stamp_changed(&mut value, &call.state.clock, call.now);
    record.value.clone_from(&value);
    record.revision += 1;
    value
}

/// A `null` that was sent stays one where readers may get it: a merge patch (RFC 7396) takes the property away, unless
/// readers are promised it; a plain body says what the property is to be.
fn keep_nulls(call: &Call<'_>, value: &mut Value, sent: &Value) {
    let merge_patch = call.request.headers.get_str("content-type").is_some_and(|v| v.contains("merge-patch"));
    let schema = call.catalog.entity_schema(call.number);
    let node = schema.as_ref().and_then(|s| crate::resource::entity::at(s, &call.resource.envelope));
    let (Some(node), Some(sent), Some(members)) = (node, sent.as_object(), value.as_object_mut()) else {
        return;
    };
    for (name, _) in sent.iter().filter(|(_, value)| value.is_null()) {
        let nullable = node.property(name).is_some_and(SchemaView::takes_null);
        if nullable && (!merge_patch || node.requires(name)) {
            members.insert(name.clone(), Value::Null);
        }
    }
}

/// What the client sent, as properties; what only the server writes is left out.
pub(super) fn sent<'c>(call: &'c Call<'_>) -> Cow<'c, Map<String, Value>> {
    let body = call.verdict.body_value().map(|value| unwrapped(call, value));
    let Some(sent) = body.and_then(Value::as_object) else { return Cow::Owned(Map::new()) };
    let traits = call.catalog.traits(call.number);
    if sent.keys().any(|name| traits.read_only.contains(name)) {
        return Cow::Owned(owned(call, sent.clone()));
    }
    Cow::Borrowed(sent)
}

/// What was sent without what only the server writes.
pub(super) fn owned(call: &Call<'_>, mut sent: Map<String, Value>) -> Map<String, Value> {
    let traits = call.catalog.traits(call.number);
    if !traits.read_only.is_empty() {
        sent.retain(|name, _| !traits.read_only.contains(name));
    }
    sent
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

fn refused_body(reason: Reason, message: &str) -> Refused {
    let fact = Fact::Told { kind: "value_error".to_owned(), message: message.to_owned(), input: Value::Null };
    let entry = Entry { part: Part::Body, name: None, fact };
    Refused { reason, status: None, message: message.to_owned(), entry: Some(Box::new(entry)) }
}
