//! An entity, with its own lock, so that requests wait for each other only where they mean the same one.
//!
//! An entity's lock is never asked for under a shelf's: whoever holds an entity may look into shelves.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use compact_str::CompactString;
use serde_json::{Map, Value};

use super::keeper::Home;
use super::record::{Packed, Record, Scope};

const DELETED: u8 = 1;
const GONE: u8 = 2;

/// An entity.
#[derive(Debug)]
pub struct Entity {
    /// Its id.
    pub id: Arc<str>,
    /// Who it belongs to.
    pub scope: Scope,
    /// What can be told without the lock.
    flags: AtomicU8,
    packed: Mutex<Packed>,
    home: Arc<Home>,
}

impl Entity {
    /// An entity of this record; nobody is told of it.
    pub(super) fn new(id: Arc<str>, scope: Scope, packed: Packed, home: Arc<Home>) -> Self {
        let entity = Self { id, scope, flags: AtomicU8::new(0), packed: Mutex::default(), home };
        entity.replace(packed);
        entity
    }

    /// Whether it was deleted, softly or not.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.flags.load(Ordering::Acquire) & DELETED != 0
    }

    /// Whether it was deleted so that nobody sees it any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.flags.load(Ordering::Acquire) & GONE != 0
    }

    /// Takes hold of the entity, with what has fallen due appended.
    pub fn lock(&self, now: u64) -> Held<'_> {
        let packed = self.packed();
        let record = packed.record();
        let due = record.is_due(now);
        let mut held = Held { entity: self, packed, record, changed: false };
        if due {
            held.changed = true;
            held.record.settle(now);
        }
        held
    }

    /// The properties alone, with what has fallen due appended.
    #[must_use]
    pub fn value(&self, now: u64) -> Map<String, Value> {
        let packed = self.packed();
        if !packed.is_due(now) {
            return packed.value();
        }
        drop(packed);
        self.lock(now).take_value()
    }

    /// One property as it was last written: what has fallen due since is not appended.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<Value> {
        let text = self.packed().text.clone();
        super::member::of(&text, name)
    }

    /// These properties alone, with what has fallen due appended.
    #[must_use]
    pub fn properties(&self, names: &[&str], now: u64) -> Map<String, Value> {
        let (text, _) = self.text(now);
        super::member::those(&text, names)
    }

    /// The properties as compact JSON and their tag, with what has fallen due appended.
    #[must_use]
    pub fn text(&self, now: u64) -> (Bytes, u64) {
        let mut packed = self.packed();
        if packed.is_due(now) {
            drop(packed);
            drop(self.lock(now));
            packed = self.packed();
        }
        (packed.text.clone(), packed.tag)
    }

    /// The properties as compact JSON and their tag, if no request has changed them since this revision.
    #[must_use]
    pub(crate) fn text_at(&self, revision: u64) -> Option<(Bytes, u64)> {
        let packed = self.packed();
        (packed.revision == revision).then(|| (packed.text.clone(), packed.tag))
    }

    /// The text and its tag, where [`Entity::note_verbatim`] was told that they are this operation's answer.
    #[must_use]
    pub(crate) fn verbatim(&self, operation: u32, now: u64) -> Option<(Bytes, u64)> {
        let packed = self.packed();
        let known = packed.verbatim == operation.wrapping_add(1) && !packed.gone && !packed.is_due(now);
        known.then(|| (packed.text.clone(), packed.tag))
    }

    /// Remembers that this operation shows the text of this tag as `body`, if it does.
    pub(crate) fn note_verbatim(&self, operation: u32, tag: u64, body: &[u8]) {
        let mut packed = self.packed();
        if packed.tag == tag && packed.text.as_ref() == body {
            packed.verbatim = operation.wrapping_add(1);
        }
    }

    /// The same for lists: the text and its tag, where [`Entity::note_listed`] was told that this operation lists them as
    /// they are.
    #[must_use]
    pub(crate) fn listed(&self, operation: u32, now: u64) -> Option<(Bytes, u64)> {
        let packed = self.packed();
        let known = packed.listed == operation.wrapping_add(1) && !packed.is_due(now);
        known.then(|| (packed.text.clone(), packed.tag))
    }

    /// Remembers that this operation lists the text of this tag as it is.
    pub(crate) fn note_listed(&self, operation: u32, tag: u64) {
        let mut packed = self.packed();
        if packed.tag == tag {
            packed.listed = operation.wrapping_add(1);
        }
    }

    /// The status that ended its life, where [`Held::note_ended`] was told of it.
    #[must_use]
    pub(crate) fn ended(&self, now: u64) -> Option<CompactString> {
        let packed = self.packed();
        packed.ended.clone().filter(|_| !packed.gone && !packed.is_due(now))
    }

    /// Puts another record in its place without telling anybody.
    pub(super) fn replace(&self, packed: Packed) {
        let mut slot = self.packed();
        *slot = packed;
        self.note_flags(&slot);
    }

    /// Lets everybody know whether it was deleted.
    fn note_flags(&self, packed: &Packed) {
        let before = self.flags.swap(flags(packed), Ordering::AcqRel);
        if packed.deleted && before & DELETED == 0 {
            self.home.deleted();
        }
    }

    /// A panic while it was held leaves a record that is whole: changes are made on a copy and put in at once.
    pub(super) fn packed(&self) -> MutexGuard<'_, Packed> {
        self.packed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn flags(packed: &Packed) -> u8 {
    (u8::from(packed.deleted) * DELETED) | (u8::from(packed.gone) * GONE)
}

/// An entity in hand. What was changed is put back, and kept, when it is let go.
#[derive(Debug)]
pub struct Held<'e> {
    entity: &'e Entity,
    packed: MutexGuard<'e, Packed>,
    record: Record,
    changed: bool,
}

impl Held<'_> {
    /// The tag of the properties as they are now; what was changed is put back first.
    pub fn tag(&mut self) -> u64 {
        self.put_back();
        self.packed.tag
    }

    /// The properties as compact JSON and their tag; what was changed is put back first.
    pub fn text(&mut self) -> (Bytes, u64) {
        self.put_back();
        (self.packed.text.clone(), self.packed.tag)
    }

    /// Remembers, until the record changes, that its life is ended and which status says so.
    pub(crate) fn note_ended(&mut self, status: &str) {
        self.put_back();
        self.packed.ended = Some(status.into());
    }

    fn put_back(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        *self.packed = Packed::of(&self.record);
        self.entity.note_flags(&self.packed);
        self.entity.home.changed(self.entity, &self.packed);
    }

    /// Lets go of the entity, with its properties to keep.
    pub fn take_value(mut self) -> Map<String, Value> {
        self.put_back();
        std::mem::take(&mut self.record.value)
    }
}

impl std::ops::Deref for Held<'_> {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.record
    }
}

impl std::ops::DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Record {
        self.changed = true;
        &mut self.record
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // A panic may have left half a change: then the record stays as it was.
        if !std::thread::panicking() {
            self.put_back();
        }
    }
}
