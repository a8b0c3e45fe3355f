//! The control API is its owner's: under which hosts it is asked, by which pages, with which token, and where it lives.

use counterpart::mock::{ControlSettings, MockSettings, Token};
use counterpart::ui::PAGE;
use counterpart::{MockServer, RunningMock};

use crate::mock::{PATH, mock_with, request, seed_contract, settings};
use crate::mock_sockets::raw;

const TOKEN: &str = "0123456789abcdef";

fn with(change: impl FnOnce(&mut ControlSettings)) -> MockSettings {
    let mut control = ControlSettings::default();
    change(&mut control);
    MockSettings { control, page: Some(PAGE), ..settings() }
}

async fn start(settings: MockSettings) -> RunningMock {
    MockServer::from_contract(seed_contract(), settings).start().await.unwrap()
}

/// The whole answer to a request with these lines below its first.
fn ask(running: &RunningMock, method: &str, target: &str, headers: &str) -> String {
    let head = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n");
    let at = std::net::SocketAddr::from(([127, 0, 0, 1], running.address().port()));
    String::from_utf8_lossy(&raw(at, head.as_bytes())).into_owned()
}

#[track_caller]
fn answers(running: &RunningMock, method: &str, target: &str, headers: &str, status: u16) -> String {
    let answer = ask(running, method, target, headers);
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {target} {headers:?}: {answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_under_its_own_hosts_only() {
    let running = start(with(|control| control.hosts = vec!["mock.test".into(), "192.0.2.7".into()])).await;
    let port = running.address().port();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 204),
        ("localhost".into(), 204),
        ("LocalHost.:80".into(), 204),
        ("app.localhost".into(), 204),
        ("[::1]:1".into(), 204),
        ("Mock.Test:8080".into(), 204),
        ("192.0.2.7".into(), 204),
        ("evil.example".into(), 421),
        (format!("evil.example:{port}"), 421),
        ("127.0.0.1.evil.example".into(), 421),
        ("localhost.evil.example".into(), 421),
        ("10.0.0.1".into(), 421),
        ("0.0.0.0".into(), 421),
        ("mock.test.evil.example".into(), 421),
    ] {
        answers(&running, "POST", "/__counterpart/reset", &format!("Host: {host}\r\n"), status);
        // What is mocked is asked under any name.
        answers(&running, "GET", "/nothing", &format!("Host: {host}\r\n"), 404);
    }
    answers(&running, "GET", "/__counterpart/ui", "Host: evil.example\r\n", 421);
    answers(&running, "HEAD", "/__counterpart/state", "Host: evil.example\r\n", 421);
    answers(&running, "POST", "/__counterpart/reload", "Host: evil.example\r\n", 421);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_are_refused_whatever_they_send() {
    let running = start(with(|control| control.origins = vec!["http://app.test:3000".into()])).await;
    let own = format!("http://127.0.0.1:{}", running.address().port());
    let host = format!("Host: {}\r\n", own.strip_prefix("http://").unwrap());
    let site = |site: &str| format!("{host}Sec-Fetch-Site: {site}\r\n");
    let origin = |origin: &str| format!("{host}Origin: {origin}\r\n");
    for (headers, refused) in [
        (host.clone(), false),
        (site("same-origin"), false),
        (site("none"), false),
        (site("cross-site"), true),
        (site("same-site"), true),
        (site("nonsense"), true),
        (origin(&own), false),
        (origin("null"), true),
        (origin("http://evil.example"), true),
        (origin("http://127.0.0.1:1"), true),
        (origin(""), true),
        (origin("file://"), true),
        (format!("{}Origin: http://evil.example\r\n", origin(&own)), true),
        (format!("{}Sec-Fetch-Site: cross-site\r\n", origin(&own)), true),
        (origin("http://app.test:3000"), false),
        (format!("{}Sec-Fetch-Site: cross-site\r\n", origin("http://app.test:3000")), false),
        (origin("http://app.test"), true),
        (origin("https://app.test:3000"), true),
    ] {
        for (method, target, good) in [
            ("GET", "/__counterpart/state", 200),
            ("GET", "/__counterpart/ui/page.js", 200),
            ("POST", "/__counterpart/reset", 204),
            ("DELETE", "/__counterpart/requests", 204),
        ] {
            answers(&running, method, target, &headers, if refused { 403 } else { good });
        }
    }
    // The page that is allowed can read the answers, and ask before it sends.
    let allowed = origin("http://app.test:3000");
    let answer = answers(&running, "GET", "/__counterpart/state", &allowed, 200);
    assert!(answer.contains("access-control-allow-origin: http://app.test:3000"), "{answer}");
    let asks = "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: authorization\r\n";
    let answer = answers(&running, "OPTIONS", "/__counterpart/state", &format!("{allowed}{asks}"), 204);
    assert!(answer.contains("access-control-allow-methods: GET, PUT"), "{answer}");
    assert!(answer.contains("access-control-allow-headers: authorization"), "{answer}");
    let other = origin("http://evil.example");
    let answer = answers(&running, "OPTIONS", "/__counterpart/state", &format!("{other}{asks}"), 403);
    assert!(!answer.contains("access-control-allow-origin"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_a_token_nothing_goes_without_it() {
    let running = start(with(|control| control.token = Some(Token::new(TOKEN).unwrap()))).await;
    assert_eq!(running.control_token().as_deref(), Some(TOKEN));
    assert!(running.page_url().unwrap().ends_with(&format!("/__counterpart/ui#token={TOKEN}")));
    let host = "Host: localhost\r\n";
    for (headers, good) in [
        (String::new(), false),
        (format!("Authorization: Bearer {TOKEN}\r\n"), true),
        (format!("authorization: bEARER {TOKEN} \r\n"), true),
        (format!("X-Counterpart-Token: {TOKEN}\r\n"), true),
        (format!("Authorization: Basic {TOKEN}\r\n"), false),
        (format!("Authorization: {TOKEN}\r\n"), false),
        (format!("Authorization: Bearer {TOKEN}0\r\n"), false),
        (format!("Authorization: Bearer {}\r\n", &TOKEN[1..]), false),
        ("Authorization: Bearer\r\n".into(), false),
        (format!("X-Counterpart-Token: {}\r\n", TOKEN.to_uppercase()), false),
    ] {
        let headers = format!("{host}{headers}");
        for (method, target, status) in [
            ("GET", "/__counterpart/health", 200),
            ("POST", "/__counterpart/reset", 204),
            ("GET", "/__counterpart/nothing", 404),
        ] {
            let answer = answers(&running, method, target, &headers, if good { status } else { 401 });
            assert!(good || answer.contains("www-authenticate: Bearer realm=\"counterpart\""), "{answer}");
        }
        answers(&running, "POST", "/__counterpart/reload", &headers, if good { 409 } else { 401 });
    }
    // The page itself holds nothing; what it shows it asks for with the token.
    for page in ["ui", "ui/page.js", "ui/page.css"] {
        let answer = answers(&running, "GET", &format!("/__counterpart/{page}"), host, 200);
        assert!(!answer.contains(TOKEN), "{page}");
    }
    assert!(PAGE.script.contains("location.hash") && PAGE.script.contains("Bearer ${token}"));
    // What is mocked asks for no token.
    answers(&running, "GET", "/nothing", host, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_elsewhere_or_nowhere() {
    let host = "Host: localhost\r\n";
    let moved = start(with(|control| control.path = Some("/_admin/mock".into()))).await;
    answers(&moved, "GET", "/_admin/mock/health", host, 200);
    answers(&moved, "POST", "/_admin/mock/reset", host, 204);
    answers(&moved, "GET", "/_admin/mock/nothing", host, 404);
    answers(&moved, "POST", "/_admin/mock/health", host, 405);
    answers(&moved, "POST", "/_admin/mock/reset", "Host: evil.example\r\n", 421);
    for gone in ["/__counterpart/health", "/_admin/health", "/_admin/mock", "/_admin/mockery/health"] {
        let answer = answers(&moved, "GET", gone, host, 404);
        assert!(answer.contains(r#"{"detail":"Not Found"}"#), "{answer}");
    }
    assert!(moved.page_url().unwrap().ends_with("/_admin/mock/ui"));
    let off = start(with(|control| control.path = None)).await;
    for target in ["/__counterpart/health", "/__counterpart/reset", "/__counterpart/ui"] {
        answers(&off, "POST", target, host, 404);
    }
    assert_eq!(off.page_url(), None);
    assert_eq!(off.requests(&Default::default()).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_this_machine_a_token_is_made_up() {
    let running = start(MockSettings { host: "0.0.0.0".into(), ..settings() }).await;
    let token = running.control_token().unwrap();
    assert!(token.len() >= 32, "{token}");
    let host = "Host: 192.0.2.7:4010\r\n";
    answers(&running, "POST", "/__counterpart/reset", host, 401);
    answers(
        &running,
        "POST",
        "/__counterpart/reset",
        &format!("{host}Authorization: Bearer {token}\r\n"),
        204,
    );
    let named = format!("Host: evil.example\r\nAuthorization: Bearer {token}\r\n");
    answers(&running, "POST", "/__counterpart/reset", &named, 421);
    answers(&running, "DELETE", &format!("{PATH}/x"), &format!("{host}x-api-key: k\r\n"), 422);
    // One that was made without its server has none, and keeps to itself.
    let mock = mock_with(|settings| settings.host = "0.0.0.0".into());
    assert_eq!(mock.answer(&request("GET", "/__counterpart/state", &[("host", "localhost")])).status, 403);
}

#[cfg(unix)]
#[test]
fn the_command_line_says_what_it_exposes() {
    use crate::mock_command::Process;
    use crate::mock_sockets::send;
    use crate::support::Program;

    let program = Program::new();
    let process = Process::start(program.folder(), &["--host", "0.0.0.0", "-v"]);
    let said = process.says("other machines can reach");
    let token = said.split("asks for the token ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert!(said.contains(&format!("/__counterpart/ui#token={token}")), "{said}");
    let at = std::net::SocketAddr::from(([127, 0, 0, 1], process.address.port()));
    assert!(send(at, "POST", "/__counterpart/reset", "", b"").starts_with("HTTP/1.1 401"));
    let bearer = format!("Authorization: Bearer {token}\r\n");
    assert!(send(at, "POST", "/__counterpart/reset", &bearer, b"").starts_with("HTTP/1.1 204"));

    let given = ["--host", "0.0.0.0", "--control-token", TOKEN, "-v"];
    let said = Process::start(program.folder(), &given).says("other machines can reach");
    assert!(said.contains("the token that was given"), "{said}");
    let off = ["--host", "0.0.0.0", "--control", "off"];
    let process = Process::start(program.folder(), &off);
    assert!(process.says("other machines can reach").contains("its control API is off"));
    let folder = program.folder().join("a");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("b.yaml"), "openapi: 3.1.0\ninfo: {title: B, version: '1'}\npaths: {}\n")
        .unwrap();
    // By the environment, and for a mounted contract alike.
    let variables = [("COUNTERPART_CONTROL_TOKEN", TOKEN), ("COUNTERPART_CONTROL", "/_admin")];
    let process = Process::start_with(&folder, &["--mount", "/b=b.yaml"], &variables);
    for (target, headers, status) in [
        ("/_admin/health", "", "401"),
        ("/b/_admin/health", "", "401"),
        ("/b/_admin/health", "X-Counterpart-Token: 0123456789abcdef\r\n", "200"),
        ("/b/__counterpart/health", "X-Counterpart-Token: 0123456789abcdef\r\n", "404"),
    ] {
        let answer = send(process.address, "GET", target, headers, b"");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
    }
    for (arguments, words) in [
        (&["--control", "admin"][..], "no path such as"),
        (&["--control-token", "short"], "can be guessed"),
        (&["--allow-host", "http://x"], "no host such as"),
        (&["--control-origin", "null"], "no origin such as"),
        (&["--control", "/b", "--mount", "/b=a/b.yaml"], "would hide the control API"),
    ] {
        program.run(&[&["mock", "--port", "0"][..], arguments].concat()).exits(2).complains(&[words]);
    }
}
