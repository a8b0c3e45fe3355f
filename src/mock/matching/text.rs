//! Conditions on a text: a path, a header, a member of the query.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Pattern;

/// What a text must be; all that is given must hold. In JSON a bare text, number or truth value stands for `equals`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct TextMatcher {
    /// The whole text.
    pub equals: Option<String>,
    /// A part of it.
    pub contains: Option<String>,
    /// Found in it.
    pub regex: Option<Pattern>,
    /// `true`: it is there at all; `false`: it is not there.
    pub present: Option<bool>,
}

/// The long form in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    #[serde(skip_serializing_if = "Option::is_none")]
    equals: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contains: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regex: Option<Pattern>,
    #[serde(skip_serializing_if = "Option::is_none")]
    present: Option<bool>,
}

impl TryFrom<Value> for TextMatcher {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let equals = |text: String| Ok(Self { equals: Some(text), ..Self::default() });
        match value {
            Value::String(text) => equals(text),
            Value::Number(number) => equals(number.to_string()),
            Value::Bool(truth) => equals(truth.to_string()),
            Value::Object(_) => {
                let long: Long = serde_json::from_value(value).map_err(|error| error.to_string())?;
                let Long { equals, contains, regex, present } = long;
                Ok(Self { equals, contains, regex, present })
            }
            Value::Null | Value::Array(_) => {
                Err("a text, or an object with equals, contains, regex or present".to_owned())
            }
        }
    }
}

impl From<TextMatcher> for Value {
    fn from(matcher: TextMatcher) -> Self {
        let TextMatcher { equals, contains, regex, present } = matcher;
        match (equals, contains, regex, present) {
            (Some(text), None, None, None) => Self::String(text),
            (equals, contains, regex, present) => {
                // It has only text keys: writing it can't fail.
                serde_json::to_value(Long { equals, contains, regex, present }).unwrap_or_default()
            }
        }
    }
}

impl TextMatcher {
    /// The whole text.
    #[must_use]
    pub fn equals(text: impl Into<String>) -> Self {
        Self { equals: Some(text.into()), ..Self::default() }
    }

    /// A part of the text.
    #[must_use]
    pub fn contains(text: impl Into<String>) -> Self {
        Self { contains: Some(text.into()), ..Self::default() }
    }

    /// Why none of these texts (several fields or members of one name) fits; `None` when one does.
    #[must_use]
    pub fn miss(&self, texts: &[&str]) -> Option<String> {
        match self.present {
            Some(false) if texts.is_empty() => return None,
            Some(false) => return Some(format!("is there: {}", shown(texts))),
            _ if texts.is_empty() => return Some("is not there".to_owned()),
            _ => {}
        }
        if texts.iter().any(|text| self.fits(text)) { None } else { Some(self.against(&shown(texts))) }
    }

    fn fits(&self, text: &str) -> bool {
        self.equals.as_deref().is_none_or(|wanted| wanted == text)
            && self.contains.as_deref().is_none_or(|part| text.contains(part))
            && self.regex.as_ref().is_none_or(|regex| regex.matches(text))
    }

    /// What was wanted against what is there.
    pub(super) fn against(&self, there: &str) -> String {
        let mut wanted = Vec::new();
        wanted.extend(self.equals.as_ref().map(|text| format!("equal `{}`", cut(text))));
        wanted.extend(self.contains.as_ref().map(|text| format!("contain `{}`", cut(text))));
        wanted.extend(self.regex.as_ref().map(|regex| format!("match /{}/", cut(regex.as_str()))));
        format!("should {}, is {there}", wanted.join(" and "))
    }
}

/// Texts for a message.
fn shown(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("`{}`", cut(text))).collect::<Vec<_>>().join(", ")
}

/// The beginning of a long text.
pub(super) fn cut(text: &str) -> String {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<TextMatcher, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn short_and_long_forms_are_read_and_written() {
        for (written, same) in [
            (json!("x"), json!("x")),
            (json!(5), json!("5")),
            (json!(true), json!("true")),
            (json!({"equals": "x"}), json!("x")),
            (json!({"regex": "^a", "contains": "b"}), json!({"contains": "b", "regex": "^a"})),
            (json!({"present": false}), json!({"present": false})),
        ] {
            assert_eq!(serde_json::to_value(read(written.clone()).unwrap()).unwrap(), same, "{written}");
        }
        for wrong in [json!(null), json!([1]), json!({"equal": "x"}), json!({"regex": "("})] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
        let large = read(json!({"regex": "(a{1000}){1000}"}));
        assert!(large.unwrap_err().contains("no regular expression that can be used"));
    }

    #[test]
    fn one_of_several_texts_is_enough() {
        let matcher = read(json!({"contains": "b", "regex": "^a"})).unwrap();
        assert_eq!(matcher.miss(&["x", "abc"]), None);
        assert!(matcher.miss(&["bca"]).unwrap().contains("should contain `b` and match /^a/, is `bca`"));
        assert_eq!(matcher.miss(&[]).as_deref(), Some("is not there"));
        let absent = read(json!({"present": false})).unwrap();
        assert_eq!(absent.miss(&[]), None);
        assert_eq!(absent.miss(&["x"]).as_deref(), Some("is there: `x`"));
    }
}
