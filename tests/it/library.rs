//! The mock as Rust tests use it: started and stopped, told what to answer, asked what came.

use std::io::{Read, Write};
use std::net::TcpStream;

use counterpart::mock::expectation::{Expectation, ExpectedAnswer};
use counterpart::mock::fault::FaultRule;
use counterpart::mock::journal::Filter;
use counterpart::mock::matching::{RequestMatcher, TextMatcher};
use counterpart::{MockServer, RunningMock, ServeError};
use serde_json::{Value, json};

const PETS: &str = r#"
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}}
      responses:
        "201":
          description: made
          content:
            application/json:
              schema: {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}
  /pets/{petId}:
    get:
      parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: it
          content:
            application/json:
              schema: {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}
        "404": {description: none}
"#;

/// Asks over a socket; the status and the body.
fn ask(mock: &RunningMock, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(mock.address()).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[test]
fn a_test_without_a_runtime_starts_asks_and_stops() {
    let mock =
        MockServer::from_text(PETS).seed(7).configure(|s| s.workers = Some(1)).start_blocking().unwrap();
    let (status, made) = ask(&mock, "POST", "/pets", r#"{"name": "Rex"}"#);
    assert_eq!((status, &made["name"]), (201, &json!("Rex")));
    let path = format!("/pets/{}", made["id"]);
    assert_eq!(ask(&mock, "GET", &path, ""), (200, made));
    mock.verify(&Filter::on("POST", "/pets"), 1).unwrap();
    mock.verify(&Filter { valid: Some(false), ..Filter::default() }, ..=0).unwrap();
    let saved = mock.mock().state();
    mock.mock().reset().unwrap();
    assert_eq!(mock.requests(&Filter::default()).len(), 0);
    mock.mock().set_state(&saved).unwrap();
    assert_eq!(ask(&mock, "GET", &path, "").0, 200);
    assert!(mock.mock().set_state(&json!({"resources": {"cars": []}})).unwrap_err().contains("cars"));
    let address = mock.address();
    drop(mock);
    assert!(TcpStream::connect(address).is_err(), "it still listens");
}

#[test]
fn expectations_faults_and_assertions_in_rust() {
    let mock = MockServer::from_text(PETS).configure(|s| s.workers = Some(1)).start_blocking().unwrap();
    let rex = json!({"id": 7, "name": "Rex"});
    let expectation = Expectation::on("GET", "/pets/{id}")
        .then(ExpectedAnswer::status(404))
        .then(ExpectedAnswer::json(200, rex.clone()))
        .times(2);
    mock.expect(expectation).unwrap();
    assert_eq!(ask(&mock, "GET", "/pets/1", "").0, 404);
    let unmet = mock.verify_expectations().unwrap_err();
    assert!(format!("{unmet:?}").contains("2 expected, 1 came"), "{unmet:?}");
    assert_eq!(ask(&mock, "GET", "/pets/1", ""), (200, rex));
    mock.verify_expectations().unwrap();
    let broken = Expectation::on("GET", "/pets/1").then(ExpectedAnswer::json(200, json!({"id": "x"})));
    let error = mock.expect(broken.clone()).unwrap_err().to_string();
    assert!(error.contains("`name`") || error.contains("\"name\""), "{error}");
    mock.expect(broken.forced()).unwrap();
    assert_eq!(ask(&mock, "GET", "/pets/1", "").1, json!({"id": "x"}));
    let named = RequestMatcher::on("POST", "/pets")
        .with_body(json!({"name": "Rita"}))
        .with_header("content-type", TextMatcher::contains("json"))
        .with_query("dry", TextMatcher::equals("true"));
    mock.expect(
        Expectation::when(named.clone())
            .then(ExpectedAnswer { prefer: Some("seed=3".into()), ..Default::default() }),
    )
    .unwrap();
    assert_eq!(ask(&mock, "POST", "/pets?dry=true", r#"{"name": "Rita"}"#).0, 201);
    mock.verify(&Filter { request: named, ..Filter::default() }, 1..=1).unwrap();
    assert!(mock.mock().faults().add(&FaultRule::parse("status:500=1x1").unwrap()));
    assert_eq!(ask(&mock, "GET", "/pets/2", "").0, 500);
}

#[test]
fn what_cant_be_started_says_why() {
    let refused = |server: MockServer| server.start_blocking().unwrap_err();
    assert!(matches!(refused(MockServer::from_text("openapi: {")), ServeError::Contract(_)));
    assert!(matches!(refused(MockServer::from_file("/no/such/file.yaml")), ServeError::Contract(_)));
    let fault = |text: &str| MockServer::from_text(PETS).fault(FaultRule::parse(text).unwrap());
    assert!(refused(fault("earthquake=1")).to_string().contains("there is no fault `earthquake`"));
    assert!(refused(fault("reset@getPets=1")).to_string().contains("`getPets`"));
    let embedded = MockServer::embedded().configure(|s| s.workers = Some(1)).start_blocking().unwrap();
    assert!(embedded.mock().state().to_string().contains("\"live\":[{"));
}
