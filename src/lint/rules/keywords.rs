//! Keywords and formats that look misspelt, and keywords that say nothing where they stand.

use serde_json::{Map, Value};

use crate::contract::{Holds, holds};
use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};
use crate::schema::format;

/// The rules.
pub const RULES: [Rule; 5] = [
    Rule {
        name: "unknown-keyword",
        severity: Severity::Warning,
        summary: "keywords of schemas are spelt as JSON Schema spells them",
        explanation: "JSON Schema lets schemas have any further members, so that a misspelt keyword (`requried`) is \
            passed over in silence and the schema allows more than was meant. Members that are like no keyword, and \
            those that start with `x-`, are left alone.",
        run: Some(run),
    },
    Rule {
        name: "unknown-format",
        severity: Severity::Warning,
        summary: "formats are spelt as JSON Schema and the OpenAPI registry spell them",
        explanation: "A `format` that nobody knows constrains nothing. Formats of one's own are allowed; what is told \
            here is nearly one of the known ones (`datetime` for `date-time`).",
        run: None,
    },
    Rule {
        name: "ref-siblings",
        severity: Severity::Warning,
        summary: "in 2.0 and 3.0 nothing stands beside a `$ref`",
        explanation: "Until OpenAPI 3.0 what stands beside a `$ref` is ignored (Reference Object): a `nullable` or \
            `maxLength` there has no effect. Put the reference into an `allOf` and the rest beside that. Since 3.1 both \
            count.",
        run: None,
    },
    Rule {
        name: "array-items",
        severity: Severity::Warning,
        summary: "in 2.0 and 3.0 an array says what its items are",
        explanation: "Until OpenAPI 3.0 `items` must be there when `type` is `array`; `items: {}` allows anything.",
        run: None,
    },
    Rule {
        name: "read-write-only",
        severity: Severity::Warning,
        summary: "a property is not both `readOnly` and `writeOnly`",
        explanation: "A property that belongs neither in requests nor in responses is never sent.",
        run: None,
    },
];

/// How alike a member must be to a keyword to be taken for it, from 0 to 1.
const LIKENESS_MIN: f64 = 0.75;

/// Keywords of JSON Schema and OpenAPI, those of older drafts included, that don't hold schemas.
const OTHERS: [&str; 49] = [
    "$schema",
    "$vocabulary",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "$recursiveAnchor",
    "$comment",
    "id",
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "example",
    "examples",
    "externalDocs",
    "xml",
    "discriminator",
    "nullable",
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "multipleOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minContains",
    "maxContains",
    "minProperties",
    "maxProperties",
    "required",
    "dependentRequired",
    "dependencies",
    "contentMediaType",
    "contentEncoding",
    "summary",
    "divisibleBy",
];

/// Keywords that hold schemas.
const HOLDERS: [&str; 21] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "items",
    "prefixItems",
    "additionalItems",
    "contains",
    "unevaluatedItems",
    "unevaluatedProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "contentSchema",
    "$defs",
    "definitions",
];

fn run(linter: &mut Linter) {
    let modern = matches!(linter.contract.version_name(), "OpenAPI 3.1" | "OpenAPI 3.2");
    let version = linter.contract.version_name();
    linter.each_schema(|_, at, schema| {
        let Value::Object(map) = schema else { return Vec::new() };
        let mut found = Vec::new();
        found.extend(misspelt_format(map, at));
        if map.get("readOnly") == Some(&Value::Bool(true)) && map.get("writeOnly") == Some(&Value::Bool(true))
        {
            let message = "what is both `readOnly` and `writeOnly` is never sent";
            found.push(Diagnostic::warning("read-write-only", at.join("writeOnly"), message).at_key());
        }
        if modern {
            found.extend(misspelt(map, at));
        } else {
            found.extend(beside_reference(map, at, version));
            if map.get("type").is_some_and(|kind| kind == "array")
                && !map.contains_key("items")
                && !map.contains_key("$ref")
            {
                let message = format!("in {version} an array needs `items`");
                let hint = "`items: {}` allows anything";
                found.push(Diagnostic::warning("array-items", at.join("type"), message).with_hint(hint));
            }
        }
        found
    });
}

/// Members that nearly are keywords.
fn misspelt(map: &Map<String, Value>, at: &Location) -> Vec<Diagnostic> {
    let strange = map.keys().filter(|key| !key.starts_with("x-") && !known(key));
    let says = |key: &String| {
        let likeness = |known: &&str| strsim::normalized_damerau_levenshtein(key, known);
        let near = HOLDERS.iter().chain(&OTHERS).map(|known| (likeness(known), *known));
        let (_, near) = near.filter(|(like, _)| *like >= LIKENESS_MIN).max_by(|a, b| a.0.total_cmp(&b.0))?;
        // What is there already was not misspelt here.
        if map.contains_key(near) {
            return None;
        }
        let message = format!("`{key}` is no keyword of JSON Schema; it says nothing");
        let hint = format!("did you mean `{near}`?");
        Some(Diagnostic::warning("unknown-keyword", at.join(key), message).at_key().with_hint(hint))
    };
    strange.filter_map(says).collect()
}

fn known(key: &str) -> bool {
    holds(key) != Holds::Nothing || OTHERS.contains(&key) || HOLDERS.contains(&key)
}

/// A format that nearly is one that there is.
fn misspelt_format(map: &Map<String, Value>, at: &Location) -> Option<Diagnostic> {
    let name = map.get("format")?.as_str()?;
    if format::find(name).is_some() {
        return None;
    }
    let bare = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let letters = |text: &str| bare(text).chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let near = format::ALL.iter().map(|format| format.name).find(|known| {
        let close = name.len() > 4 && strsim::damerau_levenshtein(&bare(name), &bare(known)) == 1;
        bare(name) == bare(known) || close && letters(name) != letters(known)
    })?;
    let message = format!("there is no format `{name}`; it constrains nothing");
    let hint = format!("did you mean `{near}`?");
    Some(Diagnostic::warning("unknown-format", at.join("format"), message).with_hint(hint))
}

/// What stands beside a reference and would mean something.
fn beside_reference(map: &Map<String, Value>, at: &Location, version: &str) -> Option<Diagnostic> {
    if !map.get("$ref")?.is_string() {
        return None;
    }
    let harmless = |key: &str| {
        matches!(key, "$ref" | "description" | "title" | "summary" | "externalDocs" | "deprecated" | "xml")
            || key.starts_with("x-")
    };
    let lost: Vec<&String> = map.keys().filter(|key| !harmless(key) && known(key)).collect();
    let first = lost.first()?;
    let quoted: Vec<String> = lost.iter().map(|key| format!("`{key}`")).collect();
    let verb = if lost.len() == 1 { "is" } else { "are" };
    let message = format!("{} {verb} ignored beside a `$ref` in {version}", quoted.join(", "));
    let hint = "put the reference into an `allOf` with one item";
    Some(Diagnostic::warning("ref-siblings", at.join(first), message).at_key().with_hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn misspelt_keywords_are_told_and_others_left_alone() {
        let hints = |schema: Value| -> Vec<String> {
            let found = misspelt(schema.as_object().unwrap(), &Location::default());
            found.into_iter().map(|d| d.hint.unwrap()).collect()
        };
        for (wrong, right) in [
            ("requried", "required"),
            ("propertes", "properties"),
            ("additionalproperties", "additionalProperties"),
            ("minlength", "minLength"),
            ("oneof", "oneOf"),
            ("ref", "$ref"),
            ("defualt", "default"),
        ] {
            assert_eq!(hints(json!({ wrong: 1 })), [format!("did you mean `{right}`?")]);
        }
        for fine in
            ["name", "unit", "x-requried", "example", "id", "options", "$recursiveRef", "in", "version"]
        {
            assert_eq!(hints(json!({ fine: 1 })), Vec::<String>::new(), "{fine}");
        }
        assert_eq!(hints(json!({"type": "string", "types": 1})), Vec::<String>::new());
    }

    #[test]
    fn misspelt_formats_are_told_and_own_ones_left_alone() {
        let told = |name: &str| {
            let schema = json!({ "format": name });
            misspelt_format(schema.as_object().unwrap(), &Location::default()).and_then(|d| d.hint)
        };
        for (wrong, right) in
            [("datetime", "date-time"), ("DateTime", "date-time"), ("UUID", "uuid"), ("emial", "email")]
        {
            assert_eq!(told(wrong), Some(format!("did you mean `{right}`?")));
        }
        for own in ["date", "uint128", "int24", "timestamp", "stripe-id", "url", "", "money"] {
            assert_eq!(told(own), None, "{own}");
        }
    }
}
