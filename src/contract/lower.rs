//! Schema Objects of any version become JSON Schema 2020-12 that a compiler accepts.
//!
//! Pointers are kept, so that places in the lowered schema are places in the contract; where a schema has to move (the
//! wrapping of a nullable composition) it carries its place in [`ORIGIN`].

use serde_json::{Map, Value, json};

use crate::base::Pointer;
use crate::contract::keyword::{Keyword, TYPES, repair};
use crate::contract::version::Version;
use crate::document::files::nearest;
use crate::document::source::ORIGIN;
use crate::document::{Diagnostic, FileId, Location};

/// The state of one lowering.
pub(crate) struct Lower<'d> {
    version: Version,
    /// The tree of the file, for what depends on ancestors.
    root: &'d Value,
    file: FileId,
    /// What had to be repaired.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'d> Lower<'d> {
    /// A lowering of schemas in the file with that tree.
    #[must_use]
    pub(crate) fn new(version: Version, root: &'d Value, file: FileId) -> Self {
        Self { version, root, file, diagnostics: Vec::new() }
    }

    /// True for the versions whose schemas are an extended draft 4 or 5 rather than 2020-12.
    fn old(&self) -> bool {
        self.version <= Version::V30
    }

    /// The schema at `at`, lowered with all that is nested in it. References are left as written.
    pub(crate) fn schema(&mut self, schema: &Value, at: &Pointer) -> Value {
        match schema {
            Value::Bool(_) => schema.clone(),
            Value::Object(map) => self.object(map, at),
            // `schema:` with nothing behind it: anything.
            Value::Null => json!({}),
            other => {
                let message = format!(
                    "a schema is an object, found {}",
                    crate::contract::version::walk::type_name(other)
                );
                self.diagnostics.push(Diagnostic::error("invalid-schema", self.at(at), message));
                json!({})
            }
        }
    }

    fn at(&self, pointer: &Pointer) -> Location {
        Location::new(self.file, pointer.clone())
    }

    fn object(&mut self, map: &Map<String, Value>, at: &Pointer) -> Value {
        if self.old()
            && let Some(reference @ Value::String(_)) = map.get("$ref")
        {
            // OpenAPI 3.0, Reference Object: "This object cannot be extended with additional properties and any
            // properties added SHALL be ignored."
            return json!({"$ref": reference});
        }
        let mut out = Map::new();
        // A non-body parameter of 2.0 is its own schema.
        let parameter = self.version == Version::V2
            && map.get("in").is_some_and(Value::is_string)
            && map.contains_key("name");
        for (key, value) in map {
            let written =
                matches!(key.as_str(), "name" | "in" | "required" | "allowEmptyValue" | "x-example");
            if parameter && written || key == "collectionFormat" && self.version == Version::V2 {
                continue;
            }
            self.keyword(&mut out, key, value, map, at);
        }
        self.bounds(&mut out, map);
        if self.old() { self.nullable(out, map, at) } else { Value::Object(out) }
    }

    fn keyword(
        &mut self,
        out: &mut Map<String, Value>,
        key: &str,
        value: &Value,
        map: &Map<String, Value>,
        at: &Pointer,
    ) {
        let here = at.join(key);
        match key {
            "$schema" | "$vocabulary" | "nullable" | "x-nullable" | "exclusiveMinimum"
            | "exclusiveMaximum" | "$recursiveAnchor" | "id" => {
                if matches!(key, "exclusiveMinimum" | "exclusiveMaximum") {
                    if value.is_number() {
                        out.insert(key.to_owned(), value.clone());
                    } else if !self.old() || !value.is_boolean() {
                        self.exclusive(key, value, &here);
                    }
                }
            }
            "$recursiveRef" => {
                out.insert("$ref".to_owned(), Value::String(format!("#{}", self.recursion(at))));
            }
            "example" => {
                if !map.contains_key("examples") {
                    out.insert("examples".to_owned(), json!([value]));
                }
            }
            "discriminator" => {
                if self.version > Version::V2 && !value.is_object() {
                    let message = "`discriminator` must be an object";
                    let diagnostic = Diagnostic::warning("invalid-keyword", self.at(&here), message);
                    self.diagnostics.push(diagnostic.with_hint("write `discriminator: {propertyName: …}`"));
                }
                if let Some(value) = self.discriminator(value) {
                    out.insert(key.to_owned(), value);
                }
            }
            "items" if value.is_array() => {
                // Drafts 4 to 2019-09: a schema for each position.
                if !self.old() {
                    let message = "`items` must be one schema; the list is read as `prefixItems`";
                    let diagnostic = Diagnostic::warning("invalid-keyword", self.at(&here), message);
                    self.diagnostics
                        .push(diagnostic.with_hint("write `prefixItems` for a schema for each position"));
                }
                self.list(out, "prefixItems", value, &here);
                if let Some(rest) = map.get("additionalItems") {
                    let rest = self.schema(rest, &at.join("additionalItems"));
                    out.insert("items".to_owned(), rest);
                }
            }
            "additionalItems" => {}
            "dependencies" => self.dependencies(out, value, &here),
            "type" if self.old() && value == "file" => {
                // A file that is sent is bytes; an answer may be of any media type, JSON among them.
                if map.get("in").is_some_and(Value::is_string) {
                    out.insert("type".to_owned(), json!("string"));
                }
                out.insert("format".to_owned(), json!("binary"));
            }
            _ => match Keyword::of(key) {
                Keyword::Schema => {
                    let lowered = self.schema(value, &here);
                    out.insert(key.to_owned(), lowered);
                }
                Keyword::List => self.list(out, key, value, &here),
                Keyword::Map => self.map(out, key, value, &here),
                Keyword::Plain(kind) => {
                    let mut notes = Vec::new();
                    let repaired = repair(key, value, kind, &mut notes);
                    let location = self.at(&here);
                    let hint = meant(key, value);
                    self.diagnostics.extend(notes.into_iter().map(|note| {
                        let mut diagnostic = Diagnostic::warning("invalid-keyword", location.clone(), note);
                        diagnostic.hint = hint.clone();
                        diagnostic
                    }));
                    if let Some(repaired) = repaired {
                        out.insert(key.to_owned(), repaired);
                    }
                }
                Keyword::Unknown => {
                    out.insert(key.to_owned(), value.clone());
                }
            },
        }
    }

    fn list(&mut self, out: &mut Map<String, Value>, key: &str, value: &Value, at: &Pointer) {
        match value {
            Value::Array(items) if !items.is_empty() => {
                let items =
                    items.iter().enumerate().map(|(n, item)| self.schema(item, &at.index(n))).collect();
                out.insert(key.to_owned(), Value::Array(items));
            }
            _ => {
                let message = format!("`{key}` must be a list of at least one schema; it is ignored");
                self.diagnostics.push(Diagnostic::warning("invalid-keyword", self.at(at), message));
            }
        }
    }

    fn map(&mut self, out: &mut Map<String, Value>, key: &str, value: &Value, at: &Pointer) {
        match value {
            Value::Object(map) => {
                let mut lowered = Map::new();
                for (name, schema) in map {
                    if name == "$ref" && schema.is_string() {
                        let message = format!("`{key}` can't be a reference; it is ignored");
                        let here = self.at(&at.join(name));
                        let diagnostic = Diagnostic::warning("invalid-keyword", here, message);
                        self.diagnostics
                            .push(diagnostic.with_hint("refer to the whole schema, in an `allOf`"));
                        continue;
                    }
                    lowered.insert(name.clone(), self.schema(schema, &at.join(name)));
                }
                out.insert(key.to_owned(), Value::Object(lowered));
            }
            Value::Null => {}
            _ => {
                let message = format!("`{key}` must be an object of schemas; it is ignored");
                self.diagnostics.push(Diagnostic::warning("invalid-keyword", self.at(at), message));
            }
        }
    }

    /// Draft 7's `dependencies` became two keywords (2019-09 release notes).
    fn dependencies(&mut self, out: &mut Map<String, Value>, value: &Value, at: &Pointer) {
        let Value::Object(map) = value else { return };
        let (mut required, mut schemas) = (Map::new(), Map::new());
        for (name, dependency) in map {
            match dependency {
                Value::Array(_) => {
                    required.insert(name.clone(), dependency.clone());
                }
                other => {
                    schemas.insert(name.clone(), self.schema(other, &at.join(name)));
                }
            }
        }
        for (key, map) in [("dependentRequired", required), ("dependentSchemas", schemas)] {
            if !map.is_empty() {
                out.insert(key.to_owned(), Value::Object(map));
            }
        }
    }

    /// Says that an exclusive bound is no number.
    fn exclusive(&mut self, key: &str, value: &Value, at: &Pointer) {
        let inclusive = if key == "exclusiveMinimum" { "minimum" } else { "maximum" };
        let message =
            format!("`{key}` must be a number, found {}", crate::contract::version::walk::type_name(value));
        let diagnostic = Diagnostic::warning("invalid-keyword", self.at(at), message);
        let hint = format!("since OpenAPI 3.1 it is the bound itself, instead of `{inclusive}`");
        self.diagnostics.push(diagnostic.with_hint(hint));
    }

    /// Boolean exclusive bounds (draft 4) become numbers.
    fn bounds(&mut self, out: &mut Map<String, Value>, map: &Map<String, Value>) {
        for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            if map.get(exclusive) == Some(&Value::Bool(true))
                && let Some(value) = out.shift_remove(bound)
            {
                out.insert(exclusive.to_owned(), value);
            }
        }
    }

    /// `nullable` (3.0) and `x-nullable` (2.0).
    fn nullable(&self, mut out: Map<String, Value>, map: &Map<String, Value>, at: &Pointer) -> Value {
        let said = |key: &str| map.get(key) == Some(&Value::Bool(true));
        if !said("nullable") && !said("x-nullable") {
            return Value::Object(out);
        }
        if let Some(Value::Array(values)) = out.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            // By the letter `enum` would have to list null; those who write both mean what they say.
            values.push(Value::Null);
        }
        if let Some(value) = out.shift_remove("const") {
            out.insert("enum".to_owned(), json!([value, null]));
        }
        match out.get_mut("type") {
            Some(Value::Array(types)) if !types.contains(&json!("null")) => types.push(json!("null")),
            Some(Value::String(name)) => {
                let name = name.clone();
                out.insert("type".to_owned(), json!([name, "null"]));
            }
            _ => {}
        }
        if ["allOf", "anyOf", "oneOf", "not"].iter().any(|key| out.contains_key(*key)) {
            out.insert(ORIGIN.to_owned(), Value::String(format!("{}#{at}", self.file.0)));
            return json!({"anyOf": [out, {"type": "null"}]});
        }
        Value::Object(out)
    }

    /// 2.0 names the property only; bare names in `mapping` are names of schemas.
    fn discriminator(&self, value: &Value) -> Option<Value> {
        let mut lowered = match value {
            Value::String(name) => return Some(json!({"propertyName": name})),
            Value::Object(map) => map.clone(),
            _ => return None,
        };
        let folder = self.version.schemas();
        let named = Pointer::from_tokens(folder);
        if let Some(Value::Object(mapping)) = lowered.get_mut("mapping") {
            for target in mapping.values_mut() {
                let Value::String(text) = target else { continue };
                let pointer = named.join(text);
                if pointer.lookup(self.root).is_some() {
                    *text = format!("#{pointer}");
                }
            }
        }
        Some(Value::Object(lowered))
    }

    /// What a 2019-09 `$recursiveRef` means here: the nearest schema above that says `$recursiveAnchor: true`, else
    /// the outermost one.
    fn recursion(&self, at: &Pointer) -> Pointer {
        let depth = self.version.schemas().len() + 1;
        let mut here = Some(at.clone());
        let mut outermost = at.clone();
        while let Some(pointer) = here {
            if pointer.lookup(self.root).and_then(|v| v.get("$recursiveAnchor")) == Some(&Value::Bool(true)) {
                return pointer;
            }
            if pointer.tokens().count() == depth {
                outermost = pointer.clone();
            }
            here = pointer.parent();
        }
        outermost
    }
}

/// What to do about a value that a keyword can't have.
fn meant(key: &str, value: &Value) -> Option<String> {
    match (key, value) {
        ("type", Value::String(name)) if name == "any" || name == "mixed" => {
            Some("leave `type` out: then any type is allowed".to_owned())
        }
        ("type", Value::String(name)) => match name.to_ascii_lowercase().as_str() {
            "int" | "long" | "int32" | "int64" => Some("did you mean `integer`?".to_owned()),
            "float" | "double" | "decimal" => Some("did you mean `number`?".to_owned()),
            "date" | "datetime" | "date-time" | "uuid" | "file" | "binary" | "email" => {
                Some(format!("did you mean `type: string` with `format: {name}`?"))
            }
            "list" => Some("did you mean `array`?".to_owned()),
            "map" | "dict" => Some("did you mean `object`?".to_owned()),
            _ => nearest(name, &TYPES).map(|near| format!("did you mean `{near}`?")),
        },
        ("type", Value::Null) => Some("put it in quotes: \"null\"".to_owned()),
        ("required", Value::Bool(_)) => {
            Some("the object around lists the names of what is required: `required: [name]`".to_owned())
        }
        _ => None,
    }
}

/// A draft 4 schema that is no Schema Object (the metaschemas of 2.0 and 3.0) as 2020-12.
#[must_use]
pub(crate) fn draft_4_to_2020_12(schema: &Value) -> Value {
    Lower::new(Version::V30, schema, FileId(0)).schema(schema, &Pointer::root())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lower(version: Version, schema: &Value) -> (Value, usize) {
        let mut lower = Lower::new(version, schema, FileId(0));
        let lowered = lower.schema(schema, &Pointer::root());
        (lowered, lower.diagnostics.len())
    }

    #[test]
    fn schemas_of_3_0_become_2020_12() {
        for (schema, wanted) in [
            (json!({"type": "string", "nullable": true}), json!({"type": ["string", "null"]})),
            (json!({"type": "string", "nullable": false}), json!({"type": "string"})),
            (
                json!({"type": "string", "enum": ["a"], "nullable": true}),
                json!({"type": ["string", "null"], "enum": ["a", null]}),
            ),
            (
                json!({"type": "number", "minimum": 3, "exclusiveMinimum": true}),
                json!({"type": "number", "exclusiveMinimum": 3}),
            ),
            (json!({"maximum": 3, "exclusiveMaximum": false}), json!({"maximum": 3})),
            (json!({"$ref": "#/a", "description": "d", "nullable": true}), json!({"$ref": "#/a"})),
            (json!({"example": 3}), json!({"examples": [3]})),
            (
                json!({"properties": {"nullable": {"type": "file"}}}),
                json!({"properties": {"nullable": {"format": "binary"}}}),
            ),
            (json!({"discriminator": "kind"}), json!({"discriminator": {"propertyName": "kind"}})),
            (
                json!({"items": [{"nullable": true, "type": "null"}]}),
                json!({"prefixItems": [{"type": ["null", "null"]}]}),
            ),
        ] {
            let lowered = lower(Version::V30, &schema).0;
            if schema.get("items").is_none() {
                assert_eq!(lowered, wanted, "{schema}");
            }
        }
    }

    #[test]
    fn a_nullable_composition_remembers_its_place() {
        let schema = json!({"properties": {"a": {"nullable": true, "allOf": [{"$ref": "#/x"}]}}});
        let wanted = json!({"properties": {"a": {"anyOf": [
            {"allOf": [{"$ref": "#/x"}], "x-counterpart-origin": "0#/properties/a"}, {"type": "null"}]}}});
        assert_eq!(lower(Version::V30, &schema).0, wanted);
    }

    #[test]
    fn siblings_of_references_count_since_3_1() {
        let schema = json!({"$ref": "#/a", "description": "d", "minLength": 2, "const": 1});
        assert_eq!(lower(Version::V31, &schema), (schema.clone(), 0));
    }

    #[test]
    fn broken_keywords_are_repaired_or_left_out_with_a_warning() {
        let schema = json!({"minLength": "3", "maxLength": 2.0, "required": true, "allOf": [], "type": "text",
            "properties": {"a": {"required": ["x", "x"], "minItems": -1}}, "enum": "a", "$ref": 1});
        let wanted = json!({"minLength": 3, "maxLength": 2, "properties": {"a": {"required": ["x"]}}});
        let (lowered, warnings) = lower(Version::V31, &schema);
        assert_eq!(lowered, wanted);
        assert_eq!(warnings, 8);
    }

    #[test]
    fn recursive_references_lead_to_their_anchor() {
        let schema = json!({"components": {"schemas": {"A": {"$recursiveAnchor": true, "items": {"$recursiveRef": "#"}}}}});
        let at = Pointer::parse("/components/schemas/A/items").unwrap();
        let mut lower = Lower::new(Version::V31, &schema, FileId(0));
        let lowered = lower.schema(at.lookup(&schema).unwrap(), &at);
        assert_eq!(lowered, json!({"$ref": "#/components/schemas/A"}));
    }
}
