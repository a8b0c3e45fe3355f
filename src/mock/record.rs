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
use crate::base::secret::{MASK, is_secret_header};
use crate::mock::journal::{Entry, Outcome, SecretNames, masked_query, show};
use crate::mock::log::time;
use crate::mock::outlet::{Seen, Sink};
use crate::mock::transport::Listener;
use crate::wire::{Headers, Request, Response, coding};

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

/// The part of a body that is kept.
fn kept(body: &Bytes, limit: usize) -> &[u8] {
    &body[..body.len().min(limit)]
}

/// An answer's body without its coding, as far as it is kept; as it is where that can't be done.
fn plain(response: &Response) -> Bytes {
    let codings = coding::codings(&response.headers);
    let decoded = coding::decode(&response.body, &codings, RECORD_BODY_BYTES_MAX);
    let body = decoded.unwrap_or_else(|_| response.body.clone());
    body.slice(..body.len().min(RECORD_BODY_BYTES_MAX))
}

/// A header's value as it may be shown.
fn shown<'v>(name: &str, value: &'v [u8], secrets: &SecretNames) -> std::borrow::Cow<'v, str> {
    let secret = is_secret_header(name) || secrets.iter().any(|known| known.eq_ignore_ascii_case(name));
    if secret && !value.is_empty() { MASK.into() } else { plain::utf8(value) }
}

fn line(seen: &Seen, number: u64) -> Value {
    let mut request: Request = seen.request.clone();
    request.body = request.body.map(|body| body.slice(..body.len().min(JOURNAL_BODY_BYTES_MAX)));
    let secrets = &seen.mock.secrets;
    let body_bytes = seen.request.body.as_ref().map_or(0, Bytes::len);
    let status = seen.response.status;
    let outcome = Outcome::default();
    let entry = Entry { number, time: 0, request, body_bytes, operation: None, status, outcome };
    let mut line = serde_json::to_value(show(&entry, time(seen.at), secrets)).unwrap_or_default();
    if let Some(members) = line.as_object_mut() {
        // The answer is told below, as it was sent.
        members.shift_remove("answer");
        members.extend(seen.operation_id().map(|id| ("operation".to_owned(), json!(id))));
    }
    let body = plain(&seen.response);
    let text = match std::str::from_utf8(&body) {
        Ok(text) => json!(text),
        Err(_) => json!({"base64": STANDARD.encode(&body)}),
    };
    let mut headers = serde_json::Map::new();
    for (name, value) in seen.response.headers.iter() {
        let value = shown(name, value, secrets);
        let value = match headers.get(&name.to_ascii_lowercase()).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.into_owned(),
        };
        headers.insert(name.to_ascii_lowercase(), json!(value));
    }
    line["duration_ms"] = json!(seen.elapsed.as_secs_f64() * 1000.0);
    line["response"] = json!({"headers": headers, "body": text});
    line
}

fn har(seen: &Seen) -> Value {
    let secrets = &seen.mock.secrets;
    let request = &seen.request;
    let host = request.headers.get_str("host").unwrap_or("localhost");
    let query = request.query().map(|query| masked_query(query, secrets));
    let target = match &query {
        Some(query) => format!("{}?{query}", request.path()),
        None => request.path().to_owned(),
    };
    let members: Vec<Value> = query
        .iter()
        .flat_map(|query| query.split('&').filter(|member| !member.is_empty()))
        .map(|member| {
            let (name, value) = member.split_once('=').unwrap_or((member, ""));
            json!({"name": name, "value": value})
        })
        .collect();
    let mut sent = json!({
        "method": request.method,
        "url": format!("{}://{host}{target}", seen.scheme),
        "httpVersion": seen.version,
        "cookies": [],
        "headers": fields(&request.headers, secrets),
        "queryString": members,
        "headersSize": -1,
        "bodySize": request.body.as_ref().map_or(0, Bytes::len),
    });
    if let Some(body) = &request.body {
        let mime = request.headers.get_str("content-type").unwrap_or_default();
        sent["postData"] = json!({"mimeType": mime, "text": plain::utf8(kept(body, JOURNAL_BODY_BYTES_MAX))});
    }
    let milliseconds = seen.elapsed.as_secs_f64() * 1000.0;
    let mut entry = json!({
        "startedDateTime": time(seen.at),
        "time": milliseconds,
        "request": sent,
        "response": har_answer(seen),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    });
    if let Some(operation) = seen.operation_id() {
        entry["comment"] = json!(operation);
    }
    entry
}

fn har_answer(seen: &Seen) -> Value {
    let response = &seen.response;
    let body = plain(response);
    let mut content = json!({
        "size": body.len(),
        "mimeType": response.headers.get_str("content-type").unwrap_or_default(),
    });
    match std::str::from_utf8(&body) {
        Ok(text) => content["text"] = json!(text),
        Err(_) => {
            content["text"] = json!(STANDARD.encode(&body));
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
            status => crate::dialect::refusal::phrase(status),
        },
        "httpVersion": seen.version,
        "cookies": [],
        "headers": fields(&response.headers, &seen.mock.secrets),
        "content": content,
        "redirectURL": response.headers.get_str("location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": response.body.len(),
    })
}

fn fields(headers: &Headers, secrets: &SecretNames) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!({"name": name, "value": shown(name, value, secrets)})).collect()
}
