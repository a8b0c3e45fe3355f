//! What the published JSON Schemas of the structure say, in words for people.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::base::Pointer;
use crate::base::limits::REFERENCE_CHAIN_MAX;
use crate::document::files::nearest;
use crate::document::{Diagnostic, Location};
use crate::lint::eras;
use crate::schema::Violation;

/// The rule whose words these are.
const STRUCTURE: &str = "structure";

/// How the message about a missing member ends.
pub(crate) const MISSING: &str = "is missing";

/// How the message about an unknown member ends.
pub(crate) const NOT_HERE: &str = "does not belong here";

/// The hint about a member that belongs here only together with others.
pub(crate) const IN_A_BRANCH: &str = "it belongs here only together with other values";

/// The published schemas, to look up what they allow.
pub(crate) struct Official<'d> {
    documents: &'d [(String, Value)],
    /// The number of the first of them among the documents that violations name.
    first: usize,
}

impl<'d> Official<'d> {
    /// The documents, and how many others stand before them.
    pub(crate) fn new(documents: &'d [(String, Value)], first: usize) -> Self {
        Self { documents, first }
    }

    /// The members that the schema at `place` (or its parts) knows, sorted.
    fn members(&self, place: &Location) -> Vec<&'d str> {
        let number = (place.file.0 as usize).checked_sub(self.first);
        let Some((_, document)) = number.and_then(|n| self.documents.get(n)) else { return Vec::new() };
        let mut out = BTreeSet::new();
        if let Some(schema) = place.pointer.lookup(document) {
            collect(document, schema, &mut out, 0);
        }
        out.into_iter().collect()
    }
}

fn collect<'d>(document: &'d Value, schema: &'d Value, out: &mut BTreeSet<&'d str>, depth: usize) {
    let Value::Object(map) = schema else { return };
    if depth > REFERENCE_CHAIN_MAX / 4 {
        return;
    }
    out.extend(
        map.get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|m| m.keys())
            .map(String::as_str),
    );
    if let Some(pointer) =
        map.get("$ref").and_then(Value::as_str).and_then(|r| Pointer::parse(r.strip_prefix('#')?))
        && let Some(target) = pointer.lookup(document)
    {
        collect(document, target, out, depth + 1);
    }
    for (key, value) in map {
        match (key.as_str(), value) {
            ("allOf" | "anyOf" | "oneOf", Value::Array(items)) => {
                items.iter().for_each(|item| collect(document, item, out, depth + 1));
            }
            ("if" | "then" | "else", value) => collect(document, value, out, depth + 1),
            ("dependentSchemas", Value::Object(map)) => {
                map.values().for_each(|item| collect(document, item, out, depth + 1));
            }
            _ => {}
        }
    }
}

/// What is needed to word a violation.
pub(crate) struct Words<'w> {
    /// The published schemas.
    pub(crate) official: &'w Official<'w>,
    /// The contract's version.
    pub(crate) version: &'static str,
    /// Where what was judged stands.
    pub(crate) at: &'w Location,
    /// What was judged.
    pub(crate) root: &'w Value,
}

impl Words<'_> {
    /// The findings of one violation.
    pub(crate) fn of(&self, violation: &Violation) -> Vec<Diagnostic> {
        let at = Location::new(self.at.file, self.at.pointer.concat(&violation.instance));
        let error = |at: Location, message: String| Diagnostic::error(STRUCTURE, at, message);
        match violation.keyword.as_str() {
            "required" => self.missing(violation, &at),
            "additionalProperties" | "unevaluatedProperties" if !violation.names.is_empty() => {
                violation.names.iter().map(|name| self.unknown(violation, &at, name)).collect()
            }
            "propertyNames" if !violation.names.is_empty() => {
                let says = |name: &String| {
                    let message = format!("`{name}` can't be the name of a component");
                    error(at.join(name), message).at_key().with_hint("letters, digits, `.`, `-` and `_` can")
                };
                violation.names.iter().map(says).collect()
            }
            "false" => {
                let name = at.pointer.last().unwrap_or_default().into_owned();
                let mut found = error(at, format!("`{name}` {NOT_HERE}")).at_key();
                found.hint = eras::hint(self.version, &name);
                vec![found]
            }
            "not" => vec![self.excluded(violation, &at)],
            "type" => {
                let mut found = error(at.clone(), wrong_type(violation, &at));
                let exclusive = at.pointer.last().is_some_and(|name| name.starts_with("exclusive"));
                if exclusive && violation.actual.is_number() {
                    found.hint = Some(
                        "before OpenAPI 3.1 it is `true`, beside the bound as `minimum` or `maximum`"
                            .to_owned(),
                    );
                }
                vec![found]
            }
            "enum" | "const" => vec![self.none_of(violation, &at)],
            "minProperties" | "minItems" if violation.expected == 1 => {
                vec![error(at.clone(), format!("{} must not be empty", called(&at)))]
            }
            "oneOf" if violation.branches.iter().any(Vec::is_empty) => {
                let here = violation.instance.lookup(self.root);
                if here.is_some_and(|v| v.get("schema").is_some() && v.get("content").is_some()) {
                    return vec![error(
                        at.join("schema"),
                        "`schema` and `content` exclude each other".to_owned(),
                    )];
                }
                let message = format!("{} is several things at once", called(&at));
                vec![
                    error(at, message)
                        .with_hint("only one of the alternatives may fit: see the specification"),
                ]
            }
            // Formats are annotations of the published schemas; what breaks one is rarely meant.
            "format" => vec![Diagnostic::warning(STRUCTURE, at, sentence(&violation.message))],
            _ => vec![error(at, sentence(&violation.message))],
        }
    }

    fn missing(&self, violation: &Violation, at: &Location) -> Vec<Diagnostic> {
        let name = violation.expected.as_str().unwrap_or_default();
        let keys = keys(&violation.instance, self.root);
        // "Either default, or at least one response code" of an empty map: that it is empty is said anyhow.
        if name == "default" && keys.is_empty() {
            return Vec::new();
        }
        let mut found = Diagnostic::error(STRUCTURE, at.clone(), format!("`{name}` {MISSING}"));
        found.at_key = !at.pointer.is_root();
        found.hint = nearest(name, &keys).map(|near| format!("did you mean `{name}` by `{near}`?"));
        vec![found]
    }

    fn unknown(&self, violation: &Violation, at: &Location, name: &str) -> Diagnostic {
        let mut found = Diagnostic::error(STRUCTURE, at.join(name), format!("`{name}` {NOT_HERE}")).at_key();
        let place =
            Location::new(violation.schema.file, violation.schema.pointer.parent().unwrap_or_default());
        let known = self.official.members(&place);
        let branch = violation.keyword == "unevaluatedProperties" && known.contains(&name);
        found.hint = Some(match nearest(name, &known) {
            _ if branch => IN_A_BRANCH.to_owned(),
            _ if name == "$ref" => "what stands here can't be a reference in this version".to_owned(),
            Some(near) if near != name => format!("did you mean `{near}`?"),
            _ => eras::hint(self.version, name)
                .unwrap_or_else(|| "vendor extensions start with `x-`".to_owned()),
        });
        found
    }

    fn excluded(&self, violation: &Violation, at: &Location) -> Diagnostic {
        let names = violation.expected.get("required").and_then(Value::as_array);
        let mut names: Vec<String> =
            names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        // `dependentSchemas: {a: {not: {required: [b]}}}`: the two exclude each other.
        let tokens: Vec<String> = violation.schema.pointer.tokens().map(|t| t.into_owned()).collect();
        if let [.., dependent, other, _] = &tokens[..]
            && dependent == "dependentSchemas"
        {
            names.insert(0, other.clone());
        }
        let last = names.last().map(|name| at.join(name)).filter(|_| !names.is_empty());
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let message = match quoted.len() {
            0 => sentence(&violation.message),
            1 => format!("{} {NOT_HERE}", quoted[0]),
            _ => format!("{} exclude each other", quoted.join(" and ")),
        };
        match last {
            Some(at) => Diagnostic::error(STRUCTURE, at, message).at_key(),
            None => Diagnostic::error(STRUCTURE, at.clone(), message),
        }
    }

    fn none_of(&self, violation: &Violation, at: &Location) -> Diagnostic {
        let single;
        let allowed = match &violation.expected {
            Value::Array(values) if violation.keyword == "enum" => values,
            other => {
                single = vec![other.clone()];
                &single
            }
        };
        let shown: Vec<String> = allowed.iter().map(|value| format!("`{}`", plain(value))).collect();
        let one = if shown.len() == 1 { "" } else { "one of " };
        let message = format!(
            "{} must be {one}{}, found {}",
            called(at),
            shown.join(", "),
            sentence(&violation.actual.to_string())
        );
        let mut found = Diagnostic::error(STRUCTURE, at.clone(), message);
        let texts: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        let near = violation.actual.as_str().and_then(|text| nearest(text, &texts));
        found.hint = match (near, &violation.actual) {
            (Some(near), _) => Some(format!("did you mean `{near}`?")),
            (None, Value::Array(_)) if at.pointer.last().as_deref() == Some("type") => Some(
                "lists of types exist since OpenAPI 3.1; before, `nullable: true` allows null".to_owned(),
            ),
            _ => None,
        };
        found
    }
}

/// What stands at a place, for a sentence.
fn called(at: &Location) -> String {
    match at.pointer.last() {
        None => "the document".to_owned(),
        Some(name) if name.chars().all(|c| c.is_ascii_digit()) && name.len() < 3 => "this".to_owned(),
        Some(name) => format!("`{name}`"),
    }
}

fn wrong_type(violation: &Violation, at: &Location) -> String {
    let one = |name: &Value| match name.as_str().unwrap_or_default() {
        "array" => "a list",
        "object" => "an object",
        "integer" => "an integer",
        "number" => "a number",
        "string" => "a string",
        "boolean" => "a boolean",
        _ => "null",
    };
    let wanted = match &violation.expected {
        Value::Array(names) => names.iter().map(one).collect::<Vec<_>>().join(" or "),
        name => one(name).to_owned(),
    };
    let found = match &violation.actual {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => sentence(&other.to_string()),
    };
    format!("{} must be {wanted}, found {found}", called(at))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn keys<'v>(at: &Pointer, root: &'v Value) -> Vec<&'v str> {
    match at.lookup(root) {
        Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The judge's message without the whole instance that some begin with.
fn sentence(message: &str) -> String {
    const CHARS_MAX: usize = 160;
    let count = message.chars().count();
    if count <= CHARS_MAX {
        return message.to_owned();
    }
    let head: String = message.chars().take(60).collect();
    let tail: String = message.chars().skip(count - 90).collect();
    format!("{head} … {tail}")
}
