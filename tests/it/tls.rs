//! The mock over HTTPS, and certificates that can't be used.

use std::path::PathBuf;
use std::time::Duration;

use counterpart::base::limits::STREAMS_MAX;
use counterpart::mock::MockSettings;
use counterpart::mock::fault::FaultRule;
use counterpart::mock::latency::Latency;
use counterpart::serve::settings::ServerSettings;
use counterpart::serve::tls::{TlsError, TlsFiles};
use counterpart::{MockServer, RunningMock, ServeError};

use crate::mock::{PATH, RUNNING, seed_contract, settings};
use crate::support::Program;

/// A certificate for this machine, signed by itself, and its key.
struct Pair {
    folder: tempfile::TempDir,
    cert: String,
}

impl Pair {
    fn new() -> Self {
        let made =
            rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let pair = Self { folder: tempfile::tempdir().unwrap(), cert: made.cert.pem() };
        pair.write("cert.pem", &pair.cert);
        pair.write("key.pem", &made.signing_key.serialize_pem());
        pair
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    async fn start(&self, settings: MockSettings) -> RunningMock {
        let server = MockServer::from_contract(seed_contract(), settings);
        server.with_tls(self.path("cert.pem"), self.path("key.pem")).start().await.unwrap()
    }

    fn client(&self) -> reqwest::ClientBuilder {
        // An error says that one is installed already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let authority = reqwest::Certificate::from_pem(self.cert.as_bytes()).unwrap();
        reqwest::Client::builder().no_proxy().tls_certs_only([authority])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn https_speaks_both_versions_of_http() {
    let pair = Pair::new();
    let running = pair.start(settings()).await;
    assert!(running.url().starts_with("https://127.0.0.1:"));
    let target = format!("{}{PATH}/{RUNNING}", running.url());
    let clients =
        [(pair.client().http1_only(), reqwest::Version::HTTP_11), (pair.client(), reqwest::Version::HTTP_2)];
    for (client, version) in clients {
        let client = client.build().unwrap();
        let answer = client.delete(&target).header("x-api-key", "k").body("{}").send().await.unwrap();
        assert_eq!(answer.version(), version);
        let shown = answer.status().as_u16();
        assert!([200, 422].contains(&shown), "{shown}");
        assert!(answer.text().await.unwrap().contains(RUNNING));
        let head = client.head(&target).send().await.unwrap();
        assert_eq!((head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()), (405, "31"));
        let refused = client.delete(&target).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), 401);
        let health = format!("{}/__counterpart/health", running.url());
        let same_page = client.get(&health).header("origin", running.url()).send().await.unwrap();
        assert_eq!(same_page.status().as_u16(), 200);
        let other_page =
            client.get(&health).header("origin", "https://elsewhere.example").send().await.unwrap();
        assert_eq!(other_page.status().as_u16(), 403);
    }
    let plain = format!("http://{}{PATH}/x", running.address());
    assert!(pair.client().build().unwrap().get(plain).send().await.is_err());
    let stranger = Pair::new().client().build().unwrap();
    assert!(stranger.get(&target).send().await.is_err());
    let address = running.address();
    running.stop().await;
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn http_two_can_be_left_out_and_no_connection_has_too_many_requests_at_once() {
    let pair = Pair::new();
    let files = TlsFiles { cert: pair.path("cert.pem"), key: pair.path("key.pem") };
    let server = ServerSettings { http2: false, tls: Some(files), ..ServerSettings::default() };
    let mock = MockServer::from_contract(seed_contract(), settings());
    let running = mock.with_server(server).start().await.unwrap();
    let target = format!("{}/nothing", running.url());
    let answer = pair.client().build().unwrap().get(&target).send().await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (reqwest::Version::HTTP_11, 404));

    let slow = Some(Latency::Fixed(Duration::from_secs(3)));
    let running = pair.start(MockSettings { latency: slow, ..settings() }).await;
    let client = pair.client().http2_prior_knowledge().build().unwrap();
    let target = format!("{}/nothing", running.url());
    // One connection for all of them.
    assert_eq!(client.get(&target).send().await.unwrap().version(), reqwest::Version::HTTP_2);
    let all: Vec<_> = (0..STREAMS_MAX + 50)
        .map(|_| {
            let asked = client.get(&target);
            tokio::spawn(async move { asked.send().await.unwrap().status().as_u16() })
        })
        .collect();
    let mut refused = 0;
    for one in all {
        refused += usize::from(one.await.unwrap() == 503);
    }
    assert!((1..=50).contains(&refused), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_break_encrypted_connections_as_well() {
    let pair = Pair::new();
    for (fault, version_two) in [("reset=1", false), ("reset=1", true), ("truncate=1", false)] {
        let faults = vec![FaultRule::parse(fault).unwrap()];
        let running = pair.start(MockSettings { faults, ..settings() }).await;
        let client = if version_two { pair.client() } else { pair.client().http1_only() }.build().unwrap();
        let target = format!("{}{PATH}/{RUNNING}", running.url());
        let broken = match client.delete(&target).header("x-api-key", "k").send().await {
            Err(_) => true,
            Ok(answer) => answer.bytes().await.is_err(),
        };
        assert!(broken, "{fault}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told() {
    let (pair, other) = (Pair::new(), Pair::new());
    pair.write("empty.pem", "");
    pair.write("cut.pem", &pair.cert[..pair.cert.len() / 2]);
    pair.write(
        "locked.pem",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    pair.write("odd.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    std::fs::copy(other.path("key.pem"), pair.path("other.pem")).unwrap();
    for (cert, key, words) in [
        ("nowhere.pem", "key.pem", &["certificate", "nowhere.pem", "can't be read"][..]),
        ("cert.pem", "nowhere.pem", &["private key", "nowhere.pem", "can't be read"]),
        ("empty.pem", "key.pem", &["no certificate in", "BEGIN CERTIFICATE"]),
        ("key.pem", "key.pem", &["no certificate in", "key.pem"]),
        ("cut.pem", "key.pem", &["no certificate in", "cut.pem"]),
        ("odd.pem", "key.pem", &["odd.pem", "can't be used"]),
        ("cert.pem", "cert.pem", &["no private key in", "BEGIN PRIVATE KEY"]),
        ("cert.pem", "locked.pem", &["encrypted", "pass phrase"]),
        ("cert.pem", "other.pem", &["other.pem", "is not the one of the certificate", "cert.pem"]),
    ] {
        let server = MockServer::from_contract(seed_contract(), settings());
        let error = server.with_tls(pair.path(cert), pair.path(key)).start().await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, ServeError::Tls(_)), "{text}");
        for word in words {
            assert!(text.contains(word), "{cert} {key}: no `{word}` in {text}");
        }
    }
    let huge = std::fs::File::create(pair.path("huge.pem")).unwrap();
    huge.set_len(counterpart::base::limits::TLS_FILE_BYTES_MAX + 1).unwrap();
    let server = MockServer::from_contract(seed_contract(), settings());
    let error = server.with_tls(pair.path("huge.pem"), pair.path("key.pem")).start().await.unwrap_err();
    assert!(matches!(error, ServeError::Tls(TlsError::Unreadable { .. })), "{error}");
}

#[test]
fn the_command_takes_both_files_or_none() {
    let program = Program::new().file("a.pem", "nothing");
    program.run(&["mock", "--tls-cert", "a.pem"]).exits(2).complains(&["--tls-key"]);
    program.run(&["mock", "--tls-key", "a.pem"]).exits(2).complains(&["--tls-cert"]);
    let both = ["mock", "--port", "0", "--tls-cert", "a.pem", "--tls-key", "a.pem"];
    program.run(&both).exits(2).complains(&["no certificate in a.pem", "hint: ", "--tls-key"]);
    program.run(&["mock", "--max-connections", "0"]).exits(2).complains(&["serve nobody"]);
}
