//! `requests`: the journal, asked by query or by a filter in JSON.

use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::message::{Ask, Outcome, body, done, members, parsed, problem, reply};
use crate::mock::engine::Engine;
use crate::mock::journal::{Filter, nearest};
use crate::mock::matching::names;
use crate::wire::Response;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: "requests", answer: get },
    Endpoint { method: "DELETE", path: "requests", answer: delete },
    Endpoint { method: "GET", path: "requests/{number}", answer: one },
    Endpoint { method: "POST", path: "requests/find", answer: find },
    Endpoint { method: "POST", path: "requests/count", answer: count },
];

fn get(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let mut filter = Filter::default();
    let mut count_only = false;
    for (name, value) in members(ask.request) {
        if name == "count" {
            count_only = value.parse().map_err(|_| problem(400, "`count` must be true or false"))?;
        } else {
            filter.set(&name, &value).map_err(|error| problem(400, &error.to_string()))?;
        }
    }
    known_operation(mock, &filter)?;
    if count_only {
        return Ok(reply(200, &json!({"count": mock.count(&filter)})));
    }
    Ok(listed(mock, &filter))
}

/// A filter names an operation that the contract has.
fn known_operation(mock: &Engine, filter: &Filter) -> Result<(), Response> {
    let named = filter.operation.as_deref().or(filter.request.operation.as_deref());
    match named.filter(|name| !mock.contract().heads().iter().any(|head| names(head, name))) {
        Some(name) => Err(problem(404, &format!("There is no operation `{name}`"))),
        None => Ok(()),
    }
}

fn listed(mock: &Engine, filter: &Filter) -> Response {
    let shown: Vec<_> = mock.requests(filter).iter().map(|entry| mock.show_entry(entry)).collect();
    reply(200, &json!({"count": shown.len(), "requests": shown}))
}

fn delete(mock: &Engine, _: &Ask<'_>) -> Outcome {
    mock.journal().clear();
    Ok(done())
}

fn one(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let text = ask.values.first().map_or("", String::as_str);
    let number: u64 =
        text.parse().map_err(|_| problem(400, &format!("`{text}` is no number of a request")))?;
    let filter = Filter { since: number.saturating_sub(1), ..Filter::default() };
    let found = mock.journal().list(&filter).into_iter().next().filter(|entry| entry.number == number);
    let entry = found.ok_or_else(|| problem(404, &format!("There is no request {number} in the journal")))?;
    Ok(reply(200, &json!(mock.show_entry(&entry))))
}

fn filter_of(mock: &Engine, ask: &Ask<'_>) -> Result<Filter, Response> {
    if body(ask.request)?.is_null() {
        return Ok(Filter::default());
    }
    let filter: Filter = parsed(ask.request, "filter")?;
    filter.check().map_err(|error| problem(409, &error.to_string()))?;
    known_operation(mock, &filter)?;
    Ok(filter)
}

fn find(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    Ok(listed(mock, &filter_of(mock, ask)?))
}

fn count(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let filter = filter_of(mock, ask)?;
    let count = mock.count(&filter);
    let mut answer = json!({"count": count});
    if count == 0 {
        let all = mock.journal().list(&Filter::default());
        let near: Vec<Value> = nearest(&all, &filter, mock.redactor())
            .into_iter()
            .map(|near| json!({"number": near.number, "request": near.line, "misses": near.misses}))
            .collect();
        answer["nearest"] = Value::Array(near);
    }
    Ok(reply(200, &answer))
}
