//! What a mock takes over from the one before it when the contract or the fixtures have changed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::store_state::{StoreState, entity};
use crate::contract::OperationIndex;
use crate::mock::Mock;
use crate::mock::store::{Record, Scope, StateError};

/// An entity of a resource by its id and whom it belongs to.
type Key = (Arc<str>, Scope);

impl Mock {
    /// Takes over journal, faults, clock, and the entities of resources that are still there. Entities of the fixtures
    /// that nobody has touched follow the new fixtures; all others stay as they are. What no longer fits the contract
    /// is completed, or else left out.
    ///
    /// Answers what had to be completed or left out, for people.
    ///
    /// # Errors
    /// [`StateError`]: the state file can't be written. Then the mock before goes on as it was.
    pub(crate) fn take_over(&mut self, old: &Self) -> Result<Vec<String>, StateError> {
        let mut remarks = Vec::new();
        let before = old.world.load();
        let fresh = self.world.load();
        let world = StoreState::blank(self.resources.all.len(), before.clock.copy(), &old.keeper());
        for (number, resource) in self.resources.all.iter().enumerate() {
            let Some(was) = old.resources.position(&resource.name) else {
                // A new resource starts with its fixtures.
                for one in fresh.store.all(number) {
                    keep(&world, number, &one.id, one.scope.clone(), one.lock(0).clone());
                }
                continue;
            };
            let (given, given_now) = (old.given(was), self.given(number));
            let (mut mended, mut lost) = (0_usize, Lost::default());
            let mut there = HashSet::new();
            for one in before.store.all(was) {
                let mut record = one.lock(before.clock.now()).clone();
                let scope = self.fitting(number, one.scope.clone(), &record);
                let key = (one.id.clone(), scope);
                let untouched = given.get(&key).is_some_and(|value| *value == record.value);
                if untouched {
                    match given_now.get(&key) {
                        Some(value) if *value != record.value => {
                            let whole = Value::Object(value.clone());
                            record = entity(self.resource(number), &whole).map_or(record, |(.., r)| r);
                        }
                        Some(_) => {}
                        None => continue,
                    }
                }
                match self.fit(number, &key.0, &mut record) {
                    Fit::Yes => {}
                    Fit::Mended => mended += 1,
                    Fit::No(reason) => {
                        lost.count(reason);
                        continue;
                    }
                }
                keep(&world, number, &key.0, key.1.clone(), record);
                there.insert(key);
            }
            for (key, _) in
                given_now.iter().filter(|(key, _)| !given.contains_key(*key) && !there.contains(*key))
            {
                if let Some(one) = fresh.store.find(number, &key.0, &key.1) {
                    keep(&world, number, &key.0, key.1.clone(), one.lock(0).clone());
                }
            }
            world.store.number_after(number, before.store.last_number(was));
            remarks.extend(lost.told(&resource.name));
            if mended > 0 {
                let name = &resource.name;
                remarks
                    .push(format!("{mended} of `{name}` got the properties that the contract asks for now"));
            }
        }
        drop(fresh);
        self.state = Arc::clone(&old.state);
        self.goes_on(world)?;
        self.faults = Arc::clone(&old.faults);
        self.journal = Arc::clone(&old.journal);
        self.journal.renumber(&self.renumbering(old), |index| self.contract.operation(index));
        self.expectations = Arc::clone(&old.expectations);
        self.expectations.judge_anew();
        self.outbox = Arc::clone(&old.outbox);
        Ok(remarks)
    }

    /// The fixtures' entities of a resource.
    fn given(&self, number: usize) -> HashMap<Key, Map<String, Value>> {
        let resource = self.resource(number);
        let of_it = self.settings.fixtures.entities.iter().filter(|given| given.resource == resource.name);
        of_it
            .filter_map(|given| entity(resource, &given.value))
            .map(|(id, scope, record)| ((id.into(), scope), record.value))
            .collect()
    }

    /// The scope of an entity, read off it anew where the resource has other parents now.
    fn fitting(&self, number: usize, scope: Scope, record: &Record) -> Scope {
        let resource = self.resource(number);
        if scope.parents.len() == resource.parents.len() {
            return scope;
        }
        let read = entity(resource, &Value::Object(record.value.clone()));
        read.map_or(scope, |(_, scope, _)| scope)
    }

    /// Makes an entity fit the contract, if that takes no more than further properties.
    fn fit(&self, number: usize, id: &str, record: &mut Record) -> Fit {
        let Some((at, reason, contract)) = self.trouble(number, &Value::Object(record.value.clone())) else {
            return Fit::Yes;
        };
        let mut whole = record.value.clone();
        for (name, value) in self.generated_entity(number, self.seed().derive(id)).unwrap_or_default() {
            whole.entry(name).or_insert(value);
        }
        if !self.shows_validly(number, &Value::Object(whole.clone())) {
            return Fit::No(format!("`{id}`{at}: {reason} (contract: {contract})"));
        }
        record.value = whole;
        Fit::Mended
    }

    /// For each operation of the mock before: which it is now, by its id.
    fn renumbering(&self, old: &Self) -> Vec<Option<OperationIndex>> {
        let now: HashMap<&str, OperationIndex> =
            self.contract.heads().iter().map(|head| (head.id.as_str(), head.index)).collect();
        old.contract.heads().iter().map(|head| now.get(head.id.as_str()).copied()).collect()
    }
}

enum Fit {
    Yes,
    Mended,
    No(String),
}

/// Entities that could not be kept: how many, and why the first.
#[derive(Default)]
struct Lost {
    number: usize,
    first: Option<String>,
}

impl Lost {
    fn count(&mut self, reason: String) {
        self.number += 1;
        self.first.get_or_insert(reason);
    }

    fn told(self, name: &str) -> Option<String> {
        let first = self.first?;
        Some(format!("{} of `{name}` no longer fit the contract and are left out: {first}", self.number))
    }
}

fn keep(world: &StoreState, number: usize, id: &str, scope: Scope, record: Record) {
    // There was room for it before, and no two have the same id and scope.
    let _ = world.store.insert(number, id, scope, &record);
}
