//! An entry as it lies in the journal: all of its texts in one piece of memory, which the next entry takes over once
//! this one has to go. Thousands of small pieces that one thread makes and another frees would be most of what a
//! request costs.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::entry::{Entry, Outcome, Told};
use crate::base::limits::JOURNAL_BODY_BYTES_MAX;
use crate::contract::{Operation, OperationIndex};
use crate::wire::{Headers, Request};

/// Bodies of answers longer than this are not copied: they are shared with who sends them.
const COPIED_BYTES_MAX: usize = 1024;

/// Buffers longer than this are not used again.
const BUFFER_BYTES_MAX: usize = 8 * 1024;

/// An entry.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub(super) number: u64,
    pub(super) operation: Option<OperationIndex>,
    time: u64,
    pub(super) status: u16,
    /// Method, target, the request's body, the answer's body if it is short, then the fields of both.
    texts: Vec<u8>,
    /// How many fields the request has.
    fields: u32,
    sent: bool,
    answer: Answer,
    body_bytes: usize,
    answer_bytes: usize,
    took: Duration,
    delay: Duration,
    fault: Option<String>,
    expectation: Option<Arc<str>>,
}

/// What is kept of an answer's body.
#[derive(Debug, Default)]
enum Answer {
    /// Nothing.
    #[default]
    None,
    /// A copy, among the texts.
    Copied,
    /// The body itself.
    Shared(Bytes),
}

impl Packed {
    /// Packs an entry, in the buffer of one that is no longer needed.
    pub(super) fn of(
        time: u64,
        request: &Request,
        operation: Option<OperationIndex>,
        told: Told<'_>,
        buffer: Vec<u8>,
    ) -> Self {
        let mut texts = buffer;
        texts.clear();
        let body = request.body.as_deref().map(beginning);
        let (answer, copied) = match &told.body {
            None => (Answer::None, None),
            Some(body) if body.len() <= COPIED_BYTES_MAX => (Answer::Copied, Some(body.as_ref())),
            Some(body) if body.len() <= JOURNAL_BODY_BYTES_MAX => (Answer::Shared(body.clone()), None),
            // A copy, so that the rest of it is freed.
            Some(body) => (Answer::Shared(Bytes::copy_from_slice(beginning(body))), None),
        };
        let fields = || request.headers.iter().chain(told.headers.iter().flat_map(|h| h.iter()));
        let parts = [
            request.method.len(),
            request.target.len(),
            body.map_or(0, <[u8]>::len),
            copied.map_or(0, <[u8]>::len),
        ];
        let fields_length: usize = fields().map(|(name, value)| name.len() + value.len() + 10).sum();
        texts.reserve_exact(parts.iter().map(|length| length + 5).sum::<usize>() + fields_length);
        for text in [request.method.as_bytes(), request.target.as_bytes()] {
            put(&mut texts, text);
        }
        put(&mut texts, body.unwrap_or_default());
        put(&mut texts, copied.unwrap_or_default());
        for (name, value) in fields() {
            put(&mut texts, name.as_bytes());
            put(&mut texts, value);
        }
        Self {
            number: 0,
            operation,
            time,
            status: told.status,
            texts,
            fields: u32::try_from(request.headers.0.len()).unwrap_or(u32::MAX),
            sent: body.is_some(),
            answer,
            body_bytes: request.body.as_ref().map_or(0, Bytes::len),
            answer_bytes: told.body.as_ref().map_or(0, Bytes::len),
            took: told.took,
            delay: told.delay,
            fault: told.fault,
            expectation: told.expectation,
        }
    }

    /// The entry, with the operation that its number means.
    pub(super) fn entry(&self, operation: impl FnOnce(OperationIndex) -> Option<Arc<Operation>>) -> Entry {
        let mut rest = self.texts.as_slice();
        let method = text(take(&mut rest));
        let target = text(take(&mut rest));
        let body = take(&mut rest);
        let copied = take(&mut rest);
        let mut headers = Headers::new();
        for _ in 0..self.fields {
            let name = text(take(&mut rest));
            headers.push(name, Bytes::copy_from_slice(take(&mut rest)));
        }
        let request =
            Request { method, target, headers, body: self.sent.then(|| Bytes::copy_from_slice(body)) };
        let mut headers = Headers::new();
        while !rest.is_empty() {
            let name = text(take(&mut rest));
            headers.push(name, Bytes::copy_from_slice(take(&mut rest)));
        }
        let outcome = Outcome {
            headers,
            body: match &self.answer {
                Answer::None => None,
                Answer::Copied => Some(Bytes::copy_from_slice(copied)),
                Answer::Shared(body) => Some(body.clone()),
            },
            body_bytes: self.answer_bytes,
            took: self.took,
            delay: self.delay,
            fault: self.fault.clone(),
            expectation: self.expectation.clone(),
        };
        Entry {
            number: self.number,
            time: self.time,
            request,
            body_bytes: self.body_bytes,
            operation: self.operation.and_then(operation),
            status: self.status,
            outcome,
        }
    }

    /// The buffer, for another entry.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        if self.texts.capacity() > BUFFER_BYTES_MAX { Vec::new() } else { self.texts }
    }

    /// What the entry takes in memory, roughly, without the answer's body.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.texts.capacity()
    }

    /// What the answer's body takes beside that.
    pub(super) fn answer_size(&self) -> usize {
        if let Answer::Shared(body) = &self.answer { body.len() } else { 0 }
    }

    /// Takes the answer's body away, if it takes memory of its own.
    pub(super) fn strip(&mut self) -> Option<Bytes> {
        match std::mem::take(&mut self.answer) {
            Answer::Shared(body) => Some(body),
            other => {
                self.answer = other;
                None
            }
        }
    }
}

fn beginning(body: &[u8]) -> &[u8] {
    &body[..body.len().min(JOURNAL_BODY_BYTES_MAX)]
}

/// Appends a text after its length: one byte where that is enough, else five.
fn put(texts: &mut Vec<u8>, text: &[u8]) {
    match u8::try_from(text.len()) {
        Ok(short) if short < u8::MAX => texts.push(short),
        _ => {
            texts.push(u8::MAX);
            // Longer than this no part of a message is let in.
            texts.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
    texts.extend_from_slice(text);
}

/// Takes the first text off.
fn take<'t>(rest: &mut &'t [u8]) -> &'t [u8] {
    let Some((first, after)) = rest.split_first() else { return &[] };
    let (length, after) = match (*first, after.split_first_chunk::<4>()) {
        (u8::MAX, Some((length, after))) => {
            (usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX), after)
        }
        (short, _) => (usize::from(short), after),
    };
    let (text, after) = after.split_at(length.min(after.len()));
    *rest = after;
    text
}

fn text(bytes: &[u8]) -> String {
    // It was one when it was put in.
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked() {
        for length in [0, 1, 254, 255, 256, 1_024, 1_025, JOURNAL_BODY_BYTES_MAX, JOURNAL_BODY_BYTES_MAX + 1]
        {
            let body = Bytes::from(vec![b'z'; length]);
            let mut headers = Headers::new();
            headers.push("X-Long", "v".repeat(length));
            headers.push("", Bytes::from_static(b"\xff\x00"));
            let request = Request {
                method: "PURGE".into(),
                target: format!("/a/{}?b=%20", "p".repeat(length)),
                headers: headers.clone(),
                body: Some(body.clone()),
            };
            let told = Told {
                status: 418,
                headers: Some(&headers),
                body: Some(body.clone()),
                fault: Some("x".into()),
                took: Duration::from_micros(7),
                ..Told::default()
            };
            let packed = Packed::of(9, &request, None, told, vec![1; 77]);
            let entry = packed.entry(|_| None);
            let kept = body.slice(..length.min(JOURNAL_BODY_BYTES_MAX));
            assert_eq!(entry.request, Request { body: Some(kept.clone()), ..request });
            assert_eq!((entry.status, entry.time, entry.body_bytes), (418, 9, length));
            assert_eq!(entry.outcome.headers, headers);
            assert_eq!(entry.outcome.body, Some(kept));
            assert_eq!(entry.outcome.body_bytes, length);
            assert_eq!(entry.outcome.fault.as_deref(), Some("x"));
            assert_eq!(entry.outcome.took, Duration::from_micros(7));
        }
        let packed = Packed::of(0, &Request::default(), None, Told::default(), Vec::new());
        let entry = packed.entry(|_| None);
        assert_eq!((entry.request, entry.outcome.body), (Request::default(), None));
    }
}
