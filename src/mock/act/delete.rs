//! DELETE: the entity is marked and kept, or it is gone.

use serde_json::{Map, Value};

use super::{Call, Done, Refused};
use crate::framework::Reason;
use crate::mock::fault::FaultKind;
use crate::mock::store::{Entity, Held, Pending, Record};
use crate::resource::declaration::fill;

pub(super) fn delete(call: &Call<'_>) -> Result<Done, Refused> {
    let entity = call.entity()?;
    if let Some(status) = entity.ended(call.now) {
        // Refused before, and nothing has changed since: it is not unpacked to be refused again.
        return Err(call.ended_already(&status, &entity.id));
    }
    let mut record = entity.lock(call.now);
    remove(call, &entity, &mut record)
}

/// Deletes one.
pub(super) fn remove(call: &Call<'_>, entity: &Entity, record: &mut Held<'_>) -> Result<Done, Refused> {
    let id = &*entity.id;
    if record.gone {
        return Err(call.not_found(id));
    }
    let tag = record.tag();
    if record.deleted || call.resource.is_terminal(&record.value) {
        let refused = call.deleted_already(record, id);
        if refused.reason == Reason::State {
            let status = call.status(record).to_owned();
            record.note_ended(&status);
        }
        return Err(refused);
    }
    call.may_change(Some(tag))?;
    if let Some(fault) = call.resource.fault()
        && call.faults.strikes(&call.plan.operation.head, &FaultKind::Declared(fault.name.clone()))
    {
        // The entity stays as it was: whoever tries again finds it so.
        return Err(Refused {
            reason: Reason::Fault,
            status: Some(fault.status),
            message: fault.message.clone(),
            entry: None,
        });
    }
    if !call.resource.deletes_softly() {
        let shown = record.value.clone();
        record.revision += 1;
        if call.resource.is_single() && !call.catalog.misses(call.number) {
            // There is always one of it: it is as at first again.
            record.value = call.made_for("", &call.scope()).unwrap_or_default();
        } else {
            record.deleted = true;
            record.gone = true;
            call.delete_below(entity);
        }
        // An answer that is about the deletion (`{"id", "deleted": true}`) is made from the contract.
        return Ok(if call.catalog.shows_one(call.plan, call.number) {
            Done::entity(shown)
        } else {
            Done::default()
        });
    }
    let changed = softly(call, record);
    let value = changed.value.clone();
    **record = changed;
    Ok(Done::entity(value))
}

/// The record as a soft delete leaves it: marked, with its events; everything else as it was.
fn softly(call: &Call<'_>, before: &Record) -> Record {
    let now = call.state.clock.text(call.now);
    let mut after = before.clone();
    let set =
        fill(&Value::Object(call.resource.delete.set.clone()), &|name| (name == "now").then(|| now.clone()));
    if let Value::Object(set) = set {
        after.value.extend(set);
    }
    after.deleted = true;
    after.revision += 1;
    let (property, events) = call.resource.events();
    after.plan(events.iter().map(|event| {
        let due = call.now.saturating_add(event.after);
        let at = call.state.clock.text(due);
        let lookup = |name: &str| if name == "now" { Some(at.clone()) } else { member(&before.value, name) };
        Pending { due, property: property.to_owned(), value: fill(&event.value, &lookup) }
    }));
    let marked = after.value.clone();
    after.settle(call.now);
    // Events come from the declaration: should they break the contract, they are left out.
    let whole = Value::Object(std::mem::take(&mut after.value));
    let valid = call.catalog.shows_validly(call.number, &whole);
    if let Value::Object(value) = whole {
        after.value = value;
    }
    if !valid {
        after.value = marked;
        after.pending.clear();
    }
    after
}

fn member(object: &Map<String, Value>, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
