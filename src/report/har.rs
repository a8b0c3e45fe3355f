//! HAR 1.2: every exchange of the run, for browsers' tools and proxies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::base::secret::Masked;
use crate::exercise::{Record, Summary, Withheld};
use crate::wire::{MaskedHeaders, MaskedResponse};

/// One exchange as an entry; `base` is the target's base URL. The time of day is not known to the engine: entries stand
/// in the order of their answers.
#[must_use]
pub fn entry(record: &Record, base: &str) -> Value {
    let request = &record.request;
    let query: Vec<Value> =
        request.query_members().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let mut sent = json!({
        "method": request.method,
        "url": format!("{base}{}", request.target),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(&request.headers),
        "queryString": query,
        "headersSize": -1,
        "bodySize": request.body_bytes,
    });
    if let Some(body) = &request.body {
        sent["postData"] = json!({
            "mimeType": request.headers.get("content-type").unwrap_or_default(),
            "text": body.to_text(),
        });
    }
    let milliseconds = record.elapsed.as_secs_f64() * 1000.0;
    json!({
        "startedDateTime": "1970-01-01T00:00:00Z",
        "time": milliseconds,
        "request": sent,
        "response": answer(&record.outcome),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": format!("{}: {} ({})", record.at, record.intent, record.label),
    })
}

fn answer(outcome: &Result<MaskedResponse, Masked>) -> Value {
    match outcome {
        Ok(response) => {
            let mut content = json!({
                "size": response.body_bytes,
                "mimeType": response.headers.get("content-type").unwrap_or_default(),
            });
            match std::str::from_utf8(&response.body) {
                Ok(text) => content["text"] = json!(text),
                Err(_) => {
                    content["text"] = json!(STANDARD.encode(&*response.body));
                    content["encoding"] = json!("base64");
                }
            }
            json!({
                "status": response.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
                "headers": headers(&response.headers), "content": content,
                "redirectURL": response.headers.get("location").unwrap_or_default(),
                "headersSize": -1, "bodySize": response.body_bytes,
            })
        }
        // HAR's own way to say that there was no answer.
        Err(reason) => json!({
            "status": 0, "statusText": reason, "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
            "content": {"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
        }),
    }
}

fn headers(headers: &MaskedHeaders) -> Vec<Value> {
    headers.texts().into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// The document around the entries, which are given as JSON texts. What was not sent is a comment.
#[must_use]
pub fn document(entries: &str, summary: &Summary) -> String {
    let creator = json!({"name": "counterpart", "version": env!("CARGO_PKG_VERSION")});
    let withheld: Vec<String> = summary.withheld.iter().map(Withheld::line).collect();
    let comment = if withheld.is_empty() {
        String::new()
    } else {
        format!("\"comment\":{},", json!(withheld.join("\n")))
    };
    format!(
        "{{\"log\":{{\"version\":\"1.2\",{comment}\"creator\":{creator},\"entries\":[\n{entries}\n]}}}}\n"
    )
}
