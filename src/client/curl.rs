//! A request as a `curl` command that sends the same bytes, for people to paste.

use std::borrow::Cow;

use crate::base::plain;
use crate::base::secret::{Masked, Redactor};
use crate::wire::{MaskedRequest, Request, percent};

/// The command for `request` against `base` (a base URL without a slash at its end), without secrets.
#[must_use]
pub fn line(request: &Request, base: &str, redactor: &Redactor) -> Masked {
    // What is quoted for a shell is masked before: quotes may stand in a secret. What else of it is left is the second
    // one's to find.
    redactor.looks(&command(&MaskedRequest::of(request, redactor), &redactor.text(base)))
}

fn command(request: &MaskedRequest, base: &str) -> String {
    let mut words: Vec<String> = vec!["curl".to_owned()];
    match &*request.method {
        "GET" if request.body.is_none() => {}
        "HEAD" => words.push("--head".to_owned()),
        method => words.push(format!("-X {}", quote(method.as_bytes()))),
    }
    words.extend(address(base, &request.target));
    for (name, value) in request.headers.iter() {
        let text = if value.is_empty() {
            // `name:` would take the header away.
            format!("{name};").into_bytes()
        } else {
            [name.as_bytes(), b": ", value].concat()
        };
        words.push(format!("-H {}", quote(&text)));
    }
    let Some(body) = &request.body else { return words.join(" ") };
    if request.headers.get("content-type").is_none() {
        // Else curl would say that it is a form.
        words.push("-H 'Content-Type:'".to_owned());
    }
    if body.contains(&0) {
        // No argument can hold a NUL.
        let octal: String = body.iter().map(|byte| format!("\\{byte:03o}")).collect();
        words.push("--data-binary @-".to_owned());
        return format!("printf '{octal}' | {}", words.join(" "));
    }
    words.push(format!("--data-raw {}", quote(body)));
    words.join(" ")
}

/// The URL, with the options that keep curl from changing it.
fn address(base: &str, target: &str) -> Vec<String> {
    let mut words = Vec::new();
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '#' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    if !target.starts_with('/') || !target.chars().all(plain) {
        let prefix = base.splitn(4, '/').nth(3).map_or_else(String::new, |path| format!("/{path}"));
        let prefix = if target.starts_with('/') { prefix } else { String::new() };
        words.push(format!("--request-target {}", quote(format!("{prefix}{target}").as_bytes())));
        words.push(quote(base.as_bytes()));
        return words;
    }
    let path = target.split('?').next().unwrap_or("");
    if path.split('/').any(|segment| matches!(percent::decode_text(segment).as_ref(), "." | "..")) {
        words.push("--path-as-is".to_owned());
    }
    if target.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    words.push(quote(format!("{base}{target}").as_bytes()));
    words
}

/// A word for the shell: as it is where that is safe, in single quotes, or in `$'…'` for what is no plain text.
fn quote(bytes: &[u8]) -> String {
    let safe = |b: &u8| b.is_ascii_alphanumeric() || b"-_./:=@,+%".contains(b);
    if !bytes.is_empty() && bytes.iter().all(safe) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    match std::str::from_utf8(bytes) {
        // What the printer would escape is written so that the shell makes it again.
        Ok(text) if matches!(plain::line(text), Cow::Borrowed(_)) => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => {
            let mut quoted = String::from("$'");
            for (at, &byte) in bytes.iter().enumerate() {
                match byte {
                    b'\'' => quoted.push_str("\\'"),
                    b'\\' => quoted.push_str("\\\\"),
                    b'\n' => quoted.push_str("\\n"),
                    // Commands of CI systems begin with two of them.
                    b'#' | b':' if at > 0 && bytes[at - 1] == byte => {
                        quoted.push_str(&format!("\\x{byte:02x}"))
                    }
                    b' '..=b'~' => quoted.push(char::from(byte)),
                    other => quoted.push_str(&format!("\\x{other:02x}")),
                }
            }
            quoted + "'"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(
        method: &str,
        target: &str,
        headers: &[(&str, &[u8])],
        body: Option<&'static [u8]>,
    ) -> Request {
        let mut request = Request { method: method.into(), target: target.into(), ..Request::default() };
        headers.iter().for_each(|(n, v)| request.headers.push(*n, v.to_vec()));
        request.body = body.map(Into::into);
        request
    }

    #[test]
    fn lines_say_no_more_than_needed() {
        let base = "http://h:1/v1";
        for (request, want) in [
            (request("GET", "/a?b=c", &[], None), "curl 'http://h:1/v1/a?b=c'"),
            (request("GET", "/a", &[("e", b"")], None), "curl http://h:1/v1/a -H 'e;'"),
            (request("HEAD", "/a", &[], None), "curl --head http://h:1/v1/a"),
            (request("DELETE", "/a/../%2E", &[], None), "curl -X DELETE --path-as-is http://h:1/v1/a/../%2E"),
            (request("GET", "/?a[b]=1", &[], None), "curl --globoff 'http://h:1/v1/?a[b]=1'"),
            (request("GET", "/a b{", &[], None), "curl --request-target '/v1/a b{' http://h:1/v1"),
            (request("OPTIONS", "*", &[], None), "curl -X OPTIONS --request-target '*' http://h:1/v1"),
            (
                request("POST", "/", &[("Content-Type", b"application/json")], Some(b"{\"it's\":1}")),
                "curl -X POST http://h:1/v1/ -H 'Content-Type: application/json' --data-raw '{\"it'\\''s\":1}'",
            ),
            (request("GET", "/", &[("a", b"\xff'")], None), "curl http://h:1/v1/ -H $'a: \\xff\\''"),
            (
                request("GET", "/", &[("a", "\u{202e}\n ::x".as_bytes())], None),
                "curl http://h:1/v1/ -H $'a: \\xe2\\x80\\xae\\n :\\x3ax'",
            ),
            (request("GET", "/", &[("a", b"##[group]")], None), "curl http://h:1/v1/ -H $'a: #\\x23[group]'"),
            (
                request("PUT", "/", &[], Some(b"a\0")),
                "printf '\\141\\000' | curl -X PUT http://h:1/v1/ -H 'Content-Type:' --data-binary @-",
            ),
        ] {
            assert_eq!(line(&request, base, &Redactor::default()), want);
        }
    }

    #[test]
    fn secrets_are_masked_unless_asked_for() {
        let request =
            request("GET", "/a?key=s3cret&b=1", &[("X-API-Key", b"s3cret"), ("x-tok", b"s3cret")], None);
        let redactor = Redactor::builder().field("key").field("X-Tok").build();
        let masked = line(&request, "http://h", &redactor);
        assert!(
            !masked.contains("s3cret") && masked.contains("b=1") && masked.matches("***").count() == 3,
            "{masked}"
        );
        assert_eq!(line(&request, "http://h", &Redactor::off()).matches("s3cret").count(), 3);
    }
}
