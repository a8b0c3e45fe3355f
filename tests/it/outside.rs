//! Programs from outside against our mock: the provider's Python client, and Schemathesis.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::python::{self, Server};
use crate::support::{Program, shared};

#[test]
fn the_published_client_works_against_the_mock() {
    let Some(interpreter) = python::interpreter() else { return };
    let program = Program::new();
    let (_mock, url) = Server::mock(program.command(&["mock"]));
    let output = python::run(interpreter, "client_sdk.py", &[&url, "/__counterpart/state"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A failure that Schemathesis reports: check, status, and whether the request carried a key.
struct Failure {
    check: String,
    status: u64,
    keyed: bool,
    shown: String,
}

/// Runs Schemathesis on the seed contract.
fn schemathesis(url: &str, more: &[&str]) -> (usize, Vec<Failure>) {
    let seed = python::folder().join("../../spec/seed.yaml");
    let fixed = ["-H", "x-api-key: test-key", "--max-examples", "60"];
    run_schemathesis(&seed, url, &[&fixed[..], more].concat())
}

/// Runs Schemathesis with all of its checks, without stopping at the first failure.
fn run_schemathesis(spec: &Path, url: &str, more: &[&str]) -> (usize, Vec<Failure>) {
    let interpreter = python::interpreter().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("events.ndjson");
    let output = Command::new(interpreter)
        .args(["-m", "schemathesis.cli", "run"])
        .arg(spec)
        .args(["--url", url, "--checks", "all", "--continue-on-failure"])
        .args(["--seed", "1", "--no-color", "--generation-database", "none"])
        .args(["--report", "ndjson", "--report-ndjson-path"])
        .arg(&report)
        .args(more)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let events = std::fs::read_to_string(&report)
        .unwrap_or_else(|e| panic!("no report ({e}): {}", String::from_utf8_lossy(&output.stdout)));
    read_events(&events)
}

fn read_events(events: &str) -> (usize, Vec<Failure>) {
    let (mut cases, mut failures) = (0, Vec::new());
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let recorder = &event["ScenarioFinished"]["recorder"];
        let Some(checks) = recorder["checks"].as_object() else { continue };
        for (case, checks) in checks {
            cases += 1;
            let exchange = &recorder["interactions"][case];
            let headers = exchange["request"]["headers"].as_object();
            for check in checks.as_array().unwrap().iter().filter(|c| c["status"] == "failure") {
                failures.push(Failure {
                    check: check["name"].as_str().unwrap().to_owned(),
                    status: exchange["response"]["status_code"].as_u64().unwrap_or(0),
                    keyed: headers
                        .is_some_and(|h| h.keys().any(|name| name.eq_ignore_ascii_case("x-api-key"))),
                    shown: format!("{}\n  {}", exchange["request"], check["failure_info"]),
                });
            }
        }
    }
    (cases, failures)
}

/// The failures for a message.
fn listed(failures: &[Failure]) -> String {
    let lines = failures.iter().map(|f| format!("{} ({}): {}\n", f.check, f.status, f.shown));
    format!("{} failures\n{}", failures.len(), lines.collect::<String>())
}

/// A 401 for a key that was left out is right, though the contract does not list it.
fn is_expected_401(failure: &Failure) -> bool {
    failure.check == "status_code_conformance" && failure.status == 401 && !failure.keyed
}

#[test]
fn schemathesis_finds_nothing_wrong_with_the_stateless_mock() {
    if python::interpreter().is_none() {
        return;
    }
    let program = Program::new();
    let (_mock, url) = Server::mock(program.command(&["mock", "--state", "none"]));
    let (cases, failures) = schemathesis(&url, &["--generation-with-security-parameters", "false"]);
    assert!(cases > 50, "only {cases} cases");
    assert!(failures.is_empty(), "{}", listed(&failures));
    let (_, failures) = schemathesis(&url, &[]);
    let wrong: Vec<_> = failures.into_iter().filter(|f| !is_expected_401(f)).collect();
    assert!(wrong.is_empty(), "{}", listed(&wrong));
}

#[test]
fn schemathesis_only_wonders_about_unknown_ids_of_the_mock_with_state() {
    if python::interpreter().is_none() {
        return;
    }
    let program = Program::new();
    let (_mock, url) = Server::mock(program.command(&["mock"]));
    let (cases, failures) = schemathesis(&url, &["--generation-with-security-parameters", "false"]);
    assert!(cases > 50, "only {cases} cases");
    let wrong: Vec<_> =
        failures.into_iter().filter(|f| f.check != "positive_data_acceptance" || f.status != 422).collect();
    assert!(wrong.is_empty(), "{}", listed(&wrong));
}

/// Statuses that the mock sends where a contract documents no refusal of that kind.
const LISTED: [u64; 9] = [400, 401, 403, 404, 405, 406, 409, 415, 422];

/// Contracts from the wild in all phases, the stateful one included. What Schemathesis has against a status that the
/// contract forgot to document is true, but of the contract.
#[test]
fn schemathesis_finds_nothing_of_ours_in_the_mocks_of_contracts_from_the_wild() {
    if python::interpreter().is_none() {
        return;
    }
    for (file, state) in [
        ("corpus/features-3.0/learn-petstore-expanded.yaml", "memory"),
        ("corpus/features-3.2/msnet-32-properties.json", "none"),
    ] {
        let Some(spec) = shared(file) else { return };
        let program = Program::new();
        let (_mock, url) =
            Server::mock(program.command(&["mock", &spec.to_string_lossy(), "--state", state]));
        let phases = ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "8"];
        let (cases, failures) = run_schemathesis(&spec, &url, &phases);
        assert!(cases > 30, "{file}: only {cases} cases");
        let forgotten = |f: &Failure| f.check == "status_code_conformance" && LISTED.contains(&f.status);
        let wrong: Vec<_> = failures.into_iter().filter(|f| !forgotten(f)).collect();
        assert!(wrong.is_empty(), "{file}: {}", listed(&wrong));
    }
}
