//! Where the mock's state is kept beyond memory, and how one world replaces another.

use std::sync::{Arc, Mutex, PoisonError};

use super::snapshots::Snapshots;
use super::store_state::StoreState;
use crate::base::clock::Clock;
use crate::contract::Info;
use crate::framework::{Reason, Refusal};
use crate::mock::settings::StateMode;
use crate::mock::store::{Commit, FileStore, Keeper, StateError};
use crate::mock::{Mock, MockError};
use crate::resource::Resources;
use crate::wire::Response;

/// What is kept of the state besides the entities in memory.
#[derive(Debug, Default)]
pub(in crate::mock) struct State {
    /// The file, where there is one.
    file: Option<FileStore>,
    /// States that are held by name.
    pub(in crate::mock) snapshots: Snapshots,
    /// Held while one world replaces another.
    replacing: Mutex<()>,
    /// What people should know of how the state was found.
    notes: Mutex<Vec<String>>,
}

impl State {
    /// Opens what the settings name.
    pub(in crate::mock) fn open(
        mode: &StateMode,
        info: &Info,
        resources: &Resources,
    ) -> Result<Self, StateError> {
        let StateMode::File(path) = mode else { return Ok(Self::default()) };
        Ok(Self { file: Some(FileStore::open(path, info, resources)?), ..Self::default() })
    }
}

impl Mock {
    /// Who keeps the changes of a new world.
    pub(in crate::mock) fn keeper(&self) -> Keeper {
        self.state.file.as_ref().map_or(Keeper::Memory, FileStore::keeper)
    }

    /// The world at the start: what the state file holds, else what the fixtures say.
    pub(in crate::mock) fn first_world(&self) -> Result<StoreState, MockError> {
        let Some(file) = &self.state.file else { return Ok(self.world_of(&self.settings.fixtures)?) };
        if !file.has_state() {
            let world = self.world_of(&self.settings.fixtures)?;
            file.replace(&world.store, &world.clock)?;
            self.note(format!("state is kept in {}, which is new", file.path().display()));
            return Ok(world);
        }
        let clock = Clock::new(file.started());
        let world = StoreState::blank(self.resources.all.len(), clock, &file.keeper());
        let contents = file.load(&world.store, &world.clock, &self.resources)?;
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
        if !self.settings.fixtures.entities.is_empty() {
            self.note("the fixtures are not loaded again; POST /__counterpart/reset does that".to_owned());
        }
        Ok(world)
    }

    /// The world of a mock that takes over from another, in the file too, which is this mock's from now on.
    pub(in crate::mock) fn goes_on(&self, world: StoreState) -> Result<(), StateError> {
        let _alone = self.state.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &self.state.file {
            file.hand_over(self.contract.info(), &self.resources, &world.store, &world.clock)?;
        }
        self.world.store(Arc::new(world));
        Ok(())
    }

    /// Puts another world in the place of this one, in the file too.
    pub(in crate::mock) fn replace_world(&self, world: StoreState) -> Result<(), StateError> {
        let _alone = self.state.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &self.state.file {
            file.replace(&world.store, &world.clock)?;
        }
        self.world.store(Arc::new(world));
        Ok(())
    }

    /// The refusal of a change when the state file takes no more; `None` when all is well.
    pub(in crate::mock) fn refuses_changes(&self, now: u64, method: &str) -> Option<Response> {
        let file = self.state.file.as_ref()?;
        file.touch(now);
        if is_safe(method) {
            return None;
        }
        file.has_room().err().map(|reason| self.unsaved(&reason))
    }

    /// What the answer to a request of this method waits for.
    pub(in crate::mock) fn commit(&self, method: &str) -> Commit {
        match &self.state.file {
            Some(file) if !is_safe(method) => file.commit(),
            _ => Commit::default(),
        }
    }

    /// The clock was moved: that is a change to keep.
    pub(in crate::mock) fn clock_moved(&self, now: u64) {
        if let Some(file) = &self.state.file {
            file.keep_time(now);
        }
    }

    /// The answer to a request whose change could not be kept.
    #[must_use]
    pub fn unsaved(&self, reason: &str) -> Response {
        self.refusal(None, &Refusal::plain(503, Reason::Fault, reason))
    }

    /// Writes what is not in the state file yet, the time included; without a state file there is nothing to do.
    ///
    /// # Errors
    /// Why it can't be written.
    pub fn flush(&self) -> Result<(), String> {
        let Some(file) = &self.state.file else { return Ok(()) };
        file.touch(self.world.load().clock.now());
        file.flush()
    }

    /// What people should know of how the state was found; told once.
    #[must_use]
    pub fn state_notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, text: String) {
        self.state.notes.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }
}

/// Methods that change nothing (RFC 9110 §9.2.1). What they bring forth is found again from the seed.
fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
}
