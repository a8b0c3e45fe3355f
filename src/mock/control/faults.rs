//! `faults`: which are switched on.

use serde_json::json;

use super::endpoint::Endpoint;
use super::message::{Ask, Outcome, done, members, parsed, problem, reply};
use crate::mock::engine::Engine;
use crate::mock::fault::{FaultKind, FaultRule};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: "faults", answer: get },
    Endpoint { method: "POST", path: "faults", answer: post },
    Endpoint { method: "DELETE", path: "faults", answer: delete },
];

fn get(mock: &Engine, _: &Ask<'_>) -> Outcome {
    Ok(reply(200, &json!({"faults": mock.faults().list()})))
}

fn post(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let rule: FaultRule = parsed(ask.request, "fault")?;
    rule.check().map_err(|reason| problem(409, &reason))?;
    mock.check_fault(&rule).map_err(|error| problem(409, &error.to_string()))?;
    if !mock.faults().add(&rule) {
        return Err(problem(409, "Too many faults are switched on already"));
    }
    Ok(reply(201, &json!({"faults": mock.faults().list()})))
}

fn delete(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let found = members(ask.request);
    let given = |name: &str| found.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    mock.faults().remove(given("kind").map(FaultKind::from).as_ref(), given("operation").as_deref());
    Ok(done())
}
