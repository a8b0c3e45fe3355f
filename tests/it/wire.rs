//! The wire room on whatever strangers send, and together with the judge.

use counterpart::base::secret::Redactor;
use counterpart::client::curl;
use counterpart::contract::{Contract, ParameterPlace, Style};
use counterpart::validate::Judge;
use counterpart::wire::accept::Accept;
use counterpart::wire::media::{self, codec_for};
use counterpart::wire::style::{self, Written};
use counterpart::wire::{Headers, Request, cookie, form, multipart, percent, query};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Text with the characters that readers stumble over.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![".{0,40}", "[\\[\\]=&%;,\"'\\\\<>/!?\\-+ a\u{e9}\r\n]{0,40}"]
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in hostile(), bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = (percent::decode_text(&text), percent::is_exact(&text), media::parse(&text), query::brackets(&text));
        let _ = (cookie::pairs(&text).count(), form::decode(&bytes), form::decode(text.as_bytes()));
        let _ = (multipart::decode(text.as_bytes(), "a"), multipart::decode(&bytes, &text));
        let accept = Accept::parse(&text);
        let _ = accept.quality(&media::parse("text/html").unwrap());
        for name in ["application/json", "text/xml", "text/event-stream", "application/jsonl", "text/plain", "multipart/x; boundary=-"] {
            let media = media::parse(name).unwrap();
            let _ = (codec_for(&media).decode(&media, text.as_bytes()), codec_for(&media).decode(&media, &bytes));
        }
    }

    #[test]
    fn xml_that_is_written_is_well_formed(value in json_value()) {
        let media = media::parse("application/xml").unwrap();
        let codec = codec_for(&media);
        // A list at the top would be several roots.
        let value = json!({"v": value});
        prop_assert!(codec.decode(&media, &codec.encode(&media, &value).unwrap()).is_ok());
    }

    #[test]
    fn a_media_type_is_read_as_it_is_shown(kind in "[a-z]{1,8}", sub in "[a-z.]{1,8}(\\+json)?", value in "[ -~]{0,12}") {
        let text = format!("{kind}/{sub}; p=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
        let Some(media) = media::parse(&text) else { return Ok(()) };
        prop_assert_eq!(media.param("p"), Some(value.as_str()));
        prop_assert_eq!(media::parse(&media.to_string()), Some(media.clone()));
        prop_assert!(media.matches(&media).is_some());
    }

    #[test]
    fn the_judge_reads_what_the_styles_write(number: i64, list in proptest::collection::vec(any::<i32>(), 1..4), text in "[^\\p{C}]{1,12}") {
        let contract = Contract::from_text("t.yaml", CONTRACT).unwrap();
        let (judge, operation) = (Judge::new(&contract), contract.operation(contract.heads()[0].index));
        let write = |style, name, explode, place, value: &Value| {
            style::encode(style, &Written { name, explode, allow_reserved: false, place }, value)
        };
        let (list, text) = (json!(list), json!(text));
        let id = write(Style::Simple, "id", false, ParameterPlace::Path, &text).unwrap();
        let n = write(Style::Form, "n", true, ParameterPlace::Query, &json!(number)).unwrap();
        let l = write(Style::PipeDelimited, "l", false, ParameterPlace::Query, &list).unwrap();
        let mut headers = Headers::new();
        headers.push("X-L", write(Style::Simple, "X-L", false, ParameterPlace::Header, &list).unwrap());
        let request = Request { method: "GET".into(), target: format!("/{id}?{n}&{l}"), headers, body: None };
        let got = judge.request(&operation, &[("id".to_owned(), id)], &request);
        prop_assert_eq!(&got.breaches, &vec![]);
        let values: Vec<Value> = got.parameters.into_iter().map(|p| p.value).collect();
        prop_assert_eq!(values, vec![text, json!(number), list.clone(), list]);
    }
}

const CONTRACT: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: n, in: query, schema: {type: integer}}
        - {name: l, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: X-L, in: header, schema: {type: array, items: {type: integer}}}
      responses: {'200': {description: ok}}
";

fn json_value() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), ".{0,8}".prop_map(Value::from)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map(".{0,4}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What a shell makes of a curl line: the words, and what comes on standard input.
fn words(line: &str) -> Option<Vec<Vec<u8>>> {
    let script =
        format!("curl() {{ printf '%s\\0' \"$@\"; if [ \"${{@: -1}}\" = @- ]; then cat; fi; }}; {line}");
    let run = std::process::Command::new("bash").args(["-c", &script]).output().ok()?;
    assert!(run.status.success(), "{line}: {}", String::from_utf8_lossy(&run.stderr));
    Some(run.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect())
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn a_shell_reads_curl_lines_as_they_are_meant() {
    let mut request =
        Request { method: "POST".into(), target: "/it's?a=$x&b=(y)".into(), ..Request::default() };
    request.headers.push("X-A", "\"q\" $HOME 'r' \\ !");
    request.headers.push("x-bytes", vec![0xff, b'\'', b'\\', b'$']);
    request.headers.push("Content-Type", "text/plain");
    request.body = Some("line 'one'\n\ttwo $(three)".into());
    let Some(got) = words(&curl::line(&request, "http://h", &Redactor::off())) else {
        eprintln!("skipped: no bash");
        return;
    };
    let has = |word: &[u8]| assert!(got.iter().any(|w| w == word), "{:?}", String::from_utf8_lossy(word));
    has(b"http://h/it's?a=$x&b=(y)");
    has(b"X-A: \"q\" $HOME 'r' \\ !");
    has(b"x-bytes: \xff'\\$");
    has(b"line 'one'\n\ttwo $(three)");
    request.body = Some(vec![0, b'\'', 0xff, b'\n'].into());
    let got = words(&curl::line(&request, "http://h", &Redactor::off())).unwrap();
    // Standard input comes after the words, and was split at its own NUL.
    assert_eq!(got[got.len() - 3..], [b"@-".to_vec(), b"".to_vec(), b"'\xff\n".to_vec()]);
}
