//! New entities: written in one go in the usual case, step by step in any other; both come to the same.

use std::sync::Arc;

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::document::Direction;
use counterpart::generate::{ValueOptions, sample};
use counterpart::mock::{Mock, MockSettings};
use counterpart::schema::Schema;
use counterpart::wire::{Request, Response};
use serde_json::Value;

use crate::crud::call;
use crate::mock::{body, request};

/// What has a say in a new entity: the client, defaults, the path, the server's times and ids, what only one side sees.
const CONTRACT: &str = "
openapi: 3.1.0
info: {title: Making, version: '1'}
paths:
  /shelves/{shelfId}/books:
    post:
      parameters: [{name: shelfId, in: path, required: true, schema: {type: string}}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
  /shelves/{shelfId}/books/{bookId}:
    parameters:
      - {name: shelfId, in: path, required: true, schema: {type: string}}
      - {name: bookId, in: path, required: true, schema: {type: string}}
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
        '404': {description: d}
  /notes:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewNote'}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
  /notes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        '404': {description: d}
  /pets:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: d}
  /marks:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Mark'}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Mark'}}}}
  /marks/{markId}:
    parameters: [{name: markId, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Mark'}}}}
        '404': {description: d}
components:
  schemas:
    Mark:
      type: object
      required: [id]
      properties: {id: {type: [integer, string], readOnly: true}, text: {type: string}, rank: {type: integer}}
    Pet:
      type: object
      required: [id, name]
      additionalProperties: {type: [string, integer]}
      properties:
        id: {type: integer, format: int64, readOnly: true}
        name: {type: string}
        kind: {enum: [cat, dog, 3]}
        friends: {type: array, items: {type: object, properties: {name: {type: string}, likes: {type: boolean}}}}
    Book:
      type: object
      required: [bookId, title, pages, created_at]
      properties:
        bookId: {type: string, readOnly: true}
        shelfId: {type: string, readOnly: true}
        title: {type: string}
        pages: {type: integer, minimum: 1, default: 100}
        state: {type: string, enum: [new, read, lost], default: new}
        secret: {type: string, writeOnly: true}
        authors: {type: array, items: {type: object, required: [name], properties: {name: {type: string}, born: {type: [integer, 'null']}}}}
        created_at: {type: string, format: date-time, readOnly: true}
        updated_at: {type: integer, readOnly: true}
    NewNote:
      type: object
      required: [text]
      properties: &note
        text: {type: string}
        tags: {type: array, items: {type: string}}
        rank: {type: number}
        nested: {type: object, additionalProperties: {type: [string, number, boolean]}}
    Note:
      type: object
      required: [id, text]
      properties: {id: {type: string, format: uuid}, created: {type: string, format: date-time}, <<: *note}
";

/// A request with this body, whose first member stands there twice where it is to be read the long way.
fn post(target: &str, sent: &Value, twice: bool) -> Request {
    let mut text = sent.to_string();
    if twice && let Some((name, value)) = sent.as_object().and_then(|o| o.iter().next()) {
        text = format!("{{{}:{value},{}", Value::from(name.as_str()), &text[1..]);
    }
    Request { body: Some(text.into()), ..request("POST", target, &[("content-type", "application/json")]) }
}

fn members(answer: &Response) -> Vec<(String, Value)> {
    let Value::Object(members) = body(answer) else { panic!("{answer:?}") };
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_by(|a, b| a.0.cmp(&b.0));
    members
}

/// Makes entities of the same bodies both ways, and reads them again.
fn both_ways(contract: &Arc<Contract>, operation: &str, target: &str, cases: u64) {
    let mock = || Mock::new(Arc::clone(contract), MockSettings::default()).unwrap();
    let (swift, slow) = (mock(), mock());
    let creating =
        contract.heads().iter().find(|head| head.id == operation || head.path == operation).unwrap();
    let creating = contract.operation(creating.index);
    let at = creating.request_body.as_ref().unwrap().content[0].schema.clone().unwrap();
    let schema = Schema::build(&*contract.schema_source(), &at, Direction::Request).unwrap();
    for case in 0..cases {
        let sent = sample(&schema, &ValueOptions::default(), Seed(case)).unwrap();
        let (one, other) = (post(target, &sent, false), post(target, &sent, true));
        let (one, other) = (swift.answer(&one), slow.answer(&other));
        assert_eq!((one.status, other.status), (201, 201), "{sent}: {one:?}");
        assert_eq!(members(&one), members(&other), "{sent}");
        let place = one.headers.get_str("location").unwrap().to_owned();
        assert_eq!(other.headers.get_str("location"), Some(place.as_str()));
        for mock in [&swift, &slow] {
            let read = call(mock, "GET", &place, None);
            assert_eq!((read.status, members(&read)), (200, members(&one)), "{sent}");
        }
    }
}

#[test]
fn in_one_go_or_step_by_step_a_new_entity_is_the_same() {
    let contract = Contract::from_text("making.yaml", CONTRACT).unwrap();
    both_ways(&contract, "/shelves/{shelfId}/books", "/shelves/s%201/books", 150);
    both_ways(&contract, "/notes", "/notes", 150);
    both_ways(&contract, "/pets", "/pets", 150);
    both_ways(&contract, "/marks", "/marks", 50);
    let shop = include_str!("../../benches/shop.yaml");
    both_ways(&Contract::from_text("shop.yaml", shop).unwrap(), "createItem", "/items", 80);
}
