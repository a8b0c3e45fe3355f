//! Examples and defaults that break their own schema.

use serde_json::{Map, Value};

use crate::contract::{Example, MediaType, Parameter, ParameterShape};
use crate::document::{Diagnostic, Direction, Location, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 2] = [
    Rule {
        name: "example",
        severity: Severity::Warning,
        summary: "examples fulfil the schema that they are examples of",
        explanation: "People copy examples, and the mock answers with them. One that breaks its schema misleads the \
            former and is passed over by the latter.",
        run: Some(run),
    },
    Rule {
        name: "default",
        severity: Severity::Warning,
        summary: "defaults fulfil the schema that they are defaults of",
        explanation: "A default stands for a value that was not sent, so it must be one that could have been sent.",
        run: None,
    },
];

fn run(linter: &mut Linter) {
    let mut found = Vec::new();
    for operation in linter.everything() {
        for parameter in &operation.parameters {
            of_parameter(linter, parameter, Direction::Request, &mut found);
        }
        for media in operation.request_body.iter().flat_map(|body| &body.content) {
            of_media(linter, media, Direction::Request, &mut found);
        }
        for response in &operation.responses {
            for header in &response.headers {
                of_parameter(linter, header, Direction::Response, &mut found);
            }
            for media in &response.content {
                of_media(linter, media, Direction::Response, &mut found);
            }
        }
    }
    linter.found.extend(found);
    in_schemas(linter);
}

fn of_parameter(linter: &Linter, parameter: &Parameter, direction: Direction, found: &mut Vec<Diagnostic>) {
    match &parameter.shape {
        ParameterShape::Styled { schema: Some(schema), .. } => {
            of_examples(linter, &parameter.examples, schema, direction, found);
        }
        ParameterShape::Styled { .. } => {}
        ParameterShape::Content(media) => of_media(linter, media, direction, found),
    }
}

fn of_media(linter: &Linter, media: &MediaType, direction: Direction, found: &mut Vec<Diagnostic>) {
    // Examples of other media types are texts in their own syntax.
    let json = media.name.contains("json") || media.name.contains("form") || media.name.contains('*');
    if let (Some(schema), true) = (&media.schema, json) {
        of_examples(linter, &media.examples, schema, direction, found);
    }
}

fn of_examples(
    linter: &Linter,
    examples: &[Example],
    schema: &Location,
    direction: Direction,
    found: &mut Vec<Diagnostic>,
) {
    for example in examples {
        let Some(value) = &example.value else { continue };
        let at = ["dataValue", "value"].iter().map(|key| example.location.join(key));
        let at = at.into_iter().find(|at| linter.contract.files().with(at, |v| v == value) == Some(true));
        let at = at.unwrap_or_else(|| example.location.clone());
        found.extend(judge(linter, "example", value, &at, schema, &[direction]));
    }
}

/// The finding about a value that breaks the schema in all directions.
fn judge(
    linter: &Linter,
    rule: &'static str,
    value: &Value,
    at: &Location,
    schema: &Location,
    directions: &[Direction],
) -> Option<Diagnostic> {
    let mut first = None;
    for direction in directions {
        let compiled = linter.schemas.get(schema, *direction).ok()?;
        let violation = compiled.violations(value).into_iter().next()?;
        first.get_or_insert(violation);
    }
    let violation = first?;
    let at = Location::new(at.file, at.pointer.concat(&violation.instance));
    let message = format!("the {rule} breaks its schema: {}", violation.message);
    Some(Diagnostic::warning(rule, at, message).with_related(violation.schema, "this is demanded"))
}

/// `default`, `example` and `examples` of Schema Objects.
fn in_schemas(linter: &mut Linter) {
    linter.each_schema(|linter, at, schema| {
        let Value::Object(map) = schema else { return Vec::new() };
        let mut values: Vec<(&'static str, Location, &Value)> = Vec::new();
        if let Some(value) = map.get("default") {
            values.push(("default", at.join("default"), value));
        }
        // What stands beside `in` is a parameter of 2.0, whose examples are judged as such.
        if !map.contains_key("in") {
            values.extend(map.get("example").map(|value| ("example", at.join("example"), value)));
            if let Some(Value::Array(items)) = map.get("examples") {
                let place = at.join("examples");
                values.extend(items.iter().enumerate().map(|(n, item)| ("example", place.index(n), item)));
            }
        }
        values.retain(|(_, _, value)| !plainly_fits(map, value));
        let both = [Direction::Response, Direction::Request];
        values
            .into_iter()
            .filter_map(|(rule, place, value)| judge(linter, rule, value, &place, at, &both))
            .collect()
    });
}

/// True when the schema says no more than a type, or lists the value: most examples stand beside such schemas, and
/// compiling tens of thousands of them would take long.
fn plainly_fits(schema: &Map<String, Value>, value: &Value) -> bool {
    let says_nothing = |key: &str| {
        matches!(
            key,
            "type"
                | "description"
                | "title"
                | "example"
                | "examples"
                | "default"
                | "deprecated"
                | "readOnly"
                | "writeOnly"
                | "externalDocs"
                | "xml"
                | "$comment"
                | "nullable"
        ) || key.starts_with("x-")
    };
    let is = |name: &Value| match (name.as_str(), value) {
        (Some("string"), Value::String(_))
        | (Some("number"), Value::Number(_))
        | (Some("boolean"), Value::Bool(_))
        | (Some("array"), Value::Array(_))
        | (Some("object"), Value::Object(_))
        | (Some("null"), Value::Null) => true,
        (Some("integer"), Value::Number(number)) => !number.is_f64(),
        _ => false,
    };
    let typed = match schema.get("type") {
        Some(Value::Array(names)) => names.iter().any(is),
        Some(name) => is(name),
        None => false,
    };
    let listed = |list: &Value| list.as_array().is_some_and(|values| values.contains(value));
    typed && schema.iter().all(|(key, value)| says_nothing(key) || key == "enum" && listed(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_schemas_need_no_judge() {
        let fits = |schema: Value, value: Value| plainly_fits(schema.as_object().unwrap(), &value);
        assert!(fits(json!({"type": "string", "description": "d"}), json!("x")));
        assert!(fits(json!({"type": ["integer", "null"], "enum": [1, null]}), json!(null)));
        // Undecided: left to the judge.
        assert!(!fits(json!({"type": "string", "format": "uuid"}), json!("x")));
        assert!(!fits(json!({"type": "integer"}), json!(1.5)));
        assert!(!fits(json!({"type": "string", "enum": ["a"]}), json!("b")));
        assert!(!fits(json!({}), json!("b")));
    }
}
