//! What answers of one kind (operation, status, media type) have in common, as the text of a snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::base::secret::Redactor;
use crate::base::{Seed, files, plain};
use crate::shape::declared::Declared;
use crate::shape::model::{Shape, infer};
use crate::shape::recognise;
use crate::shape::render::render;
use crate::shape::snap_file::Snap;
use crate::wire::Response;
use crate::wire::media::{self, Body, codec_for};

/// What tells snapshots apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnswerKey {
    /// The operation's id.
    pub operation: String,
    /// The method that was sent.
    pub method: String,
    /// The path as the contract writes it.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The media type without parameters; empty when there is none.
    pub media: String,
}

impl AnswerKey {
    /// The name of its file, without the ending: the same for the same key, on every file system.
    #[must_use]
    pub fn file_name(&self) -> String {
        let media = if self.media.is_empty() { "no-content" } else { &self.media };
        // The method is the operation's own, unless another one was tried on its path.
        let method =
            if self.operation_says_method() { String::new() } else { format!("{}-", slug(&self.method)) };
        let operation = match slug(&self.operation) {
            // Nothing of the id can stand in a name.
            none if none.is_empty() => format!("operation-{:016x}", Seed(0).derive(&self.operation).0),
            some => some,
        };
        files::name(&[&operation, &format!("{method}{}", self.status), &slug(media)])
    }

    fn operation_says_method(&self) -> bool {
        slug(&self.operation).split('-').any(|part| part.eq_ignore_ascii_case(&self.method))
    }
}

/// Lower-case letters, digits and dashes.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Answers of one kind, gathered.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    count: u64,
    headers: BTreeMap<String, (u64, BTreeSet<String>)>,
    shape: Option<Shape>,
    /// What bodies are that have no shape: `text`, `binary`, `no body`, `not valid application/json`.
    others: BTreeSet<String>,
}

/// Headers that belong to an answer's shape; others (dates, lengths, traces) change without meaning.
const TELLING: [&str; 11] = [
    "accept-patch",
    "allow",
    "cache-control",
    "content-disposition",
    "content-type",
    "deprecation",
    "etag",
    "link",
    "location",
    "retry-after",
    "www-authenticate",
];

impl Gathered {
    /// Takes in an answer. `documented` are the names of the headers that the contract documents for it.
    pub fn add(&mut self, answer: &Response, documented: &[String]) {
        self.count += 1;
        let mut names: BTreeSet<String> = TELLING.iter().map(|name| (*name).to_owned()).collect();
        names.extend(documented.iter().map(|name| name.to_ascii_lowercase()));
        for name in names {
            let values: Vec<_> =
                answer.headers.all(&name).map(|value| String::from_utf8_lossy(value)).collect();
            if values.is_empty() {
                continue;
            }
            let value = header(&name, &values.join(", "));
            let (count, seen) = self.headers.entry(name).or_default();
            *count += 1;
            seen.insert(value);
        }
        self.add_body(answer);
    }

    fn add_body(&mut self, answer: &Response) {
        if answer.body.is_empty() {
            self.others.insert("no body".to_owned());
            return;
        }
        let media = answer.headers.get_str("content-type").and_then(media::parse);
        let Some(media) = media else {
            self.others.insert("a body of no known type".to_owned());
            return;
        };
        if answer.truncated || media::is_crowded(&media, &answer.body) {
            self.others.insert(format!("{} too large to be looked at", media.essence()));
            return;
        }
        let codec = codec_for(&media);
        let shape = match codec.decode(&media, &answer.body) {
            Ok(Body::Value(value)) => infer(&value),
            Ok(Body::Items(items)) => infer(&serde_json::Value::Array(items)),
            Ok(Body::Text(value)) if value.is_object() => infer(&value),
            Ok(Body::Text(_) | Body::Opaque) => {
                self.others.insert(codec.name().to_owned());
                return;
            }
            Err(_) => {
                self.others.insert(format!("not valid {}", media.essence()));
                return;
            }
        };
        match &mut self.shape {
            Some(known) => known.merge(shape),
            None => self.shape = Some(shape),
        }
    }

    /// The snapshot, without secrets. `contract` is the contract's title, `declared` what it declares for this answer's
    /// body.
    #[must_use]
    pub fn snap(&self, key: &AnswerKey, contract: &str, declared: &Declared, redactor: &Redactor) -> Snap {
        let mut body = String::new();
        for (name, (count, seen)) in &self.headers {
            let optional = if *count < self.count { "?" } else { "" };
            let values: Vec<&str> = seen.iter().map(String::as_str).collect();
            let _ = writeln!(body, "{}{optional}: {}", plain::line(name), plain::line(&values.join(" | ")));
        }
        body.push('\n');
        let mut parts: Vec<String> =
            self.shape.iter().map(|shape| render(shape, declared, redactor)).collect();
        parts.extend(self.others.iter().map(|other| format!("({})", plain::line(other))));
        body.push_str(&parts.join("\nor\n"));
        let media = if key.media.is_empty() { "" } else { " " };
        Snap {
            description: redactor
                .looks(&format!("{} {} → {}{media}{}", key.method, key.path, key.status, key.media))
                .into_string(),
            info: vec![
                ("contract".to_owned(), contract.to_owned()),
                ("operation".to_owned(), key.operation.clone()),
                ("status".to_owned(), key.status.to_string()),
                ("media_type".to_owned(), redactor.looks(&key.media).into_string()),
            ],
            body: redactor.looks(body.trim()).into_string(),
        }
    }
}

/// A header's value without its data.
fn header(name: &str, value: &str) -> String {
    match name {
        "content-type" => media::parse(value).map_or_else(
            || "not a media type".to_owned(),
            |media| {
                // Boundaries are made up for each message.
                let params = media.params().iter().filter(|(name, _)| name != "boundary");
                params.fold(media.essence().to_owned(), |all, (name, value)| {
                    format!("{all}; {name}={}", value.to_ascii_lowercase())
                })
            },
        ),
        "allow" => {
            let methods: BTreeSet<&str> = value.split(',').map(str::trim).filter(|m| !m.is_empty()).collect();
            methods.into_iter().collect::<Vec<_>>().join(", ")
        }
        "www-authenticate" | "content-disposition" => {
            value.split([' ', ';']).next().unwrap_or(value).to_owned()
        }
        "cache-control" | "accept-patch" => value.to_ascii_lowercase(),
        "etag" => if value.starts_with("W/") { "weak" } else { "strong" }.to_owned(),
        "location" => match recognise::format(value) {
            Some(format) => format.to_owned(),
            None => "uri-reference".to_owned(),
        },
        "link" => {
            let rels: BTreeSet<&str> = value
                .split(';')
                .filter_map(|part| part.trim().strip_prefix("rel="))
                .map(|rel| rel.split(',').next().unwrap_or(rel).trim_matches('"'))
                .collect();
            format!("rel {}", rels.into_iter().collect::<Vec<_>>().join(", "))
        }
        _ if value.parse::<i64>().is_ok() => "integer".to_owned(),
        _ if value.parse::<f64>().is_ok_and(f64::is_finite) => "number".to_owned(),
        _ => recognise::format(value)
            .map_or_else(|| "string".to_owned(), |format| format!("string ({format})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> AnswerKey {
        AnswerKey {
            operation: "DELETE-V5-/things/thing_id".into(),
            method: "DELETE".into(),
            path: "/things/{thing_id}".into(),
            status: 422,
            media: "application/json".into(),
        }
    }

    fn answer(headers: &[(&str, &str)], body: &str) -> Response {
        let mut answer = Response { status: 422, body: body.to_owned().into(), ..Response::default() };
        headers.iter().for_each(|(n, v)| answer.headers.push(*n, (*v).to_owned()));
        answer
    }

    #[test]
    fn names_fit_every_file_system() {
        assert_eq!(key().file_name(), "delete-v5-things-thing-id--422--application-json");
        let other = AnswerKey { method: "GET".into(), status: 405, media: String::new(), ..key() };
        assert_eq!(other.file_name(), "delete-v5-things-thing-id--get-405--no-content");
    }

    #[test]
    fn only_what_tells_something_is_kept() {
        let mut gathered = Gathered::default();
        let json = ("Content-Type", "application/json; Charset=UTF-8");
        gathered.add(
            &answer(&[json, ("Date", "now"), ("Allow", "GET,DELETE"), ("X-Rate", "7")], r#"{"a":1}"#),
            &["X-Rate".into()],
        );
        gathered.add(
            &answer(
                &[json, ("WWW-Authenticate", "Bearer realm=\"secret\""), ("x-rate", "8")],
                r#"{"b":"s"}"#,
            ),
            &["X-Rate".into()],
        );
        gathered.add(&answer(&[json], "{"), &[]);
        let snap = gathered.snap(&key(), "T", &Declared::default(), &Redactor::default());
        let want = "allow?: DELETE, GET\ncontent-type: application/json; charset=utf-8\nwww-authenticate?: Bearer\n\
            x-rate?: integer\n\n{\n  a?: integer\n  b?: string\n}\nor\n(not valid application/json)";
        assert_eq!(snap.body, want);
        assert_eq!(snap.description, "DELETE /things/{thing_id} → 422 application/json");
    }

    #[test]
    fn bodies_without_a_shape_are_named() {
        for (media, body, want) in [
            ("text/plain; charset=utf-8", "hello", "(text)"),
            ("image/png", "x", "(binary)"),
            ("application/x-ndjson", "1\n2\n", "[integer]"),
            ("application/json", "", "(no body)"),
        ] {
            let mut gathered = Gathered::default();
            gathered.add(&answer(&[("content-type", media)], body), &[]);
            assert!(
                gathered.snap(&key(), "T", &Declared::default(), &Redactor::default()).body.ends_with(want),
                "{media}"
            );
        }
    }

    #[test]
    fn header_values_lose_their_data() {
        for (name, value, want) in [
            ("location", "/things/4711", "uri-reference"),
            ("location", "https://h/things/4711", "uri"),
            ("etag", "W/\"x\"", "weak"),
            ("link", "</a?p=2>; rel=\"next\", </a>; rel=prev", "rel next, prev"),
            ("retry-after", "30", "integer"),
            ("x-id", "abc", "string"),
            ("content-type", "multipart/mixed; boundary=xyz", "multipart/mixed"),
            ("content-type", "?", "not a media type"),
        ] {
            assert_eq!(header(name, value), want, "{name}: {value}");
        }
    }
}
