//! The mock beside a bare actix-web server that returns the same bytes, in one run: throughput and latencies of a soft
//! delete, a read, a list and a validated creation; start-up, first answers to large contracts, memory.
//!
//! ```text
//! cargo bench --bench mock                   # all of it, about three minutes
//! cargo bench --bench mock -- 3 100000       # seconds for each measurement, requests for the memory measurement
//! cargo bench --bench mock -- 3 --only POST  # the measurements whose names have this in them
//! cargo bench --bench mock -- --beside prism='npx prism mock -p {port} {spec}' --beside steady='npx steady -p {port} {spec}'
//! ```
//!
//! Every server is a process of its own; the load comes from this one, over keep-alive connections of the loopback
//! device. Servers and load share the machine, so compare the figures of one run only with each other. With `--beside`
//! another mock gets the same requests for `benches/shop.yaml`. The large contracts are those of the shared corpus
//! (`COUNTERPART_SHARED`, else `../shared`).

#![expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How many connections send at once.
const CONNECTIONS: usize = 32;

/// How many requests a turn takes at most: fewer than a mock holds entities of a resource.
const ROUND_REQUESTS_MAX: u64 = 150_000;

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/shop.yaml");

/// Large contracts, and a path of each that is answered first.
const LARGE: [(&str, &str); 4] = [
    ("corpus/huge/oad-microsoft.com-graph.json", "/me"),
    ("corpus/huge/github-api.json", "/repos/a/b/issues"),
    ("corpus/huge/stripe.yaml", "/v1/customers"),
    ("corpus/huge/kubernetes-1.10.json", "/api/v1/nodes"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [role, status, file] = arguments.as_slice()
        && role == "bare"
    {
        bare(status.parse().expect("a status"), std::fs::read(file).expect("a body"));
        return;
    }
    let mut numbers = Vec::new();
    let mut beside = Vec::new();
    let mut only = String::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--only" {
            only = arguments.next().expect("a word after --only");
        } else if argument == "--beside" {
            let named = arguments.next().expect("NAME=COMMAND after --beside");
            let (name, command) = named.split_once('=').expect("NAME=COMMAND after --beside");
            beside.push((name.to_owned(), command.to_owned()));
        } else {
            numbers.push(argument.parse::<f64>().expect("a number"));
        }
    }
    let time = Duration::from_secs_f64(numbers.first().copied().unwrap_or(5.0));
    let million = numbers.get(1).map_or(1_000_000, |n| *n as u64);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        if only.is_empty() {
            start_up().await;
            first_answers().await;
        }
        deletes(time, &only).await;
        shop(time, &beside, &only).await;
        if only.is_empty() {
            memory(million).await;
        }
    });
}

async fn start_up() {
    let mut starts = Vec::new();
    for _ in 0..5 {
        let before = Instant::now();
        let server = Server::mock(&[]);
        starts.push(before.elapsed());
        drop(server);
    }
    starts.sort_unstable();
    println!("start-up until it listens: {:?} (best of {}), worst {:?}", starts[0], starts.len(), starts[4]);
}

/// From the start of the process to the first answer.
async fn first_answers() {
    let root = std::env::var_os("COUNTERPART_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    for (file, path) in LARGE {
        let file = root.join(file);
        if !file.exists() {
            continue;
        }
        let request = plain("GET", path, "Authorization: Bearer t\r\n", "");
        let mut best = (Duration::MAX, String::new(), String::new());
        for _ in 0..3 {
            let before = Instant::now();
            let server = Server::mock(&[&file.to_string_lossy()]);
            let answer = one(server.address, &request).await;
            if before.elapsed() < best.0 {
                best = (before.elapsed(), split(&answer).0, server.memory());
            }
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("first answer, {name} {path}: {:?} ({}), {} kB then", best.0, best.1, best.2);
    }
}

/// The seed contract: deletes of a record that is deleted already, and of one in a mock without memory.
async fn deletes(time: Duration, only: &str) {
    let path = "/v5/agentex/deployments/dep_01j02nwsupportcop";
    let request =
        plain("DELETE", path, "x-api-key: key\r\nx-selected-account-id: acct_01hx4northwind\r\n", "");
    for (name, flags) in [
        ("DELETE 422 (kept in memory, already deleted)", &[][..]),
        ("DELETE 200 (--state none)", &["--state", "none"]),
    ] {
        if !name.contains(only) {
            continue;
        }
        let mock = Server::mock(flags);
        // The first delete makes the record terminal: from then on all answers are alike.
        one(mock.address, &request).await;
        compare(name, &mock, &request, time, None).await;
    }
}

/// A contract of the usual kind: create, list, read.
async fn shop(time: Duration, beside: &[(String, String)], only: &str) {
    let mock = Server::mock(&[SHOP]);
    let body = new_item();
    let create = plain("POST", "/items", "Content-Type: application/json\r\n", &body);
    let (status, created) = split_owned(&one(mock.address, &create).await);
    assert_eq!(status, "201", "{}", String::from_utf8_lossy(&created));
    let item: serde_json::Value = serde_json::from_slice(&created).expect("an item");
    for _ in 0..50 {
        one(mock.address, &create).await;
    }
    let read = plain("GET", &format!("/items/{}", item["id"].as_str().expect("an id")), "", "");
    let list = plain("GET", "/items?limit=20", "", "");
    let reset = plain("POST", "/__counterpart/reset", "", "");
    for (name, request, reset) in [
        ("GET by id (2 kB)", &read, None),
        ("GET of a list (20 of 51)", &list, None),
        (&*format!("POST of {} bytes, validated", body.len()), &create, Some(&*reset)),
    ] {
        if name.contains(only) {
            compare(name, &mock, request, time, reset).await;
        }
    }
    for (name, command) in beside {
        let other = Server::other(command).await;
        println!("\n{name} with the same requests, {CONNECTIONS} connections");
        for (what, request) in [("GET by id", &read), ("GET of a list", &list), ("POST", &create)] {
            let status = split(&one(other.address, request).await).0;
            load(other.address, request, &status, time / 4, ROUND_REQUESTS_MAX).await;
            load(other.address, request, &status, time, ROUND_REQUESTS_MAX)
                .await
                .print(&format!("{what} ({status})"));
        }
    }
}

async fn memory(million: u64) {
    let mock = Server::mock(&[]);
    let path = "/v5/agentex/deployments/dep_01j02nwsupportcop";
    let request =
        plain("DELETE", path, "x-api-key: key\r\nx-selected-account-id: acct_01hx4northwind\r\n", "");
    let before = mock.memory();
    let status = split(&one(mock.address, &request).await).0;
    // The first deletion is answered otherwise than those that follow.
    let status = if status == "200" { split(&one(mock.address, &request).await).0 } else { status };
    load(mock.address, &request, &status, Duration::MAX, million).await;
    println!("\nmemory: {before} kB at the start, {} kB after {million} requests", mock.memory());
}

/// The mock and the bare server with the same answer, in turns. `reset` is sent to the mock before each turn.
async fn compare(name: &str, mock: &Server, request: &[u8], time: Duration, reset: Option<&[u8]>) {
    let answer = one(mock.address, request).await;
    let (status, body) = split(&answer);
    let file = std::env::temp_dir().join(format!("counterpart-bench-{}", std::process::id()));
    std::fs::write(&file, body).expect("the body is kept");
    let plain = Server::bare(&status, &file.to_string_lossy());
    assert_eq!(split(&one(plain.address, request).await).1, body, "both servers must send the same");
    println!("\n{name}: {status}, {} bytes of body, {CONNECTIONS} connections", body.len());
    let (mut ours, mut theirs) = (Figures::default(), Figures::default());
    // Alternating, so that a noisy neighbour hits both.
    for _ in 0..3 {
        theirs.add(load(plain.address, request, &status, time, ROUND_REQUESTS_MAX).await);
        if let Some(reset) = reset {
            one(mock.address, reset).await;
        }
        ours.add(load(mock.address, request, &status, time, ROUND_REQUESTS_MAX).await);
    }
    theirs.print("bare actix-web");
    ours.print("counterpart mock");
    println!(
        "  throughput {:.0} % of bare; p99 {:.2} times",
        100.0 * ours.rate() / theirs.rate(),
        ours.at(0.99).as_secs_f64() / theirs.at(0.99).as_secs_f64()
    );
    let _ = std::fs::remove_file(file);
}

/// A body of about 2 kB that `benches/shop.yaml` takes.
fn new_item() -> String {
    let variant = |n: u32| {
        serde_json::json!({
            "code": format!("variant-{n}"), "colour": if n.is_multiple_of(2) { "#00aaff" } else { "green" },
            "price": f64::from(n) + 0.5, "stock": n * 7, "sizes": ["S", "M", "XL"],
        })
    };
    let item = serde_json::json!({
        "name": "Folding chair, beech", "sku": "CHR-004711", "price": 59.75, "currency": "EUR", "status": "listed",
        "description": "A chair that folds flat and hangs on a hook. ".repeat(14),
        "stock": 120, "available_from": "2026-03-01", "last_counted_at": "2026-02-11T09:30:00Z",
        "homepage": "https://shop.example/chairs/folding", "supplier_id": "3f2c8a52-6c3e-4a7e-9a3f-0d6e6f1b2c3d",
        "tags": ["chair", "beech", "folding", "garden", "indoor"],
        "dimensions": {"width": 44.5, "height": 82.0, "depth": 47.25, "unit": "cm"},
        "contact": {"email": "sales@shop.example", "phone": "+49 30 1234567"},
        "variants": (0..6).map(variant).collect::<Vec<_>>(),
        "attributes": {"material": "beech", "weight": 3.2, "stackable": false},
    });
    item.to_string()
}

/// A server process.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn mock(flags: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
        command.args(["mock", "--port", "0", "--workers", "2"]).args(flags);
        Self::start(command)
    }

    fn bare(status: &str, file: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["bare", status, file]);
        Self::start(command)
    }

    /// Another program's mock of the shop, by a command with `{port}` and `{spec}` in it.
    async fn other(command: &str) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let command = command.replace("{port}", &address.port().to_string()).replace("{spec}", SHOP);
        // `exec`, so that ending the shell ends the program.
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec {command}")]).stdout(Stdio::null()).stderr(Stdio::null());
        let child = shell.spawn().expect("the command starts");
        let started = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "`{command}` does not listen on {address}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { child, address }
    }

    fn start(mut command: Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").expect("an address");
        Self { address: address.parse().expect("an address"), child }
    }

    /// The resident set in kB, where the system tells it.
    fn memory(&self) -> String {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        line.map_or("?".to_owned(), |l| l.trim().trim_end_matches("kB").trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bare server: one handler, the same headers and bytes for every request.
fn bare(status: u16, body: Vec<u8>) {
    use actix_web::{App, HttpResponse, HttpServer, http::StatusCode, web};
    let body = bytes::Bytes::from(body);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("listening on http://{}", listener.local_addr().expect("an address"));
    let server = HttpServer::new(move || {
        let body = body.clone();
        App::new().default_service(web::to(move |_sent: bytes::Bytes| {
            let body = body.clone();
            async move {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
                HttpResponse::build(status).content_type("application/json").body(body)
            }
        }))
    })
    .workers(2)
    .listen(listener)
    .expect("it listens")
    .run();
    actix_web::rt::System::new().block_on(server).expect("it runs");
}

/// What was measured.
#[derive(Default)]
struct Figures {
    latencies: Vec<u32>,
    time: Duration,
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.time += other.time;
    }

    fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.time.as_secs_f64()
    }

    fn at(&self, part: f64) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let index = ((sorted.len() as f64 * part) as usize).min(sorted.len().saturating_sub(1));
        Duration::from_nanos(sorted.get(index).copied().unwrap_or(0).into())
    }

    fn print(&self, name: &str) {
        let (rate, p50, p99) = (self.rate(), self.at(0.5), self.at(0.99));
        println!("  {name:<18} {rate:>9.0} requests/s   p50 {p50:>10.2?}   p99 {p99:>10.2?}");
    }
}

/// A request's bytes; `headers` end in line ends.
fn plain(method: &str, target: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!(
        "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: application/json\r\n\
         {headers}{length}\r\n{body}"
    )
    .into_bytes()
}

/// One request on a connection of its own: the whole answer.
async fn one(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request).await.expect("sent");
    let mut buffer = Vec::new();
    read(&mut stream, &mut buffer).await;
    buffer
}

/// Reads one answer: as long as it says, or in chunks.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut total = None;
    loop {
        assert!(stream.read_buf(buffer).await.expect("an answer") > 0, "the connection was closed");
        if total.is_none()
            && let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n")
        {
            let text = std::str::from_utf8(&buffer[..head]).expect("a head of ASCII").to_ascii_lowercase();
            let field = |name: &str| {
                text.split("\r\n")
                    .find_map(|line| line.strip_prefix(name))
                    .map(|value| value.trim().to_owned())
            };
            // No length at all: in chunks, and so without an end that is known now.
            let length = field("content-length:").and_then(|digits| digits.parse::<usize>().ok());
            let bodiless = text.get(9..12).is_some_and(|status| status == "204" || status == "304");
            total = Some(if bodiless { Some(head + 4) } else { length.map(|length| head + 4 + length) });
        }
        match total {
            Some(Some(total)) if buffer.len() >= total => return,
            Some(None) if buffer.ends_with(b"0\r\n\r\n") => return,
            _ => {}
        }
    }
}

fn split_owned(answer: &[u8]) -> (String, Vec<u8>) {
    let (status, body) = split(answer);
    (status, body.to_vec())
}

fn split(answer: &[u8]) -> (String, &[u8]) {
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    (String::from_utf8_lossy(&answer[9..12]).into_owned(), &answer[head + 4..])
}

/// Sends as fast as answers come, on all connections at once, for so long or until so many were sent; all answers must
/// have this status.
async fn load(address: SocketAddr, request: &[u8], status: &str, time: Duration, requests: u64) -> Figures {
    let request: Arc<[u8]> = request.into();
    let status: Arc<[u8]> = status.as_bytes().into();
    let left = Arc::new(AtomicU64::new(requests));
    let start = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (left, request, status) = (Arc::clone(&left), Arc::clone(&request), Arc::clone(&status));
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.expect("a connection");
                stream.set_nodelay(true).expect("an option");
                let (mut buffer, mut latencies) = (Vec::with_capacity(65_536), Vec::new());
                loop {
                    if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_err()
                    {
                        break;
                    }
                    let sent = Instant::now();
                    if sent - start > time {
                        break;
                    }
                    stream.write_all(&request).await.expect("sent");
                    read(&mut stream, &mut buffer).await;
                    assert_eq!(buffer[9..12], *status, "{}", String::from_utf8_lossy(&buffer));
                    latencies.push(u32::try_from(sent.elapsed().as_nanos()).unwrap_or(u32::MAX));
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("a task"));
    }
    Figures { latencies, time: start.elapsed() }
}
