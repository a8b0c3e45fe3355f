//! New entities: written in one go in the usual case, step by step in any other; both come to the same, to the byte.
//!
//! Contracts from the wild are sampled by default; `COUNTERPART_CORPUS=all cargo test --test it making::` takes every
//! creation of all of them, `COUNTERPART_CORPUS=NAME,NAME` those of some.

#![expect(clippy::print_stdout, reason = "how much was compared, for whoever asks for all contracts")]

use std::sync::Arc;

use bytes::Bytes;
use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::document::{Direction, LoadOptions, SpecSource};
use counterpart::generate::case::Phase;
use counterpart::generate::{ValueOptions, sample};
use counterpart::mock::{Mock, MockSettings};
use counterpart::schema::Schema;
use counterpart::wire::{Request, Response};
use serde_json::Value;

use crate::mock::{body, request};
use crate::mock_corpus::case_maker;
use crate::support::shared;

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

/// The same contract's mocks, one that is sent requests as they are and one that makes entities the long way.
struct Both {
    fast: Mock,
    slow: Mock,
}

impl Both {
    fn new(contract: &Arc<Contract>) -> Self {
        let mock = || Mock::new(Arc::clone(contract), MockSettings::default()).unwrap();
        Self { fast: mock(), slow: mock() }
    }

    /// Sends one request to both, whose answers must be the same: status, header fields, body.
    fn answer(&self, name: &str, sent: &Request) -> Response {
        let long = Request { body: sent.body.as_deref().map(twice), ..sent.clone() };
        let (one, other) = (self.fast.answer(sent), self.slow.answer(&long));
        assert_eq!(one.status, other.status, "{name}: {sent:?}");
        assert_eq!(one.headers, other.headers, "{name}: {sent:?}");
        let text = |answer: &Response| String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(text(&one), text(&other), "{name}: {sent:?}");
        one
    }

    /// All that both keep must be the same.
    fn compare_states(&self, name: &str) {
        let state = |mock: &Mock| {
            let state = mock.answer(&request("GET", "/__counterpart/state", &[]));
            assert_eq!(state.status, 200, "{name}");
            String::from_utf8(state.body.to_vec()).unwrap()
        };
        assert_eq!(state(&self.fast), state(&self.slow), "{name}");
    }
}

/// A JSON object with its first member written twice, which only the long way reads.
fn twice(body: &[u8]) -> Bytes {
    let read = serde_json::from_slice::<Value>(body).ok();
    match read.as_ref().and_then(Value::as_object).and_then(|members| members.iter().next()) {
        Some((name, value)) => {
            let whole = read.as_ref().map(Value::to_string).unwrap_or_default();
            format!("{{{}:{value},{}", Value::from(name.as_str()), &whole[1..]).into()
        }
        None => Bytes::copy_from_slice(body),
    }
}

/// Makes entities of the same bodies both ways, and reads them again.
fn both_ways(contract: &Arc<Contract>, operation: &str, target: &str, cases: u64) {
    let both = Both::new(contract);
    let creating =
        contract.heads().iter().find(|head| head.id == operation || head.path == operation).unwrap();
    let creating = contract.operation(creating.index);
    let at = creating.request_body.as_ref().unwrap().content[0].schema.clone().unwrap();
    let schema = Schema::build(&*contract.schema_source(), &at, Direction::Request).unwrap();
    for case in 0..cases {
        let sent = sample(&schema, &ValueOptions::default(), Seed(case)).unwrap();
        let asked = request("POST", target, &[("content-type", "application/json")]);
        let made = both.answer(operation, &Request { body: Some(sent.to_string().into()), ..asked });
        assert_eq!(made.status, 201, "{sent}: {made:?}");
        let place = made.headers.get_str("location").unwrap();
        let read = both.answer(operation, &request("GET", place, &[]));
        assert_eq!((read.status, body(&read)), (200, body(&made)), "{sent}");
    }
    both.compare_states(operation);
}

/// Of how many contracts of the corpus one is sampled, how many of its creations, and how many bodies are sent to each.
const SAMPLED_EVERY: usize = 11;
const SAMPLED_OPERATIONS_MAX: usize = 6;
const BODIES: u64 = 3;

/// Contracts longer than this are not sampled, in bytes.
const SAMPLED_BYTES_MAX: u64 = 150_000;

#[test]
fn contracts_from_the_wild_have_the_same_entities_both_ways() {
    let Some(index) = shared("corpus/index.json") else { return };
    let asked = std::env::var("COUNTERPART_CORPUS").ok();
    let entries: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(index).unwrap()).unwrap();
    let mut made = 0;
    let some = |entry: &&Value| entry["expect"] == "accept" && entry["operations"].as_u64() > Some(5);
    for (number, entry) in entries.iter().filter(some).enumerate() {
        let name = entry["name"].as_str().unwrap();
        let small = entry["bytes_all"].as_u64() < Some(SAMPLED_BYTES_MAX);
        let wanted = match asked.as_deref() {
            None => number % SAMPLED_EVERY == 0 && small,
            Some("all") => true,
            Some(names) => names.split(',').any(|asked| asked == name),
        };
        let path = shared(&format!("corpus/{}", entry["file"].as_str().unwrap())).filter(|_| wanted);
        let Some(path) = path else { continue };
        let contract = Contract::load(&SpecSource::Path(path), &LoadOptions::default()).unwrap();
        made += creations(name, &contract, asked.is_some());
    }
    println!("{made} entities were made both ways");
    assert!(made > 0, "nothing was made");
}

/// Sends bodies to the creations of a contract, and says how many entities were made of them.
fn creations(name: &str, contract: &Arc<Contract>, all: bool) -> usize {
    let posts = contract.heads().iter().filter(|head| head.method.eq_ignore_ascii_case("post"));
    let operations_max = if all { usize::MAX } else { SAMPLED_OPERATIONS_MAX };
    let mut posts = posts.take(operations_max).peekable();
    if posts.peek().is_none() {
        return 0;
    }
    let (both, maker) = (Both::new(contract), case_maker(contract));
    let mut made = 0;
    for head in posts {
        let operation = contract.operation(head.index);
        for number in 0..BODIES {
            let Ok(case) = maker.case(&operation, Phase::Random, number) else { continue };
            let answer = both.answer(&format!("{name} {}", head.id), &case.request);
            made += usize::from(answer.status == 201 || answer.headers.get("etag").is_some());
        }
    }
    both.compare_states(name);
    made
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
