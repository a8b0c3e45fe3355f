//! Snapshots of answers: the project's own, insta's opinion of the files, and the commands as users run them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterpart::base::Seed;
use counterpart::base::secret::Redactor;
use counterpart::cli::target::TargetArgs;
use counterpart::contract::Contract;
use counterpart::document::{LoadOptions, SpecSource};
use counterpart::exercise::record::{Recording, record};
use counterpart::exercise::{Api, FunctionTransport};
use counterpart::generate::case::{CaseSettings, KnownId};
use counterpart::shape::{Gatherer, Shelf, Snap};
use counterpart::validate::intent::Intent;
use counterpart::wire::{Request, Response};
use insta::Snapshot;

use crate::support::Program;

fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots")
}

/// insta's reading of a file: description and text.
fn by_insta(path: &Path) -> (Option<String>, String) {
    let snapshot = Snapshot::from_file(path).unwrap();
    let text = snapshot.contents().as_text().unwrap().to_string();
    (snapshot.metadata().description().map(str::to_owned), text.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mock_answers_as_its_snapshots_say() {
    let contract = Contract::load(&SpecSource::Embedded, &LoadOptions::default()).unwrap();
    let args = TargetArgs { timeout: std::time::Duration::from_secs(10), ..TargetArgs::default() };
    let target = args.open(&contract, &SpecSource::Embedded, Seed(0)).await.unwrap();
    let api = Api::of(&contract, "the embedded contract", |_| true);
    let settings =
        CaseSettings { seed: Some(Seed(0)), known: target.known.clone(), ..CaseSettings::default() };
    let mut gatherer = Gatherer::new();
    let keep = &mut |operation: &_, intent: &Intent, answer: &_| {
        gatherer.add(operation, *intent == Intent::Method, answer);
    };
    let recording = record(&api, settings, Arc::new(target.client.clone()), keep).await;
    assert_eq!((recording.sent, recording.last_error), (recording.answered, None));
    let snaps = gatherer.snaps(&api.title, api.judge.schemas(), &Redactor::default());
    let changes = Shelf::new(own_folder()).compare(&snaps, &api.title).unwrap();
    let shown: Vec<String> =
        changes.iter().map(|c| format!("{:?} {}\n{}", c.kind, c.name, c.diff(false))).collect();
    assert!(
        changes.is_empty(),
        "run `counterpart snapshot --accept` if this is meant:\n{}",
        shown.join("\n")
    );
}

#[test]
fn insta_reads_every_file_as_we_do() {
    let kept = Shelf::new(own_folder()).accepted().unwrap();
    assert!(kept.len() >= 4, "{:?}", kept.keys());
    for (name, snap) in kept {
        let (description, text) = by_insta(&own_folder().join(format!("{name}.snap")));
        assert_eq!((description.as_deref(), text), (Some(snap.description.as_str()), snap.body));
    }
}

#[test]
fn insta_reads_odd_texts() {
    let folder = tempfile::tempdir().unwrap();
    for (number, odd) in
        ["a: b # c", "'x' \"y\" \\", "- [1, {", "---", "ünï ☃ → \u{1f600}", "tab\there", " lead"]
            .iter()
            .enumerate()
    {
        let snap = Snap {
            description: (*odd).to_owned(),
            info: vec![("operation".to_owned(), (*odd).to_owned())],
            body: format!("first\n{odd}\nlast"),
        };
        let path = folder.path().join(format!("{number}.snap"));
        std::fs::write(&path, snap.to_file()).unwrap();
        assert_eq!(by_insta(&path), (Some((*odd).to_owned()), snap.body), "{odd}");
    }
}

const THINGS: &str = r#"{"openapi": "3.1.0", "info": {"title": "Things", "version": "1"}, "paths": {
    "/things/{id}": {"get": {"operationId": "getThing", "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
      "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}},
      "delete": {"operationId": "deleteThing", "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
      "responses": {"204": {"description": "gone"}}}}}}"#;

/// Records a target that is a function, and what it was asked.
async fn recorded(
    known: &[&str],
    answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
) -> (Recording, BTreeMap<String, Snap>, Vec<String>) {
    let contract = Contract::from_text("things.json", THINGS).unwrap();
    let api = Api::of(&contract, "things.json", |_| true);
    let id =
        |value: &&str| KnownId { parameter: "id".into(), value: (*value).into(), with: vec![], live: true };
    let settings = CaseSettings { known: known.iter().map(id).collect(), ..CaseSettings::default() };
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let transport = FunctionTransport(move |request: &Request| {
        log.lock().unwrap().push(format!("{} {}", request.method, request.target));
        Ok(answer(request))
    });
    let mut gatherer = Gatherer::new();
    let keep = &mut |operation: &_, intent: &Intent, answer: &_| {
        gatherer.add(operation, *intent == Intent::Method, answer);
    };
    let recording = record(&api, settings, Arc::new(transport), keep).await;
    let asked = asked.lock().unwrap().clone();
    (recording, gatherer.snaps(&api.title, api.judge.schemas(), &Redactor::default()), asked)
}

fn json(status: u16, body: &str) -> Response {
    let mut response = Response { status, body: body.to_owned().into(), ..Response::default() };
    response.headers.push("Content-Type", "application/json");
    response
}

#[tokio::test]
async fn only_given_ids_are_deleted() {
    let (_, _, asked) = recorded(&["mine"], |_| json(200, "{}")).await;
    let prefix = CaseSettings::default().prefix();
    let deletes: Vec<&String> = asked.iter().filter(|line| line.starts_with("DELETE ")).collect();
    assert!(deletes.iter().any(|line| line.contains("/mine")), "{asked:?}");
    for line in deletes {
        let plain = counterpart::wire::percent::decode_text(line).into_owned();
        assert!(plain.contains("/mine") || plain.contains(&prefix), "{line}");
    }
    // What only looks is asked before anything is deleted.
    let first_delete = asked.iter().position(|line| line.starts_with("DELETE /things/mine")).unwrap();
    assert!(asked[..first_delete].iter().any(|line| line.starts_with("GET /things/mine")));
}

#[tokio::test]
async fn the_same_answers_give_the_same_snapshots() {
    let answer = |request: &Request| {
        if request.target.contains("mine") { json(200, r#"{"id": "x", "n": 1.5}"#) } else { json(404, "{}") }
    };
    let (_, first, asked) = recorded(&["mine"], answer).await;
    let (_, second, again) = recorded(&["mine"], answer).await;
    assert_eq!((&first, &asked), (&second, &again));
    let names: Vec<&String> = first.keys().collect();
    assert!(names.iter().any(|name| **name == "getthing--get-200--application-json"), "{names:?}");
    let secret = first.values().any(|snap: &Snap| snap.body.contains("mine") || snap.body.contains("1.5"));
    assert!(!secret, "values in {:?}", first);
}

#[tokio::test]
async fn operations_that_may_not_be_asked_are_named() {
    let (recording, _, asked) = recorded(&[], |_| json(200, "{}")).await;
    let deletes = asked.iter().filter(|line| line.starts_with("DELETE ")).count();
    assert!(deletes > 0 || recording.left_out.iter().any(|line| line.starts_with("deleteThing")));
}

/// The lines of a folder's files, by name.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.unwrap())
        .map(|e| (e.file_name().into_string().unwrap(), std::fs::read_to_string(e.path()).unwrap()))
        .collect()
}

#[test]
fn record_check_change_review() {
    let program = Program::new();
    let folder = program.folder().join("snapshots");
    program.run(&["snapshot", "--check"]).exits(1).says(&["not recorded:", "--accept"]);
    assert!(files(&folder).is_empty());
    program.run(&["snapshot"]).exits(0).says(&["new"]);
    program.run(&["snapshot", "--check"]).exits(0).says(&["0 missing, 0 changed, 0 gone"]);
    let kept = files(&folder);
    let (name, text) = kept.iter().find(|(name, _)| name.contains("--200--")).unwrap();
    let changed = text.replace("status: \"DELETED\"", "status: \"REMOVED\"");
    assert_ne!(&changed, text);
    std::fs::write(folder.join(name), &changed).unwrap();
    program
        .run(&["snapshot", "--check"])
        .exits(1)
        .says(&["changed:", "- ", "REMOVED", "+ ", "DELETED", "--accept"]);
    assert_eq!(files(&folder).len(), kept.len());
    program.run(&["snapshot"]).exits(1).says(&["counterpart review"]);
    assert_eq!(files(&folder)[&format!("{name}.new")], *text);
    program.run(&["review"]).exits(2).complains(&["no terminal", "--accept-all"]);
    program.run(&["review", "--reject-all"]).exits(0).says(&["1 rejected"]);
    assert_eq!(files(&folder)[name], changed);
    program.run(&["snapshot"]).exits(1);
    program.run(&["review", "--accept-all"]).exits(0).says(&["1 accepted"]);
    program.run(&["review"]).exits(0).says(&["nothing to review"]);
    assert_eq!(files(&folder), kept);
    std::fs::write(folder.join(name), &changed).unwrap();
    program.run(&["snapshot", "--accept"]).exits(0);
    assert_eq!(files(&folder), kept);
}

#[test]
fn wrong_wishes_are_refused_with_a_hint() {
    let program = Program::new();
    program.run(&["snapshot", "--url", "ftp://x"]).exits(2).complains(&["ftp://x", "hint"]);
    program.run(&["snapshot", "--url", "http://127.0.0.1:9"]).exits(3).complains(&["answered nothing"]);
    program.run(&["snapshot", "--auth", "Nope=1"]).exits(2).complains(&["Nope", "APIKeyHeader"]);
    program.run(&["snapshot", "--ids", "nope=1"]).exits(2).complains(&["nope", "deployment_id"]);
    program.run(&["snapshot", "--check", "--accept"]).exits(2);
    program.run(&["snapshot", "--include", "operation=nothing"]).exits(2).complains(&["no operation"]);
}

#[test]
fn a_change_of_a_foreign_server_is_seen() {
    let Some(interpreter) = crate::python::interpreter() else { return };
    let program = Program::new();
    let ask = |faults: &[&str], more: &[&str]| {
        // A fresh one each time: what was deleted is there again.
        let (_server, port) = crate::python::Server::reference(interpreter, "fastapi_delete.py", faults);
        let url = format!("http://127.0.0.1:{port}");
        let ids = "deployment_id=dep_acct_one_1000,dep_acct_one_1001,dep_acct_one_1002";
        let account = "x-selected-account-id: acct_one";
        let usual =
            ["snapshot", "--url", &url, "--auth", "APIKeyHeader=test-key", "--ids", ids, "-H", account];
        program.run(&[&usual, more].concat())
    };
    let live = ["--live", "4"];
    ask(&live, &[]).exits(0).says(&["new"]);
    let kept = files(&program.folder().join("snapshots"));
    assert!(kept.keys().any(|name| name.contains("--200--")), "{:?}", kept.keys());
    assert!(!kept.values().any(|text| text.contains("acct_one") || text.contains("test-key")), "{kept:?}");
    ask(&live, &["--check"]).exits(0);
    for (fault, words) in [
        ("event-time-number", ["changed:", "- ", "timestamp: integer"]),
        ("field-missing", ["changed:", "- ", "namespace"]),
        ("media-text", ["not recorded:", "not seen any more:", "text/plain"]),
        ("allow-missing", ["changed:", "- allow: DELETE", "405"]),
    ] {
        ask(&[&live[..], &["--fault", fault]].concat(), &["--check"]).exits(1).says(&words);
    }
    assert_eq!(files(&program.folder().join("snapshots")), kept);
}
