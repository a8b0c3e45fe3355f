//! Texts become numbers, booleans and the like through every keyword that applies to their place, wherever text stands:
//! queries, headers, cookies, paths, urlencoded and multipart bodies.

use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings, StateMode};
use counterpart::wire::Request;

/// Operations by name: the schema of the object or list `o`, in each place that text stands in.
fn contract(schema: &str) -> String {
    let parameter = |place: &str, more: &str| format!("{{name: o, in: {place}, {more}schema: {schema}}}");
    let operation = |path: &str, parameter: &str| {
        format!(
            "  {path}: {{get: {{parameters: [{parameter}], responses: {{\"200\": {{description: ok}}, \"400\": {{description: no}}}}}}}}\n"
        )
    };
    let body = |path: &str, media: &str| {
        format!(
            "  {path}: {{post: {{requestBody: {{required: true, content: {{{media}: {{schema: {schema}}}}}}}, \
            responses: {{\"200\": {{description: ok}}, \"400\": {{description: no}}}}}}}}\n"
        )
    };
    [
        "openapi: 3.1.0\ninfo: {title: t, version: \"1\"}\npaths:\n".to_owned(),
        operation("/exploded", &parameter("query", "explode: true, ")),
        operation("/flat", &parameter("query", "explode: false, ")),
        operation("/deep", &parameter("query", "style: deepObject, explode: true, ")),
        operation("/header", &parameter("header", "")),
        operation("/path/{o}", &parameter("path", "required: true, ")),
        body("/form", "application/x-www-form-urlencoded"),
        body("/multipart", "multipart/form-data"),
    ]
    .concat()
}

fn mock(text: &str) -> Mock {
    let settings = MockSettings { state: StateMode::None, ..MockSettings::default() };
    Mock::new(Contract::from_text("coercion.yaml", text).unwrap(), settings).unwrap()
}

/// The members in each way that text is sent, with the request's name.
fn requests(members: &[(&str, &str)]) -> Vec<(&'static str, Request)> {
    let join = |between: &str, each: &dyn Fn(&str, &str) -> String| {
        members.iter().map(|(name, value)| each(name, value)).collect::<Vec<_>>().join(between)
    };
    let get = |target: String| Request { method: "GET".into(), target, ..Request::default() };
    let flat = join(",", &|name, value| format!("{name},{value}"));
    let mut header = get("/header".into());
    header.headers.push("o", flat.clone());
    let post = |path: &str, media: &str, body: String| {
        let mut request = Request {
            method: "POST".into(),
            target: path.into(),
            body: Some(body.into()),
            ..Request::default()
        };
        request.headers.push("content-type", media.to_owned());
        request
    };
    let parts = join("", &|name, value| {
        format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    });
    let form = join("&", &|name, value| format!("{name}={value}"));
    vec![
        ("exploded", get(format!("/exploded?{form}"))),
        ("flat", get(format!("/flat?o={flat}"))),
        ("deep", get(format!("/deep?{}", join("&", &|name, value| format!("o[{name}]={value}"))))),
        ("header", header),
        ("path", get(format!("/path/{flat}"))),
        ("form", post("/form", "application/x-www-form-urlencoded", form)),
        ("multipart", post("/multipart", "multipart/form-data; boundary=b", parts + "--b--\r\n")),
    ]
}

#[track_caller]
fn judged(schema: &str, cases: &[(&[(&str, &str)], bool)]) {
    let mock = mock(&contract(schema));
    for (members, taken) in cases {
        for (place, request) in requests(members) {
            let status = mock.answer(&request).status;
            assert_eq!(status, if *taken { 200 } else { 400 }, "{place}: {members:?} against {schema}");
        }
    }
}

#[test]
fn members_are_what_every_keyword_says() {
    judged(
        r#"{type: object, patternProperties: {"^n_": {type: integer}}, properties: {a: {type: boolean}}}"#,
        &[
            (&[("n_a", "1")], true),
            (&[("n_a", "x")], false),
            (&[("a", "true"), ("n_b", "2")], true),
            (&[("a", "2")], false),
        ],
    );
    judged(
        r#"{type: object, patternProperties: {"^n": {minimum: 2}, "_$": {type: integer}}, additionalProperties: {type: boolean}}"#,
        &[(&[("n_", "2")], true), (&[("n_", "1")], false), (&[("z", "true")], true), (&[("z", "1")], false)],
    );
    judged(
        "{type: object, properties: {k: {enum: [i, s]}}, if: {properties: {k: {const: i}}}, \
         then: {properties: {v: {type: integer}}}, else: {properties: {v: {type: string}}}}",
        &[
            (&[("k", "i"), ("v", "1")], true),
            (&[("k", "i"), ("v", "x")], false),
            (&[("k", "s"), ("v", "1")], true),
        ],
    );
    judged(
        "{type: object, dependentSchemas: {k: {properties: {v: {type: integer}}}}}",
        &[(&[("k", "z"), ("v", "1")], true), (&[("k", "z"), ("v", "x")], false), (&[("v", "x")], true)],
    );
    judged(
        "{type: object, properties: {a: {type: integer}}, unevaluatedProperties: {type: boolean}}",
        &[(&[("a", "1"), ("z", "false")], true), (&[("z", "x")], false)],
    );
    judged(
        "{allOf: [{type: object, properties: {a: {type: integer}, c: {}}}, {type: object, properties: {b: {type: boolean}, c: {maximum: 5}}}]}",
        &[(&[("a", "1"), ("b", "true")], true), (&[("a", "x")], false), (&[("b", "1")], false)],
    );
    judged(
        "{type: object, oneOf: [{required: [a], properties: {a: {type: integer}}}, {required: [b], properties: {b: {type: boolean}}}]}",
        &[(&[("a", "1")], true), (&[("b", "false")], true), (&[("a", "x")], false)],
    );
}

#[test]
fn items_are_what_every_keyword_says() {
    let text = r#"
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /prefix: {get: {parameters: [{name: t, in: query, explode: false, schema: {type: array, prefixItems: [{type: integer}, {type: boolean}], items: {type: number}}}], responses: {"200": {description: ok}, "400": {description: no}}}}
  /rest: {get: {parameters: [{name: t, in: query, explode: false, schema: {type: array, prefixItems: [{type: string}], unevaluatedItems: {type: integer}}}], responses: {"200": {description: ok}, "400": {description: no}}}}
  /contains: {get: {parameters: [{name: t, in: query, schema: {type: array, contains: {type: integer}}}], responses: {"200": {description: ok}, "400": {description: no}}}}
  /either: {get: {parameters: [{name: e, in: query, schema: {enum: [1, "x", true]}}, {name: m, in: query, schema: {type: [integer, "null"]}}], responses: {"200": {description: ok}, "400": {description: no}}}}
"#;
    let mock = mock(text);
    for (target, taken) in [
        ("/prefix?t=1,true,2.5", true),
        ("/prefix?t=1,true,2.5,3", true),
        ("/prefix?t=1,2", false),
        ("/prefix?t=1,true,x", false),
        ("/rest?t=1,2", true),
        ("/rest?t=x,y", false),
        ("/contains?t=x&t=1", true),
        ("/contains?t=x", false),
        ("/either?e=1", true),
        ("/either?e=x", true),
        ("/either?e=true", true),
        ("/either?e=2", false),
        ("/either?m=4", true),
        ("/either?m=x", false),
    ] {
        let request = Request { method: "GET".into(), target: target.into(), ..Request::default() };
        assert_eq!(mock.answer(&request).status, if taken { 200 } else { 400 }, "{target}");
    }
}
