//! When what was wanted did not come: what came instead, the nearest first.

use std::fmt::Write;

use crate::mock::journal::{Entry, Filter};

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
    pub line: String,
    /// What does not fit.
    pub misses: Vec<String>,
}

/// The entries that miss the least, at most three, the newest of equals first.
#[must_use]
pub fn nearest(entries: &[Entry], filter: &Filter) -> Vec<Near> {
    let mut near: Vec<Near> = entries
        .iter()
        .rev()
        .filter(|entry| entry.number > filter.since)
        .map(|entry| Near { number: entry.number, line: line(entry), misses: filter.misses(entry) })
        .filter(|near| !near.misses.is_empty())
        .collect();
    near.sort_by_key(|near| near.misses.len());
    near.truncate(NEAREST_SHOWN);
    near
}

fn line(entry: &Entry) -> String {
    // The query may hold keys.
    format!("{} {}", entry.request.method, entry.request.path())
}

/// The sentence for people when `found` requests came instead of `wanted`; `entries` are all that came.
#[must_use]
pub fn unmet(entries: &[Entry], filter: &Filter, wanted: &str, found: usize) -> String {
    let mut text = format!("{wanted} such requests were expected, {found} came");
    // Writing to a string can't fail.
    for near in nearest(entries, filter) {
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
        let _ = write!(text, "\n  {} {} -> {}", entry.number, line(entry), entry.status);
    }
    text
}
