//! The state as it is now, where it is kept beyond memory, and how one replaces another.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

use super::fixtures::Fixtures;
use super::snapshots::Snapshots;
use super::store_state::{InitialStateError, StoreState};
use crate::base::clock::Clock;
use crate::mock::MockError;
use crate::mock::catalog::Catalog;
use crate::mock::settings::StateMode;
use crate::mock::store::{Commit, FileStore, Keeper, StateError};

/// What the mock remembers.
#[derive(Debug)]
pub(crate) struct State {
    current: ArcSwap<StoreState>,
    kept: Arc<Kept>,
}

/// What is kept besides the entities in memory; a mock made anew takes it over.
#[derive(Debug, Default)]
struct Kept {
    /// The file, where there is one.
    file: Option<FileStore>,
    /// States that are held by name.
    snapshots: Snapshots,
    /// Held while one state replaces another.
    replacing: Mutex<()>,
    /// What people should know of how the state was found.
    notes: Mutex<Vec<String>>,
}

impl State {
    /// The state at the start: what the state file holds that the settings name, else what the fixtures say.
    ///
    /// # Errors
    /// [`MockError`]: the state file or the fixtures can't be used.
    pub(crate) fn open(catalog: &Catalog) -> Result<Self, MockError> {
        let file = match &catalog.settings().state {
            StateMode::File(path) => {
                Some(FileStore::open(path, catalog.contract().info(), catalog.resources())?)
            }
            StateMode::Memory | StateMode::None => None,
        };
        let kept = Kept { file, ..Kept::default() };
        let first = kept.first(catalog)?;
        Ok(Self { current: ArcSwap::from_pointee(first), kept: Arc::new(kept) })
    }

    /// What the fixtures say, kept in no file: that of a mock that will take over from another.
    ///
    /// # Errors
    /// [`InitialStateError`]: the fixtures can't be used.
    pub(crate) fn of_fixtures(catalog: &Catalog) -> Result<Self, InitialStateError> {
        let first = described(catalog, &catalog.settings().fixtures, &Keeper::Memory)?;
        Ok(Self { current: ArcSwap::from_pointee(first), kept: Arc::default() })
    }

    /// The state of a mock that takes over from another, in the file too, which is this mock's from now on.
    ///
    /// # Errors
    /// [`StateError`]: the state file can't be written.
    pub(crate) fn going_on(&self, catalog: &Catalog, state: StoreState) -> Result<Self, StateError> {
        let _alone = self.kept.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &self.kept.file {
            file.hand_over(catalog.contract().info(), catalog.resources(), &state.store, &state.clock)?;
        }
        Ok(Self { current: ArcSwap::from_pointee(state), kept: Arc::clone(&self.kept) })
    }

    /// Entities and clock as they are now.
    pub(crate) fn load(&self) -> Guard<Arc<StoreState>> {
        self.current.load()
    }

    /// States that are held by name.
    pub(crate) fn snapshots(&self) -> &Snapshots {
        &self.kept.snapshots
    }

    /// Who keeps the changes of a new state.
    pub(crate) fn keeper(&self) -> Keeper {
        self.kept.keeper()
    }

    /// The state that the fixtures describe, kept like this one.
    ///
    /// # Errors
    /// [`InitialStateError`]: the fixtures can't be used.
    pub(crate) fn initial(&self, catalog: &Catalog) -> Result<StoreState, InitialStateError> {
        described(catalog, &catalog.settings().fixtures, &self.keeper())
    }

    /// Puts another state in the place of this one, in the file too.
    ///
    /// # Errors
    /// [`StateError`]: the state file can't be written.
    pub(crate) fn replace(&self, state: StoreState) -> Result<(), StateError> {
        let _alone = self.kept.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &self.kept.file {
            file.replace(&state.store, &state.clock)?;
        }
        self.current.store(Arc::new(state));
        Ok(())
    }

    /// Why a request of this method may change nothing: the state file takes no more. `None` when all is well.
    pub(crate) fn refuses_changes(&self, now: u64, method: &str) -> Option<String> {
        let file = self.kept.file.as_ref()?;
        file.touch(now);
        if is_safe(method) {
            return None;
        }
        file.has_room().err()
    }

    /// What the answer to a request of this method waits for.
    pub(crate) fn commit(&self, method: &str) -> Commit {
        match &self.kept.file {
            Some(file) if !is_safe(method) => file.commit(),
            _ => Commit::default(),
        }
    }

    /// The clock was moved: that is a change to keep.
    pub(crate) fn clock_moved(&self, now: u64) {
        if let Some(file) = &self.kept.file {
            file.keep_time(now);
        }
    }

    /// Writes what is not in the state file yet, the time included; without a state file there is nothing to do.
    ///
    /// # Errors
    /// Why it can't be written.
    pub(crate) fn flush(&self) -> Result<(), String> {
        let Some(file) = &self.kept.file else { return Ok(()) };
        file.touch(self.load().clock.now());
        file.flush()
    }

    /// What people should know of how the state was found; told once.
    pub(crate) fn notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.kept.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn keeper(&self) -> Keeper {
        self.file.as_ref().map_or(Keeper::Memory, FileStore::keeper)
    }

    fn first(&self, catalog: &Catalog) -> Result<StoreState, MockError> {
        let fixtures = &catalog.settings().fixtures;
        let Some(file) = &self.file else { return Ok(described(catalog, fixtures, &self.keeper())?) };
        if !file.has_state() {
            let state = described(catalog, fixtures, &self.keeper())?;
            file.replace(&state.store, &state.clock)?;
            self.note(format!("state is kept in {}, which is new", file.path().display()));
            return Ok(state);
        }
        let clock = Clock::new(file.started());
        let state = StoreState::blank(catalog.resources().all.len(), clock, &file.keeper());
        let contents = file.load(&state.store, &state.clock, catalog.resources())?;
        let path = file.path().display();
        let plural = if contents.entities == 1 { "entity" } else { "entities" };
        self.note(format!("state goes on from {path}: {} {plural}", contents.entities));
        if contents.cut_off > 0 {
            let bytes = contents.cut_off;
            self.note(format!(
                "warning: the last {bytes} bytes of {path} were cut off: a write that was not finished when the \
                 program ended, and so was never answered"
            ));
        }
        if let bytes @ 1.. = contents.missing {
            self.note(format!(
                "warning: {path} is {bytes} bytes shorter than when it was last used: changes are missing, unless a \
                 copy of it was put back"
            ));
        }
        if !fixtures.entities.is_empty() {
            self.note("the fixtures are not loaded again; POST /__counterpart/reset does that".to_owned());
        }
        Ok(state)
    }

    fn note(&self, text: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }
}

/// The state that fixtures describe.
fn described(
    catalog: &Catalog,
    fixtures: &Fixtures,
    keeper: &Keeper,
) -> Result<StoreState, InitialStateError> {
    let names = catalog.resources().by_name();
    let resource = |number| Arc::clone(catalog.resource(number));
    StoreState::new(&names, fixtures, keeper, &resource, &|number, value| catalog.trouble(number, value))
}

/// Methods that change nothing (RFC 9110 §9.2.1). What they bring forth is found again from the seed.
fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
}
