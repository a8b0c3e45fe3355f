//! State at size: start-up, memory, reads and lists of a mock with many entities; what a state file costs.
//!
//! ```text
//! cargo bench --bench state                # 100,000 entities, about a minute
//! cargo bench --bench state -- 20000 1     # so many entities, seconds for each measurement
//! ```
//!
//! The mock is a process of its own, with the example contract of this file. Servers and load share the machine.

#![expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many clients send at once.
const CLIENTS: usize = 32;

const CONTRACT: &str = "
openapi: 3.1.0
info: {title: Many, version: '1'}
paths:
  /things:
    get:
      parameters:
        - {name: kind, in: query, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, minimum: 1}}
        - {name: offset, in: query, schema: {type: integer, minimum: 0}}
        - {name: sort, in: query, schema: {type: string}}
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                properties:
                  items: {type: array, items: {$ref: '#/components/schemas/Thing'}}
                  total: {type: integer}
                required: [items, total]
    post:
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/New'}}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
    patch:
      requestBody: {content: {application/merge-patch+json: {schema: {type: object}}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
components:
  schemas:
    New: &new
      type: object
      properties: &properties
        name: {type: string}
        kind: {type: string}
        text: {type: string}
        tags: {type: array, items: {type: string}}
        size: {type: integer}
        place: {type: object, properties: {city: {type: string}, street: {type: string}, zip: {type: string}}}
      required: [name]
    Thing:
      allOf:
        - *new
        - type: object
          properties: {id: {type: integer}, created_at: {type: string, format: date-time}}
          required: [id, created_at]
";

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse::<f64>().ok());
    let entities = numbers.next().unwrap_or(100_000.0) as usize;
    let time = Duration::from_secs_f64(numbers.next().unwrap_or(3.0));
    let folder = std::env::temp_dir().join(format!("counterpart-state-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("many.yaml"), CONTRACT).expect("the contract is written");

    for (name, state) in [("in memory", "memory"), ("in a file", "file:state")] {
        println!("\n{entities} entities of about {} bytes, {name}", thing(0).len());
        let mock = Mock::start(&folder, state);
        println!("  memory without entities       {:>9} kB", mock.memory());
        let start = Instant::now();
        fill(mock.address, entities);
        let took = start.elapsed();
        println!("  created by POST               {:>9.0} requests/s", entities as f64 / took.as_secs_f64());
        println!("  memory                        {:>9} kB", mock.memory());
        let at = |n: usize| 1 + n * 7919 % entities;
        measure("GET by id", mock.address, time, &|n| get(&format!("/things/{}", at(n))));
        measure("GET by id, not modified", mock.address, time, &|n| {
            format!("GET /things/{} HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n", at(n)).into_bytes()
        });
        measure("list, 20 at an offset", mock.address, time, &|n| {
            get(&format!("/things?limit=20&offset={}", at(n)))
        });
        measure("list, filtered", mock.address, time, &|n| {
            get(&format!("/things?limit=20&kind=k{}", n % 10))
        });
        measure("list, sorted", mock.address, time, &|_| get("/things?limit=20&sort=-name"));
        measure("PATCH by id", mock.address, time, &|n| {
            request("PATCH", &format!("/things/{}", at(n)), "application/merge-patch+json", r#"{"size": 5}"#)
        });
        println!("  memory at the end             {:>9} kB", mock.memory());
        drop(mock);
        if state != "memory" {
            let size = std::fs::metadata(folder.join("state")).map_or(0, |m| m.len() / 1024);
            let start = Instant::now();
            let mock = Mock::start(&folder, state);
            println!("  start from a file of          {size:>9} kB in {:.2?}", start.elapsed());
            println!("  memory after that start       {:>9} kB", mock.memory());
        }
    }
    // The folder is the system's to clean when this fails.
    let _ = std::fs::remove_dir_all(folder);
}

/// A body of about 600 bytes.
fn thing(n: usize) -> String {
    format!(
        r#"{{"name": "thing {}", "kind": "k{}", "text": "{}", "tags": ["one", "two", "three"], "size": {n}, "place": {{"city": "Utrecht", "street": "Long Street {n}", "zip": "3511 AB"}}}}"#,
        n * 7919 % 1_000_003,
        n % 10,
        "lorem ipsum ".repeat(30)
    )
}

fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes()
}

fn request(method: &str, target: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn fill(address: SocketAddr, entities: usize) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..CLIENTS {
            threads.spawn(|| {
                let mut client = Client::connect(address);
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= entities {
                        break;
                    }
                    let status = client.send(&request("POST", "/things", "application/json", &thing(n)));
                    assert_eq!(status, 201);
                }
            });
        }
    });
}

/// Sends as fast as answers come, from all clients, and prints how it went.
fn measure(name: &str, address: SocketAddr, time: Duration, request: &(dyn Fn(usize) -> Vec<u8> + Sync)) {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    let run = || {
        let mut client = Client::connect(address);
        let mut took = Vec::new();
        while start.elapsed() < time {
            let sent = Instant::now();
            let status = client.send(&request(next.fetch_add(1, Ordering::Relaxed)));
            assert!(matches!(status, 200 | 304), "{name}: {status}");
            took.push(sent.elapsed());
        }
        took
    };
    let mut all: Vec<Duration> = std::thread::scope(|threads| {
        let running: Vec<_> = (0..CLIENTS).map(|_| threads.spawn(run)).collect();
        running.into_iter().flat_map(|client| client.join().expect("a client")).collect()
    });
    let rate = all.len() as f64 / start.elapsed().as_secs_f64();
    all.sort_unstable();
    let at = |part: f64| all[((all.len() as f64 * part) as usize).min(all.len() - 1)];
    println!("  {name:<26} {rate:>12.0} requests/s   p50 {:>9.2?}   p99 {:>9.2?}", at(0.5), at(0.99));
}

/// A keep-alive connection.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        Self { stream, buffer: vec![0; 1 << 16] }
    }

    /// Sends a request, reads its answer, and answers its status.
    fn send(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).expect("sent");
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).expect("an answer");
            assert!(read > 0, "the connection was closed");
            filled += read;
            if let Some(at) = self.buffer[..filled].windows(4).position(|w| w == b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.buffer[..at]).expect("a head of ASCII");
                let length =
                    head.split("content-length: ").nth(1).and_then(|l| l.lines().next()?.parse().ok());
                let whole = at + 4 + length.unwrap_or(0);
                if filled >= whole {
                    return head[9..12].parse().expect("a status");
                }
                self.buffer.resize(whole.max(self.buffer.len()), 0);
            }
        }
    }
}

/// A mock process.
struct Mock {
    child: Child,
    address: SocketAddr,
}

impl Mock {
    fn start(folder: &Path, state: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_counterpart"))
            .args(["mock", "many.yaml", "--port", "0", "--workers", "2", "--state", state])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the mock starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").expect("an address");
        Self { address: address.parse().expect("an address"), child }
    }

    /// The resident set in kB, where the system tells it.
    fn memory(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        line.map_or("?".to_owned(), |l| l.trim().trim_end_matches("kB").trim().to_owned())
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
