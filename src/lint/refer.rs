//! Every `$ref` of a file, with where it stands and what belongs there; data that only looks like one is passed over.

use serde_json::Value;

use crate::base::Pointer;
use crate::contract::{Holds, holds};

/// A reference as found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The object that has the `$ref`.
    pub(crate) at: Pointer,
    /// The reference.
    pub(crate) reference: String,
    /// The map of `components` whose kind belongs here, where that is known.
    pub(crate) wanted: Option<&'static str>,
}

/// All references of a document; `fragment` is true for one that is not a contract but part of one.
pub(crate) fn all(root: &Value, fragment: bool) -> Vec<Found> {
    let mut found = Vec::new();
    let start = if fragment { Inside::Unknown } else { Inside::Object };
    walk(root, &Pointer::root(), start, &mut found);
    found
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Inside {
    /// An object of the specification of no kind that components have.
    Object,
    /// A schema.
    Schema,
    /// A component of that kind.
    Kind(&'static str),
    /// Things of that kind by name, or in a list.
    Many(&'static str),
    /// Schemas by name, or in a list.
    Schemas,
    /// Objects by name.
    Objects,
    /// Something in a file of its own: its kind shows only where it is referred to.
    Unknown,
    /// Data.
    Data,
}

impl Inside {
    fn wanted(self) -> Option<&'static str> {
        match self {
            Self::Schema => Some("schemas"),
            Self::Kind(kind) => Some(kind),
            _ => None,
        }
    }

    /// What the member `key` is.
    fn member(self, key: &str, value: &Value) -> Self {
        match self {
            Self::Data => Self::Data,
            Self::Many("schemas") | Self::Schemas => Self::Schema,
            Self::Many(kind) => Self::Kind(kind),
            Self::Objects => Self::Object,
            _ if key.starts_with("x-") => Self::Data,
            Self::Schema => schema_member(key, value),
            Self::Unknown if value.is_object() && looks_like_schema(value) => Self::Schema,
            Self::Object | Self::Kind(_) | Self::Unknown => object_member(key, value, self),
        }
    }
}

fn looks_like_schema(value: &Value) -> bool {
    ["type", "properties", "allOf", "oneOf", "anyOf"].iter().any(|key| value.get(key).is_some())
        && value.get("in").is_none()
}

fn schema_member(key: &str, value: &Value) -> Inside {
    match (holds(key), value) {
        (Holds::Schema, Value::Array(_)) | (Holds::List | Holds::Map, _) => Inside::Schemas,
        (Holds::Schema, _) => Inside::Schema,
        (Holds::Nothing, _) => Inside::Data,
    }
}

fn object_member(key: &str, value: &Value, inside: Inside) -> Inside {
    match key {
        "schema" | "itemSchema" => Inside::Schema,
        "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace" | "query"
            if inside == Inside::Kind("pathItems") =>
        {
            Inside::Kind("operations")
        }
        "schemas" | "definitions" => Inside::Schemas,
        "parameters" if inside == Inside::Kind("links") => Inside::Data,
        "parameters" => Inside::Many("parameters"),
        "responses" => Inside::Many("responses"),
        "headers" => Inside::Many("headers"),
        "examples" if value.is_object() => Inside::Many("examples"),
        "links" => Inside::Many("links"),
        "callbacks" => Inside::Many("callbacks"),
        "requestBodies" => Inside::Many("requestBodies"),
        "securitySchemes" => Inside::Many("securitySchemes"),
        "requestBody" if inside == Inside::Kind("links") => Inside::Data,
        "requestBody" => Inside::Kind("requestBodies"),
        "paths" | "webhooks" | "pathItems" => Inside::Many("pathItems"),
        "content" | "encoding" | "mediaTypes" | "additionalOperations" => Inside::Objects,
        "example" | "examples" | "value" | "dataValue" | "default" | "enum" | "const" | "mapping"
        | "scopes" => Inside::Data,
        _ if inside == Inside::Unknown => Inside::Unknown,
        // The members of a callback are expressions.
        _ if inside == Inside::Kind("callbacks") => Inside::Kind("pathItems"),
        _ => Inside::Object,
    }
}

fn walk(value: &Value, at: &Pointer, inside: Inside, found: &mut Vec<Found>) {
    match value {
        _ if inside == Inside::Data => {}
        Value::Array(items) => {
            let each = match inside {
                Inside::Many(kind) => Inside::Kind(kind),
                Inside::Schemas => Inside::Schema,
                Inside::Objects => Inside::Object,
                other => other,
            };
            for (n, item) in items.iter().enumerate() {
                walk(item, &at.index(n), each, found);
            }
        }
        Value::Object(map) => {
            let names = matches!(inside, Inside::Many(_) | Inside::Schemas | Inside::Objects);
            if let (Some(Value::String(reference)), false) = (map.get("$ref"), names) {
                found.push(Found { at: at.clone(), reference: reference.clone(), wanted: inside.wanted() });
            }
            for (key, value) in map {
                walk(value, &at.join(key), inside.member(key, value), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(root: &Value) -> Vec<String> {
        all(root, false)
            .into_iter()
            .map(|f| format!("{} {} {}", f.at, f.reference, f.wanted.unwrap_or("?")))
            .collect()
    }

    #[test]
    fn data_is_no_reference() {
        let root = json!({"components": {
            "examples": {"a": {"$ref": "one"}, "b": {"value": {"$ref": "no"}}},
            "schemas": {"S": {
                "example": {"$ref": "no"},
                "properties": {"$ref": {"$ref": "two"}, "default": {"$ref": "three"}, "links": {"items": {"$ref": "four"}}},
                "x-more": {"$ref": "no"},
            }},
        }});
        let wanted = [
            "/components/examples/a one examples",
            "/components/schemas/S/properties/$ref two schemas",
            "/components/schemas/S/properties/default three schemas",
            "/components/schemas/S/properties/links/items four schemas",
        ];
        assert_eq!(shown(&root), wanted);
    }

    #[test]
    fn what_belongs_in_a_place_is_known() {
        let root = json!({"paths": {"/a": {"$ref": "p", "get": {
            "parameters": [{"$ref": "a"}, {"schema": {"$ref": "s"}}],
            "requestBody": {"$ref": "b"},
            "responses": {"200": {"$ref": "r"}, "201": {"headers": {"h": {"$ref": "h"}}, "links": {"l": {"parameters": {"$ref": "no"}}}}},
        }}}});
        let kinds: Vec<String> =
            all(&root, false).into_iter().map(|f| format!("{} {:?}", f.reference, f.wanted)).collect();
        let wanted = [
            "p Some(\"pathItems\")",
            "a Some(\"parameters\")",
            "s Some(\"schemas\")",
            "b Some(\"requestBodies\")",
            "r Some(\"responses\")",
            "h Some(\"headers\")",
        ];
        assert_eq!(kinds, wanted);
    }
}
