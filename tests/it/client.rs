//! The client against a server that says, byte for byte, what a test wants it to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterpart::client::{Client, ClientSettings};
use counterpart::wire::{Request, Response, SendError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What a connection does for each request that comes on it.
#[derive(Clone)]
enum Step {
    /// Answers.
    Say(Vec<u8>),
    /// Answers and closes.
    SayAndClose(Vec<u8>),
    /// Closes without a word.
    Close,
    /// Never answers.
    Hang,
}

/// A server: the steps of its first connection, its second, and so on; then it refuses. Returns its URL and what it
/// reads, by connection.
async fn server(connections: Vec<Vec<Step>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        for steps in connections {
            let (mut stream, _) = listener.accept().await.unwrap();
            let at = log.lock().unwrap().len();
            log.lock().unwrap().push(String::new());
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                for step in steps {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        let mut byte = [0; 1];
                        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
                            return;
                        }
                        request.push(byte[0]);
                    }
                    log.lock().unwrap()[at].push_str(&String::from_utf8_lossy(&request));
                    match step {
                        Step::Say(bytes) => stream.write_all(&bytes).await.unwrap(),
                        Step::SayAndClose(bytes) => return stream.write_all(&bytes).await.unwrap(),
                        Step::Close => return,
                        Step::Hang => std::future::pending().await,
                    }
                }
            });
        }
    });
    (url, seen)
}

fn request(method: &str, target: &str) -> Request {
    Request { method: method.into(), target: target.into(), ..Request::default() }
}

fn client(url: &str) -> Client {
    Client::new(url, ClientSettings::default()).unwrap()
}

/// What a GET gets from a server that says just `bytes`.
async fn answer(bytes: impl Into<Vec<u8>>, settings: ClientSettings) -> Result<Response, SendError> {
    let (url, _) = server(vec![vec![Step::SayAndClose(bytes.into())]]).await;
    Client::new(&url, settings).unwrap().outcome(&request("GET", "/")).await
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn a_connection_carries_many_requests() {
    let (url, seen) = server(vec![vec![Step::Say(OK.into()); 3]]).await;
    let client = client(&format!("{url}/base"));
    for target in ["/a/../b", "/%2e%2e?x='", "/c"] {
        let exchange = client.send(&request("GET", target)).await;
        assert_eq!(exchange.outcome.unwrap().body, "ok");
        assert_eq!(exchange.request.target, target);
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    for line in
        ["GET /base/a/../b HTTP/1.1\r\n", "GET /base/%2e%2e?x=' HTTP/1.1\r\n", "User-Agent: counterpart/"]
    {
        assert!(seen[0].contains(line), "{line} in {}", seen[0]);
    }
}

#[tokio::test]
async fn a_kept_connection_that_closes_is_replaced_only_when_that_is_safe() {
    let steps = vec![vec![Step::Say(OK.into()), Step::Close], vec![Step::Say(OK.into()), Step::Close]];
    let (url, seen) = server(steps).await;
    let client = client(&url);
    assert!(client.outcome(&request("GET", "/1")).await.is_ok());
    assert!(client.outcome(&request("DELETE", "/2")).await.is_ok());
    assert_eq!(seen.lock().unwrap().len(), 2);
    let error = client.outcome(&request("POST", "/3")).await.unwrap_err();
    assert!(matches!(error, SendError::Broken(_)), "{error}");
}

#[tokio::test]
async fn bodies_end_where_they_say() {
    let long =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n";
    for (bytes, body) in [
        (long, "abcde"),
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"),
        // What comes where nothing may come is kept, so that a check can tell of it.
        ("HTTP/1.1 204 No Content\r\n\r\nnoise", "noise"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            "x",
        ),
    ] {
        let got = answer(bytes, ClientSettings::default()).await.unwrap();
        assert_eq!((got.body, got.truncated), (body.into(), false), "{bytes}");
    }
    let (url, _) =
        server(vec![vec![Step::Say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".into()); 2]]).await;
    let client = client(&url);
    for _ in 0..2 {
        assert_eq!(client.outcome(&request("HEAD", "/")).await.unwrap().body, "");
    }
}

#[tokio::test]
async fn long_bodies_are_cut_off() {
    let small = ClientSettings { body_bytes_max: 4, ..ClientSettings::default() };
    for bytes in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabcde",
    ] {
        let got = answer(bytes, small.clone()).await.unwrap();
        assert_eq!((got.body, got.truncated), ("abcd".into(), true), "{bytes}");
        let proxied = ClientSettings { environment_proxies: true, ..small.clone() };
        if !bytes.contains("fff") {
            let got = answer(bytes, proxied).await.unwrap();
            assert_eq!((got.body, got.truncated), ("abcd".into(), true), "{bytes}");
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_is_said_so() {
    for bytes in [
        "",
        "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ] {
        let error = answer(bytes, ClientSettings::default()).await.unwrap_err();
        assert!(matches!(error, SendError::Broken(_)), "{bytes:?}: {error}");
    }
    let many: String = (0..3000).map(|n| format!("h{n}: x\r\n")).collect();
    assert!(answer(format!("HTTP/1.1 200 OK\r\n{many}\r\n"), ClientSettings::default()).await.is_err());
    let long = format!("HTTP/1.1 200 OK\r\nh: {}\r\n\r\n", "x".repeat(300 * 1024));
    assert!(answer(long, ClientSettings::default()).await.is_err());
    let some: String = (0..100).map(|n| format!("h{n}: x\r\n")).collect();
    let got = answer(format!("HTTP/1.1 204 OK\r\n{some}\r\n"), ClientSettings::default()).await.unwrap();
    assert_eq!(got.headers.0.len(), 100);
}

#[tokio::test]
async fn nobody_there_and_nobody_answering_are_told_apart() {
    let quick = ClientSettings { timeout: Duration::from_millis(40), ..ClientSettings::default() };
    let (url, _) = server(vec![vec![Step::Hang]]).await;
    let error = Client::new(&url, quick.clone()).unwrap().outcome(&request("GET", "/")).await.unwrap_err();
    assert_eq!(error, SendError::Timeout(quick.timeout));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for environment_proxies in [false, true] {
        let settings = ClientSettings { environment_proxies, ..ClientSettings::default() };
        let client = Client::new(&format!("http://{closed}"), settings).unwrap();
        let error = client.outcome(&request("GET", "/")).await.unwrap_err();
        assert!(matches!(error, SendError::Connect(_)), "{error}");
    }
    assert!(Client::new("mailto:x", ClientSettings::default()).is_err());
}

#[tokio::test]
async fn redirects_are_answers_and_odd_requests_go_out_raw() {
    let moved = "HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n";
    for environment_proxies in [false, true] {
        let (url, seen) = server(vec![vec![Step::Say(moved.into())], vec![Step::Say(moved.into())]]).await;
        let settings = ClientSettings { environment_proxies, ..ClientSettings::default() };
        let client = Client::new(&format!("{url}/v1"), settings).unwrap();
        let got = client.outcome(&request("GET", "/x")).await.unwrap();
        assert_eq!((got.status, got.headers.get_str("location")), (307, Some("/elsewhere")));
        assert_eq!(got.headers.all("set-cookie").count(), 2);
        if environment_proxies {
            assert!(client.outcome(&request("GET", "/../x")).await.is_ok());
            assert!(seen.lock().unwrap()[1].starts_with("GET /v1/../x HTTP/1.1\r\n"));
        }
    }
}

#[tokio::test]
async fn over_tls_what_can_not_be_kept_is_refused() {
    let client = Client::new("https://127.0.0.1:9", ClientSettings::default()).unwrap();
    let error = client.outcome(&request("GET", "/a/../b")).await.unwrap_err();
    assert!(matches!(error, SendError::Unsendable(_)), "{error}");
}
