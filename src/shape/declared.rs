//! Where a contract declares enumerations, and which members it names: by the places that shapes are rendered at.

use std::collections::HashSet;

use serde_json::Value;

use crate::base::limits::{DECLARED_DEPTH_MAX, DECLARED_STEPS_MAX};
use crate::base::pointer;
use crate::schema::Schema;

/// Places in a shape: `/name` for a member, `/[]` for the items of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    words: HashSet<String>,
}

impl Declared {
    /// What `schema` declares.
    #[must_use]
    pub fn of(schema: &Schema) -> Self {
        let document = schema.outline().document();
        let mut walk = Walk { document, declared: Self::default(), steps: DECLARED_STEPS_MAX };
        walk.visit(document, "", 0);
        walk.declared
    }

    /// True when texts at this place are words of a declared `enum` or `const`.
    #[must_use]
    pub fn has_words(&self, place: &str) -> bool {
        self.words.contains(place)
    }
}

struct Walk<'d> {
    document: &'d Value,
    declared: Declared,
    steps: usize,
}

impl Walk<'_> {
    fn visit(&mut self, schema: &Value, place: &str, depth: usize) {
        let Some(members) = schema.as_object().filter(|_| depth < DECLARED_DEPTH_MAX && self.steps > 0)
        else {
            return;
        };
        self.steps -= 1;
        if members.contains_key("enum") || members.contains_key("const") {
            self.declared.words.insert(place.to_owned());
        }
        let target = members
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| pointer::find(self.document, r.strip_prefix('#')?));
        if let Some(target) = target {
            self.visit(target, place, depth + 1);
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for branch in members.get(keyword).and_then(Value::as_array).into_iter().flatten() {
                self.visit(branch, place, depth + 1);
            }
        }
        for (name, property) in members.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.visit(property, &format!("{place}/{name}"), depth + 1);
        }
        if let Some(others) = members.get("additionalProperties") {
            self.visit(others, &format!("{place}/*"), depth + 1);
        }
        let items = members.get("items").into_iter();
        for item in items.chain(members.get("prefixItems").and_then(Value::as_array).into_iter().flatten()) {
            self.visit(item, &format!("{place}/[]"), depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn enumerations_are_found_through_references_and_recursion_ends() {
        let schema = Schema::from_value(json!({
            "$defs": {"kind": {"enum": ["a"]}, "node": {"properties": {"next": {"$ref": "#/$defs/node"}}}},
            "allOf": [{"properties": {"k": {"$ref": "#/$defs/kind"}}}],
            "properties": {"l": {"items": {"anyOf": [{"const": "x"}, {"type": "null"}]}}, "n": {"$ref": "#/$defs/node"}},
            "additionalProperties": {"$ref": "#/$defs/kind"},
        }))
        .unwrap();
        let declared = Declared::of(&schema);
        assert!(["/k", "/l/[]", "/*"].iter().all(|place| declared.has_words(place)));
        assert!(!declared.has_words("") && !declared.has_words("/n"));
    }
}
