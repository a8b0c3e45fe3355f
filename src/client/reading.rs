//! Reading answers off a socket, within limits (RFC 9112 §6, §7).

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::AsyncReadExt;

use crate::base::limits::{
    CHUNK_LINE_BYTES_MAX, INTERIM_ANSWERS_MAX, RESPONSE_HEAD_BYTES_MAX, RESPONSE_HEADERS_MAX,
};
use crate::client::pool::Connection;
use crate::wire::{Headers, Response};

/// Why there is no answer.
pub(super) enum Failure {
    /// The connection ended before the first byte.
    Closed,
    /// What came was no HTTP, or broke off.
    Broken(String),
}

impl Failure {
    fn broken(reason: impl Into<String>) -> Self {
        Self::Broken(reason.into())
    }
}

/// Where a body ends.
enum Framing {
    None,
    Length(usize),
    Chunked,
    Close,
}

/// The next final answer, and whether the connection can carry another request.
pub(super) async fn response(
    connection: &mut Connection,
    method: &str,
    body_bytes_max: usize,
) -> Result<(Response, bool), Failure> {
    for _ in 0..=INTERIM_ANSWERS_MAX {
        let (mut response, version, used) = head(connection).await?;
        connection.input.advance(used);
        // Interim answers are not the answer (RFC 9110 §15.2); 101 would be the last of this protocol.
        if (100..200).contains(&response.status) && response.status != 101 {
            continue;
        }
        let framing = framing(&response, method)?;
        let mut keep = keeps_alive(&response.headers, version) && response.status != 101;
        let body = match framing {
            // What came along all the same is shown, and ends the connection: it can't be told from the next answer.
            Framing::None => {
                keep &= connection.input.is_empty();
                connection.input.truncate(body_bytes_max);
                let got = connection.input.len();
                taken(&mut connection.input, got)
            }
            Framing::Length(length) => {
                response.truncated = length > body_bytes_max;
                let wanted = length.min(body_bytes_max);
                while connection.input.len() < wanted {
                    if !more(connection).await? {
                        return Err(Failure::broken(format!(
                            "{} of {length} bytes of the body came",
                            connection.input.len()
                        )));
                    }
                }
                taken(&mut connection.input, wanted)
            }
            Framing::Chunked => {
                let mut body = BytesMut::new();
                response.truncated = chunks(connection, &mut body, body_bytes_max).await?;
                body.freeze()
            }
            Framing::Close => {
                keep = false;
                while connection.input.len() <= body_bytes_max && more(connection).await? {}
                response.truncated = connection.input.len() > body_bytes_max;
                connection.input.truncate(body_bytes_max);
                let got = connection.input.len();
                taken(&mut connection.input, got)
            }
        };
        keep &= !response.truncated;
        response.body = body;
        return Ok((response, keep));
    }
    Err(Failure::broken(format!(
        "more than {INTERIM_ANSWERS_MAX} interim answers (1xx) came before an answer"
    )))
}

/// How many bytes are read at once at least.
const READ_BYTES_MIN: usize = 4 * 1024;

/// Up to how many bytes a body is copied, so that the connection keeps its memory; a longer one takes it along.
const COPIED_BYTES_MAX: usize = 64 * 1024;

/// The next bytes, which are there.
fn taken(input: &mut BytesMut, count: usize) -> Bytes {
    if count > COPIED_BYTES_MAX {
        return input.split_to(count).freeze();
    }
    let body = Bytes::copy_from_slice(&input[..count]);
    input.advance(count);
    body
}

/// Reads some more; false at the end.
async fn more(connection: &mut Connection) -> Result<bool, Failure> {
    if connection.input.capacity() - connection.input.len() < READ_BYTES_MIN {
        // A growing body is moved only as often as its length doubles.
        connection.input.reserve(connection.input.len().max(READ_BYTES_MIN));
    }
    let got = connection.stream.read_buf(&mut connection.input).await;
    got.map(|count| count > 0).map_err(|error| Failure::broken(error.to_string()))
}

/// The status line and fields, the minor version, and how many bytes they took.
async fn head(connection: &mut Connection) -> Result<(Response, u8, usize), Failure> {
    let mut looked_at = 0;
    loop {
        // Only a line end can complete it: a long section that drips in is not read again for every drop.
        let fresh = connection.input.get(looked_at..).unwrap_or_default();
        let complete = connection.input.len() < READ_BYTES_MIN || fresh.contains(&b'\n');
        let parsed = if connection.input.is_empty() || !complete { None } else { parse(&connection.input)? };
        looked_at = connection.input.len();
        // Judged by its own length too: how much one read brings is chance, and the verdict must not be.
        let length = parsed.as_ref().map_or(connection.input.len(), |(_, _, used)| *used);
        if length > RESPONSE_HEAD_BYTES_MAX {
            return Err(Failure::broken(format!(
                "the header section is longer than {RESPONSE_HEAD_BYTES_MAX} bytes"
            )));
        }
        if let Some(found) = parsed {
            return Ok(found);
        }
        match more(connection).await {
            Ok(false) if connection.input.is_empty() => return Err(Failure::Closed),
            Ok(false) => return Err(Failure::broken("the header section broke off")),
            Ok(true) => {}
            // A reset before the first byte is the same as a close.
            Err(_) if connection.input.is_empty() => return Err(Failure::Closed),
            Err(failure) => return Err(failure),
        }
    }
}

fn parse(input: &[u8]) -> Result<Option<(Response, u8, usize)>, Failure> {
    let mut few = [httparse::EMPTY_HEADER; 64];
    match parse_into(input, &mut few) {
        Err(httparse::Error::TooManyHeaders) => {
            let mut many = vec![httparse::EMPTY_HEADER; RESPONSE_HEADERS_MAX];
            parse_into(input, &mut many)
        }
        other => other,
    }
    .map_err(|error| Failure::broken(format!("{error}")))
}

fn parse_into<'b>(
    input: &'b [u8],
    fields: &mut [httparse::Header<'b>],
) -> Result<Option<(Response, u8, usize)>, httparse::Error> {
    let mut parsed = httparse::Response::new(fields);
    let httparse::Status::Complete(used) = parsed.parse(input)? else { return Ok(None) };
    let mut headers = Headers(Vec::with_capacity(parsed.headers.len()));
    for field in parsed.headers.iter() {
        headers.push(field.name, Bytes::copy_from_slice(field.value));
    }
    let response =
        Response { status: parsed.code.unwrap_or(0), headers, body: Bytes::new(), truncated: false };
    Ok(Some((response, parsed.version.unwrap_or(1), used)))
}

fn framing(response: &Response, method: &str) -> Result<Framing, Failure> {
    if method == "HEAD" || matches!(response.status, 101 | 204 | 304) {
        return Ok(Framing::None);
    }
    if let Some(coding) = response.headers.get_str("transfer-encoding") {
        let last = coding.rsplit(',').next().unwrap_or("").trim();
        return Ok(if last.eq_ignore_ascii_case("chunked") { Framing::Chunked } else { Framing::Close });
    }
    let mut lengths = response.headers.all("content-length");
    let Some(first) = lengths.next() else { return Ok(Framing::Close) };
    if lengths.any(|other| other != first) {
        return Err(Failure::broken("there are two different Content-Length"));
    }
    std::str::from_utf8(first)
        .ok()
        .filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        // A number beyond all memory is as endless as one a little shorter.
        .map(|text| Framing::Length(text.parse().unwrap_or(usize::MAX)))
        .ok_or_else(|| Failure::broken("Content-Length is no number"))
}

fn keeps_alive(headers: &Headers, version: u8) -> bool {
    let says = |option: &str| {
        headers
            .all("connection")
            .filter_map(|value| std::str::from_utf8(value).ok())
            .any(|value| value.split(',').any(|token| token.trim().eq_ignore_ascii_case(option)))
    };
    if version == 0 { says("keep-alive") } else { !says("close") }
}

fn long_chunk_line() -> Failure {
    Failure::broken(format!("a chunk's first line is longer than {CHUNK_LINE_BYTES_MAX} bytes"))
}

/// Reads a chunked body; true when it was cut off at the limit.
async fn chunks(
    connection: &mut Connection,
    body: &mut BytesMut,
    body_bytes_max: usize,
) -> Result<bool, Failure> {
    loop {
        let size = match httparse::parse_chunk_size(&connection.input) {
            // Judged by its own length too, as the header section is.
            Ok(httparse::Status::Complete((used, size))) if used <= CHUNK_LINE_BYTES_MAX => {
                connection.input.advance(used);
                size
            }
            Ok(httparse::Status::Complete(_)) => return Err(long_chunk_line()),
            Ok(httparse::Status::Partial) if connection.input.len() > CHUNK_LINE_BYTES_MAX => {
                return Err(long_chunk_line());
            }
            Ok(httparse::Status::Partial) => {
                if !more(connection).await? {
                    return Err(Failure::broken("the chunked body broke off"));
                }
                continue;
            }
            Err(_) => return Err(Failure::broken("the size of a chunk is no number")),
        };
        if size == 0 {
            return trailers(connection).await.map(|()| false);
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if body.len().saturating_add(size) > body_bytes_max {
            let wanted = body_bytes_max - body.len();
            while connection.input.len() < wanted && more(connection).await? {}
            let got = wanted.min(connection.input.len());
            body.extend_from_slice(&connection.input[..got]);
            connection.input.advance(got);
            return Ok(true);
        }
        while connection.input.len() < size + 2 {
            if !more(connection).await? {
                return Err(Failure::broken("the chunked body broke off"));
            }
        }
        body.extend_from_slice(&connection.input[..size]);
        connection.input.advance(size);
        if connection.input.get(..2) != Some(b"\r\n".as_slice()) {
            return Err(Failure::broken("a chunk is longer than it says"));
        }
        connection.input.advance(2);
    }
}

/// Skips the trailer section, up to and with its empty line.
async fn trailers(connection: &mut Connection) -> Result<(), Failure> {
    let mut looked_at = 0_usize;
    loop {
        let input = &connection.input;
        let from = looked_at.saturating_sub(3);
        let end = if input.starts_with(b"\r\n") {
            Some(2)
        } else {
            input[from..].windows(4).position(|window| window == b"\r\n\r\n").map(|at| from + at + 4)
        };
        looked_at = input.len();
        if let Some(end) = end {
            connection.input.advance(end);
            return Ok(());
        }
        if input.len() > RESPONSE_HEAD_BYTES_MAX {
            return Err(Failure::broken(format!(
                "the trailer section is longer than {RESPONSE_HEAD_BYTES_MAX} bytes"
            )));
        }
        if !more(connection).await? {
            return Err(Failure::broken("the chunked body broke off"));
        }
    }
}
