//! When what was wanted did not come: what came instead, the nearest first.

use std::fmt::Write;

use crate::base::secret::{Masked, Redactor};
use crate::mock::journal::{Entry, Filter, redactor_for};

/// How many near misses are told.
const NEAREST_SHOWN: usize = 3;

/// How many requests are listed for people.
const REQUESTS_SHOWN: usize = 20;

/// An entry that is nearly what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The entry's number.
    pub number: u64,
    /// Method and target.
    pub line: Masked,
    /// What does not fit.
    pub misses: Vec<Masked>,
}

/// The entries that miss the least, at most three, the newest of equals first.
#[must_use]
pub fn nearest(entries: &[Entry], filter: &Filter, redactor: &Redactor) -> Vec<Near> {
    let mut near: Vec<(&Entry, Vec<String>)> = entries
        .iter()
        .rev()
        .filter(|entry| entry.number > filter.since)
        .map(|entry| (entry, filter.misses(entry)))
        .filter(|(_, misses)| !misses.is_empty())
        .collect();
    near.sort_by_key(|(_, misses)| misses.len());
    near.truncate(NEAREST_SHOWN);
    let shown = |(entry, misses): (&Entry, Vec<String>)| {
        let redactor = redactor_for(entry, redactor);
        let misses = misses.iter().map(|miss| redactor.text(miss)).collect();
        Near { number: entry.number, line: line(entry, &redactor), misses }
    };
    near.into_iter().map(shown).collect()
}

fn line(entry: &Entry, redactor: &Redactor) -> Masked {
    // The query may hold keys.
    redactor.target(&format!("{} {}", entry.request.method, entry.request.path()))
}

/// The sentence for people when `found` requests came instead of `wanted`; `entries` are all that came.
#[must_use]
pub fn unmet(entries: &[Entry], filter: &Filter, wanted: &str, found: usize, redactor: &Redactor) -> String {
    let mut text = format!("{wanted} such requests were expected, {found} came");
    // Writing to a string can't fail.
    for near in nearest(entries, filter, redactor) {
        let _ = write!(text, "\nnearly: request {} {}", near.number, near.line);
        for miss in near.misses {
            let _ = write!(text, "\n    {miss}");
        }
    }
    if entries.is_empty() {
        text.push_str("\nno request came at all");
        return text;
    }
    text.push_str("\nrequests that came:");
    let skipped = entries.len().saturating_sub(REQUESTS_SHOWN);
    if skipped > 0 {
        let _ = write!(text, "\n  … {skipped} older ones");
    }
    for entry in &entries[skipped..] {
        let _ = write!(text, "\n  {} {} -> {}", entry.number, line(entry, redactor), entry.status);
    }
    text
}
