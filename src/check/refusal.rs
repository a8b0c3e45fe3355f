//! Reads refusals in the shape of FastAPI and pydantic: `{"detail": [{"loc", "type", "msg", "input"}]}`.

use serde_json::Value;

use crate::base::limits::REFUSAL_BYTES_MAX;
use crate::framework::Place;
use crate::wire::Response;

/// How many entries of one refusal are looked at.
const ENTRIES_MAX: usize = 1000;

/// One entry of a refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// `path`, `query`, `header`, `cookie`, `body`.
    pub place: String,
    /// What follows in `loc`, as text: a parameter's name, or the steps into the body.
    pub steps: Vec<String>,
    /// The kind of error (`missing`, `string_type`, …).
    pub kind: String,
    /// The echoed input, when there is one.
    pub input: Option<Value>,
}

impl Entry {
    /// `loc` as one text.
    #[must_use]
    pub fn loc(&self) -> String {
        let mut text = self.place.clone();
        for step in &self.steps {
            text.push('.');
            text.push_str(step);
        }
        text
    }
}

/// Whether the framework behind the service refuses this very place.
#[must_use]
pub fn is_foreseen(entry: &Entry, foreseen: &[Place]) -> bool {
    foreseen.iter().any(|place| {
        place.split_first().is_some_and(|(part, steps)| *part == entry.place && *steps == entry.steps)
    })
}

/// The entries of a refusal, or `None` when the body is not of that shape. An empty list is a shape without facts
/// and counts as `None`.
#[must_use]
pub fn entries(response: &Response) -> Option<Vec<Entry>> {
    let body = Some(&response.body).filter(|body| body.len() <= REFUSAL_BYTES_MAX)?;
    let body: Value = serde_json::from_slice(body).ok()?;
    let items = body.get("detail")?.as_array()?;
    let entries: Option<Vec<Entry>> = items.iter().take(ENTRIES_MAX).map(entry).collect();
    entries.filter(|list| !list.is_empty())
}

fn entry(item: &Value) -> Option<Entry> {
    let loc = item.get("loc")?.as_array()?;
    let mut steps = loc.iter().map(|step| match step {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    Some(Entry {
        place: steps.next()?,
        steps: steps.collect(),
        kind: item.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
        input: item.get("input").cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(body: &str) -> Response {
        Response { status: 422, body: body.to_owned().into(), ..Response::default() }
    }

    #[test]
    fn reads_entries_with_their_places() {
        let got = entries(&response(
            r#"{"detail":[{"loc":["body","items",0,"name"],"type":"missing","msg":"Field required","input":{}}]}"#,
        ))
        .unwrap();
        assert_eq!(got[0].loc(), "body.items.0.name");
        assert_eq!(got[0].kind, "missing");
        assert_eq!(got[0].input, Some(serde_json::json!({})));
    }

    #[test]
    fn other_shapes_are_none() {
        for body in ["", "{}", r#"{"detail":"Not Found"}"#, r#"{"detail":[]}"#, r#"{"detail":[{"loc":[]}]}"#]
        {
            assert_eq!(entries(&response(body)), None, "{body}");
        }
    }
}
