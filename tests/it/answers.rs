//! What the mock answers from the contract alone: media types, streams, files, XML, redirects, examples, statuses.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use counterpart::MockServer;
use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings, StateMode};
use counterpart::validate::Judge;
use counterpart::wire::media::{self, Body, codec_for};
use counterpart::wire::{Request, Response};
use serde_json::{Value, json};

use crate::mock::{body, request};

const CONTRACT: &str = r##"
openapi: 3.2.0
info: {title: answers, version: "1"}
servers:
  - url: "https://{region}.example.com/{version}/"
    variables: {region: {default: eu}, version: {default: v1, enum: [v1, v2]}}
paths:
  /plain: {get: {responses: {"200": {description: x}}}}
  /many:
    get:
      responses:
        "200":
          description: x
          headers:
            X-Count: {schema: {type: integer, minimum: 3, maximum: 3}}
          content:
            text/plain: {schema: {type: string}}
            application/json: {schema: {type: object, required: [a], properties: {a: {type: integer}}}}
            application/hal+json: {schema: {type: object, required: [h], properties: {h: {type: integer}}}}
            application/xml: {schema: {$ref: "#/components/schemas/Pet"}}
            text/csv: {schema: {type: array, minItems: 1, items: {$ref: "#/components/schemas/Pet"}}}
            application/json;version=2: {schema: {type: array, items: {}}}
  /anything: {get: {responses: {"200": {description: x, content: {"*/*": {schema: {type: string}}}}}}}
  /pictures: {get: {responses: {"200": {description: x, content: {"image/*": {}}}}}}
  /events:
    get:
      responses:
        "200":
          description: x
          content:
            text/event-stream:
              itemSchema:
                type: object
                required: [event, data]
                properties:
                  event: {const: pet}
                  data: {type: string, contentMediaType: application/json, contentSchema: {$ref: "#/components/schemas/Pet"}}
  /chat:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {stream: {type: boolean}}}}}}
      responses:
        "200":
          description: x
          content:
            application/json: {schema: {type: object, required: [whole], properties: {whole: {const: true}}}}
            text/event-stream: {schema: {type: object, required: [part], properties: {part: {type: integer}}}}
  /lines: {get: {responses: {"200": {description: x, content: {application/x-ndjson: {itemSchema: {type: integer}}}}}}}
  /jsonl: {get: {responses: {"200": {description: x, content: {application/jsonl: {schema: {$ref: "#/components/schemas/Pet"}}}}}}}
  /seq: {get: {responses: {"200": {description: x, content: {application/json-seq: {schema: {type: array, minItems: 2, items: {type: integer}}}}}}}}
  /png: {get: {responses: {"200": {description: x, content: {image/png: {schema: {type: string, format: binary}}}}}}}
  /image: {get: {responses: {"200": {description: x, content: {"image/*": {}}}}}}
  /pdf: {get: {responses: {"200": {description: x, content: {application/pdf: {}}}}}}
  /octets: {get: {responses: {"200": {description: x, content: {application/octet-stream: {schema: {type: string, format: binary}}}}}}}
  /parts: {get: {responses: {"200": {description: x, content: {multipart/mixed: {schema: {type: object, required: [a], properties: {a: {type: string}}}}}}}}}
  /yaml: {get: {responses: {"200": {description: x, content: {application/yaml: {schema: {type: object, required: [a], properties: {a: {const: 1}}}}}}}}}
  /gone: {delete: {responses: {"204": {description: x, content: {application/json: {schema: {type: object}}}}}}}
  /moved: {get: {responses: {"302": {description: x, headers: {Location: {schema: {type: string, format: uri}}}}}}}
  /away: {get: {responses: {"303": {description: x}}}}
  /range: {get: {responses: {"4XX": {description: x}, "2XX": {description: x, content: {application/json: {schema: {const: 2}}}}}}}
  /default: {get: {responses: {default: {description: x, content: {application/json: {schema: {const: d}}}}}}}
  /loose: {get: {responses: {"200": {description: x, content: {application/json: {schema: {required: [a], properties: {a: {items: {type: integer}}}}}}}}}}
  /pick/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}, examples: {cat: {value: c1}, dog: {value: d 2}}}
    get:
      responses:
        "200":
          description: x
          content: {application/json: {examples: {cat: {value: meow}, dog: {value: woof}}}}
  /own:
    servers: [{url: "https://files.example.com/upload"}]
    get: {responses: {"200": {description: x}}}
  /beta?beta=true: {get: {responses: {"200": {description: x}}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, minimum: 7, maximum: 7, xml: {attribute: true}}
        name: {type: string, enum: [Rex]}
"##;

fn mock() -> Mock {
    let settings = MockSettings { state: StateMode::None, ..MockSettings::default() };
    Mock::new(Contract::from_text("answers.yaml", CONTRACT).unwrap(), settings).unwrap()
}

fn get(path: &str, accept: &str) -> Response {
    mock().answer(&request("GET", path, &[("accept", accept)]))
}

fn content_type(response: &Response) -> &str {
    response.headers.get_str("content-type").unwrap_or("none")
}

#[test]
fn what_is_accepted_decides_the_media_type() {
    for (accept, want) in [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/*;q=0.5, text/plain;q=0.4", "application/json"),
        ("application/json;q=0.1, text/plain;q=0.9", "text/plain"),
        ("application/hal+json", "application/hal+json"),
        ("application/*+json", "application/hal+json"),
        ("application/json;q=0, */*;q=0.1", "text/plain"),
        ("application/json; charset=utf-8", "application/json"),
        ("APPLICATION/JSON", "application/json"),
        ("application/json;version=2", "application/json; version=2"),
        ("text/*;q=0.3, text/csv", "text/csv"),
        ("application/xml, */*;q=0.1", "application/xml"),
    ] {
        let answer = get("/many", accept);
        assert_eq!((answer.status, content_type(&answer)), (200, want), "{accept}");
        assert_eq!(answer.headers.get_str("x-count"), Some("3"));
    }
    for accept in ["image/png", "application/json;q=0", "text/html, application/vnd.x+json"] {
        assert_eq!(get("/many", accept).status, 406, "{accept}");
    }
    // Where the contract promises no type in particular, there is none that could not be had.
    assert_eq!(
        [get("/anything", "image/png").status, get("/anything", "text/html, x/y;q=0").status],
        [200, 200]
    );
    assert_eq!([get("/pictures", "image/webp").status, get("/pictures", "text/html").status], [200, 406]);
    assert_eq!(get("/plain", "image/png").status, 200, "nothing to negotiate without a body");
}

#[test]
fn where_only_errors_are_documented_success_is_undocumented() {
    let text = "
openapi: 3.0.3
info: {title: pets, version: '1'}
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {'200': {description: d, content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}, '404': {description: d}}}
    delete: {responses: {'400': {description: Invalid id}, '404': {description: Unknown}}}
";
    let contract = Contract::from_text("pets.yaml", text).unwrap();
    let delete = |undocumented_statuses| {
        let settings = MockSettings { undocumented_statuses, ..MockSettings::default() };
        let mock = Mock::new(Arc::clone(&contract), settings).unwrap();
        let ask = |method: &str, target: &str| mock.answer(&request(method, target, &[])).status;
        [ask("DELETE", "/pets/1"), ask("GET", "/pets/1"), ask("DELETE", "/pets/x")]
    };
    assert_eq!(delete(false), [400, 404, 400]);
    assert_eq!(delete(true), [204, 404, 400]);
}

#[test]
fn every_answer_is_valid() {
    let contract = Contract::from_text("answers.yaml", CONTRACT).unwrap();
    let (mock, judge) = (mock(), Judge::new(&contract));
    for head in contract.heads() {
        let operation = contract.operation(head.index);
        let media = operation.responses.iter().flat_map(|r| &r.content);
        let names: Vec<String> = media.map(|m| m.name.clone()).chain(["*/*".to_owned()]).collect();
        for accept in names {
            let target = head.path.replace("{id}", "x");
            let answer = mock.answer(&request(&head.method, &target, &[("accept", &accept)]));
            let breaches = judge.response(&operation, &answer);
            assert!(breaches.is_empty(), "{} {accept}: {breaches:?} {answer:?}", head.id);
        }
    }
}

#[test]
fn bodies_are_what_their_types_say() {
    let text = |path: &str, accept: &str| String::from_utf8(get(path, accept).body.to_vec()).unwrap();
    assert!(text("/many", "application/xml").ends_with("<Pet id=\"7\"><name>Rex</name></Pet>"));
    assert!(text("/many", "text/csv").starts_with("id,name\r\n7,Rex\r\n"));
    assert_eq!(text("/yaml", "*/*"), r#"{"a":1}"#);
    let parts = get("/parts", "*/*");
    let named = media::parse(content_type(&parts)).unwrap();
    assert!(matches!(codec_for(&named).decode(&named, &parts.body), Ok(Body::Text(v)) if v["a"].is_string()));
    assert!(get("/png", "*/*").body.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(get("/image", "image/*").body.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(get("/pdf", "*/*").body.starts_with(b"%PDF-"));
    let octets = get("/octets", "*/*").body;
    assert!(std::str::from_utf8(&octets).is_err() && octets == get("/octets", "*/*").body);
    assert!(body(&get("/loose", "*/*"))["a"].is_array(), "a schema without a type means what it is about");
}

#[test]
fn statuses_ranges_and_redirects() {
    assert_eq!((get("/range", "*/*").status, body(&get("/range", "*/*"))), (200, json!(2)));
    assert_eq!((get("/default", "*/*").status, body(&get("/default", "*/*"))), (200, json!("d")));
    let gone = mock().answer(&request("DELETE", "/gone", &[]));
    assert_eq!((gone.status, gone.body.len(), content_type(&gone)), (204, 0, "none"));
    let host = [("host", "127.0.0.1:4010")];
    let moved = mock().answer(&request("GET", "/moved", &host));
    assert_eq!((moved.status, moved.headers.get_str("location")), (302, Some("http://127.0.0.1:4010/plain")));
    let away = mock().answer(&request("GET", "/away", &host));
    assert_eq!((away.status, away.headers.get_str("location")), (303, Some("/plain")));
    let head = mock().answer(&request("HEAD", "/many", &[]));
    assert_eq!((head.status, head.body.len(), content_type(&head)), (200, 0, "application/json"));
    let put = mock().answer(&request("PUT", "/many", &[]));
    assert_eq!((put.status, put.headers.get_str("allow")), (405, Some("GET")));
}

#[test]
fn an_example_answers_the_request_that_has_its_name() {
    assert_eq!(body(&get("/pick/c1", "*/*")), json!("meow"));
    assert_eq!(body(&get("/pick/d%202", "*/*")), json!("woof"));
    assert_eq!(body(&get("/pick/other", "*/*")), json!("meow"), "else the first");
    let wish = mock().answer(&request("GET", "/pick/c1", &[("prefer", "example=dog")]));
    assert_eq!(body(&wish), json!("woof"));
}

#[test]
fn routes_go_by_servers_and_queries() {
    let status = |target: &str| mock().answer(&request("GET", target, &[])).status;
    for target in [
        "/plain",
        "/v1/plain",
        "/v2/plain",
        "/own",
        "/upload/own",
        "/v1/own",
        "/beta?beta=true",
        "/beta?a=1&beta=true",
    ] {
        assert_eq!(status(target), 200, "{target}");
    }
    for target in ["/v3/plain", "/upload/plain", "/plain/", "//plain", "/Plain", "/beta", "/beta?beta=false"]
    {
        assert_eq!(status(target), 404, "{target}");
    }
}

fn items(response: &Response) -> Vec<Value> {
    let named = media::parse(content_type(response)).unwrap();
    match codec_for(&named).decode(&named, &response.body) {
        Ok(Body::Items(items)) => items,
        other => panic!("{other:?}"),
    }
}

#[test]
fn streams_have_several_items() {
    let pet = json!({"id": 7, "name": "Rex"});
    let events = items(&get("/events", "*/*"));
    assert_eq!(events.len(), 3);
    for event in events {
        assert_eq!(event["event"], "pet");
        assert_eq!(serde_json::from_str::<Value>(event["data"].as_str().unwrap()).unwrap(), pet);
    }
    assert_eq!(items(&get("/jsonl", "*/*")), [pet.clone(), pet.clone(), pet]);
    assert!(items(&get("/lines", "*/*")).iter().all(Value::is_i64));
    assert!(items(&get("/seq", "*/*")).len() >= 2);
}

#[test]
fn a_client_that_asks_for_a_stream_gets_what_it_accepts() {
    let chat = |accept: &str, body: &Value| {
        let mut request: Request =
            request("POST", "/chat", &[("content-type", "application/json"), ("accept", accept)]);
        request.body = Some(body.to_string().into());
        content_type(&mock().answer(&request)).to_owned()
    };
    let (yes, no) = (json!({"stream": true}), json!({"stream": false}));
    assert_eq!(chat("*/*", &yes), "text/event-stream");
    assert_eq!(chat("*/*", &no), "application/json");
    assert_eq!(chat("application/json", &yes), "application/json");
    assert_eq!(chat("text/event-stream", &no), "text/event-stream");
    assert_eq!(chat("text/event-stream, application/json", &yes), "text/event-stream");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_socket_each_item_is_a_chunk() {
    let contract: Arc<Contract> = Contract::from_text("answers.yaml", CONTRACT).unwrap();
    let running = MockServer::from_contract(contract, MockSettings::default()).start().await.unwrap();
    let mut stream = TcpStream::connect(running.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"GET /jsonl HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, chunks) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.to_ascii_lowercase().contains("transfer-encoding: chunked"), "{head}");
    let item = "{\"id\":7,\"name\":\"Rex\"}\n";
    let chunk = format!("{:X}\r\n{item}\r\n", item.len());
    assert_eq!(chunks, format!("{}0\r\n\r\n", chunk.repeat(3)));
}
