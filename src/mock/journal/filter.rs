//! Which entries are wanted.

use serde::Deserialize;

use crate::mock::journal::Entry;
use crate::mock::matching::{BodyMatcher, RequestMatcher, TextMatcher, ValueMatcher};

/// Which entries are wanted; all that is given must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// The method, without case.
    pub method: Option<String>,
    /// The path: a text, a template (`/pets/{id}`), or a beginning when it ends in `*`.
    pub path: Option<String>,
    /// The operation: its id, or `METHOD /path`.
    pub operation: Option<String>,
    /// The status: `404`, or `4xx`.
    pub status: Option<String>,
    /// Only entries with a greater number.
    pub since: u64,
    /// At most so many, the newest.
    pub limit: Option<usize>,
    /// More about the request.
    pub request: RequestMatcher,
    /// Only entries that this expectation (its id) answered.
    pub expectation: Option<String>,
    /// Only requests that keep the contract (`true`), or that break it (`false`).
    pub valid: Option<bool>,
}

/// Why a setting of a filter can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(String);

impl Filter {
    /// Requests of this method and path (which may be a template, or end in `*`).
    #[must_use]
    pub fn on(method: &str, path: &str) -> Self {
        Self { method: Some(method.to_owned()), path: Some(path.to_owned()), ..Self::default() }
    }

    /// The names of the settings that [`Filter::set`] knows.
    pub const SETTINGS: [&'static str; 12] = [
        "method",
        "path",
        "operation",
        "status",
        "since",
        "limit",
        "header",
        "query",
        "body",
        "pointer",
        "expectation",
        "valid",
    ];

    /// Sets a condition from text, as members of a query do: `header=Name` or `header=Name:value`, `query` alike, `body`
    /// for a part of the body, `pointer=/a/b` or `pointer=/a/b=value`.
    ///
    /// # Errors
    /// [`SettingError`]: no such setting, or no such value of it.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let number = || {
            value
                .parse::<u64>()
                .map_err(|_| SettingError(format!("`{name}` must be a whole number, not `{value}`")))
        };
        let text = || Some(value.to_owned());
        match name {
            "method" => self.method = text(),
            "path" => self.path = text(),
            "operation" => self.operation = text(),
            "status" => {
                if !is_status(value) {
                    return Err(SettingError(format!("`status` must be like 404 or 4xx, not `{value}`")));
                }
                self.status = text();
            }
            "since" => self.since = number()?,
            "limit" => self.limit = Some(usize::try_from(number()?).unwrap_or(usize::MAX)),
            "header" | "query" => {
                let (member, wanted) = match value.split_once(':') {
                    Some((member, wanted)) => (member.trim(), TextMatcher::equals(wanted.trim())),
                    None => (value.trim(), TextMatcher { present: Some(true), ..TextMatcher::default() }),
                };
                let list = if name == "header" { &mut self.request.headers } else { &mut self.request.query };
                list.insert(member.to_owned(), wanted);
            }
            "body" => self.body().text = Some(TextMatcher::contains(value)),
            "pointer" => {
                let (pointer, wanted) = match value.split_once('=') {
                    Some((pointer, wanted)) => (pointer, at_pointer(wanted)),
                    None => (value, ValueMatcher { present: Some(true), ..ValueMatcher::default() }),
                };
                if !pointer.is_empty() && !pointer.starts_with('/') {
                    return Err(SettingError(format!(
                        "the JSON Pointer `{pointer}` must start with a slash"
                    )));
                }
                self.body().pointers.insert(pointer.to_owned(), wanted);
            }
            "expectation" => self.expectation = text(),
            "valid" => {
                let truth = value
                    .parse()
                    .map_err(|_| SettingError(format!("`valid` must be true or false, not `{value}`")))?;
                self.valid = Some(truth);
            }
            _ => {
                let known = Self::SETTINGS.join(", ");
                return Err(SettingError(format!("`{name}` is not one of: {known}")));
            }
        }
        Ok(())
    }

    fn body(&mut self) -> &mut BodyMatcher {
        self.request.body.get_or_insert_default()
    }

    /// Checks what has a form of its own.
    ///
    /// # Errors
    /// [`SettingError`] for a status that is none.
    pub fn check(&self) -> Result<(), SettingError> {
        match &self.status {
            Some(status) if !is_status(status) => {
                Err(SettingError(format!("`status` must be like 404 or 4xx, not `{status}`")))
            }
            _ => Ok(()),
        }
    }

    /// Whether an entry is wanted, but for [`Filter::valid`], which needs the contract.
    #[must_use]
    pub fn takes(&self, entry: &Entry) -> bool {
        entry.number > self.since && self.misses(entry).is_empty()
    }

    /// What an entry misses to be wanted, in sentences; [`Filter::since`] and [`Filter::valid`] are not looked at.
    #[must_use]
    pub fn misses(&self, entry: &Entry) -> Vec<String> {
        let subject = entry.subject();
        let mut misses = Vec::new();
        if self.method.is_some() || self.path.is_some() || self.operation.is_some() {
            let line = RequestMatcher {
                method: self.method.clone(),
                path: self.path.clone().map(TextMatcher::equals),
                operation: self.operation.clone(),
                ..RequestMatcher::default()
            };
            misses.extend(line.misses(&subject));
        }
        misses.extend(self.request.misses(&subject));
        if let Some(wanted) = self.status.as_deref().filter(|wanted| !status_is(wanted, entry.status)) {
            misses.push(format!("the status should be {wanted}, is {}", entry.status));
        }
        if let Some(wanted) = self.expectation.as_deref()
            && entry.outcome.expectation.as_deref() != Some(wanted)
        {
            let there = entry.outcome.expectation.as_deref().unwrap_or("none");
            misses.push(format!("the expectation should be `{wanted}`, is `{there}`"));
        }
        misses
    }
}

/// A value at a pointer, from text: as JSON where it is some, and as the text that it is.
fn at_pointer(text: &str) -> ValueMatcher {
    let value = serde_json::from_str(text).ok().filter(|value: &serde_json::Value| !value.is_string());
    let equals = Some(value.unwrap_or_else(|| text.trim_matches('"').into()));
    ValueMatcher { equals, ..ValueMatcher::default() }
}

fn is_status(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    match text.strip_suffix("xx") {
        Some(digit) => matches!(digit.parse(), Ok(1..=5)),
        None => matches!(text.parse(), Ok(100..=599)),
    }
}

/// `404` is 404; `4xx` is every status that starts with 4.
fn status_is(wanted: &str, status: u16) -> bool {
    let wanted = wanted.to_ascii_lowercase();
    match wanted.strip_suffix("xx") {
        Some(digit) => digit.parse() == Ok(status / 100),
        None => wanted.parse() == Ok(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_refused() {
        let mut filter = Filter::default();
        for (name, value) in [
            ("method", "get"),
            ("status", "4XX"),
            ("since", "3"),
            ("limit", "2"),
            ("header", "X-A: b"),
            ("query", "a"),
            ("body", "part"),
            ("pointer", "/a/b=7"),
            ("pointer", "/c=true"),
            ("pointer", "/d=text"),
            ("pointer", "/e"),
            ("valid", "false"),
        ] {
            filter.set(name, value).unwrap();
        }
        let body = filter.request.body.unwrap();
        assert_eq!(body.pointers["/a/b"].equals, Some(7.into()));
        assert_eq!(body.pointers["/d"].equals, Some("text".into()));
        assert_eq!(filter.request.headers["X-A"], TextMatcher::equals("b"));
        for (name, value) in [
            ("since", "x"),
            ("limit", "-1"),
            ("status", "abc"),
            ("status", "9xx"),
            ("pointer", "a=1"),
            ("valid", "perhaps"),
            ("colour", "red"),
        ] {
            assert!(Filter::default().set(name, value).is_err(), "{name}={value}");
        }
        assert!(Filter { status: Some("x".into()), ..Filter::default() }.check().is_err());
    }
}
