//! What a request says beside its path: the values of its body and query with their names, other methods that it asks for.

use serde_json::Value;

use crate::base::limits::{NAMING_BYTES_MAX, NAMING_DEPTH_MAX};
use crate::generate::case::naming::{named, plain, scalar};
use crate::wire::media::{self, Body};
use crate::wire::{Request, coding, form, query};

/// Header fields by which servers take another method than the request line's, in lower case.
const OVERRIDING_HEADERS: [&str; 6] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-http-verb",
    "x-original-method",
    "x-rest-method",
];

/// Header fields by which servers take another path than the request line's, in lower case.
const ROUTING_HEADERS: [&str; 4] =
    ["x-original-url", "x-rewrite-url", "x-original-uri", "x-http-destinationurl"];

/// Members of queries and forms that do the same.
const OVERRIDING_MEMBERS: [&str; 7] = [
    "_method",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "http_method",
    "httpmethod",
    "$httpmethod",
];

/// Words of languages that are not only for asking.
const WRITING: [&str; 19] = [
    "alter", "call", "create", "delete", "detach", "drop", "exec", "execute", "grant", "insert", "merge",
    "mutation", "remove", "replace", "revoke", "set", "truncate", "update", "upsert",
];

/// A body as it may be looked through.
#[derive(Debug)]
pub(super) enum Payload {
    /// None, or nothing that carries names (an image, a text, something garbled).
    Nothing,
    /// Values with the names of the members that they are, or are items of.
    Values {
        /// Name and text; the name is empty for what stands at the root.
        values: Vec<(String, String)>,
        /// Of these, what stands in lists.
        listed: Vec<(String, String)>,
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
    let (mut found, mut listed) = (Vec::new(), Vec::new());
    for root in roots {
        named(root, &mut |name, value| {
            if let Value::String(_) | Value::Number(_) = value {
                found.extend(scalar(value).map(|text| (name.to_owned(), text)));
            }
        });
        lists(root, 0, &mut listed);
    }
    Payload::Values { values: found, listed, many }
}

/// The scalars in a list and in lists in it: a server that takes what is no list of scalars may still read those.
fn in_list(name: &str, items: &[Value], depth: usize, found: &mut Vec<(String, String)>) {
    if depth > NAMING_DEPTH_MAX {
        return;
    }
    for item in items {
        match item {
            Value::Array(inner) => in_list(name, inner, depth + 1, found),
            scalar_item => found.extend(scalar(scalar_item).map(|text| (name.to_owned(), text))),
        }
    }
}

/// What stands in lists, with the names of the lists.
fn lists(value: &Value, depth: usize, found: &mut Vec<(String, String)>) {
    if depth > NAMING_DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                if let Some(items) = member.as_array() {
                    in_list(name, items, depth, found);
                }
                lists(member, depth + 1, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| lists(item, depth + 1, found)),
        _ => {}
    }
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
    Payload::Values { values: found, listed: Vec::new(), many: false }
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
    let of_type = |part: &str| request.headers.get_str("content-type").is_some_and(|t| t.contains(part));
    let in_json = match body(request) {
        Payload::Values { values, .. } if of_type("json") => values,
        _ => Vec::new(),
    };
    let of_body = request
        .body
        .iter()
        .filter(|_| of_type("x-www-form"))
        // A form that is too long to be read may ask for anything.
        .flat_map(|body| {
            form::decode(body).unwrap_or_else(|_| vec![(OVERRIDING_MEMBERS[0].to_owned(), String::from("?"))])
        });
    let members = query_members(request).into_iter().chain(of_body).chain(in_json);
    let overriding = members.filter(|(name, _)| {
        let name = name.to_ascii_lowercase();
        OVERRIDING_MEMBERS.contains(&name.as_str())
    });
    methods.extend(overriding.map(|(_, value)| value.trim().to_ascii_uppercase()));
    methods.dedup();
    methods
}

/// Whether a header field says that the request is for another path.
pub(super) fn is_routed(request: &Request) -> bool {
    ROUTING_HEADERS.iter().any(|name| request.headers.get_str(name).is_some())
}

/// Whether a text reads like a statement by which something is changed: `DELETE FROM orders`, `mutation { … }`.
pub(super) fn is_statement(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let several = words.clone().nth(1).is_some();
    several && words.any(|word| WRITING.contains(&word.to_ascii_lowercase().as_str()))
}

/// Whether a member of this name holds a statement.
pub(super) fn holds_statements(name: &str) -> bool {
    ["cypher", "graphql", "query", "script", "sql", "statement"].iter().any(|end| plain(name).ends_with(end))
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
    fn lists_and_statements_are_told() {
        let text = r#"{"ids": [1, [2], {"x": 5}], "tags": [], "lines": [{"keys": ["a"]}], "id": 3}"#;
        let Payload::Values { listed, .. } = body(&request("application/json", text)) else { panic!() };
        let listed: Vec<_> = listed.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(listed, [("ids", "1"), ("ids", "2"), ("keys", "a")]);
        for text in ["DELETE FROM orders", "mutation { drop }", "select 1; drop table x"] {
            assert!(is_statement(text), "{text}");
        }
        assert!(
            !is_statement("select * from orders")
                && !is_statement("delete")
                && !is_statement("deleted items")
        );
        let mut routed = request("application/json", "{}");
        assert!(!is_routed(&routed));
        routed.headers.push("X-Original-URL", "/reset");
        assert!(is_routed(&routed));
    }

    #[test]
    fn other_methods_are_seen() {
        let asked = request("application/json", r#"{"_method": "delete", "a": 1}"#);
        assert_eq!(methods(&asked), ["POST", "DELETE"]);
        let mut asked = request("application/x-www-form-urlencoded", "_method=PUT");
        asked.headers.push("X-HTTP-Method-Override", "patch");
        assert_eq!(methods(&asked), ["POST", "PATCH", "DELETE", "PUT"]);
    }
}
