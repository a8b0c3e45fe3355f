//! Swagger 2.0, brought to the structure of 3.0: body and form parameters become a request body, `consumes` and
//! `produces` its media types and those of responses, `collectionFormat` a style.

use serde_json::{Map, Value, json};

use crate::contract::model::{SecurityKind, SecurityScheme, Server};
use crate::contract::site::Site;
use crate::contract::version::parameter::Overriding;
use crate::contract::version::skeleton::{Build, schema_ref};
use crate::contract::version::v3;
use crate::contract::version::walk::{self, Walker};
use crate::document::{Location, absolute, files};

/// What bodies are when nothing says it.
const DEFAULT_MEDIA_TYPE: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";
const URLENCODED: &str = "application/x-www-form-urlencoded";

/// A parameter as found: its place, its object and where that stands.
struct Found {
    place: String,
    name: String,
    map: Map<String, Value>,
    at: Location,
}

/// The skeleton of an operation and the servers that it or its path item names.
pub(crate) fn operation(walker: &mut Walker<'_>, site: &Site) -> (Value, Option<Vec<Server>>) {
    let mut found: Vec<Found> = Vec::new();
    for at in site.item.iter() {
        let inherited =
            walker.deref(at, |walker, value, at| value.as_object().map(|map| parameters(walker, map, at)));
        for parameter in inherited.flatten().unwrap_or_default() {
            replace(&mut found, parameter);
        }
    }
    let read = walker.deref(&site.head.location, |walker, value, at| {
        let mut build = Build::default();
        let Some(map) = walker.object(value, at, "operation") else { return (build, None) };
        for parameter in parameters(walker, map, at) {
            replace(&mut found, parameter);
        }
        build.maybe("summary", walker.text(map, "summary", at));
        build.maybe("description", walker.text(map, "description", at));
        build.maybe("deprecated", walker.flag(map, "deprecated", at));
        let consumes = media_types(walker, map, "consumes", at);
        let produces = media_types(walker, map, "produces", at);
        build.maybe("requestBody", body(walker, &found, &consumes, at));
        build.set("responses", responses(walker, map, &produces, at));
        (build, own_servers(walker, map, at))
    });
    let (mut build, servers) = read.unwrap_or_default();
    if !build.0.contains_key("responses") {
        build.set("responses", json!({}));
    }
    let mut skeletons = Overriding::default();
    for parameter in found.iter().filter(|p| p.place != "body" && p.place != "formData") {
        if let Some(skeleton) = skeleton(walker, parameter) {
            skeletons.add(skeleton);
        }
    }
    build.set("parameters", skeletons.into_list());
    (build.done(), servers)
}

fn replace(all: &mut Vec<Found>, parameter: Found) {
    match all.iter().position(|p| p.name == parameter.name && p.place == parameter.place) {
        Some(n) => all[n] = parameter,
        None => all.push(parameter),
    }
}

fn parameters(walker: &mut Walker<'_>, map: &Map<String, Value>, at: &Location) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    for (_, at) in walker.items(map, "parameters", at) {
        let read = walker.deref(&at, |walker, value, at| {
            let map = walker.object(value, at, "parameter")?;
            let name = walker.text(map, "name", at);
            let place = walker.text(map, "in", at);
            match (name, place) {
                (Some(name), Some(place)) => Some(Found { name, place, map: map.clone(), at: at.clone() }),
                (name, _) => {
                    let missing = if name.is_none() { "name" } else { "in" };
                    walker.error("missing-member", at, format!("the parameter has no `{missing}`"));
                    None
                }
            }
        });
        let Some(Some(parameter)) = read else { continue };
        if !matches!(parameter.place.as_str(), "query" | "header" | "path" | "formData" | "body") {
            let known = ["query", "header", "path", "formData", "body"];
            let near = files::nearest(&parameter.place, &known);
            let message = format!("a parameter can't be in `{}`", parameter.place);
            walker.error("parameter-place", &parameter.at.join("in"), message).hint =
                near.map(|near| format!("did you mean `{near}`?"));
            continue;
        }
        if out.iter().any(|p| p.name == parameter.name && p.place == parameter.place) {
            let message = format!("the parameter `{}` stands here a second time", parameter.name);
            walker.error("duplicate-parameter", &at, message).hint = Some("the last one counts".to_owned());
        }
        replace(&mut out, parameter);
    }
    out
}

/// `consumes` or `produces`: the operation's own, else the contract's.
fn media_types(walker: &mut Walker<'_>, map: &Map<String, Value>, key: &str, at: &Location) -> Vec<String> {
    if map.contains_key(key) {
        return walker.texts(map, key, at);
    }
    let root = walk::root();
    let Some(file) = walker.files.file(root.file) else { return Vec::new() };
    file.root.as_object().map_or_else(Vec::new, |map| walker.texts(map, key, &root))
}

fn skeleton(walker: &mut Walker<'_>, parameter: &Found) -> Option<Value> {
    let Found { place, name, map, at } = parameter;
    let mut build = Build::at(walker.number(at));
    build.set("name", name.clone());
    build.set("in", place.clone());
    build.set("x-in", place.clone());
    let mut required = walker.flag(map, "required", at).unwrap_or(false);
    if place == "path" && !required {
        let message = format!("the path parameter `{name}` must be `required: true`");
        walker.error("path-parameter-required", at, message);
        required = true;
    }
    build.set("required", required);
    build.maybe("description", walker.text(map, "description", at));
    // `schema` is for bodies only; where it is used all the same its meaning is clear.
    let schema =
        if map.contains_key("schema") && !map.contains_key("type") { at.join("schema") } else { at.clone() };
    let schema = walker.number(&schema);
    build.set("schema", schema_ref(Some(schema)));
    let (style, explode) = collection(walker, map, at, place);
    build.set("x-style", style);
    build.set("x-explode", explode);
    if place == "query" {
        build.maybe("allowEmptyValue", walker.flag(map, "allowEmptyValue", at));
    }
    build.set("examples", examples(walker, map, at));
    Some(build.done())
}

/// `collectionFormat` as style and explode (Swagger 2.0, Parameter Object).
fn collection(
    walker: &mut Walker<'_>,
    map: &Map<String, Value>,
    at: &Location,
    place: &str,
) -> (&'static str, bool) {
    let plain = if matches!(place, "path" | "header") { "simple" } else { "form" };
    let format = walker.text(map, "collectionFormat", at);
    match format.as_deref() {
        None | Some("csv") => (plain, false),
        Some("ssv") => ("spaceDelimited", false),
        Some("tsv") => ("tabs", false),
        Some("pipes") => ("pipeDelimited", false),
        Some("multi") if plain == "form" => ("form", true),
        Some(other) => {
            let message = format!("`{other}` is no collectionFormat of a {place} parameter");
            walker.error("style", &at.join("collectionFormat"), message).hint =
                Some("one of csv, ssv, tsv, pipes; multi in query and formData; csv is used".to_owned());
            (plain, false)
        }
    }
}

/// The examples that vendors add: `x-example`, `x-examples`, `example`.
fn examples(walker: &mut Walker<'_>, map: &Map<String, Value>, at: &Location) -> Value {
    let mut out = Map::new();
    let mut add = |walker: &mut Walker<'_>, name: &str, at: &Location| {
        let mut build = Build::at(walker.number(at));
        build.set("x-plain", true);
        out.insert(name.to_owned(), build.done());
    };
    for key in ["example", "x-example"] {
        if map.contains_key(key) {
            add(walker, "", &at.join(key));
        }
    }
    if let Some(Value::Object(named)) = map.get("x-examples") {
        for name in named.keys() {
            add(walker, name, &at.join("x-examples").join(name));
        }
    }
    Value::Object(out)
}

fn body(walker: &mut Walker<'_>, all: &[Found], consumes: &[String], at: &Location) -> Option<Value> {
    let bodies: Vec<&Found> = all.iter().filter(|p| p.place == "body").collect();
    let fields: Vec<&Found> = all.iter().filter(|p| p.place == "formData").collect();
    if bodies.len() > 1 || !bodies.is_empty() && !fields.is_empty() {
        walker.error(
            "several-bodies",
            at,
            "an operation has one body parameter at most, and none beside formData",
        );
    }
    let Some(body) = bodies.first() else {
        return if fields.is_empty() { None } else { Some(form(walker, &fields, consumes, at)) };
    };
    let mut build = Build::at(walker.number(&body.at));
    build.set("required", walker.flag(&body.map, "required", &body.at).unwrap_or(false));
    let mut content = Map::new();
    let fallback = [DEFAULT_MEDIA_TYPE.to_owned()];
    for name in if consumes.is_empty() { &fallback[..] } else { consumes } {
        let mut media = Build::at(walker.number(&body.at));
        if body.map.contains_key("schema") {
            let schema = walker.number(&body.at.join("schema"));
            media.set("schema", schema_ref(Some(schema)));
        }
        media.set("examples", examples(walker, &body.map, &body.at));
        content.insert(name.clone(), media.done());
    }
    build.set("content", content);
    Some(build.done())
}

/// Form parameters as one object; its schema is derived, and refers to the parameters' own places.
fn form(walker: &mut Walker<'_>, fields: &[&Found], consumes: &[String], at: &Location) -> Value {
    let has_file = fields.iter().any(|field| field.map.get("type").is_some_and(|kind| kind == "file"));
    let mut names: Vec<&str> = consumes
        .iter()
        .map(String::as_str)
        .filter(|name| name.starts_with(MULTIPART) || name.starts_with(URLENCODED))
        .collect();
    if has_file {
        names.retain(|name| name.starts_with(MULTIPART));
    }
    if names.is_empty() {
        names.push(if has_file { MULTIPART } else { URLENCODED });
    }
    let (mut properties, mut required, mut encodings) = (Map::new(), Vec::new(), Map::new());
    for field in fields {
        properties.insert(field.name.clone(), json!({"$ref": absolute(&field.at)}));
        if walker.flag(&field.map, "required", &field.at) == Some(true) {
            required.push(field.name.clone());
        }
        if field.map.contains_key("collectionFormat") {
            let (style, explode) = collection(walker, &field.map, &field.at, "formData");
            encodings.insert(field.name.clone(), json!({"x-style": style, "x-explode": explode}));
        }
    }
    let any = !required.is_empty();
    let schema = json!({"type": "object", "properties": properties, "required": required});
    let derived = walker.files.derive(at, schema);
    let mut content = Map::new();
    for name in names {
        let mut media = Build::at(walker.number(at));
        let schema = walker.number(&derived);
        media.set("schema", schema_ref(Some(schema)));
        media.set("encoding", encodings.clone());
        content.insert(name.to_owned(), media.done());
    }
    let mut build = Build::at(walker.number(at));
    build.set("required", any);
    build.set("content", content);
    build.done()
}

fn responses(walker: &mut Walker<'_>, map: &Map<String, Value>, produces: &[String], at: &Location) -> Value {
    let mut out = Map::new();
    for (status, _, at) in walker.members(map, "responses", at) {
        let Some(status) = walker.status(status, &at) else { continue };
        if let Some(Some(mut response)) =
            walker.deref(&at, |walker, value, at| response(walker, value, produces, at))
        {
            response["x-order"] = out.len().into();
            out.insert(status, response);
        }
    }
    Value::Object(out)
}

fn response(walker: &mut Walker<'_>, value: &Value, produces: &[String], at: &Location) -> Option<Value> {
    let map = walker.object(value, at, "response")?;
    let mut build = Build::at(walker.number(at));
    build.set("description", walker.text(map, "description", at).unwrap_or_default());
    let mut headers = Map::new();
    for (name, value, at) in walker.members(map, "headers", at) {
        let Some(header) = walker.object(value, &at, "header") else { continue };
        let number = walker.number(&at);
        let mut build = Build::at(number);
        build.set("schema", schema_ref(Some(number)));
        let (style, explode) = collection(walker, header, &at, "header");
        build.set("x-style", style);
        build.set("x-explode", explode);
        headers.insert(name.to_owned(), build.done());
    }
    build.set("headers", headers);
    let examples: Vec<(String, Location)> =
        walker.members(map, "examples", at).into_iter().map(|(name, _, at)| (name.to_owned(), at)).collect();
    let mut names: Vec<String> = Vec::new();
    if map.contains_key("schema") {
        names.extend(produces.iter().cloned());
        if names.is_empty() && examples.is_empty() {
            names.push(DEFAULT_MEDIA_TYPE.to_owned());
        }
    }
    for (name, _) in &examples {
        if name.contains('/') && !names.contains(name) {
            names.push(name.clone());
        }
    }
    let mut content = Map::new();
    for name in names {
        let mut media = Build::at(walker.number(at));
        if map.contains_key("schema") {
            let schema = walker.number(&at.join("schema"));
            media.set("schema", schema_ref(Some(schema)));
        }
        if let Some((_, at)) = examples.iter().find(|(of, _)| *of == name) {
            media.set("examples", json!({"": {"x-at": walker.number(at), "x-plain": true}}));
        }
        content.insert(name, media.done());
    }
    build.set("content", content);
    Some(build.done())
}

/// The servers of an operation that has `schemes` of its own.
fn own_servers(walker: &mut Walker<'_>, map: &Map<String, Value>, at: &Location) -> Option<Vec<Server>> {
    map.get("schemes")?;
    let schemes = walker.texts(map, "schemes", at);
    let root = walk::root();
    let file = walker.files.file(root.file)?;
    Some(servers_with(walker, file.root.as_object()?, &root, schemes))
}

/// `schemes`, `host` and `basePath` as servers.
pub(crate) fn servers(walker: &mut Walker<'_>, root: &Map<String, Value>, at: &Location) -> Vec<Server> {
    let schemes = walker.texts(root, "schemes", at);
    servers_with(walker, root, at, schemes)
}

fn servers_with(
    walker: &mut Walker<'_>,
    root: &Map<String, Value>,
    at: &Location,
    schemes: Vec<String>,
) -> Vec<Server> {
    let base = walker.text(root, "basePath", at).unwrap_or_default();
    let base = if base.starts_with('/') || base.is_empty() { base } else { format!("/{base}") };
    let base = base.trim_end_matches('/');
    let Some(host) = walker.text(root, "host", at) else {
        let url = if base.is_empty() { "/".to_owned() } else { base.to_owned() };
        return vec![Server { url, variables: Vec::new(), location: at.join("basePath") }];
    };
    let schemes = if schemes.is_empty() { vec!["https".to_owned()] } else { schemes };
    let server = |scheme: &String| Server {
        url: format!("{scheme}://{host}{base}"),
        variables: Vec::new(),
        location: at.join("host"),
    };
    schemes.iter().map(server).collect()
}

/// A security definition.
pub(crate) fn security_scheme(walker: &mut Walker<'_>, name: &str, at: &Location) -> Option<SecurityScheme> {
    let read = |walker: &mut Walker<'_>, value: &Value, at: &Location| {
        let map = walker.object(value, at, "security definition")?;
        let kind = walker.text(map, "type", at).unwrap_or_default();
        let kind = match kind.as_str() {
            "basic" => SecurityKind::Http { scheme: "basic".to_owned() },
            "apiKey" => v3::api_key(walker, map, at)?,
            "oauth2" => {
                let scopes = walker.members(map, "scopes", at);
                SecurityKind::OAuth2 {
                    scopes: scopes.iter().map(|(name, _, _)| (*name).to_owned()).collect(),
                }
            }
            other => {
                let message = format!("`{other}` is no type of a security definition");
                walker.error("security-type", &at.join("type"), message).hint =
                    Some("one of basic, apiKey, oauth2".to_owned());
                return None;
            }
        };
        Some(SecurityScheme { name: name.to_owned(), kind, location: at.clone() })
    };
    walker.deref(at, read)?
}
