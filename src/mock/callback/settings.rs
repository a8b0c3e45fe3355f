//! How callbacks and webhooks are sent, and what sends them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::HostRule;
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
    /// How often a call is tried, at most [`CALLBACK_ATTEMPTS_MAX`](crate::base::limits::CALLBACK_ATTEMPTS_MAX) times: no answer, 429 and 5xx are tried again.
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
