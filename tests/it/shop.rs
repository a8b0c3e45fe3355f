//! A FastAPI application of other shapes as the tester's target: nothing is found wrong with it, and each of its faults is
//! found by the check that is meant for it.

use serde_json::Value;

use crate::python::{self, Server};
use crate::support::Program;

/// Runs the tester; the exit code, the checks that found something, and what was printed.
fn test(port: u16, seed: u64, cases: &str, paths: &str) -> (i32, Vec<String>, String) {
    let program = Program::new();
    let contract = python::folder().join("shop-openapi.json");
    let (url, seed) = (format!("http://127.0.0.1:{port}"), seed.to_string());
    let ran = program.run(&[
        "test",
        contract.to_str().unwrap(),
        "--url",
        &url,
        "--seed",
        &seed,
        "--cases",
        cases,
        "--include",
        paths,
        "--destructive",
        "all",
        "--workers",
        "2",
        "--report",
        "json=report.json",
    ]);
    let report = std::fs::read(program.folder().join("report.json")).unwrap_or_default();
    let report: Value = serde_json::from_slice(&report).unwrap_or_default();
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let checks = findings.iter().map(|f| f["check"].as_str().unwrap().to_owned()).collect();
    (ran.code, checks, format!("{}\n{}", ran.out, ran.err))
}

#[test]
fn nothing_is_found_wrong_with_a_correct_application_of_many_shapes() {
    let Some(interpreter) = python::interpreter() else { return };
    let (_shop, port) = Server::reference(interpreter, "fastapi_shop.py", &[]);
    for seed in 1..=3 {
        let (code, _, said) = test(port, seed, "15", "path=/./");
        assert_eq!(code, 0, "seed {seed}\n{said}");
    }
}

#[test]
fn each_fault_of_the_shop_is_found_by_the_check_that_is_meant_for_it() {
    let Some(interpreter) = python::interpreter() else { return };
    let table = python::run(interpreter, "fastapi_shop.py", &["--list-faults"]);
    let table = String::from_utf8(table.stdout).unwrap();
    let mut wrong = Vec::new();
    for line in table.lines() {
        let (fault, check) = line.split_once('\t').unwrap();
        let (_shop, port) = Server::reference(interpreter, "fastapi_shop.py", &["--fault", fault]);
        let (code, checks, _) = test(port, 1, "40", r"path=/^\/(items|secure\/bearer.*)$/");
        if code != 1 || !checks.iter().any(|c| c == check) {
            wrong.push(format!("{fault}: exit {code}, not found by {check}, but by {checks:?}"));
        }
    }
    assert!(table.lines().count() >= 10);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
