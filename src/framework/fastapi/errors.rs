//! FastAPI: `{"detail": [{"type", "loc", "msg", "input", "ctx"?}]}` for what does not validate (pydantic v2's
//! errors), `{"detail": "…"}` for everything else.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::credentials;
use super::lax::Application;
use super::pydantic::{self, Worded};
use crate::base::Pointer;
use crate::base::json::quote;
use crate::contract::SecurityKind;
use crate::document::SchemaSource;
use crate::framework::interface::{Framework, RequestReader, scheme_name};
use crate::framework::refusal::{self, Entry, ErrorBody, ErrorEntry, Fact, Part, Reason, Refusal};
use crate::wire::Request;

/// FastAPI applications.
pub(in crate::framework) struct FastApi;

impl Framework for FastApi {
    fn name(&self) -> &'static str {
        "fastapi"
    }

    fn media_type(&self) -> &'static str {
        "application/json"
    }

    fn write(&self, refusal: &Refusal) -> Value {
        if refusal.entries.is_empty() {
            if refusal.status == 422 {
                return json!({"detail": [unnamed(refusal)]});
            }
            return json!({"detail": refusal.message});
        }
        json!({"detail": refusal.entries.iter().map(entry).collect::<Vec<_>>()})
    }

    fn text(&self, refusal: &Refusal) -> String {
        told(&refusal.entries).unwrap_or_else(|| self.write(refusal).to_string())
    }

    fn recognise(&self, _status: u16, body: &Value) -> Option<ErrorBody> {
        match body.as_object()?.get("detail")? {
            Value::String(message) => Some(ErrorBody { message: Some(message.clone()), entries: Vec::new() }),
            Value::Array(list) => {
                let entries: Vec<ErrorEntry> = list.iter().map(read_entry).collect::<Option<_>>()?;
                // A refusal as a whole is written as one entry about nothing in particular: read it back as one.
                if let [only] = entries.as_slice()
                    && only.part.is_none()
                {
                    return Some(ErrorBody { message: Some(only.message.clone()), entries: Vec::new() });
                }
                Some(ErrorBody { message: None, entries })
            }
            _ => None,
        }
    }

    fn counter_example(&self) -> Value {
        json!({"detail": [{"loc": 5, "msg": 5, "type": 5}]})
    }

    fn phrase(&self, status: u16) -> &'static str {
        match status {
            // Starlette takes its phrases from Python's `http.HTTPStatus`.
            413 => "Request Entity Too Large",
            422 => "Unprocessable Entity",
            other => refusal::phrase(other),
        }
    }

    fn invalid_statuses(&self) -> &'static [u16] {
        &[422, 400]
    }

    fn credentials_missing(&self) -> &'static str {
        "Not authenticated"
    }

    fn credential<'r>(&self, kind: &'r SecurityKind, request: &'r Request) -> Option<Cow<'r, str>> {
        credentials::credential(kind, request)
    }

    fn challenge(&self, kind: &SecurityKind) -> String {
        // Without the realm that RFC 7617 asks for.
        scheme_name(kind)
    }

    fn answers_options(&self) -> bool {
        false
    }

    fn redirects_slashes(&self) -> bool {
        true
    }

    fn reader(&self, source: Arc<dyn SchemaSource>) -> Option<Box<dyn RequestReader>> {
        Some(Box::new(Application::new(source)))
    }
}

/// The body, where all entries are about things that no schema says: written without a tree of values between.
fn told(entries: &[Entry]) -> Option<String> {
    const LENGTH: usize = 256;
    if entries.is_empty() {
        return None;
    }
    let mut body = String::with_capacity(LENGTH);
    let mut before = "{\"detail\":[";
    for entry in entries {
        let (Fact::Told { kind, message, input }, Some(name)) = (&entry.fact, &entry.name) else {
            return None;
        };
        let name = match entry.part {
            Part::Header => Cow::Owned(name.to_ascii_lowercase()),
            _ => Cow::Borrowed(name.as_str()),
        };
        body.push_str(before);
        body.push_str("{\"type\":");
        quote(&mut body, kind);
        body.push_str(",\"loc\":[");
        quote(&mut body, entry.part.as_str());
        body.push(',');
        quote(&mut body, &name);
        body.push_str("],\"msg\":");
        quote(&mut body, message);
        body.push_str(",\"input\":");
        match input {
            Value::String(text) => quote(&mut body, text),
            other => body.push_str(&other.to_string()),
        }
        body.push('}');
        before = ",";
    }
    body.push_str("]}");
    Some(body)
}

/// A 422 that names no part: FastAPI knows none such, so the whole request is named.
fn unnamed(refusal: &Refusal) -> Value {
    let kind = match refusal.reason {
        Reason::NoEntity => "not_found",
        Reason::State => "conflict",
        _ => "value_error",
    };
    json!({"type": kind, "loc": [], "msg": refusal.message, "input": null})
}

/// One entry in pydantic's shape; the members stand in pydantic's order.
fn entry(entry: &Entry) -> Value {
    let worded = match &entry.fact {
        Fact::Violation { violation, sent } => pydantic::word(entry.part, violation, sent.as_ref()),
        Fact::Syntax { message, offset } => Worded {
            kind: "json_invalid".into(),
            message: "JSON decode error".into(),
            input: json!({}),
            context: Some(json!({"error": message})),
            loc: vec![json!(offset)],
        },
        Fact::Told { kind, message, input } => Worded {
            kind: kind.clone(),
            message: message.clone(),
            input: input.clone(),
            context: None,
            loc: Vec::new(),
        },
    };
    let mut loc = vec![json!(entry.part.as_str())];
    if let Some(name) = &entry.name {
        loc.push(if entry.part == Part::Header { json!(name.to_ascii_lowercase()) } else { json!(name) });
    }
    loc.extend(worded.loc);
    let mut out = Map::new();
    out.insert("type".into(), Value::String(worded.kind));
    out.insert("loc".into(), Value::Array(loc));
    out.insert("msg".into(), Value::String(worded.message));
    out.insert("input".into(), worded.input);
    if let Some(context) = worded.context {
        out.insert("ctx".into(), context);
    }
    Value::Object(out)
}

fn read_entry(value: &Value) -> Option<ErrorEntry> {
    let object = value.as_object()?;
    let loc = object.get("loc")?.as_array()?;
    let message = object.get("msg")?.as_str()?.to_owned();
    let kind = Some(object.get("type")?.as_str()?.to_owned());
    let Some((first, rest)) = loc.split_first() else {
        return Some(ErrorEntry { message, kind, ..ErrorEntry::default() });
    };
    let part = first.as_str().and_then(Part::parse);
    let named = part.is_some_and(|p| p != Part::Body);
    let name = if named { rest.first().and_then(Value::as_str).map(str::to_owned) } else { None };
    let below = rest.get(usize::from(named)..).unwrap_or_default();
    let tokens = below.iter().map(|token| match token {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    Some(ErrorEntry { part, name, pointer: Pointer::from_tokens(tokens), kind, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_bodies_are_fastapis() {
        let body = FastApi.write(&Refusal::plain(401, Reason::Unauthenticated, "Not authenticated"));
        assert_eq!(body.to_string(), r#"{"detail":"Not authenticated"}"#);
    }

    #[test]
    fn entries_name_part_and_parameter_in_lower_case_for_headers() {
        let refusal = Refusal::validation(
            422,
            vec![Entry::told(Part::Header, "X-Account", "value_error", "No", json!("v"))],
        );
        assert_eq!(
            FastApi.write(&refusal).to_string(),
            r#"{"detail":[{"type":"value_error","loc":["header","x-account"],"msg":"No","input":"v"}]}"#
        );
    }

    #[test]
    fn syntax_errors_carry_the_offset() {
        let fact = Fact::Syntax { message: "Expecting value".into(), offset: 7 };
        let refusal = Refusal::validation(422, vec![Entry { part: Part::Body, name: None, fact }]);
        assert_eq!(
            FastApi.write(&refusal)["detail"][0],
            json!({"type": "json_invalid", "loc": ["body", 7], "msg": "JSON decode error", "input": {},
                   "ctx": {"error": "Expecting value"}})
        );
    }

    #[test]
    fn locs_below_the_body_become_pointers() {
        let body =
            json!({"detail": [{"type": "missing", "loc": ["body", "a", 0, "b"], "msg": "Field required"}]});
        let told = FastApi.recognise(422, &body).unwrap();
        assert_eq!(told.entries[0].pointer.as_str(), "/a/0/b");
        assert_eq!(told.entries[0].part, Some(Part::Body));
        assert_eq!(told.entries[0].name, None);
    }
}
