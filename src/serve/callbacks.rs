//! Sending callbacks and webhooks: with a time limit for each try, and more tries after growing pauses.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use crate::base::limits::{CALLBACK_ATTEMPTS_MAX, CALLBACKS_AT_ONCE_MAX};
use crate::mock::Mock;
use crate::mock::callback::{CallState, Job};
use crate::mock::journal::breaches;
use crate::serve::site::Slot;

/// Sends what comes out of the queue, a few at once, until the queue is closed.
pub(super) async fn work(slot: Arc<Slot>, mut queue: mpsc::Receiver<Job>) {
    let mut under_way = JoinSet::new();
    while let Some(job) = queue.recv().await {
        while under_way.len() >= CALLBACKS_AT_ONCE_MAX {
            under_way.join_next().await;
        }
        let mock = slot.mock();
        under_way.spawn(async move { deliver(&mock, job).await });
    }
    while under_way.join_next().await.is_some() {}
}

async fn deliver(mock: &Mock, job: Job) {
    let settings = &mock.settings().callbacks;
    let finish = |state: CallState| mock.outbox().change(job.number, |call| call.state = state);
    let Some(sender) = &settings.sender else {
        return finish(CallState::NotSent("there is nothing that sends".to_owned()));
    };
    let request = match mock.compose_call(&job) {
        Ok(request) => request,
        Err(reason) => return finish(CallState::NotSent(reason)),
    };
    mock.outbox().change(job.number, |call| call.sent = Some(request.clone()));
    let base = origin(&job.url);
    let attempts = settings.attempts.clamp(1, CALLBACK_ATTEMPTS_MAX);
    for attempt in 1..=attempts {
        let outcome = sender.send(&base, &request, settings.timeout).await;
        let (state, again) = match &outcome {
            Ok(answer) if (200..300).contains(&answer.status) => (CallState::Delivered, false),
            Ok(answer) => {
                let again = answer.status == 429 || answer.status >= 500;
                (CallState::Failed(format!("it was answered with {}", answer.status)), again)
            }
            Err(error) => (CallState::Failed(error.to_string()), true),
        };
        let last = !again || attempt == attempts;
        mock.outbox().change(job.number, |call| {
            call.attempts = attempt;
            if let Ok(answer) = &outcome {
                call.status = Some(answer.status);
                let found = mock.judge().response(&job.operation, answer);
                call.breaches = Some(breaches(mock.contract(), &found, mock.redactor()));
            }
            if last {
                call.state = state;
            }
        });
        if last {
            return;
        }
        tokio::time::sleep(settings.backoff * 2_u32.pow(attempt - 1)).await;
    }
}

/// Scheme, host and port.
fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}
