//! One request and its answer: actix's messages into [`crate::wire`]'s and back.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::RequestHead;
use actix_http::body::BoxBody;
use actix_web::body::SizedStream;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Version};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::{Bytes, BytesMut};
use futures_util::stream;

use super::mishap::{break_connection, cut, slowly};
use super::patience::{Busy, Connection, busy};
use super::pool::Pool;
use super::reading::{Body, Budgets, Extent, Framing, on_head};
use crate::base::limits::{HEAVY_BODY_BYTES, HEAVY_HEAD_BYTES};
use crate::mock::{Answer, Mishap, coding};
use crate::serve::outlet::{Came, Seen};
use crate::serve::site::{Placed, Site};
use crate::wire::{Headers, Request};

/// What all workers of a server share.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) site: Arc<Site>,
    pool: Pool,
    budgets: Budgets,
}

impl Service {
    pub(super) fn new(site: &Arc<Site>) -> Arc<Self> {
        Arc::new(Self { site: Arc::clone(site), pool: Pool::default(), budgets: Budgets::default() })
    }

    /// The answer, made here where that is quick, else away from the thread that serves the connection.
    async fn answer(
        self: &Arc<Self>,
        asked: Placed,
        body: Body,
        came: Option<Came>,
    ) -> (Answer, Option<Seen>) {
        let Body { bytes, room, .. } = body;
        let head = &asked.request;
        let long = head.target.len() + head.headers.iter().map(|(_, value)| value.len()).sum::<usize>();
        // HEAD is always answered here: the server takes the last request that it has read for the one that is answered,
        // and with a pipelined one behind HEAD it would miss the body that there is none of, and drop the connection.
        let light = head.method == "HEAD"
            || long < HEAVY_HEAD_BYTES
                && bytes.as_ref().map_or(0, Bytes::len) < HEAVY_BODY_BYTES
                && !coding::is_packed(head)
                && self.site.is_light(&asked);
        if light {
            return self.site.answer(asked, bytes, came);
        }
        if let Err((400, message)) = &bytes {
            // The server drops a connection whose body it can't read unless it is answered at once.
            return self.site.unanswered(&asked, 400, message, came);
        }
        let (shared, spare) = (Arc::clone(self), asked.clone());
        let make = move || {
            let made = shared.site.answer(asked, bytes, came);
            drop(room);
            made
        };
        match self.pool.run(self.site.answer_timeout, make).await {
            Ok(made) => made,
            Err(failure) => self.site.unanswered(&spare, 503, &failure.to_string(), came),
        }
    }
}

pub(super) async fn handle(
    service: web::Data<Arc<Service>>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let busy = busy(request.conn_data::<Arc<Connection>>());
    let site = &service.site;
    let came = site.observers.came(version(request.version()));
    let asked = site.place(asked(request.head()));
    let framing = framing(request.head());
    let too_many = busy.as_ref().is_some_and(Busy::is_too_many);
    let mut body = match on_head(site, &asked, framing) {
        _ if too_many => {
            Body::unread((503, "The connection has too many requests at once".to_owned()), payload)
        }
        Err(refused) => Body::unread(refused, payload),
        Ok(_) if framing == Framing::None => Body::none(),
        Ok(extent) => service.budgets.read(asked.control, extent, payload, site.body_timeout).await,
    };
    let unread = body.unread.take();
    let answer = sent(&service, asked, body, came).await;
    let way = Way { method: request.method(), connection: request.conn_data::<Arc<Connection>>(), unread };
    answered(way, answer, busy)
}

/// Decides whether a client that waits for it (`Expect: 100-continue`, RFC 9110 §10.1.1) shall send its body.
///
/// # Errors
/// The answer, where that does not depend on the body.
pub(super) async fn expected(
    service: &Arc<Service>,
    request: &actix_http::Request,
) -> Result<(), actix_http::Response<BoxBody>> {
    let head = request.head();
    let asked = service.site.place(asked(head));
    let body = match on_head(&service.site, &asked, framing(head)) {
        Ok(Extent::All(_) | Extent::First(_)) => return Ok(()),
        Ok(Extent::Nothing(_)) => Body::none(),
        Err(refused) => Body { bytes: Err(refused), ..Body::none() },
    };
    let busy = busy(request.conn_data::<Arc<Connection>>());
    let came = service.site.observers.came(version(head.version));
    let answer = sent(service, asked, body, came).await;
    let way = Way { method: &head.method, connection: request.conn_data::<Arc<Connection>>(), unread: None };
    Err(answered(way, answer, busy).into())
}

/// The answer once it may leave; observers are told of it.
async fn sent(service: &Arc<Service>, asked: Placed, body: Body, came: Option<Came>) -> Answer {
    let (mut answer, seen) = service.answer(asked, body, came).await;
    // What the answer tells of must not be lost once it has left.
    if let Err(reason) = std::mem::take(&mut answer.commit).done().await {
        answer.response = service.site.root().unsaved(&reason);
    }
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    if let (Some(mut seen), Some(came)) = (seen, came) {
        seen.elapsed = came.since.elapsed();
        service.site.observers.tell(seen);
    }
    answer
}

/// The version of HTTP as HAR writes it.
fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

/// What a head says of the body. A message of HTTP/1 without both length and transfer coding has none (RFC 9112 §6.3):
/// what follows CONNECT or an upgrade is not waited for.
fn framing(head: &RequestHead) -> Framing {
    let fields = &head.headers;
    if fields.contains_key(header::TRANSFER_ENCODING) {
        return Framing::Open;
    }
    match fields.get(header::CONTENT_LENGTH) {
        Some(value) => {
            let length = value.to_str().ok().and_then(|text| text.trim().parse().ok());
            length.map_or(Framing::Open, Framing::Length)
        }
        None if head.version < Version::HTTP_2 => Framing::None,
        None => Framing::Open,
    }
}

/// The request as the engine knows it.
fn asked(head: &RequestHead) -> Request {
    let uri = &head.uri;
    let target = uri.path_and_query().map_or_else(|| uri.path().to_owned(), |pq| pq.as_str().to_owned());
    let fields = &head.headers;
    let mut headers = Headers(Vec::with_capacity(fields.len() + 1));
    // All values in one piece of memory: there is one request at a time to be freed, not each of its fields.
    let mut all = BytesMut::with_capacity(fields.iter().map(|(_, value)| value.len()).sum());
    for (name, value) in fields {
        all.extend_from_slice(value.as_bytes());
        headers.push(name.as_str(), all.split().freeze());
    }
    if (head.version >= Version::HTTP_2 || uri.scheme().is_some())
        && let Some(authority) = uri.authority()
    {
        // HTTP/2 says it in `:authority` (RFC 9113 §8.3.1), HTTP/1 where the target is a whole URL: then that counts,
        // whatever `Host` says (RFC 9112 §3.2.2).
        headers.set("host", authority.as_str().to_owned());
    }
    Request { method: head.method.as_str().to_owned(), target, headers, body: None }
}

/// The way an answer goes.
struct Way<'r> {
    /// The request's method.
    method: &'r Method,
    /// The connection.
    connection: Option<&'r Arc<Connection>>,
    /// What was not read of the request's body, held until the answer is sent.
    unread: Option<web::Payload>,
}

/// A body that holds on to something until it is sent and gone: the server looks at the rest of the request once the last
/// byte of the answer is out.
struct Holding<T> {
    body: Option<Bytes>,
    _held: T,
}

impl<T: Unpin> futures_util::Stream for Holding<T> {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.body.take().map(Ok))
    }
}

fn holding<T: Unpin>(body: Bytes, held: T) -> SizedStream<Holding<T>> {
    SizedStream::new(body.len() as u64, Holding { body: Some(body), _held: held })
}

/// How long the items of a stream are apart: so each leaves by itself.
const ITEM_PAUSE: Duration = Duration::from_millis(10);

/// A stream, with pauses between its items.
fn item_by_item(pieces: Vec<Bytes>) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::unfold((pieces.into_iter(), false), |(mut rest, begun)| async move {
        let piece = rest.next()?;
        if begun {
            tokio::time::sleep(ITEM_PAUSE).await;
        }
        Some((Ok(piece), (rest, true)))
    })
}

/// The answer as actix sends it, with its mishap.
fn answered(way: Way<'_>, answer: Answer, busy: Option<Busy>) -> HttpResponse {
    let response = answer.response;
    let pieces = crate::mock::pieces(&response);
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    let mut length = response.body.len();
    for (name, value) in response.headers.0 {
        if name.eq_ignore_ascii_case("content-length") {
            // The engine's word where there is no body to measure: the answer to HEAD.
            length = std::str::from_utf8(&value).ok().and_then(|v| v.parse().ok()).unwrap_or(length);
            continue;
        }
        // The one that nearly every answer has need not be looked up.
        let name = match name.as_str() {
            "content-type" => Ok(header::CONTENT_TYPE),
            other => HeaderName::from_bytes(other.as_bytes()),
        };
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_maybe_shared(value)) {
            builder.append_header((name, value));
        }
    }
    let body = response.body;
    if *way.method == Method::HEAD {
        return builder
            .body(SizedStream::new(length as u64, stream::empty::<Result<Bytes, std::io::Error>>()));
    }
    match answer.mishap {
        Mishap::None => match answer.calls {
            None if way.unread.is_some() => builder.body(holding(body, way.unread)),
            None if let Some(pieces) = pieces => builder.streaming(item_by_item(pieces)),
            None => builder.body(body),
            Some(calls) => builder.body(holding(body, calls)),
        },
        Mishap::Slow(pace) => builder.body(SizedStream::new(body.len() as u64, slowly(body, pace, busy))),
        Mishap::Truncate(bytes) if body.len() > 1 => {
            // A whole body would be none that ends early.
            let kept = bytes.map_or(body.len() / 2, |n| usize::try_from(n).unwrap_or(usize::MAX));
            let kept = kept.min(body.len() - 1);
            builder.body(SizedStream::new(body.len() as u64, cut(body.slice(..kept))))
        }
        Mishap::Truncate(_) | Mishap::Reset => {
            break_connection(way.connection);
            builder.finish()
        }
    }
}
