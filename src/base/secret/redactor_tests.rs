//! Tests of the redactor: each encoding, each structure, and properties.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;
use crate::base::Dice;

fn redactor(secrets: &[&str]) -> Redactor {
    let builder = Redactor::builder().field("house").member("motto");
    secrets.iter().fold(builder, |all, secret| all.secret("x", &Secret::new(*secret))).build()
}

#[test]
fn given_secrets_are_masked_in_any_encoding() {
    let secret = "s3cret/+\"é <&>'x";
    let redactor = redactor(&[secret]);
    let percent = |keep: fn(u8) -> bool| -> String {
        let one = |b: u8| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
        secret.bytes().map(one).collect()
    };
    let all = percent(|_| false);
    let some = percent(|b| b.is_ascii_alphanumeric());
    let unicode: String = secret.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let in_json = Value::from(secret).to_string();
    for text in [
        secret.to_owned(),
        all.clone(),
        all.to_lowercase(),
        some.clone(),
        some.replace("%20", "+"),
        some.replace('%', "%25"),
        unicode.clone(),
        unicode.to_lowercase(),
        html.clone(),
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        in_json.trim_matches('"').to_owned(),
        in_json.trim_matches('"').replace('/', "\\/"),
        Value::from(in_json.trim_matches('"')).to_string(),
        STANDARD.encode(secret),
        STANDARD.encode(format!("user:{secret}")),
        STANDARD.encode(format!("u:{secret}")),
        STANDARD.encode(format!("us:{secret}")),
        URL_SAFE_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(format!("me:{secret}:tail")),
        STANDARD.encode(format!("u:{secret}")).replace('+', "%2B").replace('=', "%3d"),
        hex.clone(),
        hex.to_uppercase(),
    ] {
        let masked = redactor.looks(&format!("before {text} after"));
        let clean = masked.replace("before ", "").replace(" after", "").replace(MASK, "");
        assert!(masked.contains(MASK) && clean.len() <= 16, "{text}\n{masked}");
        for part in ["s3cret", "czNjcmV0", "%73%33", "u0063", "733363"] {
            assert!(!masked.to_lowercase().contains(&part.to_lowercase()), "{part}: {masked}");
        }
    }
}

#[test]
fn secrets_are_masked_by_name_in_every_structure() {
    let redactor = redactor(&[]);
    let text = |text: &str| redactor.text(text).into_string();
    for (given, masked) in [
        (
            r#"{"a":1,"password":"x\"y","b":[{"apiKey":12}]}"#,
            r#"{"a":1,"password":"***","b":[{"apiKey":"***"}]}"#,
        ),
        (
            r#"{"token":{"a":"]}"},"session":[1,"x"],"pin":true}"#,
            r#"{"token":"***","session":"***","pin":"***"}"#,
        ),
        (r#"{"token":null,"password":"","otp":{}}"#, r#"{"token":null,"password":"","otp":{}}"#),
        (r#"{"pass\u0077ord":"x","page_token":"y"}"#, r#"{"pass\u0077ord":"***","page_token":"y"}"#),
        (r#"{"in":"{\"password\":\"x\",\"b\":1}"}"#, r#"{"in":"{\"password\":\"***\",\"b\":1}"}"#),
        (r#"{"in":"{\"pin\":7}"}"#, r#"{"in":"{\"pin\":\"***\"}"}"#),
        (r#"{"a":1,"password":"cut o"#, r#"{"a":1,"password":"***"#),
        (r#"{"a":1,"token":{"b":"cut"#, r#"{"a":1,"token":"***""#),
        ("{'password': 'x', 'pin': 12}", "{'password': '***', 'pin': \"***\"}"),
        ("a=1&password=x%20y&user[token]=z&b=", "a=1&password=***&user[token]=***&b="),
        ("/p?access%5Ftoken=x#f", "/p?access%5Ftoken=***#f"),
        ("a=1; session=x; b=2", "a=1; session=***; b=2"),
        (r#"{"url":"/a?token="}"#, r#"{"url":"/a?token="}"#),
        (r#"{"url":"/a?token=x&b=1","c":2}"#, r#"{"url":"/a?token=***&b=1","c":2}"#),
        (
            "<a><ns:password k='1'>x<b/></ns:password><c>y</c></a>",
            "<a><ns:password k='1'>***</ns:password><c>y</c></a>",
        ),
        ("<a token=\"x\" b='1'/>", "<a token=\"***\" b='1'/>"),
        ("<a><password>cut", "<a><password>***"),
        ("Bearer <token> is wanted", "Bearer <token> is wanted"),
        ("a: 1\npassword: x y\n  - token: \"z\"\nb: 2", "a: 1\npassword: ***\n  - token: \"***\"\nb: 2"),
        ("X-Api-Key: abc\r\nAccept: b", "X-Api-Key: ***\r\nAccept: b"),
        ("password is too short", "password is too short"),
        (r#"{"motto":"x"}"#, r#"{"motto":"***"}"#),
        (r#"{"house":"x"}"#, r#"{"house":"x"}"#),
    ] {
        assert_eq!(text(given), masked);
        assert_eq!(text(masked), masked, "twice");
    }
    let form = "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx\ny\r\n--b\r\nContent-Disposition: \
                form-data; name=\"a\"\r\n\r\nz\r\n--b--";
    assert_eq!(text(form), form.replace("x\ny", MASK));
    let binary =
        [b"--b\r\ncontent-disposition: form-data; name=pin\r\nx: y\r\n\r\n\xff\x00\r\n--b--".as_slice()];
    assert!(redactor.bytes(binary[0]).ends_with(b"\r\n\r\n***\r\n--b--"));
    assert_eq!(redactor.target("/a?house=x&b=1"), "/a?house=***&b=1");
    assert_eq!(redactor.header("cookie", b"a=b"), MASK);
    assert_eq!(redactor.header("X-House", b""), "");
    assert_eq!(redactor.header("house", b"x"), MASK);
}

#[test]
fn json_stays_json_whatever_the_secret_is() {
    for secret in ["12345", ":1,\"b", "true}", "\":[", "e1}]"] {
        let redactor = redactor(&[secret]);
        for text in [r#"{"a":123456.5,"b":[1,12345]}"#, r#"{"a":1,"b":{"c":true}}"#, r#"{"a":[1e1]}"#] {
            let masked = redactor.text(text);
            assert!(serde_json::from_str::<Value>(&masked).is_ok(), "{secret}: {masked}");
        }
    }
    assert_eq!(redactor(&["12345"]).text(r#"{"a":123456.5}"#), r#"{"a":"***"}"#);
}

#[test]
fn short_secrets_are_hidden_where_they_stand_and_harm_nothing_else() {
    let redactor = redactor(&["k"]);
    assert_eq!(redactor.header("x-own", b"k"), MASK);
    assert_eq!(redactor.header("x-own", b"Own k"), "Own ***");
    assert_eq!(redactor.header("x-own", b"check"), "check");
    assert_eq!(redactor.text("{\"key\":1}"), "{\"key\":1}");
}

#[test]
fn what_a_message_carries_is_searched_for_in_the_rest_of_it() {
    let redactor = redactor(&[]);
    let found = redactor.found(br#"{"access_token":"tok-12345","pin":"word"}"#);
    assert_eq!(found, [Secret::new("tok-12345")]);
    assert_eq!(redactor.with(&found).text("got tok-12345"), "got ***");
    let found = redactor.found_in_header("Authorization", b"Basic dXNlcjpwYXNzLTE=");
    assert_eq!(redactor.with(&found).text("user:pass-1, pass-1"), "***, ***");
    let found = redactor.found_in_header("set-cookie", b"sid=abc-123; Path=/");
    assert_eq!(redactor.with(&found).text("abc-123"), MASK);
}

#[test]
fn credentials_in_two_words_are_known_without_their_scheme() {
    let redactor = redactor(&["Bearer t0ken-x", "me:pass-word"]);
    assert_eq!(redactor.looks("t0ken-x / pass-word / me"), "*** / *** / me");
    assert_eq!(redactor.given("http://a:b@h t0ken-x {\"token\":1}"), "http://***@h *** {\"token\":1}");
    let put = redactor.replaced(b"a t0ken-x", |label, secret, there| {
        assert_eq!((secret, there), ("t0ken-x", &b"t0ken-x"[..]));
        label.as_bytes().to_vec()
    });
    assert_eq!(put, b"a x#1");
}

/// A text of pieces that mean something to the redactor, and of some that are cut in the middle.
fn soup(dice: &mut Dice) -> Vec<u8> {
    const PIECES: [&str; 30] = [
        "\"",
        "'",
        "\\",
        "\\\"",
        "password",
        "token",
        ":",
        "=",
        "{",
        "}",
        "[",
        "]",
        "<",
        ">",
        "</",
        "&",
        ";",
        "%",
        "%2",
        "\\u00",
        "://",
        "@",
        "\n",
        " ",
        "Bearer ",
        "name=",
        "content-disposition: form-data; ",
        "-----BEGIN PRIVATE KEY-----",
        "s3cret-value",
        "é",
    ];
    let mut text = Vec::new();
    for _ in 0..dice.below(40) {
        let piece = PIECES[usize::try_from(dice.below(30)).unwrap()];
        text.extend_from_slice(piece.as_bytes());
        if dice.chance(10) {
            text.push(0xff);
        }
    }
    text
}

#[test]
fn any_bytes_are_taken_and_the_second_time_changes_nothing() {
    let redactor = redactor(&["s3cret-value", "12"]);
    for seed in 0..20_000 {
        let mut dice = Dice::new(crate::base::Seed(seed));
        let text = soup(&mut dice);
        let once = redactor.bytes(&text);
        assert!(memchr::memmem::find(&once, b"s3cret-value").is_none(), "seed {seed}");
        let twice = redactor.bytes(&once);
        assert!(memchr::memmem::find(&twice, b"s3cret-value").is_none(), "seed {seed}");
    }
}

#[test]
fn json_documents_stay_json_and_what_is_no_secret_stays_as_it_is() {
    fn value(dice: &mut Dice, depth: u32) -> Value {
        const NAMES: [&str; 8] = ["id", "name", "password", "token", "page_token", "note", "a\"b", "pin"];
        const TEXTS: [&str; 8] = [
            "x",
            "s3cret-value",
            "a \"quoted\" s3cret-value",
            "50% & <b>",
            "\\",
            "{\"token\":\"x\"}",
            "é\n",
            "k=v",
        ];
        let pick = |dice: &mut Dice| usize::try_from(dice.below(8)).unwrap();
        match dice.below(if depth > 3 { 4 } else { 6 }) {
            0 => Value::Null,
            1 => json!(dice.below(1000)),
            2 => json!(dice.chance(50)),
            3 => json!(TEXTS[pick(dice)]),
            4 => (0..dice.below(4)).map(|_| value(dice, depth + 1)).collect(),
            _ => Value::Object(
                (0..dice.below(5)).map(|_| (NAMES[pick(dice)].to_owned(), value(dice, depth + 1))).collect(),
            ),
        }
    }
    fn expected(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let empty = match &*member {
                        Value::Null => true,
                        Value::Array(items) => items.is_empty(),
                        Value::Object(members) => members.is_empty(),
                        Value::String(text) => text.is_empty(),
                        _ => false,
                    };
                    if is_secret_name(name) && !empty {
                        *member = json!(MASK);
                    } else {
                        expected(member);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(expected),
            Value::String(text) => {
                *text = text.replace("s3cret-value", MASK).replace("\"token\":\"x\"", "\"token\":\"***\"");
            }
            _ => {}
        }
    }
    let redactor = redactor(&["s3cret-value"]);
    for seed in 0..5_000 {
        let mut dice = Dice::new(crate::base::Seed(seed));
        let given = value(&mut dice, 0);
        let compact = redactor.text(&given.to_string());
        let got: Value =
            serde_json::from_str(&compact).unwrap_or_else(|e| panic!("seed {seed}: {e}: {compact}"));
        let mut want = given.clone();
        expected(&mut want);
        assert_eq!(got, want, "seed {seed}: {given}");
        assert_eq!(redactor.text(&compact), compact.as_str(), "seed {seed}: twice");
        let pretty = redactor.text(&format!("{given:#}"));
        assert_eq!(serde_json::from_str::<Value>(&pretty).unwrap(), want, "seed {seed}");
    }
}
