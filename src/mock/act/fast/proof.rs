//! What is known of a new entity's validity without validating it: an answer may hold what the request was validated to
//! hold where both schemas say the same of the property.

use std::sync::Arc;

use indexmap::IndexSet;
use serde_json::{Map, Value};

use crate::base::clock::Clock;
use crate::mock::act::properties::from_request;
use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::Plan;
use crate::mock::content::present::Reader;
use crate::resource::field_roles::IdKind;
use crate::schema::view::{OF_OBJECTS, OF_TEXTS, SchemaView};
use crate::schema::{Flat, Schema};

/// Who said what a property is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin {
    Client,
    /// Server, path or default.
    Server,
    Generated,
}

/// What answers are known to fulfil.
#[derive(Debug)]
pub(super) struct Proof {
    /// Which of the documented media types clients have to send.
    media: usize,
    /// How many properties are promised.
    promised: usize,
    /// For each slot.
    slots: Vec<Facts>,
}

/// What is known of a property.
#[derive(Debug, Default)]
struct Facts {
    /// Whether an answer may hold whatever a client may send here.
    takes_sent: bool,
    /// Whether an answer may hold what server, path and default say here.
    takes_server: bool,
    /// Whether answers promise it.
    promised: bool,
}

impl Proof {
    /// The proof for entities of these properties; `None` where the answer's schema says more of an entity than of its
    /// properties, each by itself.
    pub(super) fn of(
        catalog: &Catalog,
        plan: &Plan,
        number: usize,
        names: &IndexSet<String>,
    ) -> Option<Self> {
        let ShowsNew::Valid(answer, _) = shows_new(catalog, plan, number) else { return None };
        if !std::ptr::eq(answer.bundle(), answer.outline()) {
            return None;
        }
        let (traits, base) = (catalog.traits(number), catalog.base(number, 0));
        let record = SchemaView::of(answer).record()?;
        let required = record.required();
        if !required.iter().all(|name| names.contains(*name))
            || !answer.is_valid(&Value::Object(Map::clone(&base)))
        {
            return None;
        }
        // Whether an answer may hold this value: nothing else in it has a say in that.
        let takes = |name: &str, value: &Value| {
            let mut whole = Map::clone(&base);
            whole.insert(name.to_owned(), value.clone());
            answer.is_valid(&Value::Object(whole))
        };
        let given = from_request(catalog, plan, number);
        let defaults =
            catalog.writable(plan).map(|writable| writable.defaults.as_slice()).unwrap_or_default();
        let sent = catalog.body_schema(plan);
        let sent = sent.as_deref().filter(|sent| std::ptr::eq(sent.bundle(), sent.outline()));
        let times = traits.stamped(&Clock::new(None), 0);
        let resource = catalog.resource(number);
        let facts = |name: &String| {
            let Some(property) = record.own_property(name).filter(|p| !p.is_never()) else {
                return Facts::default();
            };
            let takes_server = if let Some((_, time)) = times.iter().find(|(known, _)| known == name) {
                // Where one time is right, any is.
                let formats = if property.is("string") { &["format"][..] } else { &[] };
                property.says_only(&[&OF_TEXTS[..], formats].concat()) && takes(name, time)
            } else if resource.id.as_deref() == Some(name) {
                takes_ids(record, name, traits.id)
            } else {
                let default = defaults.iter().find(|(known, _)| known == name);
                (!given.contains(&name.as_str()) || plan.takes_any_text(name))
                    && default.is_none_or(|(_, value)| takes(name, value))
            };
            let takes_sent = sent
                .and_then(|sent| SchemaView::of(sent).certain_property(name))
                .is_some_and(|sent| sent.says_the_same(property));
            Facts { takes_sent, takes_server, promised: required.contains(name.as_str()) }
        };
        let slots = names.iter().map(facts).collect();
        Some(Self { media: plan.sent_as()?, promised: required.len(), slots })
    }

    /// Whether an answer may hold what this origin says of a property.
    pub(super) fn takes(&self, slot: usize, origin: Origin) -> bool {
        match origin {
            Origin::Client => self.slots[slot].takes_sent,
            Origin::Server => self.slots[slot].takes_server,
            // All of it was validated together.
            Origin::Generated => true,
        }
    }

    /// Whether answers promise a property.
    pub(super) fn promises(&self, slot: usize) -> bool {
        self.slots[slot].promised
    }

    /// Whether so many promised properties are all, and the request was validated as the one that is known.
    pub(super) fn covers(&self, media: usize, promised: usize) -> bool {
        self.media == media && self.promised == promised
    }
}

/// Whether the success of a creation shows new entities as they are.
enum ShowsNew<'p> {
    /// As the contract's author declared.
    Always,
    Never,
    /// Those that this schema takes, of whose properties all are shown.
    Valid(&'p Arc<Schema>, &'p Reader),
}

fn shows_new<'p>(catalog: &Catalog, plan: &'p Plan, number: usize) -> ShowsNew<'p> {
    let own = plan.created.is_none_or(|created| Some(created) == plan.success);
    let resource = catalog.resource(number);
    let envelope = plan.envelope(resource).filter(|envelope| own && envelope.is_root());
    let (Some(schema), Some(envelope)) = (&plan.schema, envelope) else { return ShowsNew::Never };
    if resource.declared && resource.shown_by == Some(plan.operation.head.index) {
        return ShowsNew::Always;
    }
    if !catalog.shows_one(plan, number) {
        return ShowsNew::Never;
    }
    ShowsNew::Valid(schema, plan.reader(envelope))
}

/// Whether the success of a creation shows this entity as it is.
pub(super) fn shows_value(catalog: &Catalog, plan: &Plan, number: usize, value: &Map<String, Value>) -> bool {
    match shows_new(catalog, plan, number) {
        ShowsNew::Valid(schema, reader) => {
            reader.shows_all(value.keys().map(String::as_str))
                && schema.is_valid(&Value::Object(value.clone()))
        }
        ShowsNew::Always => true,
        ShowsNew::Never => false,
    }
}

/// Whether the success shows a new entity, given as JSON, as it is.
pub(super) fn shows(catalog: &Catalog, plan: &Plan, number: usize, text: &[u8]) -> bool {
    match shows_new(catalog, plan, number) {
        ShowsNew::Always => true,
        ShowsNew::Never => false,
        ShowsNew::Valid(schema, reader) => Flat::parse(text).is_some_and(|made| {
            reader.shows_all(made.root().members().map(|(name, _)| name)) && schema.is_valid_flat(&made)
        }),
    }
}

/// Whether a property takes any id of this kind.
pub(super) fn takes_ids(node: SchemaView<'_>, name: &str, kind: IdKind) -> bool {
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
