//! How an operation's new entities are written in one go: which properties they have, and who says what of each. Worked
//! out once, so that a creation is one walk over what was sent.

use std::sync::OnceLock;

use indexmap::IndexSet;
use serde_json::{Map, Value};

use super::proof::{self, Origin, Proof, takes_ids};
use crate::base::json;
use crate::mock::act::properties::{from_request, stays};
use crate::mock::catalog::plan::Plan;
use crate::mock::catalog::{BASES, Catalog};
use crate::resource::{Link, Resource};
use crate::schema::flat::{At, Kind};
use crate::schema::view::SchemaView;
use crate::validate::BodyValue;

/// How new entities are written.
#[derive(Debug)]
pub(in crate::mock::act) struct Template {
    /// The properties that contract, server and path know of, in the order in which they are written.
    names: IndexSet<String>,
    /// One for each name.
    slots: Vec<Slot>,
    /// What is generated, each made on first use.
    generated: Vec<OnceLock<Generated>>,
    /// What an answer's validity follows from; `None` where each has to be validated.
    proof: Option<Proof>,
    /// Whether the path or the caller say something of an entity, besides its id.
    pub(super) has_given: bool,
}

/// A property.
#[derive(Debug)]
struct Slot {
    /// Its name as it is written behind another member: `,"name":`.
    key: String,
    source: Source,
    /// What it is when the client leaves it out, as JSON.
    default: Option<String>,
    /// Whether the client has no say in it: the id, and what is read only. A body that has it is left to the other way.
    server_owned: bool,
}

/// Who has most to say of a property.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// The server: one of the times that it sets.
    Time(usize),
    /// The server: the id.
    Id,
    /// The client, else the contract's default, else the path, else it is generated.
    Client,
}

/// What is generated for an entity, as JSON.
#[derive(Debug)]
pub(super) struct Generated {
    /// For each slot.
    slots: Vec<Option<String>>,
    /// What no slot is for: a name, and its value.
    others: Vec<(String, String)>,
    /// Whether an answer may hold it all.
    valid: bool,
}

/// What a client sent.
pub(super) struct RequestMembers<'s> {
    /// For each slot.
    slots: Vec<Option<At<'s>>>,
    /// What no slot is for.
    others: Vec<(&'s str, At<'s>)>,
    /// Which of the documented media types it was sent as.
    media: usize,
}

/// What server and path say, as JSON.
pub(super) struct ServerValues<'s> {
    pub(super) id: &'s str,
    /// The times, in the order in which [`FieldRoles::stamps`](crate::resource::field_roles::FieldRoles::stamps) names
    /// them.
    pub(super) times: &'s [String],
    /// What the path and the caller say of further properties.
    pub(super) given: &'s [(&'s str, String)],
}

impl Template {
    /// The template of an operation whose entities have these properties; `None` where they can't be written in one go.
    pub(in crate::mock::act) fn of(
        catalog: &Catalog,
        plan: &Plan,
        link: &Link,
        names: &IndexSet<String>,
    ) -> Option<Self> {
        let number = link.resource;
        let (resource, traits) = (catalog.resource(number), catalog.traits(number));
        let id = resource.id.as_deref()?;
        let given = from_request(catalog, plan, number);
        let shown = catalog.entity_schema(number)?;
        let entity = SchemaView::of(&shown).plainly_at(&resource.envelope)?;
        // Where the contract has a say in what the server sets, each try is validated.
        let free = given.iter().all(|name| catalog.takes_any_text(number, name));
        if !free || !takes_ids(entity, id, traits.id) {
            return None;
        }
        if link.id.is_some() || !catalog.references(number).is_empty() {
            return None;
        }
        let (stamps, defaults) = (traits.stamps(), catalog.writable(plan).map(|w| w.defaults.as_slice()));
        let defaults = defaults.unwrap_or_default();
        let slot = |name: &String| Slot {
            key: key(name),
            source: match stamps.iter().position(|stamp| stamp == name) {
                Some(stamp) => Source::Time(stamp),
                None if name == id => Source::Id,
                None => Source::Client,
            },
            default: defaults.iter().find(|(known, _)| known == name).map(|(_, value)| value.to_string()),
            server_owned: name == id || traits.read_only.contains(name),
        };
        let slots = names.iter().map(slot).collect();
        let proof = Proof::of(catalog, plan, number, names);
        let generated = (0..BASES).map(|_| OnceLock::new()).collect();
        Some(Self { names: names.clone(), slots, generated, proof, has_given: !given.is_empty() })
    }

    /// What is generated for the entity of this number.
    pub(super) fn generated(&self, catalog: &Catalog, plan: &Plan, number: usize, nth: u64) -> &Generated {
        let nth = nth % BASES;
        // There are as many as that.
        let slot = &self.generated[usize::try_from(nth).unwrap_or_default()];
        slot.get_or_init(|| self.generate(catalog, plan, number, &catalog.base(number, nth)))
    }

    fn generate(
        &self,
        catalog: &Catalog,
        plan: &Plan,
        number: usize,
        value: &Map<String, Value>,
    ) -> Generated {
        let (resource, traits, writable) =
            (catalog.resource(number), catalog.traits(number), catalog.writable(plan));
        let valid = self.proof.is_some() && proof::shows_value(catalog, plan, number, value);
        let mut generated = Generated { slots: vec![None; self.slots.len()], others: Vec::new(), valid };
        let staying = |name: &str| writable.is_none_or(|writable| stays(resource, traits, writable, name));
        for (name, value) in value.iter().filter(|(name, _)| staying(name)) {
            match self.names.get_index_of(name) {
                Some(at) => generated.slots[at] = Some(value.to_string()),
                None => generated.others.push((name.clone(), value.to_string())),
            }
        }
        generated
    }

    /// What a client sent, by slots; `None` where it is not an entity as it is, whose id the server chooses.
    pub(super) fn read<'s>(&self, resource: &Resource, body: &'s BodyValue) -> Option<RequestMembers<'s>> {
        let root = body.flat()?.root();
        let Kind::Object(count) = root.kind() else { return None };
        let (slots, others) = (vec![None; self.slots.len()], Vec::new());
        let mut sent = RequestMembers { slots, others, media: body.media };
        for (name, value) in root.members() {
            // The entity may be all that is in the object.
            if count == 1 && resource.envelope.last().is_some_and(|envelope| envelope == name) {
                return None;
            }
            match self.names.get_index_of(name) {
                Some(at) if self.slots[at].server_owned => return None,
                Some(at) => sent.slots[at] = Some(value),
                None => sent.others.push((name, value)),
            }
        }
        Some(sent)
    }

    /// The new entity as compact JSON, and whether it is known that an answer may show it.
    pub(super) fn write(
        &self,
        generated: &Generated,
        sent: &RequestMembers<'_>,
        server: &ServerValues<'_>,
    ) -> (String, bool) {
        let mut check = self.proof.as_ref().filter(|_| generated.valid && sent.others.is_empty());
        let (mut promised, mut length) = (0, 2);
        let mut parts: Vec<(&str, &str)> = Vec::with_capacity(self.slots.len());
        for (at, slot) in self.slots.iter().enumerate() {
            let generated = generated.slots[at].as_deref();
            let Some((text, origin)) = slot.choose(&self.names[at], sent.slots[at], server, generated) else {
                continue;
            };
            check = check.filter(|proof| proof.takes(at, origin));
            promised += usize::from(check.is_some_and(|proof| proof.promises(at)));
            length += slot.key.len() + text.len();
            parts.push((&slot.key, text));
        }
        let others = self.others(generated, sent);
        let mut text = String::with_capacity(length + others.len());
        for (key, value) in parts {
            text.push_str(key);
            text.push_str(value);
        }
        text.push_str(&others);
        // The first member has no other before it.
        if text.is_empty() {
            text.push('{');
        } else {
            text.replace_range(..1, "{");
        }
        text.push('}');
        (text, check.is_some_and(|proof| proof.covers(sent.media, promised)))
    }

    /// The members that no slot is for, each behind a comma: what was generated, as the client sent it where it did,
    /// and what the client sent besides.
    fn others(&self, generated: &Generated, sent: &RequestMembers<'_>) -> String {
        let mut text = String::new();
        let mut add = |name: &str, value: &str| {
            text.push_str(&key(name));
            text.push_str(value);
        };
        for (name, value) in &generated.others {
            let own = sent.others.iter().find(|(sent, _)| sent == name);
            add(name, own.map_or(value, |(_, own)| own.text()));
        }
        for (name, value) in &sent.others {
            if !generated.others.iter().any(|(known, _)| known == name) {
                add(name, value.text());
            }
        }
        text
    }
}

impl Slot {
    /// What it is, and who says so.
    fn choose<'a>(
        &'a self,
        name: &str,
        sent: Option<At<'a>>,
        server: &'a ServerValues<'_>,
        generated: Option<&'a str>,
    ) -> Option<(&'a str, Origin)> {
        let by_server = |text: &'a str| Some((text, Origin::Server));
        match self.source {
            Source::Time(at) => return server.times.get(at).and_then(|time| by_server(time)),
            Source::Id => return by_server(server.id),
            Source::Client => {}
        }
        let given = || server.given.iter().find(|(given, _)| *given == name).map(|(_, text)| text.as_str());
        match (sent, &self.default) {
            (Some(sent), _) => Some((sent.text(), Origin::Client)),
            (None, Some(default)) => by_server(default),
            (None, None) => given().map_or(generated.map(|text| (text, Origin::Generated)), by_server),
        }
    }
}

/// A name as it is written behind another member.
fn key(name: &str) -> String {
    let mut key = String::from(",");
    json::quote(&mut key, name);
    key.push(':');
    key
}
