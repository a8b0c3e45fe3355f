//! Faults around an operation's answer.
//!
//! What strikes before the answer is made (`status`, and `reset` without `after`) leaves the state as it was; what
//! strikes the answer on its way (`truncate`, `slow`, `garbage`, `reset` with `after`) finds the work done.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{FaultKind, FaultRule};
use crate::framework::{Reason, Refusal};
use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::Plan;
use crate::mock::respond::Responder;
use crate::mock::{Answer, Mishap, MockError};
use crate::wire::Response;

/// An operation's answer, which `respond` makes, with the faults that strike it.
pub(in crate::mock) fn call(
    responder: &Responder<'_>,
    plan: &Plan,
    respond: impl FnOnce() -> Response,
) -> Answer {
    if responder.faults.is_empty() {
        return respond().into();
    }
    let delay = late(responder, plan);
    let mut answer = struck(responder, plan, respond);
    if let Some(delay) = delay {
        answer.delay = delay;
        answer.note(&FaultKind::Latency);
    }
    answer
}

fn struck(responder: &Responder<'_>, plan: &Plan, respond: impl FnOnce() -> Response) -> Answer {
    let strike = |kind: FaultKind| strike(responder, plan, &kind);
    let reset = strike(FaultKind::Reset);
    if reset.as_ref().is_some_and(|rule| !rule.after) {
        let mut answer = Answer { mishap: Mishap::Reset, ..Answer::default() };
        answer.note(&FaultKind::Reset);
        return answer;
    }
    if let Some(rule) = strike(FaultKind::Status) {
        let refusal = Refusal::plain(rule.status.unwrap_or(503), Reason::Fault, "A fault, injected");
        let mut answer: Answer = responder.catalog.refusal(Some(plan), &refusal).into();
        answer.note(&FaultKind::Status);
        return answer;
    }
    let mut answer: Answer = respond().into();
    let garbage = strike(FaultKind::Garbage);
    let on_the_way = reset.or_else(|| strike(FaultKind::Truncate)).or_else(|| strike(FaultKind::Slow));
    for rule in garbage.iter().chain(&on_the_way) {
        answer.suffer(rule);
        answer.note(&rule.kind);
    }
    answer
}

/// The delay of a latency fault that strikes now.
fn late(responder: &Responder<'_>, plan: &Plan) -> Option<Duration> {
    let latency = strike(responder, plan, &FaultKind::Latency)?.latency?;
    let number = responder.drawn.fetch_add(1, Ordering::Relaxed);
    Some(latency.draw(responder.catalog.seed().derive("late").nth(number)))
}

fn strike(responder: &Responder<'_>, plan: &Plan, kind: &FaultKind) -> Option<FaultRule> {
    responder.faults.strike(&plan.operation.head, |k| k == kind)
}

/// Checks that a rule can strike at all.
///
/// # Errors
/// [`MockError::Fault`] for a kind that nothing declares, [`MockError::FaultOperation`] for an operation that the
/// contract does not have.
pub(in crate::mock) fn check(catalog: &Catalog, rule: &FaultRule) -> Result<(), MockError> {
    if let FaultKind::Declared(name) = &rule.kind {
        let all = &catalog.resources().all;
        let declared = || all.iter().filter_map(|r| r.fault().map(|f| f.name.as_str()));
        if !declared().any(|known| known == name) {
            let known = FaultKind::GENERAL.into_iter().chain(declared()).collect::<Vec<_>>().join(", ");
            return Err(MockError::Fault { name: name.clone(), known });
        }
    }
    let heads = catalog.contract().heads();
    if let Some(name) = &rule.operation
        && !heads.iter().any(|head| rule.concerns(head))
    {
        let nearest = heads.iter().min_by_key(|head| strsim::damerau_levenshtein(&head.id, name));
        let nearest = nearest.map_or("none at all", |head| head.id.as_str()).to_owned();
        return Err(MockError::FaultOperation { name: name.clone(), nearest });
    }
    Ok(())
}
