//! The documented success: with what the action gives, or made from the contract alone.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::etag::not_modified;
use super::http_rules::matching_example;
use super::responder::{Asked, Responder, Success};
use crate::framework::{Reason, Refusal};
use crate::mock::act::{Done, Shows};
use crate::mock::catalog::plan::{Plan, Prepared};
use crate::mock::content::body::{self, Made, Wish};
use crate::mock::content::present::{Reader, present};
use crate::mock::refusal::refuser::with_body;
use crate::resource::entity;
use crate::wire::Response;

impl Responder<'_> {
    /// The success of an action. `Err` is an answer to which nothing is to be added.
    pub(super) fn present(&self, asked: &Asked<'_>, media: usize, done: Done) -> Result<Success, Response> {
        let Asked { plan, values, request } = *asked;
        let made = plan.created.filter(|_| done.created);
        let Some((at, status)) = made.or(plan.success) else {
            return Err(Response { status: 200, ..Response::default() });
        };
        if status < 200 {
            return Err(self.no_upgrade(plan));
        }
        if status >= 400 && self.catalog.settings().undocumented_statuses {
            // Nothing but errors is documented, as many do for a deletion: done is done all the same.
            return Err(Response { status: 204, ..Response::default() });
        }
        if matches!(done.shows, Shows::NotModified) {
            return Err(not_modified(done.tag, media));
        }
        // A success of its own has its own media types; they are the same ones as a rule.
        let media = if self.offers(plan, at) > media { media } else { 0 };
        let schemas = self.catalog.schemas();
        let prepared = plan.prepared(schemas, at, media, self.catalog.seed());
        let mut response = match self.written(plan, (at, media), prepared, done.shows, done.text) {
            Some(made) => {
                let mut response = with_body(status, &made);
                response.headers.0.extend(prepared.headers.0.iter().cloned());
                if let (Some(entity), Some(tag)) = (&done.entity, done.tag) {
                    entity.note_verbatim(plan.operation.head.index.0, tag, &response.body);
                }
                response
            }
            None if let Some(name) = matching_example(plan, at, values, request) => {
                let wish = Wish { example: Some(name), dynamic: false };
                as_made(&plan.make(schemas, at, media, &wish, self.catalog.seed()), status)
            }
            None => self.as_prepared(plan, prepared, status, values, request),
        };
        // Where nothing but errors is documented, one of them is the answer: it says nothing about an entity.
        for (name, value) in done.headers.into_iter().filter(|_| status < 400) {
            response.headers.set(&name, value);
        }
        Ok(Success { response, at, media, tag: done.tag })
    }

    /// What an action gives, as a body of the documented success; `None` when the contract alone says what is sent.
    fn written(
        &self,
        plan: &Plan,
        place: (usize, usize),
        prepared: &Prepared,
        shows: Shows,
        text: Option<Bytes>,
    ) -> Option<Made> {
        let (at, number) = place;
        let Made { media, schema, .. } = prepared.body.as_ref()?;
        let as_text = |bytes| Made { media: media.clone(), schema: None, value: None, bytes, lacks: None };
        let value = match shows {
            Shows::Contract | Shows::NotModified => return None,
            Shows::Text(bytes) if media.is_json() => return Some(as_text(bytes)),
            Shows::Text(bytes) => self.shown(plan, at, number, serde_json::from_slice(&bytes).ok()?)?.0,
            Shows::Whole(value) => value,
            Shows::Entity(entity) => match (self.shown(plan, at, number, entity)?, text) {
                // It need not be written a second time.
                ((_, true), Some(text)) if media.is_json() => return Some(as_text(text)),
                ((value, _), _) => value,
            },
        };
        Some(body::write(media, schema.as_ref(), value))
    }

    /// Where only 101 is documented: the mock has no other protocol to switch to, and an interim status is no answer
    /// (RFC 9110 §15.2, §15.5.22).
    fn no_upgrade(&self, plan: &Plan) -> Response {
        let message = "This operation switches protocols, which the mock does not";
        let mut response = self.catalog.refusal(Some(plan), &Refusal::plain(426, Reason::Invalid, message));
        response.headers.set("upgrade", "websocket");
        response
    }

    /// How many media types a documented response has.
    fn offers(&self, plan: &Plan, response: usize) -> usize {
        plan.operation.responses.get(response).map_or(0, |r| r.content.len())
    }

    /// An entity as this operation's success shows it, and whether that is as it was given; `None` when it shows none.
    fn shown(
        &self,
        plan: &Plan,
        at: usize,
        media: usize,
        entity: Map<String, Value>,
    ) -> Option<(Value, bool)> {
        let number = self.catalog.effect(plan)?.resource;
        let resource = self.catalog.resource(number);
        let (own, own_reader);
        let (schema, envelope, reader) = if plan.success.is_some_and(|(success, _)| success == at) {
            let envelope = plan.envelope(resource)?;
            (plan.schema.as_ref()?, envelope.clone(), plan.reader(envelope))
        } else {
            own = body::schema_of(self.catalog.schemas(), plan.operation.responses[at].content.get(media)?)?;
            let envelope = entity::envelope_of(&own, resource)?;
            own_reader = Reader::at(entity::at(&own, &envelope));
            (&own, envelope, &own_reader)
        };
        // What shows entities decided already what is valid: declared resources are shown as they are.
        if resource.declared && resource.shown_by == Some(plan.operation.head.index) && envelope.is_root() {
            return Some((Value::Object(entity), true));
        }
        // A success that is about something else (a job, a receipt) says only what it is asked for.
        if !self.catalog.shows_one(plan, number) {
            return None;
        }
        Some(present(schema, &envelope, reader, entity, self.catalog.seed().derive(&resource.name)))
    }
}

/// A prepared answer as it is.
pub(super) fn as_made(prepared: &Prepared, status: u16) -> Response {
    let mut response = match &prepared.body {
        Some(made) => with_body(status, made),
        None => Response { status, ..Response::default() },
    };
    response.headers.0.extend(prepared.headers.0.iter().cloned());
    response
}
