//! Sending: with a time limit for each try, and more tries after growing pauses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use super::compose::compose;
use super::{CallState, HostRule, Job};
use crate::base::limits::{CALLBACK_ATTEMPTS_MAX, CALLBACKS_AT_ONCE_MAX};
use crate::mock::Mock;
use crate::mock::journal::breaches;
use crate::mock::site::Slot;
use crate::wire::{Request, Response, SendError};

/// Sends a request to somewhere. The mock itself knows no client: whoever starts it brings one.
pub trait Outgoing: Send + Sync + fmt::Debug {
    /// Sends `request` to `base` (`http://host:port`), following no redirect, and waits no longer than `timeout`.
    fn send<'a>(
        &'a self,
        base: &'a str,
        request: &'a Request,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Response, SendError>>;
}

/// How callbacks and webhooks are sent.
#[derive(Clone, Debug)]
pub struct CallbackSettings {
    /// What sends them; without one nothing is sent.
    pub sender: Option<Arc<dyn Outgoing>>,
    /// The hosts that they may go to; none by default.
    pub hosts: Vec<HostRule>,
    /// How often a call is tried, at most [`CALLBACK_ATTEMPTS_MAX`] times: no answer, 429 and 5xx are tried again.
    pub attempts: u32,
    /// The pause before the second try; it doubles from try to try.
    pub backoff: Duration,
    /// How long one try may take.
    pub timeout: Duration,
}

impl Default for CallbackSettings {
    fn default() -> Self {
        Self {
            sender: None,
            hosts: Vec::new(),
            attempts: 4,
            backoff: Duration::from_millis(500),
            timeout: Duration::from_secs(10),
        }
    }
}

/// Sends what comes out of the queue, a few at once, until the queue is closed.
pub(in crate::mock) async fn work(slot: Arc<Slot>, mut queue: mpsc::Receiver<Job>) {
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
    let settings = &mock.settings.callbacks;
    let finish = |state: CallState| mock.outbox.change(job.number, |call| call.state = state);
    let Some(sender) = &settings.sender else {
        return finish(CallState::NotSent("there is nothing that sends".to_owned()));
    };
    let request = match compose(mock, &job) {
        Ok(request) => request,
        Err(reason) => return finish(CallState::NotSent(reason)),
    };
    mock.outbox.change(job.number, |call| call.sent = Some(request.clone()));
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
        mock.outbox.change(job.number, |call| {
            call.attempts = attempt;
            if let Ok(answer) = &outcome {
                call.status = Some(answer.status);
                let found = mock.judge.response(&job.operation, answer);
                call.breaches = Some(breaches(&mock.contract, &found, mock.redactor()));
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
