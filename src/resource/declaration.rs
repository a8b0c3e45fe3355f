//! What a contract can't say about its resources, declared in data: the format of a resource's declaration and of
//! fixture files.
//!
//! ```yaml
//! clock: '2026-03-01T12:00:00Z'        # where the logical clock starts
//! resources:
//!   things:                            # the name of an inferred resource; with `item`, free to choose
//!     item: /v1/things/{thing_id}      # the path of one entity
//!     collection: /v1/all-things       # the path of all of them, where it is not what stands before the id
//!     name: articles                   # another name for it
//!     state: true                      # false: nothing is remembered of it
//!     id: id                           # its property that identifies it
//!     envelope: data                   # the property (or JSON Pointer) of an answer that holds it; '' for the whole
//!     tenant:                          # whose entities the caller sees
//!       header: x-account              # the header that picks the tenant; without it all are seen
//!       property: account_id           # the entity's property that names it
//!     status:
//!       property: status
//!       new: RUNNING                   # what entities made by the mock start with
//!       terminal: [DELETED, CLOSED]    # what can't be deleted (any more)
//!     delete:
//!       set: {status: DELETED}         # what a soft delete changes; nothing: the entity is gone
//!       shown: true                    # whether what was deleted softly is still read and listed
//!       fault:                         # a way for it to fail, switched on by `--fault NAME=RATE`
//!         name: teardown
//!         status: 503
//!         message: The clean-up failed
//!       events:                        # what it appends, now and later
//!         property: events
//!         append:
//!           - after: 0                 # seconds of the logical clock
//!             value: {reason: Killing, message: 'Stopping {name|id}', timestamp: '{now}'}
//!     actions:                         # what operations do: by operationId or `METHOD /path`
//!       cancelThing: {does: act, set: {status: CANCELLED, cancelled_at: '{now}'}}
//!       searchThings: none             # or list, read, create, create-many, replace, change, delete, clear, act
//!     unknown: {type: value_error, message: No such thing}             # said of an id that is not there
//!     refused: {type: value_error, message: 'It is {status}', status: 422}   # said in a terminal state
//! entities:
//!   things:
//!     - {id: t1, status: RUNNING}
//! ```

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A fixture file: any of its parts may be absent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixtureFile {
    /// Where the logical clock starts (RFC 3339).
    pub clock: Option<String>,
    /// Declarations by the resource's name.
    #[serde(default)]
    pub resources: IndexMap<String, Declaration>,
    /// Initial entities by the resource's name.
    #[serde(default)]
    pub entities: IndexMap<String, Vec<Value>>,
}

/// A resource, declared.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The path of one entity, as the contract writes it. Absent: the resource is one that is inferred.
    pub item: Option<String>,
    /// The path of all entities; inferred when absent.
    pub collection: Option<String>,
    /// Another name for the resource.
    pub name: Option<String>,
    /// `false`: nothing is remembered of it.
    pub state: Option<bool>,
    /// The property that identifies an entity; inferred when absent.
    pub id: Option<String>,
    /// The property, or the JSON Pointer, of an answer that holds the entity; empty for the answer as a whole.
    pub envelope: Option<String>,
    /// What operations do, by `operationId` or `METHOD /path`: an action's name, or `{does, set, verb}`.
    #[serde(default)]
    pub actions: IndexMap<String, Value>,
    /// Whose entities a caller sees.
    pub tenant: Option<Tenant>,
    /// The entity's life.
    pub status: Option<StatusRule>,
    /// What a delete does.
    pub delete: Option<DeleteRule>,
    /// What is said of an id that is not there.
    pub unknown: Option<Word>,
    /// What is said of an entity whose status forbids the request.
    pub refused: Option<Word>,
}

impl Declaration {
    /// This declaration with what `upper` says in its place.
    #[must_use]
    pub fn under(mut self, upper: Self) -> Self {
        self.actions.extend(upper.actions);
        Self {
            item: upper.item.or(self.item),
            collection: upper.collection.or(self.collection),
            name: upper.name.or(self.name),
            state: upper.state.or(self.state),
            id: upper.id.or(self.id),
            envelope: upper.envelope.or(self.envelope),
            actions: self.actions,
            tenant: upper.tenant.or(self.tenant),
            status: upper.status.or(self.status),
            delete: upper.delete.or(self.delete),
            unknown: upper.unknown.or(self.unknown),
            refused: upper.refused.or(self.refused),
        }
    }
}

/// Whose entities a caller sees.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// The header that picks the tenant.
    pub header: String,
    /// The entity's property that names its tenant; empty where entities do not show it.
    #[serde(default)]
    pub property: String,
    /// The tenant of a caller that sends no such header; absent: such a caller sees all tenants' entities.
    pub default: Option<String>,
}

/// An entity's life.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusRule {
    /// The property.
    pub property: String,
    /// What entities made by the mock start with.
    pub new: Option<String>,
    /// The states that end it.
    #[serde(default)]
    pub terminal: Vec<String>,
}

/// What a delete does.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteRule {
    /// What a soft delete sets; empty: the entity is gone.
    #[serde(default)]
    pub set: Map<String, Value>,
    /// Whether what was deleted softly is still read and listed; absent: yes.
    pub shown: Option<bool>,
    /// A way for it to fail.
    pub fault: Option<DeclaredFault>,
    /// What it appends.
    pub events: Option<Events>,
}

/// A way to fail that belongs to a resource.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredFault {
    /// Its name for `--fault`.
    pub name: String,
    /// The status it is answered with.
    pub status: u16,
    /// What is said.
    pub message: String,
}

/// Events that a delete appends to a list of the entity.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// The list.
    pub property: String,
    /// The events.
    pub append: Vec<EventRule>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// How long after the delete, in seconds of the logical clock.
    #[serde(default)]
    pub after: u64,
    /// The event; its texts may hold `{property}`, `{first|second}` (the first that is there) and `{now}`.
    pub value: Value,
}

/// What is said in a case that no schema knows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The machine-readable word.
    #[serde(rename = "type")]
    pub kind: String,
    /// The sentence; `{status}` is the entity's status.
    pub message: String,
    /// The status of the answer; chosen from the contract when absent.
    pub status: Option<u16>,
}

/// Fills `{name}` and `{first|second}` in the texts of a value from `lookup`; a name that nothing knows stays as it is.
#[must_use]
pub fn fill(value: &Value, lookup: &impl Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::String(text) => Value::String(fill_text(text, lookup)),
        Value::Array(items) => Value::Array(items.iter().map(|item| fill(item, lookup)).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), fill(value, lookup))).collect())
        }
        other => other.clone(),
    }
}

/// A text before and behind the first of these ASCII characters.
fn split(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = memchr::memchr(at, text.as_bytes())?;
    Some((&text[..place], &text[place + 1..]))
}

/// [`fill`] for one text.
#[must_use]
pub fn fill_text(text: &str, lookup: &impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = split(rest, b'{')
        && let Some((names, behind)) = split(after, b'}')
    {
        out.push_str(before);
        match names.split('|').find_map(|name| lookup(name.trim())) {
            Some(found) => out.push_str(&found),
            None => out.extend(["{", names, "}"]),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_are_filled() {
        let lookup = |name: &str| (name == "a").then(|| "1".to_owned());
        for (template, wanted) in [
            ("{a}", "1"),
            ("x{b|a}y", "x1y"),
            ("{b}", "{b}"),
            ("{a", "{a"),
            ("}{a}{", "}1{"),
            ("{}{a}", "{}1"),
            ("x{a", "x{a"),
            ("é{a}é", "é1é"),
        ] {
            assert_eq!(fill_text(template, &lookup), wanted, "{template}");
        }
        assert_eq!(fill(&json!({"k": ["{a}", 2]}), &lookup), json!({"k": ["1", 2]}));
    }

    #[test]
    fn unknown_words_are_refused() {
        assert!(serde_json::from_value::<FixtureFile>(json!({"entitys": {}})).is_err());
        let file = json!({"resources": {"x": {"item": "/x/{id}", "delete": {"set": {"status": "GONE"}}}}});
        let file: FixtureFile = serde_json::from_value(file).unwrap();
        assert_eq!(file.resources["x"].item.as_deref(), Some("/x/{id}"));
    }
}
