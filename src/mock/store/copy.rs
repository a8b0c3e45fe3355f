//! The entities of one resource as they were at a moment. Properties are shared with the store, not doubled.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::entity::Entity;
use super::memory::{Store, StoreError};
use super::record::{Packed, Scope};

/// The entities of one resource, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShelfCopy {
    last: u64,
    entities: Vec<(Arc<str>, Scope, Packed)>,
}

impl ShelfCopy {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entities.len()
    }

    /// How many bytes their properties have.
    pub(crate) fn bytes(&self) -> usize {
        self.entities.iter().map(|(_, _, packed)| packed.text.len()).sum()
    }
}

impl Store {
    /// What a resource's entities are now; each is whole, with what has fallen due.
    pub(crate) fn copy(&self, resource: usize, now: u64) -> ShelfCopy {
        let Some(shelf) = self.shelves.get(resource) else { return ShelfCopy::default() };
        let copied = |entity: &Arc<Entity>| {
            drop(entity.text(now));
            (Arc::clone(&entity.id), entity.scope.clone(), entity.packed().clone())
        };
        let entities = shelf.select(&mut |_| true).iter().map(copied).collect();
        ShelfCopy { last: shelf.last.load(Ordering::Relaxed), entities }
    }

    /// Puts copied entities into a resource that has none.
    ///
    /// # Errors
    /// [`StoreError::Full`].
    pub(crate) fn put_copy(&self, resource: usize, copy: &ShelfCopy) -> Result<(), StoreError> {
        let shelf = self.shelves.get(resource).ok_or(StoreError::Full)?;
        self.number_after(resource, copy.last);
        for (id, scope, packed) in &copy.entities {
            shelf.insert(id, scope.clone(), packed.clone())?;
        }
        Ok(())
    }
}
