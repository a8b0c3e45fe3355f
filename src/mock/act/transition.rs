//! A named action: the entity's status, flags and times change as the action's name says, or as is declared.

use serde_json::{Map, Value};

use super::{Call, Done, Refused, write};
use crate::framework::Reason;
use crate::resource::declaration::fill;
use crate::resource::{entity, verbs};

pub(super) fn act(call: &Call<'_>) -> Result<Done, Refused> {
    let entity = call.entity()?;
    let mut record = entity.lock(call.now);
    let restores = verbs::restores(&call.link.verb);
    if record.gone || !restores && call.hides(&record) {
        return Err(call.not_found(&entity.id));
    }
    if record.deleted && !restores {
        return Err(call.deleted_already(&record, &entity.id));
    }
    let set = call.catalog.sets(call.plan, call.number, call.link);
    let already = !set.is_empty()
        && set.iter().all(|(name, new)| match new {
            Value::String(text) if text == "{now}" => record.value.get(name).is_some_and(|v| !v.is_null()),
            new => record.value.get(name).unwrap_or(&Value::Null) == new,
        });
    if already && call.documents_exactly(409) {
        let word = call.link.verb.as_str();
        let message = format!("{} can't be done again", if word.is_empty() { "this" } else { word });
        return Err(call.refused(Reason::State, None, &message, &entity.id, ""));
    }
    let tag = record.tag();
    call.may_change(Some(tag))?;
    let mut value = Value::Object(record.value.clone());
    if restores && record.deleted {
        unmark(call, &mut value);
    }
    let now = call.state.clock.text(call.now);
    let set = fill(&Value::Object(set.clone()), &|name| (name == "now").then(|| now.clone()));
    for (name, new) in set.as_object().into_iter().flatten() {
        put(call, &mut value, name, new.clone());
    }
    for (name, sent) in write::sent(call).into_owned() {
        if takes(call, &name) {
            put(call, &mut value, &name, sent);
        }
    }
    let Value::Object(value) = value else { return Ok(Done::default()) };
    let owned = write::put_in(call, &mut record, value.clone());
    // What the action itself sets may be what only the server writes.
    let mut value = owned;
    for (name, new) in set.as_object().into_iter().flatten() {
        put_member(call, &mut value, name, new);
    }
    record.value.clone_from(&value);
    record.deleted &= !restores;
    let shows = call.catalog.shows_one(call.plan, call.number);
    let tag = record.tag();
    Ok(if shows { Done::tagged(value, tag) } else { Done::default() })
}

/// Whether a property that was sent with an action is taken over: all by an action that changes, else only reasons.
fn takes(call: &Call<'_>, name: &str) -> bool {
    let schema = call.catalog.entity_schema(call.number);
    let known =
        schema.as_ref().and_then(|s| entity::at(s, &call.resource.envelope)?.property(name)).is_some();
    let words = crate::resource::names::words(name);
    known
        && (verbs::takes_over(&call.link.verb)
            || words.iter().any(|w| matches!(w.as_str(), "reason" | "comment" | "note")))
}

/// Takes back how a soft delete marked the entity.
fn unmark(call: &Call<'_>, value: &mut Value) {
    for (name, set) in &call.resource.delete.set {
        match set {
            Value::Bool(flag) => put(call, value, name, Value::Bool(!flag)),
            Value::String(text) if text == "{now}" => put(call, value, name, Value::Null),
            _ => {}
        }
    }
}

/// Sets a property if readers may see it so; a `null` that they may not see takes it away.
fn put(call: &Call<'_>, value: &mut Value, name: &str, new: Value) {
    let Value::Object(members) = value else { return };
    let mut members = std::mem::take(members);
    put_member(call, &mut members, name, &new);
    *value = Value::Object(members);
}

fn put_member(call: &Call<'_>, members: &mut Map<String, Value>, name: &str, new: &Value) {
    let mut whole = members.clone();
    whole.insert(name.to_owned(), new.clone());
    if call.catalog.shows_validly(call.number, &Value::Object(whole.clone())) {
        *members = whole;
    } else if new.is_null() {
        members.shift_remove(name);
    } else if !call.catalog.shows_validly(call.number, &Value::Object(members.clone())) {
        // It was not valid before either: readers are shown a mended one anyway.
        *members = whole;
    }
}
