//! What the properties of a resource's entities are about: which hold times that the server sets, which only the
//! server writes, what ids look like. Worked out once for a resource.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::base::clock::Clock;
use crate::document::Location;
use crate::resource::names::{plain, words};
use crate::resource::{Resource, verbs};
use crate::schema::view::SchemaView;

/// Names of properties that hold when an entity was made, plain.
const MADE: [&str; 9] = [
    "createdat",
    "created",
    "createdon",
    "creationdate",
    "datecreated",
    "createtime",
    "creationtime",
    "createddate",
    "insertedat",
];

/// Names of properties that hold when an entity was last changed, plain.
const CHANGED: [&str; 13] = [
    "updatedat",
    "updated",
    "modifiedat",
    "modified",
    "lastmodified",
    "dateupdated",
    "updatetime",
    "updatedon",
    "lastupdated",
    "lastmodifiedat",
    "modifiedon",
    "lastupdatedat",
    "updateddate",
];

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// RFC 3339.
    Instant,
    /// A full date.
    Date,
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
}

/// A property that holds a time.
#[derive(Clone, Debug)]
struct Stamp {
    name: String,
    written: Written,
}

/// What ids look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum IdKind {
    /// A text.
    #[default]
    Text,
    /// A whole number.
    Number,
    /// A UUID.
    Uuid,
}

/// What the properties of a resource's entities are about.
#[derive(Debug, Default)]
pub(crate) struct FieldRoles {
    made: Vec<Stamp>,
    changed: Vec<Stamp>,
    /// Properties that only the server writes.
    pub(crate) read_only: BTreeSet<String>,
    /// Properties that readers are promised.
    pub(crate) promised: BTreeSet<String>,
    /// All properties.
    names: Vec<String>,
    /// What new entities are: not deleted, in their first state, without times of what has not happened.
    fresh: Vec<(String, Option<Value>)>,
    /// What ids look like.
    pub(crate) id: IdKind,
    /// What ids begin with: `ord_` of an example `ord_1a2b`, else what the resource's name gives.
    pub(crate) id_prefix: String,
    /// The schema of the id.
    pub(crate) id_schema: Option<Location>,
}

impl FieldRoles {
    /// The traits of entities of this outline.
    #[must_use]
    pub(crate) fn of(node: SchemaView<'_>, resource: &Resource) -> Self {
        let mut traits = Self::default();
        let required = node.all_required();
        for (name, property) in node.properties() {
            let plain = plain(name);
            if MADE.contains(&plain.as_str()) {
                traits.made.extend(stamp(name, property));
            } else if CHANGED.contains(&plain.as_str()) {
                traits.changed.extend(stamp(name, property));
            }
            if property.keyword("readOnly") == Some(&Value::Bool(true)) {
                traits.read_only.insert(name.to_owned());
            }
            if required.contains(name) {
                traits.promised.insert(name.to_owned());
            }
            traits.names.push(name.to_owned());
            // A time that something happened at: nothing has happened to a new entity.
            let happened = words(name).last().is_some_and(|word| word == "at") && property.is("string");
            let is_stamp = MADE.contains(&plain.as_str()) || CHANGED.contains(&plain.as_str());
            if happened && !is_stamp && (property.takes_null() || !required.contains(name)) {
                let nothing = (required.contains(name) || property.takes_null()).then_some(Value::Null);
                traits.fresh.push((name.to_owned(), nothing));
            }
        }
        traits.begin(node, resource);
        let id = resource.id.as_deref().and_then(|name| node.property(name));
        if let Some(id) = id {
            traits.id = if id.is("number") {
                IdKind::Number
            } else if id.keyword("format").is_some_and(|format| format == "uuid") {
                IdKind::Uuid
            } else {
                IdKind::Text
            };
            traits.id_prefix = prefix(id).unwrap_or_default();
        }
        traits
    }

    /// Has ids begin with the resource's name (`order_`), where no example shows what they begin with.
    pub(crate) fn name_ids(&mut self, name: &str) {
        if self.id_prefix.is_empty() {
            let name: String = name.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
            self.id_prefix = format!("{}_", name.to_ascii_lowercase().trim_end_matches('s'));
        }
    }

    /// Notes how new entities differ from deleted ones.
    fn begin(&mut self, node: SchemaView<'_>, resource: &Resource) {
        for (name, set) in &resource.delete.set {
            if let Value::Bool(flag) = set {
                self.fresh.push((name.clone(), Some(Value::Bool(!flag))));
            }
        }
        let declared = resource.status.as_ref().is_some_and(|rule| rule.new.is_some());
        if let Some((name, property)) = verbs::status_of(node, &resource.name)
            && !declared
            && let Some(first) = verbs::first_state(property)
        {
            self.fresh.push((name.to_owned(), Some(Value::String(first))));
        }
    }

    /// Makes a generated entity a new one.
    pub(crate) fn refresh(&self, entity: &mut Map<String, Value>) {
        for (name, value) in &self.fresh {
            match value {
                Some(value) => entity.insert(name.clone(), value.clone()),
                None => entity.shift_remove(name),
            };
        }
    }

    /// The property of a path parameter's name: `order_id` of `{orderId}`. Not for parameters called just `id`.
    #[must_use]
    pub(crate) fn named(&self, parameter: &str) -> Option<&str> {
        let wanted = plain(parameter);
        let named = self.names.iter().find(|name| plain(name) == wanted);
        named.filter(|_| wanted != "id").map(String::as_str)
    }

    /// The properties that hold when an entity was made or changed, with the time for a new one.
    pub(crate) fn stamped(&self, clock: &Clock, now: u64) -> Vec<(&str, Value)> {
        times(self.made.iter().chain(&self.changed), clock, now)
    }

    /// Puts the time in the properties that hold when an entity was made.
    pub(crate) fn stamp_made(&self, value: &mut Map<String, Value>, clock: &Clock, now: u64) {
        put(&self.made, value, clock, now);
    }

    /// Puts the time in the properties that hold when an entity was last changed.
    pub(crate) fn stamp_changed(&self, value: &mut Map<String, Value>, clock: &Clock, now: u64) {
        put(&self.changed, value, clock, now);
    }

    /// Whether a property holds a time that the server sets.
    #[must_use]
    pub(crate) fn is_stamp(&self, name: &str) -> bool {
        self.made.iter().chain(&self.changed).any(|stamp| stamp.name == name)
    }

    /// The property that holds when an entity was made.
    #[must_use]
    pub(crate) fn made(&self) -> Option<&str> {
        self.made.first().map(|stamp| stamp.name.as_str())
    }

    /// The properties that the server sets, for people.
    #[must_use]
    pub(crate) fn stamps(&self) -> Vec<&str> {
        self.made.iter().chain(&self.changed).map(|stamp| stamp.name.as_str()).collect()
    }
}

fn put(stamps: &[Stamp], value: &mut Map<String, Value>, clock: &Clock, now: u64) {
    for (name, time) in times(stamps.iter(), clock, now) {
        value.insert(name.to_owned(), time);
    }
}

/// The time as each of these properties has it.
fn times<'s>(stamps: impl Iterator<Item = &'s Stamp>, clock: &Clock, now: u64) -> Vec<(&'s str, Value)> {
    let mut stamps = stamps.peekable();
    if stamps.peek().is_none() {
        return Vec::new();
    }
    let text = clock.text(now);
    let seconds = || text.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_second);
    let time = |stamp: &'s Stamp| {
        let time = match stamp.written {
            Written::Instant => Value::from(text.as_str()),
            Written::Date => Value::from(text.get(..10).unwrap_or_default()),
            Written::Seconds => Value::from(seconds()),
            Written::Milliseconds => Value::from(seconds().saturating_mul(1000)),
        };
        (stamp.name.as_str(), time)
    };
    stamps.map(time).collect()
}

/// How the contract writes times in a property of such a name; `None` where it holds none.
fn stamp(name: &str, property: SchemaView<'_>) -> Option<Stamp> {
    let format = property.keyword("format").and_then(Value::as_str);
    let free = ["pattern", "enum", "const", "maxLength"].iter().all(|word| property.keyword(word).is_none());
    let bounded = ["minimum", "maximum", "multipleOf", "enum", "const"]
        .iter()
        .any(|word| property.keyword(word).is_some());
    let example = ["example", "examples", "default"].iter().find_map(|word| property.keyword(word));
    let example = example.and_then(|e| e.as_array().and_then(|list| list.first()).or(Some(e)));
    let written = match format {
        Some("date-time") if free => Written::Instant,
        Some("date") if free => Written::Date,
        None if property.is("string") && free => {
            // A text that is no instant in the example is written in a way of its own.
            let instant = |e: &Value| e.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok());
            example.is_none_or(instant).then_some(Written::Instant)?
        }
        _ if property.is("number") && !bounded => {
            let long = example.and_then(Value::as_f64).is_some_and(|number| number > 1e11);
            if long { Written::Milliseconds } else { Written::Seconds }
        }
        _ => return None,
    };
    Some(Stamp { name: name.to_owned(), written })
}

/// What an example of an id begins with: letters and then `_` or `-`, where digits follow somewhere.
fn prefix(id: SchemaView<'_>) -> Option<String> {
    let example = id.keyword("example").or_else(|| id.keyword("examples")?.get(0))?.as_str()?;
    let end = example.find(['_', '-'])?;
    let letters = example[..end].bytes().all(|b| b.is_ascii_alphabetic());
    let digits = example[end..].bytes().any(|b| b.is_ascii_digit());
    ((1..=12).contains(&end) && letters && digits).then(|| example[..=end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use serde_json::json;

    #[test]
    fn times_are_written_as_the_contract_shows_them() {
        let schema = Schema::from_value(json!({"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string", "examples": ["ord_1a2b"]},
            "createdAt": {"type": "string", "format": "date-time", "readOnly": true},
            "created": {"type": "integer"},
            "creation_date": {"type": "string", "format": "date"},
            "date_created": {"type": "integer", "examples": [1_700_000_000_000_u64]},
            "updated_at": {"type": "string"},
            "modified": {"type": "string", "examples": ["yesterday"]},
            "updated": {"type": "boolean"},
            "shipped_at": {"type": "string"},
            "closed_at": {"type": ["string", "null"]},
            "status": {"type": "string", "enum": ["DELETED", "OPEN"]},
        }}))
        .unwrap();
        let resource = Resource { id: Some("id".into()), ..Resource::default() };
        let traits = FieldRoles::of(SchemaView::of(&schema), &resource);
        let clock = Clock::new(Some("2026-01-01T00:00:00Z".parse().unwrap()));
        let mut value = Map::new();
        traits.stamp_made(&mut value, &clock, 5);
        traits.stamp_changed(&mut value, &clock, 6);
        assert_eq!(
            Value::Object(value),
            json!({"createdAt": "2026-01-01T00:00:05Z", "created": 1_767_225_605, "creation_date": "2026-01-01",
                   "date_created": 1_767_225_605_000_u64, "updated_at": "2026-01-01T00:00:06Z"})
        );
        assert_eq!(traits.id_prefix, "ord_");
        assert!(traits.read_only.contains("createdAt") && traits.promised.contains("id"));
        assert!(traits.is_stamp("updated_at") && !traits.is_stamp("updated"));
        let Value::Object(mut drawn) = json!({"shipped_at": "x", "closed_at": "x", "status": "DELETED"})
        else {
            panic!()
        };
        traits.refresh(&mut drawn);
        assert_eq!(Value::Object(drawn), json!({"closed_at": null, "status": "OPEN"}));
        assert_eq!((traits.named("createdAt"), traits.named("id")), (Some("createdAt"), None));
    }
}
