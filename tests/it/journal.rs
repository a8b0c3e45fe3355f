//! The journal as tests ask it: filters, counts, near misses, what was valid and what not.

use counterpart::mock::journal::Filter;
use counterpart::wire::Request;
use serde_json::{Value, json};

use crate::control::Control;
use crate::expectations::pets;
use crate::mock::{body, request};

fn post(control: &Control, value: &str) -> u16 {
    let headers =
        [("content-type", "application/json"), ("x-trace", "t1"), ("authorization", "Bearer s3cret")];
    let asked = Request { body: Some(value.to_owned().into()), ..request("POST", "/pets", &headers) };
    control.mock.answer(&asked).status
}

fn with_three() -> Control {
    let control = Control::of(pets());
    assert_eq!(post(&control, r#"{"id": "1", "name": "Rex", "client_secret": "s3cret"}"#), 201);
    assert_eq!(post(&control, r#"{"id": "2", "name": "Rumpelstiltskin"}"#), 400);
    let _ = control.mock.answer(&request("GET", "/pets/1?a=b", &[]));
    control
}

fn count(control: &Control, filter: Value) -> Value {
    body(&control.call("POST", "/requests/count", Some(filter)))
}

#[test]
fn filters_by_query_and_by_json_say_the_same() {
    let control = with_three();
    for (query, filter, wanted) in [
        ("?method=post", json!({"method": "post"}), 2),
        ("?path=/pets/{id}", json!({"path": "/pets/{id}"}), 1),
        ("?operation=createPet&status=2xx", json!({"operation": "createPet", "status": "2xx"}), 1),
        ("?operation=GET%20/pets/{petId}", json!({"request": {"operation": "GET /pets/{petId}"}}), 1),
        ("?header=X-Trace", json!({"request": {"headers": {"x-trace": {"present": true}}}}), 2),
        ("?header=x-trace:t1&limit=1", json!({"request": {"headers": {"x-trace": "t1"}}, "limit": 1}), 1),
        ("?query=a:b", json!({"request": {"query": {"a": "b"}}}), 1),
        ("?body=Rumpel", json!({"request": {"body": {"text": {"contains": "Rumpel"}}}}), 1),
        ("?pointer=/name=Rex", json!({"request": {"body": {"pointers": {"/name": "Rex"}}}}), 1),
        ("?pointer=/name", json!({"request": {"body": {"contains": {}}}}), 2),
        ("?valid=false", json!({"valid": false}), 1),
        ("?valid=true&limit=1", json!({"valid": true, "limit": 1}), 1),
        ("?since=2", json!({"since": 2}), 1),
        ("", Value::Null, 3),
    ] {
        let listed = body(&control.call("GET", &format!("/requests{query}"), None));
        assert_eq!(listed["count"], wanted, "{query}");
        assert_eq!(listed["requests"].as_array().unwrap().len(), wanted, "{query}");
        let sent = (!filter.is_null()).then(|| filter.clone());
        assert_eq!(body(&control.call("POST", "/requests/find", sent.clone())), listed, "{filter}");
        assert_eq!(
            body(&control.call("POST", "/requests/count", sent)),
            json!({"count": wanted}),
            "{filter}"
        );
    }
    for (wrong, status) in [
        (json!({"stauts": "200"}), 422),
        (json!({"status": "x"}), 422),
        (json!({"request": {"body": {"pointers": {"/a": {"regex": "("}}}}}), 422),
        (json!([]), 422),
        (json!({"operation": "none"}), 404),
        (json!({"request": {"operation": "none"}}), 404),
    ] {
        assert_eq!(control.call("POST", "/requests/count", Some(wrong.clone())).status, status, "{wrong}");
    }
    for (wrong, status) in [("?valid=perhaps", 400), ("?pointer=a", 400), ("?operation=none", 404)] {
        assert_eq!(control.call("GET", &format!("/requests{wrong}"), None).status, status, "{wrong}");
    }
}

#[test]
fn an_entry_tells_what_was_wrong_and_where_the_contract_says_so() {
    let control = with_three();
    let one = body(&control.call("GET", "/requests/2", None));
    assert_eq!(
        (&one["valid"], &one["status"], &one["answer"]["valid"]),
        (&json!(false), &json!(400), &json!(false))
    );
    let breach = &one["breaches"][0];
    assert_eq!(
        (&breach["part"], &breach["pointer"], &breach["keyword"]),
        (&json!("body"), &json!("/name"), &json!("maxLength"))
    );
    assert!(breach["contract"].as_str().unwrap().starts_with("pets.yaml:"), "{breach}");
    assert_eq!(one["answer"]["breaches"][0]["keyword"], "status");
    let good = body(&control.call("GET", "/requests/1", None));
    assert_eq!((&good["valid"], &good["answer"]["valid"]), (&json!(true), &json!(true)));
    assert!(good["answer"]["body"].as_str().unwrap().contains("Rex"));
    assert!(good["answer"]["took_ms"].as_f64().unwrap() >= 0.0);
    assert!(!good.to_string().contains("s3cret"), "{good}");
    for (number, status) in [("9", 404), ("0", 404), ("x", 400)] {
        assert_eq!(control.call("GET", &format!("/requests/{number}"), None).status, status, "{number}");
    }
}

#[test]
fn a_body_that_was_cut_is_not_judged() {
    let control = Control::of(pets());
    let long = format!(r#"{{"id": "1", "name": "Rex", "more": "{}"}}"#, "x".repeat(20_000));
    assert_eq!(post(&control, &long), 201);
    let one = body(&control.call("GET", "/requests/1", None));
    assert_eq!((&one["valid"], &one["body_bytes"]), (&Value::Null, &json!(long.len())));
}

#[test]
fn what_did_not_come_is_told_with_what_came_near() {
    let control = with_three();
    let wanted =
        json!({"method": "POST", "path": "/pets", "request": {"body": {"pointers": {"/name": "Max"}}}});
    let answer = count(&control, wanted);
    assert_eq!(answer["count"], 0);
    assert_eq!(answer["nearest"][0]["request"], "POST /pets");
    assert!(
        answer["nearest"][0]["misses"][0].as_str().unwrap().contains("`/name` should be \"Max\""),
        "{answer}"
    );
    let filter = Filter { method: Some("DELETE".into()), path: Some("/pets/1".into()), ..Filter::default() };
    let said = control.mock.verify(&filter, 1).unwrap_err().to_string();
    assert!(said.contains("1 such requests were expected, 0 came"), "{said}");
    assert!(
        said.contains("nearly: request 3 GET /pets/1\n    the method should be DELETE, is GET"),
        "{said}"
    );
    control.mock.verify(&filter, ..=0).unwrap();
    control.mock.verify(&Filter::default(), 3).unwrap();
    control.mock.verify(&Filter { valid: Some(true), ..Filter::default() }, 2..).unwrap();
    let none = Control::of(pets());
    assert!(none.mock.verify(&filter, 1).unwrap_err().to_string().ends_with("no request came at all"));
}
