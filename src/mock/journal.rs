//! The journal: which requests came, what was answered, and counts of both. Bounded in entries and in bytes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::base::limits::{JOURNAL_BODY_BYTES_MAX, JOURNAL_BYTES_MAX, JOURNAL_ENTRIES_MAX};
use crate::base::secret::{MASK, is_secret_header, is_secret_member};
use crate::contract::OperationIndex;
use crate::wire::Request;

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number, from 1, never used twice.
    pub number: u64,
    /// When it came, in seconds of the logical clock.
    pub time: u64,
    /// The request; a long body is cut.
    pub request: Request,
    /// The operation it was routed to.
    pub operation: Option<OperationIndex>,
    /// The status it was answered with.
    pub status: u16,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The method, without case.
    pub method: Option<String>,
    /// The path, or its beginning when it ends in `*`.
    pub path: Option<String>,
    /// The operation.
    pub operation: Option<OperationIndex>,
    /// The status: `404`, or `4xx`.
    pub status: Option<String>,
    /// Only entries with a greater number.
    pub since: u64,
    /// At most so many, the newest.
    pub limit: Option<usize>,
}

impl Filter {
    /// Whether an entry is wanted.
    #[must_use]
    pub fn takes(&self, entry: &Entry) -> bool {
        let path = entry.request.path();
        entry.number > self.since
            && self.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(&entry.request.method))
            && self.path.as_deref().is_none_or(|wanted| match wanted.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None => path == wanted,
            })
            && self.operation.is_none_or(|wanted| entry.operation == Some(wanted))
            && self.status.as_deref().is_none_or(|wanted| status_is(wanted, entry.status))
    }
}

/// `404` is 404; `4xx` is every status that starts with 4.
fn status_is(wanted: &str, status: u16) -> bool {
    let wanted = wanted.to_ascii_lowercase();
    match wanted.strip_suffix("xx") {
        Some(digit) => digit.parse() == Ok(status / 100),
        None => wanted.parse() == Ok(status),
    }
}

/// The journal.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    entries: VecDeque<Entry>,
    bytes: usize,
    last: u64,
    counts: BTreeMap<(Option<OperationIndex>, u16), u64>,
}

impl Journal {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a request in.
    pub fn record(&self, time: u64, mut request: Request, operation: Option<OperationIndex>, status: u16) {
        if let Some(body) = &mut request.body
            && body.len() > JOURNAL_BODY_BYTES_MAX
        {
            // A copy, so that the rest of the long body is freed.
            *body = Bytes::copy_from_slice(&body[..JOURNAL_BODY_BYTES_MAX]);
        }
        let size = size(&request);
        let mut inner = self.lock();
        inner.last += 1;
        *inner.counts.entry((operation, status)).or_default() += 1;
        let number = inner.last;
        inner.bytes += size;
        inner.entries.push_back(Entry { number, time, request, operation, status });
        let mut dropped = Vec::new();
        while inner.entries.len() > JOURNAL_ENTRIES_MAX || inner.bytes > JOURNAL_BYTES_MAX {
            let Some(oldest) = inner.entries.pop_front() else { break };
            inner.bytes = inner.bytes.saturating_sub(self::size(&oldest.request));
            dropped.push(oldest);
        }
        // Freed without the lock.
        drop(inner);
    }

    /// The entries that the filter takes, oldest first.
    #[must_use]
    pub fn list(&self, filter: &Filter) -> Vec<Entry> {
        let inner = self.lock();
        let newest = inner.entries.iter().rev().filter(|e| filter.takes(e));
        let mut found: Vec<Entry> = newest.take(filter.limit.unwrap_or(usize::MAX)).cloned().collect();
        found.reverse();
        found
    }

    /// How many entries the filter takes.
    #[must_use]
    pub fn count(&self, filter: &Filter) -> usize {
        self.lock()
            .entries
            .iter()
            .filter(|e| filter.takes(e))
            .take(filter.limit.unwrap_or(usize::MAX))
            .count()
    }

    /// Forgets all entries; counts and numbers go on.
    pub fn clear(&self) {
        let old = {
            let mut inner = self.lock();
            inner.bytes = 0;
            std::mem::take(&mut inner.entries)
        };
        drop(old);
    }

    /// Takes other numbers for the operations: `now` says for each number what it is from now on, if anything.
    pub fn renumber(&self, now: &[Option<OperationIndex>]) {
        let of = |was: Option<OperationIndex>| was.and_then(|was| now.get(was.0 as usize).copied().flatten());
        let mut inner = self.lock();
        for entry in &mut inner.entries {
            entry.operation = of(entry.operation);
        }
        let counts = std::mem::take(&mut inner.counts);
        for ((operation, status), count) in counts {
            *inner.counts.entry((of(operation), status)).or_default() += count;
        }
    }

    /// How often each (operation, status) was answered since the start.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<(Option<OperationIndex>, u16), u64> {
        self.lock().counts.clone()
    }
}

/// What an entry takes in memory, roughly.
fn size(request: &Request) -> usize {
    let fields: usize = request.headers.iter().map(|(n, v)| n.len() + v.len() + 64).sum();
    size_of::<Entry>() + request.target.len() + fields + request.body.as_ref().map_or(0, Bytes::len)
}

/// What the control API shows of an entry. Secrets are masked: the usual headers and the contract's own key names.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Its number.
    pub number: u64,
    /// The logical time.
    pub time: String,
    /// The method.
    pub method: String,
    /// The path, still encoded.
    pub path: String,
    /// The query, still encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The headers, by lower-case name.
    pub headers: Map<String, Value>,
    /// The body: a text, or `{"base64": "…"}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The operation's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The status of the answer.
    pub status: u16,
}

/// Names of headers, cookies and query members that carry keys, in lower case.
pub type SecretNames = [String];

/// An entry for showing.
#[must_use]
pub fn show(entry: &Entry, time: String, operation: Option<String>, secrets: &SecretNames) -> Shown {
    let request = &entry.request;
    let mut headers = Map::new();
    for (name, value) in request.headers.iter() {
        let name = name.to_ascii_lowercase();
        let value = if is_secret_header(&name) || secrets.contains(&name) {
            MASK.to_owned()
        } else {
            String::from_utf8_lossy(value).into_owned()
        };
        match headers.get_mut(&name) {
            Some(Value::String(before)) => {
                before.push_str(", ");
                before.push_str(&value);
            }
            _ => {
                headers.insert(name, Value::String(value));
            }
        }
    }
    let query = request.query().map(|query| masked_query(query, secrets));
    let body =
        request.body.as_ref().filter(|b| !b.is_empty()).map(|bytes| match std::str::from_utf8(bytes) {
            Ok(text) => json!(text),
            Err(_) => json!({"base64": base64::engine::general_purpose::STANDARD.encode(bytes)}),
        });
    Shown {
        number: entry.number,
        time,
        method: request.method.clone(),
        path: request.path().to_owned(),
        query,
        headers,
        body,
        operation,
        status: entry.status,
    }
}

/// A query with the values of secrets masked: the contract's own, and what everybody calls so.
pub(super) fn masked_query(query: &str, secrets: &SecretNames) -> String {
    let secret = |name: &str| is_secret_member(name) || secrets.contains(&name.to_ascii_lowercase());
    let mask = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if secret(name) => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    };
    query.split('&').map(mask).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, target: &str) -> Request {
        Request { method: method.into(), target: target.into(), ..Request::default() }
    }

    #[test]
    fn filters_combine() {
        let journal = Journal::default();
        for (method, target, status) in
            [("GET", "/a/1?x=1", 200), ("DELETE", "/a/1", 422), ("DELETE", "/a/2", 200), ("GET", "/b", 404)]
        {
            journal.record(1, request(method, target), None, status);
        }
        let numbers = |filter: Filter| journal.list(&filter).iter().map(|e| e.number).collect::<Vec<_>>();
        assert_eq!(numbers(Filter { method: Some("delete".into()), ..Filter::default() }), [2, 3]);
        assert_eq!(numbers(Filter { path: Some("/a/1".into()), ..Filter::default() }), [1, 2]);
        assert_eq!(numbers(Filter { path: Some("/a/*".into()), since: 1, ..Filter::default() }), [2, 3]);
        assert_eq!(numbers(Filter { status: Some("4XX".into()), limit: Some(1), ..Filter::default() }), [4]);
        assert_eq!(journal.count(&Filter::default()), 4);
        journal.clear();
        assert_eq!(journal.count(&Filter::default()), 0);
        assert_eq!(journal.counts()[&(None, 200)], 2);
    }

    #[test]
    fn old_entries_go_by_number_and_by_bytes() {
        let journal = Journal::default();
        for _ in 0..JOURNAL_ENTRIES_MAX + 5 {
            journal.record(1, request("GET", "/a"), None, 200);
        }
        assert_eq!(journal.list(&Filter::default())[0].number, 6);
        for _ in 0..JOURNAL_BYTES_MAX / JOURNAL_BODY_BYTES_MAX + 5 {
            let body = Some(Bytes::from(vec![b'x'; JOURNAL_BODY_BYTES_MAX * 2]));
            journal.record(1, Request { body, ..request("PUT", "/a") }, None, 200);
        }
        let kept = journal.list(&Filter::default());
        assert!(kept.len() < JOURNAL_BYTES_MAX / JOURNAL_BODY_BYTES_MAX, "{}", kept.len());
        assert_eq!(kept[0].request.body.as_ref().unwrap().len(), JOURNAL_BODY_BYTES_MAX);
    }

    #[test]
    fn secrets_are_masked() {
        let mut asked = request("GET", "/a?token=s3cret&x=1");
        for (name, value) in [("Authorization", "s3cret"), ("X-Own-Key", "s3cret"), ("accept", "*/*")] {
            asked.headers.push(name, value);
        }
        asked.body = Some(Bytes::from_static(&[0xff, 0x00]));
        let entry = Entry { number: 1, time: 0, request: asked, operation: None, status: 200 };
        let secrets = ["x-own-key".to_owned(), "token".to_owned()];
        let shown = serde_json::to_string(&show(&entry, String::new(), None, &secrets)).unwrap();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("token=***&x=1") && shown.contains(r#""base64":"/wA=""#), "{shown}");
    }
}
