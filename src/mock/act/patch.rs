//! Changes to a document: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902).

use serde_json::Value;

use crate::base::Pointer;
use crate::base::limits::{PATCH_DEPTH_MAX, PATCH_STEPS_MAX, REQUEST_BODY_BYTES_MAX};

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
    // All at once: the members behind each that goes move up.
    if patch.values().any(Value::is_null) {
        members.retain(|name, _| !patch.get(name).is_some_and(Value::is_null));
    }
    for (name, value) in patch.iter().filter(|(_, value)| !value.is_null()) {
        merge(members.entry(name.clone()).or_insert(Value::Null), value, depth + 1);
    }
}

/// Why a patch can't be applied, one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// A value is another one than the patch expects.
    Test(String),
    /// An operation can't be done.
    Operation(String),
    /// The operations are more work than they may be: few of them can copy a value into itself again and again.
    TooMuch(String),
}

/// What the operations of one patch may still do together.
struct Budget {
    /// Steps: a value copied, or sixteen places of an array or an object moved.
    steps: usize,
    /// Bytes of texts and names copied.
    bytes: usize,
}

impl Budget {
    fn new() -> Self {
        Self { steps: PATCH_STEPS_MAX, bytes: REQUEST_BODY_BYTES_MAX }
    }

    fn step(&mut self, steps: usize) -> Result<(), Failed> {
        let left = self.steps.checked_sub(steps);
        self.steps = left
            .ok_or_else(|| Failed::TooMuch(format!("the patch takes more than {PATCH_STEPS_MAX} steps")))?;
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Failed> {
        let left = self.bytes.checked_sub(text.len());
        self.bytes = left.ok_or_else(|| {
            Failed::TooMuch(format!("the patch copies more than {REQUEST_BODY_BYTES_MAX} bytes"))
        })?;
        Ok(())
    }

    /// Counts a value that is about to be put so many levels deep, and stops where that is too much; texts count where it
    /// is `copied`.
    fn put(&mut self, value: &Value, depth: usize, copied: bool) -> Result<(), Failed> {
        if depth > PATCH_DEPTH_MAX {
            return Err(Failed::TooMuch(format!("the result is more than {PATCH_DEPTH_MAX} levels deep")));
        }
        self.step(1)?;
        match value {
            Value::String(text) if copied => self.text(text),
            Value::Array(items) => items.iter().try_for_each(|item| self.put(item, depth + 1, copied)),
            Value::Object(members) => members.iter().try_for_each(|(name, member)| {
                if copied {
                    self.text(name)?;
                }
                self.put(member, depth + 1, copied)
            }),
            _ => Ok(()),
        }
    }

    /// Counts the places that are moved when one of so many comes or goes.
    fn shift(&mut self, places: usize) -> Result<(), Failed> {
        self.step(1 + places / 16)
    }
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
    let mut budget = Budget::new();
    for operation in operations {
        one(&mut changed, operation, &mut budget)?;
    }
    *target = changed;
    Ok(())
}

fn one(target: &mut Value, operation: &Value, budget: &mut Budget) -> Result<(), Failed> {
    budget.step(1)?;
    let text = |name: &str| operation.get(name).and_then(Value::as_str);
    let path = |name: &str| {
        let path = text(name).and_then(Pointer::parse);
        path.ok_or_else(|| format!("`{name}` must be a JSON Pointer"))
    };
    let value = || operation.get("value").ok_or_else(|| "`value` is missing".to_owned());
    let at = path("path")?;
    let depth = at.as_str().matches('/').count();
    match text("op").unwrap_or_default() {
        "add" => {
            budget.put(value()?, depth, true)?;
            add(target, &at, value()?.clone(), budget)
        }
        "remove" => remove(target, &at, budget).map(drop),
        "replace" => {
            budget.put(value()?, depth, true)?;
            let slot =
                target.pointer_mut(at.as_str()).ok_or_else(|| format!("there is nothing at `{at}`"))?;
            *slot = value()?.clone();
            Ok(())
        }
        "move" => {
            let from = path("from")?;
            if at != from && at.starts_with(&from) {
                return Err("a value can't be moved into itself".to_owned().into());
            }
            let moved = remove(target, &from, budget)?;
            budget.put(&moved, depth, false)?;
            add(target, &at, moved, budget)
        }
        "copy" => {
            let from = path("from")?;
            let found = from.lookup(target).ok_or_else(|| format!("there is nothing at `{from}`"))?;
            budget.put(found, depth, true)?;
            let copied = found.clone();
            add(target, &at, copied, budget)
        }
        "test" if at.lookup(target) == Some(value()?) => Ok(()),
        "test" => Err(Failed::Test(format!("the value at `{at}` is another one"))),
        other => Err(format!("`{other}` is no operation").into()),
    }
}

fn add(target: &mut Value, at: &Pointer, value: Value, budget: &mut Budget) -> Result<(), Failed> {
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
                    budget.shift(items.len() - index)?;
                    items.insert(index, value);
                    Ok(())
                }
                None => Err(format!("there is no index `{name}`").into()),
            }
        }
        _ => Err(format!("there is nothing at `{parent}`").into()),
    }
}

fn remove(target: &mut Value, at: &Pointer, budget: &mut Budget) -> Result<Value, Failed> {
    let missing = || Failed::Operation(format!("there is nothing at `{at}`"));
    let (Some(parent), Some(name)) = (at.parent(), at.last()) else {
        return Ok(std::mem::take(target));
    };
    match target.pointer_mut(parent.as_str()) {
        Some(Value::Object(members)) => {
            // The members behind it move up.
            budget.shift(members.len())?;
            members.shift_remove(name.as_ref()).ok_or_else(missing)
        }
        Some(Value::Array(items)) => match name.parse::<usize>() {
            Ok(index) if index < items.len() => {
                budget.shift(items.len() - index)?;
                Ok(items.remove(index))
            }
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

    #[test]
    fn what_grows_or_moves_without_end_is_refused_before_it_is_done() {
        let repeated = |first: Value, again: Value, times: usize| {
            std::iter::once(first).chain(std::iter::repeat_n(again, times)).collect::<Vec<Value>>()
        };
        let add = |path: &str, value: Value| json!({"op": "add", "path": path, "value": value});
        let copy = |from: &str, to: &str| json!({"op": "copy", "from": from, "path": to});
        let long = json!("x".repeat(REQUEST_BODY_BYTES_MAX / 4));
        let many = json!({"op": "move", "from": "/m/0", "path": "/m/-"});
        let members: serde_json::Map<String, Value> =
            (0..50_000).map(|n| (format!("k{n}"), json!(n))).collect();
        for (target, patch) in [
            // Twice as much each time.
            (json!({}), repeated(add("/m", json!([1])), copy("/m", "/m/0"), 40)),
            // One level more each time.
            (json!({}), repeated(add("/m", json!({})), copy("", "/m/a"), PATCH_DEPTH_MAX)),
            // Long texts and names, in few values.
            (json!({"a": long}), repeated(add("/m", json!([])), copy("/a", "/m/0"), 5)),
            // All places move each time.
            (json!({}), repeated(add("/m", json!([])), add("/m/0", json!(1)), 50_000)),
            (json!({"m": vec![0; 50_000]}), vec![many; 50_000]),
            (
                json!(members),
                (0..50_000).map(|n| json!({"op": "remove", "path": format!("/k{n}")})).collect(),
            ),
        ] {
            let mut got = target.clone();
            let mut budget = Budget::new();
            let done = patch.iter().try_for_each(|operation| one(&mut got, operation, &mut budget));
            assert!(matches!(done, Err(Failed::TooMuch(_))), "{done:?}");
            let mut same = target.clone();
            assert!(apply(&mut same, &patch).is_err() && same == target);
        }
        let mut got = json!({});
        let all = repeated(add("/m", json!([])), add("/m/-", json!(1)), 20_000);
        assert_eq!(apply(&mut got, &all), Ok(()));
    }
}
