//! HAR 1.2: every exchange of the run, for browsers' tools and proxies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::base::secret::{MASK, is_secret_header};
use crate::exercise::{Record, Summary, Withheld};
use crate::wire::{Headers, Response};

/// One exchange as an entry; `base` is the target's base URL. The time of day is not known to the engine: entries stand
/// in the order of their answers.
#[must_use]
pub fn entry(record: &Record, base: &str) -> Value {
    let request = &record.request;
    let query: Vec<Value> = request
        .query()
        .into_iter()
        .flat_map(|query| query.split('&'))
        .map(|member| {
            let (name, value) = member.split_once('=').unwrap_or((member, ""));
            json!({"name": name, "value": value})
        })
        .collect();
    let mut sent = json!({
        "method": request.method,
        "url": format!("{base}{}", request.target),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(&request.headers),
        "queryString": query,
        "headersSize": -1,
        "bodySize": request.body.as_ref().map_or(0, |body| body.len()),
    });
    if let Some(body) = &request.body {
        sent["postData"] = json!({
            "mimeType": request.headers.get_str("content-type").unwrap_or(""),
            "text": String::from_utf8_lossy(body),
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

fn answer(outcome: &Result<Response, String>) -> Value {
    match outcome {
        Ok(response) => {
            let mut content = json!({
                "size": response.body.len(),
                "mimeType": response.headers.get_str("content-type").unwrap_or(""),
            });
            match std::str::from_utf8(&response.body) {
                Ok(text) => content["text"] = json!(text),
                Err(_) => {
                    content["text"] = json!(STANDARD.encode(&response.body));
                    content["encoding"] = json!("base64");
                }
            }
            json!({
                "status": response.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
                "headers": headers(&response.headers), "content": content,
                "redirectURL": response.headers.get_str("location").unwrap_or(""),
                "headersSize": -1, "bodySize": response.body.len(),
            })
        }
        // HAR's own way to say that there was no answer.
        Err(reason) => json!({
            "status": 0, "statusText": reason, "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
            "content": {"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": -1,
        }),
    }
}

fn headers(headers: &Headers) -> Vec<Value> {
    headers
        .iter()
        .map(|(name, value)| {
            let hidden = is_secret_header(name) && !value.is_empty();
            let shown = if hidden { MASK.into() } else { String::from_utf8_lossy(value) };
            json!({"name": name, "value": shown})
        })
        .collect()
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
