//! The record: every request to the mocked API with its answer, written to a file as it goes on. HAR 1.2 or one JSON
//! object a line; secrets are masked.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::base::files::{self, Access};
use crate::base::limits::{JOURNAL_BODY_BYTES_MAX, RECORD_BODY_BYTES_MAX};
use crate::base::plain;
use crate::base::secret::Redactor;
use crate::mock::journal::{Entry, Outcome, ShownBody, show, shown_headers};
use crate::serve::listener::Listener;
use crate::serve::log::time;
use crate::serve::outlet::{Seen, Sink};
use crate::wire::masked::redactor_of;
use crate::wire::{MaskedHeaders, MaskedRequest, MaskedResponse, Request, Response, coding};

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// One document; it is whole after each write.
    Har,
    /// One object a line.
    Lines,
}

/// What stands at the end of a HAR document; the next entry is written over it.
const HAR_END: &str = "\n]}}\n";

/// A file that answered requests are written to.
#[derive(Debug)]
pub(super) struct Recorder {
    path: PathBuf,
    format: Format,
    file: Option<File>,
    /// Where the next entry goes.
    end: u64,
    number: u64,
    dropped: u64,
    listener: Listener,
}

impl Recorder {
    /// Makes the file, empty; one that is there is replaced.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn new(path: &Path, listener: Listener) -> std::io::Result<Self> {
        let har = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("har"));
        let format = if har { Format::Har } else { Format::Lines };
        let mut file = files::create_given(path, Access::Private)?;
        let mut end = 0;
        if har {
            let creator = json!({"name": "counterpart", "version": env!("CARGO_PKG_VERSION")});
            let start = format!("{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"entries\":[");
            file.write_all(format!("{start}{HAR_END}").as_bytes())?;
            end = start.len() as u64;
        }
        let path = path.to_owned();
        Ok(Self { path, format, file: Some(file), end, number: 0, dropped: 0, listener })
    }

    fn write(&mut self, entries: &[String]) -> std::io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut text = String::new();
        for entry in entries {
            match self.format {
                Format::Lines => text.push_str(&format!("{entry}\n")),
                Format::Har => {
                    text.push_str(if self.number == 0 && text.is_empty() { "\n" } else { ",\n" });
                    text.push_str(entry);
                }
            }
        }
        if self.format == Format::Har {
            file.seek(SeekFrom::Start(self.end))?;
            self.end += text.len() as u64;
            text.push_str(HAR_END);
        }
        file.write_all(text.as_bytes())
    }
}

impl Sink for Recorder {
    fn take(&mut self, seen: &[Arc<Seen>], dropped: u64) {
        if dropped > 0 {
            self.dropped += dropped;
            let (path, all) = (self.path.display(), self.dropped);
            self.listener.error(&format!(
                "warning: {path}: {all} requests in all are not recorded: they came faster than they can be written"
            ));
        }
        let recorded: Vec<&Arc<Seen>> = seen.iter().filter(|one| !one.control).collect();
        if recorded.is_empty() {
            return;
        }
        let entries: Vec<String> = (self.number + 1..)
            .zip(&recorded)
            .map(|(number, one)| match self.format {
                Format::Har => plain::json(&har(one).to_string()).into_owned(),
                Format::Lines => plain::json(&line(one, number).to_string()).into_owned(),
            })
            .collect();
        if let Err(error) = self.write(&entries) {
            let path = self.path.display();
            self.listener
                .error(&format!("error: {path} can't be written: {error}; nothing more is recorded"));
            self.file = None;
        }
        self.number += entries.len() as u64;
    }
}

/// The request with as much of its body as is kept.
fn kept(request: &Request) -> Request {
    let mut request = request.clone();
    request.body = request.body.map(|body| body.slice(..body.len().min(JOURNAL_BODY_BYTES_MAX)));
    request
}

/// An answer with as much of its body as is kept, without its coding; as it is where that can't be undone.
fn plain(response: &Response) -> Response {
    let codings = coding::codings(&response.headers);
    let decoded = coding::decode(&response.body, &codings, RECORD_BODY_BYTES_MAX);
    let body = decoded.unwrap_or_else(|_| response.body.clone());
    let body = body.slice(..body.len().min(RECORD_BODY_BYTES_MAX));
    Response {
        status: response.status,
        headers: response.headers.clone(),
        body,
        truncated: response.truncated,
    }
}

/// What masks an exchange.
fn redactor(seen: &Seen, answer: &Response) -> Redactor {
    redactor_of(seen.mock.redactor(), [&seen.request], [answer])
}

fn line(seen: &Seen, number: u64) -> Value {
    let answer = plain(&seen.response);
    let redactor = redactor(seen, &answer);
    let body_bytes = seen.request.body.as_ref().map_or(0, Bytes::len);
    let (request, status, outcome) = (kept(&seen.request), seen.response.status, Outcome::default());
    let entry = Entry { number, time: 0, request, body_bytes, operation: None, status, outcome };
    let mut line = serde_json::to_value(show(&entry, time(seen.at), &redactor)).unwrap_or_default();
    if let Some(members) = line.as_object_mut() {
        // The answer is told below, as it was sent.
        members.shift_remove("answer");
        members.extend(seen.operation_id().map(|id| ("operation".to_owned(), json!(id))));
    }
    line["duration_ms"] = json!(seen.elapsed.as_secs_f64() * 1000.0);
    line["response"] = json!({
        "headers": shown_headers(&answer.headers, &redactor),
        "body": ShownBody::from(redactor.bytes(&answer.body)),
    });
    line
}

fn har(seen: &Seen) -> Value {
    let answer = plain(&seen.response);
    let redactor = redactor(seen, &answer);
    let request = MaskedRequest::of(&kept(&seen.request), &redactor);
    let host = request.headers.get("host").unwrap_or("localhost".into());
    let members: Vec<Value> =
        request.query_members().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let mut sent = json!({
        "method": request.method,
        "url": format!("{}://{host}{}", seen.scheme, request.target),
        "httpVersion": seen.version,
        "cookies": [],
        "headers": fields(&request.headers),
        "queryString": members,
        "headersSize": -1,
        "bodySize": seen.request.body.as_ref().map_or(0, Bytes::len),
    });
    if let Some(body) = &request.body {
        let mime = request.headers.get("content-type").unwrap_or_default();
        sent["postData"] = json!({"mimeType": mime, "text": body.to_text()});
    }
    let milliseconds = seen.elapsed.as_secs_f64() * 1000.0;
    let mut entry = json!({
        "startedDateTime": time(seen.at),
        "time": milliseconds,
        "request": sent,
        "response": har_answer(seen, &answer, &redactor),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    });
    if let Some(operation) = seen.operation_id() {
        entry["comment"] = json!(operation);
    }
    entry
}

fn har_answer(seen: &Seen, answer: &Response, redactor: &Redactor) -> Value {
    let headers = MaskedHeaders::of(&answer.headers, redactor);
    let body = redactor.bytes(&answer.body);
    let response = MaskedResponse { status: answer.status, headers, body, body_bytes: answer.body.len() };
    let mut content = json!({
        "size": response.body_bytes,
        "mimeType": response.headers.get("content-type").unwrap_or_default(),
    });
    match std::str::from_utf8(&response.body) {
        Ok(text) => content["text"] = json!(text),
        Err(_) => {
            content["text"] = json!(STANDARD.encode(&*response.body));
            content["encoding"] = json!("base64");
        }
    }
    json!({
        "status": response.status,
        "statusText": match response.status {
            200 => "OK",
            201 => "Created",
            202 => "Accepted",
            204 => "No Content",
            ..400 => "",
            status => crate::framework::refusal::phrase(status),
        },
        "httpVersion": seen.version,
        "cookies": [],
        "headers": fields(&response.headers),
        "content": content,
        "redirectURL": response.headers.get("location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": seen.response.body.len(),
    })
}

fn fields(headers: &MaskedHeaders) -> Vec<Value> {
    headers.texts().into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}
