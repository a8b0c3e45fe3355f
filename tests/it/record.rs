//! Records (HAR, NDJSON) and logs of what the mock answers.

use std::path::Path;
use std::sync::{Arc, Mutex};

use counterpart::mock::MockSettings;
use counterpart::mock::fault::FaultRule;
use counterpart::serve::listener::Listener;
use counterpart::serve::log::{LogFormat, LogLevel, LogSettings};
use counterpart::serve::settings::ServerSettings;
use counterpart::{MockServer, ServeError};
use serde_json::Value;

use crate::mock::{PATH, RUNNING, seed_contract, settings};
use crate::mock_sockets::{raw, send};
use crate::support::Program;

const KEY: &str = "x-api-key: s3cret\r\nAccept-Encoding: gzip\r\n";

/// Three requests to the API, one to the control API.
fn traffic(at: std::net::SocketAddr) {
    assert!(
        send(at, "DELETE", &format!("{PATH}/{RUNNING}?access_token=s3cret&x=1"), KEY, b"")
            .contains(" 200 OK")
    );
    let binary = [b"\xff\x00".as_slice(), &[b'x'; 40_000]].concat();
    send(at, "DELETE", &format!("{PATH}/x"), &format!("{KEY}Cookie: a=s3cret\r\n"), &binary);
    send(at, "GET", "/__counterpart/health", "", b"");
    send(at, "GET", "/nothing", "Authorization: Bearer s3cret\r\n", b"");
}

fn recording(path: &Path) -> ServerSettings {
    ServerSettings { record: Some(path.to_owned()), ..ServerSettings::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn har_has_every_exchange_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("traffic.HAR");
    std::fs::write(&path, "what was there before, longer than what comes").unwrap();
    let server = MockServer::from_contract(seed_contract(), settings()).with_server(recording(&path));
    let running = server.start().await.unwrap();
    let empty: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(empty["log"]["entries"], Value::Array(Vec::new()));
    traffic(running.address());
    let url = running.url();
    running.stop().await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
    let har: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&har["log"]["version"], &har["log"]["creator"]["name"]),
        (&"1.2".into(), &"counterpart".into())
    );
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    let first = &entries[0];
    assert_eq!(first["request"]["method"], "DELETE");
    let sent = first["request"]["url"].as_str().unwrap();
    assert!(sent.ends_with(&format!("{PATH}/{RUNNING}?access_token=***&x=1")), "{sent} {url}");
    assert_eq!(first["request"]["queryString"][1]["value"], "1");
    assert_eq!((&first["response"]["status"], &first["response"]["statusText"]), (&200.into(), &"OK".into()));
    // Packed on the wire, readable here.
    let body: Value = serde_json::from_str(first["response"]["content"]["text"].as_str().unwrap()).unwrap();
    assert_eq!(body["status"], "DELETED");
    assert!(first["response"]["bodySize"].as_u64() < first["response"]["content"]["size"].as_u64());
    let started: jiff::Timestamp = first["startedDateTime"].as_str().unwrap().parse().unwrap();
    assert!(started.as_second() > 1_700_000_000 && first["time"].as_f64().unwrap() > 0.0);
    assert_eq!(first["request"]["httpVersion"], "HTTP/1.1");
    assert_eq!(first["comment"], "DELETE-V5-/agentex/deployments/deployment_id");
    for entry in entries {
        for member in ["startedDateTime", "time", "request", "response", "cache", "timings"] {
            assert!(entry.get(member).is_some(), "{member}: {entry}");
        }
    }
    let kept = entries[1]["request"]["postData"]["text"].as_str().unwrap().len();
    assert!(kept < 20_000 && entries[1]["request"]["bodySize"] == 40_002, "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_have_every_exchange_and_faults() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("traffic.ndjson");
    let faults = vec![FaultRule { times: Some(1), ..FaultRule::parse("reset=1").unwrap() }];
    let server = MockServer::from_contract(seed_contract(), MockSettings { faults, ..settings() });
    let running = server.with_server(recording(&path)).start().await.unwrap();
    let reset = format!("DELETE {PATH}/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(raw(running.address(), reset.as_bytes()), b"");
    traffic(running.address());
    // Dropped without being stopped.
    drop(running);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|l| l["status"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 200, 422, 404]);
    assert_eq!(lines.iter().map(|l| l["number"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(lines[1]["query"], "access_token=***&x=1");
    assert!(lines[1]["response"]["body"].as_str().unwrap().contains(RUNNING));
    assert_eq!(lines[1]["response"]["headers"]["content-encoding"], "gzip");
    assert!(lines[2]["body"]["base64"].as_str().unwrap().len() < 30_000);
    assert_eq!(lines[3]["headers"]["authorization"], "***");
}

#[tokio::test]
async fn a_record_that_cant_be_made_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = MockServer::from_contract(seed_contract(), settings());
    let error =
        server.with_server(recording(&folder.path().join("no/such/x.har"))).start().await.unwrap_err();
    assert!(matches!(&error, ServeError::Record { path, .. } if path.ends_with("x.har")), "{error}");
    let program = Program::new();
    program
        .run(&["mock", "--port", "0", "--record", "no/such/x"])
        .exits(2)
        .complains(&["no/such/x", "hint: "]);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_is_told_once_and_the_mock_goes_on() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let listener = Listener::new(move |_, text| heard.lock().unwrap().push(text.to_owned()));
    let transport = ServerSettings { listener, ..recording(Path::new("/dev/full")) };
    let server = MockServer::from_contract(seed_contract(), settings()).with_server(transport);
    let running = server.start().await.unwrap();
    traffic(running.address());
    drop(running);
    let told = told.lock().unwrap();
    assert!(told.len() == 1 && told[0].contains("nothing more is recorded"), "{told:?}");
}

#[cfg(unix)]
#[test]
fn what_was_recorded_outlives_a_killed_process() {
    let program = Program::new();
    let process =
        crate::mock_command::Process::start(program.folder(), &["--record", "a.ndjson", "--log", "info"]);
    traffic(process.address);
    // Log lines and record lines are written side by side: the last of one may come before the last of the other.
    process.says("/nothing 404");
    let path = program.folder().join("a.ndjson");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while std::fs::read_to_string(&path).unwrap().lines().count() < 3 {
        assert!(std::time::Instant::now() < deadline, "the record is not written");
        std::thread::yield_now();
    }
    assert_eq!(process.end_by("-KILL"), None);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count(), 3);
}

fn logged(level: LogLevel, format: LogFormat) -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&lines);
    let listener = Listener::new(move |_, text| heard.lock().unwrap().push(text.to_owned()));
    let log = Some(LogSettings { level, format, listener });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let faults = vec![FaultRule { times: Some(1), ..FaultRule::parse("status=1").unwrap() }];
        let server = MockServer::from_contract(seed_contract(), MockSettings { faults, ..settings() });
        let server = server.with_server(ServerSettings { log, ..ServerSettings::default() });
        let running = server.start().await.unwrap();
        send(running.address(), "DELETE", &format!("{PATH}/x"), KEY, b"");
        traffic(running.address());
        running.stop().await;
    });
    let lines = lines.lock().unwrap().clone();
    assert!(!lines.join("\n").contains("s3cret"), "{lines:?}");
    lines
}

#[test]
fn levels_choose_what_is_logged() {
    for (level, count) in
        [(LogLevel::Error, 1), (LogLevel::Warn, 3), (LogLevel::Info, 4), (LogLevel::Debug, 5)]
    {
        assert_eq!(logged(level, LogFormat::Text).len(), count, "{level:?}");
    }
    let lines = logged(LogLevel::Debug, LogFormat::Json);
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let levels: Vec<&str> = lines.iter().map(|line| line["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "info", "warn", "debug", "warn"]);
    let second = &lines[1];
    assert_eq!(second["path"], format!("{PATH}/{RUNNING}"));
    assert_eq!(second["query"], "access_token=***&x=1");
    assert_eq!(second["operation"], "DELETE-V5-/agentex/deployments/deployment_id");
    assert_eq!((&second["method"], &second["status"]), (&"DELETE".into(), &200.into()));
    assert!(second["duration_ms"].as_f64().unwrap() > 0.0);
    let _: jiff::Timestamp = second["time"].as_str().unwrap().parse().unwrap();
    let text = logged(LogLevel::Info, LogFormat::Text).remove(1);
    assert!(text.contains(" info  DELETE /v5/") && text.contains("?access_token=***&x=1 200 "), "{text}");
}

#[cfg(unix)]
#[test]
fn the_command_logs_on_standard_error_only_when_asked() {
    let program = Program::new();
    let process = crate::mock_command::Process::start(program.folder(), &["--log-format", "json", "-q"]);
    traffic(process.address);
    let lines = process.says("/nothing");
    let all: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(all.len(), 3, "{lines}");
    let process = crate::mock_command::Process::start(program.folder(), &["--log-format", "json"]);
    let note: Value = serde_json::from_str(&process.says("control API")).unwrap();
    assert_eq!(note["level"], "info");
    let quiet = crate::mock_command::Process::start(program.folder(), &["-q"]);
    traffic(quiet.address);
    assert_eq!(quiet.rest("-TERM"), "");
    program.run(&["mock", "--log", "loud"]).exits(2).complains(&["--log", "warn"]);
}
