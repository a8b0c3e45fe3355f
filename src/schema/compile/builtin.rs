//! The formats that the validator checks by itself.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// Those of them that our own checks ask for.
const NAMES: [&str; 11] = [
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "iri",
    "iri-reference",
    "regex",
    "relative-json-pointer",
    "uri",
    "uri-reference",
    "uri-template",
];

/// Whether a string is of a format of [`NAMES`]; others constrain nothing.
pub(in crate::schema) fn builtin(name: &str, text: &str) -> bool {
    static CHECKS: LazyLock<HashMap<&str, Option<Validator>>> = LazyLock::new(|| {
        let options = || jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        NAMES.into_iter().map(|name| (name, options().build(&json!({ "format": name })).ok())).collect()
    });
    let check = CHECKS.get(name).and_then(Option::as_ref);
    check.is_none_or(|validator| validator.is_valid(&Value::String(text.to_owned())))
}
