//! What brings mock and client together: callbacks leave by the client that the tester sends with.

use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::base::limits::CALLBACK_ANSWER_BYTES_MAX;
use crate::client::{Client, ClientSettings};
use crate::mock::callback::Outgoing;
use crate::wire::{Request, Response, SendError};

/// Sends callbacks over HTTP and HTTPS. Redirects are not followed, proxies of the environment not used.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpSender;

impl Outgoing for HttpSender {
    fn send<'a>(
        &'a self,
        base: &'a str,
        request: &'a Request,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Response, SendError>> {
        Box::pin(async move {
            let body_bytes_max = CALLBACK_ANSWER_BYTES_MAX;
            let settings = ClientSettings { timeout, body_bytes_max, ..ClientSettings::default() };
            let client =
                Client::new(base, settings).map_err(|error| SendError::Unsendable(error.to_string()))?;
            client.outcome(request).await
        })
    }
}
