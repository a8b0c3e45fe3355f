//! How an operation's new entities are written in one go: which properties they have, who says what of each, and what is
//! known of its validity beforehand. Worked out once, so that a creation is one walk over what was sent.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use indexmap::IndexSet;
use serde_json::{Map, Value};

use super::make::stays;
use crate::base::clock::Clock;
use crate::base::json;
use crate::mock::catalog::plan::Plan;
use crate::mock::catalog::{BASES, Catalog, ShowsNew};
use crate::resource::field_roles::{FieldRoles, IdKind};
use crate::resource::{Link, Resource, entity, model};
use crate::schema::Schema;
use crate::schema::flat::{At, Kind};
use crate::schema::view::{OF_OBJECTS, OF_TEXTS, SchemaView};
use crate::validate::BodyValue;

/// How many of the next properties are looked at before a name is looked up.
const AHEAD: usize = 4;

/// How new entities are written.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// The properties that contract, server and path know of, in the order in which they are written.
    slots: Vec<Slot>,
    by_name: HashMap<String, usize>,
    /// What is generated, each made on first use.
    bases: Vec<OnceLock<Base>>,
    /// What an answer's validity follows from; `None` where each has to be judged.
    proof: Option<Proof>,
    /// Whether the path or the caller say something of an entity, besides its id.
    pub(super) is_said: bool,
}

/// A property.
#[derive(Debug)]
struct Slot {
    name: String,
    /// Its name as it is written behind another member: `,"name":`.
    key: String,
    source: Source,
    /// What it is when the client leaves it out, as JSON.
    default: Option<String>,
    /// Nothing that clients usually send: the id, and what only the server writes.
    unusual: bool,
    /// Whether an answer may hold whatever a client may send here.
    takes_sent: bool,
    /// Whether an answer may hold what server, path and default say here.
    takes_said: bool,
    /// Whether answers promise it.
    promised: bool,
}

/// Who has most to say of a property.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// The server: one of the times that it sets.
    Stamp(usize),
    /// The server: the id.
    Id,
    /// The client, else the contract's default, else the path, else it is generated.
    Client,
}

/// What answers are known to fulfil.
#[derive(Debug)]
struct Proof {
    /// Which of the documented media types clients have to send.
    media: usize,
    /// How many properties are promised.
    promised: usize,
}

/// What is generated for an entity.
#[derive(Debug)]
pub(super) struct Base {
    /// For each slot, as JSON.
    slots: Vec<Option<String>>,
    /// What no slot is for: a name, and the whole member as it is written behind another.
    others: Vec<(String, String)>,
    /// Whether an answer may hold it all.
    valid: bool,
}

/// What a client sent.
pub(super) struct Sent<'s> {
    /// For each slot.
    slots: Vec<Option<At<'s>>>,
    /// What no slot is for.
    others: Vec<(&'s str, At<'s>)>,
    media: usize,
}

/// What server and path say, as JSON.
pub(super) struct Said<'s> {
    pub(super) id: &'s str,
    /// The times, in the order in which [`FieldRoles::stamps`] names them.
    pub(super) stamps: &'s [String],
    /// What is said of further properties.
    pub(super) given: &'s [(&'s str, String)],
}

impl Recipe {
    /// The recipe of an operation; `None` where its entities can't be written in one go.
    pub(crate) fn of(catalog: &Catalog, plan: &Plan, link: &Link) -> Option<Self> {
        let (number, resource) = (link.resource, catalog.resource(link.resource));
        let (id, traits) = (resource.id.as_deref()?, catalog.traits(number));
        let above = model::parameters(&plan.operation.head.path);
        let above = above.iter().filter_map(|name| traits.named(name)).filter(|name| *name != id);
        let tenant = resource.tenant.as_ref().map(|tenant| tenant.property.as_str());
        let said: Vec<&str> = above.chain(tenant.filter(|property| !property.is_empty())).collect();
        let (shown, sent) = (catalog.entity_schema(number), catalog.body_schema(plan));
        let entity = shown.as_deref().and_then(|schema| entity::at(schema, &resource.envelope));
        let plain = shown.as_deref().and_then(|schema| SchemaView::of(schema).plainly_at(&resource.envelope));
        // Where the contract has a say in what the server sets, each try is judged.
        let free = said.iter().all(|name| catalog.takes_any_text(number, name))
            && plain.is_some_and(|node| takes_ids(node, id, traits.id));
        if !free || link.id.is_some() || !catalog.references(number).is_empty() {
            return None;
        }
        let stamps = traits.stamps();
        let mut names: IndexSet<&str> = IndexSet::new();
        names.extend(entity.iter().flat_map(|node| node.properties().into_keys()));
        names.extend([id].iter().chain(&stamps));
        names.extend(sent.iter().flat_map(|schema| SchemaView::of(schema).properties().into_keys()));
        names.extend(&said);
        let defaults = catalog.writable(plan).map_or(&[][..], |writable| writable.defaults.as_slice());
        let slot = |name: &str| {
            let source = match stamps.iter().position(|stamp| *stamp == name) {
                Some(stamp) => Source::Stamp(stamp),
                None if name == id => Source::Id,
                None => Source::Client,
            };
            let default = defaults.iter().find(|(known, _)| known == name);
            let unusual = name == id || traits.read_only.contains(name);
            Slot::new(name, source, default.map(|(_, value)| value.to_string()), unusual)
        };
        let mut slots: Vec<Slot> = names.iter().map(|name| slot(name)).collect();
        let proof = match catalog.shows_new(plan, number) {
            ShowsNew::Judged(answer, _) if std::ptr::eq(answer.bundle(), answer.outline()) => {
                let base = catalog.base(number, 0);
                let facts = Facts { plan, answer, base: &base, sent: sent.as_deref(), said: &said };
                facts.prove(&mut slots, traits, defaults)
            }
            _ => None,
        };
        let by_name = slots.iter().zip(0..).map(|(slot, at)| (slot.name.clone(), at)).collect();
        let bases = (0..BASES).map(|_| OnceLock::new()).collect();
        Some(Self { slots, by_name, bases, proof, is_said: !said.is_empty() })
    }

    /// What the entity of this number is made from.
    pub(super) fn base(&self, catalog: &Catalog, plan: &Plan, number: usize, nth: u64) -> Option<&Base> {
        let nth = nth % BASES;
        let slot = self.bases.get(usize::try_from(nth).ok()?)?;
        Some(slot.get_or_init(|| self.make_base(catalog, plan, number, &catalog.base(number, nth))))
    }

    fn make_base(&self, catalog: &Catalog, plan: &Plan, number: usize, value: &Map<String, Value>) -> Base {
        let (resource, traits, writable) =
            (catalog.resource(number), catalog.traits(number), catalog.writable(plan));
        let mut base = Base { slots: vec![None; self.slots.len()], others: Vec::new(), valid: false };
        if self.proof.is_some()
            && let ShowsNew::Judged(answer, reader) = catalog.shows_new(plan, number)
        {
            base.valid = reader.shows_all(value.keys().map(String::as_str))
                && answer.is_valid(&Value::Object(value.clone()));
        }
        let staying = |name: &str| writable.is_none_or(|writable| stays(resource, traits, writable, name));
        for (name, value) in value.iter().filter(|(name, _)| staying(name)) {
            match self.by_name.get(name) {
                Some(at) => base.slots[*at] = Some(value.to_string()),
                None => base.others.push((name.clone(), format!("{}{value}", key(name)))),
            }
        }
        base
    }

    /// What a client sent, by slots; `None` where it is not an entity as it is, whose id the server chooses.
    pub(super) fn read<'s>(&self, resource: &Resource, body: &'s BodyValue) -> Option<Sent<'s>> {
        let root = body.flat()?.root();
        let Kind::Object(count) = root.kind() else { return None };
        let mut sent = Sent { slots: vec![None; self.slots.len()], others: Vec::new(), media: body.media };
        let mut next = 0;
        for (name, value) in root.members() {
            let around = || resource.envelope.last().is_some_and(|around| around == name);
            if count == 1 && around() {
                return None;
            }
            // Clients send properties in the contract's order as a rule.
            let soon = self.slots.iter().enumerate().skip(next).take(AHEAD);
            let soon = soon.into_iter().find(|(_, slot)| slot.name == name).map(|(at, _)| at);
            match soon.or_else(|| self.by_name.get(name).copied()) {
                Some(at) if self.slots[at].unusual => return None,
                Some(at) => {
                    sent.slots[at] = Some(value);
                    next = at + 1;
                }
                None => sent.others.push((name, value)),
            }
        }
        Some(sent)
    }

    /// The new entity as compact JSON, and whether it is known that an answer may show it.
    pub(super) fn write(&self, base: &Base, sent: &Sent<'_>, said: &Said<'_>) -> (String, bool) {
        let mut proven = base.valid && sent.others.is_empty();
        let (mut promised, mut length) = (0, 2);
        let mut parts: Vec<(&str, &str)> = Vec::with_capacity(self.slots.len() + base.others.len() + 1);
        let slots = self.slots.iter().zip(&sent.slots).zip(&base.slots);
        for ((slot, sent), generated) in slots {
            let Some((text, known)) = slot.choose(*sent, said, generated.as_deref()) else { continue };
            proven &= known;
            promised += usize::from(slot.promised);
            length += slot.key.len() + text.len();
            parts.push((&slot.key, text));
        }
        let besides = |name: &str| sent.others.iter().any(|(besides, _)| *besides == name);
        for (_, member) in base.others.iter().filter(|(name, _)| !besides(name)) {
            length += member.len();
            parts.push((member, ""));
        }
        let others: String =
            sent.others.iter().map(|(name, value)| format!("{}{}", key(name), value.text())).collect();
        length += others.len();
        parts.push((&others, ""));

        let mut text = String::with_capacity(length);
        for (key, value) in parts {
            text.push_str(key);
            text.push_str(value);
        }
        // The first member has no other before it.
        if text.is_empty() {
            text.push('{')
        } else {
            text.replace_range(..1, "{")
        }
        text.push('}');
        let proof = self.proof.as_ref();
        proven &= proof.is_some_and(|proof| proof.media == sent.media && proof.promised == promised);
        (text, proven)
    }
}

impl Slot {
    fn new(name: &str, source: Source, default: Option<String>, unusual: bool) -> Self {
        let (takes_sent, takes_said, promised) = (false, false, false);
        Self {
            name: name.to_owned(),
            key: key(name),
            source,
            default,
            unusual,
            takes_sent,
            takes_said,
            promised,
        }
    }

    /// What it is, and whether it is known that an answer may hold that.
    fn choose<'a>(
        &'a self,
        sent: Option<At<'a>>,
        said: &'a Said<'_>,
        generated: Option<&'a str>,
    ) -> Option<(&'a str, bool)> {
        let by_server = |text: &'a str| Some((text, self.takes_said));
        match self.source {
            Source::Stamp(at) => return said.stamps.get(at).and_then(|time| by_server(time)),
            Source::Id => return by_server(said.id),
            Source::Client => {}
        }
        let given = || said.given.iter().find(|(name, _)| *name == self.name).map(|(_, text)| text.as_str());
        match (sent, &self.default) {
            (Some(sent), _) => Some((sent.text(), self.takes_sent)),
            (None, Some(default)) => by_server(default),
            (None, None) => given().map_or(generated.map(|text| (text, true)), by_server),
        }
    }
}

/// Whether a property takes any id of this kind.
fn takes_ids(node: SchemaView<'_>, name: &str, kind: IdKind) -> bool {
    let Some(property) = node.property(name).filter(|_| node.says_only(&OF_OBJECTS)) else { return false };
    let format = property.keyword("format").and_then(Value::as_str);
    let (fitting, formats): (_, &[_]) = match kind {
        IdKind::Text => (property.is("string") && !property.is("number"), &[None]),
        IdKind::Uuid => (property.is("string"), &[Some("uuid")]),
        // Where a text may stand as well, the id is one.
        IdKind::Number => {
            (property.is("number") && !property.is("string"), &[None, Some("int32"), Some("int64")])
        }
    };
    fitting && formats.contains(&format) && property.says_only(&[&OF_TEXTS[..], &["format"]].concat())
}

/// A name as it is written behind another member.
fn key(name: &str) -> String {
    let mut key = String::from(",");
    json::quote(&mut key, name);
    key.push(':');
    key
}

/// What tells whether an answer's validity follows from that of the request.
struct Facts<'f> {
    plan: &'f Plan,
    /// The schema of the answer.
    answer: &'f Arc<Schema>,
    /// An entity that was generated.
    base: &'f Map<String, Value>,
    /// The schema of the request's body.
    sent: Option<&'f Schema>,
    /// The properties of which the path or the caller say something.
    said: &'f [&'f str],
}

impl Facts<'_> {
    /// Notes in the slots what answers take there. `None` where the answer's schema says more of an entity than of its
    /// properties, each by itself.
    fn prove(&self, slots: &mut [Slot], traits: &FieldRoles, defaults: &[(String, Value)]) -> Option<Proof> {
        let record = SchemaView::of(self.answer).record()?;
        let required = record.required();
        let known = |name: &&str| slots.iter().any(|slot| slot.name == *name);
        if !required.iter().all(known) || !self.answer.is_valid(&Value::Object(self.base.clone())) {
            return None;
        }
        let times = traits.stamped(&Clock::new(None), 0);
        for slot in slots {
            let name = slot.name.as_str();
            let Some(property) = record.own_property(name).filter(|p| !p.is_never()) else { continue };
            let free = || self.plan.takes_any_text(name);
            let said = || !self.said.contains(&name) || free();
            let default = || defaults.iter().find(|(known, _)| known == name);
            slot.promised = required.contains(&name);
            slot.takes_said = match slot.source {
                Source::Id => takes_ids(record, name, traits.id),
                // Where one time is right, any is.
                Source::Stamp(at) => {
                    let formats = if property.is("string") { &["format"][..] } else { &[] };
                    property.says_only(&[&OF_TEXTS[..], formats].concat())
                        && times.get(at).is_some_and(|(_, time)| self.takes(name, time))
                }
                Source::Client => said() && default().is_none_or(|(_, value)| self.takes(name, value)),
            };
            let sent = self.sent.filter(|sent| std::ptr::eq(sent.bundle(), sent.outline()));
            slot.takes_sent = sent
                .and_then(|sent| SchemaView::of(sent).certain_property(name))
                .is_some_and(|sent| sent.says_the_same(property));
        }
        Some(Proof { media: self.plan.sent_as()?, promised: required.len() })
    }

    /// Whether an answer may hold this value: nothing else in it has a say in that.
    fn takes(&self, name: &str, value: &Value) -> bool {
        let mut whole = self.base.clone();
        whole.insert(name.to_owned(), value.clone());
        self.answer.is_valid(&Value::Object(whole))
    }
}
