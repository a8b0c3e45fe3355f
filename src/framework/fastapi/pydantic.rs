//! Broken keywords in pydantic v2's words: the `type`, `msg`, `ctx` and `input` of its errors.
//!
//! Source: the error catalogue of the pydantic documentation ("Usage errors", "Validation errors") and answers of
//! running FastAPI applications.

use serde_json::{Value, json};

use crate::framework::refusal::Part;
use crate::schema::Violation;

/// A violation in pydantic's words.
pub(super) struct Worded {
    /// `type`.
    pub(super) kind: String,
    /// `msg`.
    pub(super) message: String,
    /// `input`.
    pub(super) input: Value,
    /// `ctx`.
    pub(super) context: Option<Value>,
    /// What follows the part and the parameter in `loc`.
    pub(super) loc: Vec<Value>,
}

/// Words a violation of the given part; `sent` is the whole value as it came. Values outside the body came as text,
/// which pydantic tries to parse, and which it shows as it came.
pub(super) fn word(part: Part, violation: &Violation, sent: Option<&Value>) -> Worded {
    let mut loc: Vec<Value> = violation.instance.tokens().map(|t| token(&t)).collect();
    let expected = &violation.expected;
    let shown = sent.and_then(|whole| violation.instance.lookup(whole));
    let mut input = shown.unwrap_or(&violation.actual).clone();
    let (kind, message, context) = match violation.keyword.as_str() {
        "required" if part == Part::Body => {
            if let Some(name) = expected.as_str() {
                loc.push(json!(name));
            }
            ("missing", "Field required".to_owned(), None)
        }
        "required" => {
            input = Value::Null;
            ("missing", "Field required".to_owned(), None)
        }
        "additionalProperties" | "unevaluatedProperties" => {
            if let Some((name, value)) = extra(violation) {
                loc.push(json!(name));
                input = value;
            }
            ("extra_forbidden", "Extra inputs are not permitted".to_owned(), None)
        }
        "anyOf" | "oneOf" => match optional(violation) {
            Some(inner) => return word(part, inner, sent),
            None => {
                ("value_error", format!("Value error, {}", violation.message), Some(json!({"error": {}})))
            }
        },
        "type" => typed(expected, &input),
        keyword => match limit(keyword, expected, &input).or_else(|| chosen(keyword, violation)) {
            Some(found) => found,
            None if keyword == "format" => formatted(expected.as_str().unwrap_or_default(), &input),
            None => {
                ("value_error", format!("Value error, {}", violation.message), Some(json!({"error": {}})))
            }
        },
    };
    Worded { kind: kind.to_owned(), message, input, context, loc }
}

type Words = (&'static str, String, Option<Value>);

/// Tokens that look like indexes are written as integers, as pydantic writes those of lists.
fn token(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| json!(text), |index| json!(index))
}

/// The member that was not expected: named by `expected`, or the only one the message can mean.
fn extra(violation: &Violation) -> Option<(String, Value)> {
    let object = violation.actual.as_object()?;
    let name = violation
        .expected
        .as_str()
        .map(str::to_owned)
        .or_else(|| object.keys().find(|key| violation.message.contains(&format!("'{key}'"))).cloned())?;
    let value = object.get(&name)?.clone();
    Some((name, value))
}

/// `anyOf: [X, null]` is pydantic's `Optional[X]`, which reports the trouble with X alone.
fn optional(violation: &Violation) -> Option<&Violation> {
    let wants_null = |branch: &[Violation]| matches!(branch, [only] if only.keyword == "type" && only.expected == json!("null"));
    let mut others = violation.branches.iter().filter(|b| !wants_null(b));
    let only = others.next()?;
    if others.next().is_some() || violation.branches.len() < 2 {
        return None;
    }
    only.first()
}

fn typed(expected: &Value, input: &Value) -> Words {
    let wanted = match expected {
        Value::String(one) => one.as_str(),
        Value::Array(many) => many.iter().filter_map(Value::as_str).find(|t| *t != "null").unwrap_or("null"),
        _ => "object",
    };
    let text = input.is_string();
    let plain = |kind: &'static str, message: &str| (kind, message.to_owned(), None);
    match wanted {
        "string" => plain("string_type", "Input should be a valid string"),
        "integer" if text => {
            plain("int_parsing", "Input should be a valid integer, unable to parse string as an integer")
        }
        "integer" if input.is_number() => {
            plain("int_from_float", "Input should be a valid integer, got a number with a fractional part")
        }
        "integer" => plain("int_type", "Input should be a valid integer"),
        "number" if text => {
            plain("float_parsing", "Input should be a valid number, unable to parse string as a number")
        }
        "number" => plain("float_type", "Input should be a valid number"),
        "boolean" if text || input.is_number() => {
            plain("bool_parsing", "Input should be a valid boolean, unable to interpret input")
        }
        "boolean" => plain("bool_type", "Input should be a valid boolean"),
        "array" => plain("list_type", "Input should be a valid list"),
        "null" => plain("none_required", "Input should be None"),
        _ => plain(
            "model_attributes_type",
            "Input should be a valid dictionary or object to extract fields from",
        ),
    }
}

/// Bounds of numbers, strings and lists.
fn limit(keyword: &str, expected: &Value, input: &Value) -> Option<Words> {
    let plural = if expected.as_f64() == Some(1.0) { "" } else { "s" };
    let length = input.as_array().map_or(0, Vec::len);
    let found: (&'static str, String, Value) = match keyword {
        "minimum" => (
            "greater_than_equal",
            format!("Input should be greater than or equal to {expected}"),
            json!({"ge": expected}),
        ),
        "exclusiveMinimum" => {
            ("greater_than", format!("Input should be greater than {expected}"), json!({"gt": expected}))
        }
        "maximum" => (
            "less_than_equal",
            format!("Input should be less than or equal to {expected}"),
            json!({"le": expected}),
        ),
        "exclusiveMaximum" => {
            ("less_than", format!("Input should be less than {expected}"), json!({"lt": expected}))
        }
        "multipleOf" => (
            "multiple_of",
            format!("Input should be a multiple of {expected}"),
            json!({"multiple_of": expected}),
        ),
        "minLength" => (
            "string_too_short",
            format!("String should have at least {expected} character{plural}"),
            json!({"min_length": expected}),
        ),
        "maxLength" => (
            "string_too_long",
            format!("String should have at most {expected} character{plural}"),
            json!({"max_length": expected}),
        ),
        "minItems" => (
            "too_short",
            format!("List should have at least {expected} item{plural} after validation, not {length}"),
            json!({"field_type": "List", "min_length": expected, "actual_length": length}),
        ),
        "maxItems" => (
            "too_long",
            format!("List should have at most {expected} item{plural} after validation, not {length}"),
            json!({"field_type": "List", "max_length": expected, "actual_length": length}),
        ),
        _ => return None,
    };
    Some((found.0, found.1, Some(found.2)))
}

/// Patterns, enumerations and constants.
fn chosen(keyword: &str, violation: &Violation) -> Option<Words> {
    let expected = &violation.expected;
    match keyword {
        "pattern" => {
            let pattern = expected.as_str().unwrap_or_default();
            Some((
                "string_pattern_mismatch",
                format!("String should match pattern '{pattern}'"),
                Some(json!({"pattern": pattern})),
            ))
        }
        "const" => {
            let wanted = python(expected);
            Some(("literal_error", format!("Input should be {wanted}"), Some(json!({"expected": wanted}))))
        }
        "enum" => {
            let wanted = either(expected.as_array().map_or(&[], Vec::as_slice));
            // An Enum class has a schema of its own under `components`; a Literal stands in place.
            let of_class = violation.schema.pointer.tokens().count() == 4
                && violation.schema.pointer.as_str().starts_with("/components/schemas/");
            let kind = if of_class { "enum" } else { "literal_error" };
            Some((kind, format!("Input should be {wanted}"), Some(json!({"expected": wanted}))))
        }
        _ => None,
    }
}

/// `'a', 'b' or 'c'`.
fn either(values: &[Value]) -> String {
    match values {
        [] => String::new(),
        [only] => python(only),
        [rest @ .., last] => {
            format!("{} or {}", rest.iter().map(python).collect::<Vec<_>>().join(", "), python(last))
        }
    }
}

/// A value as Python's `repr` shows it.
fn python(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
        Value::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Null => "None".into(),
        other => other.to_string(),
    }
}

fn formatted(format: &str, input: &Value) -> Words {
    let short = input.as_str().is_some_and(|text| text.len() < 10);
    let with = |kind: &'static str, lead: &str, error: &str| {
        (kind, format!("{lead}, {error}"), Some(json!({"error": error})))
    };
    match format {
        "date-time" => with(
            "datetime_from_date_parsing",
            "Input should be a valid datetime or date",
            if short { "input is too short" } else { "invalid character in year" },
        ),
        "date" => with(
            "date_from_datetime_parsing",
            "Input should be a valid date or datetime",
            if short { "input is too short" } else { "invalid character in year" },
        ),
        "uuid" => with("uuid_parsing", "Input should be a valid UUID", &uuid_trouble(input)),
        "uri" | "url" => with("url_parsing", "Input should be a valid URL", "relative URL without a base"),
        "email" => (
            "value_error",
            "value is not a valid email address: An email address must have an @-sign.".to_owned(),
            Some(json!({"reason": "An email address must have an @-sign."})),
        ),
        other => ("value_error", format!("Value error, not a valid {other}"), Some(json!({"error": {}}))),
    }
}

/// What Rust's `uuid` crate, which pydantic uses, says of a text that is no UUID: its parser is asked.
fn uuid_trouble(input: &Value) -> String {
    let text = input.as_str().unwrap_or_default();
    match uuid::Uuid::parse_str(text) {
        Err(error) => error.to_string(),
        Ok(_) => "invalid group length".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Pointer;
    use crate::document::Location;

    fn violation(keyword: &str, expected: Value, actual: Value) -> Violation {
        Violation {
            names: Vec::new(),
            instance: Pointer::root(),
            keyword: keyword.into(),
            schema: Location::default(),
            expected,
            actual,
            message: "the reason".into(),
            branches: Vec::new(),
        }
    }

    fn worded(part: Part, v: &Violation) -> (String, String, Option<Value>) {
        let w = word(part, v, None);
        (w.kind, w.message, w.context)
    }

    #[test]
    fn the_words_are_pydantics() {
        for (keyword, expected, actual, kind, message, ctx) in [
            (
                "type",
                json!("integer"),
                json!("x"),
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
                None,
            ),
            ("type", json!("string"), json!(5), "string_type", "Input should be a valid string", None),
            ("type", json!(["null", "array"]), json!(5), "list_type", "Input should be a valid list", None),
            (
                "minimum",
                json!(1),
                json!(0),
                "greater_than_equal",
                "Input should be greater than or equal to 1",
                Some(json!({"ge": 1})),
            ),
            (
                "minLength",
                json!(1),
                json!(""),
                "string_too_short",
                "String should have at least 1 character",
                Some(json!({"min_length": 1})),
            ),
            (
                "maxLength",
                json!(30),
                json!(""),
                "string_too_long",
                "String should have at most 30 characters",
                Some(json!({"max_length": 30})),
            ),
            (
                "enum",
                json!(["a", "b", "c"]),
                json!("d"),
                "literal_error",
                "Input should be 'a', 'b' or 'c'",
                Some(json!({"expected": "'a', 'b' or 'c'"})),
            ),
            (
                "const",
                json!("a"),
                json!("d"),
                "literal_error",
                "Input should be 'a'",
                Some(json!({"expected": "'a'"})),
            ),
            (
                "pattern",
                json!("^a$"),
                json!("d"),
                "string_pattern_mismatch",
                "String should match pattern '^a$'",
                Some(json!({"pattern": "^a$"})),
            ),
            (
                "uniqueItems",
                json!(true),
                json!([]),
                "value_error",
                "Value error, the reason",
                Some(json!({"error": {}})),
            ),
        ] {
            let got = worded(Part::Query, &violation(keyword, expected, actual));
            assert_eq!(got, (kind.to_owned(), message.to_owned(), ctx), "{keyword}");
        }
    }

    #[test]
    fn missing_members_are_named_in_the_loc() {
        let mut v = violation("required", json!("name"), json!({"a": 1}));
        v.instance = Pointer::from_tokens(["items", "0"]);
        let w = word(Part::Body, &v, None);
        assert_eq!(w.loc, [json!("items"), json!(0), json!("name")]);
        assert_eq!(w.input, json!({"a": 1}));
        assert_eq!(word(Part::Query, &v, None).input, Value::Null);
    }

    #[test]
    fn an_optional_reports_the_trouble_with_its_only_other_branch() {
        let mut v = violation("anyOf", Value::Null, json!("x"));
        v.branches = vec![
            vec![violation("type", json!("integer"), json!("x"))],
            vec![violation("type", json!("null"), json!("x"))],
        ];
        assert_eq!(worded(Part::Query, &v).0, "int_parsing");
        v.branches.push(vec![violation("type", json!("boolean"), json!("x"))]);
        assert_eq!(worded(Part::Query, &v).0, "value_error");
    }
}
