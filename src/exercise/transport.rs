//! Who carries requests: a client, or a function in tests.

use futures_util::future::BoxFuture;

use crate::client::Client;
use crate::wire::{Request, Response, SendError};

/// Carries a request and brings its answer.
pub trait Transport: Send + Sync {
    /// Sends the request.
    fn send<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Response, SendError>>;
}

impl Transport for Client {
    fn send<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Response, SendError>> {
        Box::pin(self.outcome(request))
    }
}

/// A target that is a function: for tests, and for services that are no process.
pub struct FunctionTransport<F>(pub F);

impl<F> Transport for FunctionTransport<F>
where
    F: Fn(&Request) -> Result<Response, SendError> + Send + Sync,
{
    fn send<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Response, SendError>> {
        let outcome = (self.0)(request);
        Box::pin(std::future::ready(outcome))
    }
}
