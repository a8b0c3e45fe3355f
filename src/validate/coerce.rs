//! What a text stands for: the schema says whether `12` is a number or a string.

use serde_json::{Map, Number, Value};

use crate::base::limits::READING_CHOICES_MAX;
use crate::schema::Schema;
use crate::schema::Types;
use crate::validate::reading::{NESTED, Reading};

/// How generously text is taken for a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coercion {
    /// As JSON writes it: `12`, `1.5`, `true`, `null`.
    #[default]
    Strict,
    /// As pydantic's lax mode takes it: ` 12 `, `+1`, `1_000`, `12.0`, `yes`, `on`, `0`.
    Lax,
}

/// Which texts that may be strings as well as something else are strings.
enum Choice {
    /// All of them; how many there are is counted.
    Strings(u32),
    /// None.
    Others,
    /// Those whose bit is not set, lowest first; bits of those seen are shifted out.
    Mask(u32),
}

impl Choice {
    /// Whether the next one is a string.
    fn is_string(&mut self) -> bool {
        match self {
            Self::Strings(seen) => {
                *seen += 1;
                true
            }
            Self::Others => false,
            Self::Mask(mask) => {
                let string = *mask & 1 == 0;
                *mask >>= 1;
                string
            }
        }
    }
}

impl Reading {
    /// The value that text stands for, where `schema` decides what may be a string as well as something else: strings as
    /// far as that is valid. Text that is of no allowed type stays text, and the schema will say so.
    #[must_use]
    pub fn value(&self, text: Value, coercion: Coercion, schema: &Schema) -> Value {
        let mut choice = Choice::Strings(0);
        let first = self.coerce_by(text.clone(), coercion, &mut choice);
        let Choice::Strings(ambiguous) = choice else { return first };
        if ambiguous == 0 || schema.is_valid(&first) {
            return first;
        }
        let combinations = (1..1_u32 << ambiguous.min(READING_CHOICES_MAX)).map(Choice::Mask);
        let found = std::iter::once(Choice::Others)
            .chain(combinations)
            .map(|mut choice| self.coerce_by(text.clone(), coercion, &mut choice))
            .find(|value| schema.is_valid(value));
        found.unwrap_or(first)
    }

    /// As [`Reading::value`], with strings wherever there may be some.
    #[must_use]
    pub fn coerce(&self, text: Value, coercion: Coercion) -> Value {
        self.coerce_by(text, coercion, &mut Choice::Strings(0))
    }

    fn coerce_by(&self, text: Value, coercion: Coercion, choice: &mut Choice) -> Value {
        match text {
            Value::String(text) => self.coerce_text(text, coercion, choice),
            Value::Array(items) => {
                let any = Self::text();
                let item = |(at, item)| self.item(at).unwrap_or(&any).coerce_by(item, coercion, choice);
                items.into_iter().enumerate().map(item).collect()
            }
            Value::Object(members) => {
                let mut object = Map::new();
                for (name, value) in members {
                    let value = match self.member(&name) {
                        Some(reading) => reading.coerce_member(value, coercion, choice),
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
    fn coerce_member(&self, value: Value, coercion: Coercion, choice: &mut Choice) -> Value {
        let nested_only = !self.types.has(Types::STRING);
        match value {
            Value::String(text) if nested_only && self.types.meets(NESTED) => {
                match serde_json::from_str::<Value>(&text) {
                    Ok(json) if self.types.has(Types::of(&json)) && (json.is_object() || json.is_array()) => {
                        json
                    }
                    _ if self.types.has(Types::ARRAY) => {
                        self.coerce_by(Value::Array(vec![Value::String(text)]), coercion, choice)
                    }
                    _ => self.coerce_by(Value::String(text), coercion, choice),
                }
            }
            other => self.coerce_by(other, coercion, choice),
        }
    }

    fn coerce_text(&self, text: String, coercion: Coercion, choice: &mut Choice) -> Value {
        if self.is_numeric()
            && let Some(number) = number(&text, true, coercion)
        {
            return number;
        }
        let types = self.of_text();
        if types == Types::ANY {
            return Value::String(text);
        }
        match other_than_string(types, &text, coercion) {
            Some(value) if !(types.has(Types::STRING) && choice.is_string()) => value,
            _ => Value::String(text),
        }
    }
}

/// The number, boolean or null that a text stands for.
fn other_than_string(types: Types, text: &str, coercion: Coercion) -> Option<Value> {
    let value =
        if types.meets(Types::NUMBER) { number(text, types.has(Types::NUMBER), coercion) } else { None };
    let value = value.or_else(|| boolean(text, coercion).filter(|_| types.has(Types::BOOLEAN)));
    let is_null = types.has(Types::NULL) && coercion == Coercion::Strict && matches!(text, "" | "null");
    value.or(is_null.then_some(Value::Null))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::wire::style::Wanted;
    use serde_json::json;

    fn coerced(schema: Value, text: Value, coercion: Coercion) -> Value {
        let schema = Schema::from_value(schema).unwrap();
        Reading::of(&schema).value(text, coercion, &schema)
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
    fn every_keyword_says_what_text_is() {
        let kind = json!({"type": "object", "properties": {"k": {"enum": ["i", "s"]}}, "if": {"properties": {"k": {"const": "i"}}},
            "then": {"properties": {"v": {"type": "integer"}, "o": {"properties": {"w": {"type": "boolean"}}}}},
            "else": {"properties": {"v": {"type": "string"}}}});
        let two = json!({"properties": {"a": {"type": ["integer", "string"]}, "b": {"type": ["integer", "string"]}},
            "allOf": [{"properties": {"a": {"not": {"type": "string"}}}}, {"properties": {"b": {"minLength": 1}}}],
            "not": {"properties": {"b": {"type": "integer"}}}});
        for (schema, text, want) in [
            (
                json!({"patternProperties": {"^n_": {"type": "integer"}}}),
                json!({"n_a": "1", "b": "1"}),
                json!({"n_a": 1, "b": "1"}),
            ),
            (
                json!({"patternProperties": {"^n": {"minimum": 1}, "_$": {"type": "number"}}}),
                json!({"n_": "1.5"}),
                json!({"n_": 1.5}),
            ),
            (
                json!({"properties": {"a": {}}, "allOf": [{"properties": {"a": {"type": "integer"}}}]}),
                json!({"a": "1"}),
                json!({"a": 1}),
            ),
            (kind.clone(), json!({"k": "i", "v": "1"}), json!({"k": "i", "v": 1})),
            (kind.clone(), json!({"k": "s", "v": "1"}), json!({"k": "s", "v": "1"})),
            (
                kind,
                json!({"k": "i", "v": "1", "o": {"w": "true"}}),
                json!({"k": "i", "v": 1, "o": {"w": true}}),
            ),
            (
                json!({"dependentSchemas": {"k": {"properties": {"v": {"type": "integer"}}}}}),
                json!({"k": "z", "v": "1"}),
                json!({"k": "z", "v": 1}),
            ),
            (
                json!({"dependentSchemas": {"k": {"properties": {"v": {"type": "integer"}}}}}),
                json!({"v": "1"}),
                json!({"v": "1"}),
            ),
            (
                json!({"dependentSchemas": {"k": {"additionalProperties": {"type": "integer"}}}}),
                json!({"k": "1"}),
                json!({"k": 1}),
            ),
            (
                json!({"properties": {"a": {"type": "integer"}}, "unevaluatedProperties": {"type": "boolean"}}),
                json!({"a": "1", "z": "true"}),
                json!({"a": 1, "z": true}),
            ),
            (
                json!({"prefixItems": [{"type": "integer"}, {"type": "boolean"}], "items": {"type": "number"}}),
                json!(["1", "true", "2.5", "3"]),
                json!([1, true, 2.5, 3]),
            ),
            (
                json!({"prefixItems": [{"type": "string"}], "unevaluatedItems": {"type": "number"}}),
                json!(["1", "2"]),
                json!(["1", 2]),
            ),
            (json!({"minimum": 3}), json!("2"), json!(2)),
            (json!({"allOf": [{"maximum": 3}, {"minLength": 1}]}), json!("x"), json!("x")),
            (
                json!({"properties": {"n": {"multipleOf": 2}}}),
                json!({"n": "4", "t": "4"}),
                json!({"n": 4, "t": "4"}),
            ),
            (json!({"contains": {"type": "integer"}}), json!(["x", "1"]), json!(["x", 1])),
            (
                json!({"items": {"type": "string"}, "contains": {"const": "1"}}),
                json!(["x", "1"]),
                json!(["x", "1"]),
            ),
            (
                json!({"oneOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"b": {"type": "boolean"}}, "required": ["b"]}]}),
                json!({"b": "false"}),
                json!({"b": false}),
            ),
            (two, json!({"a": "1", "b": "2"}), json!({"a": 1, "b": "2"})),
        ] {
            let told = schema.to_string();
            assert_eq!(coerced(schema, text, Coercion::Strict), want, "{told}");
        }
    }

    #[test]
    fn many_texts_that_may_be_either_end() {
        let properties: serde_json::Map<String, Value> =
            (0..200).map(|n| (format!("p{n}"), json!({"type": ["integer", "string"]}))).collect();
        let text: Value = properties.keys().map(|name| (name.clone(), json!("1"))).collect();
        let read =
            coerced(json!({"properties": properties, "required": ["q"]}), text.clone(), Coercion::Strict);
        assert_eq!(read, text);
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
