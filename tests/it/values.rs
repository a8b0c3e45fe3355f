//! Values for the built-in contract's schemas and for schemas in which rivals stumble.

use std::sync::Arc;

use counterpart::base::Seed;
use counterpart::generate::{GenerateError, ValueOptions, boundary, negative, negative_text, sample};
use counterpart::schema::Schema;
use serde_json::{Value, json};

fn schema(value: Value) -> Arc<Schema> {
    Schema::from_value(value).unwrap()
}

/// Schemas that are hard to satisfy by luck.
fn hard() -> Vec<(&'static str, Value)> {
    vec![
        (
            "pattern with length",
            json!({"type": "string", "pattern": "^[A-Z]{2}-\\d+$", "minLength": 8, "maxLength": 9}),
        ),
        (
            "two patterns",
            json!({"allOf": [{"type": "string", "pattern": "^[a-z0-9]+$"}, {"pattern": "\\d{3}$"}]}),
        ),
        ("password", json!({"type": "string", "pattern": "^(?=.*[A-Z])(?=.*[a-z])(?=.*\\d).{8,12}$"})),
        (
            "fractional multiples",
            json!({"type": "number", "minimum": 0.05, "maximum": 0.35, "multipleOf": 0.1}),
        ),
        (
            "several multiples",
            json!({"type": "integer", "multipleOf": 6, "allOf": [{"multipleOf": 15}], "minimum": 31, "maximum": 89}),
        ),
        (
            "beyond 2^53",
            json!({"type": "integer", "minimum": 9007199254740993_u64, "maximum": 9007199254740995_u64}),
        ),
        (
            "tuple",
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false, "minItems": 2}),
        ),
        (
            "contains",
            json!({"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 1000}, "minContains": 2, "maxContains": 3, "minItems": 5, "maxItems": 6}),
        ),
        (
            "unique enum",
            json!({"type": "array", "items": {"enum": [1, 2, 3, 4]}, "uniqueItems": true, "minItems": 4}),
        ),
        (
            "unique pairs",
            json!({"type": "array", "items": {"type": "array", "prefixItems": [{"type": "boolean"}, {"type": "boolean"}], "minItems": 2, "maxItems": 2}, "uniqueItems": true, "minItems": 4}),
        ),
        (
            "not",
            json!({"type": ["string", "integer"], "not": {"enum": ["a", 1]}, "maxLength": 1, "minimum": 0, "maximum": 2}),
        ),
        (
            "merged objects",
            json!({"allOf": [
            {"type": "object", "properties": {"a": {"type": "integer", "minimum": 5}}, "required": ["a"]},
            {"properties": {"a": {"maximum": 6}, "b": {"const": "x"}}, "required": ["b"]}], "unevaluatedProperties": false}),
        ),
        (
            "exactly one",
            json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}, {"required": ["c"]}], "type": "object", "minProperties": 2}),
        ),
        (
            "condition",
            json!({"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["card", "iban"]}},
            "if": {"properties": {"kind": {"const": "card"}}}, "then": {"required": ["number"]}, "else": {"required": ["iban"]}}),
        ),
        (
            "names",
            json!({"type": "object", "propertyNames": {"pattern": "^x-[a-z]{1,3}$"}, "minProperties": 3, "additionalProperties": {"type": "integer"}}),
        ),
        (
            "pattern properties",
            json!({"type": "object", "patternProperties": {"^s_": {"type": "string"}, "^n_": {"type": "number"}}, "additionalProperties": false, "minProperties": 4}),
        ),
        (
            "dependents",
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "null"}},
            "dependentRequired": {"a": ["b"], "b": ["c"]}, "required": ["a"], "dependentSchemas": {"c": {"required": ["d"]}}}),
        ),
        (
            "recursion",
            json!({"$defs": {"tree": {"type": "object", "required": ["children"], "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}}, "$ref": "#/$defs/tree"}),
        ),
        (
            "mutual recursion",
            json!({"$defs": {"a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}, "required": ["b"]},
            "b": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}]}}, "$ref": "#/$defs/a"}),
        ),
        (
            "closed inheritance",
            json!({"$ref": "#/$defs/base", "properties": {"extra": {"type": "string"}}, "required": ["extra"], "unevaluatedProperties": false,
            "$defs": {"base": {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}, "required": ["id"]}}}),
        ),
        (
            "discriminator",
            json!({"oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
            "discriminator": {"propertyName": "type", "mapping": {"cat": "#/$defs/Cat", "dog": "#/$defs/Dog"}},
            "$defs": {"Cat": {"type": "object", "required": ["type", "lives"], "properties": {"type": {"const": "cat"}, "lives": {"type": "integer"}}},
                      "Dog": {"type": "object", "required": ["type"], "properties": {"type": {"const": "dog"}}}}}),
        ),
        ("format and pattern", json!({"type": "string", "format": "date", "pattern": "^20"})),
        ("format and length", json!({"type": "string", "format": "email", "maxLength": 20})),
    ]
}

#[test]
fn hard_schemas_get_valid_values_and_broken_ones() {
    let options = ValueOptions::default();
    for (name, value) in hard() {
        let schema = schema(value);
        for seed in 0..100 {
            let value =
                sample(&schema, &options, Seed(seed)).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(schema.is_valid(&value), "{name}: {value}");
            assert_eq!(sample(&schema, &options, Seed(seed)).unwrap(), value, "{name}: not reproducible");
        }
        for seed in 0..30 {
            let (value, mutation) =
                negative(&schema, &options, Seed(seed)).unwrap().unwrap_or_else(|| panic!("{name}"));
            let violations = schema.violations(&value);
            assert!(
                violations.iter().any(|v| v.keyword == mutation.keyword && v.schema == mutation.schema),
                "{name}: {value} {mutation:?} {violations:?}"
            );
            assert_eq!(mutation.instance.lookup(&value), Some(&mutation.after), "{name}");
        }
    }
}

#[test]
fn impossible_schemas_are_told_with_the_places() {
    let cases = [
        (json!({"type": "integer", "minimum": 5, "maximum": 4}), "/minimum"),
        (json!({"allOf": [{"type": "string"}, {"type": "integer"}]}), "/allOf/0/type"),
        (json!({"type": "string", "pattern": "^a+$", "maxLength": 0}), "/pattern"),
        (json!({"type": "object", "required": ["a"], "properties": {"a": false}}), "/properties/a"),
        (
            json!({"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": true, "minItems": 3}),
            "/uniqueItems",
        ),
        (json!({"enum": [1, 2], "not": {"minimum": 0}}), "/enum"),
        (json!({"type": "object", "additionalProperties": false, "minProperties": 1}), "/minProperties"),
    ];
    for (value, place) in cases {
        let schema = schema(value.clone());
        match sample(&schema, &ValueOptions::default(), Seed(1)) {
            Err(GenerateError::Unsatisfiable { places, .. }) => {
                let places: Vec<_> = places.iter().map(|place| place.pointer.to_string()).collect();
                assert!(places.iter().any(|found| found == place), "{value}: {places:?}");
            }
            other => panic!("{value}: {other:?}"),
        }
    }
    let endless = schema(
        json!({"$defs": {"a": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/a"}}}}, "$ref": "#/$defs/a"}),
    );
    assert!(matches!(
        sample(&endless, &ValueOptions::default(), Seed(1)),
        Err(GenerateError::Unsatisfiable { .. })
    ));
}

#[test]
fn every_keyword_of_a_schema_is_broken_some_time() {
    let schema = schema(json!({
        "type": "object",
        "required": ["id", "tags"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": "string", "minLength": 3, "maxLength": 8, "pattern": "^[a-z]+$"},
            "at": {"type": "string", "format": "date-time"},
            "size": {"type": "integer", "minimum": 1, "exclusiveMaximum": 100, "multipleOf": 3},
            "kind": {"enum": ["a", "b"]},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3, "uniqueItems": true},
            "either": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        },
    }));
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..400 {
        let (_, mutation) = negative(&schema, &ValueOptions::default(), Seed(seed)).unwrap().unwrap();
        seen.insert(mutation.keyword);
    }
    let wanted = [
        "additionalProperties",
        "anyOf",
        "enum",
        "exclusiveMaximum",
        "format",
        "maxItems",
        "maxLength",
        "minItems",
        "minLength",
        "minimum",
        "multipleOf",
        "pattern",
        "required",
        "type",
        "uniqueItems",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
}

#[test]
fn broken_texts_stay_broken_when_read_as_other_types() {
    let options = ValueOptions::default();
    let number = schema(json!({"type": "integer", "minimum": 1, "maximum": 50}));
    for seed in 0..50 {
        let (value, _) = negative_text(&number, &options, Seed(seed)).unwrap().unwrap();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert!(text.parse::<i64>().map_or(true, |n| !(1..=50).contains(&n)), "{text}");
    }
    let flag = schema(json!({"type": "boolean"}));
    for seed in 0..50 {
        let (value, _) = negative_text(&flag, &options, Seed(seed)).unwrap().unwrap();
        assert!(!["true", "false", "1", "0"].contains(&value.to_string().trim_matches('"')), "{value}");
    }
    assert_eq!(negative_text(&schema(json!({"type": "string"})), &options, Seed(1)).unwrap(), None);
    assert_eq!(negative(&schema(json!({})), &options, Seed(1)).unwrap(), None);
}

#[test]
fn realistic_values_use_examples_and_keep_times_in_order() {
    let schema = schema(json!({
        "type": "object",
        "required": ["id", "plan", "created_at", "updated_at", "owner_email", "broken"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "plan": {"type": "string", "example": "gold"},
            "broken": {"type": "string", "maxLength": 3, "example": "too long"},
            "created_at": {"type": "string", "format": "date-time"},
            "updated_at": {"type": "string", "format": "date-time"},
            "owner_email": {"type": "string"},
        },
    }));
    for seed in 0..100 {
        let value = sample(&schema, &ValueOptions::realistic(), Seed(seed)).unwrap();
        assert_eq!(value["plan"], "gold");
        assert!(value["created_at"].as_str() <= value["updated_at"].as_str(), "{value}");
        assert!(value["owner_email"].as_str().unwrap().contains('@'));
        assert_eq!(sample(&schema, &ValueOptions::realistic(), Seed(seed)).unwrap(), value);
    }
}

/// Of a union whose alternatives overlap, people see one as it is meant; testers see the odd ones, too.
#[test]
fn realistic_values_of_a_union_break_no_alternative_to_be_another_alone() {
    let schema = schema(json!({"oneOf": [
        {"type": "object", "required": ["text"], "properties": {
            "text": {"type": "string"}, "marks": {"type": "array", "items": {"type": "object"}}}},
        {"type": "object", "required": ["text", "language"], "properties": {
            "text": {"type": "string"}, "language": {"type": "string"}}},
    ]}));
    let mut odd = 0;
    for seed in 0..60 {
        let shown = sample(&schema, &ValueOptions::realistic(), Seed(seed)).unwrap();
        assert!(
            shown.get("marks").is_none_or(|marks| marks.as_array().unwrap().iter().all(Value::is_object))
        );
        let tried = sample(&schema, &ValueOptions::default(), Seed(seed)).unwrap();
        odd += usize::from(tried.get("language").is_some());
    }
    assert!(odd > 5, "{odd}");
}

#[test]
fn values_that_would_be_huge_are_refused_at_once() {
    let start = std::time::Instant::now();
    for value in [
        json!({"type": "array", "minItems": 100_000_000, "items": {"type": "string", "minLength": 1_000_000_000}}),
        json!({"type": "string", "minLength": 1_000_000_000}),
        json!({"type": "object", "minProperties": 100_000_000}),
        json!({"type": "string", "minLength": 1_000_000_000, "pattern": "^a"}),
        json!({"$defs": {"l": {"type": "array", "minItems": 1000, "items": {"type": "array", "minItems": 1000, "items": {"type": "null"}}}}, "$ref": "#/$defs/l"}),
    ] {
        let result = sample(&schema(value.clone()), &ValueOptions::default(), Seed(1));
        assert!(matches!(result, Err(GenerateError::GaveUp { .. })), "{value}");
    }
    assert!(start.elapsed().as_secs() < 30);
}

#[test]
fn boundaries_cover_bounds_members_and_presence() {
    let schema = schema(json!({
        "type": "object",
        "required": ["n"],
        "properties": {
            "n": {"type": "integer", "minimum": 1, "maximum": 10},
            "s": {"type": "string", "minLength": 2, "maxLength": 5},
            "e": {"enum": ["x", "y"]},
            "a": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
        },
    }));
    let list = boundary(&schema, &ValueOptions::default());
    assert_eq!(list, boundary(&schema, &ValueOptions::default()), "the list is always the same");
    for entry in &list {
        assert_eq!(schema.is_valid(&entry.value), entry.valid, "{entry:?}");
        assert_eq!(entry.mutation.is_none(), entry.valid, "{entry:?}");
    }
    let has =
        |valid: bool, test: &dyn Fn(&Value) -> bool| list.iter().any(|e| e.valid == valid && test(&e.value));
    for n in [1, 10] {
        assert!(has(true, &|value| value["n"] == n), "{n}");
    }
    for n in [0, 11] {
        assert!(has(false, &|value| value["n"] == n), "{n}");
    }
    for length in [2, 5] {
        assert!(
            has(true, &|value| value["s"].as_str().is_some_and(|s| s.chars().count() == length)),
            "{length}"
        );
    }
    for length in [1, 6] {
        assert!(
            has(false, &|value| value["s"].as_str().is_some_and(|s| s.chars().count() == length)),
            "{length}"
        );
    }
    assert!(has(true, &|value| value["e"] == "x") && has(true, &|value| value["e"] == "y"));
    assert!(has(true, &|value| value.get("s").is_none()) && has(false, &|value| value.get("n").is_none()));
    // Pairwise: every pair of optional properties, present and absent, occurs.
    for (p, q) in [("s", "e"), ("s", "a"), ("e", "a")] {
        for (with_p, with_q) in [(true, true), (true, false), (false, true), (false, false)] {
            assert!(
                has(true, &|value| value.get(p).is_some() == with_p && value.get(q).is_some() == with_q),
                "{p} {with_p} {q} {with_q}"
            );
        }
    }
}

#[test]
fn discriminators_of_base_schemas_name_the_schema() {
    use counterpart::contract::Contract;
    use counterpart::document::{Direction, Location};
    use counterpart::schema::Schemas;
    let text = "swagger: '2.0'\ninfo: {title: t, version: '1'}\npaths: {}\ndefinitions:\n  Item: {type: object, discriminator: kind, required: [kind], properties: {kind: {type: string}}}\n  Book: {allOf: [{$ref: '#/definitions/Item'}, {type: object, required: [isbn], properties: {isbn: {type: string}}}]}\n";
    let contract = Contract::from_text("t", text).unwrap();
    let schemas = Schemas::new(contract.schema_source());
    for name in ["Item", "Book"] {
        let at = Location::default().join("definitions").join(name);
        let schema = schemas.get(&at, Direction::Response).unwrap();
        for options in [ValueOptions::default(), ValueOptions::realistic()] {
            assert_eq!(sample(&schema, &options, Seed(1)).unwrap()["kind"], json!(name));
        }
    }
}
