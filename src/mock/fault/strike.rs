//! Faults around an operation's answer.
//!
//! What strikes before the answer is made (`status`, and `reset` without `after`) leaves the state as it was; what
//! strikes the answer on its way (`truncate`, `slow`, `garbage`, `reset` with `after`) finds the work done.

use std::time::Duration;

use super::{FaultKind, FaultRule};
use crate::framework::{Reason, Refusal};
use crate::mock::catalog::plan::Plan;
use crate::mock::engine::Routing;
use crate::mock::{Answer, Mishap, Mock, MockError};
use crate::wire::Request;

impl Mock {
    /// An operation's answer, with the faults that strike it.
    pub(in crate::mock) fn call(&self, routing: &Routing<'_>, plan: &Plan, request: &Request) -> Answer {
        let perform = || Answer {
            response: self.perform(routing.world, routing.now, plan, routing.values, request),
            ..Answer::default()
        };
        if self.faults.is_empty() {
            return perform();
        }
        let delay = self.late(plan);
        let mut answer = self.struck(plan, perform);
        if let Some(delay) = delay {
            answer.delay = delay;
            answer.note(&FaultKind::Latency);
        }
        answer
    }

    fn struck(&self, plan: &Plan, perform: impl FnOnce() -> Answer) -> Answer {
        let reset = self.strike(plan, &FaultKind::Reset);
        if reset.as_ref().is_some_and(|rule| !rule.after) {
            let mut answer = Answer { mishap: Mishap::Reset, ..Answer::default() };
            answer.note(&FaultKind::Reset);
            return answer;
        }
        if let Some(rule) = self.strike(plan, &FaultKind::Status) {
            let refusal = Refusal::plain(rule.status.unwrap_or(503), Reason::Fault, "A fault, injected");
            let mut answer = Answer { response: self.refusal(Some(plan), &refusal), ..Answer::default() };
            answer.note(&FaultKind::Status);
            return answer;
        }
        let mut answer = perform();
        let garbage = self.strike(plan, &FaultKind::Garbage);
        let on_the_way = reset
            .or_else(|| self.strike(plan, &FaultKind::Truncate))
            .or_else(|| self.strike(plan, &FaultKind::Slow));
        for rule in garbage.iter().chain(&on_the_way) {
            answer.suffer(rule);
            answer.note(&rule.kind);
        }
        answer
    }

    /// The delay of a latency fault that strikes now.
    fn late(&self, plan: &Plan) -> Option<Duration> {
        let latency = self.strike(plan, &FaultKind::Latency)?.latency?;
        let number = self.drawn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Some(latency.draw(self.seed().derive("late").nth(number)))
    }

    fn strike(&self, plan: &Plan, kind: &FaultKind) -> Option<FaultRule> {
        self.faults.strike(&plan.operation.head, |k| k == kind)
    }

    /// Whether a fault of this kind strikes now.
    pub(in crate::mock) fn strikes(&self, plan: &Plan, kind: &FaultKind) -> bool {
        !self.faults.is_empty() && self.strike(plan, kind).is_some()
    }

    /// The delay that every answer has.
    pub(in crate::mock) fn delay(&self) -> Duration {
        let Some(latency) = self.settings.latency else { return Duration::ZERO };
        let number = self.drawn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        latency.draw(self.seed().derive("latency").nth(number))
    }

    /// Checks that a rule can strike at all.
    ///
    /// # Errors
    /// [`MockError::Fault`] for a kind that nothing declares, [`MockError::FaultOperation`] for an operation that the
    /// contract does not have.
    pub fn check_fault(&self, rule: &FaultRule) -> Result<(), MockError> {
        if let FaultKind::Declared(name) = &rule.kind {
            let declared = || self.resources.all.iter().filter_map(|r| r.fault().map(|f| f.name.as_str()));
            if !declared().any(|known| known == name) {
                let known = FaultKind::GENERAL.into_iter().chain(declared()).collect::<Vec<_>>().join(", ");
                return Err(MockError::Fault { name: name.clone(), known });
            }
        }
        if let Some(name) = &rule.operation
            && !self.contract.heads().iter().any(|head| rule.concerns(head))
        {
            let heads = self.contract.heads().iter();
            let nearest = heads.min_by_key(|head| strsim::damerau_levenshtein(&head.id, name));
            let nearest = nearest.map_or("none at all", |head| head.id.as_str()).to_owned();
            return Err(MockError::FaultOperation { name: name.clone(), nearest });
        }
        Ok(())
    }
}
