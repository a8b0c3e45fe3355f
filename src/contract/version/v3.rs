//! OpenAPI 3.0, 3.1 and 3.2.

use serde_json::Value;

use crate::contract::model::{ParameterPlace, SecurityKind, SecurityScheme, Server};
use crate::contract::site::Site;
use crate::contract::version::parameter::Overriding;
use crate::contract::version::skeleton::Build;
use crate::contract::version::walk::Walker;
use crate::document::Location;
use crate::document::files::nearest;

/// The skeleton of an operation and the servers that it or its path item names.
pub(crate) fn operation(walker: &mut Walker<'_>, site: &Site) -> (Value, Option<Vec<Server>>) {
    let mut parameters = Overriding::default();
    let mut servers = None;
    // The path item's own members come first, then those of what it refers to.
    for at in site.item.iter() {
        let found = walker.deref(at, |walker, value, at| {
            let map = value.as_object()?;
            Some((walker.parameters(map, at), walker.servers(map, at)))
        });
        let Some(Some((more, own))) = found else { continue };
        for parameter in more {
            parameters.add(parameter);
        }
        servers = servers.or(own);
    }
    let read = walker.deref(&site.head.location, |walker, value, at| {
        let mut build = Build::default();
        let Some(map) = walker.object(value, at, "operation") else { return (build, None) };
        for parameter in walker.parameters(map, at) {
            parameters.add(parameter);
        }
        build.maybe("summary", walker.text(map, "summary", at));
        build.maybe("description", walker.text(map, "description", at));
        build.maybe("deprecated", walker.flag(map, "deprecated", at));
        build.maybe("requestBody", walker.request_body(map, at));
        build.set("responses", walker.responses(map, at));
        (build, walker.servers(map, at))
    });
    let (mut build, own) = read.unwrap_or_default();
    if !build.0.contains_key("responses") {
        build.set("responses", Value::Object(serde_json::Map::new()));
    }
    build.set("parameters", parameters.into_list());
    (build.done(), own.or(servers))
}

/// A security scheme.
pub(crate) fn security_scheme(walker: &mut Walker<'_>, name: &str, at: &Location) -> Option<SecurityScheme> {
    let read = |walker: &mut Walker<'_>, value: &Value, at: &Location| {
        let map = walker.object(value, at, "security scheme")?;
        let kind = walker.text(map, "type", at).unwrap_or_default();
        let kind = match kind.as_str() {
            "apiKey" => api_key(walker, map, at)?,
            "http" => {
                let scheme = walker.text(map, "scheme", at);
                if scheme.is_none() {
                    walker.error("missing-member", at, "an `http` security scheme needs a `scheme`");
                }
                SecurityKind::Http { scheme: scheme?.to_ascii_lowercase() }
            }
            "oauth2" => SecurityKind::OAuth2 { scopes: flow_scopes(walker, map, at) },
            "openIdConnect" => SecurityKind::OpenIdConnect,
            "mutualTLS" => SecurityKind::MutualTls,
            other => {
                let message = format!("`{other}` is no type of a security scheme");
                let diagnostic = walker.error("security-type", &at.join("type"), message);
                diagnostic.hint = Some(match other {
                    "basic" => "since OpenAPI 3.0: `type: http` with `scheme: basic`".to_owned(),
                    _ => match nearest(other, &TYPES) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("one of {}", TYPES.join(", ")),
                    },
                });
                if other != "basic" {
                    return None;
                }
                SecurityKind::Http { scheme: "basic".to_owned() }
            }
        };
        Some(SecurityScheme { name: name.to_owned(), kind, location: at.clone() })
    };
    walker.deref(at, read)?
}

/// The types of security schemes.
const TYPES: [&str; 5] = ["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"];

/// The place and name of an API key.
pub(crate) fn api_key(
    walker: &mut Walker<'_>,
    map: &serde_json::Map<String, Value>,
    at: &Location,
) -> Option<SecurityKind> {
    let place = match walker.text(map, "in", at).as_deref() {
        Some("header") => ParameterPlace::Header,
        Some("query") => ParameterPlace::Query,
        Some("cookie") => ParameterPlace::Cookie,
        _ => {
            let at = if map.contains_key("in") { at.join("in") } else { at.clone() };
            walker.error("security-type", &at, "an `apiKey` must be `in` header, query or cookie");
            return None;
        }
    };
    let name = walker.text(map, "name", at);
    if name.is_none() {
        walker.error("missing-member", at, "an `apiKey` needs a `name`");
    }
    Some(SecurityKind::ApiKey { place, name: name? })
}

fn flow_scopes(walker: &mut Walker<'_>, map: &serde_json::Map<String, Value>, at: &Location) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for (_, flow, at) in walker.members(map, "flows", at) {
        let Some(flow) = walker.object(flow, &at, "flow") else { continue };
        for (scope, _, _) in walker.members(flow, "scopes", &at) {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
    }
    scopes
}
