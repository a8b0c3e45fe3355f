//! Conditional requests on entities and lists (RFC 9110 §13).

use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings, UnknownId};
use counterpart::wire::{Request, Response};
use serde_json::{Value, json};

use crate::crud::{call, checked, shop};
use crate::mock::{body, request};

fn tag(answer: &Response) -> String {
    let tag = answer.headers.get_str("etag").unwrap_or_else(|| panic!("no tag: {answer:?}"));
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "strong: {tag}");
    tag.to_owned()
}

fn asked(method: &str, target: &str, condition: (&str, &str), sent: Option<Value>) -> Request {
    let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
    let mut asked = request(method, target, &[("content-type", kind), condition]);
    asked.body = sent.map(|v| v.to_string().into());
    asked
}

/// 304 and 412 stand in no contract: such answers are not checked against it.
fn status(mock: &Mock, method: &str, target: &str, condition: (&str, &str), sent: Option<Value>) -> u16 {
    mock.answer(&asked(method, target, condition, sent)).status
}

#[test]
fn a_reader_that_has_the_newest_is_sent_nothing() {
    let mock = shop(Some(UnknownId::Reject));
    let made = call(&mock, "POST", "/pets", Some(json!({"name": "Tom"})));
    let first = tag(&made);
    let read = call(&mock, "GET", "/pets/1", None);
    assert_eq!(tag(&read), first, "201 tells the tag of what was made");
    // Read again, from what is kept as text: the same.
    let again = call(&mock, "GET", "/pets/1", None);
    assert_eq!((tag(&again), &again.body), (first.clone(), &read.body));
    for condition in [first.clone(), format!("W/{first}"), format!("\"x\", {first}"), "*".to_owned()] {
        for method in ["GET", "HEAD"] {
            let answer = mock.answer(&asked(method, "/pets/1", ("if-none-match", &condition), None));
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{method} {condition}");
            assert_eq!(tag(&answer), first);
            assert!(answer.headers.get("content-type").is_none());
        }
    }
    assert_eq!(status(&mock, "GET", "/pets/1", ("if-none-match", "\"other\""), None), 200);
    assert_eq!(status(&mock, "GET", "/pets/1", ("if-match", "\"other\""), None), 412);
    assert_eq!(status(&mock, "GET", "/pets/1", ("if-match", &first), None), 200);
    // No condition makes something of nothing.
    for condition in [("if-match", "*"), ("if-match", "\"x\""), ("if-none-match", "*")] {
        assert_eq!(status(&mock, "GET", "/pets/77", condition, None), 404);
    }
    let patched = mock.answer(&asked("PATCH", "/pets/1", ("accept", "*/*"), Some(json!({"nick": "T"}))));
    let second = tag(&patched);
    assert_ne!(second, first);
    assert_eq!(tag(&call(&mock, "GET", "/pets/1", None)), second);
    assert_eq!(status(&mock, "GET", "/pets/1", ("if-none-match", &first), None), 200);
}

#[test]
fn changes_on_stale_ground_are_refused_and_change_nothing() {
    let mock = shop(Some(UnknownId::Reject));
    let stale = tag(&call(&mock, "POST", "/pets", Some(json!({"name": "Tom"}))));
    let _ = mock.answer(&asked("PATCH", "/pets/1", ("if-match", &stale), Some(json!({"name": "Tim"}))));
    let current = tag(&call(&mock, "GET", "/pets/1", None));
    assert_ne!(current, stale);
    let put = json!({"name": "Tam"});
    for condition in [("if-match", stale.as_str()), ("if-none-match", "*"), ("if-none-match", &current)] {
        for (method, sent) in [("PUT", Some(put.clone())), ("PATCH", Some(put.clone())), ("DELETE", None)] {
            assert_eq!(status(&mock, method, "/pets/1", condition, sent), 412, "{method} {condition:?}");
        }
    }
    let weak = format!("W/{current}");
    assert_eq!(status(&mock, "PUT", "/pets/1", ("if-match", &weak), Some(put.clone())), 412);
    assert_eq!(tag(&call(&mock, "GET", "/pets/1", None)), current);
    // What would be refused anyway is refused for its own reason (§13.2.1).
    assert_eq!(status(&mock, "PUT", "/pets/1", ("if-match", &stale), Some(json!({}))), 400);
    assert_eq!(status(&mock, "DELETE", "/pets/77", ("if-match", &stale), None), 404);
    assert_eq!(status(&mock, "PUT", "/pets/1", ("if-match", &current), Some(put)), 200);
    assert_eq!(status(&mock, "DELETE", "/pets/1", ("if-match", "*"), None), 204);
    assert_eq!(status(&mock, "DELETE", "/pets/1", ("if-match", "*"), None), 404);
}

#[test]
fn a_put_makes_only_what_is_not_there_where_it_says_so() {
    let mock = shop(Some(UnknownId::Create));
    let (at, sent) = ("/pets/1/toys/ball", Some(json!({"name": "Ball", "colour": "red"})));
    assert_eq!(status(&mock, "PUT", at, ("if-match", "*"), sent.clone()), 412);
    let made = checked(&mock, &asked("PUT", at, ("if-none-match", "*"), sent.clone()));
    assert_eq!(made.status, 200);
    // It was stored as it was sent: then, and only then, a PUT tells the tag (§9.3.4).
    let first = tag(&made);
    assert_eq!(tag(&call(&mock, "GET", at, None)), first);
    assert_eq!(status(&mock, "PUT", at, ("if-none-match", "*"), sent.clone()), 412);
    assert_eq!(status(&mock, "PUT", at, ("if-match", &first), sent), 200);
    let made = call(&mock, "PUT", "/pets/5", Some(json!({"name": "Tom"})));
    assert!(body(&made)["id"].is_number() && made.headers.get("etag").is_none());
}

#[test]
fn lists_have_tags_of_their_own() {
    let mock = shop(Some(UnknownId::Reject));
    call(&mock, "POST", "/pets", Some(json!({"name": "Tom"})));
    let first = tag(&call(&mock, "GET", "/pets", None));
    let answer = mock.answer(&asked("GET", "/pets", ("if-none-match", &first), None));
    assert_eq!((answer.status, answer.body.len()), (304, 0));
    assert_ne!(tag(&call(&mock, "GET", "/pets?offset=1", None)), first);
    call(&mock, "POST", "/pets", Some(json!({"name": "Tim"})));
    assert_eq!(status(&mock, "GET", "/pets", ("if-none-match", &first), None), 200);
    assert_eq!(status(&mock, "GET", "/pets", ("if-match", &first), None), 412);
}

#[test]
fn each_media_type_has_a_tag_and_a_documented_one_is_kept_valid() {
    let text = "
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200':
          description: d
          headers: {ETag: {schema: {type: string}}}
          content:
            application/json: {schema: &thing {type: object, properties: {id: {type: string}, n: {type: integer}}}}
            application/xml: {schema: *thing}
  /odd/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200':
          description: d
          headers: {ETag: {schema: {type: string, enum: [fixed]}}}
          content: {application/json: {schema: *thing}}
";
    let contract = Contract::from_text("t.yaml", text).unwrap();
    let mock = Mock::new(contract, MockSettings::default()).unwrap();
    let json = checked(&mock, &request("GET", "/things/a", &[]));
    let xml = checked(&mock, &request("GET", "/things/a", &[("accept", "application/xml")]));
    assert_ne!(tag(&json), tag(&xml));
    assert_eq!(json.headers.all("etag").count(), 1);
    let headers = [("accept", "application/xml"), ("if-none-match", &*tag(&json))];
    assert_eq!(mock.answer(&request("GET", "/things/a", &headers)).status, 200);
    let headers = [("accept", "application/xml"), ("if-none-match", &*tag(&xml))];
    assert_eq!(mock.answer(&request("GET", "/things/a", &headers)).status, 304);
    let odd = checked(&mock, &request("GET", "/odd/a", &[]));
    assert_eq!(odd.headers.get_str("etag"), Some("fixed"));
}
