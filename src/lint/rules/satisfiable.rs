//! Schemas that nothing can fulfil.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::base::limits::REFERENCE_CHAIN_MAX;
use crate::contract::Contract;
use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 2] = [
    Rule {
        name: "unsatisfiable",
        severity: Severity::Error,
        summary: "there is a value that fulfils the schema",
        explanation: "Bounds that exclude each other, types that no value has at once (also through `allOf` and \
            references), an `enum` none of whose values fulfils the rest of the schema, a required property that is \
            forbidden. Such a schema makes every message invalid.",
        run: Some(run),
    },
    Rule {
        name: "endless-schema",
        severity: Severity::Warning,
        summary: "a required property does not lead back to the schema that requires it",
        explanation: "When a schema requires a property that has the same schema again, each value would have to hold \
            another one without end. Mostly `required` is one name too long, or the inner schema should be nullable.",
        run: None,
    },
];

/// A schema with its place.
type Part = (Location, Arc<Map<String, Value>>);

/// The schemas that others include, each copied once; none where there is none, or one that may be null.
struct Included<'c> {
    contract: &'c Contract,
    known: HashMap<Location, Option<Arc<Map<String, Value>>>>,
}

impl Included<'_> {
    fn get(&mut self, at: &Location) -> Option<Arc<Map<String, Value>>> {
        if let Some(known) = self.known.get(at) {
            return known.clone();
        }
        // As written: the lowering only matters for what is nullable, and then there is a value.
        let map = match self.contract.raw(at) {
            Some(Value::Object(map)) => Some(map),
            _ => None,
        };
        let nullable = |map: &Map<String, Value>, key: &str| map.get(key) == Some(&Value::Bool(true));
        let map = map.filter(|map| !nullable(map, "nullable") && !nullable(map, "x-nullable")).map(Arc::new);
        self.known.insert(at.clone(), map.clone());
        map
    }
}

/// Pairs of a lower and an upper bound, and the type of the values they bound.
const BOUNDS: [(&str, &str, &str); 4] = [
    ("minimum", "maximum", "number"),
    ("minLength", "maxLength", "string"),
    ("minItems", "maxItems", "array"),
    ("minProperties", "maxProperties", "object"),
];

fn run(linter: &mut Linter) {
    let source = linter.contract.schema_source();
    let mut shared = Included { contract: &linter.contract, known: HashMap::new() };
    let mut found = Vec::new();
    for at in &linter.sites {
        let Ok(schema) = source.schema(at) else { continue };
        let Some(map) = schema.as_object() else { continue };
        if map.contains_key("$ref") && map.len() == 1 {
            continue;
        }
        let mut parts: Vec<Part> = Vec::new();
        flatten(&mut shared, at, Arc::new(map.clone()), &mut parts, 0);
        let types = types(&parts, at, &mut found);
        bounds(&parts, at, types.as_deref(), &mut found);
        required(&parts, at, types.as_deref(), &mut found);
        members(&mut shared, &parts, at, types.as_deref(), &mut found);
        values(linter, at, map, &mut found);
        if endless(&linter.contract, at) {
            let itself = map.get("allOf").is_some() && endless_by(&linter.contract, at, included);
            let (message, hint) = if itself {
                ("the schema includes itself", "leave out the part of `allOf` that leads back here")
            } else {
                (
                    "a value of this schema would have to hold another one without end",
                    "make one of the properties on the way optional or nullable",
                )
            };
            found.push(Diagnostic::warning("endless-schema", at.clone(), message).with_hint(hint));
        }
    }
    linter.found.extend(found);
}

/// The schema and what it includes by `allOf` and `$ref`, each with its place.
fn flatten(
    included: &mut Included<'_>,
    at: &Location,
    schema: Arc<Map<String, Value>>,
    out: &mut Vec<Part>,
    depth: usize,
) {
    if depth > REFERENCE_CHAIN_MAX / 4 || out.len() > REFERENCE_CHAIN_MAX {
        return;
    }
    out.push((at.clone(), Arc::clone(&schema)));
    if let Some(Value::String(reference)) = schema.get("$ref")
        && let Ok(at) = included.contract.files().resolve(at, reference)
    {
        include(included, &at, out, depth);
    }
    let count = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
    for n in (0..count).take_while(|n| *n <= REFERENCE_CHAIN_MAX) {
        include(included, &at.join("allOf").index(n), out, depth);
    }
}

fn include(included: &mut Included<'_>, at: &Location, out: &mut Vec<Part>, depth: usize) {
    if out.iter().any(|(seen, _)| seen == at) {
        return;
    }
    if let Some(map) = included.get(at) {
        flatten(included, at, map, out, depth + 1);
    }
}

/// The types that all parts allow; `None`: any.
fn types(parts: &[Part], at: &Location, found: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
    let mut allowed: Option<(Vec<String>, Location)> = None;
    for (place, part) in parts {
        let own: Vec<String> = match part.get("type") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => continue,
        };
        let Some((before, first)) = allowed.take() else {
            allowed = Some((own, place.clone()));
            continue;
        };
        let both: Vec<String> = own.iter().filter_map(|name| common(name, &before)).collect();
        if both.is_empty() {
            let message = format!("no value is {} and {} at once", before.join(" or "), own.join(" or "));
            let diagnostic = Diagnostic::error("unsatisfiable", at.clone(), message);
            let one = diagnostic.with_related(first.join("type"), "this type");
            found.push(one.with_related(place.join("type"), "and this one"));
            return Some(Vec::new());
        }
        allowed = Some((both, first));
    }
    allowed.map(|(names, _)| names)
}

/// The type that is both `name` and one of `others`: integers are numbers.
fn common(name: &str, others: &[String]) -> Option<String> {
    let has = |wanted: &str| others.iter().any(|other| other == wanted);
    match name {
        _ if has(name) => Some(name.to_owned()),
        "integer" if has("number") => Some(name.to_owned()),
        "number" if has("integer") => Some("integer".to_owned()),
        _ => None,
    }
}

fn bounds(parts: &[Part], at: &Location, types: Option<&[String]>, found: &mut Vec<Diagnostic>) {
    for (low, high, kind) in BOUNDS {
        let least = bound(parts, low, |a, b| a > b);
        let most = bound(parts, high, |a, b| a < b);
        let (Some((min, from)), Some((max, to))) = (least, most) else { continue };
        let touches = kind == "number" && min >= max && (excludes(&from) || excludes(&to));
        if min <= max && !touches {
            continue;
        }
        let message = format!("`{low}: {min}` and `{high}: {max}` exclude each other");
        let only = types.is_some_and(|types| {
            types.iter().all(|name| name == kind || kind == "number" && name == "integer")
        });
        let severity = if only { Severity::Error } else { Severity::Warning };
        let diagnostic = Diagnostic::new(severity, "unsatisfiable", at.clone(), message);
        found.push(diagnostic.with_related(from, "at least this").with_related(to, "at most this"));
    }
}

/// True when the bound at that place is an exclusive one.
fn excludes(at: &Location) -> bool {
    at.pointer.last().is_some_and(|name| name.starts_with("exclusive"))
}

/// The sharpest bound of that name in all parts, and where it stands.
fn bound(parts: &[Part], name: &str, sharper: fn(f64, f64) -> bool) -> Option<(f64, Location)> {
    let exclusive = match name {
        "minimum" => "exclusiveMinimum",
        "maximum" => "exclusiveMaximum",
        _ => "",
    };
    let mut best: Option<(f64, Location)> = None;
    for (place, part) in parts {
        for key in [name, exclusive] {
            let Some(value) = part.get(key).and_then(Value::as_f64) else { continue };
            if best
                .as_ref()
                .is_none_or(|(known, at)| sharper(value, *known) || value == *known && !excludes(at))
            {
                best = Some((value, place.join(key)));
            }
        }
    }
    best
}

/// Required properties that are forbidden.
fn required(parts: &[Part], at: &Location, types: Option<&[String]>, found: &mut Vec<Diagnostic>) {
    let only = types.is_some_and(|types| types.iter().all(|name| name == "object"));
    let severity = if only { Severity::Error } else { Severity::Warning };
    let names = parts.iter().filter_map(|(_, part)| part.get("required")?.as_array()).flatten();
    for name in names.filter_map(Value::as_str) {
        for (place, part) in parts {
            let property = part.get("properties").and_then(|properties| properties.get(name));
            let closed = part.get("additionalProperties") == Some(&Value::Bool(false))
                && !part.contains_key("patternProperties")
                && property.is_none();
            if property == Some(&Value::Bool(false)) || closed {
                let message = format!("`{name}` is required and forbidden");
                let key = if closed { "additionalProperties" } else { "properties" };
                let diagnostic = Diagnostic::new(severity, "unsatisfiable", at.clone(), message);
                found.push(diagnostic.with_related(place.join(key), "forbidden here"));
            }
        }
    }
}

/// Required properties that the parts describe in ways that exclude each other.
fn members(
    included: &mut Included<'_>,
    parts: &[Part],
    at: &Location,
    types: Option<&[String]>,
    found: &mut Vec<Diagnostic>,
) {
    if parts.len() < 2 {
        return;
    }
    let only = types.is_some_and(|types| types.iter().all(|name| name == "object"));
    let names = parts.iter().filter_map(|(_, part)| part.get("required")?.as_array()).flatten();
    let mut seen = HashSet::new();
    for name in names.filter_map(Value::as_str).filter(|name| seen.insert((*name).to_owned())) {
        let has = |part: &Map<String, Value>| part.get("properties").and_then(|all| all.get(name)).is_some();
        let places: Vec<Location> = parts
            .iter()
            .filter(|(_, part)| has(part))
            .map(|(place, _)| place.join("properties").join(name))
            .collect();
        if places.len() < 2 {
            continue;
        }
        let mut inner = Vec::new();
        places.iter().for_each(|place| include(included, place, &mut inner, 0));
        let mut conflicts = Vec::new();
        let inner_types = self::types(&inner, at, &mut conflicts);
        bounds(&inner, at, inner_types.as_deref(), &mut conflicts);
        found.extend(conflicts.into_iter().map(|mut conflict| {
            conflict.message = format!("the required property `{name}` can't be: {}", conflict.message);
            if !only {
                conflict.severity = Severity::Warning;
            }
            conflict
        }));
    }
}

/// `enum` and `const` whose values all break the rest of their schema.
fn values(linter: &Linter, at: &Location, map: &Map<String, Value>, found: &mut Vec<Diagnostic>) {
    let single;
    let (key, values) = match (map.get("const"), map.get("enum")) {
        (Some(value), _) => {
            single = vec![value.clone()];
            ("const", &single)
        }
        (None, Some(Value::Array(values))) => ("enum", values),
        _ => return,
    };
    // Only what a type or a bound beside it could refuse.
    if map.keys().all(|name| {
        matches!(name.as_str(), "enum" | "const" | "title" | "description" | "default" | "examples")
    }) {
        return;
    }
    let Ok(schema) = linter.schemas.get(at, crate::document::Direction::Response) else { return };
    if values.is_empty() {
        let message = "`enum` is empty: no value is among none";
        found.push(
            Diagnostic::error("unsatisfiable", at.join(key), message)
                .with_hint("list the allowed values, or leave it out"),
        );
        return;
    }
    if !values.iter().any(|value| schema.is_valid(value)) {
        let message = format!("none of the values of `{key}` fulfils the rest of the schema");
        let mut diagnostic = Diagnostic::error("unsatisfiable", at.join(key), message);
        let texts = values.iter().all(Value::is_number)
            && map.get("type") == Some(&Value::String("string".to_owned()));
        diagnostic.hint = texts.then(|| "put the values in quotes".to_owned());
        found.push(diagnostic);
    }
}

/// True when required properties alone lead from the schema back to itself.
fn endless(contract: &Contract, start: &Location) -> bool {
    endless_by(contract, start, must_hold)
}

/// True when `step` leads from the schema back to itself.
fn endless_by(
    contract: &Contract,
    start: &Location,
    step: fn(&Contract, &Value, &Location) -> Vec<Location>,
) -> bool {
    let mut seen: HashSet<Location> = HashSet::new();
    let mut todo = vec![start.clone()];
    let mut first = true;
    while let Some(at) = todo.pop() {
        if !first && at == *start {
            return true;
        }
        first = false;
        if !seen.insert(at.clone()) || seen.len() > REFERENCE_CHAIN_MAX {
            continue;
        }
        let next = contract.files().with(&at, |schema| step(contract, schema, &at));
        todo.extend(next.unwrap_or_default());
    }
    false
}

/// The schemas that hold for the same value: by `$ref` and `allOf`.
fn included(contract: &Contract, schema: &Value, at: &Location) -> Vec<Location> {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let mut out: Vec<Location> =
        reference.and_then(|r| contract.files().resolve(at, r).ok()).into_iter().collect();
    let parts = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
    out.extend((0..parts).map(|n| at.join("allOf").index(n)));
    out
}

/// The schemas that a value of the schema must hold a value of.
fn must_hold(contract: &Contract, schema: &Value, at: &Location) -> Vec<Location> {
    let Value::Object(map) = schema else { return Vec::new() };
    if let Some(Value::String(reference)) = map.get("$ref") {
        return contract.files().resolve(at, reference).ok().into_iter().collect();
    }
    let object = map.get("type").is_some_and(|kind| kind == "object");
    let nullable = map.get("nullable") == Some(&Value::Bool(true));
    let mut out = Vec::new();
    for n in 0..map.get("allOf").and_then(Value::as_array).map_or(0, Vec::len) {
        out.push(at.join("allOf").index(n));
    }
    if object && !nullable {
        for name in
            map.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            if map.get("properties").is_some_and(|properties| properties.get(name).is_some()) {
                out.push(at.join("properties").join(name));
            }
        }
    }
    let filled = map.get("minItems").and_then(Value::as_u64).unwrap_or(0) > 0;
    if filled && map.get("type").is_some_and(|kind| kind == "array") && map.contains_key("items") {
        out.push(at.join("items"));
    }
    out
}
