//! Which media type of the success a client gets (RFC 9110 §12.5.1).

use super::http_rules::asks_for_stream;
use super::responder::{Asked, Responder};
use crate::framework::{Reason, Refusal};
use crate::mock::catalog::plan::Plan;
use crate::mock::content::stream::is_stream;
use crate::wire::accept::Accept;
use crate::wire::{Request, Response};

impl Responder<'_> {
    /// The number of the media type to answer with; a refusal when the client takes none that is offered.
    pub(super) fn negotiate(&self, asked: &Asked<'_>) -> Result<usize, Response> {
        negotiate(asked.plan, asked.request).ok_or_else(|| {
            let refusal = Refusal::plain(406, Reason::NotAcceptable, self.catalog.framework().phrase(406));
            self.catalog.refusal(Some(asked.plan), &refusal)
        })
    }
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
