//! Tests of replay files.

use super::*;
use serde_json::json;

fn stored(intent: Intent) -> Stored {
    let mut headers = Headers::new();
    headers.push("x-api-key", "my-secret-key");
    headers.push("x-odd", vec![0xff, b'a']);
    let step = StoredStep {
        role: "plain".into(),
        repeat: 1,
        intent,
        label: "unicode id".into(),
        fair: vec![414],
        sent: vec![Sent { place: ParameterPlace::Path, name: "id".into(), text: None }],
        path_values: vec![("id".into(), "%FF".into())],
        request: Request {
            method: "DELETE".into(),
            target: "/a/%FF?k=my-secret-key&b=1".into(),
            headers,
            body: Some(r#"{"a":"my-secret-key"}"#.into()),
        },
        status: Some(500),
    };
    Stored {
        spec: "api.yaml".into(),
        seed: 7,
        at: Coordinates { operation: "op".into(), phase: Phase::Random, index: 3 },
        check: "server-error".into(),
        cause: "500".into(),
        message: "The server failed.".into(),
        steps: vec![step],
    }
}

#[test]
fn what_is_written_is_read_again_without_the_secret() {
    let broken = Intent::Broken(Box::new(Broken {
        site: Site::Parameter(ParameterPlace::Query, "limit".into()),
        instance: Pointer::root(),
        keyword: "maximum".into(),
        schema: Location::default(),
        before: json!(1),
        after: json!(999),
    }));
    for intent in PLAIN_INTENTS.into_iter().map(|(_, intent)| intent).chain([broken]) {
        let before = stored(intent);
        let key = Secret::new("my-secret-key");
        let redactor = Redactor::builder().secret("header:x-api-key", &key).build();
        let text = before.write(&redactor, &redactor, &[("header:x-api-key".into(), key.clone())]);
        assert!(!text.contains("my-secret"), "{text}");
        let after = Stored::read(Path::new("x.json"), &text).unwrap();
        assert_eq!(after.steps[0].intent, before.steps[0].intent);
        let filled = after.steps[0]
            .filled(&|name| (name == "x-api-key").then(|| "my-secret-key".into()), &|label| {
                (label == "header:x-api-key").then(|| key.clone())
            });
        assert_eq!(filled, before.steps[0]);
    }
}

#[test]
fn short_secrets_are_hidden_without_harm_to_the_rest() {
    let credentials = [("auth:K".to_owned(), Secret::new("k"))];
    let shown = Redactor::default();
    let out = LeftOut { redactor: Redactor::default(), shown: &shown, credentials: &credentials };
    assert!(matches!(out.header("x", b"k"), TextRecord::Secret(_)));
    assert!(matches!(out.header("x", b"Bearer k"), TextRecord::Secret(_)));
    assert!(matches!(out.header("x", b"check"), TextRecord::Text(_)));
    assert!(matches!(out.bytes(b"{\"key\":1}"), TextRecord::Text(_)));
    let target = out.target("/k?a=k&key=1");
    assert!(target.starts_with("/k?a=\u{0}secret:auth:K#0:") && target.ends_with("&key=1"), "{target:?}");
    let filled = placeholder::fill_text(&target, &|_| Some(Secret::new("k2")));
    assert_eq!(filled, "/k?a=k2&key=1");
}

#[test]
fn files_of_the_first_version_are_read() {
    let text = stored(Intent::Method)
        .write(&Redactor::default(), &Redactor::default(), &[])
        .replace("\"version\": 2", "\"version\": 1");
    assert!(text.contains("\"version\": 1"));
    assert_eq!(Stored::read(Path::new("x.json"), &text).unwrap(), stored(Intent::Method));
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let read = |text: &str| Stored::read(Path::new("x.json"), text).unwrap_err().to_string();
    assert!(read("{").contains("no replay file"));
    assert!(read("{}").contains("no version"));
    assert!(read(r#"{"version": 99}"#).contains("version 99"));
    assert!(read(r#"{"version": 1}"#).contains("missing field"));
}
