//! Judging a request by the contract.

use super::responder::{Asked, Responder};
use crate::framework::{Entry, Reason, Refusal};
use crate::mock::catalog::plan::Plan;
use crate::mock::refusal::refuser::entry;
use crate::resource::{Action, Link};
use crate::validate::{Breach, Part as BreachPart, RequestVerdict};
use crate::wire::Response;

impl Responder<'_> {
    /// Refuses a request that breaks the contract, unless a framework judged it already (`read`). The verdict has the
    /// values that the action reads.
    pub(super) fn validate(
        &self,
        asked: &Asked<'_>,
        link: Option<&Link>,
        read: bool,
    ) -> Result<RequestVerdict, Response> {
        let plan = asked.plan;
        let judged = self.catalog.settings().validate_requests && !read;
        if !judged && !link.is_some_and(|link| link.action.reads_values()) {
            return Ok(RequestVerdict::default());
        }
        let judge = self.catalog.judge();
        let planned = plan.planned.get_or_init(|| judge.planned(&plan.operation));
        let creates = link.is_some_and(|link| link.action == Action::Create);
        let verdict = judge.request_planned(planned, &plan.operation, asked.values, asked.request, creates);
        if judged && let Some(response) = self.invalid(plan, &verdict.breaches) {
            return Err(response);
        }
        Ok(verdict)
    }

    /// The refusal of a request that breaks the contract, if it does.
    fn invalid(&self, plan: &Plan, breaches: &[Breach]) -> Option<Response> {
        let media_type = breaches.iter().any(|b| b.part == BreachPart::MediaType);
        let unions = self.catalog.settings().unions;
        let counts = |b: &&Breach| !unions || !(b.violation.is_too_many() || b.violation.is_none_given());
        let entries: Vec<Entry> = breaches.iter().filter(counts).filter_map(entry).collect();
        if entries.is_empty() && !media_type {
            return None;
        }
        let reason = if media_type { Reason::MediaType } else { Reason::Invalid };
        let status = self.catalog.refusal_status(plan, reason);
        let mut refusal = Refusal::validation(status, entries);
        refusal.reason = reason;
        if media_type && let Some(first) = breaches.iter().find(|b| b.part == BreachPart::MediaType) {
            refusal.message.clone_from(&first.violation.message);
        }
        Some(self.catalog.refusal(Some(plan), &refusal))
    }
}
