//! What the engine works out once for an operation: its success, what it can offer, and answers made before.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use crate::base::{Pointer, Seed, json};
use crate::contract::{Operation, StatusKey};
use crate::mock::content::body::{self, Made, Wish};
use crate::mock::content::present::Reader;
use crate::resource::{Resource, entity};
use crate::schema::view::SchemaView;
use crate::schema::{Schema, Schemas};
use crate::validate::Planned;
use crate::wire::Headers;
use crate::wire::media::{self, Media};

/// An operation's plan.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The operation.
    pub(crate) operation: Arc<Operation>,
    /// The response for when all goes well: its place among the responses, and the status to send.
    pub(crate) success: Option<(usize, u16)>,
    /// The response for when something was made: 201, where it is documented beside another success.
    pub(crate) created: Option<(usize, u16)>,
    /// The media types of the success, in the contract's order, concrete.
    pub(crate) offers: Vec<Media>,
    /// The schema of the success as JSON, when it has one.
    pub(crate) schema: Option<Arc<Schema>>,
    /// The last path parameter.
    pub(crate) last_parameter: Option<String>,
    /// Which framework's reader reads its requests, if any; worked out on first use.
    pub(crate) framework: OnceLock<Option<usize>>,
    /// Where the success holds an entity; worked out on first use.
    envelope: OnceLock<Option<Pointer>>,
    /// Whether the schemas agree with what the path says that it does; worked out on first use.
    pub(crate) agrees: OnceLock<bool>,
    /// Whether the success shows an entity; worked out on first use.
    pub(crate) shows: OnceLock<bool>,
    /// What a named action sets; worked out on first use.
    pub(crate) sets: OnceLock<Map<String, Value>>,
    /// The schema of the request's JSON body; worked out on first use.
    pub(crate) sent: OnceLock<Option<Arc<Schema>>>,
    /// What that schema says of properties; worked out on first use.
    pub(crate) writable: OnceLock<Option<Writable>>,
    /// How the success shows an entity; worked out on first use.
    reader: OnceLock<Reader>,
    /// Properties of the success that take any text; worked out on first use.
    free: OnceLock<HashSet<String>>,
    /// The answers made before: for each response, for each of its media types; one where it has none.
    made: Vec<Vec<OnceLock<Prepared>>>,
    /// The operation as the judge of requests knows it; worked out on first use.
    pub(crate) planned: OnceLock<Planned>,
}

/// What the schema of a body says of the properties that clients may send.
#[derive(Debug)]
pub(crate) struct Writable {
    /// Their names.
    pub(crate) names: HashSet<String>,
    /// What those are that are left out.
    pub(crate) defaults: Vec<(String, Value)>,
}

impl Writable {
    /// What is said here.
    #[must_use]
    pub(crate) fn of(node: SchemaView<'_>) -> Self {
        let properties = node.properties();
        let default = |(name, node): (&&str, &SchemaView<'_>)| {
            Some(((*name).to_owned(), node.keyword("default")?.clone()))
        };
        Self {
            defaults: properties.iter().filter_map(default).collect(),
            names: properties.keys().map(|name| (*name).to_owned()).collect(),
        }
    }
}

/// A member of an object: its name, and all of it as compact JSON (`"name":1`).
pub(crate) type Member = (String, String);

/// An answer made before, for all requests alike.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The body, if it has one.
    pub(crate) body: Option<Made>,
    /// The documented headers.
    pub(crate) headers: Headers,
    /// The members of the body, each as compact JSON, where it is an object.
    members: OnceLock<Option<Vec<Member>>>,
}

impl Prepared {
    /// The members of the body, each as compact JSON; the body as it is to be, `whole`, is asked for once. `None` where
    /// that is no object.
    pub(crate) fn members(&self, whole: impl FnOnce() -> Value) -> Option<&[Member]> {
        let write = || {
            let Value::Object(members) = whole() else { return None };
            let written = |(name, value): (String, Value)| {
                let mut text = String::new();
                json::quote(&mut text, &name);
                text.push(':');
                text.push_str(&value.to_string());
                (name, text)
            };
            Some(members.into_iter().map(written).collect())
        };
        self.members.get_or_init(write).as_deref()
    }
}

impl Plan {
    /// Works the plan out.
    #[must_use]
    pub(crate) fn new(operation: Arc<Operation>, schemas: &Schemas) -> Self {
        let success = success(&operation);
        let exact = StatusKey::Exact(201);
        let created = operation.responses.iter().position(|r| r.status == exact).map(|at| (at, 201));
        let content = success.map_or(&[][..], |(at, _)| operation.responses[at].content.as_slice());
        let offers: Vec<Media> = content.iter().map(body::concrete).collect();
        let json = offers.iter().position(Media::is_json);
        let schema = json.and_then(|at| body::schema_of(schemas, &content[at]));
        let last_parameter = crate::resource::model::parameters(&operation.head.path).pop();
        let slots = |types: usize| (0..types.max(1)).map(|_| OnceLock::new()).collect();
        let made = operation.responses.iter().map(|response| slots(response.content.len())).collect();
        Self {
            operation,
            success,
            created,
            offers,
            schema,
            last_parameter,
            framework: OnceLock::new(),
            envelope: OnceLock::new(),
            agrees: OnceLock::new(),
            shows: OnceLock::new(),
            sets: OnceLock::new(),
            sent: OnceLock::new(),
            writable: OnceLock::new(),
            reader: OnceLock::new(),
            free: OnceLock::new(),
            made,
            planned: OnceLock::new(),
        }
    }

    /// Where the success holds an entity of this resource; `None` when it shows none.
    #[must_use]
    pub(crate) fn envelope(&self, resource: &Resource) -> Option<&Pointer> {
        let find = || self.schema.as_ref().and_then(|schema| entity::envelope_of(schema, resource));
        self.envelope.get_or_init(find).as_ref()
    }

    /// Which of the media types of the request's body says what clients send: the first JSON, or whatever is first.
    #[must_use]
    pub(crate) fn sent_as(&self) -> Option<usize> {
        let content = &self.operation.request_body.as_ref()?.content;
        let json = content.iter().position(|m| media::is_json(&m.name));
        json.or((!content.is_empty()).then_some(0))
    }

    /// The media types of the success as they are documented: ranges, too.
    #[must_use]
    pub(crate) fn ranges(&self) -> Vec<Media> {
        let content = self.success.map_or(&[][..], |(at, _)| self.operation.responses[at].content.as_slice());
        content
            .iter()
            .zip(&self.offers)
            .map(|(m, o)| media::parse(&m.name).unwrap_or_else(|| o.clone()))
            .collect()
    }

    /// How the success shows an entity, which stands at `envelope`.
    #[must_use]
    pub(crate) fn reader(&self, envelope: &Pointer) -> &Reader {
        let find = || Reader::at(self.schema.as_deref().and_then(|schema| entity::at(schema, envelope)));
        self.reader.get_or_init(find)
    }

    /// Whether a property of the success takes any text, whatever the others hold.
    #[must_use]
    pub(crate) fn takes_any_text(&self, property: &str) -> bool {
        let find =
            || self.schema.as_deref().map(|schema| SchemaView::of(schema).free_texts()).unwrap_or_default();
        self.free.get_or_init(find).contains(property)
    }

    /// Whether the documented response number `response` has an example of this name.
    #[must_use]
    pub(crate) fn has_example(&self, response: usize, name: &str) -> bool {
        self.operation.responses[response].content.iter().flat_map(|m| &m.examples).any(|e| e.name == name)
    }

    /// Whether the success was made; what more of them cost, the first has shown.
    pub(crate) fn is_made(&self) -> bool {
        let made = |(at, _): (usize, u16)| {
            self.made.get(at).is_some_and(|slots| slots.iter().any(|slot| slot.get().is_some()))
        };
        self.created.is_some_and(made) || self.success.is_none_or(made)
    }

    /// The documented response number `response` in its media type number `media`, made once and kept.
    pub(crate) fn prepared(&self, schemas: &Schemas, response: usize, media: usize, seed: Seed) -> &Prepared {
        let slots = &self.made[response];
        let media = media.min(slots.len() - 1);
        slots[media].get_or_init(|| self.make(schemas, response, media, &Wish::default(), seed))
    }

    /// The documented response number `response` in its media type number `media`.
    #[must_use]
    pub(crate) fn make(
        &self,
        schemas: &Schemas,
        response: usize,
        media: usize,
        wish: &Wish,
        seed: Seed,
    ) -> Prepared {
        let documented = &self.operation.responses[response];
        let seed = seed.derive(&self.operation.head.id).derive(&documented.status.to_string());
        let body =
            documented.content.get(media).map(|m| body::make(schemas, m, wish, seed.nth(media as u64)));
        let headers = body::headers(schemas, documented, seed);
        Prepared { body, headers, members: OnceLock::new() }
    }
}

/// The response for when all goes well: the lowest exact 2xx, else `2XX`, else `default`, else a redirect, else the
/// first there is.
fn success(operation: &Operation) -> Option<(usize, u16)> {
    let numbered = || operation.responses.iter().enumerate();
    let exact = |from: u16, to: u16| {
        numbered()
            .filter_map(|(at, r)| match r.status {
                StatusKey::Exact(status) if (from..to).contains(&status) => Some((at, status)),
                _ => None,
            })
            .min_by_key(|(_, status)| *status)
    };
    let key = |wanted: StatusKey, status: u16| {
        numbered().find(|(_, r)| r.status == wanted).map(|(at, _)| (at, status))
    };
    exact(200, 300)
        .or_else(|| key(StatusKey::Range(2), 200))
        .or_else(|| key(StatusKey::Default, 200))
        .or_else(|| exact(300, 400))
        .or_else(|| key(StatusKey::Range(3), 302))
        .or_else(|| exact(100, 600))
        .or_else(|| {
            numbered().next().map(|(at, r)| {
                (at, if let StatusKey::Range(d) = r.status { u16::from(d) * 100 } else { 200 })
            })
        })
}
