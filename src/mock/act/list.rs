//! GET of many: filters, sorting and pages as the query's parameters name them, in the envelope that the contract
//! shows.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::cache::ActCache;
use super::envelope::{holding, made};
use super::listing::Listing;
use super::page::{self, Page};
use super::roles::{PAGE_ITEMS, Role, Roles};
use super::select::{Wanted, value};
use super::{Call, Done, Shows};
use crate::base::Pointer;
use crate::mock::catalog::items_of;
use crate::mock::content::present::known;
use crate::mock::state::store_state::text;
use crate::mock::store::{Entity, Record};
use crate::schema::Schema;
use crate::schema::view::SchemaView;

pub(super) fn list(call: &Call<'_>, cache: &ActCache) -> Done {
    let Some(schema) = &call.plan.schema else { return Done::default() };
    let Some((place, item)) = items_of(schema, &call.resource.name) else { return Done::default() };
    if call.state.store.count(call.number) == 0 && !call.catalog.has_fixtures(call.number) {
        adopt(call, &place);
    }
    let traits = call.catalog.traits(call.number);
    let roles = cache.roles(call.catalog, &call.plan.operation, item, traits);
    let wanted = Wanted::of(call.verdict, roles, item, traits);
    let rows = rows(call, &wanted);
    let page = cut(call, roles, rows, &place, schema);
    let listing = cache.listing(schema, &place, item);
    let written = || listing.written(call, schema, &place, &page, roles);
    let mut done = Done::default();
    let first = written();
    let value = first.is_none().then(|| enveloped(call, listing, schema, &place, item, &page, roles));
    // The first time, it is found out that the items can be listed as they lie there; the tag must be the same then.
    (done.shows, done.tag) = match (first.or_else(written), value) {
        (Some((text, tag)), _) => (Shows::Text(text), Some(tag)),
        (None, value) => (value.map_or(Shows::Contract, Shows::Whole), None),
    };
    done.headers = page::headers(call, roles, &page);
    done
}

/// Takes the items of the contract's own list in as the first entities, so that what is listed can be read.
fn adopt(call: &Call<'_>, place: &Pointer) {
    let made = made(call);
    let scope = call.scope();
    for item in place.lookup(&made).and_then(Value::as_array).into_iter().flatten() {
        let Value::Object(item) = item else { continue };
        let Some(id) = call.resource.id.as_ref().and_then(|id| item.get(id)).and_then(text) else { continue };
        let seed = call.catalog.seed().derive(&call.resource.name).derive(&id);
        let item = call.nested(call.referring(item.clone(), &scope, seed), &Map::new(), &scope);
        let record = Record { value: item, ..Record::default() };
        // A second item with the same id, or one too many, is left out.
        let _ = call.state.store.insert(call.number, &id, scope.clone(), &record);
    }
}

/// An entity that a list may show.
pub(super) struct Row {
    entity: Arc<Entity>,
    /// Deleted entities are kept as places to go on from.
    live: bool,
    key: Vec<Value>,
}

/// The entities that the caller may see and asks for, in order; deleted ones among them.
fn rows(call: &Call<'_>, wanted: &Wanted) -> Vec<Row> {
    let scope = call.scope();
    let mut rows: Vec<Row> = Vec::new();
    let names = wanted.names();
    for entity in call.state.store.all(call.number) {
        if !call.belongs(&entity, &scope) {
            continue;
        }
        let shown = |deleted: bool| !deleted || call.resource.shows_deleted;
        // What neither filter nor order reads is not unpacked: a page of many costs what is on the page.
        let mut key = Vec::new();
        if wanted.reads_values() {
            let value = match &names {
                Some(names) => entity.properties(names, call.now),
                None => entity.value(call.now),
            };
            if !wanted.takes(&value) {
                continue;
            }
            key = wanted.key(&value);
        }
        let live = !entity.is_gone() && shown(entity.is_deleted());
        rows.push(Row { entity, live, key });
    }
    if !wanted.keys.is_empty() {
        rows.sort_by(|a, b| wanted.compare(&a.key, &b.key));
    } else if wanted.reversed {
        rows.reverse();
    }
    rows
}

/// The page that the query asks for.
fn cut(call: &Call<'_>, roles: &Roles, rows: Vec<Row>, place: &Pointer, schema: &Schema) -> Page {
    let number = |role: &Role| {
        let value = value(call.verdict, roles, role)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok()).and_then(|n| usize::try_from(n).ok())
    };
    let played = roles.find(&Role::Limit);
    let most = played.and_then(|p| p.maximum).and_then(|n| usize::try_from(n).ok());
    let bound = page::items_max(schema, place);
    let asked = number(&Role::Limit).filter(|limit| *limit > 0);
    let usual = roles.pages().then(|| most.map_or(PAGE_ITEMS, |most| most.min(PAGE_ITEMS)));
    let limit = asked.or(usual);
    let limit = limit.map(|limit| limit.min(most.unwrap_or(usize::MAX))).into_iter().chain(bound).min();

    let position = |cursor: &Value| {
        let cursor = text(cursor)?;
        rows.iter().position(|row| *row.entity.id == *cursor)
    };
    let total = rows.iter().filter(|row| row.live).count();
    // How many live rows stand before a place among all rows: deleted ones are places to go on from, no more.
    let before = |at: usize| rows[..at.min(rows.len())].iter().filter(|row| row.live).count();
    let first_page = roles.find(&Role::Page).map_or(1, page::first);
    let start = if let Some(after) = value(call.verdict, roles, &Role::After) {
        // A cursor that nobody gave out begins at the beginning.
        position(after).map_or(0, |at| before(at + 1))
    } else if let Some(at) = value(call.verdict, roles, &Role::Before).and_then(position) {
        before(at).saturating_sub(limit.unwrap_or(total))
    } else if let Some(page) = number(&Role::Page) {
        page.saturating_sub(first_page).saturating_mul(limit.unwrap_or(total))
    } else {
        number(&Role::Offset).unwrap_or(0)
    };
    let end = start.saturating_add(limit.unwrap_or(total)).min(total);
    let shown = rows.iter().filter(|row| row.live).skip(start).take(end.saturating_sub(start));
    let entities = shown.map(|row| Arc::clone(&row.entity)).collect();
    Page { entities, total, start, limit, more: end < total, first_page }
}

/// The items in their envelope, with what it says about the whole, as far as it stays valid.
fn enveloped(
    call: &Call<'_>,
    listing: &Listing,
    schema: &Schema,
    place: &Pointer,
    item: SchemaView<'_>,
    page: &Page,
    roles: &Roles,
) -> Value {
    let made = made(call);
    let (mut items, mut whole) = (Vec::new(), Vec::new());
    for entity in &page.entities {
        let (text, tag) = entity.text(call.now);
        // The text was written from a map, or read and found to be one.
        let value: Map<String, Value> = serde_json::from_slice(&text).unwrap_or_default();
        if listing.reader.shows_all(value.keys().map(String::as_str)) {
            whole.push((entity, tag));
            items.push(Value::Object(value));
        } else {
            items.push(Value::Object(known(item, &value)));
        }
    }
    let Some((mut value, as_given)) = holding(schema, place, &made, items) else {
        // Bounds on the list itself (a least number of items, say): then the contract's own answer stands.
        return made;
    };
    if as_given && listing.is_plain() {
        let operation = call.plan.operation.head.index.0;
        whole.into_iter().for_each(|(entity, tag)| entity.note_listed(operation, tag));
    }
    page::fill(call, schema, place, page, roles, &mut value);
    value
}
