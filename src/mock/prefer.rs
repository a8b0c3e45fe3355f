//! The `Prefer` header (RFC 7240), by which a request steers its own answer: `code`, `example`, `dynamic`, `seed`.
//! Preferences that are unknown or can't be read are ignored, as the RFC asks.

use crate::wire::Headers;

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
            for item in split(text) {
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
fn split(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        if c == '"' {
            quoted = !quoted;
        }
        c == ',' && !quoted
    })
    .collect()
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
    fn what_cant_be_read_is_ignored() {
        assert!(prefer(&["code=abc, code=99, dynamic=maybe, seed=-1, example=", ",,;=\""]).is_empty());
        assert!(prefer(&[]).is_empty());
    }
}
