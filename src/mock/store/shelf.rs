//! The entities of one resource, by id and in the order in which they came.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;

use super::entity::Entity;
use super::keeper::Home;
use super::memory::StoreError;
use super::record::{Packed, Scope};
use crate::base::limits::STORE_ENTITIES_MAX;

/// Entities of one id and parents: one for each tenant that has it, nearly always a single one.
#[derive(Debug)]
enum Few {
    One(Arc<Entity>),
    Many(Vec<Arc<Entity>>),
}

impl Few {
    fn as_slice(&self) -> &[Arc<Entity>] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    fn push(&mut self, entity: Arc<Entity>) {
        match self {
            Self::One(one) => *self = Self::Many(vec![Arc::clone(one), entity]),
            Self::Many(many) => many.push(entity),
        }
    }
}

/// The entities of one resource.
#[derive(Debug)]
pub(super) struct Shelf {
    entities: RwLock<IndexMap<Arc<str>, Few>>,
    /// The last number given to a new entity.
    pub(super) last: AtomicU64,
    /// How many parents an entity has at most.
    pub(super) deepest: AtomicUsize,
    pub(super) home: Arc<Home>,
    /// How often an entity had been deleted when one that could go was looked for in vain.
    in_vain: AtomicU64,
}

/// What an entity is found by: its id, after the ids of its parents where it has some.
fn key(id: &str, scope: &Scope) -> Option<String> {
    if scope.parents.is_empty() {
        return None;
    }
    let mut key = String::with_capacity(id.len() + 16 * scope.parents.len());
    for parent in &scope.parents {
        // The length goes before, so that no two lists of parents read the same.
        key.push_str(&format!("{}:", parent.len()));
        key.push_str(parent);
    }
    key.push_str(id);
    Some(key)
}

impl Shelf {
    pub(super) fn new(home: Arc<Home>) -> Self {
        let (last, deepest) = (AtomicU64::new(0), AtomicUsize::new(0));
        Self { entities: RwLock::default(), last, deepest, home, in_vain: AtomicU64::new(u64::MAX) }
    }

    /// The entity called `id` that may be seen from `scope`.
    pub(super) fn find(&self, id: &str, scope: &Scope) -> Option<Arc<Entity>> {
        let entities = self.entities.read().unwrap_or_else(PoisonError::into_inner);
        let few = match key(id, scope) {
            None => entities.get(id),
            Some(key) => entities.get(key.as_str()),
        };
        few?.as_slice().iter().find(|e| e.scope.seen_from(scope)).cloned()
    }

    /// Puts an entity in, unless one with its id and scope is there already: then that one is answered, with `false`.
    pub(super) fn insert(
        &self,
        id: &str,
        scope: Scope,
        packed: Packed,
    ) -> Result<(Arc<Entity>, bool), StoreError> {
        let name: Arc<str> = id.into();
        let key = key(id, &scope).map_or_else(|| Arc::clone(&name), Arc::from);
        // Made without the lock, which everybody waits for.
        let parents = scope.parents.len();
        let entity = Arc::new(Entity::new(name, scope, packed, Arc::clone(&self.home)));
        let mut entities = self.entities.write().unwrap_or_else(PoisonError::into_inner);
        let full = entities.len() >= STORE_ENTITIES_MAX;
        if full {
            let known = entities.get(&key).map_or(&[][..], Few::as_slice);
            let known = known.iter().any(|e| e.scope == entity.scope);
            if !known && !self.evict(&mut entities) {
                return Err(StoreError::Full);
            }
        }
        let place = entities.entry(key);
        if let indexmap::map::Entry::Occupied(there) = &place
            && let Some(there) = there.get().as_slice().iter().find(|e| e.scope == entity.scope)
        {
            return Ok((Arc::clone(there), false));
        }
        self.deepest.fetch_max(parents, Ordering::AcqRel);
        // Told before anybody else can find it: what becomes of it later is told later.
        self.home.inserted(&entity, &entity.packed(), self.last.load(Ordering::Relaxed));
        match place {
            indexmap::map::Entry::Occupied(mut there) => there.get_mut().push(Arc::clone(&entity)),
            indexmap::map::Entry::Vacant(free) => {
                free.insert(Few::One(Arc::clone(&entity)));
            }
        }
        Ok((entity, true))
    }

    /// Drops the oldest deleted entities of one id; `false` when there are none.
    fn evict(&self, entities: &mut IndexMap<Arc<str>, Few>) -> bool {
        // All of them need not be looked at for each that does not fit in.
        let deletions = self.home.deletions();
        if self.in_vain.load(Ordering::Acquire) == deletions {
            return false;
        }
        let all_deleted = |few: &Few| few.as_slice().iter().all(|e| e.is_deleted());
        let Some(at) = entities.values().position(all_deleted) else {
            self.in_vain.store(deletions, Ordering::Release);
            return false;
        };
        if let Some((_, few)) = entities.shift_remove_index(at) {
            few.as_slice().iter().for_each(|entity| self.home.removed(entity));
        }
        true
    }

    /// Takes an entity out without telling anybody.
    pub(super) fn take_out(&self, id: &str, scope: &Scope) {
        let mut entities = self.entities.write().unwrap_or_else(PoisonError::into_inner);
        let key = key(id, scope).unwrap_or_else(|| id.to_owned());
        let Some(few) = entities.get_mut(key.as_str()) else { return };
        match few {
            Few::Many(many) if many.len() > 1 => many.retain(|e| e.scope != *scope),
            Few::Many(_) | Few::One(_) => {
                entities.shift_remove(key.as_str());
            }
        }
    }

    /// All entities that `wanted` takes, in the order in which they came. `wanted` must not lock them.
    pub(super) fn select(&self, wanted: &mut dyn FnMut(&Entity) -> bool) -> Vec<Arc<Entity>> {
        let entities = self.entities.read().unwrap_or_else(PoisonError::into_inner);
        entities.values().flat_map(Few::as_slice).filter(|e| wanted(e)).cloned().collect()
    }

    /// The first entity that `wanted` takes, from place `from` on and round to it again. `wanted` must not lock it.
    pub(super) fn pick(&self, from: u64, wanted: &dyn Fn(&Entity) -> bool) -> Option<Arc<Entity>> {
        let entities = self.entities.read().unwrap_or_else(PoisonError::into_inner);
        let start = usize::try_from(from.checked_rem(entities.len() as u64)?).ok()?;
        let after = entities.values().skip(start).chain(entities.values().take(start));
        after.flat_map(Few::as_slice).find(|e| wanted(e)).cloned()
    }

    /// How many entities there are, deleted ones included.
    pub(super) fn count(&self) -> usize {
        let entities = self.entities.read().unwrap_or_else(PoisonError::into_inner);
        entities.values().map(|few| few.as_slice().len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::mock::store::Keeper;

    #[test]
    fn a_full_shelf_takes_new_ones_in_the_place_of_deleted_ones() {
        let shelf = Shelf::new(Arc::new(Home::new(0, Keeper::Memory)));
        let put = |number: usize| {
            let packed = Packed { text: Bytes::from_static(b"{}"), ..Packed::default() };
            shelf.insert(&number.to_string(), Scope::default(), packed)
        };
        for number in 0..STORE_ENTITIES_MAX {
            put(number).unwrap();
        }
        assert!(matches!(put(STORE_ENTITIES_MAX), Err(StoreError::Full)));
        assert!(matches!(put(STORE_ENTITIES_MAX), Err(StoreError::Full)));
        // One that is there is found, however full it is.
        let (there, new) = put(7).unwrap();
        assert!(!new);
        there.lock(0).deleted = true;
        assert!(put(STORE_ENTITIES_MAX).unwrap().1);
        assert!(shelf.find("7", &Scope::default()).is_none());
        assert!(matches!(put(STORE_ENTITIES_MAX + 1), Err(StoreError::Full)));
        assert_eq!(shelf.count(), STORE_ENTITIES_MAX);
    }
}
