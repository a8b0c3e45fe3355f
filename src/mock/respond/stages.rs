//! From a routed request to its response: credentials, preferences, negotiation, validation, action.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::authenticate;
use super::etag::not_modified;
use super::http_rules::{asks_for_stream, matching_example};
use crate::base::Seed;
use crate::contract::Operation;
use crate::framework::{Entry, Fact, Part, Reason, Refusal, Rejection, RequestReader};
use crate::mock::Mock;
use crate::mock::act::{Call, Done, Refused, Shows, act, last_value};
use crate::mock::catalog::plan::{Plan, Prepared};
use crate::mock::content::body::{self, Made, Wish};
use crate::mock::content::present::{Reader, present};
use crate::mock::content::stream::is_stream;
use crate::mock::prefer::Prefer;
use crate::mock::refusal::refuser::{entry, with_body};
use crate::mock::state::store_state::StoreState;
use crate::resource::{Action, entity};
use crate::schema::{Flat, Schema};
use crate::validate::{Breach, Forms, Part as BreachPart, RequestVerdict, scopes};
use crate::wire::accept::Accept;
use crate::wire::{Headers, Request, Response};

/// The values of a path's parameters, raw.
type Values<'v> = &'v [(String, String)];

/// Whether the success of a creation shows new entities as they are.
pub(in crate::mock) enum ShowsNew<'p> {
    /// As the contract's author declared.
    Always,
    Never,
    /// Those that this schema takes, of whose properties all are shown.
    Judged(&'p Arc<Schema>, &'p Reader),
}

impl Mock {
    pub(in crate::mock) fn perform(
        &self,
        world: &StoreState,
        now: u64,
        plan: &Plan,
        values: Values<'_>,
        request: &Request,
    ) -> Response {
        // A framework may read the body before it asks for credentials; it validates after.
        let reader = if self.settings.validate_requests { self.reader(plan) } else { None };
        let read = match reader.map(|reader| reader.read(&plan.operation, request)) {
            Some(Err(rejection)) => return self.rejected(plan, rejection),
            Some(Ok(read)) => Some(read),
            None => None,
        };
        if self.settings.auth
            && let Some(challenge) = authenticate::challenge(
                self.house(),
                &plan.operation,
                self.contract.security_schemes(),
                request,
            )
        {
            return self.unauthenticated(plan, challenge);
        }
        if self.settings.auth
            && let Some(missing) =
                scopes::missing(&plan.operation.security, self.contract.security_schemes(), request)
        {
            return self.forbidden(plan, &missing);
        }
        let prefer = Prefer::of(&request.headers);
        if let Some(code) = prefer.code
            && let Some(response) = self.asked_for(plan, code, &prefer, values, request)
        {
            return response;
        }
        let Some(media) = negotiate(plan, request) else {
            let refusal = Refusal::plain(406, Reason::NotAcceptable, self.house().phrase(406));
            return self.refusal(Some(plan), &refusal);
        };
        if let Some(rejection) = read.as_ref().and_then(|read| read.judge(values))
            && !self.taken_otherwise(plan, values, request)
        {
            return self.rejected(plan, rejection);
        }
        let judged = self.settings.validate_requests && reader.is_none();
        let link = self.effect(plan).filter(|_| self.remembers());
        let verdict = if judged || link.is_some_and(|link| link.action.reads_values()) {
            let planned = plan.planned.get_or_init(|| self.judge.planned(&plan.operation));
            let creates = link.is_some_and(|link| link.action == Action::Create);
            self.judge.request_planned(planned, &plan.operation, values, request, creates)
        } else {
            RequestVerdict::default()
        };
        if judged && let Some(response) = self.invalid(plan, &verdict.breaches) {
            return response;
        }
        let named = |at: usize| prefer.example.as_ref().is_some_and(|name| plan.has_example(at, name));
        if let Some((at, status)) = plan.success
            && (named(at) || prefer.dynamic == Some(true) || prefer.seed.is_some())
        {
            return self.preferred(plan, at, status, media, &prefer, values, request);
        }
        if let Some(link) = link {
            let number = link.resource;
            let resource = self.resource(number);
            let verdict = &verdict;
            let call = Call {
                mock: self,
                world,
                plan,
                media,
                number,
                resource,
                link,
                request,
                values,
                verdict,
                now,
            };
            return match act(&call) {
                Ok(done) => self.done(plan, media, done, values, request),
                Err(refused) => self.turned_down(plan, refused),
            };
        }
        self.done(plan, media, Done::default(), values, request)
    }

    /// The reader of this operation's requests, where its refusals are those of a framework that has one.
    fn reader(&self, plan: &Plan) -> Option<&dyn RequestReader> {
        let position = plan.framework.get_or_init(|| {
            self.readers.position(|framework| {
                let status = framework.invalid_statuses()[0];
                self.refuser.speaks(self.judge.schemas(), self.house(), &plan.operation, status, framework)
            })
        });
        self.readers.get((*position)?)
    }

    /// Whether a request that the framework would refuse is right all the same, in the forms that are taken here beside the
    /// contract's.
    fn taken_otherwise(&self, plan: &Plan, values: Values<'_>, request: &Request) -> bool {
        self.settings.forms != Forms::Contract
            && self.judge.request(&plan.operation, values, request).is_valid()
    }

    /// The answer of the framework to what it does not take.
    fn rejected(&self, plan: &Plan, rejection: Rejection) -> Response {
        let Some(body) = rejection.body else {
            let refusal = Refusal::plain(rejection.status, Reason::Invalid, rejection.message);
            return self.refusal(Some(plan), &refusal);
        };
        let mut headers = Headers::new();
        headers.push("content-type", "application/json");
        Response { status: rejection.status, headers, body: body.into(), truncated: false }
    }

    fn unauthenticated(&self, plan: &Plan, challenge: String) -> Response {
        let house = self.house();
        let status = self.refuser.status(Some(&plan.operation), Reason::Unauthenticated, house);
        let refusal = Refusal::plain(status, Reason::Unauthenticated, house.credentials_missing());
        let mut response = self.refusal(Some(plan), &refusal);
        response.headers.set("www-authenticate", challenge);
        response
    }

    /// The refusal of a token that lacks scopes (RFC 6750 §3.1).
    fn forbidden(&self, plan: &Plan, missing: &[&str]) -> Response {
        let status = self.refuser.status(Some(&plan.operation), Reason::Forbidden, self.house());
        let message = format!("The token lacks the scope `{}`", missing.join(" "));
        let mut response = self.refusal(Some(plan), &Refusal::plain(status, Reason::Forbidden, message));
        // A quotation mark can't stand in a scope (RFC 6749 §3.3), so the quoted text needs no escapes.
        let scope: String = missing.join(" ").chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", scope.replace('"', ""));
        response.headers.set("www-authenticate", challenge);
        response
    }

    /// The refusal of a request that breaks the contract, if it does.
    fn invalid(&self, plan: &Plan, breaches: &[Breach]) -> Option<Response> {
        let media_type = breaches.iter().any(|b| b.part == BreachPart::MediaType);
        let unions = self.settings.unions;
        let counts = |b: &&Breach| !unions || !(b.violation.is_too_many() || b.violation.is_none_given());
        let entries: Vec<Entry> = breaches.iter().filter(counts).filter_map(entry).collect();
        if entries.is_empty() && !media_type {
            return None;
        }
        let reason = if media_type { Reason::MediaType } else { Reason::Invalid };
        let status = self.refuser.status(Some(&plan.operation), reason, self.house());
        let mut refusal = Refusal::validation(status, entries);
        refusal.reason = reason;
        if media_type && let Some(first) = breaches.iter().find(|b| b.part == BreachPart::MediaType) {
            refusal.message.clone_from(&first.violation.message);
        }
        Some(self.refusal(Some(plan), &refusal))
    }

    fn turned_down(&self, plan: &Plan, refused: Refused) -> Response {
        let house = self.house();
        let chosen = || self.refuser.status(Some(&plan.operation), refused.reason, house);
        let status = refused.status.unwrap_or_else(chosen);
        let mut refusal = Refusal::plain(status, refused.reason, refused.message);
        // A status that says all by itself needs no particulars: 404 `{"detail": "…"}`.
        if matches!(status, 400 | 422) {
            refusal.entries.extend(refused.entry.map(|entry| *entry));
        }
        self.refusal(Some(plan), &refusal)
    }

    /// The documented success: with the action's value, or made from the contract alone.
    fn done(&self, plan: &Plan, media: usize, done: Done, values: Values<'_>, request: &Request) -> Response {
        let made = plan.created.filter(|_| done.created);
        let Some((at, status)) = made.or(plan.success) else {
            return Response { status: 200, ..Response::default() };
        };
        if status < 200 {
            return self.no_upgrade(plan);
        }
        if status >= 400 && self.settings.undocumented_statuses {
            // Nothing but errors is documented, as many do for a deletion: done is done all the same.
            return Response { status: 204, ..Response::default() };
        }
        if matches!(done.shows, Shows::NotModified) {
            return not_modified(done.tag, media);
        }
        // A success of its own has its own media types; they are the same ones as a rule.
        let media = if self.offers(plan, at) > media { media } else { 0 };
        let prepared = plan.prepared(self.judge.schemas(), at, media, self.seed());
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
                let made = plan.make(self.judge.schemas(), at, media, &wish, self.seed());
                as_made(&made, status)
            }
            None => self.as_prepared(plan, prepared, status, values, request),
        };
        // Where nothing but errors is documented, one of them is the answer: it says nothing about an entity.
        for (name, value) in done.headers.into_iter().filter(|_| status < 400) {
            response.headers.set(&name, value);
        }
        self.settle(plan, at, request, &mut response);
        self.tagged(plan, media, done.tag, request, response)
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
        let mut response = self.refusal(Some(plan), &Refusal::plain(426, Reason::Invalid, message));
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
        let number = self.effect(plan)?.resource;
        let resource = self.resource(number);
        let (own, own_reader);
        let (schema, envelope, reader) = if plan.success.is_some_and(|(success, _)| success == at) {
            let envelope = plan.envelope(resource)?;
            (plan.schema.as_ref()?, envelope.clone(), plan.reader(envelope))
        } else {
            own = body::schema_of(self.judge.schemas(), plan.operation.responses[at].content.get(media)?)?;
            let envelope = entity::envelope_of(&own, resource)?;
            own_reader = Reader::at(entity::at(&own, &envelope));
            (&own, envelope, &own_reader)
        };
        // What shows entities decided already what is valid: declared resources are shown as they are.
        if resource.declared && resource.shown_by == Some(plan.operation.head.index) && envelope.is_root() {
            return Some((Value::Object(entity), true));
        }
        // A success that is about something else (a job, a receipt) says only what it is asked for.
        if !self.shows_one(plan, number) {
            return None;
        }
        Some(present(schema, &envelope, reader, entity, self.seed().derive(&resource.name)))
    }

    /// Whether the success of a creation shows new entities as they are.
    pub(in crate::mock) fn shows_new<'p>(&self, plan: &'p Plan, number: usize) -> ShowsNew<'p> {
        let own = plan.created.is_none_or(|created| Some(created) == plan.success);
        let resource = self.resource(number);
        let envelope = plan.envelope(resource).filter(|envelope| own && envelope.is_root());
        let (Some(schema), Some(envelope)) = (&plan.schema, envelope) else { return ShowsNew::Never };
        if resource.declared && resource.shown_by == Some(plan.operation.head.index) {
            return ShowsNew::Always;
        }
        if !self.shows_one(plan, number) {
            return ShowsNew::Never;
        }
        ShowsNew::Judged(schema, plan.reader(envelope))
    }

    /// Whether the success shows a new entity, given as JSON, as it is.
    pub(in crate::mock) fn shows_text(&self, plan: &Plan, number: usize, text: &str) -> bool {
        match self.shows_new(plan, number) {
            ShowsNew::Always => true,
            ShowsNew::Never => false,
            ShowsNew::Judged(schema, reader) => Flat::parse(text.as_bytes()).is_some_and(|made| {
                reader.shows_all(made.root().members().map(|(name, _)| name)) && schema.is_valid_flat(&made)
            }),
        }
    }

    /// The success that a request prefers: state is neither read nor changed.
    #[expect(clippy::too_many_arguments, reason = "all of them are the request's facts")]
    fn preferred(
        &self,
        plan: &Plan,
        at: usize,
        status: u16,
        media: usize,
        prefer: &Prefer,
        values: Values<'_>,
        request: &Request,
    ) -> Response {
        let wish = Wish {
            example: prefer.example.clone().filter(|name| plan.has_example(at, name)),
            dynamic: prefer.dynamic == Some(true) || prefer.seed.is_some(),
        };
        let seed = prefer.seed.map_or(self.seed(), Seed);
        let prepared = plan.make(self.judge.schemas(), at, media, &wish, seed);
        let mut response = if wish.example.is_some() {
            // An example is shown as it is written.
            as_made(&prepared, status)
        } else {
            self.as_prepared(plan, &prepared, status, values, request)
        };
        let prefer = Prefer { example: wish.example, ..prefer.clone() };
        response.headers.push("preference-applied", applied(&prefer, None));
        self.settle(plan, at, request, &mut response);
        response
    }

    /// The status that a request asks for; `None` when the contract has nothing for it and no convention helps.
    fn asked_for(
        &self,
        plan: &Plan,
        code: u16,
        prefer: &Prefer,
        values: Values<'_>,
        request: &Request,
    ) -> Option<Response> {
        let operation = &plan.operation;
        let documented = operation.response_for(code);
        let at = documented.and_then(|r| operation.responses.iter().position(|known| std::ptr::eq(known, r)));
        let mut response = match at {
            Some(at) if code < 400 => {
                let prefer = Prefer { code: None, ..prefer.clone() };
                let mut response = self.preferred(plan, at, code, 0, &prefer, values, request);
                response.headers.remove("preference-applied");
                response
            }
            Some(at) if operation.responses[at].content.iter().any(|m| !m.examples.is_empty()) => {
                self.preferred(plan, at, code, 0, prefer, values, request)
            }
            _ if code >= 400 => {
                self.refusal(Some(plan), &asked(operation, self.house().phrase(code), code, values))
            }
            _ => return None,
        };
        if code == 401 {
            response.headers.set("www-authenticate", "APIKey");
        }
        response.headers.set("preference-applied", applied(prefer, Some(code)));
        Some(response)
    }
}

/// A prepared answer as it is.
fn as_made(prepared: &Prepared, status: u16) -> Response {
    let mut response = match &prepared.body {
        Some(made) => with_body(status, made),
        None => Response { status, ..Response::default() },
    };
    response.headers.0.extend(prepared.headers.0.iter().cloned());
    response
}

/// The refusal that a request asked for itself.
fn asked(operation: &Operation, phrase: &str, code: u16, values: Values<'_>) -> Refusal {
    if code != 422 {
        return Refusal::plain(code, Reason::Asked, phrase);
    }
    let message = "Value error, refused because the request prefers it";
    let entry = match values.last() {
        Some((name, _)) => {
            Entry::told(Part::Path, name, "value_error", message, Value::String(last_value(values)))
        }
        None => {
            let fact = Fact::Told { kind: "value_error".into(), message: message.into(), input: Value::Null };
            let part = if operation.request_body.is_some() { Part::Body } else { Part::Query };
            Entry { part, name: None, fact }
        }
    };
    Refusal { status: code, reason: Reason::Asked, message: message.to_owned(), entries: vec![entry] }
}

/// What `Preference-Applied` says (RFC 7240 §3).
fn applied(prefer: &Prefer, code: Option<u16>) -> String {
    let mut said: Vec<String> = code.iter().map(|code| format!("code={code}")).collect();
    said.extend(prefer.example.as_ref().filter(|e| e.is_ascii()).map(|e| format!("example=\"{e}\"")));
    said.extend(prefer.dynamic.map(|dynamic| format!("dynamic={dynamic}")));
    said.extend(prefer.seed.map(|seed| format!("seed={seed}")));
    said.join(", ")
}

/// The number of the media type to answer with; `None` when the client takes none that is offered.
fn negotiate(plan: &Plan, request: &Request) -> Option<usize> {
    if plan.offers.is_empty() {
        return Some(0);
    }
    let streams = || plan.offers.iter().position(is_stream).filter(|_| asks_for_stream(request));
    let json =
        streams().or_else(|| plan.offers.iter().position(crate::wire::media::Media::is_json)).unwrap_or(0);
    if request.headers.get("accept").is_none() {
        return Some(json);
    }
    let mut wanted = request.headers.all("accept");
    if let (Some(only), None) = (wanted.next(), wanted.next())
        && (only.as_ref() == b"*/*" || only.as_ref() == plan.offers[json].essence().as_bytes())
    {
        return Some(json);
    }
    let accept = Accept::of(&request.headers);
    let Some(best) = accept.choose(&plan.offers) else {
        // Where the contract promises no type in particular (`*/*`), what is there serves whoever wants anything of it.
        return accept.choose(&plan.ranges());
    };
    // JSON goes before others that are wanted as much.
    let equal = accept.quality(&plan.offers[json]) >= accept.quality(&plan.offers[best]);
    Some(if equal { json } else { best })
}
