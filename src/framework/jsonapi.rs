//! JSON:API's error objects (JSON:API 1.1, "Errors"): `{"errors": [{"status", "title", "detail", "source"}]}`.

use serde_json::{Value, json};

use super::interface::Framework;
use super::refusal::{Entry, ErrorBody, ErrorEntry, Part, Refusal, phrase};
use crate::base::Pointer;

/// The convention of JSON:API.
pub(super) struct JsonApi;

impl Framework for JsonApi {
    fn name(&self) -> &'static str {
        "jsonapi"
    }

    fn media_type(&self) -> &'static str {
        "application/vnd.api+json"
    }

    fn write(&self, refusal: &Refusal) -> Value {
        let status = refusal.status.to_string();
        let title = phrase(refusal.status);
        if refusal.entries.is_empty() {
            return json!({"errors": [{"status": status, "title": title, "detail": refusal.message}]});
        }
        let errors: Vec<Value> = refusal
            .entries
            .iter()
            .map(|e| json!({"status": status, "title": title, "detail": e.message(), "source": source(e)}))
            .collect();
        json!({"errors": errors})
    }

    fn recognise(&self, _status: u16, body: &Value) -> Option<ErrorBody> {
        let errors = body.as_object()?.get("errors")?.as_array()?;
        let entries: Vec<ErrorEntry> = errors.iter().map(read_entry).collect::<Option<_>>()?;
        match entries.as_slice() {
            [] => None,
            [only] if only.part.is_none() => {
                Some(ErrorBody { message: Some(only.message.clone()), entries: Vec::new() })
            }
            _ => Some(ErrorBody { message: None, entries }),
        }
    }

    fn counter_example(&self) -> Value {
        json!({"errors": [{"status": {}, "title": 5, "detail": 5}]})
    }
}

/// `source.parameter` is JSON:API's word for query parameters; the part is added for the others, which it has no
/// member for.
fn source(entry: &Entry) -> Value {
    match (&entry.name, entry.part) {
        (Some(name), Part::Header) => json!({"header": name}),
        (Some(name), Part::Query) => json!({"parameter": name}),
        (Some(name), part) => json!({"parameter": name, "in": part.as_str()}),
        (None, _) => json!({"pointer": entry.pointer().as_str()}),
    }
}

fn read_entry(value: &Value) -> Option<ErrorEntry> {
    let object = value.as_object()?;
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let message = text("detail").or_else(|| text("title"))?;
    let mut told = ErrorEntry { message, kind: text("code"), ..ErrorEntry::default() };
    let Some(source) = object.get("source").and_then(Value::as_object) else { return Some(told) };
    let text = |name: &str| source.get(name).and_then(Value::as_str);
    if let Some(pointer) = text("pointer").and_then(Pointer::parse) {
        told.part = Some(Part::Body);
        told.pointer = pointer;
    } else if let Some(name) = text("header") {
        told.part = Some(Part::Header);
        told.name = Some(name.to_owned());
    } else if let Some(name) = text("parameter") {
        told.part = Some(text("in").and_then(Part::parse).unwrap_or(Part::Query));
        told.name = Some(name.to_owned());
    }
    Some(told)
}
