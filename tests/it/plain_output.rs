//! What strangers write commands neither a terminal nor a CI system: a contract, a server and a client full of it, before
//! every command.

#![cfg(unix)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::mock_command::Process;
use crate::mock_sockets::raw;
use crate::support::Program;

/// Everything that must not come through, all at once.
const HOSTILE: &str = "\u{1b}[31mRED\u{1b}]0;title\u{7}\u{9b}1m\u{85}\u{202e}\u{2066}\u{200b}\u{feff}\u{61c}\u{2028}\u{7f}\r\n::error::owned\n\t ::stop-commands::x\n##[group]x ##vso[task.complete]y ##teamcity[z]\n section_start:1:a\r\u{1b}[0K";

/// True for what does something when it is printed.
fn commands(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Asserts that nothing in the text commands anything; `annotations` are GitHub's, of this program's own making.
#[track_caller]
fn assert_plain(what: &str, text: &str, annotations: bool) {
    if let Some(c) = text.chars().find(|c| commands(*c)) {
        let at = text.find(c).unwrap();
        let from = text[..at].char_indices().rev().nth(200).map_or(0, |(at, _)| at);
        panic!("{what}: {c:?} in\n{}", text[from..at].escape_debug());
    }
    for line in text.lines() {
        let start = line.trim_start();
        let ours =
            annotations && ["::error ", "::warning ", "::notice "].iter().any(|own| line.starts_with(own));
        assert!(ours || !start.starts_with("::"), "{what}: {line}");
        assert!(!start.starts_with("section_start:"), "{what}: {line}");
        for word in ["##[", "##vso[", "##teamcity["] {
            assert!(!line.contains(word), "{what}: {line}");
        }
    }
}

fn contract() -> String {
    let h = HOSTILE;
    let schema = json!({
        "type": "object", "required": [h, "id"], "title": h, "description": h,
        "properties": {
            "id": {"type": "string"},
            h: {"type": "string", "enum": [h, format!("{h}2")], "example": h, "default": h},
            "pattern": {"type": "string", "pattern": "^\u{1b}[a-z]+$"},
        },
        "example": {"id": h, h: h},
    });
    let answers = |status: &str| {
        json!({
            status: {"description": h, "headers": {"X-Odd": {"description": h, "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": schema, "example": {"id": "a", h: h}}}},
            "404": {"description": h},
        })
    };
    let id =
        json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}, "example": h});
    json!({
        "openapi": "3.1.0",
        "info": {"title": format!("T{h}"), "version": format!("1{h}"), "description": h},
        "tags": [{"name": h}],
        "components": {"securitySchemes": {format!("k{h}"): {"type": "apiKey", "in": "header", "name": "x-key"}}},
        "paths": {
            "/things": {
                "get": {"operationId": format!("list{h}"), "tags": [h], "summary": h, "responses": answers("200"),
                    "parameters": [{"name": format!("q{h}"), "in": "query", "example": h, "schema": {"type": "string", "enum": [h]}},
                        {"name": "X-Odd", "in": "header", "schema": {"type": "string", "minLength": 3}}]},
                "post": {"operationId": format!("make{h}"), "responses": answers("201"),
                    "requestBody": {"required": true, "description": h, "content": {"application/json": {"schema": schema}}}},
            },
            "/things/{id}": {
                "parameters": [id],
                "get": {"operationId": format!("read{h}"), "responses": answers("200")},
                "delete": {"operationId": format!("drop{h}"), "responses": answers("200")},
            },
            format!("/odd{h}"): {"get": {"operationId": h, "responses": {"200": {"description": h}}}},
            "/broken": {"get": {"operationId": "broken", "responses": {"200": {"$ref": format!("#/nowhere{h}")}}, h: h}},
        },
    })
    .to_string()
}

/// The least answer of a server that is up to no good; `number` makes answers differ.
fn answer(target: &str, number: usize) -> Vec<u8> {
    let body: Vec<u8> = match number % 3 {
        0 => [HOSTILE.as_bytes(), b"\xff\xfe\x80"].concat(),
        1 => json!({"id": HOSTILE, HOSTILE: HOSTILE, format!("m{HOSTILE}"): [HOSTILE]}).to_string().into(),
        _ => json!({"id": 4, format!("n{number}"): HOSTILE, "detail": HOSTILE}).to_string().into(),
    };
    let status = if target.contains("broken") { "500 \u{9b}X" } else { "200 \u{9b}OK" };
    let mut text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nX-Odd: \u{202e}::error::\u{9b}##[group]\u{200b}\r\n\
         Allow: GET, \u{202e}X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    text.extend(body);
    text
}

/// A server in this process; it ends with the tests.
pub(crate) fn serve(answer: impl Fn(&str, usize) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { continue };
            let mut head = Vec::new();
            let mut chunk = [0; 4096];
            while !head.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut chunk) {
                    Ok(0) | Err(_) => break,
                    Ok(n) => head.extend_from_slice(&chunk[..n]),
                }
            }
            let text = String::from_utf8_lossy(&head).into_owned();
            let length = text
                .to_lowercase()
                .split("content-length: ")
                .nth(1)
                .and_then(|l| l.lines().next()?.parse().ok());
            let start = head.windows(4).position(|w| w == b"\r\n\r\n").map_or(head.len(), |at| at + 4);
            let mut left = length.unwrap_or(0_usize).saturating_sub(head.len() - start);
            while left > 0 {
                match stream.read(&mut chunk) {
                    Ok(0) | Err(_) => break,
                    Ok(n) => left = left.saturating_sub(n),
                }
            }
            let target = text.split(' ').nth(1).unwrap_or_default();
            // Whoever asked may have gone.
            let _ = stream.write_all(&answer(target, number));
        }
    });
    url
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Runs a command plain and in colour, and looks at what it prints.
#[track_caller]
fn look(program: &Program, arguments: &[&str]) {
    let annotations = arguments.iter().any(|a| a.contains("github"));
    let ran = program.run(arguments);
    let name = arguments.join(" ").escape_debug().to_string();
    assert_ne!(ran.code, 101, "{name} panicked: {}", ran.err);
    assert_plain(&name, &ran.out, annotations);
    assert_plain(&name, &ran.err, false);
    let styled =
        program.command(arguments).args(["--color", "always"]).env_remove("NO_COLOR").output().unwrap();
    let style = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for text in [styled.stdout, styled.stderr] {
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains("\u{1b}[31mRED"), "{name}: a foreign style in\n{text}");
        assert_plain(&name, &style.replace_all(&text, ""), annotations);
    }
}

#[test]
fn contracts_command_nothing() {
    let program = Program::new()
        .file("api.json", &contract())
        .file("odd\u{1b}[31m\n::error::.json", "{\"openapi\": \"\u{1b}[31m::\u{202e}\"")
        .file("bad.yaml", "openapi: 3.1.0\ninfo: {title: \"x\u{202e}\u{200b}##[group]\", version: 1}\n::error::x: 4\n\t##vso[x]: \u{1b}\n")
        .file("fixtures.yaml", &format!("entities:\n  {}:\n    - {{}}\n", json!(HOSTILE)))
        .file("counterpart.toml", "");
    for spec in ["api.json", "odd\u{1b}[31m\n::error::.json", "bad.yaml", "nowhere\u{1b}[31m\n::error::x"] {
        for format in ["console", "json", "sarif", "github"] {
            look(&program, &["check", spec, "--format", format]);
        }
        look(&program, &["example", spec]);
        look(&program, &["mock", spec, "--explain"]);
        look(&program, &["mock", spec, "--explain", "--fixtures", "fixtures.yaml"]);
    }
    look(&program, &["example", "api.json", HOSTILE, "--count", "4"]);
    look(&program, &["example", "api.json", &format!("no such {HOSTILE}")]);
    for wrong in [
        &["check", "--explain"][..],
        &["test", "--checks"],
        &["test", "--cases"],
        &["test", "--include"],
        &["mock", "--state"],
        &["replay"],
        &["merge"],
        &["man"],
        &[],
    ] {
        look(&program, &[wrong, &[HOSTILE]].concat());
    }
    let program =
        program.file("counterpart.toml", &format!("[test]\n{} = 1\n", json!("ca\u{202e}ses\u{1b}[31m::")));
    look(&program, &["test"]);
}

#[test]
fn servers_command_nothing() {
    let url = serve(answer);
    let program = Program::new().file("api.json", &contract());
    let reports: Vec<String> = ["console", "json", "ndjson", "junit", "html", "sarif", "github", "har"]
        .iter()
        .map(|format| format!("{format}=reports/{format}"))
        .collect();
    let mut arguments =
        vec!["test", "api.json", "--url", &url, "--seed", "1", "--cases", "6", "--destructive", "all", "-v"];
    let plain = arguments.clone();
    reports.iter().for_each(|report| arguments.extend(["--report", report]));
    look(&program, &arguments);
    for format in ["json", "ndjson", "junit", "html", "sarif", "github", "har"] {
        look(&program, &[&plain[..], &["--report", format]].concat());
    }
    for format in ["json", "sarif", "har"] {
        let text = std::fs::read_to_string(program.folder().join("reports").join(format)).unwrap();
        assert!(serde_json::from_str::<Value>(&text).is_ok(), "{format}");
    }
    let junit = std::fs::read_to_string(program.folder().join("reports/junit")).unwrap();
    assert!(junit.contains("\\x1b[31mRED"), "what was escaped is there to be read");
    for command in [
        &["snapshot", "api.json", "--url", &url][..],
        &["snapshot", "api.json", "--url", &url, "--check"],
        &["snapshot", "api.json", "--url", &url],
        &["review"],
        &["review", "--reject-all"],
    ] {
        look(&program, command);
    }
    look(&program, &["replay", ".counterpart/regressions", "--url", &url]);
    look(&program, &["merge", "reports/json", "reports/json"]);
    let mut found = Vec::new();
    files(program.folder(), &mut found);
    assert!(found.len() > 20, "{found:?}");
    for path in found.iter().filter(|path| !path.ends_with("api.json")) {
        let text = std::fs::read_to_string(path).unwrap();
        assert_plain(&path.display().to_string(), &text, path.ends_with("github"));
    }
}

#[test]
fn clients_command_nothing() {
    let program = Program::new().file("api.json", &contract());
    for (format, record) in [("text", "record.har"), ("json", "record.ndjson")] {
        let arguments = ["api.json", "--log", "debug", "--log-format", format, "--record", record];
        let mock = Process::start(program.folder(), &arguments);
        for request in [
            "GET /things?q=\u{1b}[31m\u{202e}##[group] HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /things/%1b%5b31m%0a::error::%e2%80%ae HTTP/1.1\r\nHost: x\r\nUser-Agent: \u{1b}[31m\u{9b}\r\n\r\n",
            "##[group] /::error:: HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"\u{202e}\u{1b}\": 1}",
            "GET /__counterpart/%1b\u{202e} HTTP/1.1\r\nHost: x\r\n\r\n",
        ] {
            raw(mock.address, request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes());
        }
        let log = mock.rest("-TERM");
        assert_plain(format, &log, false);
        assert!(log.contains("/things"), "{log}");
        if format == "json" {
            for line in log.lines() {
                assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
            }
        }
        let text = std::fs::read_to_string(program.folder().join(record)).unwrap();
        assert_plain(record, &text, false);
    }
}
