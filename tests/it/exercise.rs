//! The test engine against targets that are functions: what is sent, what is found, what is spared.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::document::{LoadOptions, SpecSource};
use counterpart::exercise::{
    Api, EVENTS_MAX, Engine, Event, FunctionTransport, Settings, Shard, Summary, Verdict,
};
use counterpart::generate::case::{CaseSettings, Destructive, KnownId, Phase};
use counterpart::wire::{Headers, Request, Response, SendError};
use tokio::sync::{mpsc, watch};

const ITEMS: &str = r#"
openapi: 3.1.0
info: {title: Items, version: "1"}
paths:
  /items:
    get:
      operationId: listItems
      parameters:
        - {name: limit, in: query, required: true, schema: {type: integer, minimum: 1, maximum: 50}}
        - {name: tag, in: query, schema: {type: string, maxLength: 8}}
      responses: {"200": {description: ok}, "422": {description: no}}
    post:
      operationId: createItem
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string, minLength: 1, maxLength: 20}, count: {type: integer, minimum: 0}}
      responses: {"201": {description: made}, "422": {description: no}}
  /items/{item_id}:
    delete:
      operationId: deleteItem
      parameters: [{name: item_id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: gone}, "404": {description: none}}
"#;

/// The requests of a run, as bytes, and its final value.
pub(crate) struct Ran {
    pub(crate) summary: Arc<Summary>,
    pub(crate) requests: Vec<String>,
    pub(crate) events: Vec<Event>,
}

/// A settings value that is the same everywhere.
pub(crate) fn settings(seed: u64) -> Settings {
    Settings {
        case: CaseSettings { seed: Some(Seed(seed)), ..CaseSettings::default() },
        cases: 60,
        workers: 2,
        url: "http://target.example".to_owned(),
        ..Settings::default()
    }
}

pub(crate) fn answer(status: u16, fields: &[(&str, &str)], body: &str) -> Result<Response, SendError> {
    let mut headers = Headers::new();
    for (name, value) in fields {
        headers.push(*name, value.as_bytes().to_vec());
    }
    Ok(Response { status, headers, body: body.to_owned().into(), truncated: false })
}

/// The seed contract.
pub(crate) fn embedded() -> Arc<Contract> {
    Contract::load(&SpecSource::Embedded, &LoadOptions::default()).unwrap()
}

/// Runs the engine against a function.
pub(crate) fn exercise(
    contract: &Arc<Contract>,
    settings: Settings,
    target: impl Fn(&Request) -> Result<Response, SendError> + Send + Sync + 'static,
) -> Ran {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let transport = FunctionTransport(move |request: &Request| {
        let body = request.body.as_ref().map(|b| b.to_vec());
        seen.lock()
            .unwrap()
            .push(format!("{} {} {:?} {body:?}", request.method, request.target, request.headers));
        target(request)
    });
    let engine = Engine::new(Api::of(contract, "items.yaml", |_| true), settings, Arc::new(transport));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (summary, events) = runtime.block_on(async {
        let (tell, mut listen) = mpsc::channel(EVENTS_MAX);
        let (_stop, stopped) = watch::channel(false);
        let listener = tokio::spawn(async move {
            let mut events = Vec::new();
            while let Some(event) = listen.recv().await {
                events.push(event);
            }
            events
        });
        let summary = engine.run(tell, stopped).await;
        (summary, listener.await.unwrap())
    });
    let requests = std::mem::take(&mut *requests.lock().unwrap());
    Ran { summary, requests, events }
}

fn items() -> Arc<Contract> {
    Contract::from_text("items.yaml", ITEMS).unwrap()
}

/// Right as far as these tests go.
fn right(request: &Request) -> Result<Response, SendError> {
    let allow = |methods: &str| answer(405, &[("allow", methods)], "");
    match (request.method.as_str(), request.path()) {
        ("GET", "/items") => {
            let limit: Option<i64> = request
                .query()
                .and_then(|q| q.split('&').find_map(|m| m.strip_prefix("limit=")))
                .and_then(|l| l.parse().ok());
            let tag = request.query().and_then(|q| q.split('&').find_map(|m| m.strip_prefix("tag=")));
            let tag = tag.map(|t| counterpart::wire::percent::decode_text(t).chars().count()).unwrap_or(0);
            answer(if limit.is_some_and(|l| (1..=50).contains(&l)) && tag <= 8 { 200 } else { 422 }, &[], "")
        }
        ("POST", "/items") => {
            let json = request.headers.get_str("content-type") == Some("application/json");
            let body: Option<serde_json::Value> =
                request.body.as_ref().filter(|_| json).and_then(|b| serde_json::from_slice(b).ok());
            let schema = counterpart::schema::Schema::from_value(serde_json::json!({
                "type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 20},
                    "count": {"type": "integer", "minimum": 0}}}))
            .unwrap();
            answer(if body.is_some_and(|b| schema.is_valid(&b)) { 201 } else { 422 }, &[], "")
        }
        (_, "/items") => allow("GET, POST"),
        ("DELETE", path) if path.starts_with("/items/") => answer(404, &[], ""),
        (_, path) if path.starts_with("/items/") && !path.ends_with("no-such") => allow("DELETE"),
        _ => answer(404, &[], ""),
    }
}

fn found(ran: &Ran) -> Vec<(&str, &str)> {
    ran.summary.findings.iter().map(|f| (f.check, f.cause.as_str())).collect()
}

#[test]
fn the_same_seed_sends_the_same_bytes_whatever_the_workers() {
    let run = |seed, workers| {
        let ran = exercise(&items(), Settings { workers, ..settings(seed) }, right);
        assert_eq!(found(&ran), []);
        ran.requests
    };
    let one = run(5, 1);
    assert_eq!(one, run(5, 1), "in the same order with one worker");
    let sorted = |mut requests: Vec<String>| {
        requests.sort();
        requests
    };
    assert_eq!(sorted(one.clone()), sorted(run(5, 7)));
    assert_ne!(sorted(one), sorted(run(6, 1)));
}

#[test]
fn a_correct_target_passes_in_many_seeds() {
    for seed in 100..120 {
        let ran = exercise(&items(), settings(seed), right);
        assert_eq!(found(&ran), [], "seed {seed}");
        assert_eq!(ran.summary.verdict, Verdict::Passed);
    }
}

#[test]
fn a_failure_is_told_once_and_as_small_as_it_gets() {
    let ran = exercise(&items(), settings(1), |request| {
        if request.target.contains("%27") { answer(500, &[], "boom") } else { right(request) }
    });
    let quotes: Vec<_> = ran.summary.findings.iter().filter(|f| f.operation == "deleteItem").collect();
    let [finding] = quotes.as_slice() else { panic!("{:?}", found(&ran)) };
    assert_eq!((finding.check, finding.cause.as_str()), ("server-error", "500"));
    let prefix = settings(1).case.prefix();
    assert_eq!(finding.steps[0].line, format!("DELETE /items/{prefix}%27"));
    assert!(finding.occurrences > 0 && finding.shrunk > 0 && !finding.flaky, "{finding:?}");
    assert_eq!(finding.place.as_ref().unwrap().file, "items.yaml");
    assert_eq!(finding.place.as_ref().unwrap().line, 25);
    let told = ran.events.iter().filter(|e| matches!(e, Event::Found(_))).count();
    assert_eq!(told, ran.summary.findings.len());
}

#[test]
fn bodies_shrink_to_the_least_that_fails() {
    let ran = exercise(&items(), settings(2), |request| {
        let long = request.body.as_ref().and_then(|b| serde_json::from_slice::<serde_json::Value>(b).ok());
        let long = long.is_some_and(|b| b["name"].as_str().is_some_and(|n| n.chars().count() > 3));
        if request.method == "POST" && long { answer(500, &[], "") } else { right(request) }
    });
    let finding = ran.summary.findings.iter().find(|f| f.operation == "createItem").unwrap();
    let body: serde_json::Value = serde_json::from_str(finding.steps[0].body.as_ref().unwrap()).unwrap();
    let members = body.as_object().unwrap();
    assert_eq!(members.len(), 1, "{body}");
    assert_eq!(members["name"].as_str().unwrap().chars().count(), 4, "{body}");
}

#[test]
fn a_target_that_takes_anything_is_found_out() {
    let ran = exercise(&items(), settings(3), |_| answer(200, &[], ""));
    let checks: BTreeSet<&str> = ran.summary.findings.iter().map(|f| f.check).collect();
    for check in ["negative-rejected", "methods-refused", "path-refused", "status-documented"] {
        assert!(checks.contains(check), "{check} missing in {checks:?}");
    }
}

#[test]
fn a_target_that_refuses_everything_is_found_out() {
    let ran = exercise(&items(), settings(3), |request| match right(request) {
        Ok(response) if response.status < 300 => answer(422, &[], ""),
        other => other,
    });
    assert!(ran.summary.findings.iter().any(|f| f.check == "positive-accepted"), "{:?}", found(&ran));
}

/// Method and target of each request.
fn lines(ran: &Ran) -> Vec<(String, String)> {
    let words = |line: &String| {
        let mut words = line.split(' ');
        (words.next().unwrap().to_owned(), words.next().unwrap().to_owned())
    };
    ran.requests.iter().map(words).collect()
}

const SAFE: [&str; 4] = ["GET", "HEAD", "OPTIONS", "TRACE"];

#[test]
fn strangers_resources_are_spared() {
    let known = ["mine-1", "mine-2", "mine-3"].map(|value| KnownId {
        parameter: "item_id".into(),
        value: value.into(),
        with: Vec::new(),
        live: true,
    });
    let mut given = settings(4);
    given.case.known = known.to_vec();
    let prefix = given.case.prefix();
    let ran = exercise(&items(), given, right);
    let mut own = 0;
    for (method, target) in lines(&ran) {
        let Some(rest) = target.strip_prefix("/items/") else {
            // Without an id of our own, nothing unsafe but what the contract documents and what makes new things.
            assert!(
                SAFE.contains(&method.as_str()) || method == "POST" || !target.starts_with("/items"),
                "{method} {target}"
            );
            continue;
        };
        if SAFE.contains(&method.as_str()) {
            continue;
        }
        let id = rest.split(['?', '/']).next().unwrap();
        assert!(id.starts_with(&prefix) || known.iter().any(|k| k.value == id), "{method} {target}");
        assert!(
            !target.to_lowercase().contains("%2f") && !rest.contains("/..") && id != "..",
            "{method} {target}"
        );
        own += u32::from(known.iter().any(|k| k.value == id));
    }
    assert!(own > 0, "the given ids are used");
}

#[test]
fn safe_methods_only_when_nothing_may_be_destroyed() {
    let mut safe = settings(4);
    safe.case.destructive = Destructive::None;
    let ran = exercise(&items(), safe, right);
    assert!(lines(&ran).iter().all(|(method, _)| SAFE.contains(&method.as_str())));
    assert!(ran.summary.skipped.values().sum::<u64>() > 0);
}

#[test]
fn ids_that_can_be_somebodys_are_not_sent() {
    let text = ITEMS.replace("schema: {type: string}}]", "schema: {type: integer, minimum: 1}}]");
    let ran = exercise(&Contract::from_text("items.yaml", &text).unwrap(), settings(4), right);
    for (method, target) in lines(&ran) {
        let id = target.strip_prefix("/items/").and_then(|rest| rest.split(['/', '?']).next());
        let somebodys = id.and_then(|id| id.parse::<i64>().ok()).is_some_and(|id| id >= 1);
        assert!(SAFE.contains(&method.as_str()) || !somebodys, "{method} {target}");
    }
}

#[test]
fn limits_end_the_run() {
    let bad = |_: &Request| answer(500, &[], "");
    let stopped = exercise(&items(), Settings { failures_max: Some(1), ..settings(1) }, bad);
    let all = exercise(&items(), settings(1), bad);
    assert!(stopped.summary.counts.requests < all.summary.counts.requests);
    let none = exercise(&items(), Settings { time_max: Some(Duration::ZERO), ..settings(1) }, right);
    assert_eq!(none.summary.counts.requests, 0);
}

#[test]
fn a_target_that_is_not_there_is_no_failure_of_the_contract() {
    let gone = exercise(&items(), settings(1), |_| Err(SendError::Connect("refused".into())));
    assert!(matches!(&gone.summary.verdict, Verdict::Unusable(why) if why.contains("refused")));
    assert!(gone.summary.counts.requests < 100, "it does not go on for long");
    let elsewhere = exercise(&items(), Settings { phases: vec![Phase::Random], ..settings(1) }, |request| {
        // A 404 is documented for the deletion; everything else is answered by a proxy.
        answer(if request.method == "DELETE" { 503 } else { 404 }, &[], "nothing here")
    });
    assert!(matches!(elsewhere.summary.verdict, Verdict::Unusable(_)), "{:?}", elsewhere.summary.verdict);
}

#[test]
fn a_hanging_operation_is_not_waited_for_forever() {
    let ran = exercise(&items(), settings(1), |request| {
        let hangs = request.method == "POST" && request.path() == "/items";
        if hangs { Err(SendError::Timeout(Duration::from_secs(1))) } else { right(request) }
    });
    assert_eq!(found(&ran).iter().filter(|(check, _)| *check == "answered").count(), 1);
    assert!(lines(&ran).iter().filter(|(method, _)| method == "POST").count() < 450);
    assert!(ran.summary.skipped.keys().any(|reason| reason.contains("in time")));
}

#[test]
fn shards_share_the_cases() {
    let run = |shard: &str| {
        let phases = vec![Phase::Boundary, Phase::Random];
        let shard: Shard = shard.parse().unwrap();
        exercise(&items(), Settings { shard, phases, ..settings(9) }, right).requests
    };
    let mut parts = [run("1/3"), run("2/3"), run("3/3")].concat();
    let mut whole = run("1/1");
    parts.sort();
    whole.sort();
    assert_eq!(parts, whole);
}

#[test]
fn kept_cases_are_sent_first_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let with = |seed| Settings { regressions: Some(folder.path().to_owned()), ..settings(seed) };
    let bad = |request: &Request| {
        if request.target.contains("%27") { answer(500, &[], "boom") } else { right(request) }
    };
    let first = exercise(&items(), with(1), bad);
    let kept = first.summary.findings.iter().find(|f| f.operation == "deleteItem").unwrap();
    let file = kept.replay.clone().unwrap();
    assert!(file.exists());
    // Another seed: the kept case comes first all the same.
    let second = exercise(&items(), with(2), bad);
    let prefix = settings(1).case.prefix();
    assert!(
        second.requests[..first.summary.findings.len()].iter().any(|r| r.contains(&format!("{prefix}%27")))
    );
    let again = second.summary.findings.iter().find(|f| f.fingerprint == kept.fingerprint).unwrap();
    assert_eq!(again.at, kept.at);
    let mended = exercise(&items(), with(3), right);
    assert_eq!(found(&mended), []);
    assert!(mended.summary.notes.iter().any(|note| note.contains("does not fail any more")));
    assert!(Path::new(&file).exists(), "it stays, to be sent again");
}

#[test]
fn secrets_reach_the_wire_and_nothing_else() {
    let contract = embedded();
    let folder = tempfile::tempdir().unwrap();
    let mut secret = settings(1);
    secret
        .case
        .credentials
        .insert("APIKeyHeader".into(), counterpart::base::secret::Secret::new("s3cret-s3cret"));
    secret.regressions = Some(folder.path().to_owned());
    let ran = exercise(&contract, secret, |_| answer(500, &[], "you sent s3cret-s3cret"));
    assert!(ran.requests.iter().any(|r| r.contains("s3cret-s3cret")));
    assert!(!ran.summary.findings.is_empty());
    let told = format!("{:?}", ran.summary.findings);
    assert!(!told.contains("s3cret"), "{told}");
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[test]
fn a_target_that_refuses_the_credentials_is_not_tested() {
    let ran = exercise(&embedded(), settings(1), |_| answer(401, &[("www-authenticate", "APIKey")], ""));
    assert!(matches!(&ran.summary.verdict, Verdict::Unusable(why) if why.contains("credentials (401)")));
    assert_eq!((found(&ran), ran.requests.len()), (vec![], 1));
}

#[test]
fn made_up_credentials_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let with = || Settings { regressions: Some(folder.path().to_owned()), ..settings(1) };
    let first = exercise(&embedded(), with(), |_| answer(500, &[], ""));
    assert!(!first.summary.findings.is_empty());
    let mut given = with();
    let key = counterpart::base::secret::Secret::new("the-real-key");
    given.case.credentials.insert("APIKeyHeader".into(), key);
    let second = exercise(&embedded(), given, |_| answer(500, &[], ""));
    // The probe, then what was kept: with the key that is known now.
    assert!(second.requests[1].contains("the-real-key"), "{}", second.requests[1]);
}
