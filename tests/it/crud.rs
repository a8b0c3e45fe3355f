//! State inferred from contracts: create, read, list, change, delete, and then it is gone.

use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings, UnknownId};
use counterpart::wire::{Request, Response};
use serde_json::{Value, json};

use crate::mock::{body, request};

pub(crate) const SHOP: &str = "
openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: 'https://shop.example/api'}]
paths:
  /pets:
    get:
      parameters:
        - {name: kind, in: query, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, minimum: 1}}
        - {name: offset, in: query, schema: {type: integer, minimum: 0}}
        - {name: sort, in: query, schema: {type: string}}
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                properties:
                  items: {type: array, items: {$ref: '#/components/schemas/Pet'}}
                  total: {type: integer}
                  has_more: {type: boolean}
                required: [items, total, has_more]
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewPet'}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '409': {$ref: '#/components/responses/Error'}
        '422': {$ref: '#/components/responses/Error'}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {$ref: '#/components/responses/Error'}
    put:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewPet'}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {$ref: '#/components/responses/Error'}
    patch:
      requestBody:
        required: true
        content:
          application/merge-patch+json: {schema: {type: object}}
          application/json-patch+json: {schema: {type: array, items: {type: object}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '400': {$ref: '#/components/responses/Error'}
        '404': {$ref: '#/components/responses/Error'}
    delete:
      responses:
        '204': {description: gone}
        '404': {$ref: '#/components/responses/Error'}
  /pets/{petId}/toys/{toy}:
    parameters:
      - {name: petId, in: path, required: true, schema: {type: integer}}
      - {name: toy, in: path, required: true, schema: {type: string}}
    put:
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}}
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}
        '404': {$ref: '#/components/responses/Error'}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Wrapped'}}}}
    delete:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Wrapped'}}}}
        '409': {$ref: '#/components/responses/Error'}
  /settings:
    get:
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Settings'}}}}}
    patch:
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Settings'}}}}}
components:
  responses:
    Error:
      description: d
      content:
        application/json:
          schema: {type: object, properties: {message: {type: string}, code: {type: integer}}, required: [message]}
  schemas:
    NewPet:
      type: object
      properties:
        name: {type: string, minLength: 1}
        kind: {type: string, enum: [cat, dog], default: cat}
        nick: {type: string}
        secret: {type: string, writeOnly: true}
      required: [name]
    Pet:
      type: object
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string}
        kind: {type: string, enum: [cat, dog]}
        nick: {type: string}
        created_at: {type: string, format: date-time, readOnly: true}
        updated_at: {type: string, format: date-time, readOnly: true}
      required: [id, name, created_at]
    Toy: {type: object, properties: {name: {type: string}, colour: {type: string}}, required: [name]}
    Order:
      type: object
      properties: {id: {type: string}, status: {type: string, enum: [open, paid, cancelled]}, price: {type: number}}
      required: [id, status, price]
    Wrapped: {type: object, properties: {data: {$ref: '#/components/schemas/Order'}}, required: [data]}
    Settings: {type: object, properties: {theme: {type: string}, size: {type: integer}}, required: [theme, size]}
";

pub(crate) fn shop(unknown: Option<UnknownId>) -> Mock {
    let contract = Contract::from_text("shop.yaml", SHOP).unwrap();
    Mock::new(contract, MockSettings { unknown_id: unknown, ..MockSettings::default() }).unwrap()
}

pub(crate) fn call(mock: &Mock, method: &str, target: &str, sent: Option<Value>) -> Response {
    call_as(mock, method, target, "application/json", sent)
}

pub(crate) fn call_as(mock: &Mock, method: &str, target: &str, media: &str, sent: Option<Value>) -> Response {
    let mut asked = request(method, target, &[("content-type", media)]);
    asked.body = sent.map(|v| v.to_string().into());
    checked(mock, &asked)
}

/// Answers the request and checks that the answer is as the contract says.
pub(crate) fn checked(mock: &Mock, asked: &Request) -> Response {
    let answer = mock.answer(asked);
    let path = asked.path().trim_start_matches("/api");
    let heads = mock.contract().heads();
    let router = counterpart::mock::router::Router::new(heads, []);
    if let counterpart::mock::router::Routed::Found { operation, .. } = router.route(&asked.method, path) {
        let breaches = mock.judge().response(&mock.contract().operation(operation), &answer);
        assert_eq!(breaches, [], "{} {}: {answer:?}", asked.method, asked.target);
    }
    answer
}

#[test]
fn what_is_created_can_be_read_listed_changed_and_deleted() {
    let mock = shop(Some(UnknownId::Reject));
    assert_eq!(call(&mock, "GET", "/pets/1", None).status, 404);
    let made = call(&mock, "POST", "/api/pets", Some(json!({"name": "Tom", "secret": "x"})));
    assert_eq!(made.status, 201);
    let pet = body(&made);
    assert_eq!((&pet["name"], &pet["kind"]), (&json!("Tom"), &json!("cat")));
    // Not sent and not promised: not made up. Written only: not shown.
    assert!(pet.get("nick").is_none() && pet.get("secret").is_none(), "{pet}");
    assert_eq!(pet["created_at"], "2026-01-01T00:00:02Z");
    let at = format!("/pets/{}", pet["id"]);
    assert_eq!(made.headers.get_str("location"), Some(format!("/api{at}").as_str()));
    assert_eq!(body(&call(&mock, "GET", &at, None)), pet);
    assert_eq!(
        body(&call(&mock, "GET", "/pets", None)),
        json!({"items": [pet], "total": 1, "has_more": false})
    );

    let put = body(&call(&mock, "PUT", &at, Some(json!({"name": "Tim", "kind": "dog"}))));
    assert_eq!((&put["name"], &put["kind"], &put["id"]), (&json!("Tim"), &json!("dog"), &pet["id"]));
    assert_eq!(put["created_at"], pet["created_at"]);
    assert_ne!(put["updated_at"], pet["updated_at"]);

    let patched =
        call_as(&mock, "PATCH", &at, "application/merge-patch+json", Some(json!({"nick": "T", "id": 99})));
    assert_eq!((&body(&patched)["nick"], &body(&patched)["id"]), (&json!("T"), &pet["id"]));
    let patch = json!([{"op": "test", "path": "/name", "value": "Tim"}, {"op": "remove", "path": "/nick"}]);
    let patched = call_as(&mock, "PATCH", &at, "application/json-patch+json", Some(patch));
    assert!(body(&patched).get("nick").is_none());
    let wrong = json!([{"op": "test", "path": "/name", "value": "Tom"}]);
    assert_eq!(call_as(&mock, "PATCH", &at, "application/json-patch+json", Some(wrong)).status, 400);

    assert_eq!(call(&mock, "DELETE", &at, None).status, 204);
    for (method, sent) in [("GET", None), ("DELETE", None), ("PATCH", Some(json!({})))] {
        let answer = call_as(&mock, method, &at, "application/merge-patch+json", sent);
        assert_eq!(answer.status, 404, "{method}");
        assert!(body(&answer)["message"].is_string());
    }
    assert_eq!(body(&call(&mock, "GET", "/pets", None))["total"], 0);
    let next = body(&call(&mock, "POST", "/pets", Some(json!({"name": "Tam"}))));
    assert_ne!(next["id"], pet["id"]);
}

#[test]
fn invalid_requests_are_refused_in_the_contracts_words() {
    let mock = shop(None);
    for sent in [json!({}), json!({"name": ""}), json!({"name": "x", "kind": "cow"}), json!([])] {
        let answer = call(&mock, "POST", "/pets", Some(sent.clone()));
        assert_eq!(answer.status, 422, "{sent}");
        assert!(body(&answer)["message"].is_string());
    }
    assert_eq!(
        body(&call(&mock, "GET", "/pets", None))["total"].as_u64(),
        Some(body(&call(&mock, "GET", "/pets", None))["items"].as_array().unwrap().len() as u64)
    );
    let mut broken = request("POST", "/pets", &[("content-type", "application/json")]);
    broken.body = Some("{".into());
    assert_eq!(checked(&mock, &broken).status, 422);
    assert_eq!(checked(&mock, &request("POST", "/pets", &[])).status, 422);
}

#[test]
fn lists_are_filtered_sorted_and_paged() {
    let mock = shop(Some(UnknownId::Reject));
    for (name, kind) in [("c", "cat"), ("a", "dog"), ("d", "cat"), ("b", "dog")] {
        assert_eq!(call(&mock, "POST", "/pets", Some(json!({"name": name, "kind": kind}))).status, 201);
    }
    let names = |query: &str| {
        let page = body(&call(&mock, "GET", &format!("/pets{query}"), None));
        let items = page["items"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned());
        (items.collect::<String>(), page["total"].as_u64().unwrap(), page["has_more"].as_bool().unwrap())
    };
    for (query, wanted) in [
        ("", ("cadb", 4, false)),
        ("?kind=dog", ("ab", 2, false)),
        ("?sort=name", ("abcd", 4, false)),
        ("?sort=-name&limit=3", ("dcb", 4, true)),
        ("?limit=2&offset=1", ("ad", 4, true)),
        ("?limit=2&offset=9", ("", 4, false)),
    ] {
        let (names, total, more) = names(query);
        assert_eq!((names.as_str(), total, more), wanted, "{query}");
    }
}

#[test]
fn what_is_listed_first_can_be_read_afterwards() {
    let mock = shop(None);
    let items = body(&call(&mock, "GET", "/pets", None))["items"].as_array().unwrap().clone();
    for pet in &items {
        assert_eq!(body(&call(&mock, "GET", &format!("/pets/{}", pet["id"]), None)), *pet);
    }
    // An id never seen springs up, and stays.
    let sprung = body(&call(&mock, "GET", "/pets/4711", None));
    assert_eq!(sprung["id"], 4711);
    assert_eq!(body(&call(&mock, "GET", "/pets/4711", None)), sprung);
}

#[test]
fn nested_wrapped_and_single_things_have_state_too() {
    let mock = shop(Some(UnknownId::Create));
    call(&mock, "PUT", "/pets/1/toys/ball", Some(json!({"colour": "red"})));
    call(&mock, "PUT", "/pets/2/toys/ball", Some(json!({"colour": "blue"})));
    let colour =
        |pet: u8| body(&call(&mock, "GET", &format!("/pets/{pet}/toys/ball"), None))["colour"].clone();
    assert_eq!((colour(1), colour(2)), (json!("red"), json!("blue")));

    let order = body(&call(&mock, "GET", "/orders/o1", None));
    assert_eq!(order["data"]["id"], "o1");
    let deleted = body(&call(&mock, "DELETE", "/orders/o1", None));
    assert_eq!(
        (&deleted["data"]["status"], &deleted["data"]["price"]),
        (&json!("cancelled"), &order["data"]["price"])
    );
    assert_eq!(call(&mock, "DELETE", "/orders/o1", None).status, 409);
    assert_eq!(body(&call(&mock, "GET", "/orders/o1", None)), deleted);

    let before = body(&call(&mock, "GET", "/settings", None));
    let after = body(&call(&mock, "PATCH", "/settings", Some(json!({"theme": "dark"}))));
    assert_eq!((&after["theme"], &after["size"]), (&json!("dark"), &before["size"]));
    assert_eq!(body(&call(&mock, "GET", "/settings", None)), after);
}
