//! The control API keeps its own contract, `spec/control.yaml`: requests are judged by it before any endpoint sees them.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::message::problem;
use super::settings::PREFIX;
use crate::contract::Contract;
use crate::mock::catalog::router::{Routed, Router};
use crate::validate::{Breach, BreachKind, Judge, Part};
use crate::wire::{Request, Response};

/// The contract.
const TEXT: &str = include_str!("../../../spec/control.yaml");

struct Own {
    contract: Arc<Contract>,
    router: Router,
    judge: Judge,
}

/// The contract, read on first use.
fn own() -> Option<&'static Own> {
    static OWN: OnceLock<Option<Own>> = OnceLock::new();
    let read = || {
        let contract = Contract::from_text("control.yaml", TEXT).ok()?;
        let router = Router::new(contract.heads(), [PREFIX.to_owned()]);
        let judge = Judge::new(&contract);
        Some(Own { contract, router, judge })
    };
    OWN.get_or_init(read).as_ref()
}

/// The refusal of a request that breaks the control API's contract, if it does.
pub(super) fn refusal(method: &str, request: &Request) -> Option<Response> {
    let own = own()?;
    let Routed::Found { operation, values } = own.router.route(method, request.path()) else { return None };
    let operation = own.contract.operation(operation);
    let verdict = own.judge.request(&operation, &values, &as_json(request));
    let first = verdict.breaches.first()?;
    let sentences: Vec<String> = verdict.breaches.iter().map(sentence).collect();
    Some(problem(status(first), &sentences.join("; ")))
}

/// What curl says of `-d` is no word of the user's: JSON it is all the same.
fn as_json(request: &Request) -> Cow<'_, Request> {
    let kind = request.headers.get_str("content-type").unwrap_or_default();
    let said = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if said.ends_with("+json") || said.is_empty() || said == "application/x-www-form-urlencoded" {
        let mut asked = request.clone();
        asked.headers.set("content-type", "application/json");
        return Cow::Owned(asked);
    }
    Cow::Borrowed(request)
}

fn status(breach: &Breach) -> u16 {
    match (breach.part, breach.kind) {
        (Part::MediaType, _) => 415,
        (Part::Body, BreachKind::Syntax(_)) => 400,
        (Part::Body, _) => 422,
        _ => 400,
    }
}

fn sentence(breach: &Breach) -> String {
    let at = breach.violation.instance.as_str();
    let name = breach.name.as_deref().map_or(String::new(), |name| format!(" `{name}`"));
    let at = if at.is_empty() { String::new() } else { format!(" `{at}`") };
    format!("{}{name}{at}: {}", breach.part.as_str(), breach.violation.message)
}
