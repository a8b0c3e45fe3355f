//! Compiled schemas: one at a time, and a contract's, compiled on first use.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use serde_json::Value;

use crate::base::limits::REFERENCE_CHAIN_MAX;
use crate::document::{Direction, Location, SchemaError, SchemaSource};
use crate::schema::bundle::Bundle;
use crate::schema::compile::{Compiled, compile};
use crate::schema::flat::Flat;
use crate::schema::resource::Documents;
use crate::schema::violation::Violation;

/// A schema with all that it reaches; compiled when a value is judged for the first time.
pub struct Schema {
    gathered: Bundle,
    whole: OnceLock<Whole>,
    direction: Direction,
    memo: OnceLock<Box<dyn Any + Send + Sync>>,
}

/// What compiling gives.
struct Whole {
    /// None where even repair did not help: everything is valid then, and the bundle says so.
    judge: Option<Compiled>,
    /// The bundle, where it had to be repaired.
    repaired: Option<Bundle>,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema")
            .field("bundle", &self.gathered)
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

impl Schema {
    /// Gathers and compiles the schema at `at`.
    ///
    /// # Errors
    /// [`SchemaError`] when there is none, or none that can be compiled even after repair.
    pub fn build(
        source: &dyn SchemaSource,
        at: &Location,
        direction: Direction,
    ) -> Result<Arc<Self>, SchemaError> {
        let schema = Self::gather(source, at, direction)?;
        match &schema.whole().judge {
            Some(_) => Ok(schema),
            None => Err(schema.bundle().defects()[0].clone()),
        }
    }

    /// Gathers the schema at `at`. One that can't be compiled even after repair lets everything pass, and
    /// [`Bundle::defects`] says so.
    ///
    /// # Errors
    /// [`SchemaError`] when there is none, or it reaches too many others.
    pub fn gather(
        source: &dyn SchemaSource,
        at: &Location,
        direction: Direction,
    ) -> Result<Arc<Self>, SchemaError> {
        let gathered = Bundle::build(source, at, direction)?;
        Ok(Arc::new(Self { gathered, whole: OnceLock::new(), direction, memo: OnceLock::new() }))
    }

    fn whole(&self) -> &Whole {
        self.whole.get_or_init(|| match compile(&self.gathered) {
            Ok((judge, repaired)) => Whole { judge: Some(judge), repaired },
            Err(defect) => {
                Whole { judge: None, repaired: Some(Bundle::of_anything(self.gathered.origin(""), defect)) }
            }
        })
    }

    /// A schema of its own, without a contract, for responses.
    ///
    /// # Errors
    /// [`SchemaError::Invalid`] when it can't be compiled even after repair.
    pub fn from_value(value: Value) -> Result<Arc<Self>, SchemaError> {
        Self::from_documents(vec![(String::new(), value)], Direction::Response)
    }

    /// The first of several documents, given by URI, that refer to one another.
    ///
    /// # Errors
    /// [`SchemaError`] as for [`Schema::build`].
    pub fn from_documents(
        documents: Vec<(String, Value)>,
        direction: Direction,
    ) -> Result<Arc<Self>, SchemaError> {
        Self::build(&Documents::new(documents), &Location::default(), direction)
    }

    /// True when `value` fulfils the schema, formats included.
    #[must_use]
    pub fn is_valid(&self, value: &Value) -> bool {
        self.whole().judge.as_ref().is_none_or(|judge| judge.is_valid(value))
    }

    /// True when a flat document fulfils the schema.
    #[must_use]
    pub fn is_valid_flat(&self, flat: &Flat) -> bool {
        self.whole().judge.as_ref().is_none_or(|judge| judge.is_valid_flat(flat, self.bundle()))
    }

    /// All that is wrong with `value`; empty when nothing is.
    #[must_use]
    pub fn violations(&self, value: &Value) -> Vec<Violation> {
        let judge = self.whole().judge.as_ref();
        judge.map_or_else(Vec::new, |judge| judge.violations(value, self.bundle()))
    }

    /// All that is wrong with a flat document, up to [`crate::base::limits::VIOLATIONS_MAX`]; `None` when it would be too
    /// much work to say ([`crate::base::limits::JUDGE_STEPS_MAX`]).
    #[must_use]
    pub fn violations_flat(&self, flat: &Flat) -> Option<Vec<Violation>> {
        let judge = self.whole().judge.as_ref();
        judge.map_or_else(|| Some(Vec::new()), |judge| judge.violations_flat(flat, self.bundle()))
    }

    /// The schemas themselves, in one document; as they were compiled.
    #[must_use]
    pub fn bundle(&self) -> &Bundle {
        self.whole().repaired.as_ref().unwrap_or(&self.gathered)
    }

    /// The schemas as the contract has them, not compiled for it: what can't be compiled still stands there. For
    /// looking at what a schema means.
    #[must_use]
    pub fn outline(&self) -> &Bundle {
        &self.gathered
    }

    /// Which way values of this schema go.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Something that is worked out once for this schema and kept with it. `None` when something of another type is
    /// kept already: a schema keeps one thing.
    pub fn memo<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.memo.get_or_init(|| Box::new(make())).downcast_ref()
    }
}

type Known = HashMap<(Location, Direction), Result<Arc<Schema>, SchemaError>>;

/// A contract's schemas, gathered and compiled on first use, and kept.
pub struct Schemas {
    source: Arc<dyn SchemaSource>,
    known: RwLock<Known>,
}

impl fmt::Debug for Schemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schemas")
    }
}

impl Schemas {
    /// Schemas of `source`; none is compiled yet.
    #[must_use]
    pub fn new(source: Arc<dyn SchemaSource>) -> Self {
        Self { source, known: RwLock::default() }
    }

    /// Where the schemas come from.
    #[must_use]
    pub fn source(&self) -> Arc<dyn SchemaSource> {
        Arc::clone(&self.source)
    }

    /// The schema at `at` for messages that go in `direction`.
    ///
    /// # Errors
    /// [`SchemaError`] when there is none, or it reaches too many others.
    pub fn get(&self, at: &Location, direction: Direction) -> Result<Arc<Schema>, SchemaError> {
        let known = |at: &Location| {
            self.known.read().unwrap_or_else(PoisonError::into_inner).get(&(at.clone(), direction)).cloned()
        };
        if let Some(known) = known(at) {
            return known;
        }
        let target = self.target(at);
        let built = known(&target).unwrap_or_else(|| Schema::gather(&*self.source, &target, direction));
        // A panic elsewhere leaves the map as it was: entries are only ever added whole. Two threads may have built
        // the same schema: the first one stays.
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let shared = known.entry((target, direction)).or_insert(built).clone();
        known.entry((at.clone(), direction)).or_insert(shared).clone()
    }

    /// What a schema that is nothing but a reference leads to, so that all who refer to it share one. A schema whose
    /// dynamic anchors would be left behind stays itself.
    fn target(&self, at: &Location) -> Location {
        let mut place = at.clone();
        for _ in 0..REFERENCE_CHAIN_MAX {
            let Ok(schema) = self.source.schema(&place) else { return at.clone() };
            let only = schema.as_object().filter(|members| members.len() == 1);
            let Some(reference) = only.and_then(|members| members.get("$ref")?.as_str()) else {
                return place;
            };
            let Ok(next) = self.source.resolve(&place, reference) else { return place };
            if next.file != place.file && !self.source.dynamic_anchors(&place).is_empty() {
                return place;
            }
            place = next;
        }
        // A chain without end: what is wrong with it is told of the schema that was asked for.
        at.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn violations_point_into_the_schema_through_references() {
        let schema = Schema::from_value(json!({
            "$defs": {"name": {"type": "string", "minLength": 2}},
            "type": "object",
            "properties": {"a/b": {"$ref": "#/$defs/name"}},
            "required": ["id"],
        }))
        .unwrap();
        let found = schema.violations(&json!({"a/b": "x"}));
        let places: Vec<_> = found
            .iter()
            .map(|v| (v.keyword.as_str(), v.instance.as_str(), v.schema.pointer.as_str()))
            .collect();
        assert!(places.contains(&("minLength", "/a~1b", "/$defs/name/minLength")), "{places:?}");
        assert!(places.contains(&("required", "", "/required")), "{places:?}");
        let missing = found.iter().find(|v| v.keyword == "required").unwrap();
        assert_eq!(missing.expected, json!("id"));
    }

    #[test]
    fn direction_decides_what_is_required() {
        let document = json!({
            "type": "object",
            "properties": {"id": {"type": "integer", "readOnly": true}, "secret": {"type": "string", "writeOnly": true}},
            "required": ["id", "secret"],
        });
        let build =
            |direction| Schema::from_documents(vec![(String::new(), document.clone())], direction).unwrap();
        let (request, response) = (build(Direction::Request), build(Direction::Response));
        assert!(request.is_valid(&json!({"secret": "x"})) && !request.is_valid(&json!({"id": 1})));
        assert!(response.is_valid(&json!({"id": 1})) && !response.is_valid(&json!({"secret": "x"})));
        let leak = response.violations(&json!({"id": 1, "secret": "x"}));
        assert_eq!(leak[0].keyword, "writeOnly");
    }

    #[test]
    fn what_can_not_be_compiled_is_dropped_and_told() {
        let schema = Schema::from_value(json!({
            "type": "object",
            "properties": {"a": {"type": "string", "pattern": "(", "minLength": "3"}, "b": {"$ref": "#/nowhere"}},
        }))
        .unwrap();
        assert!(schema.is_valid(&json!({"a": "", "b": 1})) && !schema.is_valid(&json!({"a": 1})));
        assert_eq!(schema.bundle().defects().len(), 3, "{:?}", schema.bundle().defects());
    }

    #[test]
    fn schemas_that_are_references_share_what_they_refer_to() {
        let document = json!({
            "a": {"$ref": "#/c"}, "b": {"$ref": "#/a"}, "c": {"type": "integer"},
            "own": {"$ref": "#/c", "minimum": 1}, "lost": {"$ref": "#/nowhere"}, "round": {"$ref": "#/round"},
        });
        let schemas = Schemas::new(Arc::new(Documents::new(vec![(String::new(), document)])));
        let get = |name: &str| {
            let at = Location::default().join(name);
            schemas.get(&at, Direction::Response).unwrap()
        };
        assert!(Arc::ptr_eq(&get("a"), &get("c")) && Arc::ptr_eq(&get("b"), &get("c")));
        assert!(!Arc::ptr_eq(&get("own"), &get("c")));
        assert!(
            get("b").is_valid(&json!(0)) && !get("own").is_valid(&json!(0)) && !get("a").is_valid(&json!(""))
        );
        assert_eq!(get("lost").bundle().defects().len(), 1);
        assert!(!Arc::ptr_eq(&get("round"), &get("c")));
    }

    #[test]
    fn dynamic_references_follow_the_scope() {
        let schema = Schema::from_value(json!({
            "$id": "http://x/strict", "$dynamicAnchor": "node",
            "$ref": "tree", "unevaluatedProperties": false,
            "$defs": {"tree": {
                "$id": "tree", "$dynamicAnchor": "node", "type": "object",
                "properties": {"data": true, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
            }},
        }))
        .unwrap();
        assert!(schema.is_valid(&json!({"children": [{"data": 1}]})));
        assert!(!schema.is_valid(&json!({"children": [{"daat": 1}]})));
    }
}
