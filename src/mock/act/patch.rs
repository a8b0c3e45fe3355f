//! Changes to a document: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902).

use serde_json::Value;

use crate::base::Pointer;

/// How deep a merge goes, in levels; below, values are replaced.
const DEPTH_MAX: usize = 64;

/// Merges: members are replaced, `null` removes (RFC 7396 §2).
pub(super) fn merge(target: &mut Value, patch: &Value, depth: usize) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() || depth > DEPTH_MAX {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.shift_remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value, depth + 1);
        }
    }
}

/// Why a patch can't be applied, one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// A value is another one than the patch expects.
    Test(String),
    /// An operation can't be done.
    Operation(String),
}

impl From<String> for Failed {
    fn from(reason: String) -> Self {
        Self::Operation(reason)
    }
}

/// Applies the operations in order; all or nothing (RFC 6902 §5).
///
/// # Errors
/// [`Failed`]: what can't be done.
pub(super) fn apply(target: &mut Value, operations: &[Value]) -> Result<(), Failed> {
    let mut changed = target.clone();
    for operation in operations {
        one(&mut changed, operation)?;
    }
    *target = changed;
    Ok(())
}

fn one(target: &mut Value, operation: &Value) -> Result<(), Failed> {
    let text = |name: &str| operation.get(name).and_then(Value::as_str);
    let path = |name: &str| {
        let path = text(name).and_then(Pointer::parse);
        path.ok_or_else(|| format!("`{name}` must be a JSON Pointer"))
    };
    let value = || operation.get("value").cloned().ok_or_else(|| "`value` is missing".to_owned());
    let at = path("path")?;
    match text("op").unwrap_or_default() {
        "add" => Ok(add(target, &at, value()?)?),
        "remove" => Ok(remove(target, &at).map(drop)?),
        "replace" => {
            let new = value()?;
            let slot =
                target.pointer_mut(at.as_str()).ok_or_else(|| format!("there is nothing at `{at}`"))?;
            *slot = new;
            Ok(())
        }
        "move" => {
            let from = path("from")?;
            if at != from && at.starts_with(&from) {
                return Err("a value can't be moved into itself".to_owned().into());
            }
            let moved = remove(target, &from)?;
            Ok(add(target, &at, moved)?)
        }
        "copy" => {
            let from = path("from")?;
            let copied =
                from.lookup(target).cloned().ok_or_else(|| format!("there is nothing at `{from}`"))?;
            Ok(add(target, &at, copied)?)
        }
        "test" if at.lookup(target) == Some(&value()?) => Ok(()),
        "test" => Err(Failed::Test(format!("the value at `{at}` is another one"))),
        other => Err(format!("`{other}` is no operation").into()),
    }
}

fn add(target: &mut Value, at: &Pointer, value: Value) -> Result<(), String> {
    let (Some(parent), Some(name)) = (at.parent(), at.last()) else {
        *target = value;
        return Ok(());
    };
    match target.pointer_mut(parent.as_str()) {
        Some(Value::Object(members)) => {
            members.insert(name.into_owned(), value);
            Ok(())
        }
        Some(Value::Array(items)) => {
            let index = if name == "-" { Some(items.len()) } else { name.parse().ok() };
            match index.filter(|i| *i <= items.len()) {
                Some(index) => {
                    items.insert(index, value);
                    Ok(())
                }
                None => Err(format!("there is no index `{name}`")),
            }
        }
        _ => Err(format!("there is nothing at `{parent}`")),
    }
}

fn remove(target: &mut Value, at: &Pointer) -> Result<Value, String> {
    let missing = || format!("there is nothing at `{at}`");
    let (Some(parent), Some(name)) = (at.parent(), at.last()) else {
        return Ok(std::mem::take(target));
    };
    match target.pointer_mut(parent.as_str()) {
        Some(Value::Object(members)) => members.shift_remove(name.as_ref()).ok_or_else(missing),
        Some(Value::Array(items)) => match name.parse::<usize>() {
            Ok(index) if index < items.len() => Ok(items.remove(index)),
            _ => Err(missing()),
        },
        _ => Err(missing()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn merges_as_the_rfc_shows() {
        // RFC 7396, appendix A.
        for (target, patch, wanted) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!(["a"]), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        ] {
            let mut got = target;
            merge(&mut got, &patch, 0);
            assert_eq!(got, wanted, "{patch}");
        }
    }

    #[test]
    fn patches_as_the_rfc_shows() {
        // RFC 6902, appendix A.
        for (target, patch, wanted) in [
            (
                json!({"foo": ["bar", "baz"]}),
                json!([{"op": "add", "path": "/foo/1", "value": "qux"}]),
                Some(json!({"foo": ["bar", "qux", "baz"]})),
            ),
            (
                json!({"foo": ["bar"]}),
                json!([{"op": "add", "path": "/foo/-", "value": 1}]),
                Some(json!({"foo": ["bar", 1]})),
            ),
            (json!({"baz": 1, "foo": 2}), json!([{"op": "remove", "path": "/baz"}]), Some(json!({"foo": 2}))),
            (
                json!({"a": {"b": 1}, "c": {}}),
                json!([{"op": "move", "from": "/a/b", "path": "/c/d"}]),
                Some(json!({"a": {}, "c": {"d": 1}})),
            ),
            (
                json!({"a": 1}),
                json!([{"op": "copy", "from": "/a", "path": "/b"}, {"op": "test", "path": "/b", "value": 1}]),
                Some(json!({"a": 1, "b": 1})),
            ),
            (json!({"a": 1}), json!([{"op": "replace", "path": "", "value": []}]), Some(json!([]))),
            (
                json!({"a": 1}),
                json!([{"op": "add", "path": "/x", "value": 1}, {"op": "test", "path": "/a", "value": 2}]),
                None,
            ),
            (json!({"a": [1]}), json!([{"op": "add", "path": "/a/2", "value": 1}]), None),
            (json!({"a": {}}), json!([{"op": "move", "from": "/a", "path": "/a/b"}]), None),
            (json!({"a": 1}), json!([{"op": "fly", "path": "/a"}]), None),
            (json!({"a": 1}), json!([{"op": "replace", "path": "/b", "value": 1}]), None),
            (json!({"a": 1}), json!([{"op": "add", "path": "b", "value": 1}]), None),
        ] {
            let mut got = target.clone();
            let done = apply(&mut got, patch.as_array().unwrap());
            assert_eq!(done.is_ok(), wanted.is_some(), "{patch}");
            assert_eq!(got, wanted.unwrap_or(target), "{patch}");
        }
    }
}
