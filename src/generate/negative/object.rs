//! `required`, `minProperties`, `maxProperties`, names that may not be there, `dependentRequired`.

use serde_json::{Map, Value};

use super::family::{Aim, Family};
use crate::base::limits::{OVERLONG_MAX, PROPOSALS_MAX};

/// One of the required properties is missing.
pub(super) const REQUIRED: Family = Family { keywords: &["required"], propose: missing };

/// One property too few or too many.
pub(super) const COUNT: Family = Family { keywords: &["minProperties", "maxProperties"], propose: counts };

/// A property that may not be there: unknown, badly named, or with the schema `false`.
pub(super) const NAMES: Family = Family {
    keywords: &[
        "additionalProperties",
        "unevaluatedProperties",
        "propertyNames",
        "properties",
        "patternProperties",
    ],
    propose: unexpected,
};

/// A property without its companion.
pub(super) const DEPENDENT: Family = Family { keywords: &["dependentRequired"], propose: companions };

fn missing(aim: &mut Aim<'_>) -> Vec<Value> {
    let (Some(names), Some(members)) = (aim.rule.as_array(), aim.old.as_object()) else { return Vec::new() };
    let mut names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    let rotation = aim.dice.index(names.len());
    names.rotate_left(rotation);
    names
        .into_iter()
        .filter(|name| members.contains_key(*name))
        .take(PROPOSALS_MAX)
        .map(|name| {
            let mut fewer = members.clone();
            fewer.shift_remove(name);
            Value::Object(fewer)
        })
        .collect()
}

/// Adds properties with fresh names until there are `to`.
fn grow(aim: &mut Aim<'_>, members: &Map<String, Value>, to: usize) -> Value {
    let mut more = members.clone();
    let declared = aim.members.get("properties").and_then(Value::as_object);
    let known: Vec<String> = declared.into_iter().flat_map(Map::keys).cloned().collect();
    for name in known {
        if more.len() < to
            && !more.contains_key(&name)
            && let Some(value) = aim.inner(&name)
        {
            more.insert(name, value);
        }
    }
    let mut n = 0;
    while more.len() < to && n < 2 * to {
        let name = format!("extra{n}");
        n += 1;
        if !more.contains_key(&name) {
            let value = aim.inner(&name).unwrap_or_else(|| Value::from("extra"));
            more.insert(name, value);
        }
    }
    Value::Object(more)
}

fn counts(aim: &mut Aim<'_>) -> Vec<Value> {
    let (Some(bound), Some(members)) = (aim.rule.as_u64(), aim.old.as_object().cloned()) else {
        return Vec::new();
    };
    let Ok(bound) = usize::try_from(bound) else { return Vec::new() };
    if aim.keyword == "maxProperties" {
        return if bound < OVERLONG_MAX { vec![grow(aim, &members, bound + 1)] } else { Vec::new() };
    }
    let Some(fewer) = bound.checked_sub(1) else { return Vec::new() };
    // From the end: required properties tend to stand first.
    let cut = |count: usize| Value::Object(members.clone().into_iter().take(count).collect());
    vec![cut(fewer), cut(0)]
}

/// Names that schemas of names are likely to refuse.
const ODD_NAMES: [&str; 7] = ["extra", "", "é", "with space", "0", "__proto__", "UPPER-case.and/more"];

fn unexpected(aim: &mut Aim<'_>) -> Vec<Value> {
    let Some(members) = aim.old.as_object() else { return Vec::new() };
    let mut names: Vec<String> = Vec::new();
    match (aim.keyword, aim.rule) {
        ("additionalProperties" | "unevaluatedProperties", Value::Bool(false)) => {
            names.push("extra".to_owned());
            // A name with a typing mistake is what people really send.
            names.extend(members.keys().next().map(|name| format!("{name}s")));
            let longest = members.keys().max_by_key(|name| name.len());
            names.extend(longest.map(|name| name.to_uppercase()));
        }
        ("propertyNames", _) => names.extend(ODD_NAMES.map(str::to_owned)),
        ("properties", Value::Object(known)) => {
            let barred = known.iter().filter(|(_, schema)| *schema == &Value::Bool(false));
            names.extend(barred.map(|(name, _)| name.clone()));
        }
        _ => {}
    }
    let rotation = aim.dice.index(names.len());
    names.rotate_left(rotation);
    names
        .into_iter()
        .filter(|name| !members.contains_key(name))
        .take(PROPOSALS_MAX)
        .map(|name| {
            let value = aim.inner(&name).unwrap_or_else(|| Value::from("extra"));
            let mut more = members.clone();
            more.insert(name, value);
            Value::Object(more)
        })
        .collect()
}

fn companions(aim: &mut Aim<'_>) -> Vec<Value> {
    let (Some(rules), Some(members)) = (aim.rule.as_object(), aim.old.as_object()) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, needs) in rules {
        if found.len() >= PROPOSALS_MAX {
            break;
        }
        let mut base = members.clone();
        if !base.contains_key(name) {
            let Some(value) = aim.inner(name) else { continue };
            base.insert(name.clone(), value);
        }
        let needs = needs.as_array().into_iter().flatten().filter_map(Value::as_str);
        for need in needs.filter(|need| need != name).take(PROPOSALS_MAX) {
            let mut fewer = base.clone();
            fewer.shift_remove(need);
            found.push(Value::Object(fewer));
        }
    }
    found
}
