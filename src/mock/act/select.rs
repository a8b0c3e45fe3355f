//! Which entities a list shows, and in which order.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::roles::{Role, Roles, Test, filter, sort_key, test};
use crate::contract::ParameterPlace;
use crate::mock::state::store_state::text;
use crate::resource::field_roles::FieldRoles;
use crate::schema::view::SchemaView;
use crate::validate::RequestVerdict;

/// Properties by which an object among others is named.
const NAMES: [&str; 5] = ["id", "name", "key", "slug", "code"];

/// What a list's query asks for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    filters: Vec<(Vec<String>, Test, Value)>,
    search: Option<String>,
    /// What to sort by, and whether downwards.
    pub(super) keys: Vec<(Vec<String>, bool)>,
    /// The order in which they came is turned round.
    pub(super) reversed: bool,
}

/// The value of a parameter: what was sent, else the default.
pub(super) fn value<'v>(verdict: &'v RequestVerdict, roles: &'v Roles, role: &Role) -> Option<&'v Value> {
    let played = roles.find(role)?;
    verdict.parameter(ParameterPlace::Query, &played.name).or(played.default.as_ref())
}

impl Wanted {
    /// What the query asks for.
    pub(super) fn of(
        verdict: &RequestVerdict,
        roles: &Roles,
        item: SchemaView<'_>,
        traits: &FieldRoles,
    ) -> Self {
        let mut wanted = Self::default();
        for played in &roles.0 {
            let Some(sent) = verdict.parameter(ParameterPlace::Query, &played.name) else { continue };
            match &played.role {
                Role::Filter(path, test) => wanted.filter(path, *test, sent),
                Role::Filters => {
                    for (name, value) in sent.as_object().into_iter().flatten() {
                        if let Some((path, test)) = filter(name, item, traits, false) {
                            wanted.filter(&path, test, value);
                        }
                    }
                }
                Role::Search => wanted.search = sent.as_str().map(str::to_lowercase),
                _ => {}
            }
        }
        wanted.order(verdict, roles, item, traits);
        wanted
    }

    /// Takes a filter in; a table (`created[gte]=…`) is several.
    fn filter(&mut self, path: &[String], how: Test, sent: &Value) {
        match sent {
            Value::Object(members) => {
                for (word, value) in members {
                    if let Some(how) = test(word) {
                        self.filters.push((path.to_vec(), how, value.clone()));
                    }
                }
            }
            value => self.filters.push((path.to_vec(), how, value.clone())),
        }
    }

    fn order(&mut self, verdict: &RequestVerdict, roles: &Roles, item: SchemaView<'_>, traits: &FieldRoles) {
        let direction =
            value(verdict, roles, &Role::Direction).and_then(Value::as_str).map(str::to_lowercase);
        let down = direction.is_some_and(|d| d.starts_with("desc") || d == "-1" || d == "down");
        let keys: Vec<&str> = match value(verdict, roles, &Role::Sort) {
            Some(Value::String(text)) => text.split(',').map(str::trim).collect(),
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for key in &keys {
            if let Some((path, own)) = sort_key(key, item, traits) {
                self.keys.push((path, own || down));
            }
        }
        let backwards = keys.iter().any(|key| key.to_lowercase().starts_with("desc"));
        self.reversed = self.keys.is_empty() && (backwards || keys.is_empty() && down);
    }

    /// Whether the entities' properties decide anything.
    pub(super) fn reads_values(&self) -> bool {
        !self.filters.is_empty() || self.search.is_some() || !self.keys.is_empty()
    }

    /// The properties that decide; `None` where all do.
    pub(super) fn names(&self) -> Option<Vec<&str>> {
        let paths = self.filters.iter().map(|(path, ..)| path).chain(self.keys.iter().map(|(path, _)| path));
        self.search.is_none().then(|| paths.filter_map(|path| path.first()).map(String::as_str).collect())
    }

    /// Whether the entity is asked for.
    pub(super) fn takes(&self, entity: &Map<String, Value>) -> bool {
        self.filters.iter().all(|(path, test, wanted)| matches(at(entity, path), *test, wanted))
            && self.search.as_ref().is_none_or(|text| holds(entity, text))
    }

    /// The values to sort an entity by.
    pub(super) fn key(&self, entity: &Map<String, Value>) -> Vec<Value> {
        self.keys.iter().map(|(path, _)| at(entity, path).cloned().unwrap_or(Value::Null)).collect()
    }

    /// The order of two entities by their keys.
    pub(super) fn compare(&self, a: &[Value], b: &[Value]) -> Ordering {
        for ((_, down), (a, b)) in self.keys.iter().zip(a.iter().zip(b)) {
            let order = match (a.is_null(), b.is_null()) {
                // What has no value comes last, either way.
                (true, true) => Ordering::Equal,
                (true, false) => return Ordering::Greater,
                (false, true) => return Ordering::Less,
                (false, false) if *down => compare(b, a),
                (false, false) => compare(a, b),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

fn at<'v>(entity: &'v Map<String, Value>, path: &[String]) -> Option<&'v Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(entity.get(first)?, |value, name| value.get(name))
}

/// Whether a text of the entity holds this one.
fn holds(entity: &Map<String, Value>, wanted: &str) -> bool {
    let nested = entity.get("attributes").and_then(Value::as_object);
    entity
        .values()
        .chain(nested.into_iter().flat_map(Map::values))
        .any(|value| value.as_str().is_some_and(|text| text.to_lowercase().contains(wanted)))
}

/// Whether a property is as the query asks: of several values any will do, and so will any item of a list.
fn matches(property: Option<&Value>, how: Test, wanted: &Value) -> bool {
    if how == Test::Other {
        return !matches(property, Test::Equal, wanted);
    }
    if let Value::Array(many) = wanted {
        return many.is_empty() || many.iter().any(|one| matches(property, how, one));
    }
    let property = match property {
        None | Some(Value::Null) => return wanted.is_null() || wanted == "null",
        Some(Value::Array(items)) => return items.iter().any(|item| matches(Some(item), how, wanted)),
        Some(Value::Object(members)) => {
            return NAMES
                .iter()
                .any(|name| members.get(*name).is_some_and(|v| matches(Some(v), how, wanted)));
        }
        Some(value) => value,
    };
    let texts = || Some((plain_text(property)?.to_lowercase(), plain_text(wanted)?.to_lowercase()));
    match how {
        Test::Equal | Test::Other => {
            let same = |a: &Value, b: &Value| {
                a == b || plain_text(a).is_some_and(|a| plain_text(b).is_some_and(|b| a == b))
            };
            let several = || {
                let parts = wanted.as_str().filter(|text| text.contains(','))?;
                Some(parts.split(',').any(|part| same(property, &Value::from(part.trim()))))
            };
            same(property, wanted) || several().unwrap_or(false)
        }
        Test::Contains => texts().is_some_and(|(text, part)| text.contains(&part)),
        Test::Begins => texts().is_some_and(|(text, part)| text.starts_with(&part)),
        Test::Above => compare(property, wanted) == Ordering::Greater,
        Test::AtLeast => compare(property, wanted) != Ordering::Less,
        Test::Under => compare(property, wanted) == Ordering::Less,
        Test::AtMost => compare(property, wanted) != Ordering::Greater,
    }
}

fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::Bool(flag) => Some(flag.to_string()),
        Value::String(text) => Some(text.clone()),
        other => text(other),
    }
}

/// Numbers as numbers, instants as instants, else texts as texts.
fn compare(a: &Value, b: &Value) -> Ordering {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    if (a.is_number() || b.is_number())
        && let (Some(a), Some(b)) = (number(a), number(b))
    {
        return a.total_cmp(&b);
    }
    if let (Some(a), Some(b)) = (instant(a), instant(b)) {
        return a.cmp(&b);
    }
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => plain_text(a).cmp(&plain_text(b)),
    }
}

/// An instant, a date, or seconds since 1970.
fn instant(value: &Value) -> Option<jiff::Timestamp> {
    match value {
        Value::Number(seconds) => jiff::Timestamp::from_second(seconds.as_i64()?).ok(),
        Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
            let date = || format!("{text}T00:00:00Z").parse().ok();
            text.parse().ok().or_else(date)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_are_compared_by_what_they_are() {
        for (property, how, wanted, result) in [
            (json!("a"), Test::Equal, json!("a"), true),
            (json!(1), Test::Equal, json!("1"), true),
            (json!(true), Test::Equal, json!("true"), true),
            (json!("b"), Test::Equal, json!(["a", "b"]), true),
            (json!("b"), Test::Equal, json!("a,b"), true),
            (json!("b"), Test::Equal, json!([]), true),
            (json!(["x", "y"]), Test::Equal, json!("y"), true),
            (json!([{"id": 3, "name": "n"}]), Test::Equal, json!(["n"]), true),
            (json!("a"), Test::Other, json!("a"), false),
            (json!(9), Test::AtLeast, json!("10"), false),
            (json!(10), Test::AtLeast, json!(10), true),
            (json!("2026-01-02T00:00:00Z"), Test::Above, json!("2026-01-01"), true),
            (json!("2026-01-01T00:00:00Z"), Test::Above, json!("2026-01-01T01:00:00+01:00"), false),
            (json!("2026-01-01"), Test::AtMost, json!("2026-01-01T00:00:00Z"), true),
            (json!("Hello"), Test::Contains, json!("ELL"), true),
            (json!("Hello"), Test::Begins, json!("ell"), false),
        ] {
            assert_eq!(matches(Some(&property), how, &wanted), result, "{property} {how:?} {wanted}");
        }
        assert!(!matches(None, Test::Equal, &json!("a")) && matches(None, Test::Other, &json!("a")));
        assert!(!matches(Some(&Value::Null), Test::AtLeast, &json!(1)));
    }

    #[test]
    fn several_keys_sort_and_what_has_none_comes_last() {
        let keys = vec![(vec!["a".to_owned()], false), (vec!["b".to_owned()], true)];
        let wanted = Wanted { keys, ..Wanted::default() };
        let mut all = [json!({"a": 2}), json!({"b": 9}), json!({"a": 1, "b": 1}), json!({"a": 1, "b": 10})];
        all.sort_by(|x, y| {
            let key = |v: &Value| wanted.key(v.as_object().unwrap());
            wanted.compare(&key(x), &key(y))
        });
        assert_eq!(json!(all), json!([{"a": 1, "b": 10}, {"a": 1, "b": 1}, {"a": 2}, {"b": 9}]));
    }
}
