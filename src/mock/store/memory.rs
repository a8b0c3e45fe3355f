//! All entities, in memory: a shelf for each resource. Deleted entities are kept for those who look.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::entity::Entity;
use super::keeper::{Home, Keeper};
use super::record::{Packed, Record, Scope};
use super::shelf::Shelf;
#[cfg(doc)]
use crate::base::limits::STORE_ENTITIES_MAX;

/// All entities.
#[derive(Debug, Default)]
pub struct Store {
    pub(super) shelves: Vec<Arc<Shelf>>,
}

/// Why an entity could not be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There are [`STORE_ENTITIES_MAX`] already.
    #[error("the store is full")]
    Full,
}

impl Store {
    /// An empty store for so many resources that nobody is told of.
    #[must_use]
    pub fn new(resources: usize) -> Self {
        Self::kept(resources, &Keeper::Memory)
    }

    /// An empty store for so many resources whose changes are kept.
    #[must_use]
    pub(crate) fn kept(resources: usize, keeper: &Keeper) -> Self {
        let shelf = |number| Arc::new(Shelf::new(Arc::new(Home::new(number, keeper.clone()))));
        Self { shelves: (0..resources).map(shelf).collect() }
    }

    /// Takes over the entities of a resource as they are in another store: both have the same ones from now on.
    pub(crate) fn share(&mut self, resource: usize, other: &Self) {
        if let (Some(own), Some(theirs)) = (self.shelves.get_mut(resource), other.shelves.get(resource)) {
            *own = Arc::clone(theirs);
        }
    }

    /// The entity called `id` that may be seen from `scope`.
    #[must_use]
    pub fn find(&self, resource: usize, id: &str, scope: &Scope) -> Option<Arc<Entity>> {
        self.shelves.get(resource)?.find(id, scope)
    }

    /// Puts an entity in, unless one with its id and scope is there already: then that one is answered, with `false`.
    ///
    /// # Errors
    /// [`StoreError::Full`].
    pub fn insert(
        &self,
        resource: usize,
        id: &str,
        scope: Scope,
        record: &Record,
    ) -> Result<(Arc<Entity>, bool), StoreError> {
        let shelf = self.shelves.get(resource).ok_or(StoreError::Full)?;
        shelf.insert(id, scope, Packed::of(record))
    }

    /// The same for an entity that is known by its text, a JSON object, compact, and by that text's tag.
    ///
    /// # Errors
    /// [`StoreError::Full`].
    pub(crate) fn insert_text(
        &self,
        resource: usize,
        id: &str,
        scope: Scope,
        (text, tag): (Bytes, u64),
    ) -> Result<(Arc<Entity>, bool), StoreError> {
        let shelf = self.shelves.get(resource).ok_or(StoreError::Full)?;
        shelf.insert(id, scope, Packed { text, tag, ..Packed::default() })
    }

    /// Whether a resource has entities of more parents than so many.
    #[must_use]
    pub fn nests_deeper(&self, resource: usize, parents: usize) -> bool {
        self.shelves.get(resource).is_some_and(|shelf| shelf.deepest.load(Ordering::Acquire) > parents)
    }

    /// All entities of a resource, in the order in which they came.
    #[must_use]
    pub fn all(&self, resource: usize) -> Vec<Arc<Entity>> {
        self.select(resource, |_| true)
    }

    /// The entities of a resource that `wanted` takes, in the order in which they came. `wanted` must not lock them.
    #[must_use]
    pub fn select(&self, resource: usize, mut wanted: impl FnMut(&Entity) -> bool) -> Vec<Arc<Entity>> {
        self.shelves.get(resource).map_or_else(Vec::new, |shelf| shelf.select(&mut wanted))
    }

    /// One of a resource's entities that `wanted` takes, which one is decided by `dice`. `wanted` must not lock it.
    #[must_use]
    pub fn pick(&self, resource: usize, dice: u64, wanted: impl Fn(&Entity) -> bool) -> Option<Arc<Entity>> {
        self.shelves.get(resource)?.pick(dice, &wanted)
    }

    /// How many entities a resource has, deleted ones included.
    #[must_use]
    pub fn count(&self, resource: usize) -> usize {
        self.shelves.get(resource).map_or(0, |shelf| shelf.count())
    }

    /// A number for a new entity of a resource, which no other got.
    #[must_use]
    pub fn next_number(&self, resource: usize) -> u64 {
        self.shelves.get(resource).map_or(0, |shelf| shelf.last.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The last number given to a new entity of a resource.
    #[must_use]
    pub fn last_number(&self, resource: usize) -> u64 {
        self.shelves.get(resource).map_or(0, |shelf| shelf.last.load(Ordering::Relaxed))
    }

    /// Goes on numbering after `last`, unless it has come further already.
    pub fn number_after(&self, resource: usize, last: u64) {
        if let Some(shelf) = self.shelves.get(resource) {
            shelf.last.fetch_max(last, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::{PENDING_EVENTS_MAX, STORE_ENTITIES_MAX};
    use crate::mock::store::Pending;
    use serde_json::json;

    fn scope(tenant: Option<&str>) -> Scope {
        Scope { tenant: tenant.map(str::to_owned), parents: Vec::new() }
    }

    #[test]
    fn tenants_do_not_see_each_other() {
        let store = Store::new(1);
        store.insert(0, "x", scope(Some("a")), &Record::default()).unwrap();
        let (_, new) = store.insert(0, "x", scope(Some("b")), &Record::default()).unwrap();
        assert!(new);
        assert_eq!(store.find(0, "x", &scope(Some("b"))).unwrap().scope.tenant.as_deref(), Some("b"));
        assert!(store.find(0, "x", &scope(Some("c"))).is_none());
        assert!(store.find(0, "x", &scope(None)).is_some());
        assert!(!store.insert(0, "x", scope(Some("a")), &Record::default()).unwrap().1);
        assert_eq!(store.count(0), 2);
        assert!(store.find(7, "x", &scope(None)).is_none());
    }

    #[test]
    fn what_falls_due_is_appended_once_and_in_order() {
        let store = Store::new(1);
        let (entity, _) = store.insert(0, "x", scope(None), &Record::default()).unwrap();
        let event = |due, n: u8| Pending { due, property: "log".into(), value: json!(n) };
        entity.lock(0).plan([event(5, 2), event(0, 1), event(9, 3)]);
        assert_eq!(entity.lock(0).value.get("log"), Some(&json!([1])));
        assert_eq!(entity.lock(8).value.get("log"), Some(&json!([1, 2])));
        assert_eq!(entity.lock(100).value.get("log"), Some(&json!([1, 2, 3])));
        assert!(entity.lock(100).pending.is_empty());
    }

    #[test]
    fn the_limits_are_kept() {
        let store = Store::new(1);
        let gone = Record { deleted: true, ..Record::default() };
        store.insert(0, "first", scope(None), &gone).unwrap();
        for n in 1..STORE_ENTITIES_MAX {
            store.insert(0, &n.to_string(), scope(None), &Record::default()).unwrap();
        }
        let (entity, _) = store.insert(0, "one more", scope(None), &Record::default()).unwrap();
        assert!(store.find(0, "first", &scope(None)).is_none());
        assert_eq!(
            store.insert(0, "too many", scope(None), &Record::default()).unwrap_err(),
            StoreError::Full
        );
        let event = Pending { due: 9, property: "log".into(), value: json!(1) };
        entity.lock(0).plan(vec![event; PENDING_EVENTS_MAX + 7]);
        assert_eq!(entity.lock(0).pending.len(), PENDING_EVENTS_MAX);
    }
}
