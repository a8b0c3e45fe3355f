//! Examples and defaults that break their own schema.

use serde_json::Value;

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
        let both = [Direction::Response, Direction::Request];
        values
            .into_iter()
            .filter_map(|(rule, place, value)| judge(linter, rule, value, &place, at, &both))
            .collect()
    });
}
