//! What the mock does with expectations: takes them in after judging their answers, and answers by them.

use std::sync::Arc;

use super::model::{Expectation, Fixed, Kind, Ready};
use super::set::{Expectations, Held};
use crate::base::limits::{EXPECTATION_OPERATIONS_MAX, EXPECTATIONS_MAX};
use crate::contract::OperationHead;
use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::Plan;
use crate::mock::content::body;
use crate::mock::fault::FaultKind;
use crate::mock::journal::{ShownBreach, Unmet, breaches};
use crate::mock::matching::Subject;
use crate::mock::respond::{Responder, Routing};
use crate::mock::{Answer, Mishap};
use crate::validate::Breach;
use crate::wire::media::{self, Media};
use crate::wire::{Request, Response};

/// Why an expectation is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpectationError {
    /// It is none: what is wrong with it.
    #[error("{0}")]
    Wrong(String),
    /// The contract has no operation that it could concern.
    #[error(
        "the contract has no operation that the request could be for; `\"force\": true` answers it all the same"
    )]
    NoOperation,
    /// Its answers break the contract.
    #[error(
        "the answer breaks the contract{}: {}; `\"force\": true` has it sent all the same",
        operation.as_ref().map_or(String::new(), |id| format!(" of `{id}`")),
        breaches.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    Breaks {
        /// The operation's id.
        operation: Option<String>,
        /// How.
        breaches: Vec<ShownBreach>,
    },
    /// There are too many already.
    #[error("there are {EXPECTATIONS_MAX} expectations already; delete some")]
    TooMany,
}

/// Takes an expectation in; one with the same id is replaced.
///
/// # Errors
/// [`ExpectationError`]: it is none, or an answer breaks the contract of every operation that it could concern
/// (unless it is forced), or there are too many.
pub(in crate::mock) fn expect(
    catalog: &Catalog,
    expectations: &Expectations,
    mut expectation: Expectation,
) -> Result<Arc<Held>, ExpectationError> {
    let answers = expectation.ready().map_err(ExpectationError::Wrong)?;
    if !expectation.force {
        judge_expectation(catalog, &expectation, &answers)?;
    }
    if expectation.id.as_deref().is_none_or(str::is_empty) {
        expectation.id = Some(expectations.next_id());
    }
    let held = Arc::new(Held::new(expectation, answers));
    if expectations.hold(&held) { Ok(held) } else { Err(ExpectationError::TooMany) }
}

fn judge_expectation(
    catalog: &Catalog,
    expectation: &Expectation,
    answers: &[Ready],
) -> Result<(), ExpectationError> {
    let request = &expectation.request;
    let heads = catalog.contract().heads().iter();
    let all: Vec<&OperationHead> = heads.filter(|head| request.may_concern(head)).collect();
    // The shorter the path taken for a base path, the likelier it is one.
    let longest = all.iter().map(|head| request.own_segments(head)).max().unwrap_or(0);
    let concerned: Vec<&OperationHead> =
        all.into_iter().filter(|head| request.own_segments(head) == longest).collect();
    if concerned.is_empty() {
        return Err(ExpectationError::NoOperation);
    }
    if concerned.len() > EXPECTATION_OPERATIONS_MAX {
        // Each answer is judged before it is sent.
        return Ok(());
    }
    let mut first = None;
    for head in concerned {
        let plan = catalog.plan(head.index);
        match answers
            .iter()
            .map(|answer| ready_breaches(catalog, &plan, answer))
            .find(|found| !found.is_empty())
        {
            None => return Ok(()),
            Some(found) => {
                first.get_or_insert_with(|| ExpectationError::Breaks {
                    operation: Some(plan.operation.head.id.clone()),
                    breaches: breaches(catalog.contract(), &found, catalog.redactor()),
                });
            }
        }
    }
    first.map_or(Ok(()), Err)
}

/// What is wrong with an answer to this operation.
fn ready_breaches(catalog: &Catalog, plan: &Plan, answer: &Ready) -> Vec<Breach> {
    match &answer.kind {
        Kind::Fixed(fixed) => {
            catalog.judge().response(&plan.operation, &fixed_answer(catalog, Some(plan), fixed))
        }
        Kind::Preferred(_) | Kind::Own => Vec::new(),
    }
}

/// The answer to a request by the expectation whose turn it is; `None` when there is none.
pub(in crate::mock) fn expected(
    responder: &Responder<'_>,
    expectations: &Expectations,
    routing: &Routing<'_>,
    request: &Request,
) -> Option<Answer> {
    if expectations.is_empty() {
        return None;
    }
    let (catalog, plan) = (responder.catalog, routing.plan);
    let subject = Subject::new(request, plan.map(|plan| &plan.operation.head));
    let index = plan.map(|plan| plan.operation.head.index);
    let keeps = |held: &Held| {
        plan.is_some_and(|plan| held.answers.iter().all(|a| ready_breaches(catalog, plan, a).is_empty()))
    };
    let (held, at) = expectations.take(&subject, index, keeps)?;
    let ready = held.answers.get(at)?;
    let mut answer = by_expectation(responder, routing, request, ready);
    answer.expectation = Some(Arc::clone(held.id()));
    if let Some(delay) = ready.delay {
        answer.delay =
            delay.draw(catalog.seed().derive("expectations").derive(held.id()).nth(held.matched()));
    }
    Some(answer)
}

fn by_expectation(
    responder: &Responder<'_>,
    routing: &Routing<'_>,
    request: &Request,
    ready: &Ready,
) -> Answer {
    let rule = ready.fault.as_ref();
    let fault = rule.map(|rule| rule.kind.name().to_owned());
    if rule.is_some_and(|rule| rule.kind == FaultKind::Reset && !rule.after) {
        return Answer { mishap: Mishap::Reset, fault, ..Answer::default() };
    }
    let response = match (&ready.kind, routing.plan) {
        (Kind::Fixed(fixed), plan) => fixed_answer(responder.catalog, plan, fixed),
        (Kind::Preferred(prefer), Some(plan)) => {
            let mut asked = request.clone();
            asked.headers.set("prefer", prefer.clone());
            responder.respond(plan, routing.values, &asked)
        }
        (Kind::Own, Some(plan)) => responder.respond(plan, routing.values, request),
        (_, None) => responder.unrouted(request, routing.methods).response,
    };
    let mut answer = Answer { response, fault, ..Answer::default() };
    if let Some(rule) = rule {
        answer.suffer(rule);
    }
    answer
}

/// A given answer. Its media type and documented headers are the operation's where they are not given.
fn fixed_answer(catalog: &Catalog, plan: Option<&Plan>, fixed: &Fixed) -> Response {
    let Fixed { status, headers, body: bytes, media } = fixed;
    let mut response =
        Response { status: *status, headers: headers.clone(), body: bytes.clone(), truncated: false };
    let documented = plan.and_then(|plan| plan.operation.response_for(*status));
    if let Some(kind) = media.filter(|_| headers.get("content-type").is_none()) {
        let parsed = media::parse(kind);
        let fits = |offered: &Media| parsed.as_ref().is_some_and(|p| alike(p, offered));
        let offers = documented.map_or(&[][..], |documented| documented.content.as_slice());
        let offered = offers.iter().map(body::concrete).find(fits);
        response.headers.push("content-type", offered.map_or(kind.to_owned(), |media| media.to_string()));
    }
    let made = documented.map(|documented| {
        body::headers(catalog.schemas(), documented, catalog.seed().derive("expectations"))
    });
    for (name, value) in made.into_iter().flat_map(|headers| headers.0) {
        if response.headers.get(&name).is_none() {
            response.headers.push(name, value);
        }
    }
    response
}

/// Checks that all expectations answered as often as they should.
pub(in crate::mock) fn verify(expectations: &Expectations) -> Result<(), Unmet> {
    let open: Vec<String> = expectations
        .list()
        .iter()
        .filter(|held| !held.is_met())
        .map(|held| {
            let wanted = held.expectation().times.map_or("at least 1".to_owned(), |n| n.to_string());
            let request = serde_json::to_value(&held.expectation().request).unwrap_or_default();
            format!("  {}: {wanted} expected, {} came: {request}", held.id(), held.matched())
        })
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(Unmet(format!("expectations were not met:\n{}", open.join("\n"))))
}

/// Whether a body of the one kind can be sent as the other: JSON as any JSON, text as any text, bytes as anything else.
fn alike(given: &Media, offered: &Media) -> bool {
    if given.is_json() || offered.is_json() {
        return given.is_json() && offered.is_json();
    }
    match given.kind() {
        "text" => offered.kind() == "text" || offered.essence().ends_with("xml"),
        _ => offered.kind() != "text",
    }
}
