//! Several at once: made, replaced or deleted together.

use serde_json::{Map, Value};

use super::cache::ActCache;
use super::envelope::holding;
use super::make::make;
use super::{Call, Done, Refused, Shows, delete, envelope, ids, select, write};
use crate::mock::catalog::items_of;
use crate::mock::content::present::known;
use crate::mock::state::store_state::text;
use crate::resource::names::{plain, words};
use crate::resource::{Action, entity};
use crate::schema::flat::Kind;
use crate::validate::BodyValue;

/// The entities that a body holds, where it holds several: a list, or an object around a list of objects.
pub(super) fn sent(call: &Call<'_>) -> Option<Vec<Map<String, Value>>> {
    let flat = call.verdict.body.as_ref().and_then(BodyValue::flat);
    if call.link.action == Action::Create
        && flat.is_some_and(|flat| !matches!(flat.root().kind(), Kind::Array(_)))
    {
        return None;
    }
    let body = call.verdict.body_value()?;
    let objects = |value: &Value| -> Option<Vec<Map<String, Value>>> {
        let items = value.as_array()?;
        let all: Option<Vec<_>> = items.iter().map(|item| item.as_object().cloned()).collect();
        all.map(|all| all.into_iter().map(|one| write::owned(call, one)).collect())
    };
    if body.is_array() {
        return objects(body);
    }
    if call.link.action != Action::CreateMany {
        return None;
    }
    body.as_object()?.values().filter(|value| value.get(0).is_some_and(Value::is_object)).find_map(objects)
}

pub(super) fn create(call: &Call<'_>, cache: &ActCache, all: &[Map<String, Value>]) -> Result<Done, Refused> {
    // All or none: what is there already is found before anything is made.
    let scope = call.scope();
    for id in all.iter().filter_map(|one| ids::wanted_id(call, one)) {
        let there = call.found(&id, &scope).is_some_and(|entity| !entity.lock(call.now).gone);
        if there {
            return Err(call.conflict(&id));
        }
    }
    let mut made = Vec::new();
    for one in all {
        made.push(make(call, cache, one)?.value);
    }
    Ok(shown(call, made, true))
}

pub(super) fn replace(
    call: &Call<'_>,
    cache: &ActCache,
    all: &[Map<String, Value>],
) -> Result<Done, Refused> {
    let mut made = Vec::new();
    for one in all {
        let done = match ids::wanted_id(call, one) {
            Some(id) => write::replace_one(call, &id, one)?,
            None => Done::created(make(call, cache, one)?.value),
        };
        if let Shows::Entity(value) = done.shows {
            made.push(value);
        }
    }
    Ok(shown(call, made, false))
}

/// The success that shows several entities.
fn shown(call: &Call<'_>, made: Vec<Map<String, Value>>, created: bool) -> Done {
    let contract = Done { created, ..Done::default() };
    let Some(schema) = &call.plan.schema else { return contract };
    let Some((place, item)) = items_of(schema, &call.resource.name) else {
        let one = made.into_iter().next().filter(|_| call.catalog.shows_one(call.plan, call.number));
        return one.map_or(contract, |one| Done { created, ..Done::entity(one) });
    };
    let items = made.iter().map(|one| Value::Object(known(item, one))).collect();
    match holding(schema, &place, &envelope::made(call), items) {
        Some((value, _)) => Done { shows: Shows::Whole(value), created, ..Done::default() },
        None => contract,
    }
}

/// Deletes those that the request names by their ids; on the collection itself, those that its filters name, or all.
pub(super) fn clear(call: &Call<'_>, cache: &ActCache) -> Result<Done, Refused> {
    let scope = call.scope();
    let named = ids(call);
    let on_collection = call.request.method == "DELETE";
    let schema = call.catalog.entity_schema(call.number);
    let item = schema.as_ref().and_then(|schema| entity::at(schema, &call.resource.envelope));
    let wanted = item.map(|item| {
        let traits = call.catalog.traits(call.number);
        let roles = cache.roles(call.catalog, &call.plan.operation, item, traits);
        select::Wanted::of(call.verdict, roles, item, traits)
    });
    for entity in call.state.store.all(call.number) {
        if !call.belongs(&entity, &scope) {
            continue;
        }
        let mut record = entity.lock(call.now);
        let meant = match &named {
            Some(ids) => ids.iter().any(|id| **id == *entity.id),
            None => on_collection && wanted.as_ref().is_none_or(|wanted| wanted.takes(&record.value)),
        };
        if meant && !record.gone && !record.deleted {
            // One that can't be deleted in its state stays; the others go.
            let _ = delete::remove(call, &entity, &mut record);
        }
    }
    Ok(Done::default())
}

/// The ids that a request names: in the query (`ids=1,2`), or in the body (`{"ids": [1, 2]}`, `[1, 2]`, `[{"id": 1}]`).
fn ids(call: &Call<'_>) -> Option<Vec<String>> {
    let own = call.resource.id.as_deref().unwrap_or("id");
    let means = |name: &str| {
        let words = words(name);
        let last = words.last().map(String::as_str);
        matches!(last, Some("ids" | "id" | "uuids" | "keys" | "tokens" | "slugs" | "names" | "objects"))
            || plain(name) == plain(own)
    };
    let texts = |value: &Value| -> Vec<String> {
        match value {
            Value::Array(items) => {
                items.iter().filter_map(|item| item.get(own).and_then(text).or_else(|| text(item))).collect()
            }
            Value::String(all) => all.split(',').map(|one| one.trim().to_owned()).collect(),
            other => text(other).into_iter().collect(),
        }
    };
    let query = call
        .verdict
        .parameters
        .iter()
        .find(|p| p.place == crate::contract::ParameterPlace::Query && means(&p.name));
    if let Some(parameter) = query {
        return Some(texts(&parameter.value));
    }
    match call.verdict.body_value()? {
        list @ Value::Array(_) => Some(texts(list)),
        Value::Object(members) => members.iter().find(|(name, _)| means(name)).map(|(_, value)| texts(value)),
        _ => None,
    }
}
