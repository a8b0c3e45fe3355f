//! One self-contained document out of all schemas that a schema reaches.
//!
//! Every reachable schema becomes an entry of the root's `$defs` and every reference a plain `#/$defs/N`. Identifiers,
//! anchors and dynamic references (JSON Schema 2020-12 Core, 8.2) are gone afterwards: a schema that is reached under
//! two different dynamic scopes stands there twice. What reads the bundle needs no scopes and no base URIs.

use std::collections::{BTreeMap, HashMap, HashSet};

use indexmap::IndexSet;
use serde_json::{Map, Value, json};

use crate::base::Pointer;
use crate::base::limits::{BUNDLE_SCHEMAS_MAX, REFERENCE_CHAIN_MAX, SCHEMA_DEPTH_MAX};
use crate::base::pointer;
use crate::document::source::origin_of;
use crate::document::{Direction, Location, SchemaError, SchemaSource};
use crate::schema::format;
use crate::schema::keywords::{Holds, holds, in_place};

/// Stands beside a `format` that bounds numbers; the judge reports it as `format`.
pub(super) const RANGE_KEYWORD: &str = "x-format-range";

/// Dynamic anchors in force, by name: the outermost resource's wins.
type Scope = BTreeMap<String, Location>;

/// A self-contained document with the way back to where everything came from.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    document: Value,
    places: Vec<Location>,
    omitted: HashSet<String>,
    defects: Vec<SchemaError>,
}

impl Bundle {
    /// Gathers what the schema at `at` reaches.
    ///
    /// A reference that leads nowhere becomes the schema that allows everything, and is listed in
    /// [`Bundle::defects`]: one bad corner does not make the rest useless.
    ///
    /// # Errors
    /// [`SchemaError`] when there is no schema at `at`, or it reaches more than [`BUNDLE_SCHEMAS_MAX`] others.
    pub fn build(
        source: &dyn SchemaSource,
        at: &Location,
        direction: Direction,
    ) -> Result<Self, SchemaError> {
        let mut gatherer = Gatherer { source, known: HashMap::new(), queue: Vec::new(), defects: Vec::new() };
        gatherer.entry(at.clone(), Scope::new());
        let mut definitions = Map::new();
        let mut next = 0;
        while next < gatherer.queue.len() {
            let (place, scope) = gatherer.queue[next].clone();
            if next > BUNDLE_SCHEMAS_MAX {
                return Err(SchemaError::Invalid {
                    at: at.clone(),
                    reason: format!("it reaches more than {BUNDLE_SCHEMAS_MAX} schemas"),
                });
            }
            let definition = match source.schema(&place) {
                Ok(raw) => gatherer.rewrite(&raw, &place, &scope, 0),
                Err(error) if next == 0 => return Err(error),
                Err(error) => {
                    gatherer.defects.push(error);
                    Value::Bool(true)
                }
            };
            definitions.insert(next.to_string(), definition);
            next += 1;
        }
        let mut bundle = Self {
            document: json!({ "$ref": "#/$defs/0", "$defs": definitions }),
            places: gatherer.queue.into_iter().map(|(place, _)| place).collect(),
            omitted: HashSet::new(),
            defects: gatherer.defects,
        };
        bundle.apply_direction(direction);
        Ok(bundle)
    }

    /// The bundle that allows everything, for a schema that can't be used.
    pub(super) fn of_anything(at: Option<Location>, defect: SchemaError) -> Self {
        Self {
            document: json!({ "$ref": "#/$defs/0", "$defs": { "0": true } }),
            places: at.into_iter().collect(),
            omitted: HashSet::new(),
            defects: vec![defect],
        }
    }

    /// The document: `{"$ref": "#/$defs/0", "$defs": {…}}`.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Where in the contract the thing at `pointer` of the document stands.
    #[must_use]
    pub fn origin(&self, pointer: &str) -> Option<Location> {
        let rest = match pointer.strip_prefix("/$defs/") {
            Some(rest) => rest,
            None => return self.places.first().cloned(),
        };
        let (number, below) = rest.split_once('/').map_or((rest, ""), |(n, _)| (n, &rest[n.len()..]));
        let mut place = self.places.get(number.parse::<usize>().ok()?)?.clone();
        let mut schema = self.document.get("$defs").and_then(|all| all.get(number));
        let mut rest = Pointer::root();
        for token in Pointer::parse(below)?.tokens() {
            rest.push(&token);
            schema = schema.and_then(|parent| match parent {
                Value::Array(items) => items.get(token.parse::<usize>().ok()?),
                other => other.get(&*token),
            });
            // A schema that had to move in lowering says where it stood.
            if let Some(before) = schema.and_then(origin_of) {
                (place, rest) = (before, Pointer::root());
            }
        }
        Some(Location::new(place.file, place.pointer.concat(&rest)))
    }

    /// True when the property whose schema stands at `pointer` does not belong in messages of the bundle's direction
    /// (`readOnly` in requests, `writeOnly` in responses): it is not generated.
    #[must_use]
    pub fn is_omitted(&self, pointer: &str) -> bool {
        self.omitted.contains(pointer)
    }

    /// What is wrong with the schemas and was repaired here.
    #[must_use]
    pub fn defects(&self) -> &[SchemaError] {
        &self.defects
    }

    /// Takes the keyword (or list item) at `pointer` away because it can't be compiled; false when there is none.
    pub(crate) fn drop_keyword(&mut self, pointer: &str, reason: &str) -> bool {
        let Some(at) = self.origin(pointer) else { return false };
        let Some((parent, key)) = Pointer::parse(pointer).and_then(|p| {
            let key = p.last()?.into_owned();
            Some((p.parent()?, key))
        }) else {
            return false;
        };
        let gone = match self.document.pointer_mut(parent.as_str()) {
            Some(Value::Object(members)) => members.shift_remove(&key).is_some(),
            Some(Value::Array(items)) => match key.parse::<usize>() {
                Ok(index) if index < items.len() => {
                    items.remove(index);
                    true
                }
                _ => false,
            },
            _ => false,
        };
        if gone {
            self.defects.push(SchemaError::Invalid { at, reason: reason.to_owned() });
        }
        gone
    }

    /// Removes what must not be there from `required`, and in responses forbids `writeOnly` properties. In requests
    /// `readOnly` properties stay allowed: servers are expected to ignore them (JSON Schema Validation, 9.4).
    fn apply_direction(&mut self, direction: Direction) {
        let word = match direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        let mut found = Vec::new();
        for (number, definition) in self.document["$defs"].as_object().into_iter().flatten() {
            self.find_objects(definition, &format!("/$defs/{number}"), word, &mut found, 0);
        }
        for (pointer, names) in found {
            for name in &names {
                let property = format!("{pointer}/properties/{}", escape(name));
                if pointer::find(&self.document, &property).is_some() {
                    self.omitted.insert(property.clone());
                    if direction == Direction::Response
                        && let Some(place) = self.document.pointer_mut(&property)
                    {
                        *place = Value::Bool(false);
                    }
                }
            }
            if let Some(schema) = self.document.pointer_mut(&pointer) {
                forget_required(schema, &names, 0);
            }
        }
    }

    fn find_objects(
        &self,
        schema: &Value,
        pointer: &str,
        word: &str,
        found: &mut Vec<(String, IndexSet<String>)>,
        depth: usize,
    ) {
        let Value::Object(members) = schema else { return };
        if depth > SCHEMA_DEPTH_MAX {
            return;
        }
        let mut names = IndexSet::new();
        self.marked_properties(schema, word, &mut names, &mut HashSet::new(), 0);
        if !names.is_empty() {
            found.push((pointer.to_owned(), names));
        }
        for_each_subschema(members, |keyword, path, sub| {
            let _ = keyword;
            self.find_objects(sub, &format!("{pointer}{path}"), word, found, depth + 1);
        });
    }

    /// Names of properties that carry `word`, declared by the schema or what it is made of.
    fn marked_properties(
        &self,
        schema: &Value,
        word: &str,
        names: &mut IndexSet<String>,
        seen: &mut HashSet<usize>,
        depth: usize,
    ) {
        // What several parts include is looked at once.
        if depth > REFERENCE_CHAIN_MAX || depth > 0 && !seen.insert(std::ptr::from_ref(schema).addr()) {
            return;
        }
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                if self.is_marked(property, word, &mut HashSet::new(), 0) {
                    names.insert(name.clone());
                }
            }
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.marked_properties(part, word, names, seen, depth + 1);
        }
        if let Some(target) = self.target(schema) {
            self.marked_properties(target, word, names, seen, depth + 1);
        }
    }

    fn is_marked(&self, schema: &Value, word: &str, seen: &mut HashSet<usize>, depth: usize) -> bool {
        if depth > REFERENCE_CHAIN_MAX || depth > 0 && !seen.insert(std::ptr::from_ref(schema).addr()) {
            return false;
        }
        schema.get(word) == Some(&Value::Bool(true))
            || self.target(schema).is_some_and(|t| self.is_marked(t, word, seen, depth + 1))
            || schema
                .get("allOf")
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|part| self.is_marked(part, word, seen, depth + 1)))
    }

    fn target(&self, schema: &Value) -> Option<&Value> {
        let reference = schema.get("$ref")?.as_str()?;
        pointer::find(&self.document, reference.strip_prefix('#')?)
    }
}

fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// Removes `names` from `required` of the schema and of those parts of it that stand in place, not behind references.
fn forget_required(schema: &mut Value, names: &IndexSet<String>, depth: usize) {
    let Value::Object(members) = schema else { return };
    if depth > SCHEMA_DEPTH_MAX {
        return;
    }
    if let Some(Value::Array(required)) = members.get_mut("required") {
        required.retain(|name| name.as_str().is_none_or(|name| !names.contains(name)));
    }
    for (keyword, value) in members.iter_mut().filter(|(keyword, _)| in_place(keyword) && *keyword != "not") {
        match (holds(keyword), value) {
            (Some(Holds::One), sub) => forget_required(sub, names, depth + 1),
            (Some(Holds::List), Value::Array(items)) => {
                items.iter_mut().for_each(|sub| forget_required(sub, names, depth + 1));
            }
            (Some(Holds::Map), Value::Object(map)) => {
                map.values_mut().for_each(|sub| forget_required(sub, names, depth + 1));
            }
            _ => {}
        }
    }
}

/// Calls `visit` with keyword, pointer below the schema, and each schema directly inside `members`.
pub fn for_each_subschema<'v>(
    members: &'v Map<String, Value>,
    mut visit: impl FnMut(&'v str, String, &'v Value),
) {
    for (keyword, value) in members {
        match (holds(keyword), value) {
            (Some(Holds::One), sub) => visit(keyword, format!("/{keyword}"), sub),
            (Some(Holds::List), Value::Array(items)) => {
                for (n, sub) in items.iter().enumerate() {
                    visit(keyword, format!("/{keyword}/{n}"), sub);
                }
            }
            (Some(Holds::Map), Value::Object(map)) => {
                for (name, sub) in map {
                    visit(keyword, format!("/{keyword}/{}", escape(name)), sub);
                }
            }
            _ => {}
        }
    }
}

struct Gatherer<'s> {
    source: &'s dyn SchemaSource,
    known: HashMap<(Location, Scope), usize>,
    queue: Vec<(Location, Scope)>,
    defects: Vec<SchemaError>,
}

impl Gatherer<'_> {
    /// The number of the definition for `place`, reached from `scope`.
    fn entry(&mut self, place: Location, mut scope: Scope) -> usize {
        enter(self.source, &place, &mut scope);
        let queue = &mut self.queue;
        *self.known.entry((place.clone(), scope.clone())).or_insert_with(|| {
            queue.push((place, scope));
            queue.len() - 1
        })
    }

    fn rewrite(&mut self, schema: &Value, place: &Location, scope: &Scope, depth: usize) -> Value {
        let members = match schema {
            Value::Object(members) if depth <= SCHEMA_DEPTH_MAX => members,
            Value::Bool(_) => return schema.clone(),
            _ => {
                self.defects.push(SchemaError::Invalid {
                    at: place.clone(),
                    reason: "a schema must be an object or a boolean, and not nested too deeply".to_owned(),
                });
                return Value::Bool(true);
            }
        };
        let entered;
        let scope = if depth > 0 && members.contains_key("$id") {
            let mut wider = scope.clone();
            enter(self.source, place, &mut wider);
            entered = wider;
            &entered
        } else {
            scope
        };
        let mut out = Map::new();
        for (keyword, value) in members {
            match (keyword.as_str(), value) {
                (
                    "$id" | "$schema" | "$anchor" | "$dynamicAnchor" | "$defs" | "$vocabulary" | "$comment"
                    | "definitions",
                    _,
                ) => {}
                ("$ref", Value::String(reference)) => {
                    self.refer(&mut out, place, reference, scope, false);
                }
                ("$dynamicRef", Value::String(reference)) => {
                    self.refer(&mut out, place, reference, scope, true);
                }
                _ => {
                    let rewritten = self.rewrite_keyword(keyword, value, &place.join(keyword), scope, depth);
                    out.insert(keyword.clone(), rewritten);
                }
            }
        }
        let format = members.get("format").and_then(Value::as_str).and_then(format::find);
        if let Some(format) = format.filter(|format| format.range.is_some()) {
            out.insert(RANGE_KEYWORD.to_owned(), Value::from(format.name));
        }
        Value::Object(out)
    }

    fn rewrite_keyword(
        &mut self,
        keyword: &str,
        value: &Value,
        place: &Location,
        scope: &Scope,
        depth: usize,
    ) -> Value {
        match (holds(keyword), value) {
            (Some(Holds::One), sub) => self.rewrite(sub, place, scope, depth + 1),
            (Some(Holds::List), Value::Array(items)) => {
                let list = items.iter().enumerate();
                let mut list: Vec<Value> =
                    list.map(|(n, sub)| self.rewrite(sub, &place.index(n), scope, depth + 1)).collect();
                if keyword == "allOf" {
                    once_each(&mut list);
                }
                Value::Array(list)
            }
            (Some(Holds::Map), Value::Object(map)) => map
                .iter()
                .map(|(name, sub)| (name.clone(), self.rewrite(sub, &place.join(name), scope, depth + 1)))
                .collect(),
            _ => value.clone(),
        }
    }

    /// Writes a reference; a second one in the same schema (`$ref` beside `$dynamicRef`) goes into `allOf`.
    fn refer(
        &mut self,
        out: &mut Map<String, Value>,
        place: &Location,
        reference: &str,
        scope: &Scope,
        dynamic: bool,
    ) {
        let target = match self.source.resolve(place, reference) {
            Ok(target) if dynamic => self.dynamic_target(reference, target, scope),
            Ok(target) => target,
            Err(error) => {
                self.defects.push(error);
                return;
            }
        };
        let number = self.entry(target, scope.clone());
        let text = format!("#/$defs/{number}");
        if out.contains_key("$ref") {
            let also = json!({ "$ref": text });
            match out.get_mut("allOf") {
                Some(Value::Array(all)) => all.push(also),
                _ => {
                    out.insert("allOf".to_owned(), json!([also]));
                }
            }
        } else {
            out.insert("$ref".to_owned(), Value::String(text));
        }
    }

    /// JSON Schema 2020-12 Core, 8.2.3.2: only a target that is itself a dynamic anchor moves to the outermost one.
    fn dynamic_target(&self, reference: &str, target: Location, scope: &Scope) -> Location {
        let name = reference.rsplit_once('#').map_or("", |(_, fragment)| fragment);
        let is_dynamic = self
            .source
            .schema(&target)
            .is_ok_and(|schema| schema.get("$dynamicAnchor").and_then(Value::as_str) == Some(name));
        if is_dynamic { scope.get(name).cloned().unwrap_or(target) } else { target }
    }
}

/// References that stand twice in an `allOf` say nothing the second time, but are judged again.
fn once_each(parts: &mut [Value]) {
    let mut known = HashSet::new();
    for part in parts {
        let only = part.as_object().filter(|members| members.len() == 1);
        let reference = only.and_then(|members| members.get("$ref")?.as_str());
        if reference.is_some_and(|reference| !known.insert(reference.to_owned())) {
            *part = Value::Bool(true);
        }
    }
}

fn enter(source: &dyn SchemaSource, place: &Location, scope: &mut Scope) {
    for (name, anchor) in source.dynamic_anchors(place) {
        scope.entry(name).or_insert(anchor);
    }
}
