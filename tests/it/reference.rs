//! A FastAPI implementation of the seed contract as the target: the tester finds nothing wrong with the correct one and
//! each fault of the others; its error bodies and the mock's are the same.

use std::path::Path;

use serde_json::Value;

use crate::plain_http::{Answer, ask};
use crate::python::{self, Server};
use crate::support::{Program, Ran};

const COLLECTION: &str = "/v5/agentex/deployments";

/// The ids of the target's live records of one account, as a file for `--ids`.
fn write_ids(program: &Program, port: u16, account: &str) {
    let answer = ask(port, "GET", "/__reference/state", &[], b"");
    let state: Value = serde_json::from_slice(&answer.body).unwrap();
    let terminal = ["DELETED", "CANCELLED", "SUPERSEDED"];
    let ids: Vec<&str> = state
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r["account_id"] == account && !terminal.contains(&r["status"].as_str().unwrap()))
        .map(|r| r["id"].as_str().unwrap())
        .collect();
    assert!(!ids.is_empty());
    std::fs::write(program.folder().join("ids"), ids.join("\n")).unwrap();
}

/// Runs the tester against the target as a user would; the report is `report.json` in the program's folder.
fn test(program: &Program, port: u16, seed: u64, more: &[&str]) -> Ran {
    write_ids(program, port, "acct_one");
    let url = format!("http://127.0.0.1:{port}");
    let seed = seed.to_string();
    let mut arguments = vec![
        "test",
        "--url",
        &url,
        "--auth",
        "APIKeyHeader=test-key",
        "-H",
        "x-selected-account-id: acct_one",
        "--ids",
        "deployment_id=@ids",
        "--seed",
        &seed,
        "--report",
        "json=report.json",
        "--workers",
        "2",
    ];
    arguments.extend(more);
    program.run(&arguments)
}

/// The names of the checks that found something.
fn checks_that_spoke(folder: &Path) -> Vec<String> {
    let report: Value = serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|f| f["check"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn nothing_is_found_wrong_with_the_correct_service() {
    let Some(interpreter) = python::interpreter() else { return };
    for (variant, seeds) in [(&["--live", "40"][..], 20), (&["--live", "40", "--idempotent"], 4)] {
        let (_reference, port) = Server::reference(interpreter, "fastapi_delete.py", variant);
        for seed in 1..=seeds {
            assert_eq!(ask(port, "POST", "/__reference/reset", &[], b"").status, 200);
            let program = Program::new();
            let ran = test(&program, port, seed, &["--cases", "30"]);
            assert_eq!(ran.code, 0, "seed {seed} of {variant:?}\n{}\n{}", ran.out, ran.err);
        }
    }
}

#[test]
fn each_fault_is_found_by_the_check_that_is_meant_for_it() {
    let Some(interpreter) = python::interpreter() else { return };
    let table = python::run(interpreter, "fastapi_delete.py", &["--list-faults"]);
    let table = String::from_utf8(table.stdout).unwrap();
    let faults: Vec<Vec<&str>> = table.lines().map(|line| line.split('\t').collect()).collect();
    assert!(faults.len() >= 20);
    let mut command = python::script(interpreter, "fastapi_delete.py");
    command.args(["--each-fault", "--live", "40", "--quit-on-eof"]);
    let servers = Server::start(command, faults.len());
    let mut wrong = Vec::new();
    for fault in &faults {
        let &[name, check, about] = fault.as_slice() else { panic!("{fault:?}") };
        let port =
            servers.lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        let program = Program::new();
        let ran =
            test(&program, port.unwrap(), 1, &["--cases", "60", "--timeout", "1s", "--max-failures", "40"]);
        if ran.code != 1 {
            wrong.push(format!("{name} ({about}): exit {}\n{}", ran.code, ran.err));
            continue;
        }
        let spoke = checks_that_spoke(program.folder());
        if !spoke.iter().any(|c| c == check) {
            wrong.push(format!("{name} ({about}): not found by {check}, but by {spoke:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), faults.len(), wrong.join("\n"));
}

/// What is compared of two answers.
fn essence(answer: &Answer) -> (u16, Option<&str>, Option<&str>, String) {
    (answer.status, answer.header("content-type"), answer.header("allow"), answer.text())
}

#[test]
fn the_mocks_error_bodies_are_the_references() {
    let Some(interpreter) = python::interpreter() else { return };
    let program = Program::new();
    let (_mock, url) = Server::mock(program.command(&["mock"]));
    let mock: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
    let state = ask(mock, "GET", "/__counterpart/state", &[], b"");
    let records = program.folder().join("records.json");
    std::fs::write(&records, &state.body).unwrap();
    let (_reference, reference) =
        Server::reference(interpreter, "fastapi_delete.py", &["--fixtures", records.to_str().unwrap()]);
    let listed = ask(reference, "GET", "/__reference/state", &[], b"");
    let listed: Value = serde_json::from_slice(&listed.body).unwrap();
    let of = |status: &str| {
        let found = listed.as_array().unwrap().iter().find(|r| r["status"] == status).unwrap();
        (found["id"].as_str().unwrap().to_owned(), found["account_id"].as_str().unwrap().to_owned())
    };
    let (live, account) = of("RUNNING");
    let key: (&str, &[u8]) = ("x-api-key", b"test-key");
    let path = |id: &str| format!("{COLLECTION}/{id}");
    let mut asked: Vec<(&str, String, Vec<(&str, Vec<u8>)>)> = vec![
        ("DELETE", path(&live), vec![]),
        ("DELETE", path(&live), vec![("x-api-key", b"".to_vec())]),
        ("GET", path(&live), vec![]),
        ("PUT", path(&live), vec![]),
        ("POST", path(&live), vec![]),
        ("PATCH", path(&live), vec![]),
        ("HEAD", path(&live), vec![]),
        ("DELETE", path(""), vec![]),
        ("DELETE", COLLECTION.to_owned(), vec![]),
        ("GET", "/".to_owned(), vec![]),
        ("DELETE", path("a%2Fb"), vec![]),
        ("DELETE", path("a/b"), vec![]),
    ];
    let with =
        |account: &str| vec![(key.0, key.1.to_vec()), ("x-selected-account-id", account.as_bytes().to_vec())];
    for id in [
        "no-such-id",
        "%20",
        "%C3%BC%E6%97%A5",
        "%FF%FE",
        "a%25b",
        "'%22%3C",
        "%00",
        "..x",
        "a;b=c",
        "a+b",
        "%0A",
    ] {
        asked.push(("DELETE", path(id), with(&account)));
    }
    asked.push(("DELETE", path(&"x".repeat(8000)), with(&account)));
    asked.push(("DELETE", path(&live), with("no-such-account")));
    asked.push(("DELETE", path(&live), with("\u{fc}")));
    for status in ["CANCELLED", "SUPERSEDED", "DELETED"] {
        let (id, account) = of(status);
        asked.push(("DELETE", path(&id), with(&account)));
    }
    let mut wrong = Vec::new();
    for (method, target, headers) in &asked {
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(n, v)| (*n, v.as_slice())).collect();
        let (ours, theirs) =
            (ask(mock, method, target, &headers, b""), ask(reference, method, target, &headers, b""));
        assert!(theirs.status >= 400, "{method} {target}: {}", theirs.status);
        let challenges =
            ours.header("www-authenticate").is_some() == theirs.header("www-authenticate").is_some();
        if essence(&ours) != essence(&theirs) || !challenges {
            wrong.push(format!(
                "{method} {target:.80}\n  mock:    {:?}\n  fastapi: {:?}",
                essence(&ours),
                essence(&theirs)
            ));
        }
    }
    // The same record deleted twice.
    for expected in [200, 422] {
        let headers = with(&account);
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(n, v)| (*n, v.as_slice())).collect();
        let ours = ask(mock, "DELETE", &path(&live), &headers, b"");
        let theirs = ask(reference, "DELETE", &path(&live), &headers, b"");
        assert_eq!((ours.status, theirs.status), (expected, expected));
        if expected == 422 && essence(&ours) != essence(&theirs) {
            wrong.push(format!("second delete\n  mock:    {}\n  fastapi: {}", ours.text(), theirs.text()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), asked.len(), wrong.join("\n"));
}

#[test]
fn the_mock_answers_random_requests_as_fastapi_does() {
    let Some(interpreter) = python::interpreter() else { return };
    let contract = python::folder().join("params-openapi.json");
    let program = Program::new();
    let (_mock, url) = Server::mock(program.command(&["mock", contract.to_str().unwrap()]));
    let mock = url.rsplit(':').next().unwrap();
    let (_reference, reference) = Server::reference(interpreter, "fastapi_params.py", &[]);
    let output = python::run(
        interpreter,
        "compare_params.py",
        &["--reference", &reference.to_string(), "--mock", mock, "--count", "3000", "--at-least", "0.999"],
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
