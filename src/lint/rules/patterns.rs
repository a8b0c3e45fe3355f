//! Regular expressions.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};
use crate::schema::Schema;

/// The rules.
pub const RULES: [Rule; 1] = [Rule {
    name: "pattern",
    severity: Severity::Error,
    summary: "regular expressions compile",
    explanation: "`pattern` and the keys of `patternProperties` are regular expressions in the dialect of ECMA-262. One \
        that doesn't compile judges nothing; it is ignored.",
    run: Some(run),
}];

fn run(linter: &mut Linter) {
    // Contracts use the same few patterns again and again.
    let mut known: HashMap<String, bool> = HashMap::new();
    let mut compiles = move |pattern: &str| {
        *known.entry(pattern.to_owned()).or_insert_with(|| {
            let schema = json!({"pattern": pattern});
            Schema::from_value(schema).is_ok_and(|schema| schema.bundle().defects().is_empty())
        })
    };
    linter.each_schema(|_, at, schema| {
        let mut patterns: Vec<(Location, String, bool)> = Vec::new();
        if let Some(Value::String(pattern)) = schema.get("pattern") {
            patterns.push((at.join("pattern"), pattern.clone(), false));
        }
        if let Some(Value::Object(map)) = schema.get("patternProperties") {
            let at = at.join("patternProperties");
            patterns.extend(map.keys().map(|key| (at.join(key), key.clone(), true)));
        }
        patterns.retain(|(_, pattern, _)| !compiles(pattern));
        let says = |(at, pattern, at_key): (Location, String, bool)| {
            let message = format!("the regular expression `{pattern}` does not compile");
            let mut diagnostic = Diagnostic::error("pattern", at, message);
            diagnostic.at_key = at_key;
            if pattern.starts_with('/') && pattern.len() > 1 {
                diagnostic.hint = Some("write it without the slashes around it".to_owned());
            }
            diagnostic
        };
        patterns.into_iter().map(says).collect()
    });
}
