//! One request and its answer: actix's messages into [`crate::wire`]'s and back.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Version};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::{Bytes, BytesMut};
use futures_util::stream;

use super::mishap::{break_connection, cut, slowly};
use super::patience::{Busy, busy};
use crate::mock::site::Site;
use crate::mock::{Answer, Mishap, Mock};
use crate::wire::{Headers, Request};

pub(super) async fn handle(
    site: web::Data<Arc<Site>>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let busy = busy(&request);
    let came = site.observers.came(version(request.version()));
    let asked = asked(&request);
    let body = read(&request, payload, site.body_timeout).await;
    let (mut answer, seen) = site.answer(asked, body, came);
    // What the answer tells of must not be lost once it has left.
    if let Err(reason) = std::mem::take(&mut answer.commit).done().await {
        answer.response = site.root().unsaved(&reason);
    }
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    if let (Some(mut seen), Some(came)) = (seen, came) {
        seen.elapsed = came.since.elapsed();
        site.observers.tell(seen);
    }
    answered(&request, answer, busy)
}

/// The version of HTTP as HAR writes it.
fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

/// The body. A message of HTTP/1 without both length and transfer coding has none (RFC 9112 §6.3): what follows
/// CONNECT or an upgrade is not waited for.
async fn read(request: &HttpRequest, payload: web::Payload, limit: Duration) -> Result<Bytes, (u16, String)> {
    let framed = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
    let bare = !framed.iter().any(|name| request.headers().contains_key(name));
    if bare && request.version() < Version::HTTP_2 {
        return Ok(Bytes::new());
    }
    match tokio::time::timeout(limit, payload.to_bytes_limited(Mock::body_bytes_max(request.path()))).await {
        Err(_) => Err((408, "The body did not come in time".to_owned())),
        Ok(Err(_)) => Err((413, "The body is too long".to_owned())),
        Ok(Ok(Err(error))) => Err((400, format!("The body can't be read: {error}"))),
        Ok(Ok(Ok(bytes))) => Ok(bytes),
    }
}

/// The request as the engine knows it.
fn asked(request: &HttpRequest) -> Request {
    let uri = request.uri();
    let target = uri.path_and_query().map_or_else(|| uri.path().to_owned(), |pq| pq.as_str().to_owned());
    let fields = request.headers();
    let mut headers = Headers(Vec::with_capacity(fields.len() + 1));
    // All values in one piece of memory: there is one request at a time to be freed, not each of its fields.
    let mut all = BytesMut::with_capacity(fields.iter().map(|(_, value)| value.len()).sum());
    for (name, value) in fields {
        all.extend_from_slice(value.as_bytes());
        headers.push(name.as_str(), all.split().freeze());
    }
    if request.version() >= Version::HTTP_2
        && headers.get("host").is_none()
        && let Some(authority) = uri.authority()
    {
        // HTTP/2 says it in `:authority` (RFC 9113 §8.3.1).
        headers.push("host", authority.as_str().to_owned());
    }
    Request { method: request.method().as_str().to_owned(), target, headers, body: None }
}

/// A body that holds on to something until it is sent.
fn holding<T>(body: Bytes, held: T) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::unfold((Some(body), held), |(body, held)| {
        std::future::ready(body.map(|body| (Ok(body), (None, held))))
    })
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
fn answered(request: &HttpRequest, answer: Answer, busy: Option<Busy>) -> HttpResponse {
    let response = answer.response;
    let pieces = crate::mock::stream::pieces(&response);
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
    if request.method() == actix_web::http::Method::HEAD {
        return builder
            .body(SizedStream::new(length as u64, stream::empty::<Result<Bytes, std::io::Error>>()));
    }
    match answer.mishap {
        Mishap::None => match answer.calls {
            None if let Some(pieces) = pieces => builder.streaming(item_by_item(pieces)),
            None => builder.body(body),
            Some(calls) => builder.body(SizedStream::new(body.len() as u64, holding(body, calls))),
        },
        Mishap::Slow(pace) => builder.body(SizedStream::new(body.len() as u64, slowly(body, pace, busy))),
        Mishap::Truncate(bytes) if body.len() > 1 => {
            // A whole body would be none that ends early.
            let kept = bytes.map_or(body.len() / 2, |n| usize::try_from(n).unwrap_or(usize::MAX));
            let kept = kept.min(body.len() - 1);
            builder.body(SizedStream::new(body.len() as u64, cut(body.slice(..kept))))
        }
        Mishap::Truncate(_) | Mishap::Reset => {
            break_connection(request);
            builder.finish()
        }
    }
}
