//! What the engine works out once for an operation: its success, what it can offer, and answers made before.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::base::{Pointer, Seed};
use crate::contract::{Operation, StatusKey};
use crate::mock::act::roles::Roles;
use crate::mock::body::{self, Made, Wish};
use crate::mock::outline::Node;
use crate::mock::resource::{Resource, refine};
use crate::schema::{Schema, Schemas};
use crate::wire::media::Media;

/// Keywords of objects that say nothing about how properties hang together.
const OF_OBJECTS: [&str; 10] = [
    "$ref",
    "$defs",
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "example",
    "examples",
];

/// Keywords of texts that exclude none.
const OF_TEXTS: [&str; 9] =
    ["$ref", "type", "title", "description", "default", "example", "examples", "readOnly", "deprecated"];

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
    /// Whether its requests are read as FastAPI reads them; worked out on first use.
    pub(crate) fastapi: OnceLock<bool>,
    /// Where the success holds an entity; worked out on first use.
    envelope: OnceLock<Option<Pointer>>,
    /// Whether the schemas agree with what the path says that it does; worked out on first use.
    pub(crate) agrees: OnceLock<bool>,
    /// Whether the success shows an entity; worked out on first use.
    pub(crate) shows: OnceLock<bool>,
    /// What a named action sets; worked out on first use.
    pub(crate) sets: OnceLock<Map<String, Value>>,
    /// What the query's parameters are for; worked out on first use.
    pub(crate) roles: OnceLock<Roles>,
    /// The schema of the request's JSON body; worked out on first use.
    pub(crate) sent: OnceLock<Option<Arc<Schema>>>,
    /// Properties of the success that take any text; worked out on first use.
    free: OnceLock<HashSet<String>>,
    made: Mutex<HashMap<(usize, usize), Arc<Prepared>>>,
}

/// An answer made before, for all requests alike.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The body, if it has one.
    pub(crate) body: Option<Made>,
    /// The documented headers.
    pub(crate) headers: Vec<(String, Bytes)>,
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
        let last_parameter = crate::mock::resource::model::parameters(&operation.head.path).pop();
        Self {
            operation,
            success,
            created,
            offers,
            schema,
            last_parameter,
            fastapi: OnceLock::new(),
            envelope: OnceLock::new(),
            agrees: OnceLock::new(),
            shows: OnceLock::new(),
            sets: OnceLock::new(),
            roles: OnceLock::new(),
            sent: OnceLock::new(),
            free: OnceLock::new(),
            made: Mutex::default(),
        }
    }

    /// Where the success holds an entity of this resource; `None` when it shows none.
    #[must_use]
    pub(crate) fn envelope(&self, resource: &Resource) -> Option<&Pointer> {
        let find = || self.schema.as_ref().and_then(|schema| refine::envelope_of(schema, resource));
        self.envelope.get_or_init(find).as_ref()
    }

    /// Whether a property of the success takes any text, whatever the others hold.
    #[must_use]
    pub(crate) fn takes_any_text(&self, property: &str) -> bool {
        let find = || {
            let Some(node) = self.schema.as_deref().map(Node::of) else { return HashSet::new() };
            if !node.says_only(&OF_OBJECTS) {
                return HashSet::new();
            }
            let free = |p: &Node<'_>| p.is("string") && !p.is("number") && p.says_only(&OF_TEXTS);
            node.properties().into_iter().filter(|(_, p)| free(p)).map(|(name, _)| name.to_owned()).collect()
        };
        self.free.get_or_init(find).contains(property)
    }

    /// Whether the documented response number `response` has an example of this name.
    #[must_use]
    pub(crate) fn has_example(&self, response: usize, name: &str) -> bool {
        self.operation.responses[response].content.iter().flat_map(|m| &m.examples).any(|e| e.name == name)
    }

    /// The documented response number `response` in its media type number `media`, made once and kept.
    pub(crate) fn prepared(
        &self,
        schemas: &Schemas,
        response: usize,
        media: usize,
        seed: Seed,
    ) -> Arc<Prepared> {
        let key = (response, media);
        let lock = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return Arc::clone(known);
        }
        let made = Arc::new(self.make(schemas, response, media, &Wish::default(), seed));
        Arc::clone(lock().entry(key).or_insert(made))
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
        Prepared { body, headers: body::headers(schemas, documented, seed) }
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
