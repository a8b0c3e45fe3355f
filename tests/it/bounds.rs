//! Contracts that ask for more than anybody can give: what is worked out, drawn and judged is bounded before it is done,
//! and said. Work is measured in bytes allocated, never in seconds.

use std::sync::Arc;

use allocation_counter::measure;
use counterpart::base::Seed;
use counterpart::base::limits::{BOUNDARIES_MAX, SOURCE_CHARS_MAX, VALUE_WEIGHT_MAX};
use counterpart::contract::Contract;
use counterpart::document::Direction;
use counterpart::exercise::Api;
use counterpart::generate::case::{CaseMaker, CaseSettings, Phase};
use counterpart::generate::{GenerateError, ValueOptions, boundary, negative, sample};
use counterpart::lint::{Selection, check_open};
use counterpart::mock::{Mock, MockSettings};
use counterpart::schema::{Schema, Schemas};
use serde_json::{Map, Value, json};

use crate::mock::request;
use crate::support::Program;

/// As much as one schema's plans, values and verdicts may allocate, all in all.
const BYTES_MAX: u64 = 400 << 20;

/// `depth` schemas, each made of the next by `level`, the last one an object.
fn fan(depth: usize, level: impl Fn(Value) -> Value) -> Value {
    let next = |n: usize| json!({"$ref": format!("#/$defs/S{n}")});
    let mut all: Map<String, Value> = (0..depth).map(|n| (format!("S{n}"), level(next(n + 1)))).collect();
    all.insert(format!("S{depth}"), json!({"type": "object", "properties": {"a": {"type": "string"}}}));
    json!({"$ref": "#/$defs/S0", "$defs": all})
}

/// The schema as one of a contract, so that it is there even where it can't be compiled.
fn schema(value: &Value) -> Arc<Schema> {
    let mut root = value.clone();
    let shared = root.as_object_mut().and_then(|members| members.remove("$defs"));
    let mut document = contract(json!({ "S0": root }));
    document["$defs"] = shared.unwrap_or_default();
    let text = document.to_string().replace(r##""#""##, r##""#/components/schemas/S0""##);
    let open = Contract::from_text("x", &text).unwrap();
    let at = open.named_schemas().remove(0);
    Schemas::new(open.schema_source()).get(&at, Direction::Response).unwrap()
}

/// Everything that is done with a schema, within the bytes it may take.
fn all_of(name: &str, value: &Value) -> (Arc<Schema>, Result<Value, GenerateError>) {
    let mut done = None;
    let info = measure(|| {
        let schema = schema(value);
        let options = ValueOptions::default();
        let drawn = sample(&schema, &options, Seed(1));
        let _ = sample(&schema, &ValueOptions::realistic(), Seed(2));
        let _ = negative(&schema, &options, Seed(1));
        let _ = schema.violations(&json!({"a": {"a": {"b": 1}}}));
        done = Some((schema, drawn));
    });
    assert!(info.bytes_total < BYTES_MAX, "{name}: {} bytes", info.bytes_total);
    done.unwrap()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("p{n}")).collect()
}

#[test]
fn fan_outs_in_place_are_told_or_judged() {
    let pair = |word: &'static str| move |next: Value| json!({word: [next, {"allOf": [next]}]});
    let kinds: Vec<(&str, Value)> = vec![
        ("anyOf", fan(30, pair("anyOf"))),
        ("oneOf", fan(30, pair("oneOf"))),
        ("allOf", fan(30, pair("allOf"))),
        ("if", fan(30, |next| json!({"if": next, "then": next, "else": next}))),
        ("not", fan(30, |next| json!({"not": {"not": next}, "allOf": [next]}))),
        ("dependentSchemas", fan(30, |next| json!({"dependentSchemas": {"a": next, "b": next}}))),
        (
            "unevaluatedProperties",
            fan(30, |next| json!({"allOf": [next, {"allOf": [next]}], "unevaluatedProperties": false})),
        ),
    ];
    for (name, value) in kinds {
        let (schema, _) = all_of(name, &value);
        let told = schema.bundle().defects().iter().any(|d| d.to_string().contains("too large to be judged"));
        assert!(told, "{name}: {:?}", schema.bundle().defects());
        assert!(schema.is_valid(&json!(1)), "{name}: what can't be judged lets everything pass");
    }
}

#[test]
fn the_same_part_twice_is_one_part() {
    let (schema, drawn) = all_of("allOf", &fan(40, |next| json!({"allOf": [next, next]})));
    assert_eq!(schema.bundle().defects(), []);
    assert!(schema.is_valid(&drawn.unwrap()) && !schema.is_valid(&json!({"a": 1})));
    // Diamonds as people write them.
    let (schema, drawn) = all_of("diamonds", &fan(5, |next| json!({"allOf": [next, {"allOf": [next]}]})));
    assert!(schema.bundle().defects().is_empty() && schema.is_valid(&drawn.unwrap()));
    assert!(!schema.is_valid(&json!({"a": 1})));
}

#[test]
fn values_that_would_fan_out_are_judged_as_far_as_the_limit() {
    let filter = json!({"oneOf": [
        {"type": "string"},
        {"type": "object", "properties": {"of": {"$ref": "#"}}, "required": ["of", "and"]},
        {"type": "object", "properties": {"of": {"$ref": "#"}}, "required": ["of", "or"]},
    ]});
    let schema = schema(&filter);
    let nested = |depth| (0..depth).fold(json!("a"), |inner, _| json!({"of": inner, "or": 1}));
    assert!(schema.is_valid(&nested(8)));
    assert!(!schema.is_valid(&json!({"of": nested(3)})));
    let info = measure(|| {
        let found = schema.violations(&nested(60));
        assert!(found.len() == 1 && found[0].message.contains("can't be judged"), "{found:?}");
    });
    assert!(info.bytes_total < BYTES_MAX, "{} bytes", info.bytes_total);
}

#[test]
fn what_is_too_large_at_least_is_no_value_with_reason_and_place() {
    let array = |items: Value| json!({"type": "array", "minItems": 80, "items": items});
    let pair = json!(["a", "b"]);
    let kinds: Vec<(&str, Value, &str)> = vec![
        ("nested arrays", array(array(array(json!({"type": "string"})))), "minItems"),
        ("minItems", json!({"type": "array", "minItems": 1_000_000_000}), "minItems"),
        ("minLength", json!({"type": "string", "minLength": 1_000_000_000}), "minLength"),
        ("minProperties", json!({"type": "object", "minProperties": 1_000_000_000}), "minProperties"),
        ("the most", json!({"type": "array", "minItems": 9_007_199_254_740_991_u64}), "minItems"),
        (
            "minContains",
            json!({"type": "array", "contains": {}, "minContains": 1_000_000_000}),
            "minContains",
        ),
        (
            "required",
            fan(40, |next| json!({"type": "object", "required": pair, "properties": {"a": next, "b": next}})),
            "required",
        ),
        (
            "prefixItems",
            fan(40, |next| json!({"type": "array", "prefixItems": [next, next], "minItems": 2})),
            "Items",
        ),
    ];
    for (name, value, keyword) in kinds {
        let (schema, drawn) = all_of(name, &value);
        let error = drawn.expect_err(name);
        assert!(matches!(error, GenerateError::GaveUp { .. }), "{name}: {error}");
        assert!(error.to_string().contains(&VALUE_WEIGHT_MAX.to_string()), "{name}: {error}");
        let at = error.places().first().unwrap_or_else(|| panic!("{name} has no place"));
        assert!(at.pointer.as_str().contains(keyword), "{name}: {at:?}");
        assert_eq!(boundary(&schema, &ValueOptions::default()), [], "{name}");
    }
}

#[test]
fn what_may_be_left_out_is_left_out_where_it_would_be_too_large() {
    let huge = json!({"type": "array", "minItems": 1_000_000_000});
    let (schema, drawn) = all_of(
        "optional",
        &json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "all": huge}}),
    );
    let value = drawn.unwrap();
    assert!(value["id"].is_number() && value.get("all").is_none() && schema.is_valid(&value), "{value}");
    let (_, drawn) = all_of("alternative", &json!({"anyOf": [huge, {"type": "boolean"}]}));
    assert!(drawn.unwrap().is_boolean());
}

#[test]
fn an_endless_value_is_still_told_as_one() {
    let value = json!({"type": "object", "required": ["me"], "properties": {"me": {"$ref": "#"}}});
    assert!(matches!(all_of("endless", &value).1, Err(GenerateError::Unsatisfiable { .. })));
}

#[test]
fn wide_schemas_take_no_more_than_their_size() {
    let properties: Map<String, Value> =
        names(2_000).into_iter().map(|name| (name, json!({"type": "string"}))).collect();
    let listed: Vec<String> = (0..10_000).map(|n| format!("value-{n}")).collect();
    let parts: Vec<Value> =
        names(300).iter().map(|n| json!({"properties": {n: {"type": "string"}}})).collect();
    let branches: Vec<Value> =
        names(300).iter().map(|n| json!({"type": "object", "required": [n]})).collect();
    let reversed: Vec<&String> = listed.iter().rev().collect();
    let kinds: Vec<(&str, Value)> = vec![
        ("properties", json!({"type": "object", "properties": properties})),
        ("required", json!({"type": "object", "properties": properties, "required": names(2_000)})),
        ("enum", json!({"enum": listed})),
        ("enum twice", json!({"allOf": [{"enum": listed}, {"enum": reversed}]})),
        ("enum less", json!({"enum": listed, "not": {"enum": listed[1..]}})),
        ("allOf", json!({"allOf": parts})),
        ("oneOf", json!({"oneOf": branches})),
        ("anyOf", json!({"anyOf": branches})),
    ];
    for (name, value) in kinds {
        let (schema, drawn) = all_of(name, &value);
        assert!(schema.is_valid(&drawn.unwrap_or_else(|error| panic!("{name}: {error}"))), "{name}");
    }
}

#[test]
fn lists_of_boundaries_end() {
    let properties: Map<String, Value> =
        names(120).into_iter().map(|name| (name, json!({"type": "string"}))).collect();
    let wide = schema(&json!({"type": "object", "properties": properties, "required": names(120)}));
    let mut list = Vec::new();
    let info = measure(|| list = boundary(&wide, &ValueOptions::default()));
    assert!(!list.is_empty() && list.len() <= 2 * BOUNDARIES_MAX, "{}", list.len());
    assert!(info.bytes_total < 2 * BYTES_MAX, "{} bytes", info.bytes_total);
}

/// A contract with one operation of that schema and a small one.
fn contract(schemas: Value) -> Value {
    let big = json!({"$ref": "#/components/schemas/S0"});
    let answers = |schema: Value| json!({"200": {"description": "d", "content": {"application/json": {"schema": schema}}}});
    let small = json!({"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}});
    json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {
            "/big": {"get": {"operationId": "getBig", "responses": answers(big)}},
            "/small": {"get": {"operationId": "getSmall", "responses": answers(small)}},
        },
        "components": {"schemas": schemas},
    })
}

#[test]
fn the_mock_says_why_and_answers_the_rest() {
    let text = contract(json!({"S0": {"type": "array", "minItems": 1_000_000_000}})).to_string();
    let mock = Mock::new(Contract::from_text("x", &text).unwrap(), MockSettings::default()).unwrap();
    let answer = mock.answer(&request("GET", "/big", &[]));
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 500, "{body}");
    assert!(body.contains("too large") && body.contains("x:1:"), "{body}");
    let answer = mock.answer(&request("GET", "/small", &[]));
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_slice::<Value>(&answer.body).unwrap()["ok"].is_boolean());
}

#[test]
fn example_says_why_there_is_none() {
    let text = contract(json!({"S0": {"type": "array", "minItems": 1_000_000_000}})).to_string();
    let program = Program::new().file("x.json", &text);
    program.run(&["example", "x.json", "getBig"]).exits(0).says(&["too large", "x.json:1:"]);
}

#[test]
fn what_is_too_large_to_be_judged_by_is_told_at_the_start() {
    let mut schemas = Map::new();
    for n in 0..30 {
        let next = json!({"$ref": format!("#/components/schemas/S{}", n + 1)});
        schemas.insert(format!("S{n}"), json!({"anyOf": [next, {"allOf": [next]}]}));
    }
    schemas.insert("S30".to_owned(), json!({"type": "object"}));
    schemas.insert("Ring".to_owned(), json!({"allOf": [{"$ref": "#/components/schemas/Ring"}]}));
    let text = contract(Value::Object(schemas)).to_string();
    let open = Contract::from_text("x", &text).unwrap();
    let found = check_open(&open, &Selection::parse("too-large-schema").unwrap()).findings;
    // The innermost of those that hold one another.
    let places: Vec<&str> = found.iter().map(|found| found.location.pointer.as_str()).collect();
    assert!(places.len() == 1 && places[0].starts_with("/components/schemas/S1"), "{places:?}");
    let program = Program::new().file("x.json", &text);
    program.run(&["check", "x.json"]).exits(0).says(&["too-large-schema", "x.json:1:"]);
    let said = program.run(&["example", "x.json", "getSmall"]).exits(0);
    said.complains(&["warning: x.json:1:", "too large to be judged by", "Anything is valid there"]);
}

#[test]
fn an_entity_that_is_too_large_is_told_with_the_reason() {
    let item = json!({"type": "object", "required": ["id", "all"], "properties": {
        "id": {"type": "integer"}, "all": {"type": "array", "minItems": 1_000_000_000}}});
    let mut document = contract(json!({ "S0": item }));
    let one = document["paths"]["/big"]["get"].clone();
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}]);
    document["paths"]["/bigs/{id}"] = json!({"parameters": id, "get": one});
    document["paths"]["/bigs/{id}"]["get"]["operationId"] = json!("getOne");
    let mock = Mock::new(Contract::from_text("x", &document.to_string()).unwrap(), MockSettings::default());
    let answer = mock.unwrap().answer(&request("GET", "/bigs/7", &[]));
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(answer.status == 500 && body.contains("too large") && body.contains("x:1:"), "{body}");
}

#[test]
fn excerpts_of_one_long_line_are_cut_around_the_place() {
    let schemas: Map<String, Value> =
        (0..300).map(|n| (format!("S{n}"), json!({"minLength": "x"}))).collect();
    let text = contract(Value::Object(schemas)).to_string();
    let program = Program::new().file("x.json", &text);
    let out = program.run(&["check", "x.json"]).out;
    assert!(out.len() > 300 && out.lines().all(|line| line.chars().count() < 300), "{out}");
    let open = Contract::from_text("x", &text).unwrap();
    let at = open.named_schemas().remove(200).join("minLength");
    let shown = open.source_line(&at).unwrap();
    assert!(shown.chars().count() <= SOURCE_CHARS_MAX && shown.contains("minLength"), "{shown}");
}

#[test]
fn planning_grows_with_the_number_of_operations() {
    let bytes = |count: usize| {
        let mut document = contract(json!({"S0": {"type": "string"}}));
        for n in 0..count {
            let get = json!({"get": {"responses": {"200": {"description": "d"}}}});
            document["paths"][format!("/r{n}/{{id}}")] = get;
        }
        let open = Contract::from_text("x", &document.to_string()).unwrap();
        let api = Api::of(&open, "x", |_| true);
        let info = measure(|| {
            let maker = CaseMaker::new(
                &api.heads,
                api.schemes.clone(),
                Arc::clone(&api.judge),
                Arc::clone(&api.lenient),
                CaseSettings::default(),
            );
            for operation in &api.operations {
                assert_eq!(maker.methods(operation).len(), 1);
                assert!(maker.count(operation, Phase::Boundary).is_some_and(|count| count > 0));
            }
        });
        info.bytes_total
    };
    let (small, large) = (bytes(50), bytes(200));
    assert!(large < 5 * small, "{small} bytes, then {large}");
}

#[test]
fn long_chains_of_references_do_not_overflow() {
    for level in [|next: Value| next, |next: Value| json!({"allOf": [next], "title": "t"})] {
        let mut schemas = Map::new();
        for n in 0..1_500 {
            schemas
                .insert(format!("S{n}"), level(json!({"$ref": format!("#/components/schemas/S{}", n + 1)})));
        }
        schemas.insert("S1500".to_owned(), json!({"type": "object"}));
        let open = Contract::from_text("x", &contract(Value::Object(schemas)).to_string()).unwrap();
        let checked = check_open(&open, &Selection::default());
        assert_eq!(checked.operations, Some(2));
        let mock = Mock::new(open, MockSettings::default()).unwrap();
        assert!(mock.answer(&request("GET", "/big", &[])).status > 0);
        assert_eq!(mock.answer(&request("GET", "/small", &[])).status, 200);
    }
}

#[test]
fn what_operations_share_and_take_grows_with_the_contract() {
    let parameters = |count: usize| -> Vec<Value> {
        let one = |name: String| json!({"name": name, "in": "header", "schema": {"type": "integer"}});
        names(count).into_iter().map(one).collect()
    };
    let servers = |count: usize| -> Vec<Value> {
        (0..count).map(|n| json!({"url": format!("http://h{n}.example/")})).collect()
    };
    let bytes = |count: usize| {
        let mut document = contract(json!({"S0": {"type": "string"}}));
        document["paths"]["/big"]["get"]["parameters"] = Value::Array(parameters(count));
        document["servers"] = Value::Array(servers(count));
        for n in 0..count {
            document["paths"][format!("/r{n}")] =
                json!({"get": {"responses": {"200": {"description": "d"}}}});
        }
        let text = document.to_string();
        let info = measure(|| {
            let open = Contract::from_text("x", &text).unwrap();
            assert_eq!(check_open(&open, &Selection::default()).operations, Some(count + 2));
            let mock = Mock::new(open, MockSettings::default()).unwrap();
            assert_eq!(mock.answer(&request("GET", "/big", &[])).status, 200);
        });
        info.bytes_total
    };
    let (small, large) = (bytes(100), bytes(400));
    // Four times the contract: four times the bytes, not sixteen.
    assert!(large < 6 * small, "{small} bytes, then {large}");
}
