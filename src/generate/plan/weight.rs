//! The least weight of a value: how many values, nested ones counted, it has at least, with 64 characters of text as one
//! more. Found for all plans at once before anything is drawn, so that what would be too large is not begun.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::kind::{ArrayPlan, Kind, ObjectPlan, PlanId};
use super::model::{ENDLESS, Limit, Plan, Sketch};
use super::node::Node;
use super::shelf::Shelf;
use crate::base::limits::VALUE_WEIGHT_MAX;

/// Weighs the plans and takes away the kinds of values that are too large. The conjunctions that are too large by
/// themselves, not by what they hold, are answered.
pub(super) fn drop_heavy(sketches: &mut IndexMap<PlanId, Sketch>) -> Vec<Node> {
    let weights = weights(sketches);
    let of = |id| weights.get(&id).copied().unwrap_or(Some(1));
    // What a part counts that is too large itself, or has no value.
    let part = |id| Some(of(id).filter(|weight| *weight <= VALUE_WEIGHT_MAX).unwrap_or(1));
    let heavy = |weight: Option<usize>| weight.is_some_and(|weight| weight > VALUE_WEIGHT_MAX);
    let mut found = Vec::new();
    for sketch in sketches.values_mut() {
        let mut dropped = false;
        for (node, drafts) in &mut sketch.ways {
            let before = drafts.len();
            let mut alone = false;
            drafts.retain(|(draft, _)| {
                let fits = !heavy(weigh(&draft.kind, &of));
                alone |= !fits && heavy(weigh(&draft.kind, &part));
                fits
            });
            dropped |= drafts.len() < before;
            if alone {
                found.push(node.clone());
            }
        }
        if dropped && sketch.ways.iter().all(|(_, drafts)| drafts.is_empty()) {
            sketch.limit = Some(Limit::Weight);
        }
    }
    found
}

/// Plans without a value because a part that they need has none: for the same limit, if that is why.
pub(super) fn spread_limits(sketches: &mut IndexMap<PlanId, Sketch>, shelf: &Shelf<Plan>) {
    let mut changed = true;
    while changed {
        changed = false;
        for at in (0..sketches.len()).rev() {
            let Some((_, sketch)) = sketches.get_index(at) else { continue };
            if sketch.height != ENDLESS || sketch.limit.is_some() {
                continue;
            }
            let needs = sketch.ways.iter().flat_map(|(_, drafts)| drafts).flat_map(|(draft, _)| &draft.needs);
            let limit = needs.into_iter().find_map(|id| match sketches.get(id) {
                Some(need) => need.limit,
                None => shelf.get(*id as usize).and_then(|plan| plan.limit),
            });
            if let (Some(limit), Some((_, sketch))) = (limit, sketches.get_index_mut(at)) {
                sketch.limit = Some(limit);
                changed = true;
            }
        }
    }
}

/// The least weight of each plan; `None` for what has no value. What was worked out before counts as 1: it was weighed
/// then, and is impossible where it was too heavy.
fn weights(sketches: &IndexMap<PlanId, Sketch>) -> HashMap<PlanId, Option<usize>> {
    let mut weights: HashMap<PlanId, Option<usize>> = sketches.keys().map(|id| (*id, None)).collect();
    loop {
        let mut changed = false;
        // What is needed was found later than what needs it.
        for (id, sketch) in sketches.iter().rev() {
            let drafts = sketch.ways.iter().flat_map(|(_, drafts)| drafts);
            let of = |id| weights.get(&id).copied().unwrap_or(Some(1));
            let Some(least) = drafts.filter_map(|(draft, _)| weigh(&draft.kind, &of)).min() else { continue };
            if weights.get(id).is_some_and(|known| known.is_none_or(|known| least < known)) {
                weights.insert(*id, Some(least));
                changed = true;
            }
        }
        if !changed {
            return weights;
        }
    }
}

/// The least weight of a value of a kind whose parts have these weights; `None` when a part has no value.
fn weigh(kind: &Kind, of: &dyn Fn(PlanId) -> Option<usize>) -> Option<usize> {
    match kind {
        Kind::Values(_) | Kind::Integer(_) | Kind::Fraction(_) => Some(1),
        Kind::Text(plan) => Some(1 + plan.rules().min / 64),
        Kind::Array(plan) => array(plan, of),
        Kind::Object(plan) => object(plan, of),
    }
}

fn array(plan: &ArrayPlan, of: &dyn Fn(PlanId) -> Option<usize>) -> Option<usize> {
    // Whatever roles the items play: the lightest of them.
    let item = |index: usize| {
        let place = plan.place(index)?;
        [place.free, place.all].iter().chain(&place.roles).filter_map(|id| of(*id)).min()
    };
    let apart = plan.min.min(plan.places.len());
    let mut sum = 1_usize;
    for index in 0..apart {
        sum = sum.saturating_add(item(index)?);
    }
    let rest = plan.min - apart;
    if rest > 0 {
        sum = sum.saturating_add(rest.saturating_mul(item(plan.places.len())?));
    }
    Some(sum)
}

fn object(plan: &ObjectPlan, of: &dyn Fn(PlanId) -> Option<usize>) -> Option<usize> {
    let mut sum = 1_usize;
    let mut left = plan.min;
    for member in plan.members.values().filter(|member| member.required) {
        sum = sum.saturating_add(of(member.plan)?);
        left = left.saturating_sub(1);
    }
    if left == 0 {
        return Some(sum);
    }
    // Others may be any of one value, unless all of them must fulfil the same.
    let optional = plan.members.values().any(|member| !member.required);
    let each = match plan.rest.filter(|_| !optional) {
        Some(rest) => of(rest)?,
        None => 1,
    };
    Some(sum.saturating_add(left.saturating_mul(each)))
}
