//! Every `$ref` of a file, with where it stands; data that only looks like one is passed over.

use serde_json::Value;

use crate::base::Pointer;

/// Calls `found` with the place of each object that has a `$ref`, and the reference.
pub(crate) fn each(root: &Value, found: &mut impl FnMut(&Pointer, &str)) {
    walk(root, &Pointer::root(), Inside::Objects, found);
}

/// What the members of an object are.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    /// Objects of the specification, or schemas.
    Objects,
    /// Things by name: a member called `example` is no example there.
    Names,
    /// Named examples: objects whose `value` is data.
    Examples,
}

fn walk(value: &Value, at: &Pointer, inside: Inside, found: &mut impl FnMut(&Pointer, &str)) {
    match value {
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                walk(item, &at.index(n), Inside::Objects, found);
            }
        }
        Value::Object(map) => {
            if inside == Inside::Objects
                && let Some(Value::String(reference)) = map.get("$ref")
            {
                found(at, reference);
            }
            for (key, value) in map {
                let next = match (inside, key.as_str()) {
                    (Inside::Names | Inside::Examples, _) => Inside::Objects,
                    (_, "example" | "default" | "enum" | "const" | "value" | "dataValue") => continue,
                    (_, "examples") if value.is_object() => Inside::Examples,
                    (_, "examples") => continue,
                    (_, key) if key.starts_with("x-") => continue,
                    (
                        _,
                        "properties"
                        | "patternProperties"
                        | "definitions"
                        | "$defs"
                        | "schemas"
                        | "responses"
                        | "parameters"
                        | "headers"
                        | "links"
                        | "callbacks"
                        | "requestBodies"
                        | "securitySchemes"
                        | "dependentSchemas"
                        | "pathItems"
                        | "paths"
                        | "webhooks"
                        | "content"
                        | "encoding"
                        | "variables"
                        | "mapping"
                        | "scopes"
                        | "mediaTypes"
                        | "additionalOperations",
                    ) => Inside::Names,
                    _ => Inside::Objects,
                };
                walk(value, &at.join(key), next, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn data_is_no_reference() {
        let root = json!({
            "example": {"$ref": "no"},
            "examples": {"a": {"$ref": "yes1"}, "b": {"value": {"$ref": "no"}}},
            "properties": {"$ref": {"$ref": "yes2"}, "default": {"$ref": "yes3"}},
            "parameters": [{"$ref": "yes4"}],
            "x-more": {"$ref": "no"},
        });
        let mut all = Vec::new();
        each(&root, &mut |at, reference| all.push(format!("{at} {reference}")));
        assert_eq!(
            all,
            ["/examples/a yes1", "/properties/$ref yes2", "/properties/default yes3", "/parameters/0 yes4"]
        );
    }
}
