//! `snapshots`: states that are held by name and put back.

use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::export;
use super::message::{Ask, Outcome, done, problem, reply};
use crate::mock::engine::Engine;
use crate::mock::state::snapshots::{SnapshotError, SnapshotInfo};
use crate::mock::store::Keeper;
use crate::wire::Response;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: "snapshots", answer: list },
    Endpoint { method: "GET", path: "snapshots/{name}", answer: get },
    Endpoint { method: "POST", path: "snapshots/{name}", answer: take },
    Endpoint { method: "DELETE", path: "snapshots/{name}", answer: forget },
    Endpoint { method: "POST", path: "snapshots/{name}/restore", answer: restore },
];

fn name<'a>(ask: &'a Ask<'_>) -> &'a str {
    ask.values.first().map_or("", String::as_str)
}

fn list(mock: &Engine, _: &Ask<'_>) -> Outcome {
    let all: Vec<Value> = mock.state().snapshots().list().iter().map(shown).collect();
    Ok(reply(200, &json!({"snapshots": all})))
}

fn get(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let state =
        mock.state().snapshots().state(name(ask), &Keeper::Memory).map_err(|error| refused(&error))?;
    Ok(reply(200, &export::state(mock, &state, None, None)))
}

fn take(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    mock.take_snapshot(name(ask)).map(|info| reply(201, &shown(&info))).map_err(|error| refused(&error))
}

fn forget(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    mock.drop_snapshot(name(ask)).map(|()| done()).map_err(|error| refused(&error))
}

fn restore(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    mock.restore_snapshot(name(ask)).map(|()| done()).map_err(|error| refused(&error))
}

fn refused(error: &SnapshotError) -> Response {
    let status = match error {
        SnapshotError::Name => 422,
        SnapshotError::Unknown(_) => 404,
        SnapshotError::TooMany | SnapshotError::TooLarge => 409,
        SnapshotError::State(_) => 503,
    };
    problem(status, &capital(&error.to_string()))
}

fn shown(info: &SnapshotInfo) -> Value {
    json!({"name": info.name, "time": info.time, "entities": info.entities, "bytes": info.bytes})
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
