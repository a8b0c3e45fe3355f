//! Problem details (RFC 9457): `application/problem+json` with `type`, `title`, `status`, `detail`, and the
//! particulars in the extension member `errors` as the RFC's own example (§3) shows it.

use serde_json::{Value, json};

use super::interface::Framework;
use super::refusal::{Entry, ErrorBody, ErrorEntry, Part, Refusal, phrase};
use crate::base::Pointer;

/// The convention of problem details.
pub(super) struct Problem;

impl Framework for Problem {
    fn name(&self) -> &'static str {
        "problem"
    }

    fn media_type(&self) -> &'static str {
        "application/problem+json"
    }

    fn write(&self, refusal: &Refusal) -> Value {
        let mut body = json!({
            "type": "about:blank",
            "title": phrase(refusal.status),
            "status": refusal.status,
            "detail": refusal.message,
        });
        if !refusal.entries.is_empty() {
            body["errors"] = refusal.entries.iter().map(entry).collect();
        }
        body
    }

    fn recognise(&self, _status: u16, body: &Value) -> Option<ErrorBody> {
        let object = body.as_object()?;
        // All members are optional in the RFC; a title with a status or a type makes it more than a coincidence.
        let title = object.get("title")?.as_str()?;
        let typed = object.get("type").is_some_and(Value::is_string);
        if !typed && !object.get("status").is_some_and(Value::is_u64) {
            return None;
        }
        let message = object.get("detail").and_then(Value::as_str).unwrap_or(title).to_owned();
        let entries = object.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Some(ErrorBody { message: Some(message), entries: entries.iter().filter_map(read_entry).collect() })
    }

    fn counter_example(&self) -> Value {
        json!({"type": 5, "title": 5, "status": "x", "detail": 5})
    }
}

fn entry(entry: &Entry) -> Value {
    let mut out = json!({"detail": entry.message()});
    if let Some(name) = &entry.name {
        out["in"] = json!(entry.part.as_str());
        out["parameter"] = json!(name);
    } else {
        // RFC 9457 §3 shows a JSON Pointer in a URI fragment.
        out["pointer"] = json!(format!("#{}", entry.pointer()));
    }
    out
}

fn read_entry(value: &Value) -> Option<ErrorEntry> {
    let object = value.as_object()?;
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let message = text("detail").or_else(|| text("message"))?;
    let pointer = text("pointer").and_then(|p| Pointer::parse(p.trim_start_matches('#')));
    let part = text("in").and_then(|p| Part::parse(&p)).or(pointer.as_ref().map(|_| Part::Body));
    let kind = text("code").or_else(|| text("type"));
    Some(ErrorEntry { part, name: text("parameter"), pointer: pointer.unwrap_or_default(), kind, message })
}
