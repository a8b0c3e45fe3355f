//! Records that were there before a run are the same, byte for byte, after it: whatever the server does with what it is
//! sent, in many seeds, by `test`, its kept cases, `snapshot` and `replay`.

mod target;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::exercise::guard::Withheld;
use counterpart::exercise::record::record;
use counterpart::exercise::{Api, FunctionTransport, Settings, Verdict};
use counterpart::generate::case::{CaseSettings, Destructive, KnownId};
use counterpart::wire::{Headers, Request, Response, SendError};

use self::target::Target;
use crate::exercise::{Ran, exercise};
use crate::support::Program;

const CONTRACT: &str = include_str!("sentinels/contract.yaml");

/// How many seeds are run; more with `COUNTERPART_SENTINEL_SEEDS`.
fn seeds() -> u64 {
    std::env::var("COUNTERPART_SENTINEL_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(6)
}

fn contract() -> Arc<Contract> {
    Contract::from_text("sentinels.yaml", CONTRACT).unwrap()
}

fn settings(seed: u64) -> Settings {
    Settings {
        case: CaseSettings { seed: Some(Seed(seed)), ..CaseSettings::default() },
        cases: 8,
        workers: 2,
        ..Settings::default()
    }
}

/// Runs the tester against a fresh target.
fn run(contract: &Arc<Contract>, settings: Settings) -> (Ran, Arc<Target>) {
    let target = Arc::new(Target::new());
    let server = Arc::clone(&target);
    (exercise(contract, settings, move |request: &Request| Ok(server.answer(request))), target)
}

#[track_caller]
fn unharmed(target: &Target, before: &str, what: &str) {
    assert_eq!(target.harm(), Vec::<String>::new(), "{what}");
    assert_eq!(target.sentinels(), before, "{what}");
}

#[test]
fn a_run_changes_nothing_that_it_did_not_make() {
    let contract = contract();
    let before = Target::new().sentinels();
    let folder = tempfile::tempdir().unwrap();
    let (mut deleted, mut changed) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..seeds() {
        // Kept cases of earlier seeds, and of runs that could do anything, are sent first.
        let mut with = settings(seed);
        with.regressions = Some(folder.path().to_owned());
        let (_, target) = run(&contract, with);
        unharmed(&target, &before, &format!("seed {seed}"));
        for collection in ["items", "queues", "users", "keys", "accounts"] {
            let (gone, touched) = target.own(collection);
            deleted.extend((gone > 0).then_some(collection));
            changed.extend((touched > 0).then_some(collection));
        }
        assert_eq!(target.own("folders").0, 0, "what holds others' records stays");
        if seed == 0 {
            let mut reckless = settings(99);
            reckless.case.destructive = Destructive::All;
            reckless.regressions = Some(folder.path().to_owned());
            let (_, target) = run(&contract, reckless);
            assert!(
                target.harm().len() > 20,
                "the target is as harmful as it should be: {:?}",
                target.harm()
            );
        }
    }
    // What the run made is deleted and changed: the guard does not merely stop everything.
    assert_eq!(deleted, BTreeSet::from(["items", "queues", "users", "keys", "accounts"]));
    assert!(changed.contains("items") && changed.contains("queues"), "{changed:?}");
}

#[test]
fn what_is_not_sent_is_told_with_how_to_allow_it() {
    let (ran, _) = run(&contract(), settings(1));
    let told = |operation: &str| ran.summary.withheld.iter().find(|withheld| withheld.operation == operation);
    for operation in [
        "clearItems",
        "replaceItems",
        "purgeItems",
        "bulkItems",
        "batchDelete",
        "deleteAccounts",
        "login",
        "logout",
        "postLogout",
        "changeMe",
        "deleteMe",
        "putSettings",
        "postSettings",
        "resetSettings",
        "dropStorage",
        "getFlush",
        "reset",
        "createDeletion",
        "purgeCache",
        "createTransfer",
    ] {
        let withheld = told(operation).unwrap_or_else(|| panic!("{operation} is not told of"));
        assert!(!withheld.partly && withheld.cases > 0, "{withheld:?}");
        assert!(withheld.allow.contains(&format!("--allow operation={operation}")), "{withheld:?}");
        let counts = ran.summary.operations.iter().find(|counts| counts.id == operation).unwrap();
        let passed = format!("✓ {} {}\n", counts.method, counts.path);
        assert!(!counterpart::report::console::summary(&ran.summary, false).contains(&passed), "{operation}");
    }
    assert!(told("deleteItem").is_some_and(|w| w.partly && w.allow.contains(&"--ids item_id=…".to_owned())));
    let folder = told("deleteFolder").unwrap();
    assert!(folder.reasons.contains(&"what it destroys holds what this run did not make"), "{folder:?}");
    assert!(told("query").is_some_and(|withheld| withheld.partly));
    for operation in ["listQueues", "search", "getSettings"] {
        assert_eq!(told(operation), None);
    }
    assert!(ran.summary.counts.skipped >= ran.summary.withheld.iter().map(|w| w.cases).sum());
    for format in counterpart::report::Format::ALL.into_iter().filter(|f| f.to_string() != "ndjson") {
        let text = counterpart::report::Collector::new(format).finish(&ran.summary);
        let text = text.as_str();
        assert!(text.contains("operation=clearItems"), "{format}: {text}");
    }
}

#[test]
fn safe_methods_only_and_no_get_that_acts() {
    let before = Target::new().sentinels();
    for seed in 0..3 {
        let mut none = settings(seed);
        none.case.destructive = Destructive::None;
        let (ran, target) = run(&contract(), none);
        unharmed(&target, &before, &format!("seed {seed}"));
        let safe = ["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"];
        assert!(target.methods().iter().all(|m| safe.contains(&m.as_str())), "{:?}", target.methods());
        let all: Vec<&str> = ran.summary.withheld.iter().map(|w| w.operation.as_str()).collect();
        for operation in ["createItem", "deleteItem", "logout", "getFlush", "getCancel", "search"] {
            assert!(all.contains(&operation), "{operation} in {all:?}");
        }
    }
}

#[test]
fn what_is_allowed_is_sent_and_nothing_else() {
    let contract = contract();
    let index = |id: &str| contract.heads().iter().find(|head| head.id == id).unwrap().index;
    for (allowed, harm) in
        [("putSettings", "PUT /settings "), ("clearItems", "DELETE /items "), ("logout", "GET /logout")]
    {
        for destructive in [Destructive::Owned, Destructive::None] {
            let mut with = settings(5);
            with.case.destructive = destructive;
            with.case.allowed = [index(allowed)].into();
            let (ran, target) = run(&contract, with);
            let found = target.harm();
            assert!(!found.is_empty(), "{allowed}");
            for line in found {
                let plain = line.replacen('?', " ?", 1);
                assert!(plain.starts_with(harm), "{allowed}: {line}");
            }
            assert!(ran.summary.withheld.iter().all(|withheld| withheld.operation != allowed));
        }
    }
}

#[test]
fn given_ids_are_used_and_no_others() {
    let mut with = settings(2);
    with.case.known =
        vec![KnownId { parameter: "item_id".into(), value: "2".into(), with: Vec::new(), live: true }];
    let (_, target) = run(&contract(), with);
    assert!(!target.harm().is_empty());
    for line in target.harm() {
        let path = line.split([' ', '?']).nth(1).unwrap().trim_end_matches("/cancel");
        assert_eq!(path, "/items/2", "{line}");
    }
}

#[test]
fn snapshots_change_nothing_that_they_did_not_make() {
    let contract = contract();
    let before = Target::new().sentinels();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for seed in 0..seeds() {
        let target = Arc::new(Target::new());
        let server = Arc::clone(&target);
        let transport = FunctionTransport(move |request: &Request| -> Result<Response, SendError> {
            Ok(server.answer(request))
        });
        let api = Api::of(&contract, "sentinels.yaml", |_| true);
        let settings = CaseSettings { seed: Some(Seed(seed)), ..CaseSettings::default() };
        let recording = runtime.block_on(record(&api, settings, Arc::new(transport), &mut |_, _, _| {}));
        unharmed(&target, &before, &format!("seed {seed}"));
        assert!(target.own("items").0 > 0 && target.own("queues").0 > 0, "what was made is deleted");
        let told: Vec<String> = recording.withheld.iter().map(Withheld::line).collect();
        assert!(told.iter().any(|line| line.starts_with("DELETE /items: not sent")), "{told:?}");
    }
}

/// The target behind HTTP on a free port. Its threads end with the process.
fn serve(target: &Arc<Target>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let target = Arc::clone(target);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let target = Arc::clone(&target);
            std::thread::spawn(move || talk(stream, &target));
        }
    });
    url
}

/// One request, one answer.
fn talk(mut stream: TcpStream, target: &Target) -> Option<()> {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        let n = stream.read(&mut buffer).ok().filter(|n| *n > 0)?;
        read.extend_from_slice(&buffer[..n]);
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let mut headers = Headers::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        headers.push(name.to_ascii_lowercase(), value.trim().as_bytes().to_vec());
    }
    let length: usize = headers.get_str("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    while read.len() < end + length {
        let n = stream.read(&mut buffer).ok().filter(|n| *n > 0)?;
        read.extend_from_slice(&buffer[..n]);
    }
    let body = read[end..].to_vec();
    let request = Request { method: method.clone(), target: path, headers, body: Some(body.into()) };
    let answer = target.answer(&request);
    let body = if method == "HEAD" || answer.status == 204 { &[][..] } else { &answer.body[..] };
    let length = if answer.status == 204 {
        String::new()
    } else {
        format!("content-length: {}\r\n", answer.body.len())
    };
    let head = format!(
        "HTTP/1.1 {} x\r\ncontent-type: application/json\r\nconnection: close\r\n{length}\r\n",
        answer.status
    );
    stream.write_all(&[head.as_bytes(), body].concat()).ok()
}

fn kept(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join(".counterpart/regressions")).into_iter().flatten().flatten();
    files.map(|file| file.path().display().to_string()).collect()
}

#[test]
fn the_program_changes_nothing_that_it_did_not_make() {
    let program = Program::new().file("api.yaml", CONTRACT);
    let target = Arc::new(Target::new());
    let before = target.sentinels();
    let url = serve(&target);
    let usual = ["api.yaml", "--url", &url];
    let run = |command: &str, more: &[&str]| program.run(&[&[command][..], &usual, more].concat());
    for seed in ["1", "2"] {
        let ran = run("test", &["--seed", seed, "--cases", "6", "--workers", "2"]);
        unharmed(&target, &before, &ran.out);
        ran.exits(1).says(&["not sent", "--allow operation=clearItems", "--destructive all"]);
        let ran = run("snapshot", &["--seed", seed]);
        unharmed(&target, &before, &ran.out);
        ran.complains(&["DELETE /items: not sent"]);
        let ran = run("snapshot", &["--seed", seed, "--check"]);
        unharmed(&target, &before, &ran.out);
    }
    let ran = run("test", &["--destructive", "none", "--cases", "3"]);
    unharmed(&target, &before, &ran.out);
    run("test", &["--allow", "operation=nothing"])
        .exits(2)
        .complains(&["--allow operation=nothing", "no operation"]);

    // Cases of a run that could do anything, against another target, are not sent to this one.
    let other = Arc::new(Target::new());
    let reckless =
        ["test", "api.yaml", "--url", &serve(&other), "--destructive", "all", "--cases", "20", "--seed", "3"];
    program.run(&reckless).exits(1);
    assert!(!other.harm().is_empty());
    let files = kept(program.folder());
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let ran = program.run(&[&["replay"][..], &files, &["--url", &url]].concat());
    unharmed(&target, &before, &ran.out);
    ran.says(&["not sent", "--allow operation="]).complains(&["not sent"]);
    let clear =
        files.iter().find(|file| std::fs::read_to_string(file).unwrap().contains("\"clearItems\"")).unwrap();
    program
        .run(&["replay", clear, "--url", &url])
        .exits(2)
        .says(&["not sent", "--allow operation=clearItems"]);
    unharmed(&target, &before, "replay");
    program
        .run(&["replay", clear, "--url", &serve(&other), "--allow", "operation=clearItems"])
        .says(&["DELETE /items"]);
}

#[test]
fn a_run_that_may_send_nothing_has_passed_nothing() {
    let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /storage:\n    delete: {responses: {'204': {description: d}}}\n";
    let contract = Contract::from_text("t.yaml", text).unwrap();
    let (ran, target) = run(&contract, settings(1));
    assert!(target.methods().iter().all(|method| method == "GET" || method == "HEAD" || method == "TRACE"));
    assert_eq!(ran.summary.withheld.len(), 1);
    assert!(!ran.summary.withheld[0].partly);
    assert_ne!(ran.summary.verdict, Verdict::Failed);
    let shown = counterpart::report::console::summary(&ran.summary, false);
    assert!(!shown.contains("✓ DELETE"), "{shown}");
}
