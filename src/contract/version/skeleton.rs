//! The one structure that the adapters of all versions make: an OpenAPI 3.0 Operation Object with its structural
//! references followed, its defects repaired, and its schemas, examples and places replaced by numbers.
//!
//! | member | stands for |
//! |---|---|
//! | `x-at` | the object's own place |
//! | `{"$ref": "#/N"}` in place of a schema | the schema's place; `{"$ref": "#"}`: there is none |
//! | `x-in`, `x-style` | places and styles that 3.0 does not know |
//! | `x-item-schema` | the place of 3.2's `itemSchema` |
//! | `x-serialized` | 3.2's `serializedValue` |

use serde_json::{Map, Value, json};

/// The reference that stands for the schema with that number.
#[must_use]
pub(crate) fn schema_ref(number: Option<usize>) -> Value {
    json!({"$ref": number.map_or_else(|| "#".to_owned(), |n| format!("#/{n}"))})
}

/// The number of the schema that a reference stands for.
#[must_use]
pub(crate) fn schema_number(reference: &str) -> Option<usize> {
    reference.strip_prefix("#/")?.parse().ok()
}

/// A map under construction.
#[derive(Default)]
pub(crate) struct Build(pub Map<String, Value>);

impl Build {
    /// Starts with the object's own place.
    #[must_use]
    pub(crate) fn at(number: usize) -> Self {
        let mut build = Self::default();
        build.set("x-at", number);
        build
    }

    /// Sets a member.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Sets a member if there is a value.
    pub(crate) fn maybe(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    /// The object.
    #[must_use]
    pub(crate) fn done(self) -> Value {
        Value::Object(self.0)
    }
}
