//! A FastAPI implementation of the seed contract as the tester's target: nothing is found wrong with the correct one, and
//! each fault of the others by the check that is meant for it.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::plain_http::ask;
use crate::python::{self, Server};
use crate::support::{Program, Ran};

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

/// What selects the account whose records may be destroyed; it is the target's default account too.
const ACCOUNT: [&str; 2] = ["-H", "x-selected-account-id: acct_one"];

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
            let ran = test(&program, port, seed, &[&ACCOUNT[..], &["--cases", "30"]].concat());
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
    let port_of = |name: &str| -> u16 {
        let line = servers.lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap().parse().unwrap()
    };
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = find(fault, port_of(fault[0]));
                    wrong.lock().unwrap().extend(found.err());
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), faults.len(), wrong.join("\n"));
}

/// Runs the tester against the service with the fault; what went wrong when its check does not find it.
fn find(fault: &[&str], port: u16) -> Result<(), String> {
    let &[name, check, about] = fault else { panic!("{fault:?}") };
    let program = Program::new();
    // A missing header can't be found missing while it is always sent.
    let account = if name == "account-required" { &[][..] } else { &ACCOUNT[..] };
    // Such an id is sent with DELETE only where anything may be destroyed: a server may decode it once more.
    let all = if name == "crash-percent-id" { &["--destructive", "all"][..] } else { &[] };
    let more = [account, all, &["--cases", "60", "--timeout", "500ms", "--max-failures", "8"]].concat();
    let ran = test(&program, port, 1, &more);
    if ran.code != 1 {
        return Err(format!("{name} ({about}): exit {}\n{}", ran.code, ran.err));
    }
    let spoke = checks_that_spoke(program.folder());
    if spoke.iter().any(|c| c == check) {
        return Ok(());
    }
    Err(format!("{name} ({about}): not found by {check}, but by {spoke:?}"))
}
