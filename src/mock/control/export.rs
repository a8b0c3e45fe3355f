//! The state as a document that people assert on, and that takes back whatever was in it.
//!
//! `live` and `deleted` hold the entities as they are; `records` says in which order they came and what can't be seen of
//! them: whose they are, and how often they were changed.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::message::problem;
use crate::mock::engine::Engine;
use crate::mock::state::store_state::{StoreState, entity};
use crate::mock::store::{Entity, Pending, Record, Scope};
use crate::wire::Response;

/// The state of all resources, or of one, or of the entities of one id.
pub(super) fn state(mock: &Engine, state: &StoreState, only: Option<&str>, id: Option<&str>) -> Value {
    let now = state.clock.now();
    let mut resources = Map::new();
    for (number, resource) in mock.resources().all.iter().enumerate() {
        if only.is_some_and(|only| only != resource.name) {
            continue;
        }
        resources.insert(resource.name.clone(), of_resource(state, number, now, id));
    }
    json!({"time": state.clock.text(now), "resources": resources})
}

fn of_resource(state: &StoreState, number: usize, now: u64, id: Option<&str>) -> Value {
    let (mut live, mut deleted, mut pending, mut records) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for one in state.store.select(number, |e| id.is_none_or(|id| id == &*e.id)) {
        let record = one.lock(now);
        pending.extend(record.pending.iter().map(|p| shown_pending(state, &one, p)));
        let (list, name) = if record.deleted { (&mut deleted, "deleted") } else { (&mut live, "live") };
        let mut shown = json!({"in": name, "at": list.len(), "id": &*one.id});
        place(&mut shown, &one.scope);
        if record.gone {
            shown["gone"] = json!(true);
        }
        if record.revision > 0 {
            shown["revision"] = json!(record.revision);
        }
        records.push(shown);
        list.push(Value::Object(record.take_value()));
    }
    let mut shown = json!({"live": live, "deleted": deleted});
    if !pending.is_empty() {
        shown["pending"] = Value::Array(pending);
    }
    shown["records"] = Value::Array(records);
    let last = state.store.last_number(number);
    if last > 0 {
        shown["last"] = json!(last);
    }
    shown
}

fn shown_pending(state: &StoreState, entity: &Entity, pending: &Pending) -> Value {
    let mut shown = json!({
        "id": &*entity.id,
        "due": state.clock.text(pending.due),
        "property": pending.property,
        "value": pending.value,
    });
    place(&mut shown, &entity.scope);
    shown
}

fn place(shown: &mut Value, scope: &Scope) {
    if let Some(tenant) = &scope.tenant {
        shown["tenant"] = json!(tenant);
    }
    if !scope.parents.is_empty() {
        shown["parents"] = json!(scope.parents);
    }
}

/// Puts given entities into a resource without any: a list, or what [`state`] gave.
pub(super) fn fill(mock: &Engine, state: &StoreState, number: usize, given: &Value) -> Result<(), Response> {
    let resource = mock.resource(number);
    let list = |name: &str| given.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (live, deleted) = match given {
        Value::Array(all) => (all.as_slice(), &[][..]),
        Value::Object(_) => (list("live"), list("deleted")),
        _ => return Err(problem(422, &format!("`{}` must be a list or an object of lists", resource.name))),
    };
    state.store.number_after(number, given.get("last").and_then(Value::as_u64).unwrap_or(0));
    if given.get("records").is_some() {
        return fill_records(
            state,
            number,
            &resource.name,
            list("records"),
            [live, deleted],
            list("pending"),
        );
    }
    for (value, is_deleted) in live.iter().map(|v| (v, false)).chain(deleted.iter().map(|v| (v, true))) {
        if let Some((at, reason, _)) = mock.catalog().trouble(number, value) {
            return Err(problem(422, &format!("{}: {at}: {reason}", resource.name)));
        }
        let Some((id, scope, record)) = entity(resource, value) else {
            return Err(problem(422, &format!("An entity of `{}` needs its id", resource.name)));
        };
        let soft = resource.deletes_softly();
        let mut record =
            Record { deleted: is_deleted || record.deleted, gone: is_deleted && !soft, ..record };
        record.plan(pending(state, list("pending"), &id, &scope));
        insert(state, number, &id, scope, record)?;
    }
    Ok(())
}

/// Entities as `records` says: they were in the mock already, and are taken as they are.
fn fill_records(
    state: &StoreState,
    number: usize,
    name: &str,
    records: &[Value],
    [live, deleted]: [&[Value]; 2],
    to_come: &[Value],
) -> Result<(), Response> {
    let wrong = |at: usize, what: &str| problem(422, &format!("{name}: /records/{at}: {what}"));
    if records.len() != live.len() + deleted.len() {
        let text = format!(
            "{name}: `records` must name each entity of `live` and `deleted` once; leave it out to have them taken as new"
        );
        return Err(problem(422, &text));
    }
    for (n, shown) in records.iter().enumerate() {
        let is_deleted = match shown.get("in").and_then(Value::as_str) {
            Some("live") => false,
            Some("deleted") => true,
            _ => return Err(wrong(n, "`in` must be `live` or `deleted`")),
        };
        let at = shown.get("at").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
        let list = if is_deleted { deleted } else { live };
        let value = at.and_then(|at| list.get(at)).and_then(Value::as_object);
        let value = value.ok_or_else(|| wrong(n, "there is no entity at this place"))?;
        let id = shown.get("id").and_then(Value::as_str).ok_or_else(|| wrong(n, "`id` must be a text"))?;
        let scope = scope(shown);
        let mut record = Record {
            value: value.clone(),
            deleted: is_deleted,
            gone: shown.get("gone").and_then(Value::as_bool).unwrap_or(false),
            pending: Vec::new(),
            revision: shown.get("revision").and_then(Value::as_u64).unwrap_or(0),
        };
        record.plan(pending(state, to_come, id, &scope));
        insert(state, number, id, scope, record)?;
    }
    Ok(())
}

fn insert(state: &StoreState, number: usize, id: &str, scope: Scope, record: Record) -> Result<(), Response> {
    match state.store.insert(number, id, scope, &record) {
        Ok((_, true)) => Ok(()),
        Ok((_, false)) => Err(problem(422, &format!("The id `{id}` is there twice"))),
        Err(error) => Err(problem(422, &error.to_string())),
    }
}

fn scope(shown: &Value) -> Scope {
    let parents = shown.get("parents").and_then(Value::as_array).into_iter().flatten();
    Scope {
        tenant: shown.get("tenant").and_then(Value::as_str).map(str::to_owned),
        parents: parents.filter_map(|p| p.as_str().map(str::to_owned)).collect(),
    }
}

/// The events to come that belong to an entity; what can't be read is left out.
fn pending(state: &StoreState, given: &[Value], id: &str, own: &Scope) -> Vec<Pending> {
    let read = |value: &Value| {
        let due: Timestamp = value.get("due")?.as_str()?.parse().ok()?;
        let property = value.get("property")?.as_str()?.to_owned();
        let placed = value.get("tenant").is_some() || value.get("parents").is_some();
        let meant = value.get("id")?.as_str()? == id && (!placed || scope(value) == *own);
        let pending =
            Pending { due: state.clock.seconds_of(due), property, value: value.get("value")?.clone() };
        meant.then_some(pending)
    };
    given.iter().filter_map(read).collect()
}
