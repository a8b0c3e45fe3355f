//! Secrets of ten kinds at all places: no file, no terminal, no page, no journal has one of them in clear, in any encoding.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::mock_sockets::send;
use crate::support::{Program, Ran};

const HEADER: &str = "odd/Header+s3cret&1";
const BEARER: &str = "b3arer.t0ken~x/y=";
const BASIC: &str = "ann:p4ss w0rd/\"é";
const BASIC_PASSWORD: &str = "p4ss w0rd/\"é";
const QUERY: &str = "qu3ry key/+&=%";
const COOKIE: &str = "c00kie-session-value";
const USERINFO: &str = "us3r:inf0-pass";
const BODY: &str = "cl1ent \"secret\" <in> a body";
const SERVER: &str = "s3rver-made-token";
const CONTRACT: &str = "C0ntract-example!";
const ENVIRONMENT: &str = "env1ronment-value";
const CONFIGURATION: &str = "c0nfiguration-value";
const PEM_BODY: &str = "MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAq7BF";
const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl";

/// All of them.
const ALL: [&str; 14] = [
    BODY,
    HEADER,
    BEARER,
    BASIC,
    BASIC_PASSWORD,
    QUERY,
    COOKIE,
    USERINFO,
    SERVER,
    CONTRACT,
    ENVIRONMENT,
    CONFIGURATION,
    PEM_BODY,
    JWT,
];

fn percent(text: &str, keep: impl Fn(u8) -> bool) -> String {
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A secret in every encoding that a message may have it in.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let unicode: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let unreserved = percent(secret, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    let mut all = vec![
        secret.to_owned(),
        percent(secret, |_| false),
        percent(secret, |_| false).to_lowercase(),
        unreserved.clone(),
        unreserved.to_lowercase(),
        unreserved.replace("%20", "+"),
        serde_json::Value::from(json.as_str()).to_string().trim_matches('"').to_owned(),
        json,
        unicode,
        html.clone(),
        html.replace('\'', "&#39;"),
        hex.to_uppercase(),
        hex,
    ];
    for shift in 0..3 {
        let padded = [&vec![0; shift], secret.as_bytes()].concat();
        let (start, end) = ((shift * 8_usize).div_ceil(6), padded.len() * 8 / 6);
        all.extend(
            [STANDARD.encode(&padded), URL_SAFE.encode(&padded)].map(|text| text[start..end].to_owned()),
        );
    }
    all
}

/// Complains of every secret in a text.
#[track_caller]
fn assert_clean(what: &str, text: &[u8]) {
    for secret in ALL {
        for form in forms(secret) {
            if let Some(at) = memchr::memmem::find(text, form.as_bytes()) {
                let around = &text[at.saturating_sub(200)..text.len().min(at + form.len() + 60)];
                panic!("{what} has `{secret}` as `{form}`:\n{}", String::from_utf8_lossy(around));
            }
        }
    }
}

/// Complains of every secret in the files of a folder, but for what the user wrote.
#[track_caller]
fn assert_files_clean(folder: &Path) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count += assert_files_clean(&path);
        } else if !["api.yaml", "counterpart.toml"].iter().any(|own| path.ends_with(own)) {
            assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
            count += 1;
        }
    }
    count
}

#[track_caller]
fn assert_ran_clean(what: &str, ran: &Ran) {
    assert_clean(&format!("standard output of {what}"), ran.out.as_bytes());
    assert_clean(&format!("standard error of {what}"), ran.err.as_bytes());
}

fn contract() -> String {
    let example = serde_json::json!({
        "client_secret": "Fr0m-the-example-1", "password": CONTRACT, "note": "plain",
        "pem": format!("-----BEGIN PRIVATE KEY-----\n{PEM_BODY}\n-----END PRIVATE KEY-----\n"),
    });
    let schema = serde_json::json!({
        "type": "object", "required": ["password", "pem"], "additionalProperties": false,
        "properties": {
            "client_secret": {"type": "string", "writeOnly": true},
            "password": {"type": "string", "format": "password", "default": CONTRACT},
            "note": {"type": "string"}, "pem": {"type": "string"}},
    });
    let media = serde_json::json!({"schema": schema, "example": example});
    let ok = serde_json::json!({"200": {"description": "ok", "content": {"application/json": {"schema":
        {"type": "object", "required": ["access_token"], "properties": {"access_token": {"type": "integer"},
         "state": {"type": "string"}}}}}}});
    let operation = |id: &str, scheme: &str| serde_json::json!({"operationId": id, "security": [{scheme: []}], "responses": ok});
    let with_body = |id: &str, kind: &str| {
        let mut operation = operation(id, "Header");
        operation["requestBody"] = serde_json::json!({"required": true, "content": {kind: media}});
        operation
    };
    serde_json::json!({
        "openapi": "3.1.0", "info": {"title": "Seeded", "version": "1"},
        "paths": {
            "/query": {"get": operation("byQuery", "Query")},
            "/cookie": {"get": operation("byCookie", "Cookie")},
            "/bearer": {"get": operation("byBearer", "Bearer")},
            "/basic": {"get": operation("byBasic", "Basic")},
            "/json": {"post": with_body("json", "application/json")},
            "/form": {"post": with_body("form", "application/x-www-form-urlencoded")},
            "/parts": {"post": with_body("parts", "multipart/form-data")},
        },
        "components": {"securitySchemes": {
            "Query": {"type": "apiKey", "in": "query", "name": "k"},
            "Cookie": {"type": "apiKey", "in": "cookie", "name": "visit"},
            "Header": {"type": "apiKey", "in": "header", "name": "X-House"},
            "Bearer": {"type": "http", "scheme": "bearer"},
            "Basic": {"type": "http", "scheme": "basic"}}},
    })
    .to_string()
}

/// A server that tells all it was told, in every encoding, and adds secrets of its own.
fn echo() -> (SocketAddr, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let keep = Arc::clone(&keep);
            std::thread::spawn(move || answer(stream, &keep));
        }
    });
    (address, heard)
}

fn answer(stream: TcpStream, heard: &Mutex<Vec<Vec<u8>>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut raw, mut length) = (Vec::new(), 0);
    loop {
        let start = raw.len();
        if reader.read_until(b'\n', &mut raw).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&raw[start..]).to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    raw.extend(body);
    heard.lock().unwrap().push(raw.clone());
    let text = String::from_utf8_lossy(&raw).into_owned();
    let body = serde_json::json!({
        "access_token": SERVER, "note": format!("your token is {SERVER}, at https://{USERINFO}@inner.example/"),
        "state": SERVER, "raw": text, "percent": percent(&text, |_| false),
        "form": percent(&text, |b| b.is_ascii_alphanumeric()).replace("%20", "+"),
        "base64": STANDARD.encode(&raw), "base64url": URL_SAFE.encode([b"x", raw.as_slice()].concat()),
        "hex": raw.iter().map(|b| format!("{b:02X}")).collect::<String>(),
        "html": text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
        "json": serde_json::json!({"again": text}).to_string(),
    });
    let (mut stream, body) = (stream, body.to_string());
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlocation: /next/{JWT}\r\nset-cookie: sid={SERVER}; Path=/\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()
}

const REPORTS: [&str; 8] = ["console", "json", "ndjson", "junit", "html", "sarif", "github", "har"];

fn heard_has(heard: &Mutex<Vec<Vec<u8>>>, secret: &str) -> bool {
    let forms = forms(secret);
    let heard = heard.lock().unwrap();
    heard.iter().any(|raw| forms.iter().any(|form| memchr::memmem::find(raw, form.as_bytes()).is_some()))
}

#[test]
fn the_tester_tells_nobody() {
    let (address, heard) = echo();
    let url = format!("http://{address}");
    let program = Program::new().file("api.yaml", &contract());
    let reports: Vec<String> =
        REPORTS.iter().map(|format| format!("--report={format}=out/run.{format}")).collect();
    let secrets = [
        format!("-HX-Odd: {HEADER}"),
        format!("--header=X-Note: {BODY}"),
        format!("--auth=Bearer={BEARER}"),
        format!("--auth=Basic={BASIC}"),
        format!("--auth=Query={QUERY}"),
        format!("--auth=Cookie={COOKIE}"),
    ];
    let mut arguments =
        vec!["test", "api.yaml", "--url", &url, "--seed", "3", "--cases", "4", "--destructive", "all"];
    arguments.extend(reports.iter().map(String::as_str));
    arguments.extend(secrets.iter().map(String::as_str));
    let ran = program.run(&arguments).exits(1).says(&["finding"]);
    assert_ran_clean("test", &ran);
    for secret in [HEADER, BEARER, BASIC, QUERY, COOKIE, CONTRACT, PEM_BODY] {
        assert!(heard_has(&heard, secret), "{secret} was sent");
    }
    let files = assert_files_clean(program.folder());
    let kept: Vec<String> = std::fs::read_dir(program.folder().join(".counterpart/regressions"))
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    assert!(!kept.is_empty() && files == kept.len() + REPORTS.len());

    // What was left out is put in again.
    heard.lock().unwrap().clear();
    let mut arguments = vec!["replay", "--spec", "api.yaml", "--url", &url, "--destructive", "all"];
    arguments.extend(kept.iter().map(String::as_str));
    arguments.extend(secrets.iter().map(String::as_str));
    let ran = program.run(&arguments).exits(1).says(&["still fails"]);
    assert_ran_clean("replay", &ran);
    for secret in [HEADER, BEARER, BASIC, QUERY, COOKIE] {
        assert!(heard_has(&heard, secret), "{secret} was sent again");
    }
    let all = heard.lock().unwrap().concat();
    assert!(memchr::memmem::find(&all, b"***").is_none() && memchr::memmem::find(&all, b"secret:").is_none());

    let mut arguments = vec!["snapshot", "api.yaml", "--url", &url, "--destructive", "all"];
    arguments.extend(secrets.iter().map(String::as_str));
    let ran = program.run(&arguments).exits(0);
    assert_ran_clean("snapshot", &ran);
    assert!(assert_files_clean(program.folder()) > files);
}

#[test]
fn what_environment_and_configuration_give_is_told_nobody() {
    let (address, heard) = echo();
    let config = format!("[test]\nurl = \"http://{address}\"\n\nauth = [\"Header={CONFIGURATION}\"]\n");
    let program = Program::new().file("api.yaml", &contract()).file("counterpart.toml", &config);
    let mut command =
        program.command(&["test", "api.yaml", "--seed", "3", "--cases", "2", "--report", "har=run.har"]);
    let output = command
        .args(["--destructive", "all"])
        .env("COUNTERPART_HEADER", format!("X-Env: {ENVIRONMENT}"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_clean("standard output", &output.stdout);
    assert_clean("standard error", &output.stderr);
    let told = String::from_utf8_lossy(&output.stderr).replace('\\', "/");
    assert!(
        told.contains("counterpart.toml:4:1: `auth` holds a secret") && told.contains("COUNTERPART_AUTH"),
        "{told}"
    );
    assert!(heard_has(&heard, ENVIRONMENT) && heard_has(&heard, CONFIGURATION));
    assert!(assert_files_clean(program.folder()) > 1);
}

#[test]
fn errors_do_not_quote_secrets() {
    let config = format!("[test]\nauth = [\"{CONFIGURATION}\"]\n");
    let program = Program::new().file("api.yaml", &contract());
    let configured = Program::new().file("api.yaml", &contract()).file("counterpart.toml", &config);
    let userinfo = format!("http://{USERINFO}@127.0.0.1:1");
    let with_slash = "http://us3r:inf0-pass/#?x@127.0.0.1:1";
    let bearer = format!("--auth={BEARER}");
    let key = format!("http://127.0.0.1:1/openapi.yaml?token={SERVER}");
    let spec = format!("{userinfo}/openapi.yaml");
    let header = format!("-H{HEADER}");
    for arguments in [
        &["test", "api.yaml", "--url", &userinfo][..],
        &["test", "api.yaml", "--url", with_slash],
        &["test", &spec],
        &["test", &key],
        &["mock", &spec],
        &["mock", &key],
        &["check", &spec],
        &["snapshot", "api.yaml", "--url", &userinfo],
        &["test", "api.yaml", &bearer],
        &["test", "api.yaml", &header],
        &["test", "api.yaml", "--auth", COOKIE],
        &["test", "api.yaml", "-H", COOKIE, "--no-such-flag"],
    ] {
        let ran = program.run(arguments).exits(2);
        assert!(format!("{}{}", ran.err, ran.out).contains("error"), "{arguments:?}");
        assert_ran_clean(&arguments.join(" "), &ran);
        assert!(!ran.err.contains("inf0-pass"), "{}", ran.err);
    }
    let mut command = program.command(&["test", "api.yaml"]);
    let output = command.env("COUNTERPART_AUTH", ENVIRONMENT).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_clean("standard error", &output.stderr);
    assert_ran_clean("a wrong configuration", &configured.run(&["test", "api.yaml"]).exits(2));
    assert_ran_clean("--help", &configured.run(&["test", "--help"]));
    let mut command = program.command(&["test", "--help"]);
    let output = command.env("COUNTERPART_AUTH", format!("Bearer={ENVIRONMENT}")).output().unwrap();
    assert_clean("--help", &output.stdout);
}

/// Traffic with secrets at all places, and the answers to questions about it.
fn traffic(at: SocketAddr) -> Vec<(String, String)> {
    let basic = STANDARD.encode(BASIC);
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\\n{PEM_BODY}\\n-----END RSA PRIVATE KEY-----");
    let key = percent(QUERY, |b| b.is_ascii_alphanumeric());
    let json = "Content-Type: application/json\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let parts = "Content-Type: multipart/form-data; boundary=b\r\n";
    send(at, "GET", &format!("/query?k={key}&also={key}"), &format!("Referer: http://h/?k={key}\r\n"), b"");
    send(
        at,
        "GET",
        "/cookie",
        &format!("Cookie: visit={COOKIE}\r\nX-Odd-Key: {HEADER}\r\nX-Seen: {HEADER}\r\n"),
        b"",
    );
    send(at, "GET", &format!("/bearer?note={BEARER}"), &format!("Authorization: Bearer {BEARER}\r\n"), b"");
    send(
        at,
        "GET",
        "/basic",
        &format!("Authorization: Basic {basic}\r\nX-Url: http://{USERINFO}@h/\r\n"),
        b"",
    );
    let house = format!("X-House: {CONFIGURATION}\r\n");
    let body = format!(
        r#"{{"password":"{ENVIRONMENT}","pem":"{pem}","note":"{ENVIRONMENT} {JWT} Bearer {SERVER}-1","bad":1}}"#
    );
    send(at, "POST", "/json", &format!("{house}{json}"), body.as_bytes());
    send(
        at,
        "POST",
        "/json",
        &format!("{house}{json}"),
        format!("{{\"password\":\"{ENVIRONMENT}").as_bytes(),
    );
    let body = format!("password={ENVIRONMENT}&pem=x&note={ENVIRONMENT}&client_secret={SERVER}");
    send(at, "POST", "/form", &format!("{house}{form}"), body.as_bytes());
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n{ENVIRONMENT}\r\n--b\r\nContent-Disposition: \
         form-data; name=\"pem\"\r\n\r\n"
    )
    .into_bytes();
    body.extend(b"\xff\xfe\r\n--b--\r\n");
    send(at, "POST", "/parts", &format!("{house}{parts}"), &body);
    let wanted = format!(r#"{{"request":{{"headers":{{"x-odd-key":"{HEADER}"}}}}}}"#);
    let find = send(at, "POST", "/__counterpart/requests/find", json, wanted.as_bytes());
    assert!(find.contains("\"count\":1"), "matchers see the true values: {find}");
    let other = r#"{"request":{"headers":{"x-odd-key":"another"},"body":{"text":"another"}}}"#;
    vec![
        ("requests/find".into(), find),
        ("requests/count".into(), send(at, "POST", "/__counterpart/requests/count", json, other.as_bytes())),
        ("requests".into(), send(at, "GET", "/__counterpart/requests", "", b"")),
        ("requests/5".into(), send(at, "GET", "/__counterpart/requests/5", "", b"")),
        ("metrics".into(), send(at, "GET", "/__counterpart/metrics", "", b"")),
        ("ui".into(), send(at, "GET", "/__counterpart/ui", "", b"")),
    ]
}

#[cfg(unix)]
#[test]
fn the_mock_tells_nobody() {
    for (record, format) in [("traffic.har", "text"), ("traffic.ndjson", "json")] {
        let program = Program::new().file("api.yaml", &contract());
        let mut child = program
            .command(&[
                "mock",
                "api.yaml",
                "--port",
                "0",
                "--record",
                record,
                "--log",
                "debug",
                "--log-format",
                format,
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let at: SocketAddr = line.trim().rsplit('/').next().unwrap().parse().unwrap();
        for (what, answer) in traffic(at) {
            assert_clean(&format!("the answer of {what}"), answer.as_bytes());
        }
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        let mut log = String::new();
        child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(child.wait().unwrap().success());
        assert_clean("standard output", rest.as_bytes());
        assert!(log.contains("/query"), "{log}");
        assert_clean("the log", log.as_bytes());
        let recorded = std::fs::read(program.folder().join(record)).unwrap();
        assert!(memchr::memmem::find(&recorded, b"/query").is_some());
        assert_clean(record, &recorded);
    }
}
