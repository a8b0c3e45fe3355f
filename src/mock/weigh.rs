//! Which requests are answered at once, on the thread that serves their connection, and which away from it; and what is
//! answered where no answer is made.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::base::limits::LIGHT_MILLISECONDS_MAX;
use crate::contract::OperationIndex;
use crate::framework::{Reason, Refusal};
use crate::mock::control::problem;
use crate::mock::prefer::Prefer;
use crate::mock::respond::authenticate;
use crate::mock::{Answer, Mock, StateMode, coding};
use crate::wire::{Request, Response};

/// In how many seconds a client that was answered 503 may ask again.
const RETRY_AFTER: &str = "1";

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
pub(super) struct Pace {
    /// It was not made quickly, or never yet.
    slow: Vec<AtomicBool>,
}

impl Pace {
    pub(super) fn new(operations: usize) -> Self {
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
}

impl Mock {
    /// Whether a request is answered quickly, as far as can be told: one of its operation was, whose schemas were
    /// compiled and whose success was made for it, and nothing else is to be generated for this one.
    pub(crate) fn is_light(&self, request: &Request) -> bool {
        let made = request.headers.get("prefer").is_some() && {
            let prefer = Prefer::of(&request.headers);
            prefer.dynamic.is_some() || prefer.seed.is_some() || prefer.example.is_some()
        };
        let steered = self.settings.query_preferences && request.target.contains("__");
        !made && !steered && self.pace.is_quick(self.operation_of(request))
    }

    fn operation_of(&self, request: &Request) -> Option<OperationIndex> {
        let target = self.below_prefix(&request.target);
        let found = self.router.operation(&request.method, target);
        found.or_else(|| (request.method == "HEAD").then(|| self.router.operation("GET", target)).flatten())
    }

    /// Notes how long an answer took to make.
    pub(crate) fn paced(&self, answer: &Answer, took: Duration) {
        let made = match answer.operation {
            // A success's schema is compiled, and its value generated, with the first of them.
            Some(index) => self.plans_made(index),
            None => matches!(answer.response.status, 404 | 405),
        };
        let slow = took > Duration::from_millis(LIGHT_MILLISECONDS_MAX);
        if (made || slow)
            && let Some(known) = self.pace.of(answer.operation)
            && known.load(Ordering::Relaxed) != slow
        {
            known.store(slow, Ordering::Relaxed);
        }
    }

    /// How much of its body the answer to a request of this head depends on.
    pub(crate) fn need(&self, head: &Request) -> Need {
        if !self.expectations.is_empty() || head.headers.get("prefer").is_some() {
            return Need::All;
        }
        let Some(index) = self.operation_of(head) else { return Need::Nothing };
        let Some(plan) = self.plan_made(index) else { return Need::All };
        // A framework may read the body before anything else; callbacks are told of it.
        if !matches!(plan.framework.get(), Some(None)) || !plan.operation.callbacks.is_empty() {
            return Need::All;
        }
        if self.settings.auth
            && authenticate::challenge(self.house(), &plan.operation, self.contract.security_schemes(), head)
                .is_some()
        {
            return Need::Nothing;
        }
        let planned = plan.planned.get().filter(|_| self.settings.validate_requests);
        if planned.is_some_and(|planned| !planned.takes_media(&plan.operation, &head.headers)) {
            return Need::ThatItIsThere;
        }
        Need::All
    }

    /// The answer to a request whose body is too long or broken, or that is none.
    pub(crate) fn refused(&self, request: &Request, control: bool, status: u16, message: &str) -> Answer {
        let reason = match status {
            413 => Reason::TooLarge,
            415 => Reason::MediaType,
            503 => Reason::Fault,
            _ => Reason::Invalid,
        };
        let mut response = if control {
            problem(status, message)
        } else {
            self.refusal(None, &Refusal::plain(status, reason, message))
        };
        match status {
            415 => coding::taken(&mut response),
            503 => response.headers.set("retry-after", RETRY_AFTER),
            _ => {}
        }
        self.refused_early(request, control, response)
    }

    /// The answer to a request for which none was made, or not in time. It takes nothing from the contract: that may be
    /// what takes so long.
    pub(crate) fn unanswered(&self, request: &Request, control: bool, status: u16, message: &str) -> Answer {
        let mut response = problem(status, message);
        if status == 503 {
            response.headers.set("retry-after", RETRY_AFTER);
        }
        self.refused_early(request, control, response)
    }

    fn refused_early(&self, request: &Request, control: bool, response: Response) -> Answer {
        let started = Instant::now();
        let answer = Answer { response, ..Answer::default() };
        if !control {
            let now = self.world.load().clock.tick();
            self.record(now, started, request, None, &answer);
        }
        answer
    }

    /// Whether entities are remembered.
    pub(super) fn remembers(&self) -> bool {
        self.settings.state != StateMode::None
    }
}
