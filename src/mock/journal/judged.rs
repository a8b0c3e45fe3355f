//! What is wrong with requests that came and with what was answered to them, as far as the journal tells.

use bytes::Bytes;

use crate::mock::catalog::Catalog;
use crate::mock::catalog::router::Routed;
use crate::mock::journal::{Entry, Filter, Journal, Shown, breaches, redactor_for, show};
use crate::validate::Breach;
use crate::wire::Response;

/// The requests that the filter takes, oldest first.
pub(in crate::mock) fn requests(catalog: &Catalog, journal: &Journal, filter: &Filter) -> Vec<Entry> {
    let Some(wanted) = filter.valid else { return journal.list(filter) };
    let mut found = journal.list(&Filter { limit: None, ..filter.clone() });
    found.retain(|entry| request_breaches(catalog, entry).is_some_and(|b| b.is_empty() == wanted));
    let surplus = found.len().saturating_sub(filter.limit.unwrap_or(usize::MAX));
    found.drain(..surplus);
    found
}

/// What is wrong with the request of an entry; `None` where that can't be told: it was routed nowhere, or its body was
/// cut.
pub(in crate::mock) fn request_breaches(catalog: &Catalog, entry: &Entry) -> Option<Vec<Breach>> {
    let operation = entry.operation.as_ref()?;
    if entry.is_cut() && operation.request_body.is_some() {
        return None;
    }
    let path = catalog.below_prefix(entry.request.path());
    let Routed::Found { values, .. } = catalog.router().route(&operation.head.method, path) else {
        return None;
    };
    Some(catalog.judge().request(operation, &values, &entry.request).breaches)
}

/// What is wrong with the answer of an entry; `None` where that can't be told.
pub(in crate::mock) fn answer_breaches(catalog: &Catalog, entry: &Entry) -> Option<Vec<Breach>> {
    let operation = entry.operation.as_ref()?;
    let body = entry.outcome.body.as_ref()?;
    if entry.status == 0 || body.len() < entry.outcome.body_bytes {
        return None;
    }
    let response = Response {
        status: entry.status,
        headers: entry.outcome.headers.clone(),
        body: Bytes::clone(body),
        truncated: false,
    };
    Some(catalog.judge().response_to(operation, &entry.request.method, &response))
}

/// An entry as the control API shows it; it came at `time`.
pub(in crate::mock) fn show_entry(catalog: &Catalog, entry: &Entry, time: String) -> Shown {
    let redactor = redactor_for(entry, catalog.redactor());
    let mut shown = show(entry, time, &redactor);
    if let Some(found) = request_breaches(catalog, entry) {
        shown.valid = Some(found.is_empty());
        shown.breaches = breaches(catalog.contract(), &found, &redactor);
    }
    if let Some(found) = answer_breaches(catalog, entry) {
        shown.answer.valid = Some(found.is_empty());
        shown.answer.breaches = breaches(catalog.contract(), &found, &redactor);
    }
    shown
}
