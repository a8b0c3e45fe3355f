//! Walking a contract's tree without trusting it: members of the wrong type are repaired or left out, with a
//! diagnostic each.

use serde_json::{Map, Value};

use crate::contract::version::Version;
use crate::document::{Diagnostic, Files, Location, SchemaError};

/// The state of one walk.
pub(crate) struct Walker<'c> {
    /// The contract's files.
    pub(crate) files: &'c Files,
    /// The contract's version.
    pub(crate) version: Version,
    /// Places that the skeleton refers to by number.
    pub(crate) places: Vec<Location>,
    /// What was found on the way.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'c> Walker<'c> {
    /// A walker with nothing seen yet.
    #[must_use]
    pub(crate) fn new(files: &'c Files, version: Version) -> Self {
        Self { files, version, places: Vec::new(), diagnostics: Vec::new() }
    }

    /// Remembers a place; the number stands for it in the skeleton.
    pub(crate) fn number(&mut self, at: &Location) -> usize {
        self.places.push(at.clone());
        self.places.len() - 1
    }

    /// Reports an error.
    pub(crate) fn error(
        &mut self,
        rule: &'static str,
        at: &Location,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(Diagnostic::error(rule, at.clone(), message))
    }

    /// Reports a warning.
    pub(crate) fn warn(
        &mut self,
        rule: &'static str,
        at: &Location,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(Diagnostic::warning(rule, at.clone(), message))
    }

    fn report(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.diagnostics.push(diagnostic);
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }

    /// Hands the value at `at`, past all references, to `read`; `None` (and a diagnostic) when one leads nowhere.
    pub(crate) fn deref<T>(
        &mut self,
        at: &Location,
        read: impl FnOnce(&mut Self, &Value, &Location) -> T,
    ) -> Option<T> {
        match self.files.follow(at) {
            Ok(end) => {
                let file = self.files.file(end.file)?;
                let value = end.pointer.lookup(&file.root)?;
                Some(read(self, value, &end))
            }
            Err(error) => {
                self.unresolvable(&error);
                None
            }
        }
    }

    /// Reports a reference that leads nowhere.
    pub(crate) fn unresolvable(&mut self, error: &SchemaError) {
        let diagnostic = unresolvable(error);
        self.report(diagnostic);
    }

    /// The value as an object; a diagnostic when it is none. `null` counts as not there.
    pub(crate) fn object<'v>(
        &mut self,
        value: &'v Value,
        at: &Location,
        what: &str,
    ) -> Option<&'v Map<String, Value>> {
        match value {
            Value::Object(map) => Some(map),
            Value::Null => None,
            other => {
                self.wrong_type(at, what, "an object", other);
                None
            }
        }
    }

    /// The members of a map of `map`, with their places; extensions (`x-…`) are left out.
    pub(crate) fn members<'v>(
        &mut self,
        map: &'v Map<String, Value>,
        key: &str,
        at: &Location,
    ) -> Vec<(&'v str, &'v Value, Location)> {
        let at = at.join(key);
        let Some(value) = map.get(key) else { return Vec::new() };
        let Some(inner) = self.object(value, &at, key) else { return Vec::new() };
        let kept = inner.iter().filter(|(name, _)| !name.starts_with("x-"));
        kept.map(|(name, value)| (name.as_str(), value, at.join(name))).collect()
    }

    /// The items of a list of `map`, with their places.
    pub(crate) fn items<'v>(
        &mut self,
        map: &'v Map<String, Value>,
        key: &str,
        at: &Location,
    ) -> Vec<(&'v Value, Location)> {
        let at = at.join(key);
        match map.get(key) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(n, item)| (item, at.index(n))).collect()
            }
            Some(other) => {
                self.wrong_type(&at, key, "a list", other);
                Vec::new()
            }
        }
    }

    /// A text member; numbers and booleans are taken as text, with a warning.
    pub(crate) fn text(&mut self, map: &Map<String, Value>, key: &str, at: &Location) -> Option<String> {
        match map.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            value @ (Value::Number(_) | Value::Bool(_)) => {
                self.warn("wrong-type", &at.join(key), format!("`{key}` must be a string, found {value}"))
                    .hint = Some(format!("put it in quotes: \"{value}\""));
                Some(value.to_string())
            }
            other => {
                self.wrong_type(&at.join(key), key, "a string", other);
                None
            }
        }
    }

    /// A boolean member; `"true"` and `"false"` are taken as booleans, with a warning.
    pub(crate) fn flag(&mut self, map: &Map<String, Value>, key: &str, at: &Location) -> Option<bool> {
        match map.get(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::Null => None,
            Value::String(text) if text == "true" || text == "false" => {
                let at = at.join(key);
                self.warn("wrong-type", &at, format!("`{key}` must be a boolean, found a string")).hint =
                    Some("remove the quotes".to_owned());
                Some(text == "true")
            }
            other => {
                self.wrong_type(&at.join(key), key, "a boolean", other);
                None
            }
        }
    }

    /// A list of texts; what is no text is left out with a warning.
    pub(crate) fn texts(&mut self, map: &Map<String, Value>, key: &str, at: &Location) -> Vec<String> {
        let mut out = Vec::new();
        for (item, at) in self.items(map, key, at) {
            match item {
                Value::String(text) => out.push(text.clone()),
                Value::Number(_) | Value::Bool(_) => {
                    self.warn("wrong-type", &at, format!("items of `{key}` must be strings, found {item}"));
                    out.push(item.to_string());
                }
                other => self.wrong_type(&at, key, "strings", other),
            }
        }
        out
    }

    /// Reports a value of the wrong type.
    pub(crate) fn wrong_type(&mut self, at: &Location, what: &str, wanted: &str, found: &Value) {
        let message = format!("`{what}` must be {wanted}, found {}", type_name(found));
        self.error("wrong-type", at, message);
    }
}

/// What a value is, for messages.
#[must_use]
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The diagnostic for a reference that leads nowhere.
#[must_use]
pub fn unresolvable(error: &SchemaError) -> Diagnostic {
    match error {
        SchemaError::Unresolvable { reference, at, reason } => {
            let message = if reference.is_empty() {
                reason.clone()
            } else {
                format!("the reference `{reference}` can't be resolved: {reason}")
            };
            let written = Location::new(at.file, at.pointer.join("$ref"));
            Diagnostic::error("unresolvable-ref", written, message)
        }
        SchemaError::Invalid { at, reason } => {
            Diagnostic::error("invalid-schema", at.clone(), reason.clone())
        }
    }
}

/// The root of the contract.
#[must_use]
pub(crate) fn root() -> Location {
    Location::new(crate::document::FileId(0), crate::base::Pointer::root())
}
