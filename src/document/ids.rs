//! `$id`, `$anchor` and `$dynamicAnchor` of the schemas in a file (JSON Schema Core 2020-12 §8.2).

use std::collections::HashMap;

use serde_json::Value;

use crate::base::Pointer;
use crate::document::uri;

/// The identifiers of one file.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// Schema resources: their root's pointer and their `$id`, resolved against the enclosing one; outer ones first.
    resources: Vec<(Pointer, String)>,
    /// Anchors: the pointer of the resource that has it, the name, the pointer it names.
    anchors: HashMap<(Pointer, String), Pointer>,
}

impl Ids {
    /// Finds them all; a text without the keywords is not walked.
    pub(crate) fn collect(text: &str, root: &Value) -> Self {
        let mut ids = Self::default();
        if text.contains("$id") || text.contains("nchor") || text.contains("$self") {
            if let Some(own) = root.get("$self").and_then(Value::as_str) {
                ids.resources.push((Pointer::root(), own.to_owned()));
            }
            ids.walk(root, &Pointer::root(), &Pointer::root(), "");
        }
        ids
    }

    fn walk(&mut self, value: &Value, at: &Pointer, resource: &Pointer, base: &str) {
        match value {
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    self.walk(item, &at.index(n), resource, base);
                }
            }
            Value::Object(map) => {
                let own = map.get("$id").and_then(Value::as_str).filter(|id| !id.starts_with('#'));
                let id = own.map(|id| uri::join(base, uri::split(id).0));
                let (resource, base) = match &id {
                    Some(id) => {
                        self.resources.push((at.clone(), id.clone()));
                        (at, id.as_str())
                    }
                    None => (resource, base),
                };
                for keyword in ["$anchor", "$dynamicAnchor"] {
                    if let Some(name) = map.get(keyword).and_then(Value::as_str) {
                        self.anchors.insert((resource.clone(), name.to_owned()), at.clone());
                    }
                }
                for (key, child) in map {
                    // Data, not schemas: what looks like an identifier there is none.
                    if !matches!(key.as_str(), "example" | "examples" | "default" | "enum" | "const") {
                        self.walk(child, &at.join(key), resource, base);
                    }
                }
            }
            _ => {}
        }
    }

    /// The resource that holds `at`: its root and its identifier (none for the file itself).
    pub(crate) fn resource(&self, at: &Pointer) -> (Pointer, Option<&str>) {
        self.resources
            .iter()
            .rev()
            .filter(|(root, _)| at.starts_with(root))
            .max_by_key(|(root, _)| root.as_str().len())
            .map_or((Pointer::root(), None), |(root, id)| (root.clone(), Some(id)))
    }

    /// The root of the resource with that identifier.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Pointer> {
        self.resources.iter().find(|(_, own)| own == id).map(|(root, _)| root)
    }

    /// What the anchor names in the resource; in any resource of the file when that one has none of the name.
    pub(crate) fn anchor(&self, resource: &Pointer, name: &str) -> Option<Pointer> {
        if let Some(at) = self.anchors.get(&(resource.clone(), name.to_owned())) {
            return Some(at.clone());
        }
        let mut others: Vec<_> =
            self.anchors.iter().filter(|((_, n), _)| n == name).map(|(_, at)| at).collect();
        others.sort();
        others.first().map(|at| (*at).clone())
    }

    /// True when the file has no identifiers at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.anchors.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_identifiers_resolve_against_the_outer_ones() {
        let root = json!({"components": {"schemas": {
            "A": {"$id": "https://x.example/a/", "$anchor": "top", "$defs": {"b": {"$id": "b", "$dynamicAnchor": "node"}}},
            "C": {"$anchor": "top", "example": {"$id": "no"}},
        }}});
        let ids = Ids::collect(&root.to_string(), &root);
        let inner = Pointer::parse("/components/schemas/A/$defs/b").unwrap();
        assert_eq!(ids.by_id("https://x.example/a/b"), Some(&inner));
        assert_eq!(ids.by_id("no"), None);
        assert_eq!(ids.resource(&inner.join("properties")).1, Some("https://x.example/a/b"));
        assert_eq!(ids.anchor(&inner, "node"), Some(inner));
        assert_eq!(ids.anchor(&Pointer::root(), "top").unwrap().as_str(), "/components/schemas/C");
    }
}
