//! Runtime expressions (OpenAPI 3.1.1 §4.8.20.4): values out of a request and its answer, as the keys of callbacks name
//! them: `{$request.body#/callbackUrl}?event=done`.

use std::borrow::Cow;

use serde_json::Value;

use crate::wire::percent::{self, Keep};
use crate::wire::query;
use crate::wire::{Headers, Request, Response};

/// What expressions speak of.
#[derive(Clone, Copy, Debug)]
pub struct Context<'c> {
    /// The request.
    pub request: &'c Request,
    /// The values of its path's parameters, still encoded.
    pub path_values: &'c [(String, String)],
    /// The answer.
    pub response: &'c Response,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It is no expression.
    #[error("`{0}` is no runtime expression")]
    Malformed(String),
    /// The message does not have what it names.
    #[error("there is no {0}")]
    Absent(String),
}

/// The text of a template: expressions in braces are replaced; a template that is one bare expression is its value.
/// Values inside a URL (behind other text) are percent-encoded.
///
/// # Errors
/// [`ExpressionError`] for the first expression that has no value.
pub fn fill(template: &str, context: &Context<'_>) -> Result<String, ExpressionError> {
    if template.starts_with('$') {
        return evaluate(template, context);
    }
    let mut text = String::new();
    let mut rest = template;
    while let Some(open) = rest.find("{$") {
        text.push_str(&rest[..open]);
        let inner = &rest[open + 1..];
        let close = inner.find('}').ok_or_else(|| ExpressionError::Malformed(rest[open..].to_owned()))?;
        let value = evaluate(&inner[..close], context)?;
        if text.is_empty() {
            text.push_str(&value);
        } else {
            percent::encode_into(&mut text, value.as_bytes(), Keep::Unreserved);
        }
        rest = &inner[close + 1..];
    }
    text.push_str(rest);
    Ok(text)
}

/// The value of one expression, as text.
///
/// # Errors
/// [`ExpressionError`]: it is none, or what it names is not there.
pub fn evaluate(expression: &str, context: &Context<'_>) -> Result<String, ExpressionError> {
    let malformed = || ExpressionError::Malformed(expression.to_owned());
    let Context { request, response, .. } = context;
    match expression {
        "$url" => {
            let host = request.headers.get_str("host").unwrap_or("localhost");
            return Ok(format!("http://{host}{}", request.target));
        }
        "$method" => return Ok(request.method.clone()),
        "$statusCode" => return Ok(response.status.to_string()),
        _ => {}
    }
    let absent = || ExpressionError::Absent(expression.trim_start_matches('$').to_owned());
    if let Some(source) = expression.strip_prefix("$request.") {
        let (kind, name) = split(source);
        let found = match (kind, name) {
            ("header", Some(name)) => header(&request.headers, name),
            ("query", Some(name)) => {
                let members = query::members(request.query().unwrap_or_default());
                members.into_iter().find(|m| m.name == name).map(|m| m.value().into_owned())
            }
            ("path", Some(name)) => {
                let value = context.path_values.iter().find(|(known, _)| known == name);
                value.map(|(_, raw)| percent::decode_text(raw).into_owned())
            }
            _ if kind == "body" || kind.starts_with("body#") => body(source, request.body.as_deref()),
            _ => return Err(malformed()),
        };
        return found.ok_or_else(absent);
    }
    let source = expression.strip_prefix("$response.").ok_or_else(malformed)?;
    let found = match split(source) {
        ("header", Some(name)) => header(&response.headers, name),
        (kind, _) if kind == "body" || kind.starts_with("body#") => body(source, Some(&response.body)),
        _ => return Err(malformed()),
    };
    found.ok_or_else(absent)
}

fn split(source: &str) -> (&str, Option<&str>) {
    match source.split_once('.') {
        Some((kind, name)) if !kind.starts_with("body") => (kind, Some(name)),
        _ => (source, None),
    }
}

fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

/// The whole body as text, or the scalar at a pointer in its JSON.
fn body(source: &str, bytes: Option<&[u8]>) -> Option<String> {
    let bytes = bytes.filter(|bytes| !bytes.is_empty())?;
    let Some(pointer) = source.strip_prefix("body#") else {
        return Some(String::from_utf8_lossy(bytes).into_owned());
    };
    // Some write the pointer as a URI fragment.
    let pointer = if pointer.contains('%') { percent::decode_text(pointer) } else { Cow::Borrowed(pointer) };
    let value: Value = serde_json::from_slice(bytes).ok()?;
    match value.pointer(&pointer)? {
        Value::String(text) => Some(text.clone()),
        value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> Result<String, ExpressionError> {
        let mut request = Request {
            method: "POST".into(),
            target: "/streams/a%2Fb?callback=http%3A%2F%2Fh%2Fq&n=1".into(),
            ..Request::default()
        };
        request.headers.push("Host", "api.example:8080");
        request.headers.push("X-Url", "http://h/x");
        request.body =
            Some(r#"{"url": "http://h/p", "list": ["http://h/0"], "n": 7, "a/b": true, "o": {}}"#.into());
        let mut response = Response { status: 201, body: r#"{"id": "a b"}"#.into(), ..Response::default() };
        response.headers.push("Location", "/streams/7");
        let path_values = [("id".to_owned(), "a%2Fb".to_owned())];
        fill(template, &Context { request: &request, path_values: &path_values, response: &response })
    }

    #[test]
    fn every_source_has_its_value() {
        for (template, value) in [
            ("{$request.body#/url}", "http://h/p"),
            ("$request.body#/url", "http://h/p"),
            ("{$request.body#/list/0}/x", "http://h/0/x"),
            ("http://h/{$response.body#/id}?n={$request.body#/n}", "http://h/a%20b?n=7"),
            ("{$request.query.callback}", "http://h/q"),
            ("{$request.header.x-url}", "http://h/x"),
            ("http://h/{$request.path.id}", "http://h/a%2Fb"),
            ("http://h/{$request.body#/a~1b}", "http://h/true"),
            ("http://h{$response.header.location}", "http://h%2Fstreams%2F7"),
            ("{$method} {$statusCode}", "POST 201"),
            ("$url", "http://api.example:8080/streams/a%2Fb?callback=http%3A%2F%2Fh%2Fq&n=1"),
            ("http://fixed.example/hook", "http://fixed.example/hook"),
        ] {
            assert_eq!(filled(template).as_deref(), Ok(value), "{template}");
        }
        assert!(filled("$request.body").unwrap().starts_with("{\"url\""));
    }

    #[test]
    fn what_is_not_there_is_named() {
        for (template, said) in [
            ("{$request.body#/other}", "there is no request.body#/other"),
            ("{$request.body#/o}", "there is no request.body#/o"),
            ("{$request.query.other}", "there is no request.query.other"),
            ("{$request.path.other}", "there is no request.path.other"),
            ("{$response.header.other}", "there is no response.header.other"),
            ("{$request.cookie.x}", "`$request.cookie.x` is no runtime expression"),
            ("{$response.query.x}", "`$response.query.x` is no runtime expression"),
            ("{$else}", "`$else` is no runtime expression"),
            ("{$url", "`{$url` is no runtime expression"),
        ] {
            assert_eq!(filled(template).unwrap_err().to_string(), said);
        }
    }
}
