//! From where a request leads to its answer: the operation's, or a refusal where none takes it.

use std::sync::Arc;

use super::responder::{Responder, Routing};
use crate::framework::{Reason, Refusal};
use crate::mock::catalog::plan::Plan;
use crate::mock::catalog::router::Routed;
use crate::mock::expectation::{Expectations, expected};
use crate::mock::fault::strike;
use crate::mock::{Answer, cors};
use crate::wire::{Request, Response};

impl<'a> Responder<'a> {
    /// The answer to a request, with the plan of the operation that it is for: a preflight's, an expectation's, the
    /// operation's with the faults that strike it, or a refusal.
    pub(crate) fn answer(
        &self,
        expectations: &Expectations,
        request: &Request,
    ) -> (Answer, Option<&'a Arc<Plan>>) {
        let catalog = self.catalog;
        let path = catalog.below_prefix(&request.target);
        let routed = catalog.route(request);
        if catalog.settings().cors && cors::is_preflight(request) {
            let methods = match &routed {
                Routed::OtherMethods(methods) => methods.clone(),
                Routed::Found { .. } => catalog.router().methods(path),
                Routed::Unknown => Vec::new(),
            };
            if !methods.is_empty() {
                return (cors::preflight(request, &methods).into(), None);
            }
        }
        let (plan, values, methods) = match routed {
            Routed::Found { operation, values } => (catalog.plan_of(operation), values, Vec::new()),
            Routed::OtherMethods(methods) => (None, Vec::new(), methods),
            Routed::Unknown => (None, Vec::new(), Vec::new()),
        };
        let routing = Routing { plan: plan.map(Arc::as_ref), values: &values, methods: &methods };
        let expected = expected(self, expectations, &routing, request);
        let mut answer = expected.unwrap_or_else(|| match &plan {
            Some(plan) => strike::call(self, plan, || self.respond(plan, &values, request)),
            None => self.unrouted(request, &methods),
        });
        if answer.response.status == 405 && answer.response.headers.get("allow").is_none() {
            // Where the contract documents a 405, it still has to say what is allowed (RFC 9110 §15.5.6).
            answer.response.headers.push("allow", catalog.router().methods(path).join(", "));
        }
        (answer, plan)
    }

    /// The answer to a request that no operation takes; the path has these methods.
    pub(crate) fn unrouted(&self, request: &Request, methods: &[String]) -> Answer {
        if methods.is_empty() { self.no_path(request) } else { self.other_method(request, methods) }
    }

    fn other_method(&self, request: &Request, methods: &[String]) -> Answer {
        let framework = self.catalog.framework();
        let mut response = if request.method == "OPTIONS" && framework.answers_options() {
            // What the resource can do (RFC 9110 §9.3.7).
            Response { status: 204, ..Response::default() }
        } else {
            self.catalog.refusal(None, &Refusal::plain(405, Reason::Method, framework.phrase(405)))
        };
        response.headers.push("allow", methods.join(", "));
        response.into()
    }

    fn no_path(&self, request: &Request) -> Answer {
        let framework = self.catalog.framework();
        if framework.redirects_slashes()
            && let Some(location) = self.with_other_slash(request)
        {
            let mut response = Response { status: 307, ..Response::default() };
            response.headers.push("location", location);
            return response.into();
        }
        let refusal = Refusal::plain(404, Reason::NoPath, framework.phrase(404));
        self.catalog.refusal(None, &refusal).into()
    }

    /// The path with one slash more or less at its end, where that would match.
    fn with_other_slash(&self, request: &Request) -> Option<String> {
        let path = request.path();
        let other = match path.strip_suffix('/') {
            Some(shorter) if !shorter.is_empty() => shorter.to_owned(),
            Some(_) => return None,
            None => format!("{path}/"),
        };
        let below = self.catalog.below_prefix(&other);
        let known = self.catalog.router().route(&request.method, below) != Routed::Unknown;
        if !known || other.starts_with("//") {
            return None;
        }
        Some(request.query().map_or(other.clone(), |query| format!("{other}?{query}")))
    }
}
