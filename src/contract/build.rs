//! One operation, built from its site.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::base::limits::CALLBACK_DEPTH_MAX;
use crate::contract::model::{
    Callback, Operation, Parameter, ParameterPlace, ParameterShape, SecurityRequirement, Server, Style,
};
use crate::contract::site::{self, Site};
use crate::contract::version::walk::Walker;
use crate::contract::version::{Version, structure, v2, v3};
use crate::document::Location;

/// What an operation inherits from its contract.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inherited {
    /// The contract's servers.
    pub(crate) servers: Arc<Vec<Server>>,
    /// The contract's security requirements.
    pub(crate) security: Arc<Vec<SecurityRequirement>>,
}

/// Builds an operation. What was repaired is in the walker's diagnostics.
pub(crate) fn operation(
    walker: &mut Walker<'_>,
    site: &Site,
    inherited: &Inherited,
    depth: usize,
) -> Operation {
    let (skeleton, servers) = match walker.version {
        Version::V2 => v2::operation(walker, site),
        _ => v3::operation(walker, site),
    };
    let parts = match structure::read(skeleton, &walker.places, walker.files) {
        Ok(parts) => parts,
        Err(reason) => {
            let message = format!("the operation can't be read: {reason}");
            walker.error("unreadable-operation", &site.head.location, message);
            structure::Parts::default()
        }
    };
    let at = &site.head.location;
    let own = walker.files.value(at);
    let map = own.as_ref().and_then(Value::as_object);
    let mut parameters = parts.parameters;
    if depth == 0 && site.head.path.starts_with('/') {
        match_template(walker, site, &mut parameters);
    }
    Operation {
        summary: parts.operation.summary,
        description: parts.operation.description,
        deprecated: parts.operation.deprecated,
        parameters,
        request_body: parts.request_body,
        responses: parts.responses,
        security: map
            .filter(|map| map.contains_key("security"))
            .map_or_else(|| Arc::clone(&inherited.security), |map| Arc::new(requirements(walker, map, at))),
        servers: servers.map_or_else(|| Arc::clone(&inherited.servers), Arc::new),
        callbacks: map.map_or_else(Vec::new, |map| callbacks(walker, map, at, inherited, depth)),
        extensions: map.map_or_else(IndexMap::new, extensions),
        head: site.head.clone(),
    }
}

/// The `x-…` members.
fn extensions(map: &Map<String, Value>) -> IndexMap<String, Value> {
    map.iter().filter(|(key, _)| key.starts_with("x-")).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// The names in the braces of a path template.
#[must_use]
pub fn template_names(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
}

/// Makes the path parameters agree with the template: what is undeclared may be anything, what has no place in the
/// path can't be sent.
fn match_template(walker: &mut Walker<'_>, site: &Site, parameters: &mut Vec<Parameter>) {
    let names = template_names(&site.head.path);
    parameters.retain(|parameter| {
        let known = parameter.place != ParameterPlace::Path || names.contains(&parameter.name.as_str());
        if !known {
            let message = format!("the path `{}` has no `{{{}}}`", site.head.path, parameter.name);
            let near = crate::document::files::nearest(&parameter.name, &names);
            walker.error("path-parameter-unknown", &parameter.location, message).hint =
                near.map(|near| format!("did you mean `{near}`?"));
        }
        known
    });
    for name in names {
        if parameters.iter().any(|p| p.place == ParameterPlace::Path && p.name == name) {
            continue;
        }
        let message = format!("the path parameter `{name}` is not declared");
        let diagnostic = walker.error("path-parameter-missing", &site.head.location, message);
        diagnostic.at_key = true;
        diagnostic.hint = Some(format!("add a parameter with `name: {name}` and `in: path`"));
        parameters.push(Parameter {
            name: name.to_owned(),
            place: ParameterPlace::Path,
            required: true,
            deprecated: false,
            shape: ParameterShape::Styled {
                style: Style::Simple,
                explode: false,
                allow_reserved: false,
                allow_empty: false,
                schema: None,
            },
            examples: Vec::new(),
            description: None,
            location: site.head.location.clone(),
        });
    }
}

/// The `security` of the contract or an operation.
pub(crate) fn requirements(
    walker: &mut Walker<'_>,
    map: &Map<String, Value>,
    at: &Location,
) -> Vec<SecurityRequirement> {
    let mut out = Vec::new();
    for (item, at) in walker.items(map, "security", at) {
        let Some(map) = walker.object(item, &at, "security requirement") else { continue };
        let schemes = map.keys().map(|name| (name.clone(), walker.texts(map, name, &at))).collect();
        out.push(SecurityRequirement(schemes));
    }
    out
}

fn callbacks(
    walker: &mut Walker<'_>,
    map: &Map<String, Value>,
    at: &Location,
    inherited: &Inherited,
    depth: usize,
) -> Vec<Callback> {
    if depth >= CALLBACK_DEPTH_MAX || walker.version == Version::V2 {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (name, _, at) in walker.members(map, "callbacks", at) {
        let found = walker.deref(&at, |walker, value, at| {
            let map = walker.object(value, at, "callback").cloned().unwrap_or_default();
            site::all(walker, &map, at, 0)
        });
        let mut by_expression: IndexMap<String, Vec<Site>> = IndexMap::new();
        for site in found.unwrap_or_default() {
            by_expression.entry(site.head.path.clone()).or_default().push(site);
        }
        for (expression, sites) in by_expression {
            let operations = sites.iter().map(|site| operation(walker, site, inherited, depth + 1)).collect();
            out.push(Callback { name: name.to_owned(), expression, operations });
        }
    }
    out
}
