//! Where operations stand: found for all of them when a contract is opened, without building any.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::contract::model::{OperationHead, OperationIndex};
use crate::contract::version::Version;
use crate::contract::version::walk::Walker;
use crate::document::Location;
use crate::document::files::nearest;

/// Where an operation stands, and its path item's members.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// What listings show.
    pub(crate) head: OperationHead,
    /// The path item: itself, then what its `$ref` leads to.
    pub(crate) item: Arc<Vec<Location>>,
}

/// All operations of a map of path items (`paths`, `webhooks`, a callback).
pub(crate) fn all(
    walker: &mut Walker<'_>,
    map: &Map<String, Value>,
    at: &Location,
    first: usize,
) -> Vec<Site> {
    let mut sites = Vec::new();
    for (path, value) in map {
        if path.starts_with("x-") {
            continue;
        }
        let here = at.join(path);
        if value.is_null() {
            continue;
        }
        of_item(walker, path, value, &here, first, &mut sites);
    }
    sites
}

fn of_item(
    walker: &mut Walker<'_>,
    path: &str,
    value: &Value,
    at: &Location,
    first: usize,
    sites: &mut Vec<Site>,
) {
    let Some(map) = walker.object(value, at, "path item") else { return };
    let mut item = vec![at.clone()];
    if map.contains_key("$ref") {
        match walker.files.follow(at) {
            Ok(end) => item.push(end),
            Err(error) => walker.unresolvable(&error),
        }
    }
    let shared = Arc::new(item.clone());
    let mut seen: Vec<String> = Vec::new();
    for place in &item {
        let Some(file) = walker.files.file(place.file) else { continue };
        let Some(Value::Object(map)) = place.pointer.lookup(&file.root) else { continue };
        for (key, value) in map {
            for (method, value, at) in methods(walker, key, value, place) {
                if seen.contains(&method) || value.is_null() {
                    continue;
                }
                seen.push(method.clone());
                let index = OperationIndex(u32::try_from(first + sites.len()).unwrap_or(u32::MAX));
                if let Some(head) = head(walker, index, method, path, &at) {
                    sites.push(Site { head, item: Arc::clone(&shared) });
                }
            }
        }
    }
}

/// The operations that a member of a path item stands for: one for a method, several for `additionalOperations`.
fn methods<'v>(
    walker: &mut Walker<'_>,
    key: &str,
    value: &'v Value,
    item: &Location,
) -> Vec<(String, &'v Value, Location)> {
    let at = item.join(key);
    if walker.version.methods().contains(&key) {
        return vec![(key.to_ascii_uppercase(), value, at)];
    }
    let known = ["$ref", "summary", "description", "servers", "parameters"];
    match key {
        "additionalOperations" if walker.version >= Version::V32 => {
            let Some(map) = walker.object(value, &at, key) else { return Vec::new() };
            let mut found = Vec::new();
            for (method, value) in map.iter().filter(|(method, _)| !method.starts_with("x-")) {
                let at = at.join(method);
                if walker.version.methods().contains(&method.to_ascii_lowercase().as_str()) {
                    let message =
                        format!("`{method}` has a member of its own and can't be an additional operation");
                    walker.error("additional-operation", &at, message).at_key = true;
                }
                found.push((method.clone(), value, at));
            }
            found
        }
        _ if known.contains(&key) || key.starts_with("x-") => Vec::new(),
        _ => {
            let mut names: Vec<&str> = walker.version.methods().to_vec();
            names.extend(known);
            let near = nearest(key, &names);
            let message = format!("`{key}` is no member of a path item in {}", walker.version.name());
            let diagnostic = walker.error("unknown-member", &at, message);
            diagnostic.at_key = true;
            diagnostic.hint = near.map(|near| format!("did you mean `{near}`?"));
            Vec::new()
        }
    }
}

fn head(
    walker: &mut Walker<'_>,
    index: OperationIndex,
    method: String,
    path: &str,
    at: &Location,
) -> Option<OperationHead> {
    walker.deref(at, |walker, value, at| {
        let map = walker.object(value, at, "operation")?;
        let id = walker.text(map, "operationId", at).filter(|id| !id.is_empty());
        let tags = walker.texts(map, "tags", at);
        let id = id.unwrap_or_else(|| format!("{method} {path}"));
        Some(OperationHead { index, method, path: path.to_owned(), id, tags, location: at.clone() })
    })?
}
