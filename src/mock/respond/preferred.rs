//! What a request prefers (`Prefer`, RFC 7240): a status, an example, a value made anew. State is neither read nor
//! changed.

use serde_json::Value;

use super::responder::{Asked, Responder, Values};
use super::success::as_made;
use crate::base::Seed;
use crate::contract::Operation;
use crate::framework::{Entry, Fact, Part, Reason, Refusal};
use crate::mock::act::last_value;
use crate::mock::catalog::plan::Plan;
use crate::mock::content::body::Wish;
use crate::mock::prefer::Prefer;
use crate::wire::{Request, Response};

impl Responder<'_> {
    /// Answers with the status that the request asks for, where it asks for one that can be had.
    pub(super) fn prefer_status(&self, asked: &Asked<'_>, prefer: &Prefer) -> Result<(), Response> {
        let Some(code) = prefer.code else { return Ok(()) };
        self.asked_for(asked.plan, code, prefer, asked.values, asked.request).map_or(Ok(()), Err)
    }

    /// Answers with the success that the request asks for, where it asks for one in particular.
    pub(super) fn prefer_success(
        &self,
        asked: &Asked<'_>,
        media: usize,
        prefer: &Prefer,
    ) -> Result<(), Response> {
        let Some((at, status)) = asked.plan.success else { return Ok(()) };
        let named = prefer.example.as_ref().is_some_and(|name| asked.plan.has_example(at, name));
        if !named && prefer.dynamic != Some(true) && prefer.seed.is_none() {
            return Ok(());
        }
        Err(self.preferred(asked.plan, at, status, media, prefer, asked.values, asked.request))
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
        let seed = prefer.seed.map_or(self.catalog.seed(), Seed);
        let prepared = plan.make(self.catalog.schemas(), at, media, &wish, seed);
        let mut response = if wish.example.is_some() {
            // An example is shown as it is written.
            as_made(&prepared, status)
        } else {
            self.as_prepared(plan, &prepared, status, values, request)
        };
        let prefer = Prefer { example: wish.example, ..prefer.clone() };
        response.headers.push("preference-applied", applied(&prefer, None));
        self.apply_http_rules(plan, at, request, &mut response);
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
            _ if code >= 400 => self
                .catalog
                .refusal(Some(plan), &asked(operation, self.catalog.framework().phrase(code), code, values)),
            _ => return None,
        };
        if code == 401 {
            response.headers.set("www-authenticate", "APIKey");
        }
        response.headers.set("preference-applied", applied(prefer, Some(code)));
        Some(response)
    }
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
