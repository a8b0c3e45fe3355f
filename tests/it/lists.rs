//! Lists are put together from what lies there: read for the first time or for the hundredth, they say the same.

use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings};
use counterpart::wire::{Request, Response};
use serde_json::{Value, json};

use crate::mock::{body, request};

/// `ENVELOPE` is the schema of the list.
const CONTRACT: &str = "
openapi: 3.1.0
info: {title: Notes, version: '1'}
paths:
  /notes:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1}}
        - {name: offset, in: query, schema: {type: integer, minimum: 0}}
        - {name: colour, in: query, schema: {type: string}}
      responses: {'200': {description: d, content: {application/json: {schema: ENVELOPE}}}}
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
      responses: {'201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}}
  /notes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        '404': {description: d}
    patch:
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}}
    delete: {responses: {'204': {description: d}, '404': {description: d}}}
components:
  schemas:
    Note:
      type: object
      required: [text]
      properties:
        id: {type: string, readOnly: true}
        text: {type: string, minLength: 1}
        colour: {type: string}
        tags: {type: array, items: {type: string}}
        pin: {type: string, writeOnly: true}
";

const ENVELOPES: [(&str, &str); 4] = [
    ("", "{type: array, items: {$ref: '#/components/schemas/Note'}}"),
    (
        "/items",
        "{type: object, required: [items, total], properties: {total: {type: integer}, items: {type: array, items: {$ref: '#/components/schemas/Note'}}, next: {type: [string, 'null']}}}",
    ),
    (
        "/data/notes",
        "{type: object, required: [data], properties: {data: {type: object, required: [notes], properties: {notes: {type: array, items: {$ref: '#/components/schemas/Note'}}}}}}",
    ),
    // What is said of the list as a whole can't be judged item by item.
    ("", "{type: array, uniqueItems: true, items: {$ref: '#/components/schemas/Note'}}"),
];

fn mock(envelope: &str) -> Mock {
    let contract = Contract::from_text("notes.yaml", &CONTRACT.replace("ENVELOPE", envelope)).unwrap();
    Mock::new(contract, MockSettings::default()).unwrap()
}

fn send(mock: &Mock, method: &str, target: &str, sent: &Value) -> Response {
    let mut request = request(method, target, &[("content-type", "application/json")]);
    request.body = Some(sent.to_string().into());
    mock.answer(&request)
}

fn get(mock: &Mock, target: &str) -> Response {
    mock.answer(&Request { method: "GET".into(), target: target.into(), ..Request::default() })
}

#[test]
fn a_list_says_the_same_however_often_it_is_read() {
    for (place, envelope) in ENVELOPES {
        let mock = mock(envelope);
        let mut ids = Vec::new();
        for n in 0..7 {
            let note = json!({"text": format!("n\u{e9}\"{n}"), "colour": if n % 2 == 0 { "red" } else { "blue" },
                "tags": ["a", "b"], "pin": "s3cret"});
            let made = body(&send(&mock, "POST", "/notes", &note));
            ids.push(made["id"].as_str().unwrap().to_owned());
        }
        for round in 0..4 {
            for target in ["/notes?limit=3", "/notes", "/notes?limit=2&offset=1", "/notes?colour=red"] {
                let (first, again) = (get(&mock, target), get(&mock, target));
                assert_eq!(first, again, "{envelope} {target}");
                assert_eq!(first.status, 200);
                let etag = first.headers.get_str("etag").unwrap();
                let known = mock.answer(&request("GET", target, &[("if-none-match", etag)]));
                assert_eq!(known.status, 304, "{envelope} {target}");
                let whole = body(&first);
                let items = whole.pointer(place).and_then(Value::as_array).unwrap();
                assert!(!items.is_empty(), "{whole}");
                for item in items {
                    let one = get(&mock, &format!("/notes/{}", item["id"].as_str().unwrap()));
                    assert_eq!(*item, body(&one), "{envelope} {target}");
                    assert!(item.get("pin").is_none(), "{item}");
                }
                if place == "/items" {
                    let reds = ids.len().div_ceil(2);
                    assert_eq!(whole["total"], if target.contains("red") { reds } else { ids.len() });
                }
            }
            // What changes one entity changes the list, and its tag.
            let before = get(&mock, "/notes");
            let id = &ids[0];
            send(&mock, "PATCH", &format!("/notes/{id}"), &json!({"tags": ["c", round.to_string()]}));
            let after = get(&mock, "/notes");
            assert_ne!(before.headers.get_str("etag"), after.headers.get_str("etag"));
            assert_eq!(body(&after).pointer(place).unwrap()[0]["tags"], json!(["c", round.to_string()]));
            let last = ids.pop().unwrap();
            assert_eq!(mock.answer(&request("DELETE", &format!("/notes/{last}"), &[])).status, 204);
            let left = body(&get(&mock, "/notes"));
            let left = left.pointer(place).and_then(Value::as_array).unwrap();
            assert_eq!(left.len(), ids.len());
        }
    }
}
