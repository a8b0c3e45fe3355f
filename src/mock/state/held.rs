//! The entities that a mock holds, for those who start it in their own process.

use serde_json::Value;

use crate::mock::{Engine, Mock};

/// An entity as it is held.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldEntity {
    /// The entity.
    pub value: Value,
    /// It was deleted, softly or for good.
    pub deleted: bool,
}

/// All entities of a resource, the deleted ones included, in the order in which they came. `resource` is its number in
/// `Mock::resources`; of one that there is not, there are none.
#[must_use]
pub fn held_entities(mock: &Mock, resource: usize) -> Vec<HeldEntity> {
    if resource >= mock.resources().all.len() {
        return Vec::new();
    }
    let engine: &Engine = mock;
    let state = engine.state().load();
    let now = state.clock.now();
    let held = state.store.select(resource, |_| true);
    held.iter()
        .map(|entity| {
            let record = entity.lock(now);
            HeldEntity { deleted: record.deleted, value: Value::Object(record.take_value()) }
        })
        .collect()
}
