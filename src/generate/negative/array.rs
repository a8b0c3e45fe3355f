//! `minItems`, `maxItems`, `uniqueItems`, `contains`, `items: false`.

use serde_json::Value;

use super::family::{Aim, Family};
use crate::base::limits::OVERLONG_MAX;

/// One item too few or too many.
pub(super) const COUNT: Family = Family { keywords: &["minItems", "maxItems"], propose: counts };

/// An item twice.
pub(super) const UNIQUE: Family = Family { keywords: &["uniqueItems"], propose: twice };

/// Items where none may be, too many or too few of those that are counted: the negated plan finds the latter.
pub(super) const ITEMS: Family =
    Family { keywords: &["contains", "items", "prefixItems", "unevaluatedItems"], propose: further };

fn grow(aim: &mut Aim<'_>, to: usize) -> Option<Value> {
    let mut items = aim.old.as_array()?.clone();
    while items.len() < to {
        let mut item = aim.inner(&items.len().to_string());
        // Where items have to differ a few draws usually find another one.
        for _ in 0..8 {
            if item.as_ref().is_none_or(|item| !items.contains(item)) {
                break;
            }
            item = aim.inner(&items.len().to_string());
        }
        let next = item.or_else(|| items.last().cloned()).unwrap_or(Value::Null);
        items.push(next);
    }
    Some(Value::Array(items))
}

fn counts(aim: &mut Aim<'_>) -> Vec<Value> {
    let (Some(bound), Some(items)) = (aim.rule.as_u64(), aim.old.as_array()) else { return Vec::new() };
    let Ok(bound) = usize::try_from(bound) else { return Vec::new() };
    if aim.keyword == "minItems" {
        let Some(fewer) = bound.checked_sub(1) else { return Vec::new() };
        let cut = |count: usize| Value::Array(items.iter().take(count).cloned().collect());
        return vec![cut(fewer), cut(0)];
    }
    if bound >= OVERLONG_MAX { Vec::new() } else { grow(aim, bound + 1).into_iter().collect() }
}

fn twice(aim: &mut Aim<'_>) -> Vec<Value> {
    let Some(items) = aim.old.as_array() else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(first) = items.first() {
        let mut longer = items.clone();
        longer.push(first.clone());
        found.push(Value::Array(longer));
        if items.len() > 1 {
            let mut replaced = items.clone();
            replaced[items.len() - 1] = first.clone();
            found.push(Value::Array(replaced));
        }
    } else if let Some(item) = aim.inner("0") {
        found.push(Value::Array(vec![item.clone(), item]));
    }
    found
}

fn further(aim: &mut Aim<'_>) -> Vec<Value> {
    let Some(items) = aim.old.as_array() else { return Vec::new() };
    let prefix = aim.members.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
    let mut found = Vec::new();
    match (aim.keyword, aim.rule) {
        ("contains", _) => {
            found.push(Value::Array(Vec::new()));
            let max = aim.members.get("maxContains").and_then(Value::as_u64);
            if let (Some(max), Some(first)) = (max.and_then(|n| usize::try_from(n).ok()), items.first())
                && max < OVERLONG_MAX
            {
                let mut more = items.clone();
                more.extend(std::iter::repeat_n(first.clone(), max + 1));
                found.push(Value::Array(more));
            }
        }
        (_, Value::Bool(false)) => {
            let start = items.len().max(prefix);
            let mut more = items.clone();
            while more.len() <= start {
                let item = if more.len() < prefix { aim.inner(&more.len().to_string()) } else { None };
                more.push(item.unwrap_or_else(|| Value::from("extra")));
            }
            found.push(Value::Array(more));
        }
        _ => {}
    }
    found
}
