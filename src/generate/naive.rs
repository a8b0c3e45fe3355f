//! A first, simple generator: types, enumerations, properties, items, references.

use serde_json::{Map, Value, json};

use super::value::{GenerateError, ValueOptions};
use crate::base::{Dice, Seed};
use crate::schema::{Schema, format};

pub(super) fn sample(schema: &Schema, options: &ValueOptions, seed: Seed) -> Result<Value, GenerateError> {
    for attempt in 0..200 {
        let mut dice = if attempt == 199 { Dice::simplest() } else { Dice::new(seed.nth(attempt)) };
        let value = draw(schema.bundle().document(), schema.bundle().document(), options, &mut dice, 0);
        if schema.is_valid(&value) {
            return Ok(value);
        }
    }
    Err(GenerateError::GaveUp { reason: "the simple generator found none".to_owned() })
}

fn draw(root: &Value, schema: &Value, options: &ValueOptions, dice: &mut Dice, depth: usize) -> Value {
    if depth > 40 {
        return Value::Null;
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return dice.pick(values).cloned().unwrap_or_default();
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    let mut merged = Map::new();
    if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|r| root.pointer(&r[1..])) {
        let value = draw(root, target, options, dice, depth + 1);
        match value {
            Value::Object(members) => merged.extend(members),
            other => return other,
        }
    }
    for word in ["anyOf", "oneOf"] {
        if let Some(part) = schema.get(word).and_then(Value::as_array).and_then(|parts| dice.pick(parts)) {
            match draw(root, part, options, dice, depth + 1) {
                Value::Object(members) => merged.extend(members),
                other => return other,
            }
        }
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        match draw(root, part, options, dice, depth + 1) {
            Value::Object(members) => merged.extend(members),
            other => return other,
        }
    }
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(Value::Array(kinds)) => dice.pick(kinds).and_then(Value::as_str).unwrap_or("null"),
        _ if schema.get("items").is_some() => "array",
        _ if schema.get("minLength").is_some() || schema.get("format").is_some() => "string",
        _ => "object",
    };
    let number = |word: &str| schema.get(word).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    match kind {
        "null" => Value::Null,
        "boolean" => json!(dice.chance(50)),
        "integer" | "number" => {
            let low = schema.get("minimum").and_then(Value::as_i64).unwrap_or(0);
            let high = schema.get("maximum").and_then(Value::as_i64).unwrap_or(low.saturating_add(1000));
            json!(low + i64::try_from(dice.below(high.abs_diff(low).saturating_add(1))).unwrap_or(0))
        }
        "string" => {
            let known = schema.get("format").and_then(Value::as_str).and_then(format::find);
            if let Some(make) = known.and_then(|format| format.generate) {
                return Value::String(make(dice));
            }
            let low = number("minLength").unwrap_or(1);
            let high = number("maxLength").unwrap_or(low + options.length_max);
            let length = dice.between(low, high.min(low + options.length_max));
            let letters: Vec<char> = ('a'..='z').chain('0'..='9').collect();
            Value::String((0..length).filter_map(|_| dice.pick(&letters)).collect())
        }
        "array" => {
            let low = number("minItems").unwrap_or(0);
            let high = number("maxItems").unwrap_or(low + options.items_max).min(low + options.items_max);
            let length = if depth > options.depth_max { low } else { dice.between(low, high) };
            let item = schema.get("items").unwrap_or(&Value::Bool(true));
            (0..length).map(|_| draw(root, item, options, dice, depth + 1)).collect()
        }
        _ => {
            let required: Vec<&str> = schema
                .get("required")
                .and_then(Value::as_array)
                .map(|names| names.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten()
            {
                let wanted = required.contains(&name.as_str())
                    || (depth <= options.depth_max && property != &Value::Bool(false) && dice.chance(70));
                if wanted {
                    merged.insert(name.clone(), draw(root, property, options, dice, depth + 1));
                }
            }
            for name in required {
                merged.entry(name).or_insert(Value::Null);
            }
            Value::Object(merged)
        }
    }
}
