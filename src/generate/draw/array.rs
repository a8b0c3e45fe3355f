//! Arrays.

use serde_json::Value;

use super::{Draw, Stuck};
use crate::base::dice::Switch;
use crate::generate::plan::equal::{Index, among};
use crate::generate::plan::kind::{ArrayPlan, Kind, PlanId};

/// How often an item is drawn again because the array has one like it.
const TRIES: usize = 12;

/// How many values of a finite kind are listed at most.
const LISTED: usize = 256;

/// What an item is there for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Free,
    Role(usize),
    All,
}

impl Draw<'_> {
    pub(super) fn array(
        &mut self,
        plan: &ArrayPlan,
        depth: usize,
        name: Option<&str>,
    ) -> Result<Value, Stuck> {
        let counted = self.dice.position();
        let length = self.length(plan, depth);
        self.weigh(length.saturating_mul(1 + plan.roles.len() / 8))?;
        let parts = self.parts(plan, length)?;
        // Behind the last item that plays a role the array may end.
        let played = parts.iter().rposition(|part| *part != Part::Free).map_or(0, |last| last + 1);
        let mut items: Vec<Value> = Vec::with_capacity(length);
        let mut known = Index::default();
        for (index, part) in parts.iter().enumerate() {
            let Some(place) = plan.place(index) else { break };
            let id = match part {
                Part::Free => place.free,
                Part::Role(role) => place.roles.get(*role).copied().unwrap_or(place.all),
                Part::All => place.all,
            };
            // Where items are impossible the array ends, if it may.
            let may_end = index >= plan.min && index >= played;
            if !self.possible(id) {
                if may_end {
                    break;
                }
                return Err(Stuck("an item that must be there is impossible"));
            }
            if index >= plan.min {
                self.switch = Some(Switch::Less(counted));
            }
            let item = if plan.unique {
                self.other(id, &items, &known, depth, name)
            } else if plan.repeated && index + 1 == parts.len() && !items.is_empty() {
                Ok(items[items.len() - 1].clone())
            } else {
                self.value(id, depth + 1, name)
            };
            match item {
                Ok(item) => {
                    if plan.unique {
                        known.add(items.len(), &item);
                    }
                    items.push(item);
                }
                Err(_) if may_end => break,
                Err(stuck) => return Err(stuck),
            }
        }
        Ok(Value::Array(items))
    }

    fn length(&mut self, plan: &ArrayPlan, depth: usize) -> usize {
        let demanded: usize = plan.roles.iter().map(|role| role.min).sum();
        let reach = plan.roles.iter().filter(|role| role.min > 0).map(|role| role.from + role.min).max();
        let cap = plan.max.unwrap_or(usize::MAX);
        let low = plan.min.max(demanded.min(cap)).max(reach.unwrap_or(0).min(cap));
        if self.is_lean(depth) {
            return low;
        }
        let high = cap.min(low.saturating_add(self.options.items_max)).max(low);
        // An empty list shows nobody anything.
        let low = if self.options.realistic { low.max(1).min(high) } else { low };
        self.dice.between(low, high)
    }

    /// What each item is there for.
    fn parts(&mut self, plan: &ArrayPlan, length: usize) -> Result<Vec<Part>, Stuck> {
        let mut parts = vec![Part::Free; length];
        let demanded: usize = plan.roles.iter().map(|role| role.min).sum();
        let from = plan.roles.iter().filter(|role| role.min > 0).map(|role| role.from).max().unwrap_or(0);
        let crowded = demanded > length.saturating_sub(from);
        if crowded && plan.roles.len() > 1 {
            let most = plan.roles.iter().map(|role| role.min).max().unwrap_or(0);
            for index in 0..most {
                let Some(part) = parts.get_mut(from + index) else {
                    return Err(Stuck("there is no room for the items that must be there"));
                };
                *part = Part::All;
            }
            return Ok(parts);
        }
        for (number, role) in plan.roles.iter().enumerate() {
            let room: Vec<usize> = (role.from..length)
                .filter(|index| parts[*index] == Part::Free)
                .filter(|index| {
                    plan.place(*index)
                        .and_then(|place| place.roles.get(number))
                        .is_some_and(|id| self.possible(*id))
                })
                .collect();
            if room.len() < role.min {
                return Err(Stuck("there is no room for the items that must be there"));
            }
            // Where items can't be free, as many as possible play a role.
            let impossible = room
                .iter()
                .filter(|index| plan.place(**index).is_some_and(|p| !self.possible(p.free)))
                .count();
            let count = role.min.max(impossible).min(role.max.unwrap_or(usize::MAX)).min(room.len());
            let start = if count == room.len() { 0 } else { self.dice.index(room.len() - count + 1) };
            for index in &room[start..start + count] {
                parts[*index] = Part::Role(number);
            }
        }
        Ok(parts)
    }

    /// An item that is not among `items`, the list that `known` has taken in.
    fn other(
        &mut self,
        id: PlanId,
        items: &[Value],
        known: &Index,
        depth: usize,
        name: Option<&str>,
    ) -> Result<Value, Stuck> {
        for _ in 0..TRIES {
            let item = self.value(id, depth + 1, name)?;
            if !known.has(items, &item) {
                return Ok(item);
            }
        }
        let listed = self.listed(id, 0).ok_or(Stuck("no further item was found"))?;
        listed.into_iter().find(|item| !known.has(items, item)).ok_or(Stuck("there are no further items"))
    }

    /// All values of a plan, when there are few. One level of arrays and objects is not looked into.
    pub(crate) fn listed(&self, id: PlanId, depth: usize) -> Option<Vec<Value>> {
        let plan = self.plan(id)?;
        let mut all = Vec::new();
        for way in &plan.ways {
            for (kind, _) in &way.kinds {
                match kind {
                    Kind::Values(values) if all.len() + values.len() > LISTED * 4 => return None,
                    Kind::Values(values) => all.extend(values.iter().cloned()),
                    Kind::Integer(plan) => all.extend(plan.all(LISTED as u128)?),
                    Kind::Array(plan) if plan.max == Some(0) => all.push(Value::Array(Vec::new())),
                    Kind::Object(plan) if plan.max == Some(0) => {
                        all.push(Value::Object(serde_json::Map::new()))
                    }
                    Kind::Array(plan) if depth < 2 && plan.max.is_some_and(|max| max <= 3) => {
                        all.extend(self.listed_arrays(plan, depth)?);
                    }
                    _ => return None,
                }
            }
            if !way.node.not_values.is_empty() {
                all = among(&all, &way.node.not_values, false).into_iter().cloned().collect();
            }
        }
        (all.len() <= LISTED).then_some(all)
    }

    fn listed_arrays(&self, plan: &ArrayPlan, depth: usize) -> Option<Vec<Value>> {
        let mut all: Vec<Vec<Value>> = vec![Vec::new()];
        let mut found = Vec::new();
        for index in 0..=plan.max? {
            if index >= plan.min {
                found.extend(all.iter().cloned().map(Value::Array));
            }
            if index == plan.max? || all.len() > LISTED {
                break;
            }
            let items = self.listed(plan.place(index)?.free, depth + 1)?;
            all = all
                .iter()
                .flat_map(|start| {
                    items.iter().map(|item| start.iter().cloned().chain([item.clone()]).collect::<Vec<_>>())
                })
                .take(LISTED * 2)
                .collect();
        }
        Some(found)
    }
}
