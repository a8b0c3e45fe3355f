//! Clients that mean harm: what they can make the mock do is bounded, in bytes, steps and what is kept waiting.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use allocation_counter::measure;
use bytes::Bytes;
use counterpart::base::limits::{
    CODINGS_MAX, FORM_MEMBERS_MAX, LIST_ELEMENTS_MAX, MULTIPART_HEADERS_MAX, REQUEST_BODY_BYTES_MAX,
    REQUEST_NODES_MAX,
};
use counterpart::mock::MockSettings;
use counterpart::mock::prefer::Prefer;
use counterpart::serve::settings::ServerSettings;
use counterpart::wire::accept::Accept;
use counterpart::wire::coding::{self, AcceptEncoding, CodingError, gzip};
use counterpart::wire::tree::{Tree, keys};
use counterpart::wire::{Headers, query};
use counterpart::{MockServer, RunningMock};
use serde_json::Value;

use crate::mock_sockets::{raw, send};

/// Things that are sent in all forms; notes behind a key; a pattern that goes back over its text again and again.
const CONTRACT: &str = r#"
openapi: 3.1.0
info: {title: Notes, version: '1'}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
paths:
  /any:
    post:
      requestBody:
        content:
          application/json: {schema: {type: object, properties: {n: {type: integer}}}}
          application/x-www-form-urlencoded: {schema: {type: object}}
          multipart/form-data: {schema: {type: object}}
          application/xml: {schema: {type: object}}
      responses: {'200': {description: ok, content: {application/json: {schema: {const: 1}}}}}
    get:
      parameters: [{name: q, in: query, schema: {type: array, items: {type: string}}}]
      responses: {'200': {description: ok, content: {application/json: {schema: {const: 1}}}}}
  /secret:
    post:
      security: [{key: []}]
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: ok}, '401': {description: who}, '415': {description: what}}
  /slow:
    post:
      requestBody:
        content: {application/json: {schema: {type: array, items: {type: string, pattern: '^(a+)+\1b$'}}}}
      responses: {'200': {description: ok}, '422': {description: wrong}}
"#;

async fn start(server: ServerSettings) -> RunningMock {
    let settings = MockSettings { workers: Some(1), ..MockSettings::default() };
    MockServer::from_text(CONTRACT).with_settings(settings).with_server(server).start().await.unwrap()
}

/// A list that takes some ten million steps to judge.
fn slow_body() -> Vec<u8> {
    let item = format!("\"{}c\"", "a".repeat(30));
    format!("[{}]", vec![item; 2_500].join(",")).into_bytes()
}

/// The status of an answer.
#[track_caller]
fn status(answer: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(answer);
    text.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or_else(|| panic!("no answer: {text:?}"))
}

/// What comes back of a head and the beginning of a body while the connection stays open.
fn begun(address: SocketAddr, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    // It ends when the server closes: it does not wait for the rest.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn codings_are_counted_before_and_measured_while_they_are_undone() {
    let named = |times: usize| vec!["gzip".to_owned(); times];
    let limit = REQUEST_BODY_BYTES_MAX;
    let zeros = gzip(&vec![0; 2 * limit]);
    let empty: Bytes = gzip(b"").repeat(1 << 20).into();
    let wide = gzip(&gzip(&empty));
    let thousand = (0..1000).fold(Bytes::from_static(b"x"), |body, _| gzip(&body));
    for (what, body, codings, wanted, bytes_max) in [
        ("a thousand layers", &thousand, named(1000), CodingError::TooMany, 1 << 10),
        ("one more than allowed", &thousand, named(CODINGS_MAX + 1), CodingError::TooMany, 1 << 10),
        ("a bomb", &zeros, named(1), CodingError::TooLong(limit), 5 * limit),
        ("a bomb in a bomb", &gzip(&zeros), named(2), CodingError::TooLong(limit), 5 * limit),
        ("layers between that are large", &wide, named(3), CodingError::TooLong(limit), 5 * limit),
        (
            "no such coding behind others",
            &zeros,
            vec!["br".into(), "gzip".into()],
            CodingError::Unknown("br".into()),
            1 << 10,
        ),
    ] {
        let mut found = None;
        let work = measure(|| found = Some(coding::decode(body, &codings, limit)));
        assert_eq!(found.unwrap().unwrap_err(), wanted, "{what}");
        assert!(work.bytes_total < bytes_max as u64, "{what}: {} bytes", work.bytes_total);
    }
    let mut headers = Headers::new();
    headers.push("content-encoding", "gzip,".repeat(20_000));
    let work = measure(|| drop(coding::codings(&headers)));
    assert!(work.count_total < 20, "{}", work.count_total);
}

#[test]
fn long_lists_in_headers_are_looked_at_up_to_a_limit() {
    let field = |name: &str, element: &str| {
        let mut headers = Headers::new();
        headers.push(name, element.repeat(10_000));
        headers
    };
    let accept = field("accept", "a/b;q=0.5,");
    let encoding = field("accept-encoding", "gzip;q=0.5,");
    let prefer = field("prefer", "x=1,");
    for (what, work) in [
        ("accept", measure(|| drop(Accept::of(&accept)))),
        ("accept-encoding", measure(|| drop(AcceptEncoding::of(&encoding)))),
        ("prefer", measure(|| drop(Prefer::of(&prefer)))),
    ] {
        assert!(work.count_total < 20 * LIST_ELEMENTS_MAX as u64, "{what}: {}", work.count_total);
    }
}

#[test]
fn members_in_brackets_take_no_more_steps_than_there_are_members() {
    let text = "a[][b]=1&".repeat(5_000) + &"a[][c]=1&".repeat(5_000);
    let mut tree = Tree::default();
    for member in query::members(&text) {
        tree.add(&keys(&member.name, true).unwrap(), Value::from(1));
    }
    let value = tree.into_value().unwrap();
    assert_eq!(value["a"].as_array().unwrap().len(), 5_000);
    assert_eq!(value["a"][4_999].as_object().unwrap().len(), 2);
    assert_eq!(keys(&("a".to_owned() + &"[b]".repeat(10_000)), true), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_head_decides_is_answered_before_the_body_is_there() {
    let running = start(ServerSettings::default()).await;
    let at = running.address();
    let json = "Content-Type: application/json\r\n";
    // What it takes to know the operation: a request that is right.
    assert_eq!(status(send(at, "POST", "/secret", &format!("{json}X-Key: k\r\n"), b"{}").as_bytes()), 200);
    let foreign = "Origin: http://elsewhere.example\r\n";
    let beginning = vec![b' '; 20_000];
    for (what, target, headers, length, wanted) in [
        ("too long", "/any", json.to_owned(), 400_000_000, 413),
        ("too long without end", "/any", json.to_owned(), u64::MAX, 413),
        ("a page from elsewhere", "/__counterpart/reset", foreign.to_owned(), 400_000_000, 403),
        ("too long for the owner too", "/__counterpart/state", String::new(), 600_000_000, 413),
        ("no such control path", "/__counterpart/nothing", String::new(), 400_000_000, 404),
        ("no such path", "/nothing", json.to_owned(), 9_000_000, 404),
        ("no credentials", "/secret", json.to_owned(), 9_000_000, 401),
        ("no such media type", "/secret", "X-Key: k\r\nContent-Type: a/b\r\n".to_owned(), 9_000_000, 415),
    ] {
        let method = if target.ends_with("/state") { "PUT" } else { "POST" };
        let head =
            format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {length}\r\n");
        let answer = begun(at, &format!("{head}\r\n"), &beginning);
        assert_eq!(status(answer.as_bytes()), wanted, "{what}: {answer}");
        assert!(answer.contains("connection: close"), "{what}: {answer}");
        // Who asks whether to send it is told no, unless it makes a difference whether there is one.
        if wanted != 415 {
            let answer = begun(at, &format!("{head}Expect: 100-continue\r\n\r\n"), b"");
            assert_eq!(status(answer.as_bytes()), wanted, "{what}: {answer}");
        }
        // A body without end is not read to its end.
        if wanted != 413 {
            let chunked = head.replace(&format!("Content-Length: {length}"), "Transfer-Encoding: chunked");
            let chunk = [b"4e20\r\n".as_slice(), &beginning, b"\r\n"].concat();
            let answer = begun(at, &format!("{chunked}\r\n"), &chunk);
            assert_eq!(status(answer.as_bytes()), wanted, "{what}: {answer}");
        }
    }
    // The journal has the beginning of what was sent.
    let entries = running.requests(&Default::default());
    let unknown = entries.iter().find(|entry| entry.request.target == "/nothing").unwrap();
    assert!(unknown.request.body.as_ref().is_some_and(|body| !body.is_empty()));
    assert!(entries.iter().all(|entry| !entry.request.target.starts_with("/__counterpart")));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_with_more_in_them_than_anybody_needs_are_refused_unread() {
    let running = start(ServerSettings::default()).await;
    let at = running.address();
    let json = "Content-Type: application/json\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let parts = "Content-Type: multipart/form-data; boundary=b\r\n";
    let keys: Vec<String> = (0..700_000).map(|n| format!("\"{n}\":0")).collect();
    let fields = "A: b\r\n".repeat(MULTIPART_HEADERS_MAX + 1);
    let packed = format!("{json}Content-Encoding: gzip\r\n");
    let many = format!("{json}Content-Encoding: {}\r\n", vec!["gzip"; 1000].join(","));
    for (what, headers, body, wanted) in [
        ("keys", json, format!("{{{}}}", keys.join(",")).into_bytes(), &[413][..]),
        ("items", json, format!("[{}0]", "0,".repeat(REQUEST_NODES_MAX)).into_bytes(), &[413]),
        ("arrays", json, "[".repeat(1_000_000).into_bytes(), &[413]),
        ("nested arrays", json, "[".repeat(10_000).into_bytes(), &[400, 422]),
        ("fields", form, "a=1&".repeat(900_000).into_bytes(), &[413]),
        ("short fields", form, "a&".repeat(FORM_MEMBERS_MAX + 1).into_bytes(), &[413]),
        ("parts", parts, "--b\r\n\r\n\r\n".repeat(100_000).into_bytes(), &[400, 422]),
        ("headers of a part", parts, format!("--b\r\n{fields}\r\n\r\n--b--").into_bytes(), &[400, 422]),
        ("layers", &many, gzip(b"{}").to_vec(), &[415]),
        ("a bomb", &packed, gzip(&vec![b' '; 2 * REQUEST_BODY_BYTES_MAX]).to_vec(), &[413]),
        ("as many fields as may be", form, "a=1&".repeat(FORM_MEMBERS_MAX - 1).into_bytes(), &[200]),
        ("what is right", json, b"{\"n\": 1}".to_vec(), &[200]),
    ] {
        let answer = send(at, "POST", "/any", headers, &body);
        assert!(wanted.contains(&status(answer.as_bytes())), "{what}: {}", &answer[..answer.len().min(400)]);
        if wanted == [415] {
            assert!(answer.contains("accept-encoding: gzip"), "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_with_more_in_them_than_anybody_needs_are_answered() {
    let running = start(ServerSettings::default()).await;
    let at = running.address();
    let long = |element: &str| element.repeat(100_000 / element.len());
    for (what, target, headers, wanted) in [
        ("pairs", format!("/any?{}", "a&".repeat(FORM_MEMBERS_MAX + 1)), String::new(), &[414][..]),
        ("values", format!("/any?{}", "q=1&".repeat(FORM_MEMBERS_MAX - 1)), String::new(), &[200, 400, 422]),
        ("brackets", format!("/any?q{}=1", "[b]".repeat(15_000)), String::new(), &[200, 400, 422]),
        ("segments", "/x".repeat(30_000), String::new(), &[404]),
        ("slashes", "/".repeat(60_000), String::new(), &[404]),
        ("a long path", "/x".repeat(60_000), String::new(), &[400, 414]),
        ("ranges", "/any".into(), format!("Accept: {}*/*\r\n", long("a/b;q=0.1,")), &[200, 406]),
        ("preferences", "/any".into(), format!("Prefer: {}x=1\r\n", long("x=1,")), &[200]),
        ("cookies", "/any".into(), format!("Cookie: {}a=1\r\n", long("a=1; ")), &[200]),
        ("tags", "/any".into(), format!("If-None-Match: {}\"b\"\r\n", long("\"a\",")), &[200, 412]),
        ("parts of a file", "/any".into(), format!("Range: bytes={}0-1\r\n", long("0-,")), &[200]),
        ("a long header", "/any".into(), format!("X-A: {}\r\n", "a".repeat(200_000)), &[431]),
        ("many headers", "/any".into(), (0..500).map(|n| format!("X-{n}: 1\r\n")).collect(), &[400, 431]),
    ] {
        let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        let answer = raw(at, head.as_bytes());
        // A reset may take the answer along when more was sent than was read.
        assert!(
            wanted.contains(&431) && answer.is_empty() || wanted.contains(&status(&answer)),
            "{what}: {}",
            String::from_utf8_lossy(&answer)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_one_host() {
    let running = start(ServerSettings::default()).await;
    let at = running.address();
    for (host, wanted) in [
        ("Host: localhost\r\n", 200),
        ("Host: any.name.example:80\r\n", 200),
        ("Host: [::1]:80\r\n", 200),
        ("Host:\r\n", 200),
        ("", 400),
        ("Host: a b\r\n", 400),
        ("Host: a,b\r\n", 400),
        ("Host: user:pw@localhost\r\n", 400),
        ("Host: localhost:port\r\n", 400),
        ("Host: localhost:99999\r\n", 400),
        ("Host: [::1\r\n", 400),
        ("Host: a/b\r\n", 400),
        ("Host: a\r\nHost: b\r\n", 400),
    ] {
        let answer = raw(at, format!("GET /any HTTP/1.1\r\n{host}Connection: close\r\n\r\n").as_bytes());
        assert_eq!(status(&answer), wanted, "{host:?}");
        assert!(!String::from_utf8_lossy(&answer).contains("pw"), "{host:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_long_keeps_nobody_else_waiting() {
    let server = ServerSettings { answer_timeout: Duration::from_millis(1), ..ServerSettings::default() };
    let running = start(server).await;
    let at = running.address();
    let body = slow_body();
    let json = "Content-Type: application/json\r\n";
    // Nothing is waited for longer than its time, though it may go on; what is quick is answered meanwhile.
    for _ in 0..2 {
        let answer = send(at, "POST", "/slow", json, &body);
        assert_eq!(status(answer.as_bytes()), 503, "{answer}");
        assert!(answer.contains("retry-after: 1"), "{answer}");
    }
    let health = send(at, "GET", "/__counterpart/health", "", b"");
    assert_eq!(status(health.as_bytes()), 200);
    let entries = running.requests(&Default::default());
    assert_eq!(entries.iter().filter(|entry| entry.status == 503).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quick_request_overtakes_a_slow_one_on_the_only_worker() {
    let running = start(ServerSettings::default()).await;
    let at = running.address();
    // Once it was answered, it is known to be quick.
    assert_eq!(status(send(at, "GET", "/any", "", b"").as_bytes()), 200);
    let slow = std::thread::spawn(move || {
        send(at, "POST", "/slow", "Content-Type: application/json\r\n", &slow_body())
    });
    while !slow.is_finished() {
        assert_eq!(status(send(at, "GET", "/any", "", b"").as_bytes()), 200);
    }
    assert_eq!(status(slow.join().unwrap().as_bytes()), 422);
    let entries = running.requests(&Default::default());
    let at_last = entries.iter().position(|entry| entry.request.target == "/slow").unwrap();
    assert!(at_last > 1, "nothing overtook it");
}

#[cfg(unix)]
#[test]
fn the_end_comes_whatever_runs_and_state_is_kept() {
    use crate::mock_command::Process;
    use crate::support::Program;

    let program = Program::new();
    let contract = program.folder().join("slow.yaml");
    std::fs::write(&contract, CONTRACT).unwrap();
    let arguments = [contract.to_str().unwrap(), "-v", "--state", "file:state.db"];
    let process = Process::start(program.folder(), &arguments);
    let address = process.address;
    let mut stream = TcpStream::connect(address).unwrap();
    // This is at work for minutes.
    let body = slow_body().repeat(100).into_iter().filter(|byte| !b"[]".contains(byte)).collect::<Vec<u8>>();
    let body =
        [b"[", &String::from_utf8(body).unwrap().replace("\"\"", "\",\"").into_bytes()[..], b"]"].concat();
    let head = format!(
        "POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    // It is answered, so the server has read what came before.
    assert_eq!(status(send(address, "GET", "/__counterpart/health", "", b"").as_bytes()), 200);
    assert_eq!(process.end_by("-TERM"), Some(0));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    assert!(program.folder().join("state.db").metadata().unwrap().len() > 0);
}
