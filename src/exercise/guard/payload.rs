//! What a request says beside its path: the values of its body and query with their names, other methods that it asks for.

use serde_json::Value;

use crate::base::limits::NAMING_BYTES_MAX;
use crate::generate::case::naming::{named, plain};
use crate::wire::media::{self, Body};
use crate::wire::{Request, coding, form, query};

/// Header fields by which servers take another method than the request line's, in lower case.
const OVERRIDING_HEADERS: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// Members of queries and forms that do the same.
const OVERRIDING_MEMBERS: [&str; 3] = ["_method", "x-http-method-override", "http_method"];

/// A body as it may be looked through.
#[derive(Debug)]
pub(super) enum Payload {
    /// None, or nothing that carries names (an image, a text, something garbled).
    Nothing,
    /// Values with the names of the members that they are, or are items of.
    Values {
        /// Name and text; the name is empty for what stands at the root.
        values: Vec<(String, String)>,
        /// The root is a list.
        many: bool,
    },
    /// It may carry names, and can't be looked through.
    Sealed,
}

/// The request's body, looked through.
pub(super) fn body(request: &Request) -> Payload {
    let Some(bytes) = request.body.as_ref().filter(|body| !body.is_empty()) else { return Payload::Nothing };
    let codings = coding::codings(&request.headers);
    let Ok(bytes) = coding::decode(bytes, &codings, NAMING_BYTES_MAX) else { return Payload::Sealed };
    let content_type = request.headers.get_str("content-type").unwrap_or("application/json");
    let Some(media) = media::parse(content_type) else { return Payload::Nothing };
    let essence = media.essence();
    if essence.ends_with("xml") {
        return values_of_markup(&String::from_utf8_lossy(&bytes));
    }
    match media::codec_for(&media).decode(&media, &bytes) {
        Ok(Body::Value(value) | Body::Text(value)) => values(std::slice::from_ref(&value), value.is_array()),
        Ok(Body::Items(items)) => values(&items, true),
        // A type that nobody reads as values.
        Ok(Body::Opaque) => Payload::Nothing,
        // What is no JSON after all: somebody may still read it leniently.
        Err(_) => serde_json::from_slice::<Value>(&bytes)
            .map_or(Payload::Nothing, |value| values(std::slice::from_ref(&value), value.is_array())),
    }
}

fn values(roots: &[Value], many: bool) -> Payload {
    let mut found = Vec::new();
    for root in roots {
        named(root, &mut |name, value| {
            if let Value::String(_) | Value::Number(_) = value {
                found
                    .extend(crate::generate::case::naming::scalar(value).map(|text| (name.to_owned(), text)));
            }
        });
    }
    Payload::Values { values: found, many }
}

/// The texts of elements and attributes, with their names. Not a parser: it finds more than there is rather than less.
fn values_of_markup(text: &str) -> Payload {
    let mut found = Vec::new();
    for piece in text.split('<').skip(1) {
        let Some((tag, content)) = piece.split_once('>') else { return Payload::Sealed };
        let tag = tag.trim_end_matches('/');
        let name = tag.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
        let local = name.rsplit(':').next().unwrap_or_default();
        if !content.trim().is_empty() {
            found.push((local.to_owned(), content.trim().to_owned()));
        }
        for attribute in tag.split_whitespace().skip(1) {
            if let Some((name, value)) = attribute.split_once('=') {
                found.push((name.to_owned(), value.trim_matches(['"', '\'']).to_owned()));
            }
        }
    }
    Payload::Values { values: found, many: false }
}

/// The members of the request's query: name and value.
pub(super) fn query_members(request: &Request) -> Vec<(String, String)> {
    let members = request.query().into_iter().flat_map(query::members);
    members.map(|member| (member.name.clone().into_owned(), member.value().into_owned())).collect()
}

/// Every method that a server may take the request to have, in capitals; the request line's is the first.
pub(super) fn methods(request: &Request) -> Vec<String> {
    let mut methods = vec![request.method.clone()];
    for name in OVERRIDING_HEADERS {
        let given = request.headers.all(name).map(|value| String::from_utf8_lossy(value).into_owned());
        methods.extend(given.map(|text| text.trim().to_ascii_uppercase()));
    }
    let of_body = request
        .body
        .iter()
        .filter(|_| request.headers.get_str("content-type").is_some_and(|t| t.contains("form")))
        // A form that is too long to be read may ask for anything.
        .flat_map(|body| {
            form::decode(body).unwrap_or_else(|_| vec![(OVERRIDING_MEMBERS[0].to_owned(), String::from("?"))])
        });
    let members = query_members(request).into_iter().chain(of_body);
    let overriding = members.filter(|(name, _)| {
        let name = name.to_ascii_lowercase();
        OVERRIDING_MEMBERS.contains(&name.as_str())
    });
    methods.extend(overriding.map(|(_, value)| value.trim().to_ascii_uppercase()));
    methods.dedup();
    methods
}

/// Whether a value of this name tells the server what to do.
pub(super) fn is_command(name: &str) -> bool {
    ["action", "command", "cmd", "op", "operation", "verb", "method", "do", "task", "act"]
        .contains(&plain(name).as_str())
}

/// Whether a flag is set.
pub(super) fn is_set(value: &str) -> bool {
    !["", "0", "false", "no", "off", "none", "null"].contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Headers;

    fn request(content_type: &str, body: &str) -> Request {
        let mut headers = Headers::new();
        headers.push("content-type", content_type.as_bytes().to_vec());
        Request {
            method: "POST".into(),
            target: "/x?a=1&_method=delete".into(),
            headers,
            body: Some(body.to_owned().into()),
        }
    }

    #[test]
    fn bodies_are_looked_through_whatever_their_type() {
        for (content_type, text) in [
            ("application/json", r#"{"data": {"id": 7, "tags": [{"id": 8}]}}"#),
            ("application/x-www-form-urlencoded", "id=7&tags=8"),
            ("application/xml", "<pet id=\"8\"><id>7</id></pet>"),
            ("application/x-ndjson", "{\"id\": 7}\n{\"id\": 8}"),
        ] {
            let Payload::Values { values, .. } = body(&request(content_type, text)) else {
                panic!("{content_type}")
            };
            let has = |text: &str| {
                values.iter().any(|(name, value)| (name == "id" || name == "tags") && value == text)
            };
            assert!(has("7") && has("8"), "{content_type} {values:?}");
        }
        assert!(matches!(body(&request("application/json", "[1]")), Payload::Values { many: true, .. }));
        assert!(matches!(body(&request("application/json", "{")), Payload::Nothing));
        let mut packed = request("application/json", "x");
        packed.headers.push("content-encoding", "br");
        assert!(matches!(body(&packed), Payload::Sealed));
    }

    #[test]
    fn other_methods_are_seen() {
        let mut asked = request("application/x-www-form-urlencoded", "_method=PUT");
        asked.headers.push("X-HTTP-Method-Override", "patch");
        assert_eq!(methods(&asked), ["POST", "PATCH", "DELETE", "PUT"]);
    }
}
