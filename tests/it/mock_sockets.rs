//! The mock over sockets: odd messages, faults on the way, use as a library.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use counterpart::mock::MockSettings;
use counterpart::mock::fault::FaultRule;
use counterpart::mock::journal::Filter;
use counterpart::{MockServer, ServeError};
use serde_json::Value;

use crate::mock::{PATH, RUNNING, seed_contract, settings};

/// Sends bytes and reads until the connection ends or the answer is complete.
pub(crate) fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // A connection that is broken on purpose ends with an error: what came before counts.
    let _ = stream.read_to_end(&mut answer);
    answer
}

pub(crate) fn send(address: SocketAddr, method: &str, target: &str, headers: &str, body: &[u8]) -> String {
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    String::from_utf8_lossy(&raw(address, &[head.as_bytes(), body].concat())).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_requests_over_a_socket_are_answered() {
    let running = MockServer::from_contract(seed_contract(), settings()).start().await.unwrap();
    let at = running.address();
    let key = "x-api-key: k\r\n";
    let long = "x".repeat(8192);
    for (method, target, headers, body, status) in [
        ("DELETE", format!("{PATH}/{long}"), key.to_owned(), &b""[..], "422"),
        ("DELETE", format!("{PATH}/%FF%00%2F"), key.to_owned(), b"", "422"),
        ("DELETE", format!("{PATH}/x"), format!("{key}x-selected-account-id: {long}\r\n"), b"", "422"),
        ("DELETE", format!("{PATH}/x"), key.to_owned(), b"{broken", "422"),
        (
            "DELETE",
            format!("{PATH}/{RUNNING}"),
            format!("{key}content-type: text/plain\r\n"),
            b"hello",
            "200",
        ),
        ("HEAD", format!("{PATH}/x"), String::new(), b"", "405"),
        ("FOO", format!("{PATH}/x"), String::new(), b"", "405"),
        ("DELETE", "*".to_owned(), String::new(), b"", "404"),
        ("OPTIONS", "*".to_owned(), String::new(), b"", "404"),
    ] {
        let answer = send(at, method, &target, &headers, body);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{method} {}: {answer}",
            &target[..20.min(target.len())]
        );
    }
    let head = send(at, "HEAD", &format!("{PATH}/x"), "", b"");
    assert!(head.contains("content-length: 31") && head.ends_with("\r\n\r\n"), "{head}");
    let latin = [
        format!("DELETE {PATH}/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-api-key: k\r\nx-selected-account-id: ").into_bytes(),
        b"\xe9\xff\r\n\r\n".to_vec(),
    ]
    .concat();
    assert!(raw(at, &latin).starts_with(b"HTTP/1.1 422 "));
    assert!(
        send(at, "DELETE", &format!("{PATH}/x"), key, &vec![b'x'; 11 * 1024 * 1024])
            .starts_with("HTTP/1.1 413 ")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_on_the_way_break_what_they_say() {
    let with = |fault: &str| MockSettings { faults: vec![FaultRule::parse(fault).unwrap()], ..settings() };
    let answers = async |fault: &str| {
        let running = MockServer::from_contract(seed_contract(), with(fault)).start().await.unwrap();
        let target = format!("{PATH}/{RUNNING}");
        let head =
            format!("DELETE {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-api-key: k\r\n\r\n");
        raw(running.address(), head.as_bytes())
    };
    assert_eq!(answers("reset=1").await, b"");
    let cut = answers("truncate=1").await;
    let text = String::from_utf8_lossy(&cut);
    let length: usize =
        text.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
    let body = text.split("\r\n\r\n").nth(1).unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && body.len() < length, "{length} {}", body.len());
    let slow = answers("slow=1").await;
    let body = slow.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(serde_json::from_slice::<Value>(&slow[body..]).unwrap()["status"], "DELETED");
    let garbage = answers("garbage=1").await;
    let body = garbage.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert!(
        garbage.starts_with(b"HTTP/1.1 200") && serde_json::from_slice::<Value>(&garbage[body..]).is_err()
    );
    assert!(answers("status:502=1").await.starts_with(b"HTTP/1.1 502 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn as_a_library_it_starts_counts_and_stops() {
    let running = MockServer::from_contract(seed_contract(), settings()).start().await.unwrap();
    assert!(running.url().starts_with("http://127.0.0.1:"));
    let at = running.address();
    send(at, "DELETE", &format!("{PATH}/x"), "x-api-key: secret-key\r\n", b"");
    send(at, "GET", "/nothing", "", b"");
    let deletes = Filter { method: Some("DELETE".into()), ..Filter::default() };
    running.verify(&deletes, 1).unwrap();
    let told = running.verify(&deletes, 2).unwrap_err();
    assert!(told.to_string().contains("GET /nothing -> 404"), "{told}");
    let taken = MockServer::from_contract(seed_contract(), MockSettings { port: at.port(), ..settings() });
    assert!(matches!(taken.start().await, Err(ServeError::Listen { .. })));
    running.stop().await;
    assert!(TcpStream::connect(at).is_err());
    let file =
        MockServer::from_file(concat!(env!("CARGO_MANIFEST_DIR"), "/spec/seed.yaml")).start().await.unwrap();
    assert!(send(file.address(), "GET", "/", "", b"").starts_with("HTTP/1.1 404"));
    assert!(matches!(MockServer::from_file("no/such/file").start().await, Err(ServeError::Contract(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_waited_for_only_where_one_is_announced_and_not_for_ever() {
    let patient = MockSettings { body_timeout: Duration::from_millis(100), ..settings() };
    let running = MockServer::from_contract(seed_contract(), patient).start().await.unwrap();
    let at = running.address();
    let connect = raw(at, b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(connect.starts_with(b"HTTP/1.1 404 "), "{}", String::from_utf8_lossy(&connect));
    let upgrade =
        format!("GET {PATH}/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    let answer = raw(at, upgrade.as_bytes());
    assert!(answer.starts_with(b"HTTP/1.1 405 "), "{}", String::from_utf8_lossy(&answer));
    let unsent =
        format!("DELETE {PATH}/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\nabc");
    let answer = raw(at, unsent.as_bytes());
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
}
