//! The keywords of JSON Schema 2020-12 and what their values may be; values that are not get repaired or left out,
//! because a compiler would refuse the whole schema for one of them.

use std::collections::HashSet;

use serde_json::{Number, Value};

/// Where a keyword holds schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It is one.
    Schema,
    /// In a list.
    List,
    /// By name.
    Map,
    /// Nowhere.
    Nothing,
}

/// Where that keyword, of any version, holds schemas.
#[must_use]
pub fn holds(key: &str) -> Holds {
    match Keyword::of(key) {
        Keyword::Schema => Holds::Schema,
        Keyword::List => Holds::List,
        Keyword::Map => Holds::Map,
        Keyword::Unknown if key == "additionalItems" => Holds::Schema,
        _ => Holds::Nothing,
    }
}

/// What stands behind a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    /// A schema.
    Schema,
    /// A list of schemas.
    List,
    /// Schemas by name.
    Map,
    /// A value.
    Plain(Plain),
    /// No keyword of JSON Schema: an annotation.
    Unknown,
}

/// What a plain keyword's value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// A count: an integer from 0.
    Count,
    /// A number.
    Number,
    /// A number above 0.
    Positive,
    /// A text.
    Text,
    /// A boolean.
    Flag,
    /// A list.
    List,
    /// Distinct texts.
    Names,
    /// Lists of distinct texts by name.
    NamesByName,
    /// A type name, or several.
    Types,
}

/// The types of JSON Schema.
pub(crate) const TYPES: [&str; 7] = ["string", "number", "integer", "object", "array", "boolean", "null"];

impl Keyword {
    /// What stands behind that keyword.
    #[must_use]
    pub(crate) fn of(key: &str) -> Self {
        match key {
            "additionalProperties"
            | "items"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames"
            | "unevaluatedItems"
            | "unevaluatedProperties"
            | "contentSchema" => Self::Schema,
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => Self::List,
            "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions" => Self::Map,
            "maxLength" | "minLength" | "maxItems" | "minItems" | "maxProperties" | "minProperties"
            | "minContains" | "maxContains" => Self::Plain(Plain::Count),
            "maximum" | "minimum" => Self::Plain(Plain::Number),
            "multipleOf" => Self::Plain(Plain::Positive),
            "pattern" | "format" | "title" | "description" | "$comment" | "contentEncoding"
            | "contentMediaType" | "$ref" | "$dynamicRef" | "$id" | "$anchor" | "$dynamicAnchor" => {
                Self::Plain(Plain::Text)
            }
            "uniqueItems" | "readOnly" | "writeOnly" | "deprecated" => Self::Plain(Plain::Flag),
            "enum" | "examples" => Self::Plain(Plain::List),
            "required" => Self::Plain(Plain::Names),
            "dependentRequired" => Self::Plain(Plain::NamesByName),
            "type" => Self::Plain(Plain::Types),
            _ => Self::Unknown,
        }
    }
}

/// The value, or what was meant by it; `None` when the keyword has to be left out. Repairs are noted.
pub(crate) fn repair(key: &str, value: &Value, kind: Plain, notes: &mut Vec<String>) -> Option<Value> {
    let (repaired, wanted) = match kind {
        Plain::Count => (count(value), "an integer from 0"),
        Plain::Number => (number(value), "a number"),
        Plain::Positive => {
            (number(value).filter(|n| n.as_f64().is_some_and(|n| n > 0.0)), "a number above 0")
        }
        Plain::Text => (value.is_string().then(|| value.clone()), "a string"),
        Plain::Flag => (flag(value), "a boolean"),
        Plain::List => (list(key, value), "a list"),
        Plain::Names => (names(value), "a list of distinct strings"),
        Plain::NamesByName => (by_name(value), "lists of distinct strings by name"),
        Plain::Types => (types(value), "one of string, number, integer, object, array, boolean, null"),
    };
    match &repaired {
        Some(same) if same == value => {}
        // `2.0` for `2` is the same number.
        Some(other) if other.is_number() && value.is_number() => {}
        Some(other) => {
            notes.push(format!("`{key}` must be {wanted}, found {}; {other} is used", shown(value)))
        }
        None => notes.push(format!("`{key}` must be {wanted}, found {}; it is ignored", shown(value))),
    }
    repaired
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 40 { format!("{}…", text.chars().take(40).collect::<String>()) } else { text }
}

fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => {
            let text = text.trim();
            text.parse::<i64>()
                .map(Value::from)
                .ok()
                .or_else(|| Number::from_f64(text.parse::<f64>().ok()?).map(Value::Number))
        }
        _ => None,
    }
}

fn count(value: &Value) -> Option<Value> {
    let found = number(value)?;
    if found.as_u64().is_some() {
        return Some(found);
    }
    let float = found.as_f64()?;
    if float < 0.0 || float.fract() != 0.0 {
        return None;
    }
    // Beyond 2^53 no length is ever reached: the largest exact one stands for it.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be an integer from 0 to 2^53"
    )]
    let whole = float.min(9_007_199_254_740_992.0) as u64;
    Some(whole.into())
}

fn flag(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(_) => Some(value.clone()),
        Value::String(text) if text == "true" => Some(Value::Bool(true)),
        Value::String(text) if text == "false" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn list(key: &str, value: &Value) -> Option<Value> {
    match value {
        Value::Array(_) => Some(value.clone()),
        // Named examples as media types have them.
        Value::Object(map) if key == "examples" => {
            Some(map.values().map(|example| example.get("value").unwrap_or(example).clone()).collect())
        }
        _ => None,
    }
}

fn names(value: &Value) -> Option<Value> {
    let Value::Array(items) = value else { return None };
    let mut known = HashSet::new();
    let distinct = items.iter().filter(|item| item.as_str().is_some_and(|name| known.insert(name)));
    Some(Value::Array(distinct.cloned().collect()))
}

fn by_name(value: &Value) -> Option<Value> {
    let Value::Object(map) = value else { return None };
    Some(map.iter().filter_map(|(name, value)| Some((name.clone(), names(value)?))).collect())
}

fn types(value: &Value) -> Option<Value> {
    let one = |value: &Value| match value {
        Value::String(name) => {
            let lower = name.to_ascii_lowercase();
            TYPES.contains(&lower.as_str()).then(|| Value::String(lower))
        }
        // `type: null` unquoted in YAML.
        Value::Null => Some(Value::String("null".to_owned())),
        _ => None,
    };
    match value {
        Value::Array(items) => {
            let mut out: Vec<Value> = Vec::new();
            for item in items.iter().filter_map(one) {
                if !out.contains(&item) {
                    out.push(item);
                }
            }
            (!out.is_empty()).then_some(Value::Array(out))
        }
        other => one(other),
    }
}
