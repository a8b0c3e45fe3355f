//! How much work judging a value is, found out before it is done: a schema that reaches the same parts in many ways
//! looks at one value as often as there are ways, which can be exponential in the schema's length.

use std::collections::HashMap;

use serde_json::Value;

use crate::base::limits::{EFFORT_MAX, EFFORT_UNCOUNTED_MAX, IN_PLACE_DEPTH_MAX, JUDGED_DEPTH_MAX};
use crate::base::pointer;
use crate::schema::keywords::{Holds, holds, in_place};

/// The parts of one schema, by number.
#[derive(Debug, Default)]
struct Part {
    /// Schemas for the same value, `$ref` among them.
    in_place: Vec<u32>,
    /// Schemas for properties of these names.
    named: HashMap<String, u32>,
    /// Schemas for properties or items of any name or place.
    below: Vec<u32>,
    /// What was evaluated is looked for in the schemas for the same value once more.
    twice: bool,
}

/// The effort of judging values of one bundle.
#[derive(Debug)]
pub(super) struct Effort {
    parts: Vec<Part>,
    /// By how deep a value is: how often at most a schema is put to one of the values on a way down.
    by_depth: Vec<u64>,
}

/// What is known of a bundle before it is compiled.
#[derive(Debug)]
pub(super) enum Measured {
    /// Values are judged in little more than one look at each of their parts.
    Small,
    /// How much it is depends on the value.
    Counted(Effort),
    /// Too much, whatever the value, and why.
    TooMuch(String),
}

/// Measures the document of a bundle.
pub(super) fn measure(document: &Value) -> Measured {
    let parts = parts(document);
    let Some(order) = order(&parts) else {
        return Measured::TooMuch(format!(
            "more than {IN_PLACE_DEPTH_MAX} schemas hold for the same value by way of one another"
        ));
    };
    let mut by_depth = Vec::new();
    let mut before: Vec<u64> = vec![0; parts.len()];
    for _ in 0..=JUDGED_DEPTH_MAX {
        let weights = step(&parts, &order, &before);
        by_depth.push(weights.first().copied().unwrap_or(1));
        if weights == before {
            break;
        }
        before = weights;
    }
    if by_depth[0] > EFFORT_MAX {
        return Measured::TooMuch(format!("judging one value would take more than {EFFORT_MAX} steps"));
    }
    if by_depth.last().is_some_and(|most| *most <= EFFORT_UNCOUNTED_MAX) {
        return Measured::Small;
    }
    Measured::Counted(Effort { parts, by_depth })
}

impl Effort {
    /// True when judging `value` stays within the limit.
    pub(super) fn allows(&self, value: &Value) -> bool {
        let (nodes, depth) = extent(value);
        let most = self.by_depth.get(depth).or(self.by_depth.last()).copied().unwrap_or(1);
        let known = depth < self.by_depth.len();
        known && most.saturating_mul(nodes) <= EFFORT_MAX
            || self.count(0, value, &mut HashMap::new()) <= EFFORT_MAX
    }

    /// How often a schema is put to a value while `value` is judged by the part of that number.
    fn count(&self, number: u32, value: &Value, known: &mut HashMap<(u32, usize), u64>) -> u64 {
        let key = (number, std::ptr::from_ref(value).addr());
        if let Some(count) = known.get(&key) {
            return *count;
        }
        if known.len() as u64 > EFFORT_MAX {
            return u64::MAX;
        }
        // A schema that holds for itself is looked at once.
        known.insert(key, 0);
        let Some(part) = self.parts.get(number as usize) else { return 1 };
        let mut sum = 0_u64;
        for inner in &part.in_place {
            sum = sum.saturating_add(self.count(*inner, value, known));
        }
        if part.twice {
            sum = sum.saturating_mul(2);
        }
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    for inner in part.named.get(name).into_iter().chain(&part.below) {
                        sum = sum.saturating_add(self.count(*inner, member, known));
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    for inner in &part.below {
                        sum = sum.saturating_add(self.count(*inner, item, known));
                    }
                }
            }
            _ => {}
        }
        let sum = sum.saturating_add(1);
        known.insert(key, sum);
        sum
    }
}

/// How many values lie in a value, itself counted, and how deep.
fn extent(value: &Value) -> (u64, usize) {
    let (mut nodes, mut deepest) = (0, 0);
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        nodes += 1;
        deepest = deepest.max(depth);
        match value {
            Value::Object(members) => open.extend(members.values().map(|member| (member, depth + 1))),
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    (nodes, deepest)
}

/// All schemas of a document that its root reaches; the root is number 0.
fn parts(document: &Value) -> Vec<Part> {
    let mut numbers: HashMap<usize, u32> = HashMap::new();
    let mut queue: Vec<&Value> = Vec::new();
    let mut number = |schema, queue: &mut Vec<_>| {
        *numbers.entry(std::ptr::from_ref::<Value>(schema).addr()).or_insert_with(|| {
            queue.push(schema);
            u32::try_from(queue.len() - 1).unwrap_or(u32::MAX)
        })
    };
    number(document, &mut queue);
    let mut parts = Vec::new();
    while let Some(schema) = queue.get(parts.len()).copied() {
        let mut part = Part::default();
        for (keyword, value) in schema.as_object().into_iter().flatten() {
            let target = |reference: &str| pointer::find(document, reference.strip_prefix('#')?);
            if keyword == "$ref" {
                let target = value.as_str().and_then(target);
                part.in_place.extend(target.map(|target| number(target, &mut queue)));
                continue;
            }
            part.twice |= matches!(keyword.as_str(), "unevaluatedProperties" | "unevaluatedItems");
            let list = match (holds(keyword), value) {
                (Some(Holds::Map), Value::Object(map)) if keyword == "properties" => {
                    for (name, sub) in map.iter().filter(|(_, sub)| sub.is_object()) {
                        part.named.insert(name.clone(), number(sub, &mut queue));
                    }
                    continue;
                }
                (Some(Holds::One), sub) => vec![sub],
                (Some(Holds::List), Value::Array(items)) => items.iter().collect(),
                (Some(Holds::Map), Value::Object(map)) => map.values().collect(),
                _ => continue,
            };
            let into = if in_place(keyword) { &mut part.in_place } else { &mut part.below };
            into.extend(list.into_iter().filter(|sub| sub.is_object()).map(|sub| number(sub, &mut queue)));
        }
        parts.push(part);
    }
    parts
}

/// The numbers in an order in which what a part holds in place comes before it, circles cut; `None` when that goes too
/// deep.
fn order(parts: &[Part]) -> Option<Vec<u32>> {
    let mut depths: Vec<Option<usize>> = vec![None; parts.len()];
    let mut open_now = vec![false; parts.len()];
    let mut order = Vec::with_capacity(parts.len());
    for start in 0..parts.len() {
        let mut open = vec![(start, 0)];
        while let Some((at, next)) = open.pop() {
            if next == 0 && (depths[at].is_some() || std::mem::replace(&mut open_now[at], true)) {
                continue;
            }
            if let Some(inner) = parts[at].in_place.get(next) {
                open.push((at, next + 1));
                open.push((*inner as usize, 0));
                continue;
            }
            let inner = parts[at].in_place.iter().filter_map(|inner| depths[*inner as usize]).max();
            let depth = inner.map_or(0, |depth| depth + 1);
            if depth > IN_PLACE_DEPTH_MAX {
                return None;
            }
            open_now[at] = false;
            depths[at] = Some(depth);
            order.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
    }
    Some(order)
}

/// From the weights of all parts for values of a depth to those for values one level deeper.
fn step(parts: &[Part], order: &[u32], before: &[u64]) -> Vec<u64> {
    let mut weights = vec![0_u64; parts.len()];
    let add = |sum: u64, weight: &u64| sum.saturating_add(*weight);
    for at in order {
        let part = &parts[*at as usize];
        let own = part.in_place.iter().map(|inner| &weights[*inner as usize]).fold(0, add);
        let own = if part.twice { own.saturating_mul(2) } else { own };
        let named = part.named.values().map(|inner| before[*inner as usize]).max().unwrap_or(0);
        let below = part.below.iter().map(|inner| &before[*inner as usize]).fold(named, add);
        weights[*at as usize] = own.saturating_add(below).saturating_add(1);
    }
    weights
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fan_outs_are_measured_and_trees_are_not() {
        let tree = json!({"type": "object", "properties": {
            "left": {"$ref": "#"}, "right": {"$ref": "#"}, "all": {"items": {"$ref": "#"}}}});
        assert!(matches!(measure(&tree), Measured::Small));
        let mut fan = json!({"$ref": "#/$defs/0", "$defs": {"40": {"type": "object"}}});
        for n in 0..40 {
            let next = json!({"$ref": format!("#/$defs/{}", n + 1)});
            fan["$defs"][n.to_string()] = json!({"anyOf": [next, {"allOf": [next]}]});
        }
        assert!(matches!(measure(&fan), Measured::TooMuch(_)));
        let filter = json!({"oneOf": [
            {"type": "string"},
            {"properties": {"and": {"items": {"$ref": "#"}}}, "required": ["and"]},
            {"properties": {"and": {"items": {"$ref": "#"}}}, "required": ["or"]},
        ]});
        let Measured::Counted(effort) = measure(&filter) else { panic!("it depends on the value") };
        let nested = |depth: usize| (0..depth).fold(json!("a"), |inner, _| json!({"and": [inner]}));
        assert!(effort.allows(&nested(2)) && effort.allows(&nested(8)));
        assert!(!effort.allows(&nested(60)));
    }
}
