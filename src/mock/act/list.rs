//! GET of many: filters, sorting and pages as the query's parameters name them, in the envelope that the contract
//! shows.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{Call, Done, Shows};
use crate::base::Pointer;
use crate::contract::ParameterPlace;
use crate::mock::outline::Node;
use crate::mock::present::known;
use crate::mock::store::Record;
use crate::mock::world::text;
use crate::schema::Schema;

/// Names of query parameters, without case and separators.
const LIMITS: [&str; 9] =
    ["limit", "pagesize", "perpage", "size", "maxresults", "top", "count", "take", "pagelimit"];
const OFFSETS: [&str; 4] = ["offset", "skip", "start", "startindex"];
const PAGES: [&str; 3] = ["page", "pagenumber", "pageindex"];
const AFTER: [&str; 7] =
    ["cursor", "after", "startingafter", "pagetoken", "nexttoken", "continuationtoken", "marker"];
const BEFORE: [&str; 2] = ["before", "endingbefore"];
const SORTS: [&str; 5] = ["sort", "sortby", "orderby", "order", "ordering"];
const DIRECTIONS: [&str; 5] = ["sortorder", "sortdirection", "direction", "dir", "order"];

/// Names of properties of a page.
const ITEMS: [&str; 8] = ["data", "items", "results", "records", "entries", "list", "values", "content"];
const TOTALS: [&str; 8] =
    ["total", "totalcount", "count", "totalitems", "totalresults", "totalelements", "totalrecords", "size"];
const MORE: [&str; 4] = ["hasmore", "hasnext", "more", "hasnextpage"];
const NEXT: [&str; 5] = ["nextcursor", "nexttoken", "nextpagetoken", "cursor", "continuationtoken"];

/// A name without case and separators.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

pub(super) fn list(call: &Call<'_>) -> Done {
    let Some(schema) = &call.plan.schema else { return Done::default() };
    let Some((place, item)) = items_of(schema, &call.resource.name) else { return Done::default() };
    let scope = call.scope();
    if call.world.store.count(call.number) == 0 && !call.mock.has_fixtures(call.number) {
        adopt(call, &place);
    }
    let mut entities: Vec<Map<String, Value>> = Vec::new();
    for entity in call.world.store.all(call.number) {
        if !entity.scope.seen_from(&scope) {
            continue;
        }
        let record = entity.lock(call.now);
        if !record.gone && (!record.deleted || call.resource.declared) {
            entities.push(record.value.clone());
        }
    }
    let page = page(call, item, entities);
    Done { shows: Shows::Whole(enveloped(call, schema, &place, item, &page)), ..Done::default() }
}

/// Where in the list's answer the items are, and their outline.
fn items_of<'s>(schema: &'s Schema, name: &str) -> Option<(Pointer, Node<'s>)> {
    let root = Node::of(schema);
    if root.is("array") {
        return Some((Pointer::root(), root.items()?));
    }
    let properties = root.properties();
    let is_list = |name: &&str| {
        properties.get(*name).is_some_and(|p| p.is("array") && p.items().is_some_and(|i| i.is("object")))
    };
    let own = properties.keys().copied().find(|n| plain(n) == plain(name) && is_list(n));
    let usual = ITEMS.iter().copied().find(is_list);
    let only = || {
        let mut lists = properties.keys().copied().filter(is_list);
        lists.next().filter(|_| lists.next().is_none())
    };
    let name = own.or(usual).or_else(only)?;
    Some((Pointer::root().join(name), properties.get(name)?.items()?))
}

/// Takes the items of the contract's own list in as the first entities, so that what is listed can be read.
fn adopt(call: &Call<'_>, place: &Pointer) {
    let made = made(call);
    let scope = call.scope();
    for item in place.lookup(&made).and_then(Value::as_array).into_iter().flatten() {
        let Value::Object(item) = item else { continue };
        let Some(id) = call.resource.id.as_ref().and_then(|id| item.get(id)).and_then(text) else { continue };
        let seed = call.mock.seed().derive(&call.resource.name).derive(&id);
        let item = call.nested(call.referring(item.clone(), &scope, seed), &Map::new(), &scope);
        let record = Record { value: item, ..Record::default() };
        // A second item with the same id, or one too many, is left out.
        let _ = call.world.store.insert(call.number, &id, scope.clone(), record);
    }
}

/// A part of a list.
struct Page {
    items: Vec<Map<String, Value>>,
    total: usize,
    more: bool,
    next: Option<String>,
}

/// The parameters of the query that were sent, by their plain names.
fn page(call: &Call<'_>, item: Node<'_>, mut entities: Vec<Map<String, Value>>) -> Page {
    let sent: Vec<(String, &str, &Value)> = call
        .verdict
        .parameters
        .iter()
        .filter(|p| p.place == ParameterPlace::Query)
        .map(|p| (plain(&p.name), &*p.name, &p.value))
        .collect();
    let find = |names: &[&str]| sent.iter().find(|(n, ..)| names.contains(&n.as_str())).map(|(.., v)| *v);
    let properties = item.properties();
    for (plain, name, wanted) in &sent {
        let special = [&LIMITS[..], &OFFSETS, &PAGES, &AFTER, &BEFORE, &SORTS, &DIRECTIONS];
        if special.iter().any(|names| names.contains(&plain.as_str())) {
            continue;
        }
        let Some((property, node)) = properties.iter().find(|(n, _)| *n == name) else { continue };
        if node.is_scalar() || node.is("boolean") {
            entities.retain(|e| matches(e.get(*property), wanted));
        }
    }
    if let Some(by) = find(&SORTS).and_then(Value::as_str) {
        let descending = by.starts_with('-')
            || find(&DIRECTIONS)
                .and_then(Value::as_str)
                .is_some_and(|d| d.to_lowercase().starts_with("desc"));
        let name = plain(by.trim_start_matches(['-', '+']));
        if let Some(property) = properties.keys().find(|n| plain(n) == name) {
            entities.sort_by(|a, b| {
                let order = compare(a.get(*property), b.get(*property));
                if descending { order.reverse() } else { order }
            });
        }
    }
    let number = |value: Option<&Value>| value.and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let limit = number(find(&LIMITS)).filter(|limit| *limit > 0);
    let total = entities.len();
    let position = |cursor: &Value| {
        let id = call.resource.id.as_deref().unwrap_or_default();
        let cursor = text(cursor)?;
        entities.iter().position(|e| e.get(id).and_then(text).as_ref() == Some(&cursor))
    };
    let start = if let Some(after) = find(&AFTER) {
        position(after).map_or(0, |at| at + 1)
    } else if let Some(at) = find(&BEFORE).and_then(position) {
        at.saturating_sub(limit.unwrap_or(at))
    } else if let Some(page) = number(find(&PAGES)) {
        page.saturating_sub(1).saturating_mul(limit.unwrap_or(total))
    } else {
        number(find(&OFFSETS)).unwrap_or(0)
    };
    let end = start.saturating_add(limit.unwrap_or(total)).min(total);
    let items: Vec<_> =
        entities.get(start.min(total)..end.max(start.min(total))).unwrap_or_default().to_vec();
    let more = end < total;
    let id = call.resource.id.as_deref().unwrap_or_default();
    let next = items.last().filter(|_| more).and_then(|e| e.get(id)).and_then(text);
    Page { items, total, more, next }
}

/// Whether a property has the value, or one of the values, that the query names.
fn matches(property: Option<&Value>, wanted: &Value) -> bool {
    let Some(property) = property else { return false };
    let same = |wanted: &Value| {
        property == wanted || text(property).is_some_and(|p| text(wanted).is_some_and(|w| p == w))
    };
    wanted.as_array().map_or_else(|| same(wanted), |many| many.iter().any(same))
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Some(Value::String(a)), Some(Value::String(b))) => a.cmp(b),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

/// The items in their envelope, with what it says about the whole, as far as it stays valid.
fn enveloped(call: &Call<'_>, schema: &Schema, place: &Pointer, item: Node<'_>, page: &Page) -> Value {
    let made = made(call);
    let with = |items: Vec<Value>| {
        let mut value = made.clone();
        if let Some(slot) = value.pointer_mut(place.as_str()) {
            *slot = Value::Array(items);
            return value;
        }
        if place.is_root() { Value::Array(items) } else { value }
    };
    let known: Vec<Value> = page.items.iter().map(|e| Value::Object(known(item, e))).collect();
    let mut value = with(known.clone());
    if !schema.is_valid(&value) {
        let template = place.lookup(&made).and_then(|list| list.get(0)).and_then(Value::as_object);
        let valid = |one: &Value| schema.is_valid(&with(vec![one.clone()]));
        value = with(known.into_iter().filter_map(|one| mended(one, template, &valid)).collect());
        if !schema.is_valid(&value) {
            // Bounds on the list itself (a least number of items, say): then the contract's own answer stands.
            return made;
        }
    }
    let names: Vec<String> = Node::of(schema).properties().keys().map(|n| (*n).to_owned()).collect();
    for name in names {
        let plain = plain(&name);
        let new = if TOTALS.contains(&plain.as_str()) {
            Value::from(page.total)
        } else if MORE.contains(&plain.as_str()) {
            Value::from(page.more)
        } else if NEXT.contains(&plain.as_str()) {
            page.next.clone().map_or(Value::Null, Value::from)
        } else {
            continue;
        };
        set_if_valid(&mut value, &name, new, schema);
    }
    value
}

/// The list as the contract alone makes it.
fn made(call: &Call<'_>) -> Value {
    let Some((at, _)) = call.plan.success else { return Value::Null };
    let media = call.plan.offers.iter().position(crate::wire::media::Media::is_json).unwrap_or(0);
    let prepared = call.plan.prepared(call.mock.judge().schemas(), at, media, call.mock.seed());
    prepared.body.as_ref().and_then(|made| made.value.clone()).unwrap_or(Value::Null)
}

/// An item with what it lacks taken from the contract's own item; `None` when even that does not help.
fn mended(
    one: Value,
    template: Option<&Map<String, Value>>,
    valid: &dyn Fn(&Value) -> bool,
) -> Option<Value> {
    if valid(&one) {
        return Some(one);
    }
    let template = template?;
    let Value::Object(own) = one else { return None };
    let mut merged = template.clone();
    merged.extend(own.clone());
    let merged = Value::Object(merged);
    if valid(&merged) {
        return Some(merged);
    }
    let mut mended = Value::Object(template.clone());
    for (name, property) in own {
        let before = mended.clone();
        mended[&name] = property;
        if !valid(&mended) {
            mended = before;
        }
    }
    valid(&mended).then_some(mended)
}

fn set_if_valid(value: &mut Value, name: &str, new: Value, schema: &Schema) {
    let Value::Object(members) = &mut *value else { return };
    let before = members.insert(name.to_owned(), new);
    if schema.is_valid(value) {
        return;
    }
    if let Value::Object(members) = value {
        match before {
            Some(before) => members.insert(name.to_owned(), before),
            None => members.shift_remove(name),
        };
    }
}
