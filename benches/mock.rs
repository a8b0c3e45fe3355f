//! The mock beside a bare actix-web server that returns the same bytes, in one run: throughput, latencies, start-up,
//! memory after a million requests.
//!
//! ```text
//! cargo bench --bench mock            # all of it, about two minutes
//! cargo bench --bench mock -- 3 100000   # seconds for each measurement, requests for the memory measurement
//! ```
//!
//! Every server is a process of its own; the load comes from this one, over keep-alive connections of the loopback
//! device. Servers and load share the machine, so compare the figures of one run only with each other.

#![expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How many connections send at once.
const CONNECTIONS: usize = 32;

const PATH: &str = "/v5/agentex/deployments/dep_01j02nwsupportcop";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if let [role, status, file] = arguments.as_slice()
        && role == "bare"
    {
        bare(status.parse().expect("a status"), std::fs::read(file).expect("a body"));
        return;
    }
    let seconds = arguments.first().and_then(|a| a.parse().ok()).unwrap_or(5.0);
    let million = arguments.get(1).and_then(|a| a.parse().ok()).unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(measure(Duration::from_secs_f64(seconds), million));
}

async fn measure(time: Duration, million: u64) {
    let starts: Vec<Duration> = (0..5)
        .map(|_| {
            let before = Instant::now();
            let server = Server::mock(&[]);
            let took = before.elapsed();
            drop(server);
            took
        })
        .collect();
    println!(
        "start-up until it listens: {:?} (best of {}), worst {:?}",
        starts.iter().min(),
        starts.len(),
        starts.iter().max()
    );

    for (name, flags) in [
        ("DELETE 422 (kept in memory, already deleted)", &[][..]),
        ("DELETE 200 (--state none)", &["--state", "none"]),
    ] {
        let mock = Server::mock(flags);
        // The first delete makes the record terminal: from then on all answers are alike.
        let first = one(mock.address).await;
        let answer = if flags.is_empty() { one(mock.address).await } else { first };
        let (status, body) = split(&answer);
        let file = std::env::temp_dir().join(format!("counterpart-bench-{}", std::process::id()));
        std::fs::write(&file, body).expect("the body is kept");
        let plain = Server::bare(&status, &file.to_string_lossy());
        assert_eq!(split(&one(plain.address).await).1, body, "both servers must send the same");
        println!("\n{name}, {} bytes of body, {CONNECTIONS} connections", body.len());
        // Alternating, so that a noisy neighbour hits both.
        let (mut ours, mut theirs) = (Figures::default(), Figures::default());
        for _ in 0..3 {
            theirs.add(load(plain.address, Stop::After(time)).await);
            ours.add(load(mock.address, Stop::After(time)).await);
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

    let mock = Server::mock(&[]);
    let before = mock.memory();
    load(mock.address, Stop::Requests(million)).await;
    println!("\nmemory: {before} kB at the start, {} kB after {million} requests", mock.memory());
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
        App::new().default_service(web::to(move || {
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

#[derive(Clone, Copy)]
enum Stop {
    After(Duration),
    Requests(u64),
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

fn request() -> Vec<u8> {
    format!(
        "DELETE {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: application/json\r\n\
         x-api-key: key\r\nx-selected-account-id: acct_01hx4northwind\r\n\r\n"
    )
    .into_bytes()
}

/// One request on a connection of its own: the whole answer.
async fn one(address: SocketAddr) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(&request()).await.expect("sent");
    let mut buffer = Vec::new();
    read(&mut stream, &mut buffer).await;
    buffer
}

/// Reads one answer; answers its length.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> usize {
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.expect("an answer") > 0, "the connection was closed");
        let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head]).expect("a head of ASCII");
        let length: usize = text
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next())
            .and_then(|digits| digits.parse().ok())
            .expect("a length");
        let total = head + 4 + length;
        while buffer.len() < total {
            assert!(stream.read_buf(buffer).await.expect("the body") > 0, "the connection was closed");
        }
        return total;
    }
}

fn split(answer: &[u8]) -> (String, &[u8]) {
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    (String::from_utf8_lossy(&answer[9..12]).into_owned(), &answer[head + 4..])
}

/// Sends as fast as answers come, on all connections at once.
async fn load(address: SocketAddr, stop: Stop) -> Figures {
    let left = Arc::new(AtomicU64::new(if let Stop::Requests(n) = stop { n } else { u64::MAX }));
    let start = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let left = Arc::clone(&left);
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.expect("a connection");
                stream.set_nodelay(true).expect("an option");
                let (request, mut buffer, mut latencies) = (request(), Vec::with_capacity(8192), Vec::new());
                loop {
                    if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_err()
                    {
                        break;
                    }
                    let sent = Instant::now();
                    if matches!(stop, Stop::After(time) if sent - start > time) {
                        break;
                    }
                    stream.write_all(&request).await.expect("sent");
                    read(&mut stream, &mut buffer).await;
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
