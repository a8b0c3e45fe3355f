//! Keywords of schemas.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::files::nearest;
use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};
use crate::schema::crowded;

/// How many targets of one mapping that are not there are told with what may be meant.
const HINTS_MAX: usize = 20;

/// The rules.
pub const RULES: [Rule; 6] = [
    Rule {
        name: "invalid-keyword",
        severity: Severity::Warning,
        summary: "keywords of schemas have values of their type",
        explanation: "`minLength` is a count, `required` a list of names, `type` the name of a type, and so on. What was \
            clearly meant is used (\"3\" for 3), the rest is ignored.",
        run: None,
    },
    Rule {
        name: "invalid-schema",
        severity: Severity::Error,
        summary: "in the place of a schema stands a schema",
        explanation: "A schema is an object (since 3.1 also true or false). Anything else is read as the schema that \
            allows everything.",
        run: None,
    },
    Rule {
        name: "too-large-schema",
        severity: Severity::Warning,
        summary: "schemas can be judged by in a bounded number of steps",
        explanation: "Schemas that hold for one value by way of one another (`allOf`, `anyOf`, `oneOf`, `$ref`, …) are \
            looked at as often as there are ways, which can double with each of them. One that takes too many looks is \
            not judged by: anything is valid there, and where it is part of another, there as well.",
        run: None,
    },
    Rule {
        name: "discriminator",
        severity: Severity::Warning,
        summary: "a discriminator names a required property, and schemas that there are",
        explanation: "The property must be there for the discriminator to tell the alternatives apart, and the schemas \
            of its `mapping` must be there to be chosen.",
        run: Some(run),
    },
    Rule {
        name: "ignored-keyword",
        severity: Severity::Warning,
        summary: "keywords mean something in the version of the contract",
        explanation: "`nullable` is a keyword of 3.0 only: since 3.1 null is a type, `type: [string, \"null\"]`. A keyword \
            that means nothing is passed over, so that values are refused which were meant to be allowed.",
        run: None,
    },
    Rule {
        name: "xml",
        severity: Severity::Error,
        summary: "`xml` says in one way how a property is written",
        explanation: "Since 3.2 `nodeType` says it; `attribute` and `wrapped` are its older forms and can't stand beside \
            it.",
        run: None,
    },
];

fn run(linter: &mut Linter) {
    let modern = matches!(linter.contract.version_name(), "OpenAPI 3.1" | "OpenAPI 3.2");
    for (at, reason) in crowded::too_large(linter.contract.files(), &*linter.contract.schema_source()) {
        let message = format!("the schema is too large to be judged by: {reason}");
        let finding = linter.warn("too-large-schema", &at, message);
        finding.hint = Some("let fewer schemas lead to the same ones".to_owned());
    }
    let names = linter.contract.named_schemas();
    let names: BTreeSet<String> =
        names.iter().filter_map(|at| Some(at.pointer.last()?.into_owned())).collect();
    linter.each_schema(|linter, at, schema| {
        let Value::Object(map) = schema else { return Vec::new() };
        let mut found = Vec::new();
        if modern && map.get("nullable") == Some(&Value::Bool(true)) {
            let message = format!("`nullable` means nothing in {}", linter.contract.version_name());
            let hint = "add \"null\" to `type`";
            found.push(
                Diagnostic::warning("ignored-keyword", at.join("nullable"), message).at_key().with_hint(hint),
            );
        }
        if let Some(Value::Object(xml)) = map.get("xml") {
            found.extend(exclusive_xml(xml, &at.join("xml")));
        }
        if let Some(Value::Object(discriminator)) = map.get("discriminator") {
            found.extend(of_discriminator(linter, map, discriminator, at, &names));
        }
        found
    });
}

fn exclusive_xml(xml: &Map<String, Value>, at: &Location) -> Vec<Diagnostic> {
    let older = ["attribute", "wrapped"]
        .into_iter()
        .filter(|key| xml.contains_key("nodeType") && xml.contains_key(*key));
    let says = |key| {
        Diagnostic::error("xml", at.join(key), format!("`{key}` and `nodeType` exclude each other")).at_key()
    };
    older.map(says).collect()
}

fn of_discriminator(
    linter: &Linter,
    schema: &Map<String, Value>,
    discriminator: &Map<String, Value>,
    at: &Location,
    names: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let place = at.join("discriminator");
    let files = linter.contract.files();
    if let Some(Value::Object(mapping)) = discriminator.get("mapping") {
        for (value, target) in mapping {
            let Some(target) = target.as_str() else { continue };
            if !names.contains(target) && files.resolve(at, target).is_err() {
                let at = place.join("mapping").join(value);
                let bare = target.rsplit('/').next().unwrap_or(target);
                // Of many targets that are not there the first ones get a hint.
                let known: Vec<&str> =
                    names.iter().map(String::as_str).take_while(|_| found.len() < HINTS_MAX).collect();
                let mut diagnostic =
                    Diagnostic::error("discriminator", at, format!("there is no schema `{target}`"));
                diagnostic.hint = nearest(bare, &known).map(|near| format!("did you mean `{near}`?"));
                found.push(diagnostic);
            }
        }
    }
    let Some(name) = discriminator.get("propertyName").and_then(Value::as_str) else {
        let message = "a discriminator needs a `propertyName`";
        found.push(Diagnostic::error("discriminator", place, message));
        return found;
    };
    let requires = |map: &Map<String, Value>| {
        map.get("required").and_then(Value::as_array).is_some_and(|list| list.iter().any(|item| item == name))
    };
    // With alternatives it is they that must have the property; that is not looked into.
    let alone = !["oneOf", "anyOf", "allOf"].iter().any(|key| schema.contains_key(*key));
    if alone && schema.contains_key("properties") && !requires(schema) {
        let message = format!("the discriminator's property `{name}` is not required");
        let hint = format!("add `{name}` to `required`");
        found.push(Diagnostic::warning("discriminator", place.join("propertyName"), message).with_hint(hint));
    }
    found
}
