//! A FastAPI implementation of the seed contract: its error bodies and the mock's are the same.

use serde_json::Value;

use crate::plain_http::{Answer, ask};
use crate::python::{self, Server};
use crate::support::Program;

const COLLECTION: &str = "/v5/agentex/deployments";

/// A request: method, target, headers.
type Asked = (&'static str, String, Vec<(&'static str, Vec<u8>)>);

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
    let key: (&'static str, &[u8]) = ("x-api-key", b"test-key");
    let path = |id: &str| format!("{COLLECTION}/{id}");
    let mut asked: Vec<Asked> = vec![
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
    for (application, contract) in
        [("fastapi_params.py", "params-openapi.json"), ("fastapi_shop.py", "shop-openapi.json")]
    {
        let Some(interpreter) = python::interpreter() else { return };
        let contract = python::folder().join(contract);
        let contract = contract.to_str().unwrap();
        let program = Program::new();
        let (_mock, url) = Server::mock(program.command(&["mock", contract, "--state", "none"]));
        let mock = url.rsplit(':').next().unwrap();
        let (_reference, reference) = Server::reference(interpreter, application, &[]);
        let reference = reference.to_string();
        let arguments = ["--contract", contract, "--reference", &reference, "--mock", mock];
        let amount = ["--count", "3000", "--at-least", "0.999"];
        let output = python::run(interpreter, "compare_params.py", &[&arguments[..], &amount[..]].concat());
        assert!(output.status.success(), "{application}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
