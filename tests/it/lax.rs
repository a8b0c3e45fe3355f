//! Requests with the answers that running FastAPI applications gave, against the mock's of their contracts.

use std::path::{Path, PathBuf};

use counterpart::contract::Contract;
use counterpart::document::{LoadOptions, SpecSource};
use counterpart::mock::{Mock, MockSettings, StateMode};
use counterpart::wire::{Request, Response};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

/// A mock of the contract that remembers nothing, as the applications do.
fn mock(contract: &str) -> Mock {
    let source = SpecSource::Path(folder().join(contract));
    let contract = Contract::load(&source, &LoadOptions::default()).unwrap();
    Mock::new(contract, MockSettings { state: StateMode::None, ..MockSettings::default() }).unwrap()
}

/// Bytes that were recorded as characters.
fn bytes(recorded: &Value) -> Option<Vec<u8>> {
    Some(recorded.as_str()?.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect())
}

fn request(case: &Value) -> Request {
    let mut request = Request {
        method: case["method"].as_str().unwrap().to_owned(),
        target: case["target"].as_str().unwrap().to_owned(),
        body: bytes(&case["body"]).map(Into::into),
        ..Request::default()
    };
    for header in case["headers"].as_array().unwrap() {
        request.headers.push(header[0].as_str().unwrap(), bytes(&header[1]).unwrap());
    }
    request
}

/// Whether the answer is the one that was recorded: status and challenge, and the body of errors.
fn agrees(case: &Value, answer: &Response) -> bool {
    let challenge = answer.headers.get_str("www-authenticate");
    case["status"] == u64::from(answer.status)
        && case["said"]["www-authenticate"].as_str() == challenge
        && (answer.status < 400 || case["answer"].as_str().unwrap().as_bytes() == answer.body.as_ref())
}

/// Plays the recording to the mock: how many answers are the same, and what is shown of the others.
fn play(contract: &str, recording: &Path) -> (usize, Vec<String>) {
    let mock = mock(contract);
    let (mut same, mut wrong) = (0, Vec::new());
    for line in std::fs::read_to_string(recording).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let answer = mock.answer(&request(&case));
        if agrees(&case, &answer) {
            same += 1;
        } else {
            wrong.push(format!(
                "{} {} {} {}\n  fastapi: {} {}\n  ours:    {} {}",
                case["method"],
                case["target"],
                case["headers"],
                case["body"],
                case["status"],
                case["answer"].as_str().unwrap(),
                answer.status,
                String::from_utf8_lossy(&answer.body)
            ));
        }
    }
    (same, wrong)
}

fn compare(contract: &str, recording: &Path) {
    let (same, wrong) = play(contract, recording);
    assert!(same > 0);
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), same + wrong.len(), wrong.join("\n"));
}

/// The recording at `name`, or another one that the environment names.
fn recording(name: &str) -> PathBuf {
    std::env::var_os("COUNTERPART_RECORDED").map_or_else(|| folder().join(name), PathBuf::from)
}

#[test]
fn recorded_answers_about_single_parameters_are_ours_too() {
    compare("params-openapi.json", &recording("params-answers.ndjson"));
}

#[test]
fn recorded_answers_of_a_shop_are_ours_too() {
    compare("shop-openapi.json", &recording("shop-answers.ndjson"));
}

/// A recording that differs is noticed.
#[test]
fn a_wrong_recording_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let case = |status: u16| {
        format!(
            r#"{{"method":"GET","target":"/nope","headers":[],"body":null,"status":{status},"answer":"{{\"detail\":\"Not Found\"}}","said":{{}}}}"#
        )
    };
    std::fs::write(file.path(), [case(404), case(405)].join("\n")).unwrap();
    let (same, wrong) = play("shop-openapi.json", file.path());
    assert_eq!((same, wrong.len()), (1, 1));
}
