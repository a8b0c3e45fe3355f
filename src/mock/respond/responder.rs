//! The responder: what is known of the contract, and the state at one moment, put together to an answer.

use std::sync::atomic::AtomicU64;

use crate::framework::Refusal;
use crate::mock::act::{ActCache, Call, Done, Refused, act};
use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::Plan;
use crate::mock::fault::Faults;
use crate::mock::prefer::Prefer;
use crate::mock::state::store_state::StoreState;
use crate::resource::Link;
use crate::validate::RequestVerdict;
use crate::wire::{Request, Response};

/// The values of a path's parameters, raw.
pub(super) type Values<'v> = &'v [(String, String)];

/// What answers requests at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Responder<'a> {
    pub(crate) catalog: &'a Catalog,
    /// What was worked out of how each operation acts.
    pub(crate) caches: &'a [ActCache],
    pub(crate) faults: &'a Faults,
    /// How many delays were drawn.
    pub(crate) drawn: &'a AtomicU64,
    pub(crate) state: &'a StoreState,
    /// The logical time.
    pub(crate) now: u64,
}

/// Where a request leads.
pub(crate) struct Routing<'a> {
    /// The operation's plan.
    pub(crate) plan: Option<&'a Plan>,
    /// The values of the path's parameters, raw.
    pub(crate) values: Values<'a>,
    /// The methods of the path, where it has others than this.
    pub(crate) methods: &'a [String],
}

/// A request with the operation that it asks for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) plan: &'a Plan,
    pub(super) values: Values<'a>,
    pub(super) request: &'a Request,
}

/// A success before HTTP's own rules have been applied.
pub(super) struct Success {
    pub(super) response: Response,
    /// Its number among the documented responses.
    pub(super) at: usize,
    /// The number of its media type.
    pub(super) media: usize,
    /// What tells the entity from what it was before.
    pub(super) tag: Option<u64>,
}

impl Responder<'_> {
    /// The answer to a request for this operation.
    pub(crate) fn respond(&self, plan: &Plan, values: Values<'_>, request: &Request) -> Response {
        self.stages(&Asked { plan, values, request }).unwrap_or_else(|response| response)
    }

    /// The stages of an answer, in their order. `Err` is the answer of a stage that goes no further.
    fn stages(&self, asked: &Asked<'_>) -> Result<Response, Response> {
        let read = self.read(asked)?;
        self.authenticate(asked)?;
        self.authorize(asked)?;
        let prefer = Prefer::of(&asked.request.headers);
        self.prefer_status(asked, &prefer)?;
        let media = self.negotiate(asked)?;
        self.validate_as_framework(asked, &read)?;
        let link = self.catalog.effect(asked.plan).filter(|_| self.catalog.remembers());
        let verdict = self.validate(asked, link, read.is_some())?;
        self.prefer_success(asked, media, &prefer)?;
        let done = self.act(asked, media, link, &verdict)?;
        let Success { mut response, at, media, tag } = self.present(asked, media, done)?;
        self.apply_http_rules(asked.plan, at, asked.request, &mut response);
        Ok(self.tag(asked.plan, media, tag, asked.request, response))
    }

    /// Does to the entities what the operation does; nothing where it does nothing to any.
    fn act(
        &self,
        asked: &Asked<'_>,
        media: usize,
        link: Option<&Link>,
        verdict: &RequestVerdict,
    ) -> Result<Done, Response> {
        let Asked { plan, values, request } = *asked;
        let cache = self.caches.get(plan.operation.head.index.0 as usize);
        let Some((link, cache)) = link.zip(cache) else { return Ok(Done::default()) };
        let call = Call {
            catalog: self.catalog,
            faults: self.faults,
            state: self.state,
            plan,
            media,
            number: link.resource,
            resource: self.catalog.resource(link.resource),
            link,
            request,
            values,
            verdict,
            now: self.now,
        };
        act(&call, cache).map_err(|refused| self.turned_down(plan, refused))
    }

    fn turned_down(&self, plan: &Plan, refused: Refused) -> Response {
        let chosen = || self.catalog.refusal_status(plan, refused.reason);
        let status = refused.status.unwrap_or_else(chosen);
        let mut refusal = Refusal::plain(status, refused.reason, refused.message);
        // A status that says all by itself needs no particulars: 404 `{"detail": "…"}`.
        if matches!(status, 400 | 422) {
            refusal.entries.extend(refused.entry.map(|entry| *entry));
        }
        self.catalog.refusal(Some(plan), &refusal)
    }
}
