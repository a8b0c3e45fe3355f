//! Contradictions: seeing the common ones early, and noting their places.

use serde_json::Value;

use super::equal::among;
use super::expand::Expander;
use super::node::Node;
use super::table::{Id, Term};
use crate::base::pointer;
use crate::schema::Types;

impl Expander<'_> {
    /// True when a required property would have to have two different constant values.
    pub(super) fn clash(&mut self, node: &Node) -> bool {
        if node.types != Types::OBJECT || node.object.groups.len() < 2 {
            return false;
        }
        let groups = &node.object.groups;
        self.spend(groups.len().saturating_mul(node.object.required.len()) / 16);
        if self.is_spent() {
            return false;
        }
        for name in &node.object.required {
            let mut allowed: Option<Vec<Value>> = None;
            let mut barred: Vec<Value> = Vec::new();
            for term in groups.iter().filter_map(|group| *group.known.get(name)?) {
                match term {
                    Term::Is(id) => {
                        let Some(own) = self.constants(id, 0) else { continue };
                        allowed = Some(match allowed {
                            None => own,
                            Some(old) => among(&old, &own, true).into_iter().cloned().collect(),
                        });
                    }
                    Term::Not(id) => barred.extend(self.constants(id, 0).unwrap_or_default()),
                    Term::Breaks(..) => {}
                }
            }
            if allowed.is_some_and(|allowed| among(&allowed, &barred, false).is_empty()) {
                return true;
            }
        }
        false
    }

    /// The values of a schema that is little more than `const` or `enum`.
    fn constants(&self, id: Id, depth: usize) -> Option<Vec<Value>> {
        let held = self.table.value(self.bundle, id);
        let members = held.as_object()?;
        if let Some(value) = members.get("const") {
            return Some(vec![value.clone()]);
        }
        if let Some(values) = members.get("enum").and_then(Value::as_array) {
            return Some(values.clone());
        }
        let target = members.get("$ref")?.as_str()?.strip_prefix('#')?;
        let target = pointer::find(self.bundle.document(), target)?;
        match (target.get("const"), target.get("enum")) {
            (Some(value), _) => Some(vec![value.clone()]),
            (None, Some(Value::Array(values))) if depth == 0 => Some(values.clone()),
            _ => None,
        }
    }

    pub(super) fn note_conflict(&mut self, x: &Node, y: &Node) {
        if self.conflicts.len() > 64 {
            return;
        }
        let words: &[&str] = if x.types.and(y.types).is_empty() {
            &["type", "enum", "const", "properties", "required", "items", "not"]
        } else if x.values.is_some() || y.values.is_some() {
            &["enum", "const", "type", "not"]
        } else {
            &[
                "minLength",
                "maxLength",
                "minItems",
                "maxItems",
                "minProperties",
                "maxProperties",
                "required",
                "not",
            ]
        };
        for id in x.said.iter().chain(&y.said) {
            let held = self.table.value(self.bundle, *id);
            for word in words.iter().filter(|word| held.get(**word).is_some()) {
                if let Some(place) = self.table.place(self.bundle, *id, word)
                    && !self.conflicts.contains(&place)
                {
                    self.conflicts.push(place);
                }
            }
        }
    }

    /// Notes all places that had a say in a conjunction that nothing fulfils.
    pub(crate) fn note_empty(&mut self, node: &Node) {
        const WORDS: [&str; 26] = [
            "type",
            "enum",
            "const",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "pattern",
            "format",
            "minItems",
            "maxItems",
            "items",
            "prefixItems",
            "contains",
            "minContains",
            "maxContains",
            "uniqueItems",
            "required",
            "properties",
            "additionalProperties",
            "minProperties",
            "maxProperties",
            "not",
        ];
        for id in &node.said {
            let held = self.table.value(self.bundle, *id);
            for word in WORDS.iter().filter(|word| held.get(**word).is_some()) {
                if let Some(place) = self.table.place(self.bundle, *id, word)
                    && self.conflicts.len() < 64
                    && !self.conflicts.contains(&place)
                {
                    self.conflicts.push(place);
                }
            }
        }
    }
}
