//! `callbacks` and `webhooks`: what the mocked API sent of itself, and what it is told to send.

use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::message::{Ask, Outcome, done, parsed, problem, reply};
use crate::mock::callback::{Call, CallKind, CallState, FireError, Webhook};
use crate::mock::engine::Engine;
use crate::mock::journal::{shown_body, shown_headers};
use crate::wire::masked::redactor_of;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: "callbacks", answer: get },
    Endpoint { method: "DELETE", path: "callbacks", answer: delete },
    Endpoint { method: "GET", path: "webhooks", answer: webhooks },
    Endpoint { method: "POST", path: "webhooks/{name}", answer: fire },
];

fn get(mock: &Engine, _: &Ask<'_>) -> Outcome {
    let calls: Vec<Value> = mock.outbox().calls().iter().map(|call| shown(mock, call)).collect();
    Ok(reply(200, &json!({"callbacks": calls})))
}

fn delete(mock: &Engine, _: &Ask<'_>) -> Outcome {
    mock.outbox().clear();
    Ok(done())
}

fn shown(mock: &Engine, call: &Call) -> Value {
    let (state, reason) = match &call.state {
        CallState::Waiting => ("waiting", None),
        CallState::Delivered => ("delivered", None),
        CallState::Failed(reason) => ("failed", Some(reason)),
        CallState::NotSent(reason) => ("not sent", Some(reason)),
    };
    let redactor = redactor_of(mock.redactor(), call.sent.iter(), []);
    let mut value = json!({
        "number": call.number,
        "kind": if call.kind == CallKind::Webhook { "webhook" } else { "callback" },
        "name": call.name,
        "url": redactor.target(&call.url),
        "state": state,
        "attempts": call.attempts,
    });
    let mut put = |name: &str, member: Option<Value>| {
        if let Some(member) = member {
            value[name] = member;
        }
    };
    put("reason", reason.map(|reason| json!(redactor.text(reason))));
    put("request", call.request.map(|number| json!(number)));
    put("status", call.status.map(|status| json!(status)));
    if let Some(sent) = &call.sent {
        put("method", Some(json!(redactor.looks(&sent.method))));
        put("headers", Some(json!(shown_headers(&sent.headers, &redactor))));
        put(
            "body",
            sent.body
                .as_ref()
                .and_then(|bytes| shown_body(bytes, &sent.headers, &redactor))
                .map(|body| json!(body)),
        );
    }
    if let Some(breaches) = &call.breaches {
        put("valid", Some(json!(breaches.is_empty())));
        put("breaches", (!breaches.is_empty()).then(|| json!(breaches)));
    }
    value
}

fn webhooks(mock: &Engine, _: &Ask<'_>) -> Outcome {
    let all: Vec<Value> = mock
        .contract()
        .webhooks()
        .iter()
        .map(|o| json!({"name": o.head.path, "method": o.head.method, "summary": o.summary.as_deref().unwrap_or("")}))
        .collect();
    Ok(reply(200, &json!({"webhooks": all})))
}

fn fire(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let name = ask.values.first().map_or("", String::as_str);
    let webhook: Webhook = parsed(ask.request, "webhook")?;
    match mock.fire(name, &webhook) {
        Ok(number) => {
            let call = mock.outbox().call(number);
            let call = call.ok_or_else(|| problem(409, "Too many callbacks came in between"))?;
            Ok(reply(202, &shown(mock, &call)))
        }
        Err(error @ FireError::Unknown { .. }) => Err(problem(404, &error.to_string())),
        Err(error) => Err(problem(409, &error.to_string())),
    }
}
