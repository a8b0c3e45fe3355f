//! Entities in memory: by resource and id, each with its own lock, so that requests wait for each other only where
//! they mean the same entity. Deleted entities are kept for those who look.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::base::limits::{PENDING_EVENTS_MAX, STORE_ENTITIES_MAX};

/// Who an entity belongs to: what must agree besides the id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The tenant, where the resource has tenants.
    pub tenant: Option<String>,
    /// The values of the path parameters before the id, decoded.
    pub parents: Vec<String>,
}

impl Scope {
    /// Whether an entity of this scope may be seen from `other`: parents agree, and so does the tenant if one is named.
    #[must_use]
    pub fn seen_from(&self, other: &Self) -> bool {
        self.parents == other.parents && (other.tenant.is_none() || self.tenant == other.tenant)
    }
}

/// An event that will be appended to a list of the entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// When, in seconds of the logical clock.
    pub due: u64,
    /// The list.
    pub property: String,
    /// The event.
    pub value: Value,
}

/// What changes in an entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The properties.
    pub value: Map<String, Value>,
    /// It was deleted, softly or not.
    pub deleted: bool,
    /// Deleted so that nobody sees it any more.
    pub gone: bool,
    /// What will be appended, in the order in which it falls due.
    pub pending: Vec<Pending>,
    /// Goes up with each change by a request.
    pub revision: u64,
}

impl Record {
    /// Appends what has fallen due.
    pub fn settle(&mut self, now: u64) {
        while self.pending.first().is_some_and(|p| p.due <= now) {
            let next = self.pending.remove(0);
            self.append(&next.property, next.value);
        }
    }

    /// Appends to a list, which is made where it is absent; anything else there stays as it is.
    fn append(&mut self, property: &str, value: Value) {
        if let Value::Array(items) = self.value.entry(property).or_insert_with(|| Value::Array(Vec::new())) {
            items.push(value);
        }
    }

    /// Plans what will be appended; at most [`PENDING_EVENTS_MAX`].
    pub fn plan(&mut self, events: impl IntoIterator<Item = Pending>) {
        let room = PENDING_EVENTS_MAX.saturating_sub(self.pending.len());
        self.pending.extend(events.into_iter().take(room));
        self.pending.sort_by_key(|p| p.due);
    }
}

/// An entity.
#[derive(Debug)]
pub struct Entity {
    /// Its id.
    pub id: String,
    /// Who it belongs to.
    pub scope: Scope,
    record: Mutex<Record>,
}

impl Entity {
    /// Takes hold of the entity, with what has fallen due appended.
    pub fn lock(&self, now: u64) -> MutexGuard<'_, Record> {
        // A panic while it was held leaves a record that is whole: changes are made on a copy and put in at once.
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.settle(now);
        record
    }
}

#[derive(Debug, Default)]
struct Collection {
    entities: RwLock<IndexMap<String, Vec<Arc<Entity>>>>,
}

/// All entities.
#[derive(Debug, Default)]
pub struct Store {
    collections: Vec<Collection>,
}

/// Why an entity could not be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There are [`STORE_ENTITIES_MAX`] already.
    #[error("the store is full")]
    Full,
}

impl Store {
    /// An empty store for so many resources.
    #[must_use]
    pub fn new(resources: usize) -> Self {
        Self { collections: (0..resources).map(|_| Collection::default()).collect() }
    }

    /// The entity called `id` that may be seen from `scope`.
    #[must_use]
    pub fn find(&self, resource: usize, id: &str, scope: &Scope) -> Option<Arc<Entity>> {
        let entities =
            self.collections.get(resource)?.entities.read().unwrap_or_else(PoisonError::into_inner);
        entities.get(id)?.iter().find(|e| e.scope.seen_from(scope)).cloned()
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
        record: Record,
    ) -> Result<(Arc<Entity>, bool), StoreError> {
        let Some(collection) = self.collections.get(resource) else { return Err(StoreError::Full) };
        let mut entities = collection.entities.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = entities.get(id).and_then(|list| list.iter().find(|e| e.scope == scope)) {
            return Ok((Arc::clone(there), false));
        }
        if entities.len() >= STORE_ENTITIES_MAX && !evict(&mut entities) {
            return Err(StoreError::Full);
        }
        let entity = Arc::new(Entity { id: id.to_owned(), scope, record: Mutex::new(record) });
        entities.entry(id.to_owned()).or_default().push(Arc::clone(&entity));
        Ok((entity, true))
    }

    /// All entities of a resource, in the order in which they came.
    #[must_use]
    pub fn all(&self, resource: usize) -> Vec<Arc<Entity>> {
        let Some(collection) = self.collections.get(resource) else { return Vec::new() };
        let entities = collection.entities.read().unwrap_or_else(PoisonError::into_inner);
        entities.values().flatten().cloned().collect()
    }

    /// How many entities a resource has.
    #[must_use]
    pub fn count(&self, resource: usize) -> usize {
        let Some(collection) = self.collections.get(resource) else { return 0 };
        collection.entities.read().unwrap_or_else(PoisonError::into_inner).values().map(Vec::len).sum()
    }
}

/// Drops the oldest deleted entity; `false` when there is none.
fn evict(entities: &mut IndexMap<String, Vec<Arc<Entity>>>) -> bool {
    let deleted = |e: &Arc<Entity>| e.record.lock().unwrap_or_else(PoisonError::into_inner).deleted;
    let Some(at) = entities.values().position(|list| list.iter().all(deleted)) else { return false };
    entities.shift_remove_index(at);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scope(tenant: Option<&str>) -> Scope {
        Scope { tenant: tenant.map(str::to_owned), parents: Vec::new() }
    }

    #[test]
    fn tenants_do_not_see_each_other() {
        let store = Store::new(1);
        store.insert(0, "x", scope(Some("a")), Record::default()).unwrap();
        let (_, new) = store.insert(0, "x", scope(Some("b")), Record::default()).unwrap();
        assert!(new);
        assert_eq!(store.find(0, "x", &scope(Some("b"))).unwrap().scope.tenant.as_deref(), Some("b"));
        assert!(store.find(0, "x", &scope(Some("c"))).is_none());
        assert!(store.find(0, "x", &scope(None)).is_some());
        assert!(!store.insert(0, "x", scope(Some("a")), Record::default()).unwrap().1);
        assert_eq!(store.count(0), 2);
        assert!(store.find(7, "x", &scope(None)).is_none());
    }

    #[test]
    fn what_falls_due_is_appended_once_and_in_order() {
        let store = Store::new(1);
        let (entity, _) = store.insert(0, "x", scope(None), Record::default()).unwrap();
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
        store.insert(0, "first", scope(None), gone).unwrap();
        for n in 1..STORE_ENTITIES_MAX {
            store.insert(0, &n.to_string(), scope(None), Record::default()).unwrap();
        }
        let (entity, _) = store.insert(0, "one more", scope(None), Record::default()).unwrap();
        assert!(store.find(0, "first", &scope(None)).is_none());
        assert_eq!(
            store.insert(0, "too many", scope(None), Record::default()).unwrap_err(),
            StoreError::Full
        );
        let event = Pending { due: 9, property: "log".into(), value: json!(1) };
        entity.lock(0).plan(vec![event; PENDING_EVENTS_MAX + 7]);
        assert_eq!(entity.lock(0).pending.len(), PENDING_EVENTS_MAX);
    }
}
