//! The log of a state file and the thread that writes it. A change is on the disk before its answer leaves; the changes
//! that come while the disk is busy go there together, so that many clients at once lose little time.
//!
//! The log is written anew when most of what is in it is out of date.
//!
//! Locks are taken in this order: an entity's, the log's, the queue's, the header's; the progress's and the guard's stand
//! alone.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;

use super::frame::{first_line, frame};
use super::guard::{Guard, lock_new};
use super::line;
use super::memory::Store;
use super::shelf::Shelf;
use super::target::{Header, StateError, reason};
use crate::base::files::{Access, Fresh};
use crate::base::limits::{STATE_FRAME_BYTES, STATE_REWRITE_BYTES_MIN};

/// How long the writer waits before it writes the time alone, and before it tries again what failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How many times larger than what is worth keeping the log may grow before it is written anew.
const GROWTH: u64 = 3;

/// What the writer shares with those who change entities.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(super) path: PathBuf,
    pub(super) header: Mutex<Header>,
    pub(super) queue: Mutex<Queue>,
    pub(super) wake: Condvar,
    pub(super) log: Mutex<Option<Log>>,
    pub(super) guard: Mutex<Option<Guard>>,
    pub(super) now: AtomicU64,
    /// The time went on since it was written.
    pub(super) ticked: AtomicBool,
    pub(super) progress: Mutex<Progress>,
    finished: Condvar,
    told: watch::Sender<u64>,
}

/// Changes that are not on the disk yet.
#[derive(Debug, Default)]
pub(super) struct Queue {
    changes: VecDeque<Change>,
    pub(super) bytes: usize,
    /// The number of the last change that came.
    pub(super) last: u64,
    /// The shelves in use.
    shelves: Vec<(u64, Weak<Shelf>)>,
    pub(super) stop: bool,
    /// What the system said to the last try.
    pub(super) failed: Option<String>,
}

#[derive(Debug)]
struct Change {
    resource: usize,
    shift: u64,
    line: Vec<u8>,
}

/// How far the writer has come: numbers of changes.
#[derive(Debug, Default)]
pub(super) struct Progress {
    tried: u64,
    pub(super) kept: u64,
    failed: Option<String>,
}

/// The open file.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) file: File,
    pub(super) length: u64,
    /// How long it was when it was written anew.
    pub(super) fresh: u64,
}

pub(super) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these locks guard is whole between any two statements.
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    pub(super) fn new(path: PathBuf, header: Header, guard: Guard) -> Self {
        Self {
            path,
            header: Mutex::new(header),
            queue: Mutex::default(),
            wake: Condvar::new(),
            log: Mutex::new(None),
            guard: Mutex::new(Some(guard)),
            now: AtomicU64::new(0),
            ticked: AtomicBool::new(false),
            progress: Mutex::default(),
            finished: Condvar::new(),
            told: watch::Sender::new(0),
        }
    }

    /// A change, in its place after all before it.
    pub(super) fn add(&self, resource: usize, shift: u64, line: impl FnOnce(&str) -> Vec<u8>) {
        let mut queue = held(&self.queue);
        if queue.stop || queue.shelves.get(resource).is_none_or(|(current, _)| *current != shift) {
            return;
        }
        let line = {
            let header = held(&self.header);
            header.resources.get_index(resource).map(|(name, _)| line(name))
        };
        let Some(line) = line else { return };
        queue.push(Change { resource, shift, line });
        self.wake.notify_one();
    }

    pub(super) fn add_time(&self) {
        let mut queue = held(&self.queue);
        let line = line::now(self.now.load(Ordering::Relaxed));
        queue.push(Change { resource: usize::MAX, shift: 0, line });
        self.wake.notify_one();
    }

    /// From now on the shelves of this store are the ones in use; what waits of others is let go.
    pub(super) fn take_over(&self, store: &Store) {
        let mut queue = held(&self.queue);
        queue.shelves = store.shelves.iter().map(|s| (s.home.shift(), Arc::downgrade(s))).collect();
        let Queue { changes, shelves, bytes, .. } = &mut *queue;
        changes.retain(|c| shelves.get(c.resource).is_none_or(|(current, _)| *current == c.shift));
        *bytes = changes.iter().map(|c| c.line.len()).sum();
    }

    /// Writes until it is told to stop.
    pub(super) fn run(&self) {
        let mut before = 0;
        loop {
            let (changes, last, stop) = self.next(before);
            before = last;
            let result = self.append(&changes);
            let failed = result.is_err();
            self.publish(last, result.err().map(|e| reason(&e)), changes);
            if stop {
                return;
            }
            if !failed {
                self.rewrite_if_grown();
            }
        }
    }

    /// Waits for something to write: the changes, the number of the last one, and whether to stop after them. The last
    /// try ended with the change numbered `before`.
    fn next(&self, before: u64) -> (Vec<Change>, u64, bool) {
        let mut queue = held(&self.queue);
        // What failed is tried again when something new comes, or after a while.
        let mut tired = queue.failed.is_some();
        loop {
            let ready = !queue.changes.is_empty() && (!tired || queue.last > before);
            if ready || queue.stop {
                queue.bytes = 0;
                let changes = std::mem::take(&mut queue.changes).into();
                return (changes, queue.last, queue.stop);
            }
            if !tired && !self.ticked.load(Ordering::Relaxed) {
                queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (again, waited) =
                self.wake.wait_timeout(queue, PAUSE).unwrap_or_else(PoisonError::into_inner);
            queue = again;
            if waited.timed_out() {
                tired = false;
                if queue.changes.is_empty() && self.ticked.load(Ordering::Relaxed) {
                    // The time alone.
                    return (Vec::new(), queue.last, queue.stop);
                }
            }
        }
    }

    /// Puts changes, and the time, on the disk.
    fn append(&self, changes: &[Change]) -> std::io::Result<()> {
        self.ticked.store(false, Ordering::Relaxed);
        let mut lines = line::now(self.now.load(Ordering::Relaxed));
        changes.iter().for_each(|change| lines.extend_from_slice(&change.line));
        let mut log = held(&self.log);
        let Some(log) = log.as_mut() else { return Ok(()) };
        let frame = frame(&lines);
        let written = log
            .file
            .seek(SeekFrom::Start(log.length))
            .and_then(|_| log.file.write_all(&frame))
            .and_then(|()| log.file.sync_data());
        match written {
            Ok(()) => log.length += frame.len() as u64,
            // Half a frame would be cut off by the next reader; here it is overwritten by the next try.
            Err(_) => drop(log.file.set_len(log.length)),
        }
        written
    }

    /// Says how far the writer has come; what failed goes back to the front.
    fn publish(&self, last: u64, failed: Option<String>, changes: Vec<Change>) {
        {
            let mut queue = held(&self.queue);
            queue.failed.clone_from(&failed);
            if failed.is_some() {
                queue.bytes += changes.iter().map(|c| c.line.len()).sum::<usize>();
                for change in changes.into_iter().rev() {
                    queue.changes.push_front(change);
                }
            }
        }
        let mut progress = held(&self.progress);
        progress.tried = last;
        if failed.is_none() {
            progress.kept = last;
        }
        progress.failed = failed;
        drop(progress);
        self.finished.notify_all();
        self.told.send_replace(last);
    }

    fn rewrite_if_grown(&self) {
        let mut log = held(&self.log);
        let grown = log.as_ref().is_some_and(|log| {
            log.length > STATE_REWRITE_BYTES_MIN && log.length > log.fresh.saturating_mul(GROWTH)
        });
        if !grown {
            return;
        }
        let shelves: Option<Vec<Arc<Shelf>>> =
            held(&self.queue).shelves.iter().map(|(_, shelf)| shelf.upgrade()).collect();
        let Some(shelves) = shelves else { return };
        let header = held(&self.header).clone();
        match self.rewrite(&header, &shelves, self.now.load(Ordering::Relaxed)) {
            Ok(written) => *log = Some(written),
            // The old log is whole: it goes on growing, and the next try comes when it has doubled.
            Err(_) => {
                if let Some(log) = log.as_mut() {
                    log.fresh = log.length;
                }
            }
        }
    }

    /// Writes a new log beside the old one and puts it in its place.
    ///
    /// Entities may change meanwhile: what is written of them is theirs of some moment after the last change in the old
    /// log, and the changes since then follow in the new one.
    pub(super) fn rewrite(&self, header: &Header, shelves: &[Arc<Shelf>], now: u64) -> std::io::Result<Log> {
        let mut fresh = Fresh::beside(&self.path, Access::Usual)?;
        lock_new(&fresh.file)?;
        let mut length = 0;
        let mut put = |bytes: &[u8]| {
            length += bytes.len() as u64;
            fresh.file.write_all(bytes)
        };
        put(first_line().as_bytes())?;
        put(&frame(&serde_json::to_vec(header)?))?;
        let mut lines = line::now(now);
        for ((name, _), shelf) in header.resources.iter().zip(shelves) {
            lines.extend(line::last(name, shelf.last.load(Ordering::Relaxed)));
            for entity in shelf.select(&mut |_| true) {
                lines.extend(line::put(name, &entity, &entity.packed(), 0));
                if lines.len() > STATE_FRAME_BYTES {
                    put(&frame(&std::mem::take(&mut lines)))?;
                }
            }
        }
        put(&frame(&lines))?;
        fresh.file.sync_all()?;
        // Until it is known which of the two is in the place: there is state in it.
        self.record(1);
        let file = fresh.into_place()?;
        sync_folder(&self.path)?;
        self.record(length);
        Ok(Log { file, length, fresh: length })
    }

    /// Writes down beside the file how long it is.
    pub(super) fn record(&self, length: u64) {
        if let Some(guard) = held(&self.guard).as_mut() {
            guard.record(Some(length));
        }
    }

    pub(super) fn wait(&self, number: u64) -> Result<(), String> {
        let mut progress = held(&self.progress);
        while progress.tried < number {
            progress = self.finished.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
        self.outcome(&progress, number)
    }

    pub(super) async fn done(&self, number: u64) -> Result<(), String> {
        let mut told = self.told.subscribe();
        // The sender lives as long as `self`.
        let _ = told.wait_for(|tried| *tried >= number).await;
        self.outcome(&held(&self.progress), number)
    }

    fn outcome(&self, progress: &Progress, number: u64) -> Result<(), String> {
        match &progress.failed {
            Some(reason) if progress.kept < number => Err(self.unsaved(reason)),
            _ => Ok(()),
        }
    }

    pub(super) fn unsaved(&self, reason: &str) -> String {
        format!("The change could not be kept in {}: {reason}", self.path.display())
    }

    pub(super) fn refused(&self, doing: &'static str, error: &std::io::Error) -> StateError {
        StateError::Refused { path: self.path.display().to_string(), doing, reason: reason(error) }
    }
}

impl Queue {
    fn push(&mut self, change: Change) {
        self.bytes += change.line.len();
        self.last += 1;
        self.changes.push_back(change);
    }
}

/// Makes a rename in a folder last.
#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    // Renames are journalled there, and folders can't be opened.
    Ok(())
}
