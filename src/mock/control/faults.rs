//! `faults`: which are switched on.

use serde_json::json;

use super::{body, members, problem, reply};
use crate::mock::Mock;
use crate::mock::fault::{FaultKind, FaultRule};
use crate::wire::{Request, Response};

pub(super) fn get(mock: &Mock) -> Response {
    reply(200, &json!({"faults": mock.faults.list()}))
}

pub(super) fn post(mock: &Mock, request: &Request) -> Response {
    let value = match body(request) {
        Ok(value) => value,
        Err(response) => return response,
    };
    let rule: FaultRule = match serde_json::from_value(value) {
        Ok(rule) => rule,
        Err(error) => return problem(422, &format!("The body is no fault: {error}")),
    };
    if let Err(reason) = rule.check() {
        return problem(422, &reason);
    }
    if let Err(error) = mock.knows_fault(&rule.kind) {
        return problem(422, &error.to_string());
    }
    if let Some(operation) = &rule.operation
        && !mock.contract.heads().iter().any(|h| h.id == *operation)
    {
        return problem(422, &format!("There is no operation `{operation}`"));
    }
    if !mock.faults.add(&rule) {
        return problem(409, "Too many faults are switched on already");
    }
    reply(201, &json!({"faults": mock.faults.list()}))
}

pub(super) fn delete(mock: &Mock, request: &Request) -> Response {
    match members(request, &["kind"]) {
        Err(response) => response,
        Ok(found) => {
            let kind = found.into_iter().next().map(|(_, kind)| FaultKind::from(kind));
            mock.faults.remove(kind.as_ref());
            Response { status: 204, ..Response::default() }
        }
    }
}
