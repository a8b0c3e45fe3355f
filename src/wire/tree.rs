//! Names with brackets and dots as the trees they mean: `a[]=1`, `a[0]=1`, `a[b]=1`, `a[][b]=1`, `a.b=1`.
//!
//! No specification defines them; this reads what the clients of PHP, Rails and Node send, and what generated SDKs took
//! over from there.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::base::limits::BRACKET_DEPTH_MAX;
use crate::wire::query;

/// A tree that grows member by member.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Values that stand here.
    values: Vec<Value>,
    /// Items without an index (`[]`).
    items: Vec<Tree>,
    /// For the keys of a member of an item, joined: how many of the first items are known to have it.
    filled: HashMap<String, usize>,
    /// Members by name; items by index.
    members: IndexMap<String, Tree>,
}

/// The keys of a name in brackets (`a[b][]` is `a`, `b` and the empty one), or, with `dots`, in dots (`a.b`).
#[must_use]
pub fn keys(name: &str, dots: bool) -> Option<Vec<&str>> {
    let keys = match query::brackets(name) {
        Some((head, inner)) => std::iter::once(head).chain(inner).collect(),
        None if dots && name.contains('.') => name.split('.').collect(),
        None => vec![name],
    };
    let whole = keys.len() <= BRACKET_DEPTH_MAX && keys.first().is_some_and(|head| !head.is_empty());
    let dotted = keys.len() > 1 && !name.contains('[') && keys.contains(&"");
    (whole && !dotted).then_some(keys)
}

impl Tree {
    /// Adds a value under these keys.
    pub fn add(&mut self, keys: &[&str], value: Value) {
        match keys {
            [] => self.values.push(value),
            [""] => self.items.push(Self { values: vec![value], ..Self::default() }),
            // An item of members: the first one that lacks this member. So items may come one after another, or member
            // by member.
            ["", rest @ ..] => {
                // An item that has it once has it always, so that each is looked at once for each member.
                let filled = self.filled.entry(rest.join("]")).or_default();
                while self.items.get(*filled).is_some_and(|item| item.has(rest)) {
                    *filled += 1;
                }
                match self.items.get_mut(*filled) {
                    Some(item) => item.add(rest, value),
                    None => {
                        let mut item = Self::default();
                        item.add(rest, value);
                        self.items.push(item);
                    }
                }
            }
            [name, rest @ ..] => self.members.entry((*name).to_owned()).or_default().add(rest, value),
        }
    }

    /// Whether a value stands under these keys, which ends a run of `[]`.
    fn has(&self, keys: &[&str]) -> bool {
        match keys {
            [] => !self.values.is_empty(),
            ["", ..] => false,
            [name, rest @ ..] => self.members.get(*name).is_some_and(|member| member.has(rest)),
        }
    }

    /// The members.
    #[must_use]
    pub fn into_members(self) -> IndexMap<String, Tree> {
        self.members
    }

    /// What it stands for; `None` for an empty one.
    #[must_use]
    pub fn into_value(self) -> Option<Value> {
        let Self { mut values, items, mut members, .. } = self;
        let index = |name: &String| name.parse::<usize>().ok().filter(|n| n.to_string() == *name);
        if !members.is_empty() && members.keys().all(|name| index(name).is_some()) {
            // By index; holes close up, as no list has any.
            members.sort_by_cached_key(|name, _| index(name));
            let listed = members.into_values().filter_map(Self::into_value);
            values.extend(listed);
            values.extend(items.into_iter().filter_map(Self::into_value));
            return Some(Value::Array(values));
        }
        if !members.is_empty() {
            let object: Map<String, Value> =
                members.into_iter().filter_map(|(name, tree)| Some((name, tree.into_value()?))).collect();
            return Some(Value::Object(object));
        }
        if !items.is_empty() {
            values.extend(items.into_iter().filter_map(Self::into_value));
            return Some(Value::Array(values));
        }
        match values.len() {
            0 => None,
            1 => values.pop(),
            _ => Some(Value::Array(values)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree(query: &str) -> Option<Value> {
        let mut tree = Tree::default();
        for member in query::members(query) {
            if let Some(keys) = keys(&member.name, true) {
                tree.add(&keys, Value::String(member.value().into_owned()));
            }
        }
        tree.into_value()
    }

    #[test]
    fn names_mean_trees() {
        for (query, want) in [
            ("a=1", json!({"a": "1"})),
            ("a=1&a=2", json!({"a": ["1", "2"]})),
            ("a[]=1", json!({"a": ["1"]})),
            ("a[]=1&a[]=2&b=3", json!({"a": ["1", "2"], "b": "3"})),
            ("a[1]=x&a[0]=y&a[10]=z", json!({"a": ["y", "x", "z"]})),
            ("a%5Bb%5D=1&a[c][d]=2", json!({"a": {"b": "1", "c": {"d": "2"}}})),
            ("a[b][]=1&a[b][]=2", json!({"a": {"b": ["1", "2"]}})),
            (
                "a[][b]=1&a[][c]=2&a[][b]=3&a[][c]=4",
                json!({"a": [{"b": "1", "c": "2"}, {"b": "3", "c": "4"}]}),
            ),
            (
                "a[][b]=1&a[][b]=3&a[][c]=2&a[][c]=4",
                json!({"a": [{"b": "1", "c": "2"}, {"b": "3", "c": "4"}]}),
            ),
            ("a[][l][]=1&a[][l][]=2", json!({"a": [{"l": ["1", "2"]}]})),
            ("a[0][b]=1&a[1][b]=2", json!({"a": [{"b": "1"}, {"b": "2"}]})),
            ("a.b=1&a.c.d=2", json!({"a": {"b": "1", "c": {"d": "2"}}})),
            ("a[01]=1", json!({"a": {"01": "1"}})),
        ] {
            assert_eq!(tree(query), Some(want), "{query}");
        }
        assert_eq!(tree(""), None);
    }

    #[test]
    fn odd_names_are_names() {
        assert_eq!(keys("a[b", false), Some(vec!["a[b"]));
        assert_eq!(keys("a.b", false), Some(vec!["a.b"]));
        assert_eq!(keys("[a]", false), Some(vec!["[a]"]));
        for not in ["", ".a", "a..b", &format!("a{}", "[b]".repeat(BRACKET_DEPTH_MAX))] {
            assert_eq!(keys(not, true), None, "{not}");
        }
    }
}
