//! Green means tested: what exits 0 was sent, answered and looked at; and a run that a signal ends tells what it has.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::plain_output::serve;
use crate::support::{Program, Ran};

const ITEMS: &str = r#"
openapi: 3.1.0
info: {title: Items, version: "1"}
components: {securitySchemes: {Key: {type: apiKey, in: header, name: x-key}}}
paths:
  /items:
    get:
      operationId: listItems
      security: [{}, {Key: []}]
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1}}]
      responses: {"200": {description: ok}, "404": {description: none}, "422": {description: no},
        "429": {description: slow down}, "503": {description: later}, default: {description: any}}
"#;

const ITEM: &str = r#"
openapi: 3.1.0
info: {title: Item, version: "1"}
paths:
  /items/{item_id}:
    delete:
      operationId: deleteItem
      parameters: [{name: item_id, in: path, required: true, schema: {type: integer, minimum: 1, maximum: 9}}]
      responses: {"204": {description: gone}, "404": {description: none}}
"#;

/// A server that gives each request the same status.
fn always(status: u16) -> String {
    serve(move |_, _| {
        format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
    })
}

fn program() -> Program {
    Program::new().file("api.yaml", ITEMS).file("item.yaml", ITEM)
}

fn test(program: &Program, url: &str, more: &[&str]) -> Ran {
    program.run(&[&["test", "api.yaml", "--url", url, "--seed", "1", "--cases", "5"][..], more].concat())
}

#[test]
fn a_target_that_turns_everything_away_is_not_green() {
    let program = program();
    for (status, hint) in [
        (401, "--auth"),
        (403, "--auth"),
        (404, "base path"),
        (429, "--rate"),
        (502, "up"),
        (503, "up"),
        (302, "hint"),
    ] {
        let url = always(status);
        let reports = ["--report", "json=run.json", "--report", "junit=run.xml"];
        let ran = test(&program, &url, &reports).exits(3);
        ran.complains(&["can't be tested", &status.to_string(), hint]);
        let read = |name: &str| std::fs::read_to_string(program.folder().join(name)).unwrap();
        let report: Value = serde_json::from_str(&read("run.json")).unwrap();
        assert_eq!(report["verdict"], "unusable", "{report}");
        assert!(read("run.xml").contains("errors=\"1\""));
        let ran = program.run(&["snapshot", "api.yaml", "--url", &url]).exits(3);
        ran.complains(&["nothing was recorded", "hint"]);
        assert!(!program.folder().join("snapshots").exists(), "an outage is no snapshot");
        program.run(&["snapshot", "api.yaml", "--url", &url, "--check"]).exits(3);
    }
}

#[test]
fn a_target_that_plays_the_operation_is_green() {
    let program = program();
    let url = serve(|target, _| {
        let valid =
            target == "/items" || target.contains("limit=") && !target.contains(['a', '-', '.', '%', '+']);
        let status = if valid { 200 } else { 422 };
        format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
    });
    test(&program, &url, &["--checks", "server-error"]).exits(0).says(&["no findings"]);
    program.run(&["snapshot", "api.yaml", "--url", &url]).exits(0);
}

#[test]
fn nothing_sent_is_not_green() {
    let program = program();
    let url = always(200);
    test(&program, &url, &["--include", "operation=nobody"]).exits(2).complains(&["no operation to test"]);
    test(&program, &url, &["--phases", "stateful"]).exits(3).complains(&["no case was sent"]);
    test(&program, &url, &["--max-time", "0.000001s"])
        .exits(3)
        .complains(&["no case was sent", "--max-time"]);
    test(&program, &url, &["--shard", "900/1000"]).exits(3).complains(&["900/1000"]);
    test(&program, &url, &["--checks", "answered", "--skip-checks", "answered"])
        .exits(2)
        .complains(&["no check"]);
    program.run(&["test", "api.yaml", "--url", &url, "--cases", "0"]).exits(2).complains(&["--cases"]);
    program
        .run(&["test", "item.yaml", "--url", &url, "--phases", "random", "--destructive", "none"])
        .exits(3)
        .complains(&["no case was sent", "skipped", "--destructive"]);
    program.run(&["snapshot", "api.yaml", "--url", &url, "--include", "tag=none"]).exits(2);
}

#[test]
fn a_run_that_is_cut_says_so() {
    let program = program();
    let url = always(500);
    let ran = test(
        &program,
        &url,
        &["--max-failures", "1", "--report", "json=run.json", "--report", "junit=run.xml"],
    );
    ran.exits(1).says(&["--max-failures is reached", "not all was sent"]);
    let read = |name: &str| std::fs::read_to_string(program.folder().join(name)).unwrap();
    let report: Value = serde_json::from_str(&read("run.json")).unwrap();
    assert!(report["cut"].as_str().unwrap().contains("--max-failures"), "{report}");
    assert!(read("run.xml").contains("--max-failures"));
    test(&program, &url, &["--report", "json=run.json"]).exits(1);
    assert!(serde_json::from_str::<Value>(&read("run.json")).unwrap().get("cut").is_none());
}

#[test]
fn a_replay_that_shows_nothing_is_not_green() {
    let program = program();
    let kept = ".counterpart/regressions";
    let header = ["-H", "x-key: very-secret-key"];
    test(&program, &always(500), &[&header[..], &["--checks", "server-error"]].concat()).exits(1);
    let replay =
        |url: &str, more: &[&str]| program.run(&[&["replay", kept, "--url", url][..], more].concat());
    replay(&always(500), &header).exits(1).says(&["still fails"]);
    replay(&always(200), &header).exits(0).says(&["does not fail any more"]);
    for status in [401, 429, 503] {
        let ran = replay(&always(status), &header).exits(3);
        ran.says(&["can't be told", &status.to_string()]).complains(&["hint"]);
    }
    std::fs::create_dir(program.folder().join("empty")).unwrap();
    program.run(&["replay", "empty", "--url", "http://127.0.0.1:1"]).exits(2).complains(&["no kept case"]);
    program.run(&["replay", "--url", "http://127.0.0.1:1"]).exits(2);
    let file = std::fs::read_dir(program.folder().join(kept)).unwrap().next().unwrap().unwrap().path();
    let mut stored: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    stored["steps"][0]["headers"] = serde_json::json!([["x-tenant", {"secret": true}]]);
    let program = program.file("secret.json", &stored.to_string());
    let url = always(200);
    let ran = program.run(&["replay", "secret.json", "--url", &url]).exits(3);
    ran.says(&["the header x-tenant"]).complains(&["-H"]);
    program.run(&["replay", "secret.json", "--url", &url, "-H", "x-tenant: a"]).exits(0);
    stored["steps"] = serde_json::json!([]);
    let program = program.file("none.json", &stored.to_string());
    program.run(&["replay", "none.json", "--url", &url]).exits(2).complains(&["no request in it"]);
}

/// Starts a run against a server that fails, sends the signals once the first finding is there, and answers what is left.
fn ended_by(program: &Program, signals: &[&str], arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = program.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut out = String::new();
    for line in lines.by_ref() {
        out += &(line.unwrap() + "\n");
        if out.contains('✗') {
            break;
        }
    }
    for signal in signals {
        assert!(Command::new("kill").args([*signal, &child.id().to_string()]).status().unwrap().success());
    }
    out.extend(lines.map_while(Result::ok).map(|line| line + "\n"));
    let status = child.wait().unwrap();
    child.stderr.take().unwrap().read_to_string(&mut out).unwrap();
    (status.code(), out)
}

#[test]
fn signals_end_a_run_with_its_reports_written() {
    let url = always(500);
    for (signal, code, word) in
        [("-INT", 130, "interrupted"), ("-TERM", 143, "terminated"), ("-HUP", 129, "hung up")]
    {
        let program = program();
        let reports = ["json", "ndjson", "junit", "har", "sarif", "html"].map(|f| format!("{f}=out/{f}"));
        let mut arguments =
            vec!["test", "api.yaml", "--url", &url, "--rate", "5", "--workers", "1", "--seed", "1"];
        reports.iter().for_each(|report| arguments.extend(["--report", report]));
        let (ended, out) = ended_by(&program, &[signal], &arguments);
        assert_eq!(ended, Some(code), "{out}");
        assert!(out.contains(word) && out.contains("interrupted, not all was sent: "), "{out}");
        let read = |name: &str| std::fs::read_to_string(program.folder().join("out").join(name)).unwrap();
        for name in ["json", "har", "sarif"] {
            assert!(serde_json::from_str::<Value>(&read(name)).is_ok(), "{name}");
        }
        let lines: Vec<Value> = read("ndjson").lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.last().unwrap()["event"], "finished");
        assert!(
            read("junit").trim_end().ends_with("</testsuites>")
                && read("html").trim_end().ends_with("</html>")
        );
        let report: Value = serde_json::from_str(&read("json")).unwrap();
        assert_eq!(
            (report["interrupted"].as_bool(), report["findings"].as_array().map(Vec::is_empty)),
            (Some(true), Some(false))
        );
        assert!(program.folder().join(".counterpart/regressions").exists(), "findings are kept");
        program.run(&["merge", "out/json", "--out", "all.json"]).exits(1);
    }
}

#[test]
fn a_signal_in_the_middle_of_recording_writes_nothing() {
    let program = program();
    // The first answer comes, the second never.
    let (tell, told) = std::sync::mpsc::channel();
    let url = serve(move |_, number| {
        if number > 0 {
            tell.send(()).unwrap();
            std::thread::park();
        }
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
    });
    let mut child =
        program.command(&["snapshot", "api.yaml", "--url", &url, "--timeout", "1h"]).spawn().unwrap();
    told.recv().unwrap();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(!program.folder().join("snapshots").exists());
}

#[test]
fn a_second_signal_ends_at_once() {
    let program = program();
    // No request is ever answered: the run could only be waited for.
    let (tell, told) = std::sync::mpsc::channel();
    let url = serve(move |_, _| {
        tell.send(()).unwrap();
        std::thread::park();
        Vec::new()
    });
    let arguments = ["test", "api.yaml", "--url", &url, "--timeout", "1h"];
    let mut child = program.command(&arguments).stdout(Stdio::null()).spawn().unwrap();
    told.recv().unwrap();
    for _ in 0..3 {
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    }
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn a_reader_that_goes_away_costs_no_report() {
    let program = program();
    let url = always(500);
    let arguments = ["test", "api.yaml", "--url", &url, "--seed", "1", "--report", "json=run.json"];
    let mut child =
        program.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let text = std::fs::read_to_string(program.folder().join("run.json")).unwrap();
    assert!(serde_json::from_str::<Value>(&text).is_ok());
}

#[test]
fn a_mock_ends_when_its_terminal_does() {
    let folder = tempfile::tempdir().unwrap();
    let mock = crate::mock_command::Process::start(folder.path(), &[]);
    assert_eq!(mock.end_by("-HUP"), Some(0));
}
