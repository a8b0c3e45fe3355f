//! Requests with the answers that a running FastAPI application gave, against our reading of its contract.

use std::path::PathBuf;
use std::sync::Arc;

use counterpart::base::Pointer;
use counterpart::contract::model::{
    MediaType, Operation, OperationHead, OperationIndex, Parameter, ParameterPlace, ParameterShape,
    RequestBody, Style,
};
use counterpart::dialect::lax::{Application, Stop, detail};
use counterpart::document::{FileId, Location, SchemaError, SchemaSource};
use counterpart::wire::{Headers, Request};
use serde_json::{Value, json};

/// The contract as one tree.
struct Tree(Value);

impl SchemaSource for Tree {
    fn schema(&self, at: &Location) -> Result<Arc<Value>, SchemaError> {
        at.pointer
            .lookup(&self.0)
            .map(|v| Arc::new(v.clone()))
            .ok_or_else(|| SchemaError::Invalid { at: at.clone(), reason: "nothing there".into() })
    }

    fn resolve(&self, from: &Location, reference: &str) -> Result<Location, SchemaError> {
        let pointer = reference.strip_prefix('#').and_then(Pointer::parse);
        pointer.map(|p| Location::new(FileId(0), p)).ok_or_else(|| SchemaError::Unresolvable {
            reference: reference.to_owned(),
            at: from.clone(),
            reason: "not a local reference".into(),
        })
    }
}

fn operation(tree: &Value, path: &str, method: &str) -> Operation {
    let place = Pointer::from_tokens(["paths", path, &method.to_lowercase()]);
    let raw = place.lookup(tree).unwrap();
    let at = Location::new(FileId(0), place);
    let empty = Vec::new();
    let parameters = raw["parameters"].as_array().unwrap_or(&empty).iter().enumerate().map(|(i, p)| {
        let location = at.join("parameters").index(i);
        Parameter {
            name: p["name"].as_str().unwrap().to_owned(),
            place: match p["in"].as_str().unwrap() {
                "path" => ParameterPlace::Path,
                "query" => ParameterPlace::Query,
                "header" => ParameterPlace::Header,
                _ => ParameterPlace::Cookie,
            },
            required: p["required"] == json!(true),
            deprecated: false,
            shape: ParameterShape::Styled {
                style: Style::Form,
                explode: true,
                allow_reserved: false,
                allow_empty: false,
                schema: Some(location.join("schema")),
            },
            examples: Vec::new(),
            description: None,
            location,
        }
    });
    let request_body = raw.get("requestBody").map(|body| RequestBody {
        required: body["required"] == json!(true),
        content: body["content"]
            .as_object()
            .unwrap()
            .keys()
            .map(|name| {
                let location = at.join("requestBody").join("content").join(name);
                MediaType {
                    name: name.clone(),
                    schema: Some(location.join("schema")),
                    item_schema: None,
                    examples: Vec::new(),
                    encoding: indexmap::IndexMap::new(),
                    location,
                }
            })
            .collect(),
        location: at.join("requestBody"),
    });
    Operation {
        head: OperationHead {
            index: OperationIndex(0),
            method: method.to_owned(),
            path: path.to_owned(),
            id: path.to_owned(),
            tags: Vec::new(),
            location: at.clone(),
        },
        summary: None,
        description: None,
        deprecated: false,
        parameters: parameters.collect(),
        request_body,
        responses: Vec::new(),
        security: Vec::new(),
        servers: Vec::new(),
        callbacks: Vec::new(),
        extensions: indexmap::IndexMap::new(),
    }
}

/// The path parameters of `target`, by the template's segments.
fn path_values(template: &str, target: &str) -> Vec<(String, String)> {
    let path = target.split('?').next().unwrap();
    template
        .split('/')
        .zip(path.split('/'))
        .filter_map(|(part, raw)| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            Some((name.to_owned(), raw.to_owned()))
        })
        .collect()
}

/// What we would answer: status and body.
fn ours(application: &Application, operation: &Operation, case: &Value) -> (u64, String) {
    let mut headers = Headers::new();
    for (name, value) in case["headers"].as_object().unwrap() {
        let bytes: Vec<u8> = value.as_str().unwrap().chars().map(|c| u32::from(c) as u8).collect();
        headers.push(name.clone(), bytes);
    }
    let body = case["body"]
        .as_str()
        .map(|text| text.chars().map(|c| u32::from(c) as u8).collect::<Vec<u8>>().into());
    let request = Request {
        method: case["method"].as_str().unwrap().to_owned(),
        target: case["target"].as_str().unwrap().to_owned(),
        headers,
        body,
    };
    let body = match application.body(operation, &request) {
        Ok(body) => body,
        Err(Stop::Syntax(troubles)) => return (422, detail(&troubles)),
        Err(Stop::Unreadable) => return (400, json!({"detail": Stop::UNREADABLE}).to_string()),
    };
    if operation.head.path.starts_with("/secured") && request.headers.get("x-api-key").is_none() {
        return (401, r#"{"detail":"Not authenticated"}"#.to_owned());
    }
    let values = path_values(&operation.head.path, &request.target);
    let troubles = application.troubles(operation, &values, &request, &body);
    if troubles.is_empty() { (200, String::new()) } else { (422, detail(&troubles)) }
}

#[test]
fn recorded_answers_of_fastapi_are_ours_too() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let tree: Value =
        serde_json::from_slice(&std::fs::read(folder.join("params-openapi.json")).unwrap()).unwrap();
    let recorded = std::env::var_os("COUNTERPART_RECORDED")
        .map_or_else(|| folder.join("params-answers.ndjson"), PathBuf::from);
    let application = Application::new(Arc::new(Tree(tree.clone())));
    let (mut same, mut wrong) = (0, Vec::new());
    for line in std::fs::read_to_string(recorded).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (method, path) = case["route"].as_str().unwrap().split_once(' ').unwrap();
        let (status, body) = ours(&application, &operation(&tree, path, method), &case);
        let wanted = case["answer"].as_str().unwrap();
        if case["status"] == json!(status) && (status == 200 || body == wanted) {
            same += 1;
        } else {
            wrong.push(format!(
                "{method} {} {} {}\n  fastapi: {} {wanted}\n  ours:    {status} {body}",
                case["target"], case["headers"], case["body"], case["status"]
            ));
        }
    }
    assert!(same > 0);
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), same + wrong.len(), wrong.join("\n"));
}
