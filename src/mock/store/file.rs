//! State in a file: a log of all changes, one after the other ([`super::writer`]). Everything is read from memory.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::guard::Guard;
use super::keeper::{Commit, Keeper};
use super::memory::Store;
use super::replay::Found;
use super::target::{Contents, Header, StateError};
use super::writer::{Inner, Log, held};
use crate::base::clock::Clock;
use crate::base::limits::STATE_QUEUE_BYTES_MAX;
use crate::contract::Info;
use crate::resource::Resources;

/// The store in a file.
#[derive(Debug)]
pub struct FileStore {
    inner: Arc<Inner>,
    found: Mutex<Option<Found>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    shifts: AtomicU64,
}

impl FileStore {
    /// Opens the file, or gets ready to make it. Nothing is written to it yet.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn open(path: &Path, info: &Info, resources: &Resources) -> Result<Self, StateError> {
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path.display().to_string();
        let metadata = std::fs::metadata(&path).ok();
        if path.file_name().is_none() || metadata.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            return Err(StateError::NoFile { path: name, what: "a folder" });
        }
        if metadata.as_ref().is_some_and(|m| !m.is_file()) {
            return Err(StateError::NoFile { path: name, what: "a device or the like" });
        }
        let guard = Guard::take(&path)?;
        let header = header(info, resources);
        let found = if metadata.is_some() { Found::open(&path, &header)? } else { None };
        if found.is_none() && metadata.is_some() && guard.before.is_some_and(|length| length > 0) {
            return Err(StateError::Emptied { path: name });
        }
        let inner = Arc::new(Inner::new(path, header, guard));
        let found = Mutex::new(found);
        Ok(Self { inner, found, writer: Mutex::new(None), shifts: AtomicU64::new(1) })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Where the logical clock of the state in the file started; `None` when there is no state in it.
    #[must_use]
    pub(crate) fn started(&self) -> Option<jiff::Timestamp> {
        held(&self.found).as_ref().and_then(|found| found.header.start.parse().ok())
    }

    /// Whether there is state in the file that was not read yet.
    #[must_use]
    pub fn has_state(&self) -> bool {
        held(&self.found).is_some()
    }

    /// Who is told of changes to new shelves: nothing is kept of them before they are taken over by
    /// [`FileStore::replace`] or [`FileStore::load`].
    pub(crate) fn keeper(&self) -> Keeper {
        Keeper::File(Arc::clone(&self.inner), self.shifts.fetch_add(1, Ordering::Relaxed))
    }

    /// Reads the file's state into a store without entities, and goes on from there.
    ///
    /// # Errors
    /// [`StateError`].
    pub(crate) fn load(
        &self,
        store: &Store,
        clock: &Clock,
        resources: &Resources,
    ) -> Result<Contents, StateError> {
        let Some(found) = held(&self.found).take() else { return Ok(Contents::default()) };
        let start = found.header.start.clone();
        let before = held(&self.inner.guard).as_ref().and_then(|guard| guard.before);
        let missing = before.unwrap_or(0).saturating_sub(found.length);
        let mut loaded = found.load(store, resources)?;
        loaded.contents.missing = missing;
        clock.set(loaded.now);
        held(&self.inner.header).start = start;
        self.inner.now.store(clock.now(), Ordering::Relaxed);
        let open = || -> std::io::Result<Log> {
            let file = match &*held(&self.inner.guard) {
                Some(guard) => guard.file(&self.inner.path)?,
                None => return Err(std::io::Error::other("it is not locked")),
            };
            file.set_len(loaded.end)?;
            file.sync_all()?;
            Ok(Log { file, length: loaded.end, fresh: worth(store) })
        };
        *held(&self.inner.log) = Some(open().map_err(|e| self.inner.refused("write", &e))?);
        self.inner.record(loaded.end);
        self.inner.take_over(store);
        self.begin();
        Ok(loaded.contents)
    }

    /// Writes the file anew with the entities of this store, in place of all that was there; all or nothing.
    ///
    /// # Errors
    /// [`StateError`]: then the file is as it was.
    pub(crate) fn replace(&self, store: &Store, clock: &Clock) -> Result<(), StateError> {
        let header = held(&self.inner.header).clone();
        self.write_anew(header, store, clock)
    }

    /// [`FileStore::replace`] for a contract that takes over from the one before.
    ///
    /// # Errors
    /// [`StateError`]: then the file is as it was.
    pub(crate) fn hand_over(
        &self,
        info: &Info,
        resources: &Resources,
        store: &Store,
        clock: &Clock,
    ) -> Result<(), StateError> {
        self.write_anew(header(info, resources), store, clock)
    }

    fn write_anew(&self, mut header: Header, store: &Store, clock: &Clock) -> Result<(), StateError> {
        let mut log = held(&self.inner.log);
        header.start = clock.text(0);
        let written = self.inner.rewrite(&header, &store.shelves, clock.now());
        *log = Some(written.map_err(|e| self.inner.refused("write", &e))?);
        *held(&self.inner.header) = header;
        self.inner.now.store(clock.now(), Ordering::Relaxed);
        self.inner.take_over(store);
        // Whoever waits for what was let go is told with this.
        self.inner.add_time();
        drop(log);
        self.begin();
        Ok(())
    }

    /// Starts the writer, unless it runs.
    fn begin(&self) {
        held(&self.writer).get_or_insert_with(|| {
            let inner = Arc::clone(&self.inner);
            std::thread::spawn(move || inner.run())
        });
    }

    /// The logical time is this now.
    pub(crate) fn touch(&self, now: u64) {
        self.inner.now.fetch_max(now, Ordering::Relaxed);
        if !self.inner.ticked.swap(true, Ordering::Relaxed) {
            self.inner.wake.notify_one();
        }
    }

    /// The logical time is this now, which is a change of its own.
    pub(crate) fn keep_time(&self, now: u64) {
        self.inner.now.fetch_max(now, Ordering::Relaxed);
        self.inner.add_time();
    }

    /// What is done when all changes so far are on the disk.
    pub(crate) fn commit(&self) -> Commit {
        let last = held(&self.inner.queue).last;
        let kept = held(&self.inner.progress).kept;
        Commit((last > kept).then(|| (Arc::clone(&self.inner), last)))
    }

    /// Whether changes can be taken in at all.
    ///
    /// # Errors
    /// Why not: the disk has refused so many that no more can be held back.
    pub(crate) fn has_room(&self) -> Result<(), String> {
        let queue = held(&self.inner.queue);
        match &queue.failed {
            Some(reason) if queue.bytes > STATE_QUEUE_BYTES_MAX => Err(self.inner.unsaved(reason)),
            _ => Ok(()),
        }
    }

    /// Writes all changes so far, and the time.
    ///
    /// # Errors
    /// Why not.
    pub fn flush(&self) -> Result<(), String> {
        self.inner.add_time();
        let result = self.commit().wait();
        if result.is_ok() {
            self.inner.ticked.store(false, Ordering::Relaxed);
        }
        result
    }
}

impl Drop for FileStore {
    fn drop(&mut self) {
        held(&self.inner.queue).stop = true;
        self.inner.wake.notify_all();
        if let Some(writer) = held(&self.writer).take() {
            // A writer that panicked has nothing more to write.
            let _ = writer.join();
        }
        // Shelves may outlive this; nothing of them is kept any more, and the locks go.
        let log = held(&self.inner.log).take();
        if let Some(log) = &log {
            self.inner.record(log.length);
        }
        held(&self.inner.guard).take();
    }
}

fn header(info: &Info, resources: &Resources) -> Header {
    Header {
        contract: info.title.clone(),
        version: info.version.clone(),
        start: String::new(),
        resources: resources.all.iter().map(|r| (r.name.clone(), r.item.clone())).collect(),
    }
}

/// About how many bytes the entities of a store take in a log.
fn worth(store: &Store) -> u64 {
    let entities = store.shelves.iter().flat_map(|shelf| shelf.select(&mut |_| true));
    entities.map(|entity| entity.packed().text.len() as u64 + 128).sum()
}
