//! What is kept of an entity: as a value to work with, and packed.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher};

use bytes::Bytes;
use compact_str::CompactString;
use foldhash::quality::FixedState;
use serde_json::{Map, Value};

use crate::base::limits::PENDING_EVENTS_MAX;

/// Who an entity belongs to: what must agree besides the id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The tenant, where the resource has tenants.
    pub tenant: Option<String>,
    /// The values of the path parameters before the id, decoded.
    pub parents: Vec<String>,
}

impl Scope {
    /// Whether an entity of this scope may be seen from `other`: parents agree, and so does the tenant if one is named.
    #[must_use]
    pub fn seen_from(&self, other: &Self) -> bool {
        self.parents == other.parents && (other.tenant.is_none() || self.tenant == other.tenant)
    }
}

/// An event that will be appended to a list of the entity.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Pending {
    /// When, in seconds of the logical clock.
    pub due: u64,
    /// The list.
    pub property: String,
    /// The event.
    pub value: Value,
}

/// What changes in an entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The properties.
    pub value: Map<String, Value>,
    /// It was deleted, softly or not.
    pub deleted: bool,
    /// Deleted so that nobody sees it any more.
    pub gone: bool,
    /// What will be appended, in the order in which it falls due.
    pub pending: Vec<Pending>,
    /// Goes up with each change by a request.
    pub revision: u64,
}

impl Record {
    /// Whether something has fallen due.
    #[must_use]
    pub fn is_due(&self, now: u64) -> bool {
        self.pending.first().is_some_and(|p| p.due <= now)
    }

    /// Appends what has fallen due.
    pub fn settle(&mut self, now: u64) {
        while self.is_due(now) {
            let next = self.pending.remove(0);
            self.append(&next.property, next.value);
        }
    }

    /// Appends to a list, which is made where it is absent; anything else there stays as it is.
    fn append(&mut self, property: &str, value: Value) {
        if let Value::Array(items) = self.value.entry(property).or_insert_with(|| Value::Array(Vec::new())) {
            items.push(value);
        }
    }

    /// Plans what will be appended; at most [`PENDING_EVENTS_MAX`].
    pub fn plan(&mut self, events: impl IntoIterator<Item = Pending>) {
        let room = PENDING_EVENTS_MAX.saturating_sub(self.pending.len());
        self.pending.extend(events.into_iter().take(room));
        self.pending.sort_by_key(|p| p.due);
    }
}

/// A record as it lies in memory: its properties as compact JSON, a tenth of what the tree of values takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Packed {
    /// The properties, compact JSON.
    pub(super) text: Bytes,
    pub(super) deleted: bool,
    pub(super) gone: bool,
    pub(super) pending: Vec<Pending>,
    pub(super) revision: u64,
    /// What tells this text from others.
    pub(super) tag: u64,
    /// One more than the number of the operation whose answer is the text as it is; 0 when none is known.
    pub(super) verbatim: u32,
    /// The same for the operation that lists it.
    pub(super) listed: u32,
    /// Why it can't be deleted any more, where that was found out.
    pub(super) ended: Option<CompactString>,
}

impl Packed {
    /// A record with its text.
    pub(super) fn of(record: &Record) -> Self {
        Self::new(
            compact(&record.value),
            record.deleted,
            record.gone,
            record.pending.clone(),
            record.revision,
        )
    }

    /// The same from its parts; `text` is a JSON object, compact.
    pub(super) fn new(text: Bytes, deleted: bool, gone: bool, pending: Vec<Pending>, revision: u64) -> Self {
        let tag = tag(&text);
        Self { text, deleted, gone, pending, revision, tag, verbatim: 0, listed: 0, ended: None }
    }

    /// The properties as a tree.
    pub(super) fn value(&self) -> Map<String, Value> {
        // The text was written from a map, or read and found to be one.
        serde_json::from_slice(&self.text).unwrap_or_default()
    }

    /// The record to work with.
    pub(super) fn record(&self) -> Record {
        Record {
            value: self.value(),
            deleted: self.deleted,
            gone: self.gone,
            pending: self.pending.clone(),
            revision: self.revision,
        }
    }

    pub(super) fn is_due(&self, now: u64) -> bool {
        self.pending.first().is_some_and(|p| p.due <= now)
    }
}

/// The longest text for which a buffer is kept.
const KEPT_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Properties as compact JSON. Written into a buffer that is kept, so that what stays is as long as it has to be.
#[must_use]
pub(crate) fn compact(value: &Map<String, Value>) -> Bytes {
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        // Maps have only text keys: writing them can't fail.
        let _ = serde_json::to_writer(&mut *buffer, value);
        let text = Bytes::copy_from_slice(buffer);
        buffer.shrink_to(KEPT_BYTES_MAX);
        text
    })
}

/// Properties as compact JSON, and their tag.
#[must_use]
pub(crate) fn text_of(value: &Map<String, Value>) -> (Bytes, u64) {
    let text = compact(value);
    let tag = tag(&text);
    (text, tag)
}

/// 64 bits that tell one text from another, the same in every run of the program. For entity tags, not against forgers.
#[must_use]
pub(crate) fn tag(text: &[u8]) -> u64 {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    hasher.write(text);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_have_different_tags() {
        let mut seen = std::collections::HashSet::new();
        for n in 0..20_000 {
            assert!(seen.insert(tag(format!("{{\"id\":{n}}}").as_bytes())), "{n}");
        }
        // Zeros are not lost, wherever they stand.
        for length in 0..40 {
            assert!(seen.insert(tag(&vec![0; length])), "{length}");
        }
    }
}
