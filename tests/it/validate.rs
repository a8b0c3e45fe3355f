//! The judge on whole messages of a contract.

use std::sync::Arc;

use counterpart::contract::{Contract, Operation, ParameterPlace};
use counterpart::validate::{Breach, BreachKind, Coercion, Judge, Part, RequestVerdict};
use counterpart::wire::{Headers, Request, Response};
use serde_json::{Value, json};

const CONTRACT: &str = r##"
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /shops/{shop}/items/{item}:
    put:
      security:
        - key: []
        - basic: []
          cookie: []
      parameters:
        - {name: shop, in: path, required: true, schema: {type: string, maxLength: 8}}
        - {name: item, in: path, required: true, schema: {type: integer, minimum: 1}}
        - {name: tags, in: query, schema: {type: array, items: {type: integer}, maxItems: 3}}
        - {name: csv, in: query, explode: false, schema: {type: array, items: {type: string}}}
        - name: filter
          in: query
          style: deepObject
          explode: true
          schema: {type: object, properties: {from: {type: number}, on: {type: boolean}}, additionalProperties: false}
        - {name: page, in: query, required: true, schema: {anyOf: [{type: integer}, {type: string, pattern: ^all$}]}}
        - {name: doc, in: query, content: {application/json: {schema: {type: object, required: [a]}}}}
        - {name: X-Note, in: header, schema: {anyOf: [{type: string}, {type: 'null'}]}}
        - {name: X-List, in: header, schema: {type: array, items: {type: integer}}}
        - {name: Accept, in: header, required: true, schema: {type: integer}}
        - {name: theme, in: cookie, schema: {enum: [dark, light]}}
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Item'}}
          application/x-www-form-urlencoded:
            schema: {$ref: '#/components/schemas/Item'}
            encoding: {sizes: {style: pipeDelimited, explode: false}}
          multipart/form-data:
            schema: {$ref: '#/components/schemas/Item'}
            encoding:
              price:
                contentType: text/plain, application/x-*
                headers: {X-Unit: {required: true, schema: {enum: [eur, usd]}}, Content-Type: {schema: false}}
          application/x-ndjson: {itemSchema: {type: integer}}
          text/*: {schema: {type: string, maxLength: 3}}
          application/octet-stream: {}
      responses:
        '200':
          description: done
          headers:
            X-Rate: {required: true, schema: {type: integer}}
            Content-Type: {required: true, schema: {type: integer}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/Item'}}
            application/problem+json: {schema: false}
        '204': {description: nothing}
        4XX: {description: refused, content: {application/json: {schema: {type: object, required: [error]}}}}
components:
  schemas:
    Item:
      type: object
      required: [name]
      properties:
        id: {type: integer, readOnly: true}
        secret: {type: string, writeOnly: true}
        name: {type: string, minLength: 2}
        price: {type: number, exclusiveMinimum: 0}
        sizes: {type: array, items: {type: integer}}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
    cookie: {type: apiKey, in: cookie, name: sid}
"##;

struct Bench {
    judge: Judge,
    operation: Arc<Operation>,
}

fn bench() -> Bench {
    let contract = Contract::from_text("shop.yaml", CONTRACT).unwrap();
    let operation = contract.operation(contract.heads()[0].index);
    Bench { judge: Judge::new(&contract), operation }
}

/// A request that is valid until a test changes it.
fn request(query: &str, headers: &[(&str, &str)], media: &str, body: &str) -> Request {
    let mut all = Headers::new();
    all.push("x-key", "k");
    all.push("Content-Type", media.to_owned());
    headers.iter().for_each(|(name, value)| all.push(*name, (*value).to_owned()));
    let body = (!body.is_empty()).then(|| body.to_owned().into());
    Request { method: "PUT".into(), target: format!("/shops/a%2Fb/items/7?{query}"), headers: all, body }
}

impl Bench {
    fn request(&self, request: &Request) -> RequestVerdict {
        self.with_path("a%2Fb", "7", request)
    }

    fn with_path(&self, shop: &str, item: &str, request: &Request) -> RequestVerdict {
        let path = [("shop".to_owned(), shop.to_owned()), ("item".to_owned(), item.to_owned())];
        self.judge.request(&self.operation, &path, request)
    }

    fn query(&self, query: &str) -> RequestVerdict {
        self.request(&request(query, &[], "application/json", r#"{"name":"ab"}"#))
    }

    fn body(&self, media: &str, body: &str) -> RequestVerdict {
        self.request(&request("page=1", &[], media, body))
    }
}

/// The breaches in short: part, name, keyword.
fn short(breaches: &[Breach]) -> Vec<(Part, &str, &str)> {
    breaches.iter().map(|b| (b.part, b.name.as_deref().unwrap_or(""), b.violation.keyword.as_str())).collect()
}

#[test]
fn a_valid_request_is_read_whole() {
    let headers = [("x-note", "12"), ("X-List", "1, 2"), ("x-list", "3"), ("Cookie", "a=b; theme=dark")];
    let query =
        "tags=1&tags=2&csv=a%2Cb,c&filter[from]=1.5&filter%5Bon%5D=true&page=all&doc=%7B%22a%22:1%7D&other=x";
    let got = bench().request(&request(
        query,
        &headers,
        "application/json; charset=utf-8",
        r#"{"name":"ab","price":1}"#,
    ));
    assert_eq!(got.breaches, []);
    let at = |place, name| got.parameter(place, name).cloned().unwrap_or_default();
    assert_eq!(at(ParameterPlace::Path, "shop"), json!("a/b"));
    assert_eq!(at(ParameterPlace::Path, "item"), json!(7));
    assert_eq!(at(ParameterPlace::Query, "tags"), json!([1, 2]));
    assert_eq!(at(ParameterPlace::Query, "csv"), json!(["a,b", "c"]));
    assert_eq!(at(ParameterPlace::Query, "filter"), json!({"from": 1.5, "on": true}));
    assert_eq!(at(ParameterPlace::Query, "page"), json!("all"));
    assert_eq!(at(ParameterPlace::Query, "doc"), json!({"a": 1}));
    assert_eq!(at(ParameterPlace::Header, "X-NOTE"), json!("12"));
    assert_eq!(at(ParameterPlace::Header, "x-list"), json!([1, 2, 3]));
    assert_eq!(at(ParameterPlace::Cookie, "theme"), json!("dark"));
    assert_eq!(got.body_value(), Some(&json!({"name": "ab", "price": 1})));
}

#[test]
fn each_wrong_parameter_is_named() {
    let bench = bench();
    for (query, want) in [
        ("", vec![(Part::Query, "page", "required")]),
        ("page=1", vec![]),
        ("page=1.5", vec![(Part::Query, "page", "anyOf")]),
        ("page=1&tags=1&tags=x", vec![(Part::Query, "tags", "type")]),
        ("page=1&tags=1&tags=2&tags=3&tags=4", vec![(Part::Query, "tags", "maxItems")]),
        ("page=1&filter[off]=1", vec![(Part::Query, "filter", "additionalProperties")]),
        ("page=1&filter[a]=1&filter[a][b]=1", vec![(Part::Query, "filter", "style")]),
        ("page=1&doc=nonsense", vec![(Part::Query, "doc", "type")]),
    ] {
        assert_eq!(short(&bench.query(query).breaches), want, "{query}");
    }
    let valid = request("page=1", &[], "application/json", r#"{"name":"ab"}"#);
    assert_eq!(short(&bench.with_path("x", "0", &valid).breaches), [(Part::Path, "item", "minimum")]);
    let text = bench.with_path("x", "seven", &valid).breaches;
    assert_eq!(short(&text), [(Part::Path, "item", "type")]);
    assert_eq!((&text[0].violation.actual, &text[0].input), (&json!("seven"), &Some(json!("seven"))));
    assert_eq!(short(&bench.with_path("x", "%ff", &valid).breaches), [(Part::Path, "item", "type")]);
    let cookie = request("page=1", &[("Cookie", "theme=red")], "application/json", r#"{"name":"ab"}"#);
    assert_eq!(short(&bench.request(&cookie).breaches), [(Part::Cookie, "theme", "enum")]);
}

#[test]
fn coercion_is_strict_unless_lax_is_wanted() {
    let contract = Contract::from_text("shop.yaml", CONTRACT).unwrap();
    let strict = bench();
    let lax = Bench {
        judge: Judge::new(&contract).with_coercion(Coercion::Lax),
        operation: strict.operation.clone(),
    };
    let query = "page=1&filter[on]=yes&tags=1_0";
    assert_eq!(strict.query(query).breaches.len(), 2);
    let got = lax.query(query);
    assert_eq!((got.breaches.len(), got.parameter(ParameterPlace::Query, "tags")), (0, Some(&json!([10]))));
}

#[test]
fn bodies_are_read_by_their_media_type() {
    let bench = bench();
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nab\r\n\
        --b\r\nContent-Disposition: form-data; name=\"price\"\r\nX-Unit: eur\r\n\r\n1.5\r\n--b--\r\n";
    for (media, body, want) in [
        ("application/json", r#"{"name":"ab"}"#, json!({"name": "ab"})),
        (
            "application/x-www-form-urlencoded",
            "name=12&price=2&sizes=1%7C2",
            json!({"name": "12", "price": 2, "sizes": [1, 2]}),
        ),
        ("multipart/form-data; boundary=b", multipart, json!({"name": "ab", "price": 1.5})),
        ("application/x-ndjson", "1\n2\n", json!([1, 2])),
        ("text/plain", "abc", json!("abc")),
    ] {
        let got = bench.body(media, body);
        assert_eq!((short(&got.breaches), got.body_value()), (vec![], Some(&want)), "{media}");
    }
    let opaque = bench.body("application/octet-stream", "\u{0}");
    assert_eq!((opaque.breaches.len(), opaque.body.map(|b| b.value().cloned())), (0, Some(None)));
}

#[test]
fn each_wrong_body_is_named() {
    let bench = bench();
    for (media, body, want) in [
        ("application/json", "", (Part::Body, "", "required")),
        ("application/json", "{", (Part::Body, "", "syntax")),
        ("application/json", "{\"name\":\"a\"}", (Part::Body, "", "minLength")),
        ("application/json", "[]", (Part::Body, "", "type")),
        ("application/json", "{\"name\":\"ab\",\"price\":0}", (Part::Body, "", "exclusiveMinimum")),
        ("application/xml", "<a/>", (Part::MediaType, "", "mediaType")),
        ("nonsense", "<a/>", (Part::MediaType, "", "mediaType")),
        ("text/plain", "abcd", (Part::Body, "", "maxLength")),
        ("application/x-ndjson", "1\n\"x\"\n", (Part::Body, "", "type")),
        ("multipart/form-data", "x", (Part::Body, "", "syntax")),
    ] {
        assert_eq!(short(&bench.body(media, body).breaches), [want], "{media} {body}");
    }
    let lines = bench.body("application/x-ndjson", "1\n\"x\"\n");
    assert_eq!(lines.breaches[0].violation.instance.as_str(), "/1");
    assert_eq!(bench.body("application/json", "{\"a\":}").breaches[0].kind, BreachKind::Syntax(Some(5)));
    let mut unsaid = request("page=1", &[], "", "{}");
    unsaid.headers.remove("content-type");
    let got = bench.request(&unsaid).breaches;
    assert_eq!((got[0].part, got[0].kind), (Part::MediaType, BreachKind::Missing));
}

#[test]
fn one_alternative_of_credentials_is_enough() {
    let bench = bench();
    let mut bare = request("page=1", &[], "application/json", r#"{"name":"ab"}"#);
    bare.headers.remove("x-key");
    assert_eq!(short(&bench.request(&bare).breaches), [(Part::Security, "key", "security")]);
    bare.headers.push("Authorization", "Basic YTpi");
    bare.headers.push("Cookie", "sid=1");
    assert_eq!(bench.request(&bare).breaches, []);
    bare.headers.set("x-key", "");
    bare.headers.remove("cookie");
    let got = bench.request(&bare).breaches;
    assert_eq!((got.len(), got[0].kind), (1, BreachKind::Credentials));
}

fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let mut all = Headers::new();
    headers.iter().for_each(|(name, value)| all.push(*name, (*value).to_owned()));
    Response { status, headers: all, body: body.to_owned().into(), truncated: false }
}

#[test]
fn responses_are_held_to_what_is_documented() {
    let bench = bench();
    let json = ("Content-Type", "application/json; charset=utf-8");
    let rate = ("x-rate", "5");
    for (status, headers, body, want) in [
        (200, vec![json, rate], r#"{"id":1,"name":"ab"}"#, vec![]),
        (200, vec![json, rate], r#"{"name":"ab","secret":"x"}"#, vec![(Part::Body, "", "writeOnly")]),
        (200, vec![json], r#"{"name":"ab"}"#, vec![(Part::Header, "X-Rate", "required")]),
        (200, vec![json, ("X-Rate", "many")], r#"{"name":"ab"}"#, vec![(Part::Header, "X-Rate", "type")]),
        (200, vec![json, rate], "", vec![(Part::Body, "", "required")]),
        (200, vec![json, rate], "<html>", vec![(Part::Body, "", "syntax")]),
        (200, vec![rate], "{}", vec![(Part::MediaType, "", "required")]),
        (200, vec![("Content-Type", "text/html"), rate], "<html>", vec![(Part::MediaType, "", "mediaType")]),
        (
            200,
            vec![("Content-Type", "application/problem+json"), rate],
            "{}",
            vec![(Part::Body, "", "false")],
        ),
        (204, vec![], "", vec![]),
        (404, vec![json], r#"{"error":1}"#, vec![]),
        (404, vec![json], "{}", vec![(Part::Body, "", "required")]),
        (500, vec![json], "{}", vec![(Part::Status, "", "status")]),
    ] {
        let got = bench.judge.response(&bench.operation, &response(status, &headers, body));
        assert_eq!(short(&got), want, "{status} {headers:?} {body}");
    }
    let empty = response(200, &[json, rate], "");
    assert_eq!(bench.judge.response_to(&bench.operation, "HEAD", &empty), []);
    let cut = Response { truncated: true, ..response(200, &[json, rate], "{\"na") };
    assert_eq!(bench.judge.response(&bench.operation, &cut), []);
}

#[test]
fn breaches_point_into_the_contract() {
    let contract = Contract::from_text("shop.yaml", CONTRACT).unwrap();
    let judge = Judge::new(&contract);
    let operation = contract.operation(contract.heads()[0].index);
    let got = judge
        .response(&operation, &response(200, &[("Content-Type", "application/json"), ("x-rate", "1")], "{}"));
    let place = contract.place(&got[0].violation.schema);
    let line = CONTRACT.lines().nth(place.line as usize - 1).unwrap();
    assert!(line.contains("required: [name]"), "{place}: {line}");
    assert_eq!(judge.defects(&operation), []);
}

#[test]
fn broken_schemas_let_everything_pass_and_are_told() {
    let text = r##"{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"parameters":
        [{"name": "q", "in": "query", "schema": {"$ref": "#/components/schemas/None"}}],
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"pattern": "("}}}}}}}}}"##;
    let contract = Contract::from_text("t.json", text).unwrap();
    let (judge, operation) = (Judge::new(&contract), contract.operation(contract.heads()[0].index));
    let request = Request { method: "GET".into(), target: "/a?q=1".into(), ..Request::default() };
    let got = judge.request(&operation, &[], &request);
    assert_eq!((got.breaches.len(), got.parameter(ParameterPlace::Query, "q")), (0, Some(&Value::from("1"))));
    let answer = response(200, &[("content-type", "application/json")], "\"x\"");
    assert_eq!(judge.response(&operation, &answer), []);
    assert!(!judge.defects(&operation).is_empty());
}

#[test]
fn parts_are_of_the_types_and_have_the_headers_that_encoding_asks_for() {
    let bench = bench();
    for (head, want) in [
        ("X-Unit: eur", vec![]),
        ("X-Unit: eur\r\nContent-Type: text/plain; charset=utf-8", vec![]),
        ("x-unit: usd\r\nContent-Type: image/png", vec![(Part::Body, "", "mediaType")]),
        ("X-Unit: yen", vec![(Part::Header, "X-Unit", "enum")]),
        ("X-Other: 1", vec![(Part::Header, "X-Unit", "required")]),
    ] {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nab\r\n\
             --b\r\nContent-Disposition: form-data; name=\"price\"\r\n{head}\r\n\r\n1.5\r\n--b--\r\n"
        );
        let got = bench.body("multipart/form-data; boundary=b", &body);
        assert_eq!(short(&got.breaches), want, "{head}");
        let at_price = |b: &Breach| b.part == Part::Header || b.violation.instance.as_str() == "/price";
        assert!(got.breaches.iter().all(at_price), "{:?}", got.breaches);
    }
}

#[test]
fn text_without_a_mapping_to_the_schema_is_opaque() {
    let contract = Contract::from_text(
        "t.yaml",
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /rows:\n    post:\n      requestBody:\n        content:\n          \
         text/csv: {schema: {type: array, items: {type: object, required: [a]}}}\n          \
         text/plain: {schema: {type: integer}}\n      responses: {'204': {description: d}}\n",
    )
    .unwrap();
    let operation = contract.operation(contract.heads()[0].index);
    let judge = Judge::new(&contract);
    let breaches = |media: &str, body: &str| {
        let mut headers = Headers::new();
        headers.push("content-type", media.to_owned());
        let body = Some(body.to_owned().into());
        let request = Request { method: "POST".into(), target: "/rows".into(), headers, body };
        judge.request(&operation, &[], &request).breaches.len()
    };
    assert_eq!(breaches("text/csv", "a,b\n1,2\n"), 0);
    assert_eq!(breaches("text/csv", r#"[{"a": 1}]"#), 0);
    assert_eq!(breaches("text/csv", r#"[{"b": 1}]"#), 1);
    assert_eq!((breaches("text/plain", "12"), breaches("text/plain", "a,b")), (0, 1));
}

#[test]
fn lists_may_have_their_commas_encoded() {
    let bench = bench();
    let csv =
        |query: &str| bench.query(query).parameter(ParameterPlace::Query, "csv").cloned().unwrap_or_default();
    assert_eq!(csv("page=1&csv=a%2Cb%2cc"), json!(["a", "b", "c"]));
    // Where some are not, the encoded ones belong to the values.
    assert_eq!(csv("page=1&csv=a%2Cb,c"), json!(["a,b", "c"]));
}

#[test]
fn whole_numbers_beyond_64_bits_are_out_of_their_formats_range() {
    let contract = Contract::from_text(
        "t.yaml",
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /n/{n}:\n    get:\n      parameters: \
         [{name: n, in: path, required: true, schema: {type: integer, format: int64}}]\n      \
         responses: {'204': {description: d}}\n",
    )
    .unwrap();
    let operation = contract.operation(contract.heads()[0].index);
    let judge = Judge::new(&contract);
    for (text, valid) in [
        ("-9223372036854775808", true),
        ("9223372036854775807", true),
        ("-9223372036854775809", false),
        ("9223372036854775808", false),
        ("-99999999999999999999999", false),
    ] {
        let request = Request { method: "GET".into(), target: format!("/n/{text}"), ..Request::default() };
        let got = judge.request(&operation, &[("n".to_owned(), text.to_owned())], &request);
        assert_eq!(got.is_valid(), valid, "{text}");
    }
}
