//! A value with its data taken out: the same structure, each leaf replaced by what it is.

use serde_json::{Map, Value};

use crate::base::limits::SHAPE_DEPTH_MAX;
use crate::shape::model::ANY_MEMBER;
use crate::shape::recognise;

/// `value` with every leaf replaced by its type and format: `"<string uuid>"`, `"<integer>"`; nulls stay.
#[must_use]
pub fn redact(value: &Value) -> Value {
    redact_at(value, 0)
}

fn redact_at(value: &Value, depth: usize) -> Value {
    match value {
        _ if depth > SHAPE_DEPTH_MAX => Value::from("<…>"),
        Value::Null => Value::Null,
        Value::Bool(_) => Value::from("<boolean>"),
        Value::Number(number) if number.is_f64() => Value::from("<number>"),
        Value::Number(_) => Value::from("<integer>"),
        Value::String(text) => match recognise::format(text) {
            Some(format) => Value::from(format!("<string {format}>")),
            None => Value::from("<string>"),
        },
        Value::Array(items) => items.iter().map(|item| redact_at(item, depth + 1)).collect(),
        Value::Object(members) => {
            let mut object = Map::new();
            for (name, value) in members {
                let name = if recognise::is_data(name) { ANY_MEMBER } else { name };
                object.insert(name.to_owned(), redact_at(value, depth + 1));
            }
            Value::Object(object)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_leaf_is_left() {
        let value = json!({"id": "123e4567-e89b-12d3-a456-426614174000", "n": [1, 1.5, null, true], "4711": "secret"});
        let want = json!({"id": "<string uuid>", "n": ["<integer>", "<number>", null, "<boolean>"], "*": "<string>"});
        assert_eq!(redact(&value), want);
    }
}
