//! Judging an answer where it holds up nobody: long ones on threads of their own, a few at once, for a limited time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::base::limits::{
    RESPONSE_JUDGED_ASIDE_BYTES_MIN, RESPONSE_KEPT_BYTES_MAX, RESPONSES_JUDGED_ASIDE_MAX,
};
use crate::check::Failure;
use crate::contract::Operation;
use crate::exercise::inspect::{Failed, Inspector};
use crate::generate::case::Case;
use crate::wire::{Exchange, Response, SendError};

/// The check whose failure it is when an answer can't be judged in time.
const CHECK: &str = "answered";

/// Judges long answers.
pub(super) struct Aside {
    places: Arc<Semaphore>,
    time_max: Duration,
}

impl Aside {
    pub(super) fn new(time_max: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(RESPONSES_JUDGED_ASIDE_MAX)), time_max }
    }

    /// What the checks say about an answer. No more of it is kept then than is shown or compared later.
    pub(super) async fn inspect(
        &self,
        inspector: &Arc<Inspector>,
        operation: &Arc<Operation>,
        case: &Case,
        (outcome, elapsed): (Result<Response, SendError>, Duration),
    ) -> (Exchange, Vec<Failed>) {
        let length = outcome.as_ref().map_or(0, |response| response.body.len());
        if length < RESPONSE_JUDGED_ASIDE_BYTES_MIN {
            return inspector.inspect(operation, case, outcome, elapsed);
        }
        let unjudged = |outcome: Result<Response, SendError>| {
            let exchange = Exchange { request: case.request.clone(), outcome: outcome.map(cut), elapsed };
            let known = inspector.checks().iter().any(|check| check.name() == CHECK);
            let failure = Failure::new("unjudged", "The answer could not be judged within the time limit.")
                .expected(
                    "an answer that can be judged",
                    format!("{length} bytes, not done in {:?}", self.time_max),
                );
            let failed = Failed { check: CHECK, failure };
            (exchange, known.then_some(failed).into_iter().collect())
        };
        // Never closed; were it, nothing would be judged.
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return unjudged(outcome) };
        let work = {
            let (inspector, operation) = (Arc::clone(inspector), Arc::clone(operation));
            let (case, outcome) = (case.clone(), outcome.clone());
            move || {
                let (mut exchange, failed) = inspector.inspect(&operation, &case, outcome, elapsed);
                exchange.outcome = exchange.outcome.map(cut);
                // Held as long as it is worked on, also when nobody waits any more.
                drop(place);
                (exchange, failed)
            }
        };
        match tokio::time::timeout(self.time_max, tokio::task::spawn_blocking(work)).await {
            Ok(Ok(judged)) => judged,
            // Out of time, or a panic, which is a bug of ours.
            Ok(Err(_)) | Err(_) => unjudged(outcome),
        }
    }
}

/// An answer with as much of its body as is kept, in memory of its own.
fn cut(mut response: Response) -> Response {
    if response.body.len() > RESPONSE_KEPT_BYTES_MAX {
        response.body = Bytes::copy_from_slice(&response.body[..RESPONSE_KEPT_BYTES_MAX]);
        response.truncated = true;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_long_body_lets_go_of_the_rest() {
        let whole = Bytes::from(vec![b'x'; RESPONSE_KEPT_BYTES_MAX + 1]);
        let kept = cut(Response { status: 200, body: whole.clone(), ..Response::default() });
        assert_eq!((kept.body.len(), kept.truncated), (RESPONSE_KEPT_BYTES_MAX, true));
        assert!(whole.is_unique());
        let short = cut(Response { status: 200, body: "x".into(), ..Response::default() });
        assert_eq!((short.body.len(), short.truncated), (1, false));
    }
}
