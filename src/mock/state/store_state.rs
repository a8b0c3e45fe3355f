//! What changes as time goes on: entities and the clock. Replaced as a whole by a reset.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::fixtures::Fixtures;
use crate::base::Pointer;
use crate::base::clock::Clock;
use crate::mock::store::{Keeper, Record, Scope, Store};
use crate::resource::Resource;

/// Entities and clock.
#[derive(Debug)]
pub(crate) struct StoreState {
    /// The entities.
    pub(crate) store: Store,
    /// The clock.
    pub(crate) clock: Clock,
}

/// What is wrong with an entity: where in it, what, and where in the contract that is said.
pub(crate) type Trouble = (Pointer, String, String);

/// Why initial entities can't be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InitialStateError {
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

impl StoreState {
    /// A state without entities for so many resources, whose changes are kept by `keeper`.
    #[must_use]
    pub(crate) fn blank(resources: usize, clock: Clock, keeper: &Keeper) -> Self {
        Self { store: Store::kept(resources, keeper), clock }
    }

    /// A number for a new entity of a resource.
    pub(crate) fn next_number(&self, resource: usize) -> u64 {
        self.store.next_number(resource)
    }

    /// A state with the fixtures' entities. `resource` gives a resource with all that is known of it, `check` says
    /// what is wrong with an entity: where in it, what, and where in the contract that is said.
    ///
    /// # Errors
    /// [`InitialStateError`]: the first thing that is wrong.
    pub(crate) fn new(
        names: &IndexMap<&str, usize>,
        fixtures: &Fixtures,
        keeper: &Keeper,
        resource: &dyn Fn(usize) -> Arc<Resource>,
        check: &dyn Fn(usize, &Value) -> Option<Trouble>,
    ) -> Result<Self, InitialStateError> {
        let state = Self::blank(names.len(), Clock::new(fixtures.clock), keeper);
        for given in &fixtures.entities {
            let root = || given.place(&Pointer::root());
            let Some(number) = names.get(given.resource.as_str()).copied() else {
                let known = names.keys().copied().collect::<Vec<_>>().join(", ");
                let name = given.resource.clone();
                return Err(InitialStateError::NoResource { place: root(), name, known });
            };
            if let Some((at, reason, contract)) = check(number, &given.value) {
                return Err(InitialStateError::Invalid { place: given.place(&at), reason, contract });
            }
            let resource = resource(number);
            let (id, scope, record) =
                entity(&resource, &given.value).ok_or_else(|| InitialStateError::NoId {
                    place: root(),
                    resource: given.resource.clone(),
                    id: resource.id.clone().unwrap_or_else(|| "id".to_owned()),
                })?;
            match state.store.insert(number, &id, scope, &record) {
                Ok((_, true)) => {}
                Ok((_, false)) => return Err(InitialStateError::Twice { place: root(), id }),
                Err(_) => return Err(InitialStateError::Full { place: root() }),
            }
        }
        Ok(state)
    }
}

/// The id, scope and record of a value; `None` when it is no object or has no id.
#[must_use]
pub(crate) fn entity(resource: &Resource, value: &Value) -> Option<(String, Scope, Record)> {
    let object: &Map<String, Value> = value.as_object()?;
    let id = match (&resource.id, &resource.parameter) {
        (Some(name), Some(_)) => text(object.get(name)?)?,
        // There is only one of it.
        (_, None) => String::new(),
        (None, Some(parameter)) => text(object.get(parameter)?)?,
    };
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
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
