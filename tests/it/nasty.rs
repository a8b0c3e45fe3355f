//! Schemas in which generators stumble: bounds that nearly exclude each other, keywords that look past one another.

use std::sync::Arc;

use counterpart::base::Seed;
use counterpart::generate::{GenerateError, ValueOptions, boundary, negative, sample};
use counterpart::schema::Schema;
use serde_json::{Value, json};

/// Name, schema, true when there is a value.
fn nasty() -> Vec<(&'static str, Value, bool)> {
    let satisfiable = vec![
        (
            "cents between",
            json!({"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 0.01, "exclusiveMaximum": 0.03}),
        ),
        ("tenths negative", json!({"type": "number", "multipleOf": 0.1, "minimum": -0.35, "maximum": -0.25})),
        (
            "several fractional steps",
            json!({"allOf": [{"multipleOf": 0.3}, {"multipleOf": 0.5}], "type": "number", "exclusiveMinimum": 0, "maximum": 1.5}),
        ),
        ("tiny step", json!({"type": "number", "multipleOf": 1e-7, "minimum": 0, "maximum": 3e-7})),
        (
            "integer by fraction step",
            json!({"type": "integer", "multipleOf": 2.5, "minimum": 1, "maximum": 9}),
        ),
        (
            "huge multiples",
            json!({"type": "integer", "multipleOf": 1000000007, "minimum": 9007199254740993_u64}),
        ),
        ("past i64", json!({"type": "integer", "minimum": 18446744073709551615_u64})),
        ("lowest i64", json!({"type": "integer", "maximum": -9223372036854775807_i64})),
        (
            "unique all booleans",
            json!({"type": "array", "items": {"type": "boolean"}, "uniqueItems": true, "minItems": 2}),
        ),
        (
            "unique enum pairs",
            json!({"type": "array", "items": {"type": "object", "properties": {"a": {"enum": [1, 2]}, "b": {"enum": [1, 2]}}, "required": ["a", "b"], "additionalProperties": false}, "uniqueItems": true, "minItems": 4}),
        ),
        (
            "contains with prefix",
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "integer", "minimum": 0}, "contains": {"type": "integer", "minimum": 100}, "minContains": 2, "maxContains": 2, "maxItems": 4}),
        ),
        (
            "two contains",
            json!({"allOf": [{"contains": {"const": 1}}, {"contains": {"const": 2}, "maxContains": 1}], "type": "array", "maxItems": 2}),
        ),
        (
            "contains zero",
            json!({"type": "array", "contains": {"type": "string"}, "minContains": 0, "maxContains": 0, "minItems": 2}),
        ),
        (
            "unique contains",
            json!({"type": "array", "uniqueItems": true, "items": {"enum": [1, 2, 3]}, "contains": {"minimum": 2}, "minContains": 2, "minItems": 3}),
        ),
        (
            "unevaluated through allOf and ref",
            json!({"$defs": {"base": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}, "allOf": [{"$ref": "#/$defs/base"}, {"properties": {"b": {"type": "string"}}}], "unevaluatedProperties": false, "minProperties": 2}),
        ),
        (
            "unevaluated through if",
            json!({"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"], "if": {"properties": {"kind": {"const": "a"}}}, "then": {"properties": {"x": {"type": "integer"}}, "required": ["x"]}, "else": {"properties": {"y": {"type": "integer"}}, "required": ["y"]}, "unevaluatedProperties": false}),
        ),
        (
            "unevaluated by dependentSchemas",
            json!({"type": "object", "properties": {"a": true}, "dependentSchemas": {"a": {"properties": {"b": {"type": "integer"}}, "required": ["b"]}}, "required": ["a"], "unevaluatedProperties": false}),
        ),
        (
            "unevaluated with a schema",
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "unevaluatedProperties": {"type": "integer"}, "minProperties": 3}),
        ),
        (
            "unevaluated items",
            json!({"type": "array", "prefixItems": [{"type": "string"}], "contains": {"type": "integer"}, "unevaluatedItems": false, "minItems": 3}),
        ),
        (
            "oneOf overlapping",
            json!({"oneOf": [{"type": "integer", "minimum": 0}, {"type": "integer", "multipleOf": 2}, {"type": "number", "maximum": -10}]}),
        ),
        (
            "oneOf by presence",
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
        ),
        (
            "oneOf of three by presence",
            json!({"type": "object", "properties": {"a": true, "b": true, "c": true}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}, {"required": ["c"]}], "minProperties": 2}),
        ),
        (
            "not required",
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "not": {"required": ["a", "b"]}, "minProperties": 1}),
        ),
        ("not any of the types", json!({"not": {"type": ["string", "number", "object", "array", "null"]}})),
        ("not not", json!({"not": {"not": {"type": "string", "minLength": 3}}})),
        (
            "not a const object",
            json!({"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"], "additionalProperties": false, "not": {"const": {"a": true}}}),
        ),
        (
            "not a pattern",
            json!({"type": "string", "not": {"pattern": "^[a-z]"}, "minLength": 2, "maxLength": 5}),
        ),
        (
            "not unique",
            json!({"type": "array", "items": {"type": "integer"}, "not": {"uniqueItems": true}, "maxItems": 4}),
        ),
        (
            "dependent chain",
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer"}}, "dependentRequired": {"a": ["b"], "b": ["c"]}, "required": ["a"]}),
        ),
        (
            "dependent schema narrows",
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "n": {"type": "integer"}}, "required": ["a", "n"], "dependentSchemas": {"a": {"properties": {"n": {"minimum": 5, "maximum": 6}}}}}),
        ),
        (
            "names by pattern only",
            json!({"type": "object", "patternProperties": {"^x-[a-z]{3}$": {"type": "integer"}}, "additionalProperties": false, "minProperties": 3}),
        ),
        (
            "names in two patterns",
            json!({"type": "object", "patternProperties": {"^a": {"type": "integer"}, "z$": {"minimum": 10}}, "propertyNames": {"pattern": "^a.*z$", "maxLength": 4}, "additionalProperties": false, "minProperties": 2}),
        ),
        (
            "names of an enum",
            json!({"type": "object", "propertyNames": {"enum": ["a", "b", "c"]}, "additionalProperties": {"type": "integer"}, "minProperties": 3}),
        ),
        (
            "patternProperties against properties",
            json!({"type": "object", "properties": {"foo": {"type": "integer"}}, "patternProperties": {"^f": {"minimum": 3, "maximum": 3}}, "required": ["foo"]}),
        ),
        (
            "recursive minItems",
            json!({"$defs": {"n": {"type": "object", "required": ["kids"], "properties": {"kids": {"type": "array", "minItems": 1, "items": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]}}}}}, "$ref": "#/$defs/n"}),
        ),
        (
            "mutual recursion",
            json!({"$defs": {"a": {"type": "object", "required": ["b"], "properties": {"b": {"$ref": "#/$defs/b"}}}, "b": {"type": "array", "items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}),
        ),
        (
            "three patterns and length",
            json!({"type": "string", "allOf": [{"pattern": "^[a-f0-9]+$"}, {"pattern": "a.*b"}, {"pattern": "[0-9]{2}$"}], "minLength": 9, "maxLength": 9}),
        ),
        ("unicode letters", json!({"type": "string", "pattern": "^\\p{Lu}\\p{Ll}{2,4}$"})),
        ("unicode script", json!({"type": "string", "pattern": "^\\p{Script=Greek}{3}$"})),
        ("lookahead", json!({"type": "string", "pattern": "^(?!admin)[a-z]{5,8}$"})),
        ("lookahead for both", json!({"type": "string", "pattern": "^(?=.*\\d)(?=.*[a-z])[a-z\\d]{6}$"})),
        ("word boundary", json!({"type": "string", "pattern": "\\bfoo\\b"})),
        ("anchors in a group", json!({"type": "string", "pattern": "(^a|b$)", "minLength": 4})),
        ("astral", json!({"type": "string", "pattern": "^\u{1F600}{2}$", "minLength": 2, "maxLength": 2})),
        ("control and escapes", json!({"type": "string", "pattern": "^\\cJ\\x41\\u0042\\/$"})),
        (
            "pattern with format",
            json!({"type": "string", "format": "date", "pattern": "^20[0-9]{2}-0[1-3]-"}),
        ),
        ("format with length", json!({"type": "string", "format": "email", "maxLength": 8})),
        (
            "uuid of a version",
            json!({"type": "string", "format": "uuid", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}),
        ),
        (
            "uri of a scheme",
            json!({"type": "string", "format": "uri", "pattern": "^https://", "maxLength": 30}),
        ),
        ("date-time in Z", json!({"type": "string", "format": "date-time", "pattern": "Z$"})),
        (
            "dynamic tree",
            json!({"$id": "https://x.example/strict", "$dynamicAnchor": "node", "$ref": "tree", "unevaluatedProperties": false, "required": ["data", "children"], "$defs": {"tree": {"$id": "tree", "$dynamicAnchor": "node", "type": "object", "properties": {"data": {"type": "integer"}, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}}}}}),
        ),
        (
            "const object in properties",
            json!({"type": "object", "properties": {"c": {"const": {"a": [1, {"b": null}]}}}, "required": ["c"]}),
        ),
        ("const float is an integer", json!({"type": "integer", "const": 2.0})),
        (
            "type list with rules of each",
            json!({"type": ["string", "integer", "array", "null"], "minLength": 3, "minimum": 7, "maxItems": 0}),
        ),
        (
            "enum of mixed types under rules",
            json!({"enum": [1, "a", null, [1], {"a": 1}], "type": ["array", "object"], "maxProperties": 0, "minItems": 1}),
        ),
        (
            "anyOf with a common rest",
            json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}, "anyOf": [{"required": ["x"], "properties": {"x": {"const": 1}}}, {"required": ["y"], "properties": {"y": {"const": 2}}}], "maxProperties": 2}),
        ),
        (
            "if without then",
            json!({"type": "integer", "if": {"minimum": 10}, "else": {"multipleOf": 7}, "minimum": 1, "maximum": 9}),
        ),
        (
            "nested if",
            json!({"type": "object", "properties": {"a": {"type": "boolean"}, "b": {"type": "boolean"}}, "required": ["a", "b"], "if": {"properties": {"a": {"const": true}}}, "then": {"if": {"properties": {"b": {"const": true}}}, "then": {"required": ["both"]}, "else": {"required": ["one"]}}}),
        ),
        (
            "maxProperties with many optionals",
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer"}, "d": {"type": "integer"}}, "maxProperties": 1, "minProperties": 1}),
        ),
        (
            "minLength of wide characters",
            json!({"type": "string", "minLength": 3, "maxLength": 3, "pattern": "^[\u{10000}-\u{10010}]*$"}),
        ),
        (
            "allOf of oneOfs",
            json!({"allOf": [{"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"oneOf": [{"required": ["c"]}, {"required": ["d"]}]}], "type": "object"}),
        ),
        (
            "tuple closed by items",
            json!({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}], "items": false, "uniqueItems": true, "minItems": 2}),
        ),
        (
            "content",
            json!({"type": "string", "contentMediaType": "application/json", "contentSchema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}}),
        ),
    ];
    let unsatisfiable = vec![
        (
            "nothing between",
            json!({"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 0.01, "exclusiveMaximum": 0.02}),
        ),
        ("integer in a gap", json!({"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2})),
        (
            "four of two",
            json!({"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": true, "minItems": 3}),
        ),
        ("required and forbidden", json!({"type": "object", "required": ["a"], "properties": {"a": false}})),
        ("closed and required", json!({"type": "object", "required": ["a"], "additionalProperties": false})),
        (
            "endless",
            json!({"$defs": {"n": {"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"}),
        ),
        ("const against type", json!({"const": "a", "type": "integer"})),
        ("enum against pattern", json!({"enum": ["a", "b"], "pattern": "^c"})),
        ("all excluded", json!({"oneOf": [{"type": "string"}, {"type": "string"}]})),
        ("not anything", json!({"not": {}})),
        (
            "contains what items refuse",
            json!({"type": "array", "items": {"type": "string"}, "contains": {"type": "integer"}}),
        ),
        ("patterns exclude", json!({"type": "string", "allOf": [{"pattern": "^a+$"}, {"pattern": "^b+$"}]})),
        ("pattern too long", json!({"type": "string", "pattern": "^.{5}$", "maxLength": 4})),
        ("too many required", json!({"type": "object", "required": ["a", "b"], "maxProperties": 1})),
        ("names exclude", json!({"type": "object", "required": ["abc"], "propertyNames": {"maxLength": 2}})),
        (
            "members exclude",
            json!({"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": "integer"}}}], "type": "object", "required": ["a"]}),
        ),
    ];
    let all = satisfiable.into_iter().map(|(name, schema)| (name, schema, true));
    all.chain(unsatisfiable.into_iter().map(|(name, schema)| (name, schema, false))).collect()
}

fn compiled(schema: &Value) -> Arc<Schema> {
    let schema = Schema::from_value(schema.clone()).unwrap();
    assert!(schema.bundle().defects().is_empty(), "{:?}", schema.bundle().defects());
    schema
}

#[test]
fn nasty_schemas_get_valid_values_or_are_called_impossible() {
    let mut wrong = Vec::new();
    for (name, text, satisfiable) in nasty() {
        let schema = compiled(&text);
        for (options, seeds) in [(ValueOptions::default(), 60), (ValueOptions::realistic(), 20)] {
            for seed in 0..seeds {
                match (sample(&schema, &options, Seed(seed)), satisfiable) {
                    (Ok(value), true) if schema.is_valid(&value) => continue,
                    (Err(GenerateError::Unsatisfiable { .. }), false) => {}
                    (other, _) => wrong.push(format!("{name}: {other:?}")),
                }
                break;
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn nasty_schemas_are_broken_for_the_recorded_reason_only() {
    let mut wrong = Vec::new();
    let mut without = Vec::new();
    for (name, text, satisfiable) in nasty() {
        if !satisfiable {
            continue;
        }
        let schema = compiled(&text);
        let mut found = 0;
        for seed in 0..60 {
            let Ok(Some((value, mutation))) = negative(&schema, &ValueOptions::default(), Seed(seed)) else {
                continue;
            };
            found += 1;
            let violations = schema.violations(&value);
            let recorded =
                violations.iter().any(|v| v.keyword == mutation.keyword && v.schema == mutation.schema);
            if !recorded {
                wrong.push(format!("{name}: {value} for {mutation:?}"));
            }
        }
        if found < 60 {
            without.push(format!("{name}: {found}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(without, Vec::<String>::new(), "schemas with too few broken values");
}

#[test]
fn boundaries_of_nasty_schemas_are_what_they_say() {
    let mut wrong = Vec::new();
    for (name, text, satisfiable) in nasty() {
        let schema = compiled(&text);
        let list = boundary(&schema, &ValueOptions::default());
        if list.iter().any(|entry| entry.valid) != satisfiable {
            wrong.push(format!("{name}: {} boundaries", list.len()));
        }
        let other = list.iter().filter(|entry| schema.is_valid(&entry.value) != entry.valid);
        wrong.extend(other.map(|entry| format!("{name}: {} {}", entry.label, entry.value)));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn texts_hold_what_their_content_keywords_say() {
    let json_text = compiled(&json!({"type": "string", "contentMediaType": "application/json",
        "contentSchema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 5}}}}));
    let encoded = compiled(&json!({"type": "string", "contentEncoding": "base64", "maxLength": 40}));
    for seed in 0..50 {
        for options in [ValueOptions::default(), ValueOptions::realistic()] {
            let text = sample(&json_text, &options, Seed(seed)).unwrap();
            let inner: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
            assert!(inner["a"].as_i64().is_some_and(|n| n >= 5), "{inner}");
            let text = sample(&encoded, &options, Seed(seed)).unwrap();
            let byte = counterpart::schema::format::find("byte").unwrap().text.unwrap();
            assert!(byte(text.as_str().unwrap()), "{text}");
        }
    }
}
