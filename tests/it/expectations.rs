//! Expectations: for this request answer that, so many times; and never what breaks the contract, unless forced.

use std::sync::Arc;

use counterpart::contract::Contract;
use counterpart::mock::expectation::{Expectation, ExpectationError, ExpectedAnswer};
use counterpart::mock::matching::RequestMatcher;
use counterpart::mock::{Mishap, Mock, MockSettings};
use counterpart::wire::Request;
use serde_json::{Value, json};

use crate::control::Control;
use crate::mock::{body, request};

pub(crate) const PETS: &str = r##"
openapi: 3.1.0
info: {title: Pets, version: "1"}
servers: [{url: /api/v1}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{name: kind, in: query, schema: {type: string}}]
      responses:
        "200":
          description: ok
          headers: {X-Total: {required: true, schema: {type: integer}}}
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
        "503": {description: busy, content: {application/problem+json: {schema: {type: object, required: [title]}}}}
    post:
      operationId: createPet
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
      responses:
        "201": {description: made, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        "204": {description: nothing}
  /pets/{petId}:
    get:
      operationId: getPet
      parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Pet"}
              examples: {rex: {value: {id: "7", name: Rex}}}
        "404": {description: none, content: {application/json: {schema: {type: object, required: [message]}}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties: {id: {type: string}, name: {type: string, maxLength: 10}}
"##;

pub(crate) fn pets() -> Mock {
    Mock::new(Contract::from_text("pets.yaml", PETS).unwrap(), MockSettings::default()).unwrap()
}

fn control() -> Control {
    Control::of(pets())
}

fn add(control: &Control, expectation: Value) -> Value {
    let answer = control.call("POST", "/expectations", Some(expectation));
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    body(&answer)
}

fn refuse(control: &Control, expectation: Value) -> String {
    let answer = control.call("POST", "/expectations", Some(expectation));
    assert!(matches!(answer.status, 409 | 422), "{}", String::from_utf8_lossy(&answer.body));
    body(&answer)["detail"].as_str().unwrap().to_owned()
}

fn get(control: &Control, target: &str) -> (u16, Value) {
    let answer = control.mock.answer(&request("GET", target, &[]));
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
}

fn post(value: Value) -> Request {
    let mut asked = request("POST", "/api/v1/pets", &[("content-type", "application/json")]);
    asked.body = Some(value.to_string().into());
    asked
}

#[test]
fn an_expected_answer_is_given_so_many_times() {
    let control = control();
    let rex = json!({"id": "7", "name": "Rex"});
    let held = add(
        &control,
        json!({
            "request": {"method": "GET", "path": "/pets/{id}"}, "answer": {"body": rex}, "times": 2
        }),
    );
    assert_eq!((&held["id"], &held["met"], &held["left"]), (&json!("e1"), &json!(false), &json!(2)));
    assert_eq!(get(&control, "/pets/9"), (200, rex.clone()));
    assert_eq!(body(&control.call("GET", "/expectations?met=false", None))["expectations"][0]["matched"], 1);
    assert_eq!(get(&control, "/api/v1/pets/10"), (200, rex.clone()));
    assert_ne!(get(&control, "/pets/9").1, rex);
    let one = body(&control.call("GET", "/expectations/e1", None));
    assert_eq!((&one["met"], &one["left"]), (&json!(true), &json!(0)));
    assert_eq!(body(&control.call("GET", "/expectations?met=false", None))["expectations"], json!([]));
    let entries = body(&control.call("GET", "/requests?expectation=e1", None));
    assert_eq!(entries["count"], 2);
    assert_eq!(entries["requests"][1]["answer"]["expectation"], "e1");
    assert_eq!(control.call("DELETE", "/expectations/e1", None).status, 204);
    assert_eq!(control.call("DELETE", "/expectations/e1", None).status, 404);
    assert_eq!(control.call("GET", "/expectations/e1", None).status, 404);
}

#[test]
fn an_answer_that_breaks_the_contract_is_refused_unless_forced() {
    let control = control();
    let wrong =
        json!({"request": {"path": "/pets/7", "method": "GET"}, "answer": {"body": {"id": "7", "name": 5}}});
    let answer = control.call("POST", "/expectations", Some(wrong.clone()));
    assert_eq!(answer.status, 409);
    let said = body(&answer);
    assert_eq!(said["breaches"][0]["pointer"], "/name");
    assert!(said["breaches"][0]["contract"].as_str().unwrap().starts_with("pets.yaml:"), "{said}");
    assert!(said["detail"].as_str().unwrap().contains("`getPet`"), "{said}");
    for (expectation, reason) in [
        (
            json!({"request": {"operation": "getPet"}, "answer": {"status": 418}}),
            "status 418 is not documented",
        ),
        (json!({"request": {"operation": "getPet"}, "answer": {"status": 200}}), "has no body"),
        (json!({"request": {"operation": "getPet"}, "answer": {"text": "Rex"}}), "text/plain"),
        (json!({"request": {"path": "/owners"}, "answer": {"status": 200}}), "no operation"),
        (json!({"request": {"path": "/pets/{id}"}, "answer": {"status": 204}}), "of `getPet`"),
        (json!({"request": {"path": "/api/v1/pets/{id}"}, "answer": {"status": 404}}), "has no body"),
        (json!({"request": {"operation": "getOwner"}, "answer": {"status": 200}}), "no operation"),
        (
            json!({"request": {"operation": "createPet"}, "answers": [{"status": 204}, {"status": 200}]}),
            "status 200",
        ),
        (json!({"request": {}, "answer": {}}), "body `/answer`"),
        (json!({"request": {"path": {"regex": "("}}, "answer": {"status": 200}}), "body `/request/path`"),
        (json!({"answer": {"status": 204, "body": 1}}), "has no body"),
        (json!({"request": 5}), "body `/request`"),
        (json!(null), "body: "),
    ] {
        let said = refuse(&control, expectation.clone());
        assert!(said.contains(reason), "{expectation}: {said}");
    }
    assert_eq!(get(&control, "/pets/7").0, 200);
    let mut forced = wrong;
    forced["force"] = json!(true);
    add(&control, forced);
    assert_eq!(get(&control, "/pets/7").1["name"], 5);
    let shown = body(&control.call("GET", "/requests?path=/pets/7&limit=1", None));
    assert_eq!(shown["requests"][0]["answer"]["valid"], false, "{shown}");
    assert_eq!(shown["requests"][0]["answer"]["breaches"][0]["pointer"], "/name");
    // Even what the contract does not know can be forced.
    add(
        &control,
        json!({"request": {"path": "/owners"}, "answer": {"status": 299, "text": "none"}, "force": true}),
    );
    assert_eq!(get(&control, "/owners").0, 299);
}

#[test]
fn a_wide_expectation_answers_only_where_its_answer_is_valid() {
    let control = control();
    add(
        &control,
        json!({"request": {"path": "/pets*"}, "answer": {"status": 404, "body": {"message": "gone"}}}),
    );
    assert_eq!(get(&control, "/pets/7").0, 404);
    assert_eq!(get(&control, "/pets").0, 200);
}

#[test]
fn given_answers_get_the_documented_media_type_and_headers() {
    let control = control();
    add(
        &control,
        json!({"request": {"operation": "listPets", "query": {"kind": "cat"}}, "answer": {"body": []}}),
    );
    let answer = control.mock.answer(&request("GET", "/pets?kind=cat", &[]));
    assert_eq!(answer.body, "[]");
    assert!(answer.headers.get("x-total").is_some());
    add(
        &control,
        json!({
            "request": {"operation": "listPets"},
            "answer": {"status": 503, "body": {"title": "Busy"}, "headers": {"Retry-After": "5", "X-A": ["1", "2"]}}
        }),
    );
    let answer = control.mock.answer(&request("GET", "/pets", &[]));
    assert_eq!(answer.headers.get_str("content-type"), Some("application/problem+json"));
    assert_eq!((answer.headers.get_str("retry-after"), answer.headers.all("x-a").count()), (Some("5"), 2));
}

#[test]
fn bodies_pick_answers_and_sequences_run_through() {
    let control = control();
    add(
        &control,
        json!({
            "request": {"operation": "createPet", "body": {"pointers": {"/name": {"regex": "^R"}}}},
            "answers": [{"status": 204}, {"prefer": "code=201", "times": 2}, {"status": 204}]
        }),
    );
    let ask = |name: &str| control.mock.answer(&post(json!({"id": "1", "name": name}))).status;
    assert_eq!(ask("Max"), 201);
    assert_eq!([ask("Rex"), ask("Rita"), ask("Rex"), ask("Rex"), ask("Rex")], [204, 201, 201, 204, 204]);
    // Invalid or not: what is expected is answered, and the journal tells.
    assert_eq!(ask("Rumpelstiltskin"), 204);
    let last = body(&control.call("GET", "/requests?limit=1", None));
    assert_eq!(last["requests"][0]["valid"], false);
    assert_eq!(last["requests"][0]["breaches"][0]["keyword"], "maxLength");
}

#[test]
fn delays_and_faults_come_with_given_and_own_answers() {
    let control = control();
    add(
        &control,
        json!({"request": {"operation": "getPet"}, "answer": {"delay": "5ms", "prefer": "example=rex"}}),
    );
    let answer = control.mock.handle(request("GET", "/pets/7", &[]));
    assert_eq!((answer.delay.as_millis(), body(&answer.response)["name"].clone()), (5, json!("Rex")));
    let before = control.mock.answer(&post(json!({"id": "1", "name": "a"}))).status;
    assert_eq!(before, 201);
    for (n, (fault, mishap, status)) in [
        ("reset", Mishap::Reset, 0),
        ("reset:after", Mishap::Reset, 0),
        ("truncate:3", Mishap::Truncate(Some(3)), 201),
        ("slow:2kB/s", Mishap::Slow(Some(2000)), 201),
        ("garbage", Mishap::None, 201),
    ]
    .into_iter()
    .enumerate()
    {
        let pet = || post(json!({"id": format!("p{n}"), "name": "a"}));
        add(
            &control,
            json!({"id": "one", "request": {"operation": "createPet"}, "answer": {"fault": fault}}),
        );
        let answer = control.mock.handle(pet());
        assert_eq!(answer.mishap, mishap, "{fault}");
        let entry = body(&control.call("GET", "/requests?limit=1", None));
        let entry = &entry["requests"][0];
        assert_eq!(entry["status"], status, "{fault}");
        assert_eq!(entry["answer"]["fault"], fault.split(':').next().unwrap());
        // What breaks before the answer is made did nothing; what breaks on the way was done.
        assert_eq!(control.call("DELETE", "/expectations", None).status, 204);
        assert_eq!(control.mock.answer(&pet()).status, if fault == "reset" { 201 } else { 409 }, "{fault}");
    }
}

#[test]
fn in_rust_the_same() {
    let mock = pets();
    let request_of =
        |id: &str| RequestMatcher { operation: Some(id.to_owned()), ..RequestMatcher::default() };
    let answer = Some(ExpectedAnswer::json(404, json!({"message": "none"})));
    let held = mock.expect(Expectation { answer, ..Expectation::when(request_of("getPet")) }).unwrap();
    let unmet = mock.verify_expectations().unwrap_err().to_string();
    assert!(unmet.contains("e1: at least 1 expected, 0 came") && unmet.contains("getPet"), "{unmet}");
    assert_eq!(mock.answer(&request("GET", "/pets/7", &[])).status, 404);
    assert_eq!(held.matched(), 1);
    mock.verify_expectations().unwrap();
    let wrong = Some(ExpectedAnswer::status(500));
    let error =
        mock.expect(Expectation { answer: wrong, ..Expectation::when(request_of("getPet")) }).unwrap_err();
    assert!(matches!(error, ExpectationError::Breaks { .. }));
    assert!(mock.expectations().remove(Some(held.id())));
    let shared = Arc::new(mock);
    assert_eq!(shared.answer(&request("GET", "/pets/7", &[])).status, 200);
}

#[test]
fn reset_lets_go_of_them() {
    let control = control();
    add(&control, json!({"request": {"operation": "createPet"}, "answer": {"status": 204}}));
    assert_eq!(control.call("POST", "/reset", None).status, 204);
    assert_eq!(body(&control.call("GET", "/expectations", None)), json!({"expectations": []}));
    add(&control, json!({"request": {"operation": "createPet"}, "answer": {"status": 204}}));
    assert_eq!(control.call("DELETE", "/expectations", None).status, 204);
    assert_eq!(control.mock.answer(&post(json!({"id": "1", "name": "a"}))).status, 201);
}
