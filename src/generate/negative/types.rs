//! `type`, `enum`, `const`.

use serde_json::{Value, json};

use super::family::{Aim, Family};
use crate::generate::plan::equal::contains;

/// `type`: values of other types, those first that careless code takes for the right one.
pub(super) const TYPE: Family = Family { keywords: &["type"], propose: other_types };

/// `enum` and `const`: neighbours of the allowed values.
pub(super) const VALUES: Family = Family { keywords: &["enum", "const"], propose: other_values };

/// A value of each type.
pub(super) fn samples() -> Vec<Value> {
    vec![
        json!("a"),
        json!(1),
        json!(true),
        Value::Null,
        json!([]),
        json!({}),
        json!(0.5),
        json!(""),
        json!(-1),
        json!(false),
        json!({ "a": 1 }),
        json!([1]),
    ]
}

fn other_types(aim: &mut Aim<'_>) -> Vec<Value> {
    let mut found = match aim.old {
        Value::String(text) => vec![text.len().into(), json!([text]), Value::Null, json!({ "value": text })],
        Value::Number(number) => {
            let half = number.as_f64().filter(|f| f.abs() < 1e15).map_or(json!(0.5), |f| json!(f + 0.5));
            vec![Value::String(number.to_string()), half, Value::Null, json!([number])]
        }
        Value::Bool(flag) => vec![Value::String(flag.to_string()), json!(i32::from(*flag)), Value::Null],
        Value::Null => vec![json!("null"), json!(""), json!(0), json!({})],
        Value::Array(items) => {
            let mut found = vec![json!({}), json!("[]"), Value::Null];
            found.extend(items.first().cloned());
            found
        }
        Value::Object(_) => vec![json!([aim.old]), json!("{}"), Value::Null, json!(1)],
    };
    let rotation = aim.dice.index(found.len());
    found.rotate_left(rotation);
    let mut others = samples();
    let rotation = aim.dice.index(others.len());
    others.rotate_left(rotation);
    found.extend(others);
    found
}

fn other_values(aim: &mut Aim<'_>) -> Vec<Value> {
    let allowed = match (aim.keyword, aim.rule) {
        ("enum", Value::Array(values)) => values.clone(),
        (_, value) => vec![value.clone()],
    };
    let mut found = Vec::new();
    for value in allowed.iter().take(8) {
        match value {
            Value::String(text) => {
                found.push(Value::String(format!("{text}x")));
                found.push(Value::String(text.to_uppercase()));
                found.push(Value::String(text.to_lowercase()));
                found.push(Value::String(format!(" {text}")));
                found.push(json!(""));
            }
            Value::Number(number) => {
                found.extend(number.as_i64().and_then(|n| n.checked_add(1)).map(Value::from));
                found.extend(number.as_i64().and_then(|n| n.checked_sub(1)).map(Value::from));
                found.extend(number.as_f64().map(|f| json!(f + 0.5)));
            }
            Value::Bool(flag) => found.push(Value::Bool(!flag)),
            _ => {}
        }
    }
    let rotation = aim.dice.index(found.len());
    found.rotate_left(rotation);
    found.extend(samples());
    found.retain(|value| !contains(&allowed, value));
    found
}
