//! Setting a property of an entity to a text that a request or the contract gives.

use serde_json::Value;

/// Sets a property to a text, or to the number that the text is, if the whole stays valid.
pub(crate) fn put(value: &mut Value, property: &str, text: &str, valid: &dyn Fn(&Value) -> bool) -> bool {
    let Value::Object(object) = value else { return false };
    let before = object.get(property).cloned();
    let mut candidates = vec![Value::String(text.to_owned())];
    if let Ok(number) = text.parse::<i64>() {
        candidates.push(Value::from(number));
    }
    for candidate in candidates {
        let Value::Object(object) = &mut *value else { return false };
        object.insert(property.to_owned(), candidate);
        if valid(value) {
            return true;
        }
    }
    if let Value::Object(object) = value {
        match before {
            Some(before) => object.insert(property.to_owned(), before),
            None => object.shift_remove(property),
        };
    }
    false
}
