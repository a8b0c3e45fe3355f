//! Boundary values: a list that is the same every time.
//!
//! For each part of a plan the values at its bounds are listed; a whole value has one part at a bound and the rest at its
//! simplest. Objects are covered pairwise: for any two optional properties each of them is there and not there with the
//! other there and not there (Kuhn, Kacker, Lei: Practical Combinatorial Testing, NIST SP 800-142, 2010).

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::draw::Draw;
use super::interface::{Boundary, Mutation, ValueOptions};
use super::negative::negative;
use super::plan::Planner;
use super::plan::equal::contains;
use super::plan::kind::{ArrayPlan, Kind, ObjectPlan, PlanId};
use super::sample::{planner, sample};
use crate::base::limits::{BOUNDARIES_MAX, BOUNDARY_DEPTH_MAX, BOUNDARY_NODES_MAX, OVERLONG_MAX};
use crate::base::{Dice, Seed};
use crate::schema::Schema;

/// A value with what is at its bound.
type Edge = (Value, String);

/// How many broken values are drawn to find one for each keyword and place.
const NEGATIVES: u64 = 400;
/// How often a value is drawn where the simplest parts of the plan make none.
const SAMPLES: u64 = 8;
/// After so many in a row that bring nothing new the search ends.
const IDLE: u64 = 60;

struct Lister<'l> {
    /// How many values, nested ones counted, the list may still have.
    left: Cell<usize>,
    schema: &'l Schema,
    planner: &'l Planner,
    options: ValueOptions,
}

/// The boundary values of a schema; empty when it has no values.
pub(super) fn boundary(schema: &Arc<Schema>, options: &ValueOptions) -> Vec<Boundary> {
    let Ok(planner) = planner(schema) else { return Vec::new() };
    let options = ValueOptions { realistic: false, use_examples: false, ..options.clone() };
    let left = Cell::new(BOUNDARY_NODES_MAX);
    let lister = Lister { left, schema, planner, options: options.clone() };
    let mut list: Vec<Boundary> = Vec::new();
    for (value, label) in lister.edges(0, 0, "") {
        let known = list.iter().any(|entry| entry.value == value);
        if !known && list.len() < BOUNDARIES_MAX && schema.is_valid(&value) {
            list.push(Boundary { value, label, valid: true, mutation: None });
        }
    }
    if list.is_empty() {
        // The simplest parts don't fit together: then whatever does.
        let drawn = (0..SAMPLES).find_map(|n| sample(schema, &options, Seed(n).derive("boundary")).ok());
        list.extend(drawn.map(|value| Boundary {
            value,
            label: ": any".to_owned(),
            valid: true,
            mutation: None,
        }));
    }
    list.extend(beyond(schema, &options));
    list
}

/// One value for each keyword and place that can be broken.
fn beyond(schema: &Arc<Schema>, options: &ValueOptions) -> Vec<Boundary> {
    let mut found: Vec<Boundary> = Vec::new();
    let mut seen: BTreeSet<(String, String, String)> = BTreeSet::new();
    let mut idle = 0;
    for n in 0..NEGATIVES {
        let Ok(Some((value, mutation))) = negative(schema, options, Seed(n).derive("boundary"), &|_| true)
        else {
            break;
        };
        // The place without array indexes, so that the same fault in another item is not another one.
        let place: Vec<String> = mutation
            .instance
            .tokens()
            .map(|token| if token.parse::<u64>().is_ok() { "*".to_owned() } else { token.into_owned() })
            .collect();
        let way = missing_name(&mutation).unwrap_or_default();
        let schema_place = format!("{}{}", mutation.schema.file.0, mutation.schema.pointer);
        if seen.insert((place.join("/"), schema_place, way)) {
            let label = format!("{}: breaks {}", mutation.instance, mutation.keyword);
            found.push(Boundary { value, label, valid: false, mutation: Some(mutation) });
            idle = 0;
        } else {
            idle += 1;
        }
        if idle > IDLE || found.len() >= BOUNDARIES_MAX {
            break;
        }
    }
    found
}

/// For a missing property its name: each is a case of its own.
fn missing_name(mutation: &Mutation) -> Option<String> {
    let (before, after) = (mutation.before.as_object()?, mutation.after.as_object()?);
    before.keys().find(|name| !after.contains_key(*name)).cloned()
}

impl Lister<'_> {
    fn spend(&self, nodes: usize) {
        self.left.set(self.left.get().saturating_sub(nodes));
    }

    /// The simplest value of a plan.
    fn simplest(&self, id: PlanId) -> Option<Value> {
        let mut dice = Dice::simplest();
        let mut draw = Draw::new(self.planner, self.schema, &self.options, &mut dice);
        draw.lean = true;
        draw.nodes_max = draw.nodes_max.min(self.left.get());
        let value = draw.possible(id).then(|| draw.value(id, 0, None).ok()).flatten();
        self.spend(draw.nodes);
        value
    }

    /// The values of a plan of which something is at its bound; the simplest first.
    fn edges(&self, id: PlanId, depth: usize, at: &str) -> Vec<Edge> {
        let mut edges: Vec<Edge> =
            self.simplest(id).map(|value| (value, format!("{at}: simplest"))).into_iter().collect();
        let Some(plan) = self.planner.plan(self.schema.bundle(), id) else { return edges };
        for (n, way) in plan.ways.iter().enumerate() {
            for (kind, _) in &way.kinds {
                let found = self.kind(kind, depth, at);
                let label = |label: String| {
                    if plan.ways.len() > 1 { format!("{label} (alternative {n})") } else { label }
                };
                for (value, text) in found {
                    let new = !edges.iter().any(|(known, _)| *known == value);
                    if new && !contains(&way.node.not_values, &value) && edges.len() < BOUNDARIES_MAX {
                        edges.push((value, label(text)));
                    }
                }
            }
        }
        edges
    }

    fn kind(&self, kind: &Kind, depth: usize, at: &str) -> Vec<Edge> {
        match kind {
            Kind::Values(values) => values
                .iter()
                .take(BOUNDARIES_MAX)
                .map(|value| (value.clone(), format!("{at}: member {value}")))
                .collect(),
            Kind::Integer(plan) | Kind::Fraction(plan) => {
                let [low, high] = plan.ends();
                let near: Vec<Value> = plan.next_to_ends();
                let mut edges: Vec<Edge> = Vec::new();
                edges.extend(low.map(|value| (value, format!("{at}: lowest"))));
                edges.extend(high.map(|value| (value, format!("{at}: highest"))));
                edges.extend(near.into_iter().map(|value| (value, format!("{at}: beside a bound"))));
                edges
            }
            Kind::Text(plan) => plan
                .ends(&self.options)
                .into_iter()
                .map(|(text, what)| (Value::String(text), format!("{at}: {what}")))
                .collect(),
            Kind::Array(plan) => self.arrays(plan, depth, at),
            Kind::Object(plan) => self.objects(plan, depth, at),
        }
    }

    fn arrays(&self, plan: &ArrayPlan, depth: usize, at: &str) -> Vec<Edge> {
        let mut edges = Vec::new();
        let mut lengths = vec![plan.min];
        match plan.max {
            Some(max) if max <= OVERLONG_MAX => lengths.push(max),
            _ => lengths.push(plan.min + 1),
        }
        for length in lengths {
            let exact = ArrayPlan { min: length, max: Some(length), ..plan.clone() };
            if let Some(value) = self.draw_kind(&Kind::Array(Box::new(exact))) {
                edges.push((value, format!("{at}: {length} items")));
            }
        }
        if depth < BOUNDARY_DEPTH_MAX
            && plan.roles.is_empty()
            && let Some(place) = plan.place(0)
        {
            let length = plan.min.max(1);
            if plan.max.is_none_or(|max| length <= max) {
                let base: Option<Vec<Value>> =
                    (0..length).map(|index| self.simplest(plan.place(index)?.free)).collect();
                for (item, label) in self.edges(place.free, depth + 1, &format!("{at}/0")) {
                    self.spend(length);
                    if self.left.get() == 0 {
                        break;
                    }
                    if let Some(mut items) = base.clone() {
                        items[0] = item;
                        edges.push((Value::Array(items), label));
                    }
                }
            }
        }
        edges
    }

    fn draw_kind(&self, kind: &Kind) -> Option<Value> {
        let mut dice = Dice::new(Seed(0).derive("boundary"));
        let mut draw = Draw::new(self.planner, self.schema, &self.options, &mut dice);
        draw.nodes_max = draw.nodes_max.min(self.left.get());
        let value = draw.one_of_kind(kind);
        self.spend(draw.nodes);
        value
    }

    fn objects(&self, plan: &ObjectPlan, depth: usize, at: &str) -> Vec<Edge> {
        let mut full = Map::new();
        let mut optional: Vec<&str> = Vec::new();
        for member in plan.members.values().filter(|member| member.required || !member.omitted) {
            let Some(value) =
                self.simplest(member.hinted.unwrap_or(member.plan)).or_else(|| self.simplest(member.plan))
            else {
                continue;
            };
            full.insert(member.name.clone(), value);
            if !member.required {
                optional.push(&member.name);
            }
        }
        let mut edges = Vec::new();
        for row in pairwise(optional.len()) {
            self.spend(full.len());
            if self.left.get() == 0 {
                break;
            }
            let mut members = full.clone();
            let absent = optional.iter().zip(&row).filter(|(_, there)| !**there);
            absent.for_each(|(name, _)| {
                members.shift_remove(*name);
            });
            let names: Vec<&str> =
                optional.iter().zip(&row).filter(|(_, there)| **there).map(|(name, _)| *name).collect();
            edges.push((Value::Object(members), format!("{at}: with {}", names.join(", "))));
        }
        if depth >= BOUNDARY_DEPTH_MAX {
            return edges;
        }
        for member in plan.members.values() {
            if !full.contains_key(&member.name) {
                continue;
            }
            if self.left.get() == 0 {
                break;
            }
            for (value, label) in self.edges(member.plan, depth + 1, &format!("{at}/{}", member.name)) {
                self.spend(full.len());
                if self.left.get() == 0 {
                    break;
                }
                let mut members: Map<String, Value> = full
                    .iter()
                    .filter(|(name, _)| **name == member.name || !optional.contains(&name.as_str()))
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
                members.insert(member.name.clone(), value);
                edges.push((Value::Object(members), label));
            }
        }
        edges
    }
}

/// Rows of `count` switches in which any two switches stand in all four ways: switch `n`'s column is the `n`th of all
/// half-true binary words, so that the number of rows grows with the logarithm of `count`.
fn pairwise(count: usize) -> Vec<Vec<bool>> {
    match count {
        0 => return vec![Vec::new()],
        1 => return vec![vec![true], vec![false]],
        _ => {}
    }
    // Words of `size` bits, half of them set, the first bit set: any two of them differ in ways that, with a row of all
    // true and one of all false, give all four pairs.
    let mut size = 2_u32;
    let mut words: Vec<u32> = Vec::new();
    while words.len() < count && size <= 20 {
        words = (0..1_u32 << size).filter(|w| w & 1 == 1 && w.count_ones() == size / 2).collect();
        size += 2;
    }
    let size = size - 2;
    let mut rows = vec![vec![true; count], vec![false; count]];
    for bit in 0..size {
        rows.push((0..count).map(|n| words.get(n).is_some_and(|word| word >> bit & 1 == 1)).collect());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_cover_all_pairs_and_stay_few() {
        for count in 0..40 {
            let rows = pairwise(count);
            for p in 0..count {
                for q in 0..p {
                    for pair in [(true, true), (true, false), (false, true), (false, false)] {
                        assert!(rows.iter().any(|row| (row[p], row[q]) == pair), "{count}: {p} {q} {pair:?}");
                    }
                }
            }
            assert!(rows.len() <= 12, "{count}: {}", rows.len());
        }
    }
}
