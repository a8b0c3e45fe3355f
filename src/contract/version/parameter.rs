//! Parameters and headers of 3.x.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::contract::version::Version;
use crate::contract::version::skeleton::{Build, schema_ref};
use crate::contract::version::walk::Walker;
use crate::document::Location;
use crate::document::files::nearest;

/// Headers that parameters can't describe (OpenAPI 3.x, Parameter Object, `name`).
const RESERVED_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// What tells a parameter from others: its name and its place.
fn identity(parameter: &Value) -> (String, String) {
    let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
    (text("name"), text("x-in"))
}

/// Parameters of which one gives way to a later one of the same name and place.
#[derive(Default)]
pub(crate) struct Overriding {
    list: Vec<Value>,
    places: HashMap<(String, String), usize>,
}

impl Overriding {
    /// Adds a parameter.
    pub(crate) fn add(&mut self, parameter: Value) {
        let at = *self.places.entry(identity(&parameter)).or_insert(self.list.len());
        match self.list.get_mut(at) {
            Some(known) => *known = parameter,
            None => self.list.push(parameter),
        }
    }

    /// All of them, in the order in which they first came.
    pub(crate) fn into_list(self) -> Vec<Value> {
        self.list
    }
}

impl Walker<'_> {
    /// A list of parameters, references followed; what can't be sent is left out.
    pub(crate) fn parameters(&mut self, map: &Map<String, Value>, at: &Location) -> Vec<Value> {
        let mut known = HashSet::new();
        let mut out: Vec<Value> = Vec::new();
        for (_, at) in self.items(map, "parameters", at) {
            if let Some(Some(parameter)) = self.deref(&at, Self::parameter) {
                let same =
                    |other: &Value| other["name"] == parameter["name"] && other["x-in"] == parameter["x-in"];
                if !known.insert(identity(&parameter)) {
                    let name = parameter["name"].as_str().unwrap_or_default();
                    self.error(
                        "duplicate-parameter",
                        &at,
                        format!("the parameter `{name}` stands here a second time"),
                    )
                    .hint = Some("the last one counts".to_owned());
                    out.retain(|other| !same(other));
                }
                out.push(parameter);
            }
        }
        out
    }

    fn parameter(&mut self, value: &Value, at: &Location) -> Option<Value> {
        let map = self.object(value, at, "parameter")?;
        let Some(name) = self.text(map, "name", at) else {
            self.error("missing-member", at, "the parameter has no `name`");
            return None;
        };
        let Some(place) = self.text(map, "in", at) else {
            self.error("missing-member", at, format!("the parameter `{name}` has no `in`"));
            return None;
        };
        let place = self.place_of(&name, &place, at)?;
        if place == "header" && RESERVED_HEADERS.iter().any(|h| name.eq_ignore_ascii_case(h)) {
            self.warn("ignored-header", at, format!("a header parameter called `{name}` is ignored")).hint =
                Some("media types belong into `content`, credentials into `security`".to_owned());
            return None;
        }
        let mut build = Build::at(self.number(at));
        build.set("name", name.clone());
        build.set("x-in", place);
        build.set("in", if place == "querystring" { "query" } else { place });
        let mut required = self.flag(map, "required", at).unwrap_or(false);
        if place == "path" && !required {
            self.error(
                "path-parameter-required",
                at,
                format!("the path parameter `{name}` must be `required: true`"),
            )
            .hint = Some("a path can't be sent without it".to_owned());
            required = true;
        }
        build.set("required", required);
        self.shape(&mut build, map, at, place);
        Some(build.done())
    }

    fn place_of(&mut self, name: &str, place: &str, at: &Location) -> Option<&'static str> {
        let known: &[&'static str] = if self.version >= Version::V32 {
            &["path", "query", "header", "cookie", "querystring"]
        } else {
            &["path", "query", "header", "cookie"]
        };
        if let Some(found) = known.iter().find(|k| **k == place) {
            return Some(found);
        }
        let near = nearest(place, known);
        let diagnostic = self.error(
            "parameter-place",
            &at.join("in"),
            format!("the parameter `{name}` can't be in `{place}`"),
        );
        diagnostic.hint = match (place, near) {
            ("body" | "formData", _) => {
                Some("since OpenAPI 3.0 bodies are described by `requestBody`".to_owned())
            }
            ("querystring", _) => Some("`querystring` is new in OpenAPI 3.2".to_owned()),
            (_, Some(near)) => Some(format!("did you mean `{near}`?")),
            _ => Some(format!("one of {}", known.join(", "))),
        };
        None
    }

    /// A map of headers.
    pub(crate) fn headers(&mut self, map: &Map<String, Value>, at: &Location) -> Value {
        let mut out = Map::new();
        for (name, _, at) in self.members(map, "headers", at) {
            // OpenAPI 3.x, Response Object: "If a response header is defined with the name Content-Type, it SHALL be
            // ignored".
            if name.eq_ignore_ascii_case("content-type") {
                continue;
            }
            let read = |walker: &mut Self, value: &Value, at: &Location| {
                let map = walker.object(value, at, "header")?;
                let mut build = Build::at(walker.number(at));
                build.set("required", walker.flag(map, "required", at).unwrap_or(false));
                walker.shape(&mut build, map, at, "header");
                Some(build.done())
            };
            if let Some(Some(header)) = self.deref(&at, read) {
                out.insert(name.to_owned(), header);
            }
        }
        Value::Object(out)
    }

    /// What parameters and headers have in common: how the value is written, and examples.
    fn shape(&mut self, build: &mut Build, map: &Map<String, Value>, at: &Location, place: &str) {
        build.maybe("description", self.text(map, "description", at));
        build.maybe("deprecated", self.flag(map, "deprecated", at));
        build.set("examples", self.examples(map, at));
        let content = match map.get("content") {
            Some(Value::Object(content)) if !content.is_empty() => Some(self.content(map, at)),
            _ => None,
        };
        if let Some(Value::Object(mut content)) = content {
            if content.len() > 1 {
                self.error(
                    "parameter-content",
                    &at.join("content"),
                    "`content` of a parameter has exactly one media type",
                )
                .hint = Some("the first one counts".to_owned());
                let first = content.keys().next().cloned().unwrap_or_default();
                content.retain(|name, _| *name == first);
            }
            if map.contains_key("schema") {
                self.error(
                    "parameter-content",
                    &at.join("schema"),
                    "`schema` and `content` exclude each other",
                )
                .hint = Some("`content` counts".to_owned());
            }
            if !content.is_empty() {
                build.set("content", content);
                return;
            }
        }
        let schema = if map.contains_key("schema") { Some(self.number(&at.join("schema"))) } else { None };
        build.set("schema", schema_ref(schema));
        let style = self.style(map, at, place);
        build.set("x-style", style);
        let explode = self.flag(map, "explode", at).unwrap_or(matches!(style, "form" | "cookie"));
        build.set("explode", explode);
        build.set("x-explode", explode);
        if place == "query" || place == "querystring" {
            build.set("allowReserved", self.flag(map, "allowReserved", at).unwrap_or(false));
            build.maybe("allowEmptyValue", self.flag(map, "allowEmptyValue", at));
        } else if self.version >= Version::V32 {
            // 3.2 allows it in all places.
            build.set("x-allow-reserved", self.flag(map, "allowReserved", at).unwrap_or(false));
        }
    }

    fn style(&mut self, map: &Map<String, Value>, at: &Location, place: &str) -> &'static str {
        let allowed: &[&'static str] = match place {
            "path" => &["simple", "label", "matrix"],
            "header" => &["simple"],
            "cookie" if self.version >= Version::V32 => &["form", "cookie"],
            "cookie" => &["form"],
            _ => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        };
        let Some(style) = self.text(map, "style", at) else { return allowed[0] };
        if let Some(known) = allowed.iter().find(|k| **k == style) {
            return known;
        }
        self.error("style", &at.join("style"), format!("`{style}` is no style of a {place} parameter"))
            .hint = Some(format!("one of {}; `{}` is used", allowed.join(", "), allowed[0]));
        allowed[0]
    }
}
