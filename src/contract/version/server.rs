//! Servers of 3.x.

use serde_json::{Map, Value, json};

use crate::contract::model::Server;
use crate::contract::version::Version;
use crate::contract::version::walk::Walker;
use crate::document::Location;

impl Walker<'_> {
    /// The `servers` of the contract, a path item or an operation; `None` when it has none of its own.
    pub(crate) fn servers(&mut self, map: &Map<String, Value>, at: &Location) -> Option<Vec<Server>> {
        let items = self.items(map, "servers", at);
        let servers: Vec<Server> = items.iter().filter_map(|(item, at)| self.server(item, at)).collect();
        (!servers.is_empty()).then_some(servers)
    }

    fn server(&mut self, value: &Value, at: &Location) -> Option<Server> {
        let map = self.object(value, at, "server")?;
        let Some(url) = self.text(map, "url", at) else {
            self.error("missing-member", at, "the server has no `url`");
            return None;
        };
        let mut variables = Vec::new();
        for (name, value, at) in self.members(map, "variables", at) {
            let Some(map) = self.object(value, &at, "variable") else { continue };
            let allowed = self.texts(map, "enum", &at);
            if map.get("enum").is_some_and(|list| *list == json!([])) {
                self.error("server-variable", &at.join("enum"), "the list of allowed values is empty");
            }
            let default = match self.text(map, "default", &at) {
                Some(default) => default,
                None => {
                    self.error(
                        "server-variable",
                        &at,
                        format!("the server variable `{name}` has no `default`"),
                    );
                    allowed.first().cloned().unwrap_or_default()
                }
            };
            if !allowed.is_empty() && !allowed.contains(&default) {
                let at = at.join("default");
                let message = format!("the default `{default}` is none of the allowed values");
                // 3.0: "SHOULD exist in the enum's values"; since 3.1 "MUST".
                if self.version >= Version::V31 {
                    self.error("server-variable", &at, message);
                } else {
                    self.warn("server-variable", &at, message);
                }
            }
            variables.push((name.to_owned(), default, allowed));
        }
        Some(Server { url, variables, location: at.clone() })
    }
}

/// The server of a contract that names none (OpenAPI 3.x, OpenAPI Object, `servers`).
#[must_use]
pub(crate) fn default_server(at: &Location) -> Server {
    Server { url: "/".to_owned(), variables: Vec::new(), location: at.clone() }
}
