//! `state`, `reset` and `clock`: entities and time.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::export;
use super::message::{Ask, Outcome, body, done, members, problem, reply};
use crate::base::clock::Clock;
use crate::mock::engine::Engine;
use crate::mock::state::store_state::StoreState;
use crate::wire::Response;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: "state", answer: get },
    Endpoint { method: "PUT", path: "state", answer: put },
    Endpoint { method: "POST", path: "reset", answer: reset },
    Endpoint { method: "POST", path: "clock", answer: clock },
];

/// `GET state`: everything, or one resource, or one entity of it.
fn get(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let found = members(ask.request);
    let wanted = |name: &str| found.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if let Some(name) = wanted("resource")
        && mock.resources().position(name).is_none()
    {
        return Err(problem(404, &format!("There is no resource `{name}`")));
    }
    Ok(reply(200, &export::state(mock, &mock.state().load(), wanted("resource"), wanted("id"))))
}

/// `PUT state`: replaces the entities of the resources that the body names. What `GET state` gave can be put back.
fn put(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let value = body(ask.request)?;
    let resources = value.get("resources").and_then(Value::as_object);
    let resources = resources.ok_or_else(|| problem(422, "The body must be {\"resources\": {…}}"))?;
    let old = mock.state().load();
    let clock = match value.get("time") {
        None => old.clock.copy(),
        Some(time) => clock_at(&old.clock, time)?,
    };
    let mut state = StoreState::blank(mock.resources().all.len(), clock, &mock.state().keeper());
    for name in resources.keys() {
        if mock.resources().position(name).is_none() {
            return Err(problem(422, &format!("There is no resource `{name}`")));
        }
    }
    for (number, resource) in mock.resources().all.iter().enumerate() {
        match resources.get(&resource.name) {
            Some(given) => export::fill(mock, &state, number, given)?,
            None => state.store.share(number, &old.store),
        }
    }
    mock.state().replace(state).map_err(|error| problem(503, &error.to_string()))?;
    Ok(done())
}

/// A clock that shows this time.
fn clock_at(old: &Clock, time: &Value) -> Result<Clock, Response> {
    let instant: Option<Timestamp> = time.as_str().and_then(|t| t.parse().ok());
    let instant =
        instant.ok_or_else(|| problem(422, "`time` must be an instant such as 2026-01-01T00:00:00Z"))?;
    let clock = old.copy();
    clock.set(clock.seconds_of(instant));
    // A time before the clock's start can only be a start.
    Ok(if old.is_before_start(instant) { Clock::new(Some(instant)) } else { clock })
}

/// `POST reset`: entities, clock, faults, expectations and journal as at the start.
fn reset(mock: &Engine, _: &Ask<'_>) -> Outcome {
    let state = mock.state().initial(mock.catalog()).map_err(|error| problem(500, &error.to_string()))?;
    mock.state().replace(state).map_err(|error| problem(503, &error.to_string()))?;
    mock.faults().set(&mock.settings().faults);
    mock.expectations().clear();
    mock.outbox().clear();
    mock.journal().clear();
    Ok(done())
}

/// `POST clock`: lets time go on.
fn clock(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let value = body(ask.request)?;
    let Some(seconds) = value.get("advance").and_then(Value::as_u64) else {
        return Err(problem(422, "The body must be {\"advance\": SECONDS}"));
    };
    let state = mock.state().load();
    let now = state.clock.advance(seconds);
    mock.state().clock_moved(now);
    Ok(reply(200, &json!({"time": state.clock.text(now)})))
}
