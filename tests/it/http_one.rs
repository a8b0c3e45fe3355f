//! HTTP/1.1 as clients really speak it, and clients that are slow, many, or still there when the server stops.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use counterpart::mock::MockSettings;
use counterpart::mock::latency::Latency;
use counterpart::serve::settings::ServerSettings;
use counterpart::{MockServer, RunningMock};

use crate::mock::{PATH, seed_contract, settings};

/// A connection that stays open.
struct Line(TcpStream);

impl Line {
    fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self(stream)
    }

    fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).unwrap();
    }

    /// The next head, then so many bytes of body as it says (none where there is none by definition).
    fn answer(&mut self, bodiless: bool) -> (String, Vec<u8>) {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            self.0.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let length = if bodiless { 0 } else { length.map_or(0, |digits| digits.parse().unwrap()) };
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (head, body)
    }

    #[track_caller]
    fn answers(&mut self, status: u16) {
        let (head, _) = self.answer(false);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
    }

    /// Whether the other side has closed it.
    fn is_over(&mut self) -> bool {
        matches!(self.0.read(&mut [0; 1]), Ok(0) | Err(_))
    }
}

fn delete(more: &str) -> String {
    format!("DELETE {PATH}/x HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\n{more}\r\n")
}

async fn start(mock: MockSettings, server: ServerSettings) -> RunningMock {
    MockServer::from_contract(seed_contract(), mock).with_server(server).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_serves_many_requests() {
    let running = start(settings(), ServerSettings::default()).await;
    let mut line = Line::to(running.address());
    // One after the other, then all at once.
    for _ in 0..3 {
        line.write(delete(""));
        line.answers(422);
    }
    line.write(delete("").repeat(20));
    for _ in 0..20 {
        line.answers(422);
    }
    // HEAD has no body: what follows is the next answer.
    line.write(format!("HEAD {PATH}/x HTTP/1.1\r\nHost: x\r\n\r\n{}", delete("")));
    let (head, _) = line.answer(true);
    assert!(head.starts_with("HTTP/1.1 405 ") && head.contains("content-length: 31"), "{head}");
    line.answers(422);
    // Bodies: in chunks (with trailers and extensions), of a length, empty; then something that has none.
    let chunks = "2;a=b\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n";
    line.write(delete("Transfer-Encoding: chunked\r\n") + chunks + &delete("Content-Length: 2\r\n") + "{}");
    line.answers(422);
    line.answers(422);
    line.write(delete("Content-Length: 0\r\n") + &delete(""));
    line.answers(422);
    line.answers(422);
    line.write(delete("Connection: close\r\n"));
    line.answers(422);
    assert!(line.is_over());
    assert_eq!(running.requests(&Default::default()).len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_forms_of_requests_are_understood() {
    let running = start(settings(), ServerSettings::default()).await;
    let mut line = Line::to(running.address());
    line.write(delete("Expect: 100-continue\r\nContent-Length: 2\r\n"));
    let (head, _) = line.answer(true);
    assert_eq!(head, "HTTP/1.1 100 Continue\r\n\r\n");
    line.write("{}");
    line.answers(422);
    // Absolute form (RFC 9112 §3.2.2), as proxies send it: the path counts.
    line.write(delete("").replace("DELETE ", "DELETE http://elsewhere.example"));
    line.answers(422);
    let last = running.requests(&Default::default()).pop().unwrap();
    assert_eq!(last.request.target, format!("{PATH}/x"));
    // Leading empty lines (RFC 9112 §2.2) and lower-case headers.
    line.write(format!("\r\n{}", delete("")));
    line.answers(422);
    let mut old = Line::to(running.address());
    old.write(format!("DELETE {PATH}/x HTTP/1.0\r\nx-api-key: k\r\n\r\n"));
    let (head, _) = old.answer(false);
    assert!(head.starts_with("HTTP/1.0 422") && old.is_over(), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused() {
    let running = start(settings(), ServerSettings::default()).await;
    let many: String = (0..150).map(|n| format!("X-{n}: 1\r\n")).collect();
    for (bytes, statuses) in [
        ("nonsense\r\n\r\n".to_owned(), &["400"][..]),
        ("DELETE /x HTTP/9.9\r\n\r\n".to_owned(), &["400", "505"]),
        (delete("Content-Length: 1\r\nContent-Length: 2\r\n"), &["400"]),
        (delete("Content-Length: x\r\n"), &["400"]),
        (delete("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"), &["400"]),
        (delete("Transfer-Encoding: chunked\r\n") + "zz\r\n", &["400"]),
        (delete(&many), &["400", "431"]),
        (delete(&format!("X-Long: {}\r\n", "x".repeat(300_000))), &["400", "431"]),
    ] {
        let mut line = Line::to(running.address());
        // It may be refused while it is still being sent.
        let _ = line.0.write_all(bytes.as_bytes());
        let mut answer = [0; 12];
        let read = line.0.read_exact(&mut answer);
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let refused = statuses.iter().any(|status| shown.ends_with(status));
        // A reset loses the answer when more was sent than was read.
        assert!(
            refused || (read.is_err() && bytes.len() > 100_000),
            "{}: {shown}",
            &bytes[..30.min(bytes.len())]
        );
    }
    Line::to(running.address()).write(delete(""));
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_not_waited_for_for_ever() {
    let patience = Duration::from_millis(300);
    let server = ServerSettings { head_timeout: patience, keep_alive: patience, ..ServerSettings::default() };
    let running = start(MockSettings { body_timeout: patience, ..settings() }, server).await;
    // A head that never ends, though something keeps coming.
    let trickle = |mut line: Line, start: &str, piece: &[u8]| {
        line.write(start);
        line.0.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut answer = Vec::new();
        loop {
            // Once it is answered, what follows may not be taken any more.
            let _ = line.0.write_all(piece);
            match line.0.read_to_end(&mut answer) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                _ => break,
            }
            if answer.ends_with(b"}") {
                break;
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    };
    let head = trickle(Line::to(running.address()), "DELETE /x HTTP/1.1\r\n", b"X-A: 1\r\n");
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    let body = trickle(Line::to(running.address()), &delete("Content-Length: 100000\r\n"), b"x");
    assert!(body.starts_with("HTTP/1.1 408 "), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_only_wait_are_closed() {
    let short = Duration::from_millis(300);
    // The first head of a connection may take long here, so that a busy machine does not end it.
    let server = ServerSettings { keep_alive: short, ..ServerSettings::default() };
    let running = start(settings(), server).await;
    let mut idle = Line::to(running.address());
    idle.write(delete(""));
    idle.answers(422);
    assert!(idle.is_over());
    // A second head of which a byte comes now and then.
    let server = ServerSettings {
        head_timeout: Duration::from_secs(2),
        keep_alive: short,
        ..ServerSettings::default()
    };
    let running = start(settings(), server).await;
    let mut line = Line::to(running.address());
    line.write(delete(""));
    line.answers(422);
    line.0.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let mut answer = Vec::new();
    loop {
        // Once it is closed, nothing is taken any more.
        let _ = line.0.write_all(b"X");
        match line.0.read_to_end(&mut answer) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            _ => break,
        }
    }
    assert_eq!(answer, b"");
    // The server has room for others.
    let mut other = Line::to(running.address());
    other.write(delete(""));
    other.answers(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_wait_for_one_to_end() {
    let server = ServerSettings { connections_max: 2, ..ServerSettings::default() };
    let running = start(MockSettings { workers: Some(1), ..settings() }, server).await;
    let mut served: Vec<Line> = (0..2).map(|_| Line::to(running.address())).collect();
    for line in &mut served {
        line.write(delete(""));
        line.answers(422);
    }
    let mut third = Line::to(running.address());
    third.write(delete(""));
    third.0.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let waits = third.0.read(&mut [0; 1]).unwrap_err();
    assert!(matches!(waits.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waits}");
    drop(served);
    third.0.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    third.answers(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_finishes_what_is_under_way() {
    let slow = Duration::from_millis(400);
    let mock = MockSettings { latency: Some(Latency::Fixed(slow)), ..settings() };
    let running = start(mock, ServerSettings::default()).await;
    let address = running.address();
    let (mut busy, mut idle) = (Line::to(address), Line::to(address));
    idle.write(delete(""));
    idle.answers(422);
    busy.write(delete(""));
    // It is under way once the journal has it.
    while running.requests(&Default::default()).len() < 2 {
        tokio::task::yield_now().await;
    }
    let answered = std::thread::spawn(move || {
        busy.answers(422);
        busy.is_over()
    });
    running.stop().await;
    assert!(answered.join().unwrap());
    assert!(idle.is_over());
    assert!(TcpStream::connect(address).is_err());
}

#[cfg(unix)]
#[test]
fn asked_twice_the_process_ends_at_once() {
    let program = crate::support::Program::new();
    let process =
        crate::mock_command::Process::start(program.folder(), &["--no-auth", "--latency", "300s", "-v"]);
    let mut busy = Line::to(process.address);
    busy.write(delete(""));
    let mut control = Line::to(process.address);
    loop {
        control.write("GET /__counterpart/requests?count=true HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if control.answer(false).1.ends_with(br#""count":1}"#) {
            break;
        }
    }
    let id = process.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    process.says("stopping");
    assert_eq!(process.end_by("-INT"), Some(130));
    assert!(busy.is_over());
}
