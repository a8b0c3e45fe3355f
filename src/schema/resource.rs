//! A source of schemas over plain documents, with identifiers and anchors (JSON Schema 2020-12 Core, section 8):
//! for tests, suites and library users who have a schema and no contract.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::base::Pointer;
use crate::base::limits::SCHEMA_DEPTH_MAX;
use crate::document::uri;
use crate::document::{FileId, Location, SchemaError, SchemaSource};
use crate::schema::bundle::for_each_subschema;

/// Documents by URI. The first is the one that is asked for.
#[derive(Debug)]
pub struct Documents {
    documents: Vec<(String, Value)>,
    /// Resources by absolute URI without fragment.
    resources: HashMap<String, Location>,
    /// Anchors by resource URI and name; true for dynamic ones.
    anchors: HashMap<(String, String), (Location, bool)>,
    /// Pointers at which a base URI starts, for each document.
    bases: Vec<HashMap<String, String>>,
}

impl Documents {
    /// Indexes documents that are given with their retrieval URIs.
    #[must_use]
    pub fn new(documents: Vec<(String, Value)>) -> Self {
        let mut index = Self {
            bases: vec![HashMap::new(); documents.len()],
            documents: Vec::new(),
            resources: HashMap::new(),
            anchors: HashMap::new(),
        };
        for (number, (uri, document)) in documents.iter().enumerate() {
            let place = Location::new(FileId(u32::try_from(number).unwrap_or(u32::MAX)), Pointer::root());
            let uri = uri.trim_end_matches('#').to_owned();
            index.bases[number].insert(String::new(), uri.clone());
            index.resources.entry(uri.clone()).or_insert_with(|| place.clone());
            index.walk(document, &place, &uri, 0);
        }
        index.documents = documents;
        index
    }

    fn walk(&mut self, schema: &Value, place: &Location, base: &str, depth: usize) {
        let Value::Object(members) = schema else { return };
        if depth > SCHEMA_DEPTH_MAX {
            return;
        }
        let own;
        let base = match members.get("$id").and_then(Value::as_str) {
            Some(id) => {
                own = join(base, id).0;
                self.resources.insert(own.clone(), place.clone());
                if let Some(bases) = self.bases.get_mut(place.file.0 as usize) {
                    bases.insert(place.pointer.as_str().to_owned(), own.clone());
                }
                own.as_str()
            }
            None => base,
        };
        for (keyword, dynamic) in [("$anchor", false), ("$dynamicAnchor", true)] {
            if let Some(name) = members.get(keyword).and_then(Value::as_str) {
                self.anchors.insert((base.to_owned(), name.to_owned()), (place.clone(), dynamic));
            }
        }
        let below = |path: &str| {
            Location::new(place.file, place.pointer.concat(&Pointer::parse(path).unwrap_or_default()))
        };
        for_each_subschema(members, |_, path, sub| self.walk(sub, &below(&path), base, depth + 1));
        for word in ["$defs", "definitions"] {
            for (name, sub) in members.get(word).and_then(Value::as_object).into_iter().flatten() {
                self.walk(sub, &place.join(word).join(name), base, depth + 1);
            }
        }
    }

    fn base_of(&self, at: &Location) -> &str {
        let Some(bases) = self.bases.get(at.file.0 as usize) else { return "" };
        let mut pointer = Some(at.pointer.clone());
        while let Some(here) = pointer {
            if let Some(base) = bases.get(here.as_str()) {
                return base;
            }
            pointer = here.parent();
        }
        ""
    }
}

impl SchemaSource for Documents {
    fn schema(&self, at: &Location) -> Result<Arc<Value>, SchemaError> {
        self.documents
            .get(at.file.0 as usize)
            .and_then(|(_, document)| at.pointer.lookup(document))
            .map(|schema| Arc::new(schema.clone()))
            .ok_or_else(|| SchemaError::Unresolvable {
                reference: at.pointer.to_string(),
                at: at.clone(),
                reason: "there is nothing at this pointer".to_owned(),
            })
    }

    fn resolve(&self, from: &Location, reference: &str) -> Result<Location, SchemaError> {
        let lost = |reason: &str| SchemaError::Unresolvable {
            reference: reference.to_owned(),
            at: from.clone(),
            reason: reason.to_owned(),
        };
        let (uri, fragment) = join(self.base_of(from), reference);
        let resource = self.resources.get(&uri).ok_or_else(|| lost("no such document"))?;
        let fragment = percent_encoding::percent_decode_str(&fragment).decode_utf8_lossy().into_owned();
        if let Some(pointer) = Pointer::parse(&fragment) {
            let place = Location::new(resource.file, resource.pointer.concat(&pointer));
            self.schema(&place).map_err(|_| lost("there is nothing at this pointer"))?;
            return Ok(place);
        }
        match self.anchors.get(&(uri, fragment)) {
            Some((place, _)) => Ok(place.clone()),
            None => Err(lost("no such anchor")),
        }
    }

    fn dynamic_anchors(&self, at: &Location) -> Vec<(String, Location)> {
        let base = self.base_of(at);
        let mut found: Vec<_> = self
            .anchors
            .iter()
            .filter(|((uri, _), (_, dynamic))| *dynamic && uri == base)
            .map(|((_, name), (place, _))| (name.clone(), place.clone()))
            .collect();
        found.sort();
        found
    }
}

/// Resolves `reference` against `base`; the fragment apart.
fn join(base: &str, reference: &str) -> (String, String) {
    let (target, fragment) = uri::split(reference);
    (uri::join(uri::split(base).0, target), fragment.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_join_their_base() {
        let cases = [
            ("http://a/b/c.json", "d.json#/x", "http://a/b/d.json"),
            ("http://a/b/c.json", "../d.json", "http://a/d.json"),
            ("http://a/b/c.json", "/d", "http://a/d"),
            ("http://a", "d", "http://a/d"),
            ("urn:uuid:1", "#foo", "urn:uuid:1"),
            ("mem:root", "urn:x:y", "urn:x:y"),
            ("http://a/b", "", "http://a/b"),
            ("", "d.json", "d.json"),
        ];
        for (base, reference, wanted) in cases {
            assert_eq!(join(base, reference).0, wanted, "{base} + {reference}");
        }
    }
}
