//! What a text stands for: the schema says whether `12` is a number or a string.

use std::sync::Arc;

use serde_json::{Map, Number, Value};

use crate::base::limits::{READING_DEPTH_MAX, READING_STEPS_MAX};
use crate::base::pointer;
use crate::schema::Schema;
use crate::wire::style::Wanted;

/// How generously text is taken for a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coercion {
    /// As JSON writes it: `12`, `1.5`, `true`, `null`.
    #[default]
    Strict,
    /// As pydantic's lax mode takes it: ` 12 `, `+1`, `1_000`, `12.0`, `yes`, `on`, `0`.
    Lax,
}

/// A set of JSON types; `INTEGER` is a part of `NUMBER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types(u8);

#[expect(missing_docs, reason = "JSON Schema's own names")]
impl Types {
    pub const NULL: Self = Self(1);
    pub const BOOLEAN: Self = Self(2);
    pub const INTEGER: Self = Self(4);
    pub const NUMBER: Self = Self(12);
    pub const STRING: Self = Self(16);
    pub const ARRAY: Self = Self(32);
    pub const OBJECT: Self = Self(64);
    pub const ANY: Self = Self(127);
    const NONE: Self = Self(0);

    /// True when all of `other` is in it.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// True when some of `other` is in it.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn named(name: &str) -> Self {
        match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => Self::NONE,
        }
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(number) if number.as_f64().is_some_and(|n| n.fract() == 0.0) => Self::INTEGER,
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }
}

/// What a schema lets a text be: the types that may stand at each place.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The types allowed here.
    pub types: Types,
    /// What items are.
    pub items: Option<Box<Reading>>,
    /// What known members are.
    pub properties: Vec<(String, Reading)>,
    /// What other members are; none where there may be no others.
    pub others: Option<Box<Reading>>,
    /// Whether the schema says anything about other members.
    said: bool,
}

impl Reading {
    /// Anything: text stays text.
    #[must_use]
    pub fn any() -> Self {
        Self {
            types: Types::ANY,
            items: None,
            properties: Vec::new(),
            others: Some(Box::new(Self::text())),
            said: false,
        }
    }

    fn text() -> Self {
        Self { types: Types::ANY, items: None, properties: Vec::new(), others: None, said: false }
    }

    /// What `schema` allows.
    #[must_use]
    pub fn of(schema: &Schema) -> Self {
        let document = schema.outline().document();
        let mut steps = READING_STEPS_MAX;
        read(document, document, 0, &mut steps)
    }

    /// What a decoder shall look for in a text, where `several` says whether the text could be a list.
    #[must_use]
    pub fn wanted(&self, several: bool, taken: &Arc<[String]>) -> Wanted {
        let scalar = self.types.meets(Types(Types::STRING.0 | Types::NUMBER.0 | Types::BOOLEAN.0));
        if self.types.has(Types::ARRAY) && (!scalar || several && self.types != Types::ANY) {
            Wanted::Array
        } else if self.types.has(Types::OBJECT) && !scalar {
            Wanted::Object {
                properties: self.properties.iter().map(|(name, _)| name.clone()).collect(),
                open: self.others.is_some(),
                taken: Arc::clone(taken),
            }
        } else {
            Wanted::Scalar
        }
    }

    /// True when only arrays and objects are allowed.
    #[must_use]
    pub fn is_structured(&self) -> bool {
        self.types != Types::NONE
            && !self.types.meets(Types(Types::STRING.0 | Types::NUMBER.0 | Types::BOOLEAN.0))
            && self.types.meets(Types(Types::ARRAY.0 | Types::OBJECT.0))
    }

    /// True when a text may be a string as well as something else, so that both are worth a try.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        let here = self.types.has(Types::STRING)
            && self.types != Types::ANY
            && self.types.meets(Types(Types::NUMBER.0 | Types::BOOLEAN.0 | Types::NULL.0));
        here || self.items.as_ref().is_some_and(|items| items.is_ambiguous())
            || self.properties.iter().any(|(_, reading)| reading.is_ambiguous())
            || self.others.as_ref().is_some_and(|others| others.is_ambiguous())
    }

    /// The value that text stands for. With `prefer_text`, what may be a string is one; otherwise it is one only when
    /// it is nothing else. Text that is of no allowed type stays text, and the schema will say so.
    #[must_use]
    pub fn coerce(&self, text: Value, coercion: Coercion, prefer_text: bool) -> Value {
        match text {
            Value::String(text) => self.coerce_text(text, coercion, prefer_text),
            Value::Array(items) => {
                let any = Self::text();
                let reading = self.items.as_deref().unwrap_or(&any);
                items.into_iter().map(|item| reading.coerce(item, coercion, prefer_text)).collect()
            }
            Value::Object(members) => {
                let mut object = Map::new();
                for (name, value) in members {
                    let reading = self.properties.iter().find(|(known, _)| *known == name).map(|(_, r)| r);
                    let value = match reading.or(self.others.as_deref()) {
                        Some(reading) => reading.coerce_member(value, coercion, prefer_text),
                        None => value,
                    };
                    object.insert(name, value);
                }
                Value::Object(object)
            }
            other => other,
        }
    }

    /// A member of a form: a list that came once is a list of one, an object may be written as JSON.
    fn coerce_member(&self, value: Value, coercion: Coercion, prefer_text: bool) -> Value {
        let nested_only = !self.types.has(Types::STRING);
        match value {
            Value::String(text)
                if nested_only && self.types.meets(Types(Types::ARRAY.0 | Types::OBJECT.0)) =>
            {
                match serde_json::from_str::<Value>(&text) {
                    Ok(json) if self.types.has(Types::of(&json)) && (json.is_object() || json.is_array()) => {
                        json
                    }
                    _ if self.types.has(Types::ARRAY) => {
                        self.coerce(Value::Array(vec![Value::String(text)]), coercion, prefer_text)
                    }
                    _ => self.coerce(Value::String(text), coercion, prefer_text),
                }
            }
            other => self.coerce(other, coercion, prefer_text),
        }
    }

    fn coerce_text(&self, text: String, coercion: Coercion, prefer_text: bool) -> Value {
        if self.types.has(Types::STRING) && (prefer_text || self.types == Types::ANY) {
            return Value::String(text);
        }
        let value = if self.types.meets(Types::NUMBER) {
            number(&text, self.types.has(Types::NUMBER), coercion)
        } else {
            None
        };
        let value = value.or_else(|| boolean(&text, coercion).filter(|_| self.types.has(Types::BOOLEAN)));
        let null = || {
            self.types.has(Types::NULL)
                && coercion == Coercion::Strict
                && matches!(text.as_str(), "" | "null")
        };
        value.or_else(|| null().then_some(Value::Null)).unwrap_or(Value::String(text))
    }
}

fn boolean(text: &str, coercion: Coercion) -> Option<Value> {
    match text {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ if coercion == Coercion::Strict => return None,
        _ => {}
    }
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "on" | "t" | "yes" | "y" => Some(Value::Bool(true)),
        "0" | "false" | "off" | "f" | "no" | "n" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// A number; `fractions` when it need not be an integer.
fn number(text: &str, fractions: bool, coercion: Coercion) -> Option<Value> {
    let cleaned;
    let text = if coercion == Coercion::Lax {
        let trimmed = text.trim();
        let unsigned = trimmed.strip_prefix('+').unwrap_or(trimmed);
        // Python's rule: one underscore between digits.
        let grouped = unsigned.contains('_')
            && unsigned
                .split('_')
                .all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
        cleaned = if grouped { unsigned.replace('_', "") } else { unsigned.to_owned() };
        cleaned.as_str()
    } else {
        text
    };
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty()
        || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.' && coercion == Coercion::Lax)
    {
        return None;
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        if let Ok(integer) = text.parse::<i64>() {
            return Some(Value::from(integer));
        }
        if let Ok(integer) = text.parse::<u64>() {
            return Some(Value::from(integer));
        }
    } else if !fractions && coercion == Coercion::Strict {
        return None;
    }
    let float = text.parse::<f64>().ok().filter(|float| float.is_finite())?;
    if !fractions {
        let whole = digits.split_once('.').is_none_or(|(_, fraction)| fraction.bytes().all(|b| b == b'0'));
        if !whole || digits.contains(['e', 'E']) {
            return None;
        }
        if let Ok(integer) = text.split('.').next().unwrap_or(text).parse::<i64>() {
            return Some(Value::from(integer));
        }
    }
    Number::from_f64(float).map(Value::Number)
}

fn union(left: Option<Reading>, right: Reading) -> Option<Reading> {
    Some(match left {
        None => right,
        Some(mut left) => {
            left.types = Types(left.types.0 | right.types.0);
            merge(&mut left, right);
            left
        }
    })
}

/// Adds what `from` knows about items and members.
fn merge(into: &mut Reading, from: Reading) {
    if into.items.is_none() {
        into.items = from.items;
    }
    for (name, reading) in from.properties {
        if !into.properties.iter().any(|(known, _)| *known == name) {
            into.properties.push((name, reading));
        }
    }
    if from.said && !into.said {
        into.others = from.others;
        into.said = true;
    }
}

fn read(document: &Value, schema: &Value, depth: usize, steps: &mut usize) -> Reading {
    let mut reading = Reading::text();
    *steps = steps.saturating_sub(1);
    let Some(members) = schema.as_object().filter(|_| depth < READING_DEPTH_MAX && *steps > 0) else {
        return Reading::any();
    };
    let narrow = |reading: &mut Reading, types: Types| reading.types = Types(reading.types.0 & types.0);
    let listed =
        |values: &[Value]| values.iter().fold(Types::NONE, |all, value| Types(all.0 | Types::of(value).0));
    match members.get("type") {
        Some(Value::String(name)) => narrow(&mut reading, Types::named(name)),
        Some(Value::Array(names)) => {
            let all = names
                .iter()
                .filter_map(Value::as_str)
                .fold(Types::NONE, |all, n| Types(all.0 | Types::named(n).0));
            narrow(&mut reading, all);
        }
        _ => {}
    }
    if let Some(Value::Array(values)) = members.get("enum") {
        narrow(&mut reading, listed(values));
    }
    if let Some(value) = members.get("const") {
        narrow(&mut reading, listed(std::slice::from_ref(value)));
    }
    if let Some(Value::Object(properties)) = members.get("properties") {
        for (name, property) in properties {
            reading.properties.push((name.clone(), read(document, property, depth + 1, steps)));
        }
    }
    if let Some(others) = members.get("additionalProperties") {
        reading.said = true;
        if *others != Value::Bool(false) {
            reading.others = Some(Box::new(read(document, others, depth + 1, steps)));
        }
    }
    if let Some(items) = members.get("items") {
        reading.items = Some(Box::new(read(document, items, depth + 1, steps)));
    } else if let Some(Value::Array(items)) = members.get("prefixItems") {
        let all = items.iter().fold(None, |all, item| union(all, read(document, item, depth + 1, steps)));
        reading.items = all.map(Box::new);
    }
    let target = members
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|r| pointer::find(document, r.strip_prefix('#')?));
    let all_of = members.get("allOf").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for part in target.into_iter().chain(all_of) {
        let part = read(document, part, depth + 1, steps);
        narrow(&mut reading, part.types);
        merge(&mut reading, part);
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(branches)) = members.get(keyword) {
            let all = branches
                .iter()
                .fold(None, |all, branch| union(all, read(document, branch, depth + 1, steps)));
            if let Some(all) = all {
                narrow(&mut reading, all.types);
                merge(&mut reading, all);
            }
        }
    }
    // A part without a word about other members must not open what another closes.
    if !reading.said {
        reading.others = Some(Box::new(Reading::text()));
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    use serde_json::json;

    fn coerced(schema: Value, text: Value, coercion: Coercion) -> Value {
        Reading::of(&Schema::from_value(schema).unwrap()).coerce(text, coercion, true)
    }

    #[test]
    fn the_schema_says_what_text_is() {
        for (schema, text, want) in [
            (json!({"type": "integer"}), json!("12"), json!(12)),
            (json!({"type": "integer"}), json!("12.0"), json!("12.0")),
            (json!({"type": "integer"}), json!("18446744073709551615"), json!(u64::MAX)),
            (json!({"type": "integer"}), json!("abc"), json!("abc")),
            (json!({"type": "integer"}), json!(""), json!("")),
            (json!({"type": "number"}), json!("-1.5e3"), json!(-1500.0)),
            (json!({"type": "number"}), json!("inf"), json!("inf")),
            (json!({"type": "boolean"}), json!("true"), json!(true)),
            (json!({"type": "boolean"}), json!("yes"), json!("yes")),
            (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), json!("12"), json!("12")),
            (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), json!(""), json!("")),
            (json!({"type": ["integer", "null"]}), json!("null"), json!(null)),
            (json!({"enum": [1, 2]}), json!("2"), json!(2)),
            (json!({"const": true}), json!("true"), json!(true)),
            (json!({}), json!("12"), json!("12")),
            (json!(true), json!("12"), json!("12")),
            (json!({"type": "array", "items": {"type": "integer"}}), json!(["1", "x"]), json!([1, "x"])),
            (
                json!({"allOf": [{"type": "object"}, {"properties": {"a": {"type": "integer"}}}],
                    "additionalProperties": {"type": "boolean"}}),
                json!({"a": "1", "b": "true"}),
                json!({"a": 1, "b": true}),
            ),
            (
                json!({"properties": {"l": {"type": "array", "items": {"type": "integer"}}, "o": {"type": "object"}}}),
                json!({"l": "1", "o": "{\"x\":1}"}),
                json!({"l": [1], "o": {"x": 1}}),
            ),
        ] {
            assert_eq!(coerced(schema.clone(), text, Coercion::Strict), want, "{schema}");
        }
    }

    #[test]
    fn lax_takes_what_pydantic_takes() {
        for (kind, text, want) in [
            ("integer", " 12 ", json!(12)),
            ("integer", "+1", json!(1)),
            ("integer", "1_000", json!(1000)),
            ("integer", "12.0", json!(12)),
            ("integer", "12.5", json!("12.5")),
            ("integer", "1__0", json!("1__0")),
            ("boolean", "On", json!(true)),
            ("boolean", "0", json!(false)),
            ("boolean", "2", json!("2")),
        ] {
            assert_eq!(coerced(json!({"type": kind}), json!(text), Coercion::Lax), want, "{kind} {text}");
        }
    }

    #[test]
    fn recursion_ends() {
        let schema = json!({"$ref": "#/$defs/n", "$defs": {"n": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "integer"},
            {"type": "array", "items": {"$ref": "#/$defs/n"}}, {"allOf": [{"$ref": "#/$defs/n"}]}]}}});
        assert_eq!(coerced(schema, json!("1"), Coercion::Strict), json!("1"));
    }

    #[test]
    fn what_to_look_for() {
        let reading = |schema: Value| Reading::of(&Schema::from_value(schema).unwrap());
        let either = reading(json!({"anyOf": [{"type": "string"}, {"type": "array"}]}));
        assert_eq!(
            (either.wanted(true, &Arc::default()), either.wanted(false, &Arc::default())),
            (Wanted::Array, Wanted::Scalar)
        );
        assert_eq!(reading(json!({"type": ["array", "null"]})).wanted(false, &Arc::default()), Wanted::Array);
        assert_eq!(reading(json!({})).wanted(true, &Arc::default()), Wanted::Scalar);
        let object =
            reading(json!({"type": "object", "properties": {"a": {}}, "additionalProperties": false}));
        let want = Wanted::Object { properties: vec!["a".into()], open: false, taken: ["x".into()].into() };
        assert_eq!(object.wanted(false, &["x".into()].into()), want);
        assert!(reading(json!({"type": ["string", "integer"]})).is_ambiguous());
        assert!(!reading(json!({"type": "string"})).is_ambiguous());
    }
}
