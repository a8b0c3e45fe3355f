//! Answers of servers that mean harm: the client and the judge bound the work before it is done, and say so.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use counterpart::base::limits::{
    CHUNK_LINE_BYTES_MAX, CODINGS_MAX, INTERIM_ANSWERS_MAX, JSON_NODES_MAX, RESPONSE_HEAD_BYTES_MAX,
    VIOLATIONS_MAX,
};
use counterpart::client::{Client, ClientSettings};
use counterpart::contract::Contract;
use counterpart::schema::{Flat, Schema};
use counterpart::validate::{Breach, BreachKind, Judge};
use counterpart::wire::{Headers, Request, Response, SendError, coding};
use serde_json::{Value, json};

use crate::support::Program;

/// How long a test waits for what has to end by itself; only a failure takes so long.
const GUARD: Duration = Duration::from_secs(100);

/// A server that does the same with every connection once it has read a request's head. It ends with the test process.
fn server(serve: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || {
                let mut stream = stream;
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                    head.push(byte[0]);
                }
                // The other side may have had enough before the end.
                let _ = serve(&mut stream);
            });
        }
    });
    url
}

fn get() -> Request {
    Request { method: "GET".into(), target: "/".into(), ..Request::default() }
}

/// What a GET gets of a server that says just this.
async fn answer(bytes: Vec<u8>, settings: ClientSettings) -> Result<Response, SendError> {
    let url = server(move |stream| stream.write_all(&bytes));
    let client = Client::new(&url, settings).unwrap();
    tokio::time::timeout(GUARD, client.outcome(&get())).await.expect("the client has to come to an end")
}

fn packed(body: &[u8], codings: &str) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: {codings}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn packed_bodies_are_unpacked_within_limits_or_told() {
    let text = b"to be or not to be".repeat(50);
    let gz = |bytes: &[u8]| coding::gzip(bytes).to_vec();
    let good = gz(&text);
    let got = answer(packed(&good, "gzip"), ClientSettings::default()).await.unwrap();
    assert_eq!(got.body, text);
    let thrice = gz(&gz(&good));
    let got = answer(packed(&thrice, "gzip, gzip, gzip"), ClientSettings::default()).await.unwrap();
    assert_eq!(got.body, text);
    // Coded in a way that was not asked for: left as it is.
    let got = answer(packed(b"[1]", "br"), ClientSettings::default()).await.unwrap();
    assert_eq!(got.body, "[1]");
    let many = ["gzip"; CODINGS_MAX + 1].join(",");
    let thousand = ["gzip"; 1000].join(",");
    let garbage = [&good[..], b"garbage behind it"].concat();
    for (body, codings, says) in [
        (&gz(&thrice), many.as_str(), "more than 3 content codings"),
        (&good, &thousand, "more than 3 content codings"),
        (&good[..good.len() - 6].to_vec(), "gzip", "no gzip"),
        (&garbage, "gzip", "no gzip"),
        (&text, "gzip", "no gzip"),
        (&good, "gzip, gzip", "no gzip"),
    ] {
        let error = answer(packed(body, codings), ClientSettings::default()).await.unwrap_err();
        assert!(matches!(error, SendError::Packed(_)), "{codings}: {error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn a_bomb_is_cut_off_where_the_limit_is() {
    let bomb = coding::gzip(&vec![0; 40 << 20]);
    let twice = coding::gzip(&bomb);
    assert!(twice.len() < 40 << 10);
    let limit = 1 << 20;
    for (body, codings) in [(&bomb, vec!["gzip".to_owned()]), (&twice, vec!["gzip".to_owned(); 2])] {
        let info = measure(|| {
            let error = coding::decode(body, &codings, limit).unwrap_err();
            assert_eq!(error, coding::CodingError::TooLong(limit));
        });
        assert!(info.bytes_max < 4 * limit as u64, "{info:?}");
        let settings = ClientSettings { body_bytes_max: limit, ..ClientSettings::default() };
        let got = answer(packed(body, &codings.join(",")), settings).await.unwrap();
        assert!(got.truncated && got.body.is_empty());
    }
}

#[tokio::test]
async fn heads_interim_answers_chunks_and_trailers_are_bounded() {
    let ok = "HTTP/1.1 200 OK\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let interim = |count: usize| "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(count);
    let long = |bytes: usize| "x".repeat(bytes);
    let fine = format!("{}{ok}Content-Length: 1\r\n\r\nx", interim(INTERIM_ANSWERS_MAX));
    assert_eq!(answer(fine.into_bytes(), ClientSettings::default()).await.unwrap().body, "x");
    for (bytes, says) in [
        (interim(INTERIM_ANSWERS_MAX + 1), "interim answers"),
        (interim(100_000), "interim answers"),
        (format!("HTTP/1.1 200 {}", long(10 << 20)), "header section is longer"),
        (format!("{ok}Set-Cookie: {}\r\n\r\n", long(RESPONSE_HEAD_BYTES_MAX)), "header section is longer"),
        (format!("{chunked}1;{}\r\nx\r\n0\r\n\r\n", long(1 << 20)), "chunk's first line is longer"),
        (format!("{chunked}1;{}\r\nx", long(CHUNK_LINE_BYTES_MAX + 1)), "chunk's first line is longer"),
        (format!("{chunked}0\r\nT: {}\r\n\r\n", long(1 << 20)), "trailer section is longer"),
        (format!("{ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), "two different Content-Length"),
        (format!("{ok}Content-Length: 9\r\n\r\nshort"), "5 of 9 bytes"),
        (long(1 << 20), "HTTP"),
    ] {
        let error = answer(bytes.into_bytes(), ClientSettings::default()).await.unwrap_err();
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
}

#[tokio::test]
async fn bodies_without_an_end_are_cut_off() {
    let settings = ClientSettings { body_bytes_max: 1 << 20, ..ClientSettings::default() };
    let block = vec![b'x'; 1 << 16];
    for head in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        let block = block.clone();
        let url = server(move |stream| {
            stream.write_all(head.as_bytes())?;
            loop {
                if head.contains("chunked") {
                    write!(stream, "{:x}\r\n", block.len())?;
                }
                stream.write_all(&block)?;
                if head.contains("chunked") {
                    stream.write_all(b"\r\n")?;
                }
            }
        });
        let client = Client::new(&url, settings.clone()).unwrap();
        let got = tokio::time::timeout(GUARD, client.outcome(&get())).await.unwrap().unwrap();
        assert_eq!((got.body.len(), got.truncated), (1 << 20, true), "{head}");
    }
    // Many small chunks behind a large one, which made room for all of them to be there at once.
    let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n".to_vec();
    bytes.extend(std::iter::repeat_n(b'x', 0x20_0000));
    bytes.extend(b"\r\n1\r\ny".repeat(100_000));
    bytes.extend(b"\r\n0\r\n\r\n");
    let got = answer(bytes, ClientSettings::default()).await.unwrap();
    assert_eq!((got.body.len(), got.truncated), (0x20_0000 + 100_000, false));
}

#[tokio::test]
async fn the_time_limit_is_for_the_whole_exchange() {
    let quick = ClientSettings { timeout: Duration::from_millis(300), ..ClientSettings::default() };
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: ",
        "HTTP/1.1 100 C\r\n\r\n",
        "",
    ] {
        // Something comes all the time, but never all of it.
        let url = server(move |stream| {
            stream.write_all(head.as_bytes())?;
            while !head.is_empty() {
                stream.write_all(b"x")?;
                stream.flush()?;
                std::thread::park_timeout(Duration::from_millis(20));
            }
            stream.read(&mut [0]).map(drop)
        });
        let client = Client::new(&url, quick.clone()).unwrap();
        let got = tokio::time::timeout(GUARD, client.outcome(&get())).await.unwrap();
        let broken = head.contains("100 C") && matches!(got, Err(SendError::Broken(_)));
        assert!(broken || got == Err(SendError::Timeout(quick.timeout)), "{head:?}: {got:?}");
    }
    // A TLS handshake that gets no answer.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let got =
        tokio::time::timeout(GUARD, Client::new(&url, quick.clone()).unwrap().outcome(&get())).await.unwrap();
    assert_eq!(got, Err(SendError::Timeout(quick.timeout)));
}

const CONTRACT: &str = r#"
openapi: 3.1.0
info: {title: Things, version: "1"}
paths:
  /things:
    get:
      operationId: listThings
      responses:
        "200":
          description: all
          content:
            application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}
            application/x-ndjson: {itemSchema: {$ref: '#/components/schemas/Thing'}}
            application/x-www-form-urlencoded: {schema: {type: object}}
            text/csv: {schema: {type: array}}
            text/event-stream: {itemSchema: {type: object}}
components:
  schemas:
    Thing: {type: object, required: [b], properties: {a: {type: integer}, b: {type: integer}}}
"#;

fn breaches(media: &str, body: &[u8]) -> Vec<Breach> {
    let contract = Contract::from_text("things.yaml", CONTRACT).unwrap();
    let operation = contract.operation(contract.heads()[0].index);
    let mut headers = Headers::new();
    headers.push("content-type", media.to_owned());
    let response = Response { status: 200, headers, body: body.to_vec().into(), truncated: false };
    Judge::new(&contract).response(&operation, &response)
}

#[test]
fn an_answer_of_many_values_takes_little_memory_and_is_told() {
    let body = format!("[{}{{}}]", "{\"a\":1},".repeat(1_500_000));
    let length = body.len() as u64;
    let mut found = Vec::new();
    let info = measure(|| found = breaches("application/json", body.as_bytes()));
    assert_eq!((found.len(), found[0].kind), (1, BreachKind::TooLarge));
    assert!(found[0].violation.message.contains(&format!("more than {JSON_NODES_MAX} values")));
    assert!(info.bytes_max < 6 * length, "{info:?} for {length} bytes");
    let lines = "{\"a\":1}\n".repeat(300_000);
    let fields = "a=1&".repeat(300_000);
    let events = "data: 1\n\n".repeat(300_000);
    for (media, body) in [
        ("application/x-ndjson", lines.as_str()),
        ("application/x-www-form-urlencoded", &fields),
        ("text/csv", &body),
        ("text/event-stream", &events),
    ] {
        let info = measure(|| found = breaches(media, body.as_bytes()));
        assert_eq!((found.len(), found[0].kind), (1, BreachKind::TooLarge), "{media}");
        assert!(info.bytes_max < 3 * body.len() as u64, "{media}: {info:?}");
    }
}

#[test]
fn a_large_answer_that_is_wrong_everywhere_is_judged_within_its_budget() {
    // Each of 300,000 objects lacks a member.
    let body = format!("[{}{{\"a\":1}}]", "{\"a\":1},".repeat(300_000));
    let length = body.len() as u64;
    let mut found = Vec::new();
    let info = measure(|| found = breaches("application/json", body.as_bytes()));
    assert_eq!(found.len(), VIOLATIONS_MAX);
    assert_eq!(found[0].violation.keyword, "required");
    assert!(info.bytes_max < 20 * length, "{info:?} for {length} bytes");
    assert!(found.iter().all(|breach| breach.violation.message.len() < 2000));
}

fn judged(schema: Value, instance: &str) -> (bool, Option<usize>, u64) {
    let schema = Schema::from_value(schema).unwrap();
    let (mut valid, mut count) = (false, None);
    let info = measure(|| {
        let flat = Flat::parse_any(instance.as_bytes()).unwrap();
        valid = schema.is_valid_flat(&flat);
        count = schema.violations_flat(&flat).map(|found| found.len());
    });
    (valid, count, info.bytes_max)
}

#[test]
fn work_that_grows_faster_than_the_answer_ends() {
    // Alternatives within alternatives: each level doubles what is wrong below it.
    let tree = json!({"$ref": "#/$defs/n", "$defs": {"n": {"anyOf": [
        {"type": "object", "properties": {"c": {"$ref": "#/$defs/n"}}, "required": ["c"]},
        {"type": "object", "properties": {"c": {"$ref": "#/$defs/n"}}, "required": ["c"], "maxProperties": 1},
    ]}}});
    let deep = format!("{}1{}", "{\"c\":".repeat(100), "}".repeat(100));
    let (valid, count, bytes) = judged(tree, &deep);
    assert!(!valid && count.is_none_or(|count| count <= VIOLATIONS_MAX), "{count:?}");
    assert!(bytes < 64 << 20, "{bytes}");
    // Names looked for in a long object.
    let many: Vec<String> = (0..40_000).map(|n| format!("\"n{n}\":1")).collect();
    let names: serde_json::Map<String, Value> =
        (0..40_000).map(|n| (format!("p{n}"), json!({"type": "string"}))).collect();
    let required: Vec<String> = names.keys().cloned().collect();
    let (valid, count, _) =
        judged(json!({"properties": names, "required": required}), &format!("{{{}}}", many.join(",")));
    assert!(!valid && count.is_none_or(|count| count <= VIOLATIONS_MAX));
    // Many items that all have to differ, and one that does not.
    let items: Vec<String> = (0..400_000).map(|n| n.to_string()).collect();
    let (valid, count, bytes) = judged(json!({"uniqueItems": true}), &format!("[{}]", items.join(",")));
    assert!(valid && count == Some(0) && bytes < 64 << 20, "{bytes}");
    let (valid, count, _) = judged(json!({"uniqueItems": true}), &format!("[{},7.0]", items.join(",")));
    assert!(!valid && count == Some(1));
}

#[test]
fn what_is_wrong_with_a_long_value_is_said_without_copying_it() {
    let text = format!("{{\"t\":\"{}\"}}", "é".repeat(2 << 20));
    let keywords: Vec<Value> = (0..40)
        .map(|n| json!({"properties": {"t": {"maxLength": n}}, "required": [n.to_string()]}))
        .collect();
    let (schema, flat) =
        (Schema::from_value(json!({"allOf": keywords})).unwrap(), Flat::parse_any(text.as_bytes()).unwrap());
    assert!(!schema.is_valid_flat(&flat));
    let mut found = Vec::new();
    let info = measure(|| found = schema.violations_flat(&flat).unwrap());
    assert_eq!(found.len(), 80);
    assert!(info.bytes_total < text.len() as u64, "{info:?}");
    let first = found.iter().find(|violation| violation.keyword == "maxLength").unwrap();
    assert!(
        first.message.len() < 1000 && first.message.ends_with("is longer than 0 characters"),
        "{}",
        first.message
    );
    assert!(first.actual.is_null());
    // A short one stands there whole, as it always did.
    let small = Flat::parse_any(br#"{"t":"abc"}"#).unwrap();
    let found = schema.violations_flat(&small).unwrap();
    let first = found.iter().find(|violation| violation.keyword == "maxLength").unwrap();
    assert_eq!(
        (first.message.as_str(), &first.actual),
        ("\"abc\" is longer than 0 characters", &json!("abc"))
    );
    assert_eq!(found, schema.violations(&small.to_value()));
}

#[test]
fn the_flat_judge_and_the_tree_judge_say_the_same() {
    let schema = Schema::from_value(json!({
        "type": "object", "required": ["id", "x"], "additionalProperties": false,
        "properties": {
            "id": {"type": "integer", "minimum": 3, "format": "int32"}, "e": {"enum": [[1], {"a": 2}, "b"]},
            "l": {"type": "array", "uniqueItems": true, "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
            "u": {"type": "object", "properties": {"a": true}, "unevaluatedProperties": false},
            "long": {"type": "integer"},
        },
    }))
    .unwrap();
    let long: Vec<u32> = (0..1000).collect();
    for instance in [
        json!(7),
        json!({"id": 1, "e": [1.0], "l": ["a", "a", 1, null], "u": {"a": 1, "b": 2}, "other": 1, "names": 2}),
        json!({"id": 99_999_999_999_i64, "e": {"a": 3}, "x": null, "long": long}),
        json!({"id": "1", "long": {"deep": {"value": "text ".repeat(2000)}}, "x": 0}),
    ] {
        let flat = Flat::parse_any(instance.to_string().as_bytes()).unwrap();
        let (tree, flat) = (schema.violations(&instance), schema.violations_flat(&flat).unwrap());
        let facts = |found: &[counterpart::schema::Violation]| -> Vec<_> {
            found
                .iter()
                .map(|v| {
                    (
                        v.instance.clone(),
                        v.keyword.clone(),
                        v.schema.clone(),
                        v.expected.clone(),
                        v.names.clone(),
                        v.branches.len(),
                    )
                })
                .collect()
        };
        assert_eq!(facts(&flat), facts(&tree));
        for (flat, tree) in flat.iter().zip(&tree) {
            assert_eq!(flat.actual, tree.actual);
            if !tree.actual.is_null() {
                assert_eq!(flat.message, tree.message);
            }
        }
    }
}

/// A run of the tester against a server, on the operation of [`CONTRACT`].
fn run(url: &str, more: &[&str]) -> crate::support::Ran {
    let program = Program::new().file("things.yaml", CONTRACT);
    let fixed = [
        "test",
        "things.yaml",
        "--url",
        url,
        "--seed",
        "1",
        "--cases",
        "2",
        "--phases",
        "boundary",
        "--workers",
        "2",
    ];
    program.run(&[&fixed[..], more].concat())
}

#[test]
fn the_report_says_what_was_too_much() {
    let bomb = coding::gzip(&vec![b' '; 40 << 20]);
    let json = |body: &[u8], codings: &str| {
        let codings =
            if codings.is_empty() { String::new() } else { format!("Content-Encoding: {codings}\r\n") };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{codings}Connection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    let objects = format!("[{}{{}}]", "{\"b\":1},".repeat(400_000));
    for (bytes, says) in [
        (json(&bomb, "gzip"), &["answered", "was cut off", "Content-Encoding is undone"][..]),
        (json(objects.as_bytes(), ""), &["response-body", "more than 1000000 values"]),
        (json(objects.as_bytes(), "gzip"), &["can't be unpacked", "no gzip"]),
    ] {
        let url = server(move |stream| stream.write_all(&bytes));
        let ran = run(&url, &[]);
        for word in says {
            assert!(
                ran.out.contains(word) || ran.err.contains(word),
                "no `{word}`:\n{}\n{}",
                ran.out,
                ran.err
            );
        }
        assert_ne!(ran.code, 0, "{}", ran.out);
    }
}

#[test]
fn the_time_of_a_run_ends_what_is_under_way() {
    let url = server(|stream| stream.read(&mut [0]).map(drop));
    let started = Instant::now();
    let ran = run(&url, &["--timeout", "90s", "--max-time", "1s"]);
    assert!(started.elapsed() < Duration::from_secs(60), "{}", ran.out);
    assert_ne!(ran.code, 101, "{}", ran.err);
}

#[test]
fn a_contract_from_a_hostile_server_is_refused_with_the_reason() {
    let round = server(|stream| {
        stream.write_all(
            b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        )
    });
    let bomb = packed(&coding::gzip(&vec![b' '; 70 << 20]), "gzip");
    let bomb = server(move |stream| stream.write_all(&bomb));
    let broken = packed(b"openapi: 3.1.0", "gzip");
    let broken = server(move |stream| stream.write_all(&broken));
    for (url, says) in [(round, "redirects"), (bomb, "longer than"), (broken, "can't be unpacked")] {
        let ran = Program::new().run(&["check", &format!("{url}/openapi.yaml")]);
        assert!(
            ran.out.contains(says) || ran.err.contains(says),
            "no `{says}`:
{}
{}",
            ran.out,
            ran.err
        );
        assert_ne!(ran.code, 0);
    }
}
