//! Swagger 2.0, brought to the structure of 3.0.

use serde_json::{Map, Value};

use crate::contract::model::{SecurityKind, SecurityScheme, Server};
use crate::contract::site::Site;
use crate::contract::version::v3;
use crate::contract::version::walk::Walker;
use crate::document::Location;

/// The skeleton of an operation and the servers that it or its path item names.
pub(crate) fn operation(walker: &mut Walker<'_>, site: &Site) -> (Value, Option<Vec<Server>>) {
    v3::operation(walker, site)
}

/// `schemes`, `host` and `basePath` as servers.
pub(crate) fn servers(walker: &mut Walker<'_>, root: &Map<String, Value>, at: &Location) -> Vec<Server> {
    let base = walker.text(root, "basePath", at).unwrap_or_default();
    let base = if base.is_empty() { "/".to_owned() } else { base };
    let Some(host) = walker.text(root, "host", at) else {
        let at = if root.contains_key("basePath") { at.join("basePath") } else { at.clone() };
        return vec![Server { url: base, variables: Vec::new(), location: at }];
    };
    let mut schemes = walker.texts(root, "schemes", at);
    if schemes.is_empty() {
        schemes.push("https".to_owned());
    }
    let base = base.trim_end_matches('/');
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
