//! What changes as time goes on: entities and the clock. Replaced as a whole by a reset.

use serde_json::{Map, Value};

use crate::mock::clock::Clock;
use crate::mock::fixtures::{Fixtures, Given};
use crate::mock::resource::{Resource, Resources};
use crate::mock::store::{Record, Scope, Store};
use crate::schema::Schema;
use std::sync::Arc;

/// Entities and clock.
#[derive(Debug)]
pub struct World {
    /// The entities.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
}

/// Why initial entities can't be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WorldError {
    /// No such resource.
    #[error("{place}: there is no resource `{name}`; the contract's resources are: {known}")]
    NoResource {
        /// Where.
        place: String,
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// An entity has no id.
    #[error("{place}: an entity of `{resource}` needs the property `{id}`, a text or a number")]
    NoId {
        /// Where.
        place: String,
        /// The resource.
        resource: String,
        /// The property.
        id: String,
    },
    /// Two entities have one id.
    #[error("{place}: the id `{id}` is there twice")]
    Twice {
        /// Where.
        place: String,
        /// The id.
        id: String,
    },
    /// An entity breaks the contract.
    #[error("{place}: {reason} (contract: {contract})")]
    Invalid {
        /// Where in the fixtures.
        place: String,
        /// What is wrong.
        reason: String,
        /// Where the contract says so.
        contract: String,
    },
    /// There are too many.
    #[error("{place}: too many entities")]
    Full {
        /// Where.
        place: String,
    },
}

impl World {
    /// A world without entities.
    #[must_use]
    pub fn empty() -> Self {
        Self { store: Store::new(0), clock: Clock::new(None) }
    }

    /// A world with the fixtures' entities. `judged` gives the schema of a resource's entities and says where in the
    /// contract a violation's rule stands.
    ///
    /// # Errors
    /// [`WorldError`]: the first thing that is wrong.
    pub fn new(
        resources: &Resources,
        fixtures: &Fixtures,
        judged: &dyn Fn(usize) -> Option<Arc<Schema>>,
        place: &dyn Fn(&crate::document::Location) -> String,
    ) -> Result<Self, WorldError> {
        let world = Self { store: Store::new(resources.all.len()), clock: Clock::new(fixtures.clock) };
        let names = resources.by_name();
        for given in &fixtures.entities {
            let root = || given.place(&crate::base::Pointer::root());
            let Some(number) = names.get(given.resource.as_str()).copied() else {
                let known = names.keys().copied().collect::<Vec<_>>().join(", ");
                let name = given.resource.clone();
                return Err(WorldError::NoResource { place: root(), name, known });
            };
            if let Some(schema) = judged(number) {
                check(&schema, given, place)?;
            }
            let resource = &resources.all[number];
            let (id, scope, record) = entity(resource, &given.value).ok_or_else(|| WorldError::NoId {
                place: root(),
                resource: given.resource.clone(),
                id: resource.id.clone(),
            })?;
            match world.store.insert(number, &id, scope, record) {
                Ok((_, true)) => {}
                Ok((_, false)) => return Err(WorldError::Twice { place: root(), id }),
                Err(_) => return Err(WorldError::Full { place: root() }),
            }
        }
        Ok(world)
    }
}

/// The id, scope and record of a value; `None` when it is no object or has no id.
#[must_use]
pub fn entity(resource: &Resource, value: &Value) -> Option<(String, Scope, Record)> {
    let object: &Map<String, Value> = value.as_object()?;
    let id = text(object.get(&resource.id)?)?;
    let tenant = resource.tenant.as_ref().and_then(|t| object.get(&t.property)).and_then(text);
    // A parent's id stands in a property of its own name, if anywhere.
    let parents =
        resource.parents.iter().map(|name| object.get(name).and_then(text).unwrap_or_default()).collect();
    let deleted = resource.is_deleted(object);
    let record = Record { value: object.clone(), deleted, ..Record::default() };
    Some((id, Scope { tenant, parents }, record))
}

/// An id as it stands in a path: texts and whole numbers have one.
#[must_use]
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn check(
    schema: &Schema,
    given: &Given,
    place: &dyn Fn(&crate::document::Location) -> String,
) -> Result<(), WorldError> {
    match schema.violations(&given.value).first() {
        None => Ok(()),
        Some(first) => Err(WorldError::Invalid {
            place: given.place(&first.instance),
            reason: first.message.clone(),
            contract: place(&first.schema),
        }),
    }
}
