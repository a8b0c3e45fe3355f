//! `state`, `reset` and `clock`: entities and time.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Ask, Endpoint, Outcome, body, done, members, problem, reply};
use crate::mock::Mock;
use crate::mock::store::{Entity, Pending, Record};
use crate::mock::world::{World, entity};
use crate::wire::Response;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: "state", answer: get },
    Endpoint { method: "PUT", path: "state", answer: put },
    Endpoint { method: "POST", path: "reset", answer: reset },
    Endpoint { method: "POST", path: "clock", answer: clock },
];

/// `GET state`: everything, or one resource, or one entity of it.
fn get(mock: &Mock, ask: &Ask<'_>) -> Outcome {
    let found = members(ask.request);
    let wanted = |name: &str| found.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if let Some(name) = wanted("resource")
        && mock.resources.position(name).is_none()
    {
        return Err(problem(404, &format!("There is no resource `{name}`")));
    }
    let world = mock.world.load();
    let now = world.clock.now();
    let mut resources = Map::new();
    for (number, resource) in mock.resources.all.iter().enumerate() {
        if wanted("resource").is_some_and(|only| only != resource.name) {
            continue;
        }
        let (mut live, mut deleted, mut pending) = (Vec::new(), Vec::new(), Vec::new());
        for one in world.store.all(number) {
            if wanted("id").is_some_and(|only| only != one.id) {
                continue;
            }
            let record = one.lock(now);
            pending.extend(record.pending.iter().map(|p| shown_pending(&world, &one, p)));
            let list = if record.deleted { &mut deleted } else { &mut live };
            list.push(Value::Object(record.value.clone()));
        }
        let mut shown = json!({"live": live, "deleted": deleted});
        if !pending.is_empty() {
            shown["pending"] = Value::Array(pending);
        }
        resources.insert(resource.name.clone(), shown);
    }
    Ok(reply(200, &json!({"time": world.clock.text(now), "resources": resources})))
}

fn shown_pending(world: &World, entity: &Entity, pending: &Pending) -> Value {
    json!({
        "id": entity.id,
        "due": world.clock.text(pending.due),
        "property": pending.property,
        "value": pending.value,
    })
}

/// `PUT state`: replaces the entities of the resources that the body names. What `GET state` gave can be put back.
fn put(mock: &Mock, ask: &Ask<'_>) -> Outcome {
    let value = body(ask.request)?;
    let resources = value.get("resources").and_then(Value::as_object);
    let resources = resources.ok_or_else(|| problem(422, "The body must be {\"resources\": {…}}"))?;
    let old = mock.world.load_full();
    let world = World::blank(mock.resources.all.len(), old.clock.copy());
    if let Some(time) = value.get("time") {
        let instant: Option<Timestamp> = time.as_str().and_then(|t| t.parse().ok());
        let instant =
            instant.ok_or_else(|| problem(422, "`time` must be an instant such as 2026-01-01T00:00:00Z"))?;
        world.clock.set(world.clock.seconds_of(instant));
    }
    for name in resources.keys() {
        if mock.resources.position(name).is_none() {
            return Err(problem(422, &format!("There is no resource `{name}`")));
        }
    }
    for (number, resource) in mock.resources.all.iter().enumerate() {
        match resources.get(&resource.name) {
            Some(given) => fill(mock, &world, number, given)?,
            None => copy(&old, &world, number),
        }
    }
    mock.world.store(Arc::new(world));
    Ok(done())
}

/// Takes over the entities of a resource as they are.
fn copy(old: &World, new: &World, number: usize) {
    for one in old.store.all(number) {
        let record = one.lock(old.clock.now()).clone();
        // There was room for it before.
        let _ = new.store.insert(number, &one.id, one.scope.clone(), record);
    }
}

/// Puts given entities in: a list, or `{live, deleted, pending}`.
fn fill(mock: &Mock, world: &World, number: usize, given: &Value) -> Result<(), Response> {
    let resource = mock.resource(number);
    let list = |name: &str| given.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (live, deleted) = match given {
        Value::Array(all) => (all.as_slice(), &[][..]),
        Value::Object(_) => (list("live"), list("deleted")),
        _ => return Err(problem(422, &format!("`{}` must be a list or an object of lists", resource.name))),
    };
    for (value, is_deleted) in live.iter().map(|v| (v, false)).chain(deleted.iter().map(|v| (v, true))) {
        if let Some((at, reason, _)) = mock.trouble(number, value) {
            return Err(problem(422, &format!("{}: {at}: {reason}", resource.name)));
        }
        let Some((id, scope, record)) = entity(&resource, value) else {
            return Err(problem(422, &format!("An entity of `{}` needs its id", resource.name)));
        };
        let soft = resource.deletes_softly();
        let mut record =
            Record { deleted: is_deleted || record.deleted, gone: is_deleted && !soft, ..record };
        record.plan(pending(world, list("pending"), &id));
        match world.store.insert(number, &id, scope, record) {
            Ok((_, true)) => {}
            Ok((_, false)) => return Err(problem(422, &format!("The id `{id}` is there twice"))),
            Err(error) => return Err(problem(422, &error.to_string())),
        }
    }
    Ok(())
}

/// The events to come that belong to an id; what can't be read is left out.
fn pending(world: &World, given: &[Value], id: &str) -> Vec<Pending> {
    let read = |value: &Value| {
        let due: Timestamp = value.get("due")?.as_str()?.parse().ok()?;
        let property = value.get("property")?.as_str()?.to_owned();
        let of_id = value.get("id")?.as_str()? == id;
        let pending =
            Pending { due: world.clock.seconds_of(due), property, value: value.get("value")?.clone() };
        of_id.then_some(pending)
    };
    given.iter().filter_map(read).collect()
}

/// `POST reset`: entities, clock, faults, expectations and journal as at the start.
fn reset(mock: &Mock, _: &Ask<'_>) -> Outcome {
    let world = mock.world_of(&mock.settings.fixtures).map_err(|error| problem(500, &error.to_string()))?;
    mock.world.store(Arc::new(world));
    mock.faults.set(&mock.settings.faults);
    mock.expectations.clear();
    mock.outbox.clear();
    mock.journal.clear();
    Ok(done())
}

/// `POST clock`: lets time go on.
fn clock(mock: &Mock, ask: &Ask<'_>) -> Outcome {
    let value = body(ask.request)?;
    let Some(seconds) = value.get("advance").and_then(Value::as_u64) else {
        return Err(problem(422, "The body must be {\"advance\": SECONDS}"));
    };
    let world = mock.world.load();
    let now = world.clock.advance(seconds);
    Ok(reply(200, &json!({"time": world.clock.text(now)})))
}
