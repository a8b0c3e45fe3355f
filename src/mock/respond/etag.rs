//! Entity tags on answers (RFC 9110 §8.8.3): of entities by what is kept of them, of lists by their bytes.

use super::responder::Responder;
use crate::document::Direction;
use crate::framework::{Reason, Refusal};
use crate::mock::act::condition::{Outcome, etag, outcome};
use crate::mock::catalog::plan::Plan;
use crate::mock::store::record;
use crate::resource::Action;
use crate::wire::{Request, Response};

impl Responder<'_> {
    /// The success with its entity tag, where it has one; a list that the reader has already is not sent again.
    pub(super) fn tag(
        &self,
        plan: &Plan,
        media: usize,
        tag: Option<u64>,
        request: &Request,
        mut response: Response,
    ) -> Response {
        let action = self.catalog.effect(plan).filter(|_| self.catalog.remembers()).map(|link| link.action);
        let tag = match (action, tag) {
            // Other successes of a POST do not tell of what was made (RFC 9110 §15.3.2).
            (Some(Action::Create), _) if response.status != 201 => None,
            (Some(Action::List), None) => Some(record::tag(&response.body)),
            (_, tag) => tag,
        };
        let Some(tag) = tag else { return response };
        let text = etag(tag, media);
        if response.headers.get("etag").is_some() && !self.takes_tag(plan, &text) {
            return response;
        }
        if action == Some(Action::List) {
            match outcome(&request.headers, true, Some(&text)) {
                Outcome::Holds => {}
                Outcome::NotModified => return not_modified(Some(tag), media),
                Outcome::Failed => {
                    let message = "A condition of the request does not hold: the list was changed";
                    return self
                        .catalog
                        .refusal(Some(plan), &Refusal::plain(412, Reason::Precondition, message));
                }
            }
        }
        response.headers.set("etag", text);
        response
    }

    /// Whether the contract lets its own `ETag` be this one.
    fn takes_tag(&self, plan: &Plan, text: &str) -> bool {
        let documented = plan.success.map(|(at, _)| &plan.operation.responses[at].headers);
        let header = documented.into_iter().flatten().find(|h| h.name.eq_ignore_ascii_case("etag"));
        let schema = header.and_then(|h| h.schema());
        let schema = schema.and_then(|at| self.catalog.schemas().get(at, Direction::Response).ok());
        schema.is_none_or(|schema| schema.is_valid(&serde_json::Value::from(text)))
    }
}

/// 304: the reader has the newest already (RFC 9110 §15.4.5).
pub(super) fn not_modified(tag: Option<u64>, media: usize) -> Response {
    let mut response = Response { status: 304, ..Response::default() };
    if let Some(tag) = tag {
        response.headers.push("etag", etag(tag, media));
    }
    response
}
