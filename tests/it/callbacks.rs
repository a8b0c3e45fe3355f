//! Callbacks and webhooks: made from the contract, sent after the answer to allowed hosts only, tried again, and listed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterpart::client::{Client, ClientSettings};
use counterpart::contract::Contract;
use counterpart::mock::callback::{CallState, CallbackSettings, HostRule, Outgoing};
use counterpart::mock::journal::Filter;
use counterpart::mock::{Mock, MockSettings};
use counterpart::wire::{Request, Response, SendError};
use counterpart::{HttpSender, MockServer, RunningMock};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::control::Control;
use crate::mock::{body, request};

const ORDERS: &str = r##"
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths:
  /orders:
    post:
      operationId: order
      parameters: [{name: notify, in: query, schema: {type: string}}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, properties: {callbackUrl: {type: string}, item: {type: string}}}
      responses:
        "202": {description: taken, content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}
      callbacks:
        done:
          '{$request.body#/callbackUrl}?event=done':
            post:
              parameters: [{name: X-Attempt, in: header, required: true, schema: {type: integer, minimum: 1}}]
              requestBody:
                required: true
                content: {application/json: {schema: {$ref: "#/components/schemas/Event"}}}
              responses: {"204": {description: thanks}}
webhooks:
  stock:
    post:
      summary: Stock changed
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Event"}}}
      responses: {"2XX": {description: thanks}}
components:
  schemas:
    Event:
      type: object
      required: [kind, count]
      properties: {kind: {enum: [done]}, count: {type: integer, minimum: 3}}
      additionalProperties: false
"##;

/// Answers what it is told to, and remembers what it was given.
#[derive(Debug, Default)]
struct Receiver {
    answers: Mutex<VecDeque<Result<u16, SendError>>>,
    seen: Mutex<Vec<(String, Request)>>,
}

impl Outgoing for Receiver {
    fn send<'a>(
        &'a self,
        base: &'a str,
        request: &'a Request,
        _: Duration,
    ) -> BoxFuture<'a, Result<Response, SendError>> {
        self.seen.lock().unwrap().push((base.to_owned(), request.clone()));
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(204));
        Box::pin(std::future::ready(answer.map(|status| Response { status, ..Response::default() })))
    }
}

fn settings(receiver: &Arc<Receiver>) -> MockSettings {
    let sender: Arc<dyn Outgoing> = Arc::<Receiver>::clone(receiver);
    let callbacks = CallbackSettings {
        sender: Some(sender),
        hosts: vec!["shop.example:8080".parse().unwrap(), "localhost".parse().unwrap()],
        backoff: Duration::from_millis(1),
        ..CallbackSettings::default()
    };
    MockSettings { callbacks, workers: Some(1), ..MockSettings::default() }
}

fn contract() -> Arc<Contract> {
    let contract = Contract::from_text("orders.yaml", ORDERS).unwrap();
    assert_eq!(contract.diagnostics(), []);
    contract
}

async fn start(answers: Vec<Result<u16, SendError>>) -> (RunningMock, Arc<Receiver>) {
    let receiver = Arc::new(Receiver { answers: Mutex::new(answers.into()), ..Receiver::default() });
    let running = MockServer::from_contract(contract(), settings(&receiver)).start().await.unwrap();
    (running, receiver)
}

fn order(url: &str) -> Request {
    let mut asked = request("POST", "/orders", &[("content-type", "application/json")]);
    asked.body = Some(json!({"callbackUrl": url, "item": "tea"}).to_string().into());
    asked
}

fn listed(mock: &Mock) -> Vec<Value> {
    let answer = body(&mock.answer(&request("GET", "/__counterpart/callbacks", &[])));
    answer["callbacks"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_follows_the_answer_and_keeps_the_contract() {
    let (running, receiver) = start(vec![]).await;
    let mock = running.mock();
    let answer = mock.handle(order("http://shop.example:8080/hook?a=b"));
    assert_eq!(answer.response.status, 202);
    // It is posted when the answer is gone.
    assert_eq!(listed(&mock)[0]["state"], "waiting");
    assert!(receiver.seen.lock().unwrap().is_empty());
    drop(answer);
    mock.outbox().settled().await;
    let (base, sent) = receiver.seen.lock().unwrap()[0].clone();
    assert_eq!((base.as_str(), sent.method.as_str()), ("http://shop.example:8080", "POST"));
    assert_eq!(sent.target, "/hook?a=b?event=done");
    let event: Value = serde_json::from_slice(sent.body.as_ref().unwrap()).unwrap();
    assert!(event["kind"] == "done" && event["count"].as_i64().unwrap() >= 3, "{event}");
    assert!(sent.headers.get_str("x-attempt").unwrap().parse::<u32>().unwrap() >= 1);
    let call = &listed(&mock)[0];
    assert_eq!(
        (&call["state"], &call["status"], &call["attempts"]),
        (&json!("delivered"), &json!(204), &json!(1))
    );
    assert_eq!((&call["request"], &call["name"], &call["valid"]), (&json!(1), &json!("done"), &json!(true)));
    // The same request, seed and number give the same callback.
    let (again, second) = start(vec![]).await;
    drop(again.mock().handle(order("http://shop.example:8080/hook?a=b")));
    again.mock().outbox().settled().await;
    assert_eq!(second.seen.lock().unwrap()[0].1, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_where_it_is_not_allowed() {
    let (running, receiver) = start(vec![]).await;
    let mock = running.mock();
    for (url, reason) in [
        ("http://elsewhere.example/hook", "--allow-callbacks elsewhere.example"),
        ("http://shop.example/hook", "is no allowed host"),
        ("http://localhost.elsewhere.example/", "is no allowed host"),
        ("http://user:word@localhost/", "credentials"),
        ("ftp://localhost/", "no http or https URL"),
        ("/hook", "is no URL"),
    ] {
        assert_eq!(mock.answer(&order(url)).status, 202);
        let call = listed(&mock).pop().unwrap();
        assert_eq!(call["state"], "not sent", "{url}");
        assert!(call["reason"].as_str().unwrap().contains(reason), "{url}: {call}");
    }
    let mut bare = order("");
    bare.body = Some("{}".into());
    assert_eq!(mock.answer(&bare).status, 202);
    assert_eq!(listed(&mock).pop().unwrap()["reason"], "there is no request.body#/callbackUrl");
    // A refused request entails nothing.
    let count = listed(&mock).len();
    let mut broken = order("http://localhost/");
    broken.body = Some("{".into());
    assert_eq!(mock.answer(&broken).status, 400);
    assert_eq!(listed(&mock).len(), count);
    assert!(receiver.seen.lock().unwrap().is_empty());
    // By default there is no host at all.
    let closed = Mock::new(contract(), MockSettings::default()).unwrap();
    assert_eq!(closed.answer(&order("http://localhost/")).status, 202);
    assert_eq!(listed(&closed)[0]["state"], "not sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_tried_again_and_what_is_refused_is_not() {
    let refused = || Err(SendError::Connect("refused".into()));
    let (running, receiver) = start(vec![refused(), Ok(503), Ok(204)]).await;
    drop(running.mock().answer(&order("http://localhost/hook")));
    running.mock().outbox().settled().await;
    let call = listed(&running.mock()).pop().unwrap();
    assert_eq!((&call["state"], &call["attempts"]), (&json!("delivered"), &json!(3)));
    let seen = receiver.seen.lock().unwrap().clone();
    assert!(seen.len() == 3 && seen.windows(2).all(|pair| pair[0] == pair[1]));

    receiver.answers.lock().unwrap().extend([Ok(404)]);
    drop(running.mock().answer(&order("http://localhost/hook")));
    running.mock().outbox().settled().await;
    let call = listed(&running.mock()).pop().unwrap();
    assert_eq!(
        (&call["state"], &call["attempts"], &call["valid"]),
        (&json!("failed"), &json!(1), &json!(false))
    );
    assert!(call["reason"].as_str().unwrap().contains("answered with 404"), "{call}");
    assert_eq!(call["breaches"][0]["keyword"], "status");

    receiver.answers.lock().unwrap().extend((0..4).map(|_| refused()));
    drop(running.mock().answer(&order("http://localhost/hook")));
    running.mock().outbox().settled().await;
    let call = running.mock().outbox().calls().pop().unwrap();
    assert_eq!(call.attempts, 4);
    assert!(matches!(call.state, CallState::Failed(why) if why.contains("refused")));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_fired_by_the_control_api() {
    let (running, receiver) = start(vec![]).await;
    let control = Control::of(Mock::new(contract(), settings(&receiver)).unwrap());
    let hooks = body(&control.call("GET", "/webhooks", None));
    assert_eq!(hooks, json!({"webhooks": [{"name": "stock", "method": "POST", "summary": "Stock changed"}]}));
    for (name, sent, status) in [
        ("none", json!({"url": "http://localhost/"}), 404),
        ("stock", json!({"url": "http://elsewhere.example/"}), 409),
        ("stock", json!({"url": "http://localhost/", "body": {"kind": "done", "count": 1}}), 409),
        ("stock", json!({"url": "http://localhost/", "method": "PUT"}), 404),
        ("stock", json!({}), 422),
        ("stock", json!({"url": "http://localhost/", "boby": 1}), 422),
    ] {
        let answer = control.call("POST", &format!("/webhooks/{name}"), Some(sent.clone()));
        assert_eq!(answer.status, status, "{name} {sent}: {answer:?}");
    }
    let mock = running.mock();
    let fire = |sent: Value| {
        let mut asked = request("POST", "/__counterpart/webhooks/stock", &[]);
        asked.body = Some(sent.to_string().into());
        mock.answer(&asked).status
    };
    assert_eq!(fire(json!({"url": "http://localhost/made"})), 202);
    assert_eq!(fire(json!({"url": "http://localhost/given", "body": {"kind": "done", "count": 5}})), 202);
    assert_eq!(fire(json!({"url": "http://localhost/forced", "body": {"count": 1}, "force": true})), 202);
    mock.outbox().settled().await;
    let mut seen = receiver.seen.lock().unwrap().clone();
    seen.sort_by(|a, b| a.1.target.cmp(&b.1.target));
    let sent = |n: usize| serde_json::from_slice::<Value>(seen[n].1.body.as_ref().unwrap()).unwrap();
    assert_eq!((seen[0].1.target.as_str(), sent(0)), ("/forced", json!({"count": 1})));
    assert_eq!((seen[1].1.target.as_str(), sent(1)), ("/given", json!({"kind": "done", "count": 5})));
    assert!(sent(2)["count"].as_i64().unwrap() >= 3);
    assert!(listed(&mock).iter().all(|call| call["state"] == "delivered" && call["kind"] == "webhook"));
    assert_eq!(mock.answer(&request("DELETE", "/__counterpart/callbacks", &[])).status, 204);
    assert!(listed(&mock).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_wire_one_mock_calls_another_back() {
    let hook = "openapi: 3.1.0\ninfo: {title: Hook, version: '1'}\npaths:\n  /hook:\n    post:\n      responses: {'204': {description: ok}}\n";
    let receiver = MockServer::from_text(hook).start().await.unwrap();
    let host: HostRule = format!("127.0.0.1:{}", receiver.address().port()).parse().unwrap();
    let sender = MockServer::from_text(ORDERS).callbacks(Arc::new(HttpSender), [host]).start().await.unwrap();
    let client = Client::new(&sender.url(), ClientSettings::default()).unwrap();
    let answer = client.outcome(&order(&format!("{}/hook", receiver.url()))).await.unwrap();
    assert_eq!(answer.status, 202);
    // The answer may arrive before the callback is posted.
    sender.mock().outbox().settled().await;
    receiver.verify(&Filter::on("POST", "/hook"), 1).unwrap();
    let call = sender.mock().outbox().calls().pop().unwrap();
    assert_eq!((call.state, call.status), (CallState::Delivered, Some(204)));
}
