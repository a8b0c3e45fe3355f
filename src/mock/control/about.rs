//! `health`, `contract`, `reload` and `metrics`: the mock itself.

use std::fmt::Write;

use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::message::{Ask, Outcome, problem, reply};
use crate::base::Pointer;
use crate::document::{FileId, Location};
use crate::mock::engine::Engine;
use crate::wire::{Headers, Response};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: "health", answer: health },
    Endpoint { method: "GET", path: "contract", answer: contract },
    Endpoint { method: "GET", path: "metrics", answer: metrics },
    Endpoint { method: "POST", path: "reload", answer: reload },
];

fn health(mock: &Engine, _: &Ask<'_>) -> Outcome {
    Ok(reply(200, &told(mock)))
}

fn told(mock: &Engine) -> Value {
    let info = mock.contract().info();
    json!({
        "status": "ok",
        "contract": {"title": info.title, "version": info.version},
        "operations": mock.contract().heads().len(),
        "resources": mock.resources().all.iter().map(|r| &r.name).collect::<Vec<_>>(),
    })
}

/// Why a mock can't be made anew.
pub(crate) const NOT_FROM_FILES: &str = "this mock was not made from files that could be read again";

/// The answer once it was tried: the mock as it is now with what of its state could not be kept, or why there is none.
pub(crate) fn reloaded(outcome: Result<(&Engine, &[String]), String>) -> Response {
    match outcome {
        Ok((mock, remarks)) => {
            let mut value = told(mock);
            value["remarks"] = json!(remarks);
            reply(200, &value)
        }
        Err(reason) => problem(422, &reason),
    }
}

/// One that can be made again is asked before it comes to this.
fn reload(_: &Engine, _: &Ask<'_>) -> Outcome {
    Err(problem(409, NOT_FROM_FILES))
}

fn contract(mock: &Engine, _: &Ask<'_>) -> Outcome {
    match mock.contract().raw(&Location::new(FileId(0), Pointer::root())) {
        Some(value) => Ok(reply(200, &value)),
        None => Err(problem(404, "The contract has no document of its own")),
    }
}

/// Prometheus' text format, version 0.0.4.
fn metrics(mock: &Engine, _: &Ask<'_>) -> Outcome {
    let mut text = String::from(
        "# HELP counterpart_requests_total Requests answered, by operation and status.\n\
         # TYPE counterpart_requests_total counter\n",
    );
    for ((operation, status), count) in mock.journal().counts() {
        let head = operation.and_then(|index| mock.contract().heads().get(index.0 as usize));
        let operation = head.map_or("", |head| head.id.as_str());
        let operation = operation.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "counterpart_requests_total{{operation=\"{operation}\",status=\"{status}\"}} {count}"
        );
    }
    text.push_str(
        "# HELP counterpart_entities Entities held, deleted ones included, by resource.\n\
         # TYPE counterpart_entities gauge\n",
    );
    let state = mock.state().load();
    for (number, resource) in mock.resources().all.iter().enumerate() {
        let _ = writeln!(
            text,
            "counterpart_entities{{resource=\"{}\"}} {}",
            resource.name,
            state.store.count(number)
        );
    }
    let mut headers = Headers::new();
    headers.push("content-type", "text/plain; version=0.0.4; charset=utf-8");
    Ok(Response { status: 200, headers, body: text.into(), truncated: false })
}
