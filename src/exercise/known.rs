//! The resources that an in-process mock holds when a run starts: what the run may use, and destroy.

use serde_json::Value;

use crate::base::limits::KNOWN_IDS_MAX;
use crate::contract::ParameterPlace;
use crate::generate::case::KnownId;
use crate::mock::Mock;
use crate::mock::fixtures::Fixtures;
use crate::mock::held::{HeldEntity, held_entities};

/// The ids of a mock's entities, the live ones first; at most [`KNOWN_IDS_MAX`] for each resource.
#[must_use]
pub fn known(mock: &Mock) -> Vec<KnownId> {
    let mut all = Vec::new();
    for number in 0..mock.resources().all.len() {
        let held = held_entities(mock, number);
        if held.is_empty() {
            continue;
        }
        let resource = mock.resource(number);
        let (Some(parameter), Some(own)) = (&resource.parameter, &resource.id) else { continue };
        let mut ids = Vec::new();
        for HeldEntity { value: entity, deleted } in held {
            let text = |property: &str| entity.get(property).and_then(text);
            let Some(value) = text(own) else { continue };
            let mut with: Vec<(ParameterPlace, String, String)> = Vec::new();
            if let Some(tenant) = &resource.tenant
                && let Some(owner) = text(&tenant.property)
            {
                with.push((ParameterPlace::Header, tenant.header.clone(), owner));
            }
            for parent in &resource.parents {
                with.extend(text(parent).map(|value| (ParameterPlace::Path, parent.clone(), value)));
            }
            let live = !deleted && !entity.as_object().is_some_and(|entity| resource.is_terminal(entity));
            ids.push(KnownId { parameter: parameter.clone(), value, with, live });
        }
        ids.sort_by_key(|id| !id.live);
        ids.truncate(KNOWN_IDS_MAX);
        all.append(&mut ids);
    }
    all
}

/// The fixtures with `copies` more of each entity that is alive, under ids of their own.
#[must_use]
pub fn crowded(fixtures: &Fixtures, mock: &Mock, copies: usize) -> Fixtures {
    let mut more = fixtures.clone();
    for given in &fixtures.entities {
        let Some(number) = mock.resources().position(&given.resource) else { continue };
        let resource = mock.resource(number);
        let Some(own) = &resource.id else { continue };
        let alive = given.value.as_object().is_some_and(|value| !resource.is_terminal(value));
        let Some(Value::String(id)) = given.value.get(own).filter(|_| alive) else { continue };
        for n in 0..copies {
            let mut copy = given.clone();
            copy.value[own] = Value::String(format!("{id}-copy{n}"));
            more.entities.push(copy);
        }
    }
    more
}

/// An id as it stands in a path.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
