//! Content codings around the engine: bodies of requests are unpacked, those of answers packed where that is wanted
//! and worth it.

use crate::base::limits::{COMPRESSED_BYTES_MIN, REQUEST_BODY_BYTES_MAX};
use crate::wire::coding::{self, AcceptEncoding, CodingError, Wanted, compressible};
use crate::wire::{Request, Response};

/// What marks the entity tag of the packed form (RFC 9110 §8.8.3.3: it needs another tag than the plain one).
const TAG_MARK: &str = "--gzip";

/// Makes of a request the one that would have come without codings.
///
/// # Errors
/// The status (400, 413, 415) and why.
pub(crate) fn unpack(request: &mut Request) -> Result<(), (u16, String)> {
    for name in ["if-match", "if-none-match"] {
        for (_, value) in request.headers.0.iter_mut().filter(|(n, _)| n.eq_ignore_ascii_case(name)) {
            if let Ok(text) = std::str::from_utf8(value)
                && text.contains(TAG_MARK)
            {
                *value = text.replace(&format!("{TAG_MARK}\""), "\"").into();
            }
        }
    }
    let Some(body) = &request.body else { return Ok(()) };
    let codings = coding::codings(&request.headers);
    if codings.is_empty() {
        return Ok(());
    }
    let body = coding::decode(body, &codings, REQUEST_BODY_BYTES_MAX).map_err(|error| match error {
        CodingError::Unknown(_) | CodingError::TooMany => (415, error.to_string()),
        CodingError::Broken(_) => (400, error.to_string()),
        CodingError::TooLong(_) => (413, error.to_string()),
    })?;
    request.body = (!body.is_empty()).then_some(body);
    Ok(())
}

/// Whether a request's body was packed.
pub(crate) fn is_packed(request: &Request) -> bool {
    request.headers.get("content-encoding").is_some()
}

/// Says which codings are taken, with a refusal of others (RFC 9110 §15.5.16).
pub(super) fn taken(response: &mut Response) {
    response.headers.set("accept-encoding", "gzip, identity");
}

/// Packs an answer where its client wants that. Done before HEAD loses its body, so that both have the same headers.
pub(super) fn pack(request: &Request, response: &mut Response) {
    let plain = !response.body.is_empty()
        && response.headers.get("content-encoding").is_none()
        // A part of the plain form (RFC 9110 §15.3.7).
        && response.status != 206;
    if !plain {
        return;
    }
    let media = response.headers.get_str("content-type").unwrap_or_default();
    let worth = response.body.len() >= COMPRESSED_BYTES_MIN && compressible(media);
    if worth {
        vary(response);
    }
    if request.headers.get("accept-encoding").is_none() {
        return;
    }
    match AcceptEncoding::of(&request.headers).wanted() {
        Wanted::Gzip if worth => {}
        Wanted::OnlyGzip => vary(response),
        // Where neither form is acceptable, the plain one is sent rather than an error (RFC 9110 §12.5.3).
        Wanted::Gzip | Wanted::Identity | Wanted::Nothing => return,
    }
    response.body = coding::gzip(&response.body);
    response.headers.push("content-encoding", "gzip");
    if let Some(tag) = response.headers.get_str("etag").and_then(|tag| tag.strip_suffix('"')) {
        let marked = format!("{tag}{TAG_MARK}\"");
        response.headers.set("etag", marked);
    }
}

/// Says that the answer depends on `Accept-Encoding`, besides what it says already.
fn vary(response: &mut Response) {
    let names = response.headers.all("vary").any(|value| {
        let text = String::from_utf8_lossy(value);
        text.split(',').any(|name| name.trim() == "*" || name.trim().eq_ignore_ascii_case("accept-encoding"))
    });
    if !names {
        response.headers.push("vary", "Accept-Encoding");
    }
}
