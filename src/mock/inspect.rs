//! What can be asked of a mock afterwards: which requests came, whether they kept the contract, and whether those came
//! that were wanted.

use std::fmt;
use std::ops::{RangeFrom, RangeInclusive, RangeToInclusive};

use bytes::Bytes;
use serde_json::Value;

use crate::base::secret::Redactor;
use crate::mock::Mock;
use crate::mock::catalog::router::Routed;
use crate::mock::control::{self, PREFIX};
use crate::mock::journal::{Entry, Filter, Shown, breaches, redactor_for, show, unmet};
use crate::validate::Breach;
use crate::wire::{Request, Response};

/// How many requests are wanted: `2`, `1..`, `..=3` or `1..=3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    from: usize,
    to: usize,
}

impl Times {
    /// Whether so many are right.
    #[must_use]
    pub fn takes(self, count: usize) -> bool {
        (self.from..=self.to).contains(&count)
    }
}

impl From<usize> for Times {
    fn from(count: usize) -> Self {
        Self { from: count, to: count }
    }
}

impl From<RangeFrom<usize>> for Times {
    fn from(range: RangeFrom<usize>) -> Self {
        Self { from: range.start, to: usize::MAX }
    }
}

impl From<RangeToInclusive<usize>> for Times {
    fn from(range: RangeToInclusive<usize>) -> Self {
        Self { from: 0, to: range.end }
    }
}

impl From<RangeInclusive<usize>> for Times {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self { from: *range.start(), to: *range.end() }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (from, to) if from == to => write!(f, "{from}"),
            (from, usize::MAX) => write!(f, "at least {from}"),
            (0, to) => write!(f, "at most {to}"),
            (from, to) => write!(f, "{from} to {to}"),
        }
    }
}

/// Not as many requests came as were wanted; the text says what came instead.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unmet(String);

impl fmt::Debug for Unmet {
    /// As it reads: tests unwrap it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Mock {
    /// The entities by resource, live and deleted, and the logical time, as `GET /__counterpart/state` shows them.
    #[must_use]
    pub fn state(&self) -> Value {
        serde_json::from_slice(&self.control("GET", "state", None).body).unwrap_or_default()
    }

    /// Replaces the entities of the resources that are named, as `PUT /__counterpart/state` does.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn set_state(&self, state: &Value) -> Result<(), String> {
        done(&self.control("PUT", "state", Some(state)))
    }

    /// Entities, clock, faults, expectations and journal as at the start.
    ///
    /// # Errors
    /// Why the initial entities can't be had any more.
    pub fn reset(&self) -> Result<(), String> {
        done(&self.control("POST", "reset", None))
    }

    fn control(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let mut request =
            Request { method: method.to_owned(), target: format!("{PREFIX}{path}"), ..Request::default() };
        request.body = body.map(|value| value.to_string().into());
        control::answer(self, &request)
    }

    /// The requests that the filter takes, oldest first.
    #[must_use]
    pub fn requests(&self, filter: &Filter) -> Vec<Entry> {
        let Some(wanted) = filter.valid else { return self.journal.list(filter) };
        let mut found = self.journal.list(&Filter { limit: None, ..filter.clone() });
        found.retain(|entry| self.request_breaches(entry).is_some_and(|b| b.is_empty() == wanted));
        let surplus = found.len().saturating_sub(filter.limit.unwrap_or(usize::MAX));
        found.drain(..surplus);
        found
    }

    /// How many requests the filter takes.
    #[must_use]
    pub fn count(&self, filter: &Filter) -> usize {
        if filter.valid.is_some() { self.requests(filter).len() } else { self.journal.count(filter) }
    }

    /// Checks how many requests came that the filter takes.
    ///
    /// # Errors
    /// [`Unmet`]: what came instead, and what was nearly right.
    pub fn verify(&self, filter: &Filter, times: impl Into<Times>) -> Result<(), Unmet> {
        let (times, found) = (times.into(), self.count(filter));
        if times.takes(found) {
            return Ok(());
        }
        let all = self.journal.list(&Filter::default());
        Err(Unmet(unmet(&all, filter, &times.to_string(), found, self.redactor())))
    }

    /// Checks that all expectations answered as often as they should.
    ///
    /// # Errors
    /// [`Unmet`] with those that did not.
    pub fn verify_expectations(&self) -> Result<(), Unmet> {
        let open: Vec<String> = self
            .expectations
            .list()
            .iter()
            .filter(|held| !held.is_met())
            .map(|held| {
                let wanted = held.expectation().times.map_or("at least 1".to_owned(), |n| n.to_string());
                let request = serde_json::to_value(&held.expectation().request).unwrap_or_default();
                format!("  {}: {wanted} expected, {} came: {request}", held.id(), held.matched())
            })
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        Err(Unmet(format!("expectations were not met:\n{}", open.join("\n"))))
    }

    /// What is wrong with the request of an entry; `None` where that can't be told: it was routed nowhere, or its body
    /// was cut.
    #[must_use]
    pub fn request_breaches(&self, entry: &Entry) -> Option<Vec<Breach>> {
        let operation = entry.operation.as_ref()?;
        if entry.is_cut() && operation.request_body.is_some() {
            return None;
        }
        let Routed::Found { values, .. } =
            self.router.route(&operation.head.method, self.below_prefix(entry.request.path()))
        else {
            return None;
        };
        Some(self.judge.request(operation, &values, &entry.request).breaches)
    }

    /// What is wrong with the answer of an entry; `None` where that can't be told.
    #[must_use]
    pub fn answer_breaches(&self, entry: &Entry) -> Option<Vec<Breach>> {
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
        Some(self.judge.response_to(operation, &entry.request.method, &response))
    }

    /// Masks what is shown of requests and answers: what the contract says of secrets, names and patterns.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        self.redactor.get_or_init(|| self.contract.secret_facts().redactor().build())
    }

    /// An entry as the control API shows it.
    #[must_use]
    pub fn show_entry(&self, entry: &Entry) -> Shown {
        let redactor = redactor_for(entry, self.redactor());
        let mut shown = show(entry, self.world.load().clock.text(entry.time), &redactor);
        if let Some(found) = self.request_breaches(entry) {
            shown.valid = Some(found.is_empty());
            shown.breaches = breaches(&self.contract, &found, &redactor);
        }
        if let Some(found) = self.answer_breaches(entry) {
            shown.answer.valid = Some(found.is_empty());
            shown.answer.breaches = breaches(&self.contract, &found, &redactor);
        }
        shown
    }
}

/// The sentence of a refusal.
fn done(response: &Response) -> Result<(), String> {
    if response.status < 300 {
        return Ok(());
    }
    let problem: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    Err(problem["detail"].as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_and_ranges() {
        let all: [(Times, &str, [bool; 3]); 4] = [
            (1.into(), "1", [false, true, false]),
            ((1..).into(), "at least 1", [false, true, true]),
            ((..=1).into(), "at most 1", [true, true, false]),
            ((1..=2).into(), "1 to 2", [false, true, true]),
        ];
        for (times, text, takes) in all {
            assert_eq!(times.to_string(), text);
            assert_eq!([0, 1, 2].map(|n| times.takes(n)), takes, "{text}");
        }
    }
}
