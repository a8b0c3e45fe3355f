//! Content codings: compressed answers, compressed requests, and what is wrong with them.

use counterpart::MockServer;
use counterpart::base::limits::{COMPRESSED_BYTES_MIN, REQUEST_BODY_BYTES_MAX};
use counterpart::client::{Client, ClientSettings};
use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings};
use counterpart::wire::Response;
use counterpart::wire::coding::{decode, gzip};
use serde_json::{Value, json};

use crate::mock::request;
use crate::mock_sockets::raw;

const NOTES: &str = r##"
openapi: 3.1.0
info: {title: Notes, version: '1'}
paths:
  /notes:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
      responses:
        '201':
          description: Made
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
        '400': {description: Wrong}
  /notes/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: One
          headers: {ETag: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
        '404': {description: None}
components:
  schemas:
    Note:
      type: object
      required: [text]
      properties: {id: {type: string}, text: {type: string}}
"##;

fn notes(text: &str) -> Mock {
    let mock = Mock::new(Contract::from_text("notes.yaml", NOTES).unwrap(), MockSettings::default()).unwrap();
    let state = json!({"resources": {"notes": [{"id": "a", "text": text}]}});
    let mut put = request("PUT", "/__counterpart/state", &[]);
    put.body = Some(state.to_string().into());
    assert_eq!(mock.answer(&put).status, 204);
    mock
}

fn get(mock: &Mock, method: &str, accepts: Option<&str>) -> Response {
    let mut asked = request(method, "/notes/a", &[]);
    if let Some(accepts) = accepts {
        asked.headers.push("accept-encoding", accepts.to_owned());
    }
    mock.answer(&asked)
}

fn unpacked(answer: &Response) -> Value {
    let bytes = decode(&answer.body, &["gzip".to_owned()], 1 << 20).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn long_texts_are_packed_for_those_who_want_it() {
    let long = "word ".repeat(1000);
    let mock = notes(&long);
    let plain = get(&mock, "GET", None);
    assert_eq!((plain.status, plain.headers.get("content-encoding")), (200, None));
    // Caches must know that there is another form.
    assert_eq!(plain.headers.get_str("vary"), Some("Accept-Encoding"));
    let packed = get(&mock, "GET", Some("br, gzip"));
    assert_eq!(packed.headers.get_str("content-encoding"), Some("gzip"));
    assert_eq!(packed.headers.get_str("vary"), Some("Accept-Encoding"));
    assert!(packed.body.len() < plain.body.len() / 5);
    assert_eq!(unpacked(&packed)["text"], json!(long));
    for refused in ["br", "gzip;q=0", "identity, gzip;q=0.5", "*;q=0", "identity;q=0"] {
        let answer = get(&mock, "GET", Some(refused));
        assert_eq!((answer.headers.get("content-encoding"), &answer.body), (None, &plain.body), "{refused}");
    }
    let head = get(&mock, "HEAD", Some("gzip"));
    assert_eq!(head.body.len(), 0);
    assert_eq!(head.headers.get_str("content-length").unwrap(), packed.body.len().to_string());
    assert_eq!(head.headers.get_str("content-encoding"), Some("gzip"));
    let mut cross =
        request("GET", "/notes/a", &[("origin", "http://page.example"), ("accept-encoding", "gzip")]);
    cross.method = "GET".into();
    let varies: Vec<String> =
        mock.answer(&cross).headers.all("vary").map(|v| String::from_utf8_lossy(v).into_owned()).collect();
    assert!(varies.join(", ").contains("Accept-Encoding"), "{varies:?}");
}

#[test]
fn short_ones_are_packed_only_for_those_who_take_nothing_else() {
    let mock = notes("short");
    let plain = get(&mock, "GET", Some("gzip"));
    assert!(plain.body.len() < COMPRESSED_BYTES_MIN);
    assert_eq!((plain.headers.get("content-encoding"), plain.headers.get("vary")), (None, None));
    for only in ["gzip, identity;q=0", "gzip, *;q=0"] {
        let packed = get(&mock, "GET", Some(only));
        assert_eq!(packed.headers.get_str("content-encoding"), Some("gzip"), "{only}");
        assert_eq!(unpacked(&packed)["text"], "short");
    }
}

#[test]
fn it_can_be_switched_off() {
    let settings = MockSettings { compression: false, ..MockSettings::default() };
    let long = NOTES.replace("title: Notes", &format!("title: {}", "Notes ".repeat(300)));
    let mock = Mock::new(Contract::from_text("notes.yaml", &long).unwrap(), settings).unwrap();
    let asked = request("GET", "/__counterpart/contract", &[("accept-encoding", "gzip")]);
    let answer = mock.answer(&asked);
    assert!(answer.body.len() > COMPRESSED_BYTES_MIN);
    assert_eq!((answer.headers.get("content-encoding"), answer.headers.get("vary")), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_requests_are_unpacked_within_the_limit() {
    let contract = Contract::from_text("notes.yaml", NOTES).unwrap();
    let running = MockServer::from_contract(contract, MockSettings::default()).start().await.unwrap();
    let post = |coding: &str, body: &[u8]| {
        let head = format!(
            "POST /notes HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let answer = raw(running.address(), &[head.as_bytes(), body].concat());
        String::from_utf8_lossy(&answer).into_owned()
    };
    let note = br#"{"text":"packed"}"#;
    let created = post("gzip", &gzip(note));
    assert!(created.starts_with("HTTP/1.1 201") && created.contains(r#""text":"packed""#), "{created}");
    assert!(post("x-gzip, GZIP", &gzip(&gzip(note))).starts_with("HTTP/1.1 201"));
    assert!(post("identity", note).starts_with("HTTP/1.1 201"));
    assert!(post("gzip", b"").starts_with("HTTP/1.1 400"));
    assert!(post("gzip", note).starts_with("HTTP/1.1 400"));
    let packed = gzip(note);
    assert!(post("gzip", &packed[..packed.len() - 4]).starts_with("HTTP/1.1 400"));
    for unknown in ["br", "gzip, zstd", "nonsense"] {
        assert!(post(unknown, &packed).starts_with("HTTP/1.1 415"), "{unknown}");
    }
    let bomb = gzip(&vec![b' '; REQUEST_BODY_BYTES_MAX * 3]);
    assert!(bomb.len() < REQUEST_BODY_BYTES_MAX / 50, "{}", bomb.len());
    let told = post("gzip", &bomb);
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    assert!(post("gzip, gzip", &gzip(&bomb)).starts_with("HTTP/1.1 413"));
    let kept = running.requests(&Default::default());
    assert_eq!(kept[0].request.body.as_deref(), Some(&note[..]));
    assert_eq!(kept.last().unwrap().status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_unpacks_what_it_asked_for() {
    let long = "word ".repeat(1000);
    let running = MockServer::from_mock(std::sync::Arc::new(notes(&long))).start().await.unwrap();
    let client = Client::new(&running.url(), ClientSettings::default()).unwrap();
    let asked = request("GET", "/notes/a", &[("accept-encoding", "gzip")]);
    let answer = client.outcome(&asked).await.unwrap();
    assert_eq!(answer.headers.get_str("content-encoding"), Some("gzip"));
    assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap()["text"], json!(long));
    // Too long once it is unpacked: cut off.
    let narrow = ClientSettings { body_bytes_max: 1000, ..ClientSettings::default() };
    let packed = Client::new(&running.url(), narrow).unwrap().outcome(&asked).await.unwrap();
    assert!(packed.truncated && packed.body.is_empty(), "{packed:?}");
}
