//! Conditions on a body: as JSON, whole or in part or at pointers, or as text.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::text::cut;
use super::{Pattern, TextMatcher};

/// What a body must be; all that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyMatcher {
    /// The whole JSON value (numbers by value, objects in any order).
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    pub equals: Option<Value>,
    /// A part of the JSON value: objects may have more members, arrays more items in any order.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    pub contains: Option<Value>,
    /// Values at JSON Pointers (RFC 6901).
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub pointers: IndexMap<String, ValueMatcher>,
    /// The body as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextMatcher>,
}

/// What a JSON value must be; all that is given must hold. In JSON everything but an object stands for `equals`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct ValueMatcher {
    /// The value.
    pub equals: Option<Value>,
    /// A part of it, as in [`BodyMatcher::contains`]; of a text, a part of the text.
    pub contains: Option<Value>,
    /// Found in the text, or in the number as text.
    pub regex: Option<Pattern>,
    /// `true`: there is a value; `false`: there is none.
    pub present: Option<bool>,
}

/// `null` is a value too.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl TryFrom<Value> for ValueMatcher {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let members = match value {
            Value::Object(members) => members,
            other => return Ok(Self { equals: Some(other), ..Self::default() }),
        };
        let mut matcher = Self::default();
        for (name, value) in members {
            match (name.as_str(), value) {
                ("equals", value) => matcher.equals = Some(value),
                ("contains", value) => matcher.contains = Some(value),
                ("regex", Value::String(text)) => matcher.regex = Some(Pattern::new(&text)?),
                ("present", Value::Bool(present)) => matcher.present = Some(present),
                (name, _) => {
                    return Err(format!(
                        "`{name}` is not one of equals, contains, regex (a text), present (true or false)"
                    ));
                }
            }
        }
        Ok(matcher)
    }
}

impl From<ValueMatcher> for Value {
    fn from(matcher: ValueMatcher) -> Self {
        let mut members = Map::new();
        members.extend(matcher.equals.map(|value| ("equals".to_owned(), value)));
        members.extend(matcher.contains.map(|value| ("contains".to_owned(), value)));
        members.extend(matcher.regex.map(|regex| ("regex".to_owned(), Self::String(regex.into()))));
        members.extend(matcher.present.map(|present| ("present".to_owned(), Self::Bool(present))));
        Self::Object(members)
    }
}

impl BodyMatcher {
    /// What does not fit: `text` is the body as text, `json` what it says as JSON.
    pub(super) fn misses(&self, text: &str, json: Option<&Value>, misses: &mut Vec<String>) {
        if self.equals.is_some() || self.contains.is_some() || !self.pointers.is_empty() {
            match json {
                None => misses.push(format!("the body is no JSON: `{}`", cut(text))),
                Some(value) => self.json_misses(value, misses),
            }
        }
        if let Some(miss) = self.text.as_ref().and_then(|wanted| wanted.miss(&[text])) {
            misses.push(format!("the body {miss}"));
        }
    }

    fn json_misses(&self, value: &Value, misses: &mut Vec<String>) {
        let shown = |value: &Value| cut(&value.to_string());
        if let Some(wanted) = self.equals.as_ref().filter(|wanted| !same(wanted, value)) {
            misses.push(format!("the body should be {}, is {}", shown(wanted), shown(value)));
        }
        if let Some(wanted) = self.contains.as_ref().filter(|wanted| !holds(value, wanted)) {
            misses.push(format!("the body should contain {}, is {}", shown(wanted), shown(value)));
        }
        for (pointer, wanted) in &self.pointers {
            if let Some(miss) = wanted.miss(value.pointer(pointer)) {
                misses.push(format!("the body's `{pointer}` {miss}"));
            }
        }
    }
}

impl ValueMatcher {
    fn miss(&self, value: Option<&Value>) -> Option<String> {
        let Some(value) = value else {
            return (self.present != Some(false)).then(|| "is not there".to_owned());
        };
        let there = cut(&value.to_string());
        if self.present == Some(false) {
            return Some(format!("is there: {there}"));
        }
        if let Some(wanted) = self.equals.as_ref().filter(|wanted| !same(wanted, value)) {
            return Some(format!("should be {}, is {there}", cut(&wanted.to_string())));
        }
        let part = |wanted: &Value| match (wanted, value) {
            (Value::String(part), Value::String(text)) => text.contains(part.as_str()),
            _ => holds(value, wanted),
        };
        if let Some(wanted) = self.contains.as_ref().filter(|wanted| !part(wanted)) {
            return Some(format!("should contain {}, is {there}", cut(&wanted.to_string())));
        }
        let found = |regex: &Pattern| match value {
            Value::String(text) => regex.matches(text),
            Value::Number(number) => regex.matches(&number.to_string()),
            _ => false,
        };
        let regex = self.regex.as_ref().filter(|regex| !found(regex))?;
        Some(format!("should match /{}/, is {there}", cut(regex.as_str())))
    }
}

/// Equal as JSON Schema compares: `1` is `1.0`, and the order of members means nothing.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Whether `whole` holds all of `part`.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, part)| whole.get(name).is_some_and(|whole| holds(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            part.iter().all(|part| whole.iter().any(|whole| holds(whole, part)))
        }
        (whole, part) => same(whole, part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn misses(matcher: Value, text: &str) -> Vec<String> {
        let matcher: BodyMatcher = serde_json::from_value(matcher).unwrap();
        let again: BodyMatcher = serde_json::from_value(serde_json::to_value(&matcher).unwrap()).unwrap();
        assert_eq!(matcher, again);
        let mut found = Vec::new();
        matcher.misses(text, serde_json::from_str(text).ok().as_ref(), &mut found);
        found
    }

    #[test]
    fn bodies_fit_whole_in_part_and_at_pointers() {
        let body = r#"{"a": 1.0, "b": [{"c": "xyz", "d": null}, 2], "e": true}"#;
        for fits in [
            json!({"equals": {"e": true, "b": [{"d": null, "c": "xyz"}, 2], "a": 1}}),
            json!({"contains": {"b": [2, {"c": "xyz"}]}}),
            json!({"pointers": {"/a": 1, "/b/0/c": {"regex": "^x"}, "/b/0/d": null, "/z": {"present": false}}}),
            json!({"pointers": {"/b/0/c": {"contains": "yz"}, "/b": {"contains": [2]}, "/a": {"regex": "1"}}}),
            json!({"text": {"contains": "\"xyz\""}}),
            json!({}),
        ] {
            assert_eq!(misses(fits.clone(), body), [""; 0], "{fits}");
        }
        for (other, said) in [
            (json!({"equals": {"a": 1}}), "should be"),
            (json!({"equals": null}), "should be null"),
            (json!({"contains": {"b": [3]}}), "should contain"),
            (json!({"pointers": {"/a": 2}}), "`/a` should be 2, is 1.0"),
            (json!({"pointers": {"/e": {"regex": "t"}}}), "should match /t/"),
            (json!({"pointers": {"/a": {"present": false}}}), "is there: 1.0"),
            (json!({"pointers": {"/y": {"contains": 1}}}), "`/y` is not there"),
            (json!({"text": "x"}), "should equal `x`"),
        ] {
            assert!(misses(other.clone(), body).concat().contains(said), "{other}");
        }
        assert!(misses(json!({"equals": 1}), "no json").concat().contains("is no JSON"));
        assert!(serde_json::from_value::<BodyMatcher>(json!({"pointers": {"/a": {"is": 1}}})).is_err());
    }
}
