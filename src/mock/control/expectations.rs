//! `expectations`: for this request answer that, so many times.

use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::message::{Ask, Outcome, done, members, parsed, problem, reply};
use crate::mock::engine::Engine;
use crate::mock::expectation::{Expectation, ExpectationError};
use crate::wire::Response;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: "expectations", answer: get },
    Endpoint { method: "POST", path: "expectations", answer: post },
    Endpoint { method: "DELETE", path: "expectations", answer: delete },
    Endpoint { method: "GET", path: "expectations/{id}", answer: get_one },
    Endpoint { method: "DELETE", path: "expectations/{id}", answer: delete_one },
];

fn get(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let mut met = None;
    for (_, value) in members(ask.request) {
        met = Some(value.parse::<bool>().map_err(|_| problem(400, "`met` must be true or false"))?);
    }
    let held = mock.expectations().list();
    let shown: Vec<Value> = held
        .iter()
        .filter(|held| met.is_none_or(|met| held.is_met() == met))
        .map(|held| held.shown())
        .collect();
    Ok(reply(200, &json!({"expectations": shown})))
}

fn post(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let expectation: Expectation = parsed(ask.request, "expectation")?;
    match mock.expect(expectation) {
        Ok(held) => Ok(reply(201, &held.shown())),
        Err(error) => Err(refused(&error)),
    }
}

fn refused(error: &ExpectationError) -> Response {
    let mut response = problem(409, &error.to_string());
    if let ExpectationError::Breaks { breaches, .. } = error {
        // The body was written a line above.
        let mut value: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        value["breaches"] = json!(breaches);
        response.body = value.to_string().into();
    }
    response
}

fn delete(mock: &Engine, _: &Ask<'_>) -> Outcome {
    mock.expectations().clear();
    Ok(done())
}

fn unknown(id: &str) -> Response {
    problem(404, &format!("There is no expectation `{id}`"))
}

fn get_one(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let id = ask.values.first().map_or("", String::as_str);
    mock.expectations().get(id).map(|held| reply(200, &held.shown())).ok_or_else(|| unknown(id))
}

fn delete_one(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let id = ask.values.first().map_or("", String::as_str);
    if mock.expectations().remove(Some(id)) { Ok(done()) } else { Err(unknown(id)) }
}
