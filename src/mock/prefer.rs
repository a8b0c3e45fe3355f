//! The `Prefer` header (RFC 7240), by which a request steers its own answer: `code`, `example`, `dynamic`, `seed`.
//! Preferences that are unknown or can't be read are ignored, as the RFC asks.

use crate::base::limits::LIST_ELEMENTS_MAX;
use crate::wire::{Headers, Request, query};

/// What a request prefers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefer {
    /// The status to answer with.
    pub code: Option<u16>,
    /// The name of the example to answer with.
    pub example: Option<String>,
    /// Whether to generate a value rather than to take an example or an entity.
    pub dynamic: Option<bool>,
    /// The seed to generate from.
    pub seed: Option<u64>,
}

impl Prefer {
    /// Reads all `Prefer` fields. The first of several equal preferences counts (RFC 7240 §2).
    #[must_use]
    pub fn of(headers: &Headers) -> Self {
        let mut prefer = Self::default();
        for field in headers.all("prefer") {
            let Ok(text) = std::str::from_utf8(field) else { continue };
            for item in split(text).take(LIST_ELEMENTS_MAX) {
                let item = item.split(';').next().unwrap_or_default();
                let (name, value) = item.split_once('=').unwrap_or((item, ""));
                let value = value.trim().trim_matches('"');
                match name.trim().to_ascii_lowercase().as_str() {
                    "code" => prefer.code = prefer.code.or(value.parse().ok().filter(is_status)),
                    "example" if prefer.example.is_none() && !value.is_empty() => {
                        prefer.example = Some(value.to_owned());
                    }
                    "dynamic" => prefer.dynamic = prefer.dynamic.or(truth(value)),
                    "seed" => prefer.seed = prefer.seed.or(value.parse().ok()),
                    _ => {}
                }
            }
        }
        prefer
    }

    /// True when nothing is preferred.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The members of a query that stand for preferences, and which.
const MEMBERS: [(&str, &str); 4] =
    [("__code", "code"), ("__example", "example"), ("__dynamic", "dynamic"), ("__seed", "seed")];

/// The request with the preferences of its query (`?__code=404`) moved to the front of its `Prefer` headers; `None` when
/// its query has none.
#[must_use]
pub fn steered(request: &Request) -> Option<Request> {
    let (path, text) = request.target.split_once('?').filter(|(_, query)| query.contains("__"))?;
    let mut preferences = Vec::new();
    let mut rest = Vec::new();
    for piece in text.split('&') {
        let member = query::members(piece).next();
        let known = member.as_ref().and_then(|m| MEMBERS.iter().find(|(name, _)| *name == m.name));
        match (member.as_ref(), known) {
            // A quote can't stand inside the quotes.
            (Some(member), Some((_, name))) => {
                preferences.push(format!("{name}=\"{}\"", member.value().replace('"', "")));
            }
            _ => rest.push(piece),
        }
    }
    if preferences.is_empty() {
        return None;
    }
    let target = if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) };
    let mut steered = Request { target, ..request.clone() };
    steered.headers.0.insert(0, ("prefer".into(), preferences.join(", ").into()));
    Some(steered)
}

fn is_status(code: &u16) -> bool {
    (200..=599).contains(code)
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "" | "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// Splits at commas that stand outside quotes.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        if c == '"' {
            quoted = !quoted;
        }
        c == ',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefer(values: &[&str]) -> Prefer {
        let mut headers = Headers::new();
        for value in values {
            headers.push("Prefer", value.as_bytes().to_vec());
        }
        Prefer::of(&headers)
    }

    #[test]
    fn preferences_are_read_from_all_fields() {
        let got = prefer(&["code=404, example=\"a, b\"; x=1", "dynamic, seed=7, code=500, respond-async"]);
        let wanted =
            Prefer { code: Some(404), example: Some("a, b".into()), dynamic: Some(true), seed: Some(7) };
        assert_eq!(got, wanted);
    }

    #[test]
    fn preferences_of_the_query_go_first() {
        let mut request =
            Request { target: "/a?x=1&__code=404&__example=a%2C%22b&y=2".into(), ..Request::default() };
        request.headers.push("prefer", "code=500, seed=3");
        let steered = steered(&request).unwrap();
        assert_eq!(steered.target, "/a?x=1&y=2");
        let wanted = Prefer { code: Some(404), example: Some("a,b".into()), dynamic: None, seed: Some(3) };
        assert_eq!(Prefer::of(&steered.headers), wanted);
        let only = Request { target: "/a?__dynamic=true".into(), ..Request::default() };
        assert_eq!(super::steered(&only).unwrap().target, "/a");
        for target in ["/a", "/a?x=1", "/a?x=__code", "/a?__other=1"] {
            assert!(super::steered(&Request { target: target.into(), ..Request::default() }).is_none());
        }
    }

    #[test]
    fn what_cant_be_read_is_ignored() {
        assert!(prefer(&["code=abc, code=99, dynamic=maybe, seed=-1, example=", ",,;=\""]).is_empty());
        assert!(prefer(&[]).is_empty());
    }
}
