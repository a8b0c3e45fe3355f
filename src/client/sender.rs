//! The client: which sender takes a request.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use crate::client::{BaseUrl, BaseUrlError, ClientSettings, http, raw};
use crate::wire::coding::{self, CodingError};
use crate::wire::{Exchange, Request, Response, SendError};

/// Sends requests to one base URL. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    base: BaseUrl,
    settings: ClientSettings,
    raw: raw::Sender,
    http: Option<http::Sender>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.inner.base.to_string()).finish_non_exhaustive()
    }
}

/// Why a client can't be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The base URL is of no use.
    #[error(transparent)]
    BaseUrl(#[from] BaseUrlError),
    /// TLS can't be set up.
    #[error("TLS can't be set up: {0}")]
    Tls(String),
}

impl Client {
    /// A client for `url` and what is below it. No connection is made yet.
    ///
    /// # Errors
    /// When the URL is no http or https URL, or TLS can't be set up.
    pub fn new(url: &str, settings: ClientSettings) -> Result<Self, ClientError> {
        let base = BaseUrl::parse(url)?;
        // Plain HTTP goes over our own sockets, unless a proxy is wanted.
        let http = (base.is_tls() || settings.environment_proxies)
            .then(|| http::Sender::new(&settings))
            .transpose()
            .map_err(ClientError::Tls)?;
        let raw = raw::Sender::new(base.clone());
        Ok(Self { inner: Arc::new(Inner { base, settings, raw, http }) })
    }

    /// The base URL.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.inner.base
    }

    /// Sends a request and reads its answer: no redirect is followed, nothing is sent twice (but see
    /// `raw` for connections that turn out to be closed).
    pub async fn send(&self, request: &Request) -> Exchange {
        let start = Instant::now();
        let outcome = self.outcome(request).await;
        Exchange { request: request.clone(), outcome, elapsed: start.elapsed() }
    }

    /// [`Client::send`], for callers that keep the request themselves.
    ///
    /// # Errors
    /// [`SendError`]: no connection, no answer in time, no HTTP, or nothing that can be sent.
    pub async fn outcome(&self, request: &Request) -> Result<Response, SendError> {
        let Inner { settings, http, raw, base } = &*self.inner;
        let sending = async {
            match http {
                Some(http) => match http.prepare(base, request) {
                    Some(prepared) => http.send(prepared, settings).await,
                    None if base.is_tls() => Err(SendError::Unsendable(
                        "over TLS only well-formed requests can be sent".to_owned(),
                    )),
                    None => raw.send(request, settings).await,
                },
                None => raw.send(request, settings).await,
            }
        };
        // Unpacking belongs to what the time limit is for.
        let sending = async { unpacked(sending.await?, settings.body_bytes_max).await };
        match tokio::time::timeout(settings.timeout, sending).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SendError::Timeout(settings.timeout)),
        }
    }
}

/// From how many packed bytes on a body is unpacked off the threads that send and receive.
const UNPACKED_ASIDE_BYTES_MIN: usize = 16 * 1024;

/// An answer without its content codings; the headers stay. What has codings that are not known here stays as it is: the
/// request asked for none of them.
async fn unpacked(mut response: Response, limit: usize) -> Result<Response, SendError> {
    let codings = coding::codings(&response.headers);
    if codings.is_empty() || response.body.is_empty() || response.truncated {
        return Ok(response);
    }
    let decoded = if response.body.len() < UNPACKED_ASIDE_BYTES_MIN {
        coding::decode(&response.body, &codings, limit)
    } else {
        let body = response.body.clone();
        let work = move || coding::decode(&body, &codings, limit);
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| SendError::Packed(error.to_string()))?
    };
    match decoded {
        Ok(body) => response.body = body,
        Err(CodingError::Unknown(_)) => {}
        // As with a body that is too long as it is.
        Err(CodingError::TooLong(_)) => {
            response.body = Bytes::new();
            response.truncated = true;
        }
        Err(error @ (CodingError::Broken(_) | CodingError::TooMany)) => {
            return Err(SendError::Packed(error.to_string()));
        }
    }
    Ok(response)
}
