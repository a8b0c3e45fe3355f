//! What a list's answer says about the whole: totals, whether there is more, where it is, and the same in headers
//! (`Link`, RFC 8288; `X-Total-Count` and the like where the contract documents them).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Call;
use super::roles::{Played, Role, Roles};
use crate::base::Pointer;
use crate::mock::store::Entity;
use crate::resource::names::plain;
use crate::schema::Schema;
use crate::schema::view::SchemaView;
use crate::wire::percent::{self, Keep};

/// Names of properties, plain.
const TOTALS: [&str; 13] = [
    "total",
    "totalcount",
    "totalitems",
    "totalresults",
    "totalelements",
    "totalrecords",
    "totalhits",
    "numfound",
    "recordcount",
    "totalrows",
    "totalnumber",
    "totalsize",
    "resultcount",
];
const COUNTS: [&str; 5] = ["count", "numberofelements", "itemcount", "returned", "itemsinpage"];
const MORE: [&str; 8] =
    ["hasmore", "hasnext", "more", "hasnextpage", "ismore", "moreavailable", "morepages", "truncated"];
const EARLIER: [&str; 4] = ["hasprevious", "haspreviouspage", "hasprev", "hasprevpage"];
const NEXT: [&str; 17] = [
    "next",
    "nextcursor",
    "nexttoken",
    "nextpagetoken",
    "cursor",
    "continuationtoken",
    "nextpage",
    "nexturl",
    "nextlink",
    "odatanextlink",
    "endcursor",
    "after",
    "nextpagecursor",
    "nextpageurl",
    "nextmarker",
    "nextoffset",
    "nexthref",
];
const PREVIOUS: [&str; 10] = [
    "previous",
    "prev",
    "previouscursor",
    "prevcursor",
    "previouspage",
    "prevpage",
    "previousurl",
    "prevurl",
    "startcursor",
    "before",
];
const NUMBERS: [&str; 5] = ["page", "currentpage", "pagenumber", "number", "pageindex"];
const SIZES: [&str; 6] = ["perpage", "pagesize", "limit", "size", "itemsperpage", "pagelimit"];
const LAST_PAGES: [&str; 6] = ["totalpages", "pagecount", "lastpage", "pages", "pagetotal", "numpages"];
const OFFSETS: [&str; 4] = ["offset", "skip", "startindex", "start"];

/// With how many items of the list what is said about the whole is tried.
const JUDGED_ITEMS: usize = 3;

/// How deep the properties of a page are looked into.
const DEPTH_MAX: usize = 2;

/// A part of a list.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The entities.
    pub(crate) entities: Vec<Arc<Entity>>,
    /// How many there are on all pages.
    pub(crate) total: usize,
    /// How many come before these.
    pub(crate) start: usize,
    /// How many a page has at most.
    pub(crate) limit: Option<usize>,
    /// Whether some come after these.
    pub(crate) more: bool,
    /// The number of the first page, 0 or 1.
    pub(crate) first_page: usize,
}

/// The number of the first page: 0 where the contract lets it be asked for.
pub(super) fn first(page: &Played) -> usize {
    let zero = page.minimum == Some(0) && page.default.as_ref().is_none_or(|default| *default == 0)
        || page.default.as_ref().is_some_and(|default| *default == 0);
    usize::from(!zero)
}

/// How many items the list may have, as the schema bounds it.
pub(super) fn items_max(schema: &Schema, place: &Pointer) -> Option<usize> {
    let node = place.tokens().try_fold(SchemaView::of(schema), |node, name| node.property(&name))?;
    node.keyword("maxItems").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok())
}

/// The value with a list put where it was left out.
pub(super) fn planted(value: Value, place: &Pointer, items: Vec<Value>) -> Value {
    let mut value = if value.is_object() { value } else { Value::Object(Map::new()) };
    let tokens: Vec<String> = place.tokens().map(|token| token.into_owned()).collect();
    let Some((last, above)) = tokens.split_last() else { return Value::Array(items) };
    let mut slot = &mut value;
    for name in above {
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        slot = &mut slot[name.as_str()];
    }
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    slot[last.as_str()] = Value::Array(items);
    value
}

impl Page {
    /// The id of the first.
    fn first(&self) -> Option<String> {
        self.entities.first().map(|entity| entity.id.to_string())
    }

    /// The id of the last.
    fn last(&self) -> Option<String> {
        self.entities.last().map(|entity| entity.id.to_string())
    }

    fn size(&self) -> usize {
        self.limit.unwrap_or(self.total).max(1)
    }

    fn number(&self) -> usize {
        self.start / self.size() + self.first_page
    }

    fn pages(&self) -> usize {
        self.total.div_ceil(self.size())
    }

    /// What the parameters of the query must be for the page after this one, or before it.
    fn other(&self, roles: &Roles, forward: bool) -> Option<Vec<(String, String)>> {
        if forward && !self.more || !forward && self.start == 0 {
            return None;
        }
        let start = if forward { self.start + self.size() } else { self.start.saturating_sub(self.size()) };
        let name = |role: &Role| roles.find(role).map(|played| played.name.clone());
        let mut set = Vec::new();
        if let (Some(after), true) = (name(&Role::After), forward) {
            set.push((after, self.last()?));
        } else if let (Some(before), false) = (name(&Role::Before), forward) {
            set.push((before, self.first()?));
        } else if let Some(page) = name(&Role::Page) {
            set.push((page, (start / self.size() + self.first_page).to_string()));
        } else if let Some(offset) = name(&Role::Offset) {
            set.push((offset, start.to_string()));
        } else {
            return None;
        }
        set.extend(name(&Role::Limit).zip(self.limit).map(|(name, limit)| (name, limit.to_string())));
        Some(set)
    }
}

/// Fills in what the answer says about the whole.
pub(super) fn fill(
    call: &Call<'_>,
    schema: &Schema,
    place: &Pointer,
    page: &Page,
    roles: &Roles,
    value: &mut Value,
) {
    if place.is_root() {
        return;
    }
    let mut filler = Filler { call, page, roles, place, total_shown: false, names: Vec::new() };
    filler.gather(SchemaView::of(schema), &Pointer::root(), 0);
    filler.total_shown = filler.names.iter().any(|(_, plain, _)| TOTALS.contains(&plain.as_str()));
    // Each try is judged with a few items only: a long list is not judged again and again.
    let Some(Value::Array(all)) = value.pointer_mut(place.as_str()).map(Value::take) else { return };
    let few: Vec<Value> = all.iter().take(JUDGED_ITEMS).cloned().collect();
    let put = |value: &mut Value, items: Vec<Value>| {
        if let Some(slot) = value.pointer_mut(place.as_str()) {
            *slot = Value::Array(items);
        }
    };
    put(value, few);
    let before = value.clone();
    for (at, plain, node) in std::mem::take(&mut filler.names) {
        if let Some(candidates) = filler.candidates(&plain, node) {
            set(value, &at, candidates, schema);
        }
    }
    put(value, all);
    if !schema.is_valid(value)
        && let Some(Value::Array(all)) = value.pointer_mut(place.as_str()).map(Value::take)
    {
        *value = before;
        put(value, all);
    }
}

struct Filler<'a, 's> {
    call: &'a Call<'a>,
    page: &'a Page,
    roles: &'a Roles,
    place: &'a Pointer,
    total_shown: bool,
    names: Vec<(Pointer, String, SchemaView<'s>)>,
}

impl<'s> Filler<'_, 's> {
    /// Notes the properties around the list.
    fn gather(&mut self, node: SchemaView<'s>, at: &Pointer, depth: usize) {
        for (name, property) in node.properties() {
            let here = at.join(name);
            if here == *self.place {
                continue;
            }
            let nested = property.is("object") && !property.properties().is_empty();
            if nested && depth < DEPTH_MAX {
                self.gather(property, &here, depth + 1);
            } else if !nested {
                self.names.push((here, plain(name), property));
            }
        }
    }

    /// What a property of that name may be, the likeliest first; `None` when it is about something else. `null` stands
    /// for leaving it out too.
    fn candidates(&self, name: &str, node: SchemaView<'_>) -> Option<Vec<Value>> {
        let (page, is) = (self.page, |names: &[&str]| names.contains(&name));
        let flag = node.is("boolean");
        let one = |value: Value| Some(vec![value]);
        if is(&TOTALS) {
            one(page.total.into())
        } else if is(&COUNTS) && !flag {
            // A count beside a total is of this page.
            one(if self.total_shown { page.entities.len() } else { page.total }.into())
        } else if is(&MORE) && flag {
            one(page.more.into())
        } else if is(&EARLIER) && flag {
            one((page.start > 0).into())
        } else if matches!(name, "last" | "islast") && flag {
            one((!page.more).into())
        } else if matches!(name, "first" | "isfirst") && flag {
            one((page.start == 0).into())
        } else if name == "empty" && flag {
            one(page.entities.is_empty().into())
        } else if is(&NUMBERS) && !flag {
            Some(vec![page.number().into(), page.number().to_string().into()])
        } else if is(&SIZES) {
            one(page.size().into())
        } else if is(&LAST_PAGES) {
            Some(vec![page.pages().into(), page.pages().max(1).into()])
        } else if is(&OFFSETS) && node.is("number") {
            one(page.start.into())
        } else if name == "lastid" {
            one(page.last().map_or(Value::Null, Value::from))
        } else if name == "firstid" {
            one(page.first().map_or(Value::Null, Value::from))
        } else if is(&NEXT) {
            Some(self.direction(name, node, true))
        } else if is(&PREVIOUS) {
            Some(self.direction(name, node, false))
        } else if matches!(name, "self" | "selfurl" | "current") && node.is("string") {
            Some(self.call.references(self.call.request.target.as_str()))
        } else {
            None
        }
    }

    /// The page after this one or before it: a cursor, a page's number, or a URL.
    fn direction(&self, name: &str, node: SchemaView<'_>, forward: bool) -> Vec<Value> {
        let Some(set) = self.page.other(self.roles, forward) else { return vec![Value::Null, "".into()] };
        let token = set.first().map(|(_, value)| value.clone()).unwrap_or_default();
        let urls = self.call.references(&with_query(&self.call.request.target, &set));
        let format = node.keyword("format").and_then(Value::as_str).unwrap_or_default();
        let links = name.ends_with("url") || name.ends_with("link") || name.ends_with("href");
        let by_cursor = self.roles.find(&Role::After).is_some();
        let mut candidates = Vec::new();
        if let Ok(number) = token.parse::<u64>()
            && node.is("number")
        {
            candidates.push(number.into());
        }
        // `next` alone is a URL, unless pages are named by cursors.
        let url_first =
            format.starts_with("uri") || links || !by_cursor && matches!(name, "next" | "previous" | "prev");
        let token = Value::from(token);
        if url_first {
            candidates.extend(urls);
            candidates.push(token);
        } else {
            candidates.push(token);
            candidates.extend(urls);
        }
        candidates
    }
}

impl Call<'_> {
    /// A target of this server as a URL, and as a reference where the host is not known or not wanted.
    fn references(&self, target: &str) -> Vec<Value> {
        let host = self.request.headers.get_str("host");
        let whole = host.map(|host| Value::from(format!("http://{host}{target}")));
        let whole = whole.or_else(|| Some(Value::from(format!("http://localhost{target}"))));
        whole.into_iter().chain([Value::from(target)]).collect()
    }
}

/// The target with these members in its query, in the place of those of the same names.
fn with_query(target: &str, set: &[(String, String)]) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let kept = query.split('&').filter(|member| {
        let name = percent::decode_text(member.split('=').next().unwrap_or_default());
        !member.is_empty() && !set.iter().any(|(n, _)| *n == *name)
    });
    let encode = |text: &str| percent::encode(text.as_bytes(), Keep::Unreserved);
    let new = set.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    format!("{path}?{}", kept.map(str::to_owned).chain(new).collect::<Vec<_>>().join("&"))
}

/// The headers that say the same.
pub(super) fn headers(call: &Call<'_>, roles: &Roles, page: &Page) -> Vec<(String, String)> {
    let documented = call.plan.success.map(|(at, _)| &call.plan.operation.responses[at].headers);
    let mut headers = Vec::new();
    let mut link = false;
    for header in documented.into_iter().flatten() {
        let name =
            plain(header.name.strip_prefix("X-").or(header.name.strip_prefix("x-")).unwrap_or(&header.name));
        let is = |names: &[&str]| names.contains(&name.as_str());
        let token = |forward| {
            page.other(roles, forward).and_then(|set| set.into_iter().next()).map(|(_, value)| value)
        };
        let value = if is(&TOTALS) || is(&COUNTS) {
            Some(page.total.to_string())
        } else if is(&NUMBERS) {
            Some(page.number().to_string())
        } else if is(&SIZES) {
            Some(page.size().to_string())
        } else if is(&LAST_PAGES) {
            Some(page.pages().to_string())
        } else if is(&NEXT) {
            Some(token(true).unwrap_or_default())
        } else if is(&PREVIOUS) {
            Some(token(false).unwrap_or_default())
        } else {
            link |= name == "link";
            None
        };
        headers.extend(value.map(|value| (header.name.clone(), value)));
    }
    let mut links = Vec::new();
    for (forward, relation) in [(true, "next"), (false, "prev")] {
        if let Some(set) = page.other(roles, forward) {
            links.push(format!("<{}>; rel=\"{relation}\"", with_query(&call.request.target, &set)));
        }
    }
    if links.is_empty() && link {
        links.push(format!("<{}>; rel=\"self\"", call.request.target));
    }
    if !links.is_empty() {
        headers.push(("link".to_owned(), links.join(", ")));
    }
    headers
}

/// Sets a place to the first of the candidates with which the whole is valid; where none is, it stays as it was.
fn set(value: &mut Value, at: &Pointer, candidates: Vec<Value>, schema: &Schema) {
    let (Some(parent), Some(name)) = (at.parent(), at.last()) else { return };
    let Some(Value::Object(members)) = value.pointer_mut(parent.as_str()) else { return };
    let before = members.get(name.as_ref()).cloned();
    let leave_out = candidates.first().is_some_and(Value::is_null);
    if leave_out && before.is_none() {
        return;
    }
    for candidate in candidates {
        if let Some(Value::Object(members)) = value.pointer_mut(parent.as_str()) {
            members.insert(name.as_ref().to_owned(), candidate);
        }
        if schema.is_valid(value) {
            return;
        }
    }
    if leave_out {
        if let Some(Value::Object(members)) = value.pointer_mut(parent.as_str()) {
            members.shift_remove(name.as_ref());
        }
        if schema.is_valid(value) {
            return;
        }
    }
    if let Some(Value::Object(members)) = value.pointer_mut(parent.as_str()) {
        match before {
            Some(before) => members.insert(name.as_ref().to_owned(), before),
            None => members.shift_remove(name.as_ref()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn queries_are_changed_in_place() {
        let set = [("page".to_owned(), "2".to_owned()), ("a b".to_owned(), "x&y".to_owned())];
        assert_eq!(with_query("/a", &set), "/a?page=2&a%20b=x%26y");
        assert_eq!(with_query("/a?page=1&kind=cat&a%20b=1", &set), "/a?kind=cat&page=2&a%20b=x%26y");
    }

    #[test]
    fn lists_are_put_where_they_were_left_out() {
        let place = Pointer::parse("/_embedded/pets").unwrap();
        assert_eq!(
            planted(json!({"a": 1}), &place, vec![json!(1)]),
            json!({"a": 1, "_embedded": {"pets": [1]}})
        );
        assert_eq!(planted(Value::Null, &place, vec![]), json!({"_embedded": {"pets": []}}));
    }
}
