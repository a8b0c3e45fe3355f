//! When calls are made: callbacks after a success of an operation that documents them, webhooks when they are fired.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use url::Url;

use super::compose::sendable;
use super::expression::{Context, fill};
use super::{Call, CallKind, CallState, Job, Outbox, Posting};
use crate::contract::Operation;
use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::Plan;
use crate::mock::catalog::router::Routed;
use crate::mock::journal::{ShownBreach, breaches};
use crate::wire::{Headers, Request, Response};

/// Why a webhook is not fired.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FireError {
    /// The contract has no such webhook.
    #[error("the contract has no webhook `{name}`; its webhooks are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// It can't be sent there.
    #[error("{0}")]
    Unsendable(String),
    /// The given body breaks the contract.
    #[error(
        "the body breaks the contract: {}; `\"force\": true` has it sent all the same",
        .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    Breaks(Vec<ShownBreach>),
}

/// A webhook to be fired.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where to.
    pub url: String,
    /// The method, where the webhook has several.
    #[serde(default)]
    pub method: Option<String>,
    /// The body; made from the contract when none is given.
    #[serde(default)]
    pub body: Option<Value>,
    /// A body that breaks the contract is sent all the same.
    #[serde(default)]
    pub force: bool,
}

/// The callbacks that an answer entails, noted, and ready to be posted once it is sent.
pub(in crate::mock) fn callbacks(
    catalog: &Catalog,
    outbox: &Arc<Outbox>,
    plan: &Plan,
    request: &Request,
    response: &Response,
    number: u64,
) -> Option<Arc<Posting>> {
    let callbacks = &plan.operation.callbacks;
    if callbacks.is_empty() || !(200..300).contains(&response.status) {
        return None;
    }
    let path = catalog.below_prefix(request.path());
    let path_values = match catalog.router().route(&plan.operation.head.method, path) {
        Routed::Found { values, .. } => values,
        _ => Vec::new(),
    };
    let context = Context { request, path_values: &path_values, response };
    let mut jobs = Vec::new();
    for (at, callback) in (0_u64..).zip(callbacks) {
        let url = fill(&callback.expression, &context).map_err(|error| error.to_string());
        for operation in &callback.operations {
            let url = url.clone().and_then(|text| Ok((allowed(catalog, &text)?, text)));
            let seed = catalog.seed().derive("callbacks").nth(number).nth(at).derive(&operation.head.method);
            let call = blank(CallKind::Callback, &callback.name, Some(number));
            let operation = || Arc::new(operation.clone());
            jobs.extend(noted(outbox, call, url, |number, url| Job {
                number,
                operation: operation(),
                url,
                seed,
                body: None,
            }));
        }
    }
    Some(Arc::new(Posting { outbox: Arc::clone(outbox), jobs }))
}

/// Notes a call; a job when it can be made.
fn noted(
    outbox: &Outbox,
    call: Call,
    url: Result<(Url, String), String>,
    job: impl FnOnce(u64, Url) -> Job,
) -> Option<Job> {
    match url {
        Ok((url, text)) => {
            let number = outbox.note(Call { url: text, ..call });
            Some(job(number, url))
        }
        Err(reason) => {
            outbox.note(Call { state: CallState::NotSent(reason), ..call });
            None
        }
    }
}

/// The URL, if something may be sent there.
fn allowed(catalog: &Catalog, text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{text}` is no http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the URL has credentials in it".to_owned());
    }
    let settings = &catalog.settings().callbacks;
    let host = url.host_str().unwrap_or_default();
    if !settings.hosts.iter().any(|rule| rule.takes(&url)) {
        return Err(format!("`{host}` is no allowed host; --allow-callbacks {host} lets callbacks go there"));
    }
    if settings.sender.is_none() {
        return Err("there is nothing that sends".to_owned());
    }
    Ok(url)
}

/// Fires a webhook of the contract; answers the call's number.
///
/// # Errors
/// [`FireError`]: no such webhook, no allowed URL, or a body that breaks the contract.
pub(in crate::mock) fn fire(
    catalog: &Catalog,
    outbox: &Outbox,
    name: &str,
    webhook: &Webhook,
) -> Result<u64, FireError> {
    let all = catalog.contract().webhooks();
    let wanted = |operation: &&Arc<Operation>| {
        operation.head.path == name
            && webhook.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(&operation.head.method))
    };
    let operation = all.iter().find(wanted).ok_or_else(|| FireError::Unknown {
        name: name.to_owned(),
        known: all.iter().map(|o| o.head.path.as_str()).collect::<Vec<_>>().join(", "),
    })?;
    let body = webhook.body.as_ref().map(|value| Bytes::from(value.to_string()));
    if let Some(bytes) = body.as_ref().filter(|_| !webhook.force) {
        judge_webhook(catalog, operation, bytes)?;
    }
    let url = allowed(catalog, &webhook.url).map_err(FireError::Unsendable)?;
    let call = blank(CallKind::Webhook, name, None);
    let number = outbox.note(Call { url: webhook.url.clone(), ..call });
    let seed = catalog.seed().derive("webhooks").derive(name).nth(number);
    let job = Job { number, operation: Arc::clone(operation), url, seed, body };
    outbox.post(vec![job]);
    Ok(number)
}

fn judge_webhook(catalog: &Catalog, operation: &Operation, bytes: &Bytes) -> Result<(), FireError> {
    let mut headers = Headers::new();
    headers.push("content-type", "application/json");
    let method = operation.head.method.clone();
    let request = Request { method, target: "/".to_owned(), headers, body: Some(bytes.clone()) };
    let mut bare = sendable(operation);
    bare.parameters.clear();
    // The plan of the operation without its parameters is another one: it has a place of its own.
    bare.head.location = bare.head.location.join("requestBody");
    let found = catalog.judge().request(&bare, &[], &request).breaches;
    if found.is_empty() {
        return Ok(());
    }
    Err(FireError::Breaks(breaches(catalog.contract(), &found, catalog.redactor())))
}

fn blank(kind: CallKind, name: &str, request: Option<u64>) -> Call {
    Call {
        number: 0,
        kind,
        name: name.to_owned(),
        request,
        url: String::new(),
        sent: None,
        state: CallState::Waiting,
        attempts: 0,
        status: None,
        breaches: None,
    }
}
