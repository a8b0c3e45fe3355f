//! Responses, request bodies and links of 3.x.

use serde_json::{Map, Value};

use crate::contract::version::skeleton::Build;
use crate::contract::version::walk::Walker;
use crate::document::Location;

impl Walker<'_> {
    /// The request body of an operation.
    pub(crate) fn request_body(&mut self, map: &Map<String, Value>, at: &Location) -> Option<Value> {
        map.get("requestBody").filter(|body| !body.is_null())?;
        self.deref(&at.join("requestBody"), |walker, value, at| {
            let map = walker.object(value, at, "requestBody")?;
            let mut build = Build::at(walker.number(at));
            build.set("required", walker.flag(map, "required", at).unwrap_or(false));
            build.set("content", walker.content(map, at));
            Some(build.done())
        })?
    }

    /// The responses of an operation, by status.
    pub(crate) fn responses(&mut self, map: &Map<String, Value>, at: &Location) -> Value {
        let mut out = Map::new();
        for (status, _, at) in self.members(map, "responses", at) {
            let Some(status) = self.status(status, &at) else { continue };
            if let Some(Some(mut response)) = self.deref(&at, Self::response) {
                // openapiv3 keeps `default` apart: the contract's order is remembered.
                response["x-order"] = out.len().into();
                out.insert(status, response);
            }
        }
        Value::Object(out)
    }

    /// A key of `responses`, brought to `200`, `2XX` or `default`.
    pub(crate) fn status(&mut self, key: &str, at: &Location) -> Option<String> {
        let upper = key.trim().to_ascii_uppercase();
        let range = upper.len() == 3 && upper.ends_with("XX") && matches!(upper.as_bytes()[0], b'1'..=b'5');
        let exact = upper.len() == 3 && upper.parse::<u16>().is_ok_and(|n| (100..=599).contains(&n));
        match upper.as_str() {
            "DEFAULT" => return Some("default".to_owned()),
            _ if range || exact => {
                if upper != key {
                    let diagnostic =
                        self.warn("response-status", at, format!("`{key}` must be written `{upper}`"));
                    diagnostic.at_key = true;
                }
                return Some(upper);
            }
            _ => {}
        }
        let unusual = upper.len() == 3 && upper.parse::<u16>().is_ok_and(|n| n >= 100);
        let diagnostic = self.error("response-status", at, format!("`{key}` is no HTTP status"));
        diagnostic.at_key = true;
        diagnostic.hint = Some("a status from 100 to 599, a range such as `4XX`, or `default`".to_owned());
        unusual.then_some(upper)
    }

    fn response(&mut self, value: &Value, at: &Location) -> Option<Value> {
        let empty = Map::new();
        let map = match value {
            Value::Null => &empty,
            other => self.object(other, at, "response")?,
        };
        let mut build = Build::at(self.number(at));
        let description = match map.get("description") {
            // `description: {$ref: …}` is seen in the wild; it says nothing that is needed.
            Some(Value::Object(_)) | None => String::new(),
            _ => self.text(map, "description", at).unwrap_or_default(),
        };
        build.set("description", description);
        build.set("headers", self.headers(map, at));
        build.set("content", self.content(map, at));
        build.set("links", self.links(map, at));
        Some(build.done())
    }

    fn links(&mut self, map: &Map<String, Value>, at: &Location) -> Value {
        let mut out = Map::new();
        for (name, _, at) in self.members(map, "links", at) {
            if let Some(Some(link)) = self.deref(&at, Self::link) {
                out.insert(name.to_owned(), link);
            }
        }
        Value::Object(out)
    }

    fn link(&mut self, value: &Value, at: &Location) -> Option<Value> {
        let map = self.object(value, at, "link")?;
        let mut build = Build::at(self.number(at));
        let id = self.text(map, "operationId", at);
        let reference = self.text(map, "operationRef", at);
        match (id, reference) {
            (Some(id), reference) => {
                if reference.is_some() {
                    self.error("link-target", at, "`operationId` and `operationRef` exclude each other");
                }
                build.set("operationId", id);
            }
            (None, Some(reference)) => build.set("operationRef", reference),
            (None, None) => {
                self.error("link-target", at, "the link has neither `operationId` nor `operationRef`");
                return None;
            }
        }
        if map.contains_key("requestBody") {
            build.set("x-body", self.number(&at.join("requestBody")));
        }
        let mut parameters = Map::new();
        for (name, _, at) in self.members(map, "parameters", at) {
            parameters.insert(name.to_owned(), self.number(&at).into());
        }
        build.set("parameters", parameters);
        Some(build.done())
    }
}
