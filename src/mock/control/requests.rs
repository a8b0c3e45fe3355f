//! `requests` and `metrics`: what came, and what was answered.

use std::fmt::Write;

use serde_json::json;

use super::{members, problem, reply};
use crate::contract::OperationIndex;
use crate::mock::Mock;
use crate::mock::journal::{Filter, show};
use crate::wire::{Headers, Request, Response};

const FILTERS: [&str; 7] = ["method", "path", "operation", "status", "since", "limit", "count"];

pub(super) fn get(mock: &Mock, request: &Request) -> Response {
    let found = match members(request, &FILTERS) {
        Ok(found) => found,
        Err(response) => return response,
    };
    let mut filter = Filter::default();
    let mut count_only = false;
    for (name, value) in found {
        let number = |text: &str| {
            text.parse::<u64>().map_err(|_| problem(400, &format!("`{name}` must be a whole number")))
        };
        match name.as_str() {
            "method" => filter.method = Some(value),
            "path" => filter.path = Some(value),
            "status" => filter.status = Some(value),
            "count" => count_only = value != "false",
            "operation" => match mock.contract.heads().iter().find(|h| h.id == value) {
                Some(head) => filter.operation = Some(head.index),
                None => return problem(400, &format!("There is no operation `{value}`")),
            },
            "since" => match number(&value) {
                Ok(since) => filter.since = since,
                Err(response) => return response,
            },
            _ => match number(&value) {
                Ok(limit) => filter.limit = Some(usize::try_from(limit).unwrap_or(usize::MAX)),
                Err(response) => return response,
            },
        }
    }
    if count_only {
        return reply(200, &json!({"count": mock.journal.count(&filter)}));
    }
    let world = mock.world.load();
    let entries = mock.journal.list(&filter);
    let shown: Vec<_> = entries
        .iter()
        .map(|e| show(e, world.clock.text(e.time), name(mock, e.operation), &mock.secrets))
        .collect();
    reply(200, &json!({"count": shown.len(), "requests": shown}))
}

fn name(mock: &Mock, operation: Option<OperationIndex>) -> Option<String> {
    let at = operation?.0 as usize;
    mock.contract.heads().get(at).map(|h| h.id.clone())
}

/// Prometheus' text format, version 0.0.4.
pub(super) fn metrics(mock: &Mock) -> Response {
    let mut text = String::from(
        "# HELP counterpart_requests_total Requests answered, by operation and status.\n\
         # TYPE counterpart_requests_total counter\n",
    );
    for ((operation, status), count) in mock.journal.counts() {
        let operation = name(mock, operation).unwrap_or_default();
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
    let world = mock.world.load();
    for (number, resource) in mock.resources.all.iter().enumerate() {
        let _ = writeln!(
            text,
            "counterpart_entities{{resource=\"{}\"}} {}",
            resource.name,
            world.store.count(number)
        );
    }
    let mut headers = Headers::new();
    headers.push("content-type", "text/plain; version=0.0.4; charset=utf-8");
    Response { status: 200, headers, body: text.into(), truncated: false }
}
