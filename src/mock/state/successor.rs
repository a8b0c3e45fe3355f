//! What a mock takes over from the one before it when the contract or the fixtures have changed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::store_state::{StoreState, entity};
use crate::mock::catalog::Catalog;
use crate::mock::store::{Keeper, Record, Scope};

/// An entity of a resource by its id and whom it belongs to.
type Key = (Arc<str>, Scope);

/// What a mock was before it was made anew.
pub(crate) struct OldState<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) state: &'a StoreState,
    /// Who keeps the changes of the new state.
    pub(crate) keeper: &'a Keeper,
}

/// The state of a mock that takes over from another: the clock, and the entities of resources that are still there.
/// Entities of the fixtures that nobody has touched follow the new fixtures, whose state is `fresh`; all others stay as
/// they are. What no longer fits the contract is completed, or else left out.
///
/// Answers what had to be completed or left out as well, for people.
pub(crate) fn taken_over(
    catalog: &Catalog,
    fresh: &StoreState,
    old: &OldState<'_>,
) -> (StoreState, Vec<String>) {
    let mut remarks = Vec::new();
    let OldState { catalog: old, state: before, keeper } = old;
    let state = StoreState::blank(catalog.resources().all.len(), before.clock.copy(), keeper);
    for (number, resource) in catalog.resources().all.iter().enumerate() {
        let Some(was) = old.resources().position(&resource.name) else {
            // A new resource starts with its fixtures.
            for one in fresh.store.all(number) {
                keep(&state, number, &one.id, one.scope.clone(), one.lock(0).clone());
            }
            continue;
        };
        let (given_before, given_now) = (given(old, was), given(catalog, number));
        let (mut mended, mut lost) = (0_usize, Lost::default());
        let mut there = HashSet::new();
        for one in before.store.all(was) {
            let mut record = one.lock(before.clock.now()).clone();
            let scope = fitting(catalog, number, one.scope.clone(), &record);
            let key = (one.id.clone(), scope);
            let untouched = given_before.get(&key).is_some_and(|value| *value == record.value);
            if untouched {
                match given_now.get(&key) {
                    Some(value) if *value != record.value => {
                        let whole = Value::Object(value.clone());
                        record = entity(catalog.resource(number), &whole).map_or(record, |(.., r)| r);
                    }
                    Some(_) => {}
                    None => continue,
                }
            }
            match fit(catalog, number, &key.0, &mut record) {
                Fit::Yes => {}
                Fit::Mended => mended += 1,
                Fit::No(reason) => {
                    lost.count(reason);
                    continue;
                }
            }
            keep(&state, number, &key.0, key.1.clone(), record);
            there.insert(key);
        }
        for (key, _) in
            given_now.iter().filter(|(key, _)| !given_before.contains_key(*key) && !there.contains(*key))
        {
            if let Some(one) = fresh.store.find(number, &key.0, &key.1) {
                keep(&state, number, &key.0, key.1.clone(), one.lock(0).clone());
            }
        }
        state.store.number_after(number, before.store.last_number(was));
        remarks.extend(lost.told(&resource.name));
        if mended > 0 {
            let name = &resource.name;
            remarks.push(format!("{mended} of `{name}` got the properties that the contract asks for now"));
        }
    }
    (state, remarks)
}

/// The fixtures' entities of a resource.
fn given(catalog: &Catalog, number: usize) -> HashMap<Key, Map<String, Value>> {
    let resource = catalog.resource(number);
    let of_it = catalog.settings().fixtures.entities.iter().filter(|given| given.resource == resource.name);
    of_it
        .filter_map(|given| entity(resource, &given.value))
        .map(|(id, scope, record)| ((id.into(), scope), record.value))
        .collect()
}

/// The scope of an entity, read off it anew where the resource has other parents now.
fn fitting(catalog: &Catalog, number: usize, scope: Scope, record: &Record) -> Scope {
    let resource = catalog.resource(number);
    if scope.parents.len() == resource.parents.len() {
        return scope;
    }
    let read = entity(resource, &Value::Object(record.value.clone()));
    read.map_or(scope, |(_, scope, _)| scope)
}

/// Makes an entity fit the contract, if that takes no more than further properties.
fn fit(catalog: &Catalog, number: usize, id: &str, record: &mut Record) -> Fit {
    let Some((at, reason, contract)) = catalog.trouble(number, &Value::Object(record.value.clone())) else {
        return Fit::Yes;
    };
    let mut whole = record.value.clone();
    for (name, value) in catalog.generated_entity(number, catalog.seed().derive(id)).unwrap_or_default() {
        whole.entry(name).or_insert(value);
    }
    if !catalog.shows_validly(number, &Value::Object(whole.clone())) {
        return Fit::No(format!("`{id}`{at}: {reason} (contract: {contract})"));
    }
    record.value = whole;
    Fit::Mended
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

fn keep(state: &StoreState, number: usize, id: &str, scope: Scope, record: Record) {
    // There was room for it before, and no two have the same id and scope.
    let _ = state.store.insert(number, id, scope, &record);
}
