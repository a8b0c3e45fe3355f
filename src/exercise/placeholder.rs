//! What stands in a replay file for a secret: what it is called, so that whoever sends the case again gives theirs.
//!
//! A placeholder is `NUL secret:LABEL#PART:CODE NUL`: the label says where the secret came from (`header:NAME`,
//! `auth:SCHEME`, `contract:PLACE`), the part which piece of it stood there (a token without its scheme), the code how it
//! was written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::base::secret::{Redactor, Secret};

const START: &[u8] = b"\0secret:";

/// A way to write a secret, and its name.
type Code = (&'static str, fn(&str) -> String);

/// How a secret may be written.
const CODES: [Code; 6] = [
    ("plain", str::to_owned),
    ("percent", percent),
    ("form", |text| percent(text).replace("%20", "+")),
    ("json", json),
    ("base64", |text| STANDARD.encode(text)),
    ("base64url", |text| URL_SAFE_NO_PAD.encode(text)),
];

fn percent(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

/// The bytes with placeholders for the secrets that `redactor` was given.
pub(super) fn put(bytes: &[u8], redactor: &Redactor) -> Vec<u8> {
    redactor.replaced(bytes, |label, secret, there| {
        let code = CODES.iter().find(|(_, code)| code(secret).as_bytes() == there).map(|(name, _)| *name);
        let code = code.unwrap_or(if there.contains(&b'%') { "percent" } else { "plain" });
        [START, label.as_bytes(), b":", code.as_bytes(), b"\0"].concat()
    })
}

/// The same for a text.
pub(super) fn put_text(text: &str, redactor: &Redactor) -> String {
    String::from_utf8_lossy(&put(text.as_bytes(), redactor)).into_owned()
}

/// A value with placeholders in its texts.
pub(super) fn put_value(value: &Value, redactor: &Redactor) -> Value {
    each_text(value, &|text| put_text(text, redactor))
}

fn each_text(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::from(change(text)),
        Value::Array(items) => items.iter().map(|item| each_text(item, change)).collect(),
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, member)| (name.clone(), each_text(member, change))).collect(),
        ),
        other => other.clone(),
    }
}

/// The bytes with secrets in the place of placeholders: what `secret` gives for a label, nothing where it gives none.
pub(super) fn fill(bytes: &[u8], secret: &dyn Fn(&str) -> Option<Secret>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, START) {
        out.extend_from_slice(&rest[..at]);
        let inner = &rest[at + START.len()..];
        let Some(end) = memchr::memchr(0, inner) else {
            out.extend_from_slice(&rest[at..]);
            return out;
        };
        out.extend(text_of(&inner[..end], secret).unwrap_or_default().into_bytes());
        rest = &inner[end + 1..];
    }
    out.extend_from_slice(rest);
    out
}

fn text_of(placeholder: &[u8], secret: &dyn Fn(&str) -> Option<Secret>) -> Option<String> {
    let text = std::str::from_utf8(placeholder).ok()?;
    let (label, code) = text.rsplit_once(':')?;
    let (label, part) = label.rsplit_once('#')?;
    let parts = Redactor::parts(&secret(label)?);
    let part = parts.get(part.parse::<usize>().ok()?).or(parts.last())?.expose().to_owned();
    let (_, code) = CODES.iter().find(|(name, _)| *name == code)?;
    Some(code(&part))
}

/// The same for a text.
pub(super) fn fill_text(text: &str, secret: &dyn Fn(&str) -> Option<Secret>) -> String {
    String::from_utf8_lossy(&fill(text.as_bytes(), secret)).into_owned()
}

/// A value with secrets in its texts.
pub(super) fn fill_value(value: &Value, secret: &dyn Fn(&str) -> Option<Secret>) -> Value {
    each_text(value, &|text| fill_text(text, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out_and_put_in_again() {
        let given = Secret::new("Bearer a/b c\"d");
        let redactor = Redactor::builder().secret("header:X", &given).build();
        for text in [
            "x a/b c\"d y",
            "k=a%2Fb%20c%22d&x",
            "k=a%2Fb+c%22d",
            r#"{"k":"a/b c\"d"}"#,
            "z YS9iIGMiZA== z",
            "no secret",
            "\0secret:unfinished",
        ] {
            let kept = put_text(text, &redactor);
            assert_eq!(
                kept.contains("secret:header:X#1:"),
                text.len() > 9 && !text.contains("secret"),
                "{kept:?}"
            );
            assert!(!kept.contains("c\"d"), "{kept:?}");
            let secret = |label: &str| (label == "header:X").then(|| given.clone());
            assert_eq!(fill_text(&kept, &secret), text);
        }
        let other = |_: &str| Some(Secret::new("Bearer other"));
        assert_eq!(fill_text(&put_text("x a/b c\"d", &redactor), &other), "x other");
        assert_eq!(fill_text(&put_text("x a/b c\"d", &redactor), &|_| None), "x ");
    }
}
