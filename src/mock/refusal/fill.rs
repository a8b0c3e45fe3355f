//! Error bodies of the contract's own making: a generated value in which sentence, status, code and particulars are put
//! where their names say they belong, as far as the value stays valid.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::base::Pointer;
use crate::framework::refusal::phrase;
use crate::framework::{Entry, Reason, Refusal};
use crate::schema::Schema;

/// How deep an error body is looked into, in levels.
const DEPTH_MAX: usize = 3;

/// How many particulars are told in one body.
const ENTRIES_MAX: usize = 16;

/// Names of properties that hold the sentence of an error, the plainest first.
const SENTENCES: [&str; 12] = [
    "message",
    "detail",
    "details",
    "description",
    "error_description",
    "errorMessage",
    "msg",
    "title",
    "reason",
    "error",
    "summary",
    "text",
];

/// Names of properties that hold the status as a number, or as text.
const NUMBERS: [&str; 6] = ["status", "statusCode", "status_code", "code", "httpStatus", "http_status"];

/// Names of properties that hold a machine-readable word.
const WORDS: [&str; 8] = ["code", "error_code", "errorCode", "error", "type", "kind", "reason", "name"];

/// Names of properties that hold particulars.
const LISTS: [&str; 8] =
    ["errors", "details", "detail", "violations", "issues", "fields", "validation_errors", "causes"];

/// Names of properties of a particular that hold the place that is wrong.
const PLACES: [&str; 10] =
    ["field", "path", "param", "parameter", "property", "pointer", "loc", "target", "name", "attribute"];

/// Puts what a refusal says into a generated error body. What the schema does not take is left as generated.
pub(crate) fn put_in(value: &mut Value, schema: &Arc<Schema>, refusal: &Refusal) {
    if value.is_string() {
        attempt(value, schema, &Pointer::root(), [json!(refusal.message)]);
        return;
    }
    let mut places = Vec::new();
    note(value, &Pointer::root(), 0, &mut places);
    for (pointer, name) in places {
        let Some(there) = value.pointer(pointer.as_str()) else { continue };
        match there {
            Value::Array(items) => {
                let list = particulars(items.first(), refusal);
                attempt(value, schema, &pointer, list);
            }
            Value::Number(_) => attempt(value, schema, &pointer, [json!(refusal.status)]),
            _ => {
                // A name for both, such as `error`, takes the sentence where any text may stand, else a word.
                let title = (name == "title").then(|| json!(phrase(refusal.status)));
                let sentence = SENTENCES.contains(&name.as_str()).then(|| json!(refusal.message));
                let words = if WORDS.contains(&name.as_str()) { words(refusal) } else { Vec::new() };
                let number = NUMBERS.contains(&name.as_str()).then(|| json!(refusal.status.to_string()));
                let all: Vec<Value> = title.into_iter().chain(sentence).chain(words).chain(number).collect();
                attempt(value, schema, &pointer, all);
            }
        }
    }
}

/// Puts the first of these in that keeps the value valid; a value that is not valid anyway is left alone.
fn attempt(
    value: &mut Value,
    schema: &Arc<Schema>,
    at: &Pointer,
    candidates: impl IntoIterator<Item = Value>,
) {
    for candidate in candidates {
        let Some(place) = value.pointer_mut(at.as_str()) else { return };
        let before = std::mem::replace(place, candidate);
        if schema.is_valid(value) {
            return;
        }
        if let Some(place) = value.pointer_mut(at.as_str()) {
            *place = before;
        }
    }
}

/// The places whose names say what they hold, outer ones first.
fn note(value: &Value, at: &Pointer, depth: usize, places: &mut Vec<(Pointer, String)>) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let below = at.join(name);
                let known = match member {
                    Value::String(_) => SENTENCES.contains(&name.as_str()) || WORDS.contains(&name.as_str()),
                    Value::Number(_) => NUMBERS.contains(&name.as_str()),
                    Value::Array(_) => LISTS.contains(&name.as_str()),
                    _ => false,
                };
                if known {
                    places.push((below.clone(), name.clone()));
                }
                if !member.is_array() || !known {
                    note(member, &below, depth + 1, places);
                }
            }
        }
        Value::Array(items) => {
            if let Some(first) = items.first() {
                note(first, &at.index(0), depth + 1, places);
            }
        }
        _ => {}
    }
}

/// Lists of particulars to try: one for each entry, in the form of the generated first item; sentences; none.
fn particulars(first: Option<&Value>, refusal: &Refusal) -> Vec<Value> {
    let entries = &refusal.entries[..refusal.entries.len().min(ENTRIES_MAX)];
    let mut lists = Vec::new();
    match first {
        Some(Value::Object(item)) => {
            let of_entries: Vec<Value> =
                entries.iter().map(|e| particular(item, &place(e), e.message(), refusal)).collect();
            if !of_entries.is_empty() {
                lists.push(Value::Array(of_entries));
            }
            lists.push(json!([particular(item, "", &refusal.message, refusal)]));
        }
        Some(Value::String(_)) => {
            let told = entries.iter().map(|e| format!("{}: {}", place(e), e.message()));
            let told: Vec<String> = told.collect();
            lists.push(if told.is_empty() { json!([refusal.message]) } else { json!(told) });
        }
        _ => {}
    }
    lists.push(json!([]));
    lists
}

/// A particular in the form of `item`.
fn particular(item: &Map<String, Value>, place: &str, message: &str, refusal: &Refusal) -> Value {
    let mut item = item.clone();
    let mut told = false;
    for (name, member) in &mut item {
        let name = name.as_str();
        *member = match member {
            Value::String(_) if PLACES.contains(&name) && !place.is_empty() => json!(place),
            Value::Array(_) if PLACES.contains(&name) && !place.is_empty() => {
                json!(place.split('.').collect::<Vec<_>>())
            }
            Value::String(_) if SENTENCES.contains(&name) && !told => {
                told = true;
                json!(message)
            }
            Value::String(_) if WORDS.contains(&name) => json!(words_of(refusal.reason)[0]),
            Value::Number(_) if NUMBERS.contains(&name) => json!(refusal.status),
            _ => continue,
        };
    }
    Value::Object(item)
}

/// What an entry is about, with dots: `limit`, `body.address.city`.
fn place(entry: &Entry) -> String {
    let pointer = entry.pointer();
    let below = pointer.tokens().map(|token| token.to_string());
    let parts: Vec<String> = entry.name.clone().into_iter().chain(below).collect();
    if parts.is_empty() { entry.part.as_str().to_owned() } else { parts.join(".") }
}

/// Words for a refusal in the spellings that contracts use; the reason's own words before the status's.
fn words(refusal: &Refusal) -> Vec<Value> {
    let own = words_of(refusal.reason).iter().map(|word| (*word).to_owned());
    let all = own.chain([phrase(refusal.status).to_lowercase().replace(' ', "_")]);
    let spelt = |word: String| {
        let pascal: String = word.split('_').map(capital).collect();
        let camel = word.split('_').next().unwrap_or_default().to_owned()
            + &word.split('_').skip(1).map(capital).collect::<String>();
        let dashed = word.replace('_', "-");
        let upper = word.to_uppercase();
        [word, upper, pascal, camel, dashed]
    };
    all.flat_map(spelt).map(Value::String).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn words_of(reason: Reason) -> &'static [&'static str] {
    match reason {
        Reason::Invalid => {
            &["validation_error", "invalid_request", "invalid_request_error", "invalid", "bad_request"]
        }
        Reason::Unauthenticated => {
            &["unauthorized", "unauthenticated", "authentication_error", "invalid_token"]
        }
        Reason::NoPath | Reason::NoEntity => {
            &["not_found", "not_found_error", "resource_not_found", "no_such_entity"]
        }
        Reason::Method => &["method_not_allowed"],
        Reason::NotAcceptable => &["not_acceptable"],
        Reason::MediaType => &["unsupported_media_type"],
        Reason::State => &["conflict", "invalid_state", "already_exists"],
        Reason::TooLarge => &["content_too_large", "payload_too_large"],
        Reason::Precondition => &["precondition_failed"],
        Reason::Forbidden => {
            &["forbidden", "permission_denied", "access_denied", "insufficient_scope", "unauthorized"]
        }
        Reason::Fault | Reason::Asked => &["error", "internal_error", "internal_server_error", "api_error"],
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::Contract;
    use crate::mock::{Mock, MockSettings};
    use crate::wire::{Headers, Request};
    use serde_json::{Value, json};

    const SHOP: &str = "
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /things:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [size], properties: {size: {type: integer}, name: {type: string}}}
      responses:
        '201': {description: d}
        '400': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  /other:
    get: {responses: {'200': {description: d}}}
components:
  schemas:
    Error:
      type: object
      required: [code, title, message, statusCode, errors, trace]
      properties:
        code: {enum: [NOT_FOUND, METHOD_NOT_ALLOWED, VALIDATION_ERROR, OTHER]}
        title: {type: string}
        message: {type: string, maxLength: 90}
        statusCode: {type: integer, minimum: 400, maximum: 499}
        trace: {type: string, pattern: '^[0-9a-f]{8}$'}
        errors:
          type: array
          minItems: 1
          items:
            type: object
            required: [field, message]
            properties: {field: {type: string}, message: {type: string}}
";

    fn answer(method: &str, target: &str, body: Option<&str>) -> (u16, Value) {
        let contract = Contract::from_text("shop.yaml", SHOP).unwrap();
        let mock = Mock::new(contract, MockSettings::default()).unwrap();
        let mut headers = Headers::new();
        headers.push("content-type", "application/json");
        let body = body.map(|text| text.as_bytes().to_vec().into());
        let request = Request { method: method.to_owned(), target: target.to_owned(), headers, body };
        let response = mock.answer(&request);
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    #[test]
    fn what_is_wrong_stands_where_the_names_say() {
        let (status, body) = answer("POST", "/things", Some(r#"{"size": "x", "name": 5}"#));
        assert_eq!(
            (status, &body["code"], &body["statusCode"]),
            (400, &json!("VALIDATION_ERROR"), &json!(400))
        );
        assert_eq!((&body["title"], body["errors"].as_array().unwrap().len()), (&json!("Bad Request"), 2));
        assert_eq!(
            (&body["errors"][0]["field"], &body["errors"][1]["field"]),
            (&json!("size"), &json!("name"))
        );
        assert!(body["message"].as_str().unwrap().contains("is not of type"), "{body}");
        // What no name explains stays as it was generated.
        assert_eq!(body["trace"].as_str().unwrap().len(), 8);
    }

    #[test]
    fn undocumented_refusals_look_like_the_contracts_other_errors() {
        let (status, body) = answer("GET", "/nowhere", None);
        assert_eq!((status, &body["code"], &body["title"]), (404, &json!("NOT_FOUND"), &json!("Not Found")));
        assert_eq!(body["errors"].as_array().unwrap().len(), 1, "as many as the schema asks for: {body}");
        let (status, body) = answer("PUT", "/other", None);
        assert_eq!((status, &body["code"]), (405, &json!("METHOD_NOT_ALLOWED")));
        assert_eq!(body["statusCode"], 405);
    }
}
