//! Named snapshots of the state: entities and clock of a moment, held in memory while the mock runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;

use super::store_state::StoreState;
use crate::base::clock::Clock;
use crate::base::limits::{SNAPSHOT_BYTES_MAX, SNAPSHOT_NAME_CHARS_MAX, SNAPSHOTS_MAX};
use crate::mock::store::{Keeper, ShelfCopy, StateError};

/// All snapshots, by name, in the order in which they were taken first.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(Mutex<IndexMap<String, Snapshot>>);

#[derive(Debug)]
struct Snapshot {
    clock: Clock,
    shelves: Vec<ShelfCopy>,
}

/// What can be said of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its name.
    pub name: String,
    /// The logical time when it was taken (RFC 3339).
    pub time: String,
    /// How many entities it has, deleted ones included.
    pub entities: usize,
    /// How many bytes their properties have.
    pub bytes: usize,
}

/// Why a snapshot can't be taken or restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The name is too long or odd.
    #[error("a snapshot's name has 1 to {SNAPSHOT_NAME_CHARS_MAX} letters, digits, `.`, `_` or `-`")]
    Name,
    /// There is none of that name.
    #[error("there is no snapshot `{0}`")]
    Unknown(String),
    /// There are too many.
    #[error("there are {SNAPSHOTS_MAX} snapshots already: delete one first")]
    TooMany,
    /// They are too large together.
    #[error("the snapshots would have more than {SNAPSHOT_BYTES_MAX} bytes together: delete one first")]
    TooLarge,
    /// The state file can't be written.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Snapshots {
    /// Takes a snapshot of a state of so many resources; one of that name is replaced.
    ///
    /// # Errors
    /// [`SnapshotError`]: an odd name, or no room.
    pub(crate) fn take(
        &self,
        name: &str,
        state: &StoreState,
        resources: usize,
    ) -> Result<SnapshotInfo, SnapshotError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.is_empty() || name.len() > SNAPSHOT_NAME_CHARS_MAX || !name.chars().all(plain) {
            return Err(SnapshotError::Name);
        }
        let now = state.clock.now();
        let shelves = (0..resources).map(|number| state.store.copy(number, now)).collect();
        let snapshot = Snapshot { clock: state.clock.copy(), shelves };
        let mut all = self.lock();
        if !all.contains_key(name) && all.len() >= SNAPSHOTS_MAX {
            return Err(SnapshotError::TooMany);
        }
        let others: usize = all.iter().filter(|(n, _)| *n != name).map(|(_, s)| s.bytes()).sum();
        if others.saturating_add(snapshot.bytes()) > SNAPSHOT_BYTES_MAX {
            return Err(SnapshotError::TooLarge);
        }
        let info = snapshot.info(name);
        all.insert(name.to_owned(), snapshot);
        Ok(info)
    }

    /// The state of a snapshot, whose changes are kept by `keeper`.
    ///
    /// # Errors
    /// [`SnapshotError::Unknown`].
    pub(crate) fn state(&self, name: &str, keeper: &Keeper) -> Result<StoreState, SnapshotError> {
        let all = self.lock();
        let snapshot = all.get(name).ok_or_else(|| SnapshotError::Unknown(name.to_owned()))?;
        Ok(snapshot.state(keeper))
    }

    /// Forgets a snapshot.
    ///
    /// # Errors
    /// [`SnapshotError::Unknown`].
    pub(crate) fn drop(&self, name: &str) -> Result<(), SnapshotError> {
        let dropped = self.lock().shift_remove(name);
        dropped.map(drop).ok_or_else(|| SnapshotError::Unknown(name.to_owned()))
    }

    /// What can be said of each.
    pub(crate) fn list(&self) -> Vec<SnapshotInfo> {
        self.lock().iter().map(|(name, snapshot)| snapshot.info(name)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, IndexMap<String, Snapshot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Snapshot {
    fn info(&self, name: &str) -> SnapshotInfo {
        SnapshotInfo {
            name: name.to_owned(),
            time: self.clock.text(self.clock.now()),
            entities: self.shelves.iter().map(ShelfCopy::len).sum(),
            bytes: self.bytes(),
        }
    }

    fn bytes(&self) -> usize {
        self.shelves.iter().map(ShelfCopy::bytes).sum()
    }

    fn state(&self, keeper: &Keeper) -> StoreState {
        let state = StoreState::blank(self.shelves.len(), self.clock.copy(), keeper);
        for (number, copy) in self.shelves.iter().enumerate() {
            // There was room for them before.
            let _ = state.store.put_copy(number, copy);
        }
        state
    }
}
