//! Which requests are answered at once, on the thread that serves their connection, and which away from it; and how much
//! of a request's body its answer depends on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::base::limits::LIGHT_MILLISECONDS_MAX;
use crate::contract::OperationIndex;
use crate::mock::Answer;
use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::Plan;
use crate::mock::prefer::Prefer;
use crate::mock::respond::challenge;
use crate::wire::Request;

/// How much of a request's body its answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// On nothing of it.
    Nothing,
    /// On whether there is one.
    ThatItIsThere,
    /// On all of it, as far as is known.
    All,
}

/// How each operation's last answer went: by its index, and last, requests that no operation takes.
#[derive(Debug)]
pub(crate) struct Pace {
    /// It was not made quickly, or never yet.
    slow: Vec<AtomicBool>,
}

impl Pace {
    pub(crate) fn new(operations: usize) -> Self {
        Self { slow: (0..=operations).map(|_| AtomicBool::new(true)).collect() }
    }

    fn of(&self, operation: Option<OperationIndex>) -> Option<&AtomicBool> {
        match operation {
            Some(index) => self.slow.get(index.0 as usize),
            None => self.slow.last(),
        }
    }

    fn is_quick(&self, operation: Option<OperationIndex>) -> bool {
        self.of(operation).is_some_and(|slow| !slow.load(Ordering::Relaxed))
    }

    /// Whether a request is answered quickly, as far as can be told: one of its operation was, whose schemas were
    /// compiled and whose success was made for it, and nothing else is to be generated for this one.
    pub(crate) fn is_light(&self, catalog: &Catalog, request: &Request) -> bool {
        let made = request.headers.get("prefer").is_some() && {
            let prefer = Prefer::of(&request.headers);
            prefer.dynamic.is_some() || prefer.seed.is_some() || prefer.example.is_some()
        };
        let steered = catalog.settings().query_preferences && request.target.contains("__");
        !made && !steered && self.is_quick(catalog.operation_of(request))
    }

    /// Notes how long an answer took to make.
    pub(crate) fn note(&self, catalog: &Catalog, answer: &Answer, took: Duration) {
        let made = match answer.operation {
            // A success's schema is compiled, and its value generated, with the first of them.
            Some(index) => catalog.plan_made(index).is_some_and(Plan::is_made),
            None => matches!(answer.response.status, 404 | 405),
        };
        let slow = took > Duration::from_millis(LIGHT_MILLISECONDS_MAX);
        if (made || slow)
            && let Some(known) = self.of(answer.operation)
            && known.load(Ordering::Relaxed) != slow
        {
            known.store(slow, Ordering::Relaxed);
        }
    }
}

/// How much of its body the answer to a request of this head depends on, unless an expectation reads it.
pub(crate) fn need(catalog: &Catalog, head: &Request) -> Need {
    if head.headers.get("prefer").is_some() {
        return Need::All;
    }
    let Some(index) = catalog.operation_of(head) else { return Need::Nothing };
    let Some(plan) = catalog.plan_made(index) else { return Need::All };
    // A framework may read the body before anything else; callbacks are told of it.
    if !matches!(plan.framework.get(), Some(None)) || !plan.operation.callbacks.is_empty() {
        return Need::All;
    }
    let schemes = catalog.contract().security_schemes();
    if catalog.settings().auth && challenge(catalog.framework(), &plan.operation, schemes, head).is_some() {
        return Need::Nothing;
    }
    let planned = plan.planned.get().filter(|_| catalog.settings().validate_requests);
    if planned.is_some_and(|planned| !planned.takes_media(&plan.operation, &head.headers)) {
        return Need::ThatItIsThere;
    }
    Need::All
}
