//! The control API: what it does, and that it keeps its own contract.

use std::sync::Arc;

use counterpart::MockServer;
use counterpart::base::Seed;
use counterpart::client::{Client, ClientSettings};
use counterpart::contract::Contract;
use counterpart::document::{LoadOptions, SpecSource};
use counterpart::exercise::{Api, EVENTS_MAX, Engine, Event, Settings, Verdict};
use counterpart::generate::case::{CaseSettings, Destructive};
use counterpart::mock::fixtures::Fixtures;
use counterpart::mock::router::{Routed, Router};
use counterpart::mock::{Mock, MockSettings};
use counterpart::validate::Judge;
use counterpart::wire::{Request, Response};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::mock::{body, mock_with, request, seed_contract, settings};

const RUNNING: &str = "dep_01j02nwsupportcop";

/// The control API's own contract.
fn control_contract() -> Arc<Contract> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/spec/control.yaml");
    Contract::load(&SpecSource::Path(path.into()), &LoadOptions::default()).unwrap()
}

/// The control API's own contract, which judges every answer that the tests get.
pub(crate) struct Control {
    pub(crate) mock: Mock,
    contract: Arc<Contract>,
    router: Router,
    judge: Judge,
}

impl Control {
    pub(crate) fn of(mock: Mock) -> Self {
        let contract = control_contract();
        assert_eq!(contract.diagnostics(), []);
        let router = Router::new(contract.heads(), [String::new()]);
        let judge = Judge::with_source(contract.schema_source(), contract.security_schemes().clone());
        Self { mock, contract, router, judge }
    }

    pub(crate) fn call(&self, method: &str, target: &str, sent: Option<Value>) -> Response {
        let mut asked =
            request(method, &format!("/__counterpart{target}"), &[("content-type", "application/json")]);
        asked.body = sent.map(|v| v.to_string().into());
        self.ask(&asked)
    }

    pub(crate) fn ask(&self, asked: &Request) -> Response {
        let answer = self.mock.answer(asked);
        let path = asked.path().strip_prefix("/__counterpart").unwrap();
        match self.router.route(&asked.method, path) {
            Routed::Found { operation, .. } => {
                let operation = self.contract.operation(operation);
                let breaches = self.judge.response(&operation, &answer);
                assert_eq!(breaches, [], "{} {path}: {answer:?}", asked.method);
            }
            Routed::OtherMethods(methods) => {
                assert_eq!(answer.status, 405);
                let allow: Vec<&str> = answer.headers.get_str("allow").unwrap().split(", ").collect();
                assert_eq!(allow.len(), methods.len());
            }
            Routed::Unknown => assert_eq!(answer.status, 404),
        }
        answer
    }

    fn delete(&self, id: &str) -> u16 {
        let target = format!("/v5/agentex/deployments/{id}");
        self.mock.answer(&request("DELETE", &target, &[("x-api-key", "s3cret")])).status
    }

    fn entities(&self, list: &str) -> Vec<Value> {
        let state = body(&self.call("GET", "/state", None));
        state["resources"]["deployments"][list].as_array().unwrap().clone()
    }
}

#[test]
fn state_shows_live_and_deleted_and_can_be_put_back() {
    let control = Control::of(mock_with(|_| {}));
    assert_eq!((control.entities("live").len(), control.entities("deleted").len()), (14, 2));
    assert_eq!(control.delete(RUNNING), 200);
    assert_eq!((control.entities("live").len(), control.entities("deleted").len()), (13, 3));
    let saved = body(&control.call("GET", "/state", None));
    assert_eq!(saved["resources"]["deployments"]["pending"].as_array().unwrap().len(), 2);
    assert_eq!(control.call("POST", "/reset", None).status, 204);
    assert_eq!((control.entities("live").len(), control.entities("deleted").len()), (14, 2));
    assert_eq!(control.call("PUT", "/state", Some(saved.clone())).status, 204);
    let back = body(&control.call("GET", "/state", None));
    assert_eq!(back["time"], saved["time"]);
    let pending = |state: &Value| state["resources"]["deployments"]["pending"].clone();
    assert_eq!(pending(&back), pending(&saved));
    assert_eq!(control.delete(RUNNING), 422);
    let one = body(&control.call("GET", &format!("/state?resource=deployments&id={RUNNING}"), None));
    assert_eq!(one["resources"]["deployments"]["deleted"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cant_be_put_is_refused_and_changes_nothing() {
    let control = Control::of(mock_with(|_| {}));
    let before = body(&control.call("GET", "/state", None));
    let twice = before["resources"]["deployments"]["live"][0].clone();
    for (sent, status) in [
        (json!({}), 422),
        (json!({"resources": {"nothing": []}}), 422),
        (json!({"resources": {"deployments": 5}}), 422),
        (json!({"resources": {"deployments": [{"id": "x"}]}}), 422),
        (json!({"resources": {"deployments": [twice.clone(), twice]}}), 422),
        (json!({"resources": {}, "time": "yesterday"}), 422),
    ] {
        assert_eq!(control.call("PUT", "/state", Some(sent.clone())).status, status, "{sent}");
    }
    let mut broken = request("PUT", "/__counterpart/state", &[]);
    broken.body = Some("{".into());
    assert_eq!(control.ask(&broken).status, 400);
    assert_eq!(body(&control.call("GET", "/state", None)), before);
    assert_eq!(control.call("GET", "/state?resource=nothing", None).status, 404);
    assert_eq!(control.call("GET", "/state?colour=red", None).status, 400);
}

#[test]
fn time_goes_on_when_told() {
    let control = Control::of(mock_with(|_| {}));
    assert_eq!(control.delete(RUNNING), 200);
    let events = || {
        let state = body(&control.call("GET", &format!("/state?id={RUNNING}"), None));
        state["resources"]["deployments"]["deleted"][0]["deploy_events"].as_array().unwrap().len()
    };
    let before = events();
    let time = body(&control.call("POST", "/clock", Some(json!({"advance": 5}))));
    assert_eq!(time["time"], "2026-03-02T12:00:06Z");
    assert_eq!(events(), before + 1);
    control.call("POST", "/clock", Some(json!({"advance": 60})));
    assert_eq!(events(), before + 2);
    for sent in [None, Some(json!({"advance": -1})), Some(json!({"advance": "1"}))] {
        assert_eq!(control.call("POST", "/clock", sent).status, 422);
    }
}

#[test]
fn the_journal_is_filtered_counted_masked_and_forgotten() {
    let control = Control::of(mock_with(|_| {}));
    control.delete(RUNNING);
    control.delete("x");
    let _ = control.mock.answer(&request("GET", "/nothing", &[]));
    let list = |query: &str| body(&control.call("GET", &format!("/requests{query}"), None));
    let all = list("");
    assert_eq!(all["count"], 3);
    assert!(!all.to_string().contains("s3cret"), "{all}");
    assert_eq!(all["requests"][0]["operation"], "DELETE-V5-/agentex/deployments/deployment_id");
    assert_eq!(list("?status=4xx")["count"], 2);
    assert_eq!(list("?method=delete&status=200")["count"], 1);
    assert_eq!(list("?path=/v5/*&since=1")["requests"][0]["number"], 2);
    assert_eq!(list("?count=true"), json!({"count": 3}));
    assert_eq!(list("?count=false")["requests"][0]["number"], 1);
    assert_eq!(list("?limit=1")["requests"][0]["path"], "/nothing");
    assert_eq!(list("?operation=DELETE-V5-%2Fagentex%2Fdeployments%2Fdeployment_id")["count"], 2);
    assert_eq!(control.call("GET", "/requests?operation=none", None).status, 404);
    for wrong in ["?since=x", "?limit=-1", "?other=1", "?status=xx", "?count=maybe"] {
        assert_eq!(control.call("GET", &format!("/requests{wrong}"), None).status, 400, "{wrong}");
    }
    assert_eq!(control.call("DELETE", "/requests", None).status, 204);
    assert_eq!(list("")["count"], 0);
    let metrics = control.call("GET", "/metrics", None);
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    assert!(text.contains("status=\"200\"} 1\n") && text.contains("status=\"404\"} 1\n"), "{text}");
    assert!(text.contains("counterpart_entities{resource=\"deployments\"} 16\n"), "{text}");
}

#[test]
fn faults_are_switched_on_and_off() {
    let control = Control::of(mock_with(|_| {}));
    let on = |rule: Value| control.call("POST", "/faults", Some(rule));
    assert_eq!(on(json!({"kind": "teardown", "times": 1})).status, 201);
    assert_eq!(control.delete(RUNNING), 503);
    assert_eq!(control.delete(RUNNING), 200);
    assert_eq!(body(&control.call("GET", "/faults", None))["faults"][0]["times"], 0);
    assert_eq!(on(json!({"kind": "status", "status": 500, "rate": 1})).status, 201);
    assert_eq!(control.delete("x"), 500);
    assert_eq!(control.call("DELETE", "/faults?kind=status", None).status, 204);
    assert_eq!(control.delete("x"), 422);
    for (rule, status) in [
        (json!(null), 422),
        (json!({"kind": "earthquake"}), 409),
        (json!({"kind": "reset", "rate": 2}), 422),
        (json!({"kind": "status", "status": 200}), 422),
        (json!({"kind": "reset", "operation": "none"}), 409),
        (json!({"kind": "reset", "status": 503}), 409),
        (json!({"kind": "latency"}), 409),
        (json!({"kind": "latency", "latency": "soon"}), 409),
        (json!({"kind": "reset", "rte": 1}), 422),
    ] {
        assert_eq!(on(rule.clone()).status, status, "{rule}");
    }
    let only = "DELETE /v5/agentex/deployments/{deployment_id}";
    assert_eq!(on(json!({"kind": "latency", "latency": "5ms", "operation": only})).status, 201);
    let asked = request("DELETE", "/v5/agentex/deployments/x", &[("x-api-key", "k")]);
    assert_eq!(control.mock.handle(asked).delay.as_millis(), 5);
    let entry = body(&control.call("GET", "/requests?limit=1", None))["requests"][0]["answer"].clone();
    assert_eq!((&entry["fault"], &entry["delay_ms"]), (&json!("latency"), &json!(5.0)));
    assert_eq!(control.call("DELETE", "/faults?kind=latency&operation=other", None).status, 204);
    assert_eq!(body(&control.call("GET", "/faults", None))["faults"].as_array().unwrap().len(), 2);
    assert_eq!(control.call("DELETE", "/faults", None).status, 204);
    assert_eq!(body(&control.call("GET", "/faults", None)), json!({"faults": []}));
}

#[test]
fn the_rest_answers_and_strangers_are_kept_out() {
    let control = Control::of(mock_with(|_| {}));
    let health = body(&control.call("GET", "/health", None));
    assert_eq!((&health["status"], &health["operations"]), (&json!("ok"), &json!(1)));
    assert_eq!(body(&control.call("GET", "/contract", None))["openapi"], "3.1.0");
    for (method, path) in [("POST", "/state"), ("GET", "/reset"), ("PATCH", "/faults"), ("GET", "/nothing")] {
        control.call(method, path, None);
    }
    for (origin, status) in
        [("https://elsewhere.example", 403), ("http://127.0.0.1:4010", 204), ("null", 403)]
    {
        let headers = [("origin", origin), ("host", "127.0.0.1:4010")];
        assert_eq!(
            control.ask(&request("POST", "/__counterpart/reset", &headers)).status,
            status,
            "{origin}"
        );
    }
}

#[test]
fn without_fixtures_there_is_a_clean_start() {
    let settings = MockSettings { fixtures: Fixtures::default(), ..settings() };
    let control = Control::of(Mock::new(seed_contract(), settings).unwrap());
    assert_eq!(control.call("GET", "/state", None).status, 200);
    assert_eq!(control.call("POST", "/reset", None).status, 204);
}

#[test]
fn each_endpoint_is_described_and_each_description_has_an_endpoint() {
    let mut served: Vec<String> = Mock::control_endpoints().map(|(m, path)| format!("{m} /{path}")).collect();
    let contract = control_contract();
    let mut described: Vec<String> =
        contract.heads().iter().map(|h| format!("{} {}", h.method, h.path)).collect();
    served.sort();
    described.sort();
    assert_eq!(served, described);
}

/// The tester that everybody else's APIs are tested with.
#[tokio::test(flavor = "multi_thread")]
async fn the_control_api_passes_our_own_tester() {
    let running = MockServer::from_contract(seed_contract(), settings()).start().await.unwrap();
    for n in 0..5 {
        let answer = running.mock().answer(&request("DELETE", &format!("{}/x{n}", crate::mock::PATH), &[]));
        assert_eq!(answer.status, 401);
    }
    let url = format!("{}/__counterpart", running.url());
    let client = Client::new(&url, ClientSettings::default()).unwrap();
    let settings = Settings {
        case: CaseSettings { seed: Some(Seed(7)), destructive: Destructive::All, ..CaseSettings::default() },
        cases: 40,
        workers: 2,
        url: url.clone(),
        ..Settings::default()
    };
    let api = Api::of(&control_contract(), "spec/control.yaml", |_| true);
    let engine = Engine::new(api, settings, Arc::new(client));
    let (tell, mut events) = mpsc::channel(EVENTS_MAX);
    let (_stop, stopped) = watch::channel(false);
    let run = tokio::spawn(async move { engine.run(tell, stopped).await });
    let mut found = Vec::new();
    while let Some(event) = events.recv().await {
        if let Event::Found(finding) = event {
            found.push(counterpart::report::console::finding(&finding, false));
        }
    }
    let summary = run.await.unwrap();
    assert!(found.is_empty(), "{} findings\n{}", found.len(), found.join("\n\n"));
    assert_eq!(summary.verdict, Verdict::Passed);
    let silent: Vec<&str> =
        summary.operations.iter().filter(|o| o.statuses.is_empty()).map(|o| o.id.as_str()).collect();
    assert!(silent.is_empty(), "not called: {silent:?}");
}
