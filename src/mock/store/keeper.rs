//! Who is told of each change: nobody, where state lives in memory alone, or a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::entity::Entity;
use super::line;
use super::record::Packed;
use super::writer::Inner;

/// Where changes are kept.
#[derive(Clone, Debug, Default)]
pub(crate) enum Keeper {
    /// In memory alone.
    #[default]
    Memory,
    /// In a file too. The number tells the shelves that are in use from those that were replaced: what becomes of
    /// replaced ones is not kept.
    File(Arc<Inner>, u64),
}

/// Whose shelf it is, and who is told of what happens on it.
#[derive(Debug)]
pub(super) struct Home {
    resource: usize,
    keeper: Keeper,
    /// How often an entity was deleted.
    deletions: AtomicU64,
}

impl Home {
    pub(super) fn new(resource: usize, keeper: Keeper) -> Self {
        Self { resource, keeper, deletions: AtomicU64::new(0) }
    }

    /// How often an entity was deleted.
    pub(super) fn deletions(&self) -> u64 {
        self.deletions.load(Ordering::Acquire)
    }

    /// An entity is a deleted one from now on.
    pub(super) fn deleted(&self) {
        self.deletions.fetch_add(1, Ordering::AcqRel);
    }

    /// What tells this shelf from one that replaces it.
    pub(super) fn shift(&self) -> u64 {
        match &self.keeper {
            Keeper::Memory => 0,
            Keeper::File(_, shift) => *shift,
        }
    }

    /// An entity is new.
    pub(super) fn inserted(&self, entity: &Entity, packed: &Packed, last: u64) {
        self.tell(|name| line::put(name, entity, packed, last));
    }

    /// An entity is changed.
    pub(super) fn changed(&self, entity: &Entity, packed: &Packed) {
        self.tell(|name| line::put(name, entity, packed, 0));
    }

    /// An entity was dropped.
    pub(super) fn removed(&self, entity: &Entity) {
        self.tell(|name| line::removed(name, entity));
    }

    fn tell(&self, line: impl FnOnce(&str) -> Vec<u8>) {
        if let Keeper::File(inner, shift) = &self.keeper {
            inner.add(self.resource, *shift, line);
        }
    }
}

/// What an answer waits for before it leaves: that the changes it tells of can't be lost.
#[derive(Clone, Debug, Default)]
pub struct Commit(pub(super) Option<(Arc<Inner>, u64)>);

impl Commit {
    /// Waits for it, blocking the thread.
    ///
    /// # Errors
    /// Why the changes could not be kept.
    pub fn wait(&self) -> Result<(), String> {
        match &self.0 {
            Some((inner, number)) => inner.wait(*number),
            None => Ok(()),
        }
    }

    /// Waits for it.
    ///
    /// # Errors
    /// Why the changes could not be kept.
    pub async fn done(self) -> Result<(), String> {
        match self.0 {
            Some((inner, number)) => inner.done(number).await,
            None => Ok(()),
        }
    }
}
