//! What is kept, and for how long.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use bytes::Bytes;

use super::entry::{Entry, Told};
use super::packed::Packed;
use crate::base::limits::{
    JOURNAL_ANSWER_BYTES_MAX, JOURNAL_BYTES_MAX, JOURNAL_ENTRIES_MAX, JOURNAL_WAITING_MAX,
};
use crate::contract::{Operation, OperationIndex};
use crate::mock::journal::Filter;
use crate::wire::Request;

/// The journal.
#[derive(Debug)]
pub struct Journal {
    inner: Mutex<Inner>,
    /// The last number given.
    last: AtomicU64,
    /// Takes entries while somebody else has the journal in hand, so that nobody waits for a thread that the system has
    /// put aside at the wrong moment.
    door: Sender<Waiting>,
    /// How many are there.
    waiting: AtomicUsize,
}

/// An entry that waits to be taken in, and its operation.
type Waiting = (Packed, Option<Arc<Operation>>);

impl Default for Journal {
    fn default() -> Self {
        let (door, came) = channel();
        let inner = Inner {
            came,
            entries: VecDeque::new(),
            bytes: 0,
            answer_bytes: 0,
            bare: 0,
            counts: BTreeMap::new(),
            operations: HashMap::new(),
        };
        Self { inner: Mutex::new(inner), last: AtomicU64::new(0), door, waiting: AtomicUsize::new(0) }
    }
}

#[derive(Debug)]
struct Inner {
    came: Receiver<Waiting>,
    /// By number.
    entries: VecDeque<Packed>,
    bytes: usize,
    /// What the bodies of answers take; entries with a number up to `bare` have none any more.
    answer_bytes: usize,
    bare: u64,
    counts: BTreeMap<(Option<OperationIndex>, u16), u64>,
    /// The operations that were called, by their numbers.
    operations: HashMap<OperationIndex, Arc<Operation>>,
}

thread_local! {
    /// The buffer of an entry that had to go.
    static SPARE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Journal {
    /// The journal in hand, with all that waited taken in.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        self.let_in(&mut inner);
        inner
    }

    fn let_in(&self, inner: &mut Inner) {
        while let Ok((packed, operation)) = inner.came.try_recv() {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            inner.take(packed, operation.as_ref());
        }
    }

    /// Takes a request in; answers its number.
    pub fn record(
        &self,
        time: u64,
        request: &Request,
        operation: Option<&Arc<Operation>>,
        told: Told<'_>,
    ) -> u64 {
        let index = operation.map(|operation| operation.head.index);
        let mut packed = Packed::of(time, request, index, told, SPARE.take());
        let number = self.last.fetch_add(1, Ordering::AcqRel) + 1;
        packed.number = number;
        let mut inner = match self.inner.try_lock() {
            Ok(inner) => inner,
            Err(TryLockError::WouldBlock) if self.waiting.load(Ordering::Acquire) < JOURNAL_WAITING_MAX => {
                self.waiting.fetch_add(1, Ordering::AcqRel);
                // The other end is there as long as this one.
                let _ = self.door.send((packed, operation.cloned()));
                return number;
            }
            Err(TryLockError::WouldBlock) => self.lock(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        };
        self.let_in(&mut inner);
        inner.take(packed, operation);
        let (oldest, more) = inner.make_room();
        // Freed without the lock.
        drop(inner);
        drop(more);
        if let Some(oldest) = oldest {
            SPARE.set(oldest.into_buffer());
        }
        number
    }

    /// The entries that the filter takes, oldest first. [`Filter::valid`] is not looked at here, but by
    /// [`crate::mock::Engine::requests`].
    #[must_use]
    pub fn list(&self, filter: &Filter) -> Vec<Entry> {
        let inner = self.lock();
        let mut found: Vec<Entry> = inner.newest(filter).collect();
        found.reverse();
        found
    }

    /// How many entries the filter takes, as [`Journal::list`] does.
    #[must_use]
    pub fn count(&self, filter: &Filter) -> usize {
        self.lock().newest(filter).count()
    }

    /// Forgets all entries; counts and numbers go on.
    pub fn clear(&self) {
        let old = {
            let mut inner = self.lock();
            inner.bytes = 0;
            inner.answer_bytes = 0;
            inner.bare = self.last.load(Ordering::Acquire);
            std::mem::take(&mut inner.entries)
        };
        drop(old);
    }

    /// Takes over operations of another contract: `now` says for each number of an operation what it is from now on, if
    /// anything, and `operation` gives the operation of such a number.
    pub(in crate::mock) fn renumber(
        &self,
        now: &[Option<OperationIndex>],
        operation: impl Fn(OperationIndex) -> Arc<Operation>,
    ) {
        let of = |was: OperationIndex| now.get(was.0 as usize).copied().flatten();
        let mut inner = self.lock();
        for entry in &mut inner.entries {
            entry.operation = entry.operation.and_then(of);
        }
        let known = std::mem::take(&mut inner.operations);
        inner.operations = known.into_keys().filter_map(of).map(|index| (index, operation(index))).collect();
        let counts = std::mem::take(&mut inner.counts);
        for ((operation, status), count) in counts {
            *inner.counts.entry((operation.and_then(of), status)).or_default() += count;
        }
    }

    /// How often each (operation, status) was answered since the start.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<(Option<OperationIndex>, u16), u64> {
        self.lock().counts.clone()
    }
}

impl Inner {
    /// The entries that the filter takes, newest first, as many as it wants.
    fn newest<'i>(&'i self, filter: &'i Filter) -> impl Iterator<Item = Entry> + 'i {
        let of = |index: OperationIndex| self.operations.get(&index).cloned();
        let all = self.entries.iter().rev().map(move |entry| entry.entry(of));
        all.filter(|entry| filter.takes(entry)).take(filter.limit.unwrap_or(usize::MAX))
    }

    /// Takes an entry in, in its place by number.
    fn take(&mut self, packed: Packed, operation: Option<&Arc<Operation>>) {
        let count = self.counts.entry((packed.operation, packed.status)).or_default();
        *count += 1;
        if *count == 1
            && let Some(operation) = operation
        {
            self.operations.insert(operation.head.index, Arc::clone(operation));
        }
        self.bytes += packed.size();
        self.answer_bytes += packed.answer_size();
        // Those that waited may be older than what came in meanwhile, by a few.
        match self.entries.iter().rev().take_while(|entry| entry.number > packed.number).count() {
            0 => self.entries.push_back(packed),
            after => self.entries.insert(self.entries.len() - after, packed),
        }
    }

    /// Drops the oldest as far as there is too much; answers what was dropped.
    fn make_room(&mut self) -> (Option<Packed>, Vec<Bytes>) {
        let mut dropped = None;
        while self.entries.len() > JOURNAL_ENTRIES_MAX || self.bytes > JOURNAL_BYTES_MAX {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.size());
            self.answer_bytes = self.answer_bytes.saturating_sub(oldest.answer_size());
            dropped = Some(oldest);
        }
        let mut stripped = Vec::new();
        while self.answer_bytes > JOURNAL_ANSWER_BYTES_MAX {
            stripped.extend(self.strip_oldest());
        }
        (dropped, stripped)
    }

    /// Takes the answer's body from the oldest entry that has one of its own.
    fn strip_oldest(&mut self) -> Option<Bytes> {
        let Some(first) = self.entries.front().map(|entry| entry.number) else {
            self.answer_bytes = 0;
            return None;
        };
        self.bare = (self.bare + 1).max(first);
        let at = usize::try_from(self.bare - first).unwrap_or(usize::MAX);
        let Some(entry) = self.entries.get_mut(at) else {
            // Nothing is left that could go.
            self.answer_bytes = 0;
            return None;
        };
        self.answer_bytes = self.answer_bytes.saturating_sub(entry.answer_size());
        entry.strip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::JOURNAL_BODY_BYTES_MAX;

    fn request(method: &str, target: &str) -> Request {
        Request { method: method.into(), target: target.into(), ..Request::default() }
    }

    fn note(journal: &Journal, request: Request, status: u16, answer: usize) -> u64 {
        let told = Told { status, body: Some(vec![b'y'; answer].into()), ..Told::default() };
        journal.record(1, &request, None, told)
    }

    #[test]
    fn filters_combine() {
        let journal = Journal::default();
        for (method, target, status) in
            [("GET", "/a/1?x=1", 200), ("DELETE", "/a/1", 422), ("DELETE", "/a/2", 200), ("GET", "/b", 404)]
        {
            note(&journal, request(method, target), status, 1);
        }
        let numbers = |filter: Filter| journal.list(&filter).iter().map(|e| e.number).collect::<Vec<_>>();
        assert_eq!(numbers(Filter { method: Some("delete".into()), ..Filter::default() }), [2, 3]);
        assert_eq!(numbers(Filter { path: Some("/a/1".into()), ..Filter::default() }), [1, 2]);
        assert_eq!(numbers(Filter { path: Some("/a/*".into()), since: 1, ..Filter::default() }), [2, 3]);
        assert_eq!(numbers(Filter { path: Some("/a/{id}".into()), since: 1, ..Filter::default() }), [2, 3]);
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
            note(&journal, request("GET", "/a"), 200, 0);
        }
        let first = journal.list(&Filter::default())[0].number;
        assert!(first >= 6, "{first}");
        for _ in 0..JOURNAL_BYTES_MAX / JOURNAL_BODY_BYTES_MAX + 5 {
            let body = Some(Bytes::from(vec![b'x'; JOURNAL_BODY_BYTES_MAX * 2]));
            note(&journal, Request { body, ..request("PUT", "/a") }, 200, 0);
        }
        let kept = journal.list(&Filter::default());
        assert!(kept.len() < JOURNAL_BYTES_MAX / JOURNAL_BODY_BYTES_MAX, "{}", kept.len());
        assert_eq!(kept[0].request.body.as_ref().unwrap().len(), JOURNAL_BODY_BYTES_MAX);
        assert!(kept[0].is_cut());
    }

    #[test]
    fn nobody_waits_and_nothing_is_lost() {
        let journal = Journal::default();
        // While it is in somebody's hands, as many entries wait as may; the next one's bringer waits too.
        let held = journal.lock();
        for _ in 0..JOURNAL_WAITING_MAX {
            note(&journal, request("GET", "/a"), 200, 3);
        }
        std::thread::scope(|threads| {
            let last = threads.spawn(|| note(&journal, request("GET", "/b"), 404, 3));
            drop(held);
            assert_eq!(last.join().unwrap(), JOURNAL_WAITING_MAX as u64 + 1);
        });
        let kept = journal.list(&Filter::default());
        let numbers: Vec<u64> = kept.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1..=JOURNAL_WAITING_MAX as u64 + 1).collect::<Vec<_>>());
        assert_eq!(journal.counts()[&(None, 200)], JOURNAL_WAITING_MAX as u64);
        // Many at once: all are there, in order, with numbers of their own.
        journal.clear();
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    (0..500).for_each(|_| assert!(note(&journal, request("GET", "/c"), 201, 3) > 0))
                });
            }
        });
        let kept = journal.list(&Filter::default());
        assert_eq!(kept.len(), 2_000);
        assert!(kept.is_sorted_by(|a, b| a.number < b.number));
        assert_eq!(journal.counts()[&(None, 201)], 2_000);
    }

    #[test]
    fn bodies_of_old_answers_make_room() {
        let journal = Journal::default();
        let fit = JOURNAL_ANSWER_BYTES_MAX / JOURNAL_BODY_BYTES_MAX;
        for _ in 0..fit + 3 {
            note(&journal, request("GET", "/a"), 200, JOURNAL_BODY_BYTES_MAX + 7);
        }
        let kept = journal.list(&Filter::default());
        assert_eq!(kept.len(), fit + 3);
        assert_eq!(kept.iter().filter(|e| e.outcome.body.is_none()).count(), 3);
        assert!(kept[2].outcome.body.is_none() && kept[3].outcome.body.is_some());
        assert_eq!(kept[0].outcome.body_bytes, JOURNAL_BODY_BYTES_MAX + 7);
        journal.clear();
        for _ in 0..fit + 1 {
            note(&journal, request("GET", "/a"), 200, JOURNAL_BODY_BYTES_MAX);
        }
        let kept = journal.list(&Filter::default());
        assert!(kept[0].outcome.body.is_none() && kept[1].outcome.body.is_some());
    }
}
