//! A response against what its operation documents.

use serde_json::Value;

use crate::contract::Operation;
use crate::validate::parameter::header_text;
use crate::validate::plan::Plan;
use crate::validate::{Breach, BreachKind, Coercion, Forms, Part, body};
use crate::wire::Response;
use crate::wire::style::Raw;

/// True for statuses whose responses have no content (RFC 9110 §6.4.1).
fn bodiless(status: u16) -> bool {
    status < 200 || matches!(status, 204 | 205 | 304)
}

pub(super) fn judge(plan: &Plan, operation: &Operation, method: &str, response: &Response) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let Some(documented) = plan.response_for(response.status) else {
        let expected = plan.responses.iter().map(|r| Value::String(r.status.to_string())).collect();
        let message = format!("the status {} is not documented", response.status);
        let at = operation.head.location.join("responses");
        let kind = BreachKind::Undocumented;
        breaches.push(Breach::plain(
            Part::Status,
            None,
            kind,
            &at,
            expected,
            response.status.into(),
            message,
        ));
        return breaches;
    };
    for header in &documented.headers {
        let mut values = response.headers.all(&header.name);
        let text = values.next().map(|value| header_text(value));
        let rest: Vec<_> = values.map(|value| header_text(value)).collect();
        // RFC 9110 §5.3: several fields of a name are one list.
        let text =
            text.map(
                |first| if rest.is_empty() { first } else { format!("{first}, {}", rest.join(", ")).into() },
            );
        header.judge(text.as_deref().map(Raw::Text), Coercion::Strict, &mut breaches, drop);
    }
    if method.eq_ignore_ascii_case("HEAD") || bodiless(response.status) || documented.content.is_empty() {
        return breaches;
    }
    if response.body.is_empty() {
        let message = format!("the response has no body, but the status {} documents one", response.status);
        let at = documented.location.join("content");
        breaches.push(Breach::plain(
            Part::Body,
            None,
            BreachKind::Missing,
            &at,
            Value::Null,
            Value::Null,
            message,
        ));
        return breaches;
    }
    if response.truncated {
        // Cut off by the reader's own limit: what is missing can't be judged.
        return breaches;
    }
    body::judge(
        &documented.content,
        &response.headers,
        &response.body,
        &documented.location,
        body::Manner { coercion: Coercion::Strict, forms: Forms::Contract, bounded: true },
        &mut breaches,
    );
    // A sender that knows the type should say it (RFC 9110 §8.3); the body was judged by the only type it can be.
    if response.headers.get("content-type").is_none() && !breaches.iter().any(|b| b.part == Part::MediaType) {
        let expected = documented.content.iter().map(|c| Value::String(c.name.clone())).collect();
        let message = "the response has a body, but no Content-Type".to_owned();
        let at = documented.location.join("content");
        breaches.push(Breach::plain(
            Part::MediaType,
            None,
            BreachKind::Missing,
            &at,
            expected,
            Value::Null,
            message,
        ));
    }
    breaches
}
