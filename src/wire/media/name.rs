//! A media type or range by name, and how well one matches another.

use std::fmt;

use bytes::Bytes;
use mediatype::{MediaType, ReadParams};

/// A media type, or a range (`text/*`, `*/*`); names in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Media {
    /// `type/subtype+suffix`, in lower case.
    essence: String,
    /// Where the `/` is in the essence.
    slash: usize,
    /// Parameters: names in lower case, values unquoted.
    params: Vec<(String, String)>,
}

/// Reads a media type or range, such as stands in `Content-Type` or as a key of `content`. `None` when it is none.
#[must_use]
pub fn parse(text: &str) -> Option<Media> {
    let text = text.trim();
    let media = MediaType::parse(text).ok()?;
    let params = media
        .params()
        .map(|(name, value)| (name.as_str().to_ascii_lowercase(), value.unquoted_str().into_owned()))
        .collect();
    let essence = text.split(';').next().unwrap_or(text).trim().to_ascii_lowercase();
    let slash = essence.find('/')?;
    Some(Media { essence, slash, params })
}

impl Media {
    /// `type/subtype`, with the suffix, without parameters.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The value of a `Content-Type` field that says so.
    #[must_use]
    pub fn field(&self) -> Bytes {
        const COMMON: [&str; 3] = ["application/json", "application/problem+json", "text/plain"];
        // Those that nearly every message has take no memory.
        match COMMON.into_iter().find(|common| self.params.is_empty() && *common == self.essence) {
            Some(common) => Bytes::from_static(common.as_bytes()),
            None => Bytes::from(self.to_string()),
        }
    }

    /// The type: `application`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.essence[..self.slash]
    }

    /// The subtype with its suffix: `problem+json`.
    #[must_use]
    pub fn subtype(&self) -> &str {
        &self.essence[self.slash + 1..]
    }

    /// The structured-syntax suffix (RFC 6838 §4.2.8): `json`.
    #[must_use]
    pub fn suffix(&self) -> Option<&str> {
        self.subtype().rsplit_once('+').map(|(_, suffix)| suffix)
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// A parameter's value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// True when it names more than one type.
    #[must_use]
    pub fn is_range(&self) -> bool {
        self.essence.contains('*')
    }

    /// How precisely this type or range names `concrete`: `None` not at all, 0 for `*/*`, 1 for `type/*`, 2 for
    /// `type/*+suffix`, 3 for the type itself, and one more for each parameter that it asks for (RFC 9110 §12.5.1).
    /// `charset` is never asked for: JSON has none, and servers write it at will.
    #[must_use]
    pub fn matches(&self, concrete: &Self) -> Option<u32> {
        let base = if self.essence == concrete.essence {
            3
        } else if self.essence == "*/*" {
            0
        } else if self.kind() == concrete.kind() && self.subtype() == "*" {
            1
        } else if self.kind() == concrete.kind()
            && self.subtype().strip_prefix("*+").is_some_and(|suffix| concrete.suffix() == Some(suffix))
        {
            2
        } else {
            return None;
        };
        let mut score = base;
        for (name, value) in self.params.iter().filter(|(name, _)| name != "charset") {
            if concrete.param(name).is_none_or(|theirs| !theirs.eq_ignore_ascii_case(value)) {
                return None;
            }
            score += 1;
        }
        Some(score)
    }

    /// True for `application/json`, `text/json` and every `+json`.
    #[must_use]
    pub fn is_json(&self) -> bool {
        is_json(&self.essence)
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        for (name, value) in &self.params {
            let plain = !value.is_empty()
                && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
            if plain {
                write!(f, "; {name}={value}")?;
            } else {
                write!(f, "; {name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))?;
            }
        }
        Ok(())
    }
}

/// True when the essence names JSON.
#[must_use]
pub fn is_json(essence: &str) -> bool {
    matches!(essence, "application/json" | "text/json") || essence.ends_with("+json")
}

/// Which of `documented` names `concrete` most precisely; the first of equals. A concrete type with parameters that
/// nothing documents is looked up without them.
#[must_use]
pub fn best<'m>(documented: impl IntoIterator<Item = &'m Media>, concrete: &Media) -> Option<usize> {
    let mut found: Option<(usize, u32)> = None;
    for (index, media) in documented.into_iter().enumerate() {
        if let Some(score) = media.matches(concrete)
            && found.is_none_or(|(_, best)| score > best)
        {
            found = Some((index, score));
        }
    }
    found.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(text: &str) -> Media {
        parse(text).unwrap()
    }

    #[test]
    fn names_are_folded_and_parameters_unquoted() {
        let got = media(" Application/Problem+JSON ; Charset=\"utf-8\"; b=c");
        assert_eq!(got.essence(), "application/problem+json");
        assert_eq!((got.kind(), got.subtype(), got.suffix()), ("application", "problem+json", Some("json")));
        assert_eq!((got.param("charset"), got.param("B")), (Some("utf-8"), Some("c")));
        assert!(got.is_json() && !media("application/jsonp").is_json());
        assert_eq!(media(&got.to_string()), got);
        for not in ["", "json", "a/", "/b", "a b/c", "text/html;q"] {
            assert_eq!(parse(not), None, "{not}");
        }
    }

    #[test]
    fn the_most_precise_wins() {
        let documented: Vec<_> = ["*/*", "text/*", "application/*+json", "text/html", "text/html;level=1"]
            .into_iter()
            .map(media)
            .collect();
        for (concrete, want) in [
            ("image/png", Some(0)),
            ("text/plain", Some(1)),
            ("application/hal+json", Some(2)),
            ("text/html; charset=utf-8", Some(3)),
            ("text/html; level=1", Some(4)),
            ("text/html; level=2", Some(3)),
        ] {
            assert_eq!(best(&documented, &media(concrete)), want, "{concrete}");
        }
        assert_eq!(best(&documented[3..], &media("image/png")), None);
    }
}
