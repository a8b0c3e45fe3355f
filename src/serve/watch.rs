//! Looks for changes of contracts and fixtures on disk, and has their mocks made anew.
//!
//! It looks at times and sizes again and again rather than asking the system to be told: that works on every file
//! system, in containers, and with editors that put a new file in the place of the old one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use crate::document::SpecSource;
use crate::mock::Mock;
use crate::serve::ServeError;
use crate::serve::listener::Listener;
use crate::serve::recipe::{Recipe, defects};
use crate::serve::site::{Site, Slot};

/// How long between two looks. What has changed is read once it has stayed the same for one such pause, so that no
/// file is read half written.
const PAUSE: Duration = Duration::from_millis(200);

/// By how much the times of files may lag behind the clock: file systems take the time of the last timer tick.
const TICK: Duration = Duration::from_millis(50);

/// Files are watched until this is dropped.
#[derive(Debug)]
pub struct Watch {
    /// Nothing is sent: that it is gone ends the thread.
    _alive: Sender<()>,
}

impl Watch {
    /// Watches the files of all mocks of a site that are made from files. What happens is told to `listener`.
    ///
    /// # Errors
    /// [`ServeError::Watch`] when there are none.
    pub fn start(site: &Arc<Site>, listener: Listener) -> Result<Self, ServeError> {
        let mut watched: Vec<Watched> = site.slots().iter().filter_map(Watched::new).collect();
        if watched.is_empty() {
            return Err(ServeError::Watch("neither a contract nor fixtures are files on disk"));
        }
        let (alive, ended) = channel();
        // Ends by itself when the sender goes; a look under way is not worth waiting for.
        std::thread::spawn(move || look(&ended, &mut watched, &listener));
        Ok(Self { _alive: alive })
    }
}

fn look(ended: &Receiver<()>, watched: &mut [Watched], listener: &Listener) {
    while ended.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        for one in watched.iter_mut() {
            one.look(listener);
        }
    }
}

/// What is known of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    #[cfg(unix)]
    inode: u64,
}

/// `None` where there is no such file.
fn stamp(path: &Path) -> Option<Stamp> {
    let data = std::fs::metadata(path).ok()?;
    Some(Stamp {
        modified: data.modified().ok(),
        size: data.len(),
        #[cfg(unix)]
        inode: std::os::unix::fs::MetadataExt::ino(&data),
    })
}

/// One mock and its files.
#[derive(Debug)]
struct Watched {
    slot: Arc<Slot>,
    recipe: Recipe,
    stamps: BTreeMap<PathBuf, Option<Stamp>>,
    /// Files changed after this are news.
    since: SystemTime,
    /// Something has changed and was not read yet.
    changed: bool,
}

impl Watched {
    fn new(slot: &Arc<Slot>) -> Option<Self> {
        let recipe = slot.recipe()?.clone();
        let on_disk = matches!(recipe.source, SpecSource::Path(_)) || recipe.fixtures.is_some();
        let since = recipe.since;
        on_disk.then(|| {
            slot.read_all();
            Self { slot: Arc::clone(slot), recipe, stamps: BTreeMap::new(), since, changed: false }
        })
    }

    /// All files that the mock depends on, as far as they are known.
    fn paths(&self, mock: &Mock) -> Vec<PathBuf> {
        let mut paths = mock.contract().paths_on_disk();
        if let SpecSource::Path(path) = &self.recipe.source {
            paths.push(path.clone());
        }
        if let Some(fixtures) = &self.recipe.fixtures {
            // The time of a folder changes when a file comes or goes.
            paths.push(fixtures.clone());
            let entries = std::fs::read_dir(fixtures).into_iter().flatten();
            paths.extend(entries.filter_map(Result::ok).map(|entry| entry.path()));
        }
        paths.sort();
        paths.dedup();
        paths
    }

    fn look(&mut self, listener: &Listener) {
        if self.anything_new() {
            self.changed = true;
        } else if std::mem::take(&mut self.changed) {
            self.since = SystemTime::now();
            self.reload(listener);
        }
    }

    /// Whether a file has changed since the last look. Files seen for the first time are news when they are younger
    /// than what was read last.
    fn anything_new(&mut self) -> bool {
        let mut new = false;
        for path in self.paths(&self.slot.mock()) {
            let now = stamp(&path);
            let young = || now.and_then(|s| s.modified).is_some_and(|time| time + TICK > self.since);
            new |= match self.stamps.get(&path) {
                Some(before) => *before != now,
                None => young(),
            };
            self.stamps.insert(path, now);
        }
        new
    }

    fn reload(&self, listener: &Listener) {
        let place = match self.slot.prefix() {
            "" => self.recipe.name(),
            prefix => format!("{} ({prefix})", self.recipe.name()),
        };
        match self.slot.reload() {
            Ok(reloaded) => {
                let operations = match reloaded.mock.contract().heads().len() {
                    1 => "1 operation".to_owned(),
                    many => format!("{many} operations"),
                };
                listener.note(&format!("reloaded {place}: {operations}; state is kept"));
                for remark in reloaded.remarks {
                    listener.error(&format!("warning: {remark}"));
                }
                for defect in defects(reloaded.mock.contract()) {
                    listener.error(&defect);
                }
            }
            Err(error) => {
                listener.error(&format!("{error}\n{place} is not reloaded; what was read before goes on"))
            }
        }
    }
}
