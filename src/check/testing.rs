//! A small operation and exchanges for the checks' own tests.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::base::Pointer;
use crate::check::{Check, CheckContext, Facts, Failure, OperationHistory, ResourceHistory, Role, Step};
use crate::contract::{
    MediaType, Operation, OperationHead, OperationIndex, Parameter, ParameterPlace, ParameterShape,
    Response as Documented, StatusKey, Style,
};
use crate::document::{FileId, Location};
use crate::resource::Lifecycle;
use crate::validate::Breach;
use crate::validate::intent::{Intent, Sent};
use crate::wire::{Exchange, Headers, Request, Response, SendError};

pub(super) fn place(pointer: &str) -> Location {
    Location::new(FileId(0), Pointer::parse(pointer).unwrap())
}

fn parameter(name: &str, place_: ParameterPlace, required: bool) -> Parameter {
    Parameter {
        name: name.to_owned(),
        place: place_,
        required,
        deprecated: false,
        shape: ParameterShape::Styled {
            style: Style::Simple,
            explode: false,
            allow_reserved: false,
            allow_empty: false,
            schema: Some(place("/schema")),
        },
        examples: Vec::new(),
        description: None,
        location: place("/parameter"),
    }
}

fn documented(status: u16) -> Documented {
    Documented {
        status: StatusKey::Exact(status),
        description: String::new(),
        content: vec![MediaType {
            name: "application/json".to_owned(),
            schema: Some(place("/body")),
            item_schema: None,
            examples: Vec::new(),
            encoding: IndexMap::new(),
            location: place("/media"),
        }],
        headers: Vec::new(),
        links: Vec::new(),
        location: place(&format!("/responses/{status}")),
    }
}

/// `DELETE /things/{thing_id}` with a query, a header for the tenant, and documented 200 and 422.
pub(super) fn operation() -> Operation {
    Operation {
        head: OperationHead {
            index: OperationIndex(0),
            method: "DELETE".to_owned(),
            path: "/things/{thing_id}".to_owned(),
            id: "deleteThing".to_owned(),
            tags: Vec::new(),
            location: place("/operation"),
        },
        summary: None,
        description: None,
        deprecated: false,
        parameters: vec![
            parameter("thing_id", ParameterPlace::Path, true),
            parameter("limit", ParameterPlace::Query, false),
            parameter("X-Tenant", ParameterPlace::Header, false),
        ],
        request_body: None,
        responses: vec![documented(200), documented(422)],
        security: Arc::default(),
        servers: Arc::default(),
        callbacks: Vec::new(),
        extensions: IndexMap::new(),
    }
}

/// An exchange with an answer.
pub(super) fn exchange(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
    let mut fields = Headers::new();
    for (name, value) in headers {
        fields.push(*name, value.as_bytes().to_vec());
    }
    Exchange {
        request: Request {
            method: "DELETE".to_owned(),
            target: "/things/t1".to_owned(),
            ..Request::default()
        },
        outcome: Ok(Response { status, headers: fields, body: body.to_owned().into(), truncated: false }),
        elapsed: Duration::ZERO,
    }
}

/// An exchange with a JSON answer.
pub(super) fn json(status: u16, body: &str) -> Exchange {
    exchange(status, &[("content-type", "application/json")], body)
}

/// An exchange without an answer.
pub(super) fn failed(error: SendError) -> Exchange {
    Exchange { outcome: Err(error), ..exchange(0, &[], "") }
}

/// What the check says about the exchange.
pub(super) fn verdict(check: &dyn Check, intent: &Intent, exchange: &Exchange) -> Vec<Failure> {
    verdict_with(check, intent, exchange, &[], &[])
}

/// What the check says about the exchange, with breaches and fair statuses.
pub(super) fn verdict_with(
    check: &dyn Check,
    intent: &Intent,
    exchange: &Exchange,
    breaches: &[Breach],
    fair: &[u16],
) -> Vec<Failure> {
    let operation = operation();
    let facts = Facts {
        methods: vec!["DELETE".to_owned()],
        other_methods: vec!["PATCH".to_owned()],
        credentials_given: true,
        secrets: vec!["hunter2hunter2".to_owned()],
        credential_names: vec!["x-api-key".to_owned()],
    };
    let sent = [
        Sent { place: ParameterPlace::Path, name: "thing_id".to_owned(), text: Some("t1".to_owned()) },
        Sent { place: ParameterPlace::Header, name: "X-Tenant-Id".to_owned(), text: Some("a1".to_owned()) },
    ];
    check.check(&CheckContext {
        operation: &operation,
        intent,
        fair,
        sent: &sent,
        exchange,
        breaches,
        foreseen: None,
        facts: &facts,
    })
}

/// What the check says about the exchange, with what the framework sees in the request.
pub(super) fn verdict_foreseen(
    check: &dyn Check,
    intent: &Intent,
    exchange: &Exchange,
    foreseen: &[crate::framework::Place],
) -> Vec<Failure> {
    let operation = operation();
    let facts = Facts {
        methods: vec!["DELETE".to_owned()],
        other_methods: vec!["PATCH".to_owned()],
        credentials_given: true,
        secrets: vec!["hunter2hunter2".to_owned()],
        credential_names: vec!["x-api-key".to_owned()],
    };
    let sent = [
        Sent { place: ParameterPlace::Path, name: "thing_id".to_owned(), text: Some("t1".to_owned()) },
        Sent { place: ParameterPlace::Header, name: "X-Tenant-Id".to_owned(), text: Some("a1".to_owned()) },
    ];
    check.check(&CheckContext {
        operation: &operation,
        intent,
        fair: &[],
        sent: &sent,
        exchange,
        breaches: &[],
        foreseen: Some(foreseen),
        facts: &facts,
    })
}

/// A breach of `keyword` in the named part.
pub(super) fn breach(part: crate::validate::Part, keyword: &str, schema: &str) -> Breach {
    Breach {
        part,
        name: Some("part".to_owned()),
        kind: crate::validate::BreachKind::Schema,
        input: None,
        violation: crate::schema::Violation {
            names: Vec::new(),
            instance: Pointer::root(),
            keyword: keyword.to_owned(),
            schema: place(schema),
            expected: serde_json::Value::Null,
            actual: serde_json::Value::Null,
            message: format!("breaks {keyword}"),
            branches: Vec::new(),
        },
    }
}

/// A life of a known resource.
pub(super) fn life(id: &str, steps: &[(Role, Exchange)]) -> ResourceHistory {
    let steps =
        steps.iter().map(|(role, exchange)| Step { role: *role, exchange: exchange.clone() }).collect();
    ResourceHistory { id: id.to_owned(), known: true, others: Vec::new(), steps }
}

/// A life of an id that was made up.
pub(super) fn made_up(id: &str, steps: &[(Role, Exchange)]) -> ResourceHistory {
    ResourceHistory { known: false, ..life(id, steps) }
}

/// The histories of `DELETE /things/{thing_id}`, whose record has `id` and `status`.
pub(super) fn history(histories: Vec<ResourceHistory>) -> OperationHistory {
    OperationHistory {
        operation: Arc::new(operation()),
        lifecycle: Lifecycle {
            id_parameter: "thing_id".to_owned(),
            id: Pointer::parse("/id"),
            state: Pointer::parse("/status"),
            tenant_header: Some("X-Tenant".to_owned()),
        },
        histories,
    }
}

/// The causes that the check finds in the histories.
pub(super) fn history_causes(check: &dyn Check, histories: Vec<ResourceHistory>) -> Vec<String> {
    check.check_history(&history(histories)).into_iter().map(|f| f.failure.cause).collect()
}
