//! The planner of one schema: plans by number, worked out when they are first needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use serde_json::Value;

use super::equal::Index;
use super::expand::{Branches, Expander};
use super::kind::{Draft, Intern, Kind, PlanId};
use super::model::{Alternative, ENDLESS, Limit, Plan, Sketch};
use super::node::Node;
use super::shelf::Shelf;
use super::table::{Table, Term};
use super::weight;
use crate::base::limits::{PLAN_STEPS_MAX, PLANS_AT_ONCE_MAX, PLANS_MAX, TERM_STEPS_MIN};
use crate::document::Location;
use crate::schema::{Bundle, Schema};

/// How many places that contradict one another are remembered.
const CONFLICTS_MAX: usize = 256;

/// How many places that demand too much are remembered.
const HEAVY_MAX: usize = 8;

/// The plans of one schema.
#[derive(Debug)]
pub(crate) struct Planner {
    shelf: Shelf<Plan>,
    builder: Mutex<Builder>,
}

#[derive(Debug, Default)]
struct Builder {
    /// Steps that each term may take; 0 before the schema was measured.
    allowance: usize,
    /// Places that demand values which are too large.
    heavy: Vec<Location>,
    table: Table,
    memo: HashMap<Term, Arc<Branches>>,
    keys: Keys,
    conflicts: Vec<Location>,
}

#[derive(Debug, Default)]
struct Keys {
    ids: HashMap<Vec<Term>, PlanId>,
    terms: Vec<Vec<Term>>,
}

impl Intern for Keys {
    fn intern(&mut self, mut terms: Vec<Term>) -> PlanId {
        terms.sort_unstable();
        terms.dedup();
        if let Some(id) = self.ids.get(&terms) {
            return *id;
        }
        if self.terms.len() >= PLANS_MAX {
            // Plan 1 allows anything: what is drawn from it is judged in the end like everything else.
            return 1;
        }
        self.terms.push(terms.clone());
        let id = PlanId::try_from(self.terms.len() - 1).unwrap_or(1);
        self.ids.insert(terms, id);
        id
    }
}

impl Planner {
    /// The planner that is kept with the schema.
    pub(crate) fn of(schema: &Schema) -> Option<&Self> {
        schema.memo(Self::new)
    }

    /// Plan 0 is the whole schema, plan 1 anything.
    fn new() -> Self {
        let mut builder = Builder::default();
        let root = builder.table.at("");
        builder.keys.intern(vec![Term::Is(root)]);
        builder.keys.intern(Vec::new());
        Self { shelf: Shelf::new(), builder: Mutex::new(builder) }
    }

    /// The number of the plan for a set of terms.
    pub(crate) fn intern(&self, terms: Vec<Term>) -> PlanId {
        self.builder.lock().unwrap_or_else(PoisonError::into_inner).keys.intern(terms)
    }

    /// Works with the table of subschemas.
    pub(crate) fn with_table<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.builder.lock().unwrap_or_else(PoisonError::into_inner).table)
    }

    /// Places that contradicted one another.
    pub(crate) fn conflicts(&self) -> Vec<Location> {
        self.builder.lock().unwrap_or_else(PoisonError::into_inner).conflicts.clone()
    }

    /// Places that demand values which are too large.
    pub(crate) fn heavy(&self) -> Vec<Location> {
        self.builder.lock().unwrap_or_else(PoisonError::into_inner).heavy.clone()
    }

    /// The plan of that number, worked out if need be.
    pub(crate) fn plan(&self, bundle: &Bundle, id: PlanId) -> Option<&Plan> {
        if let Some(plan) = self.shelf.get(id as usize) {
            return Some(plan);
        }
        let mut builder = self.builder.lock().unwrap_or_else(PoisonError::into_inner);
        builder.work_out(bundle, id, &self.shelf);
        drop(builder);
        self.shelf.get(id as usize)
    }
}

/// Steps that each term of a bundle may take: the more there are, the fewer each.
fn allowance(bundle: &Bundle) -> usize {
    let mut schemas = 0_usize;
    let mut open = vec![bundle.document()];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                schemas += 1;
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items.iter().filter(|item| item.is_object())),
            _ => {}
        }
    }
    (PLAN_STEPS_MAX / schemas.max(1)).max(TERM_STEPS_MIN)
}

impl Builder {
    /// Works out a plan and all those without which its height can't be told.
    fn work_out(&mut self, bundle: &Bundle, id: PlanId, shelf: &Shelf<Plan>) {
        let mut sketches: IndexMap<PlanId, Sketch> = IndexMap::new();
        let mut queue = vec![id];
        let mut cut = false;
        while let Some(next) = queue.pop() {
            if sketches.contains_key(&next) || shelf.get(next as usize).is_some() {
                continue;
            }
            if sketches.len() >= PLANS_AT_ONCE_MAX {
                cut = true;
                break;
            }
            let sketch = self.sketch(bundle, next);
            queue.extend(
                sketch.ways.iter().flat_map(|(_, drafts)| drafts).flat_map(|(draft, _)| &draft.needs),
            );
            sketches.insert(next, sketch);
        }
        drop_crowded(&mut sketches, shelf);
        let heavy = weight::drop_heavy(&mut sketches);
        settle(&mut sketches, shelf, cut);
        weight::spread_limits(&mut sketches, shelf);
        for sketch in sketches.values().filter(|sketch| sketch.height == ENDLESS && sketch.limit.is_none()) {
            for (node, _) in sketch.ways.iter().take(CONFLICTS_MAX) {
                self.note(bundle, node);
            }
        }
        for node in heavy {
            self.note_heavy(bundle, &node);
        }
        for (id, sketch) in sketches {
            let ways = sketch
                .ways
                .into_iter()
                .map(|(node, drafts)| Alternative {
                    node,
                    kinds: drafts
                        .into_iter()
                        .filter(|(_, height)| *height != ENDLESS)
                        .map(|(draft, height)| (draft.kind, height))
                        .collect(),
                })
                .filter(|way| !way.kinds.is_empty())
                .collect();
            let complete = sketch.complete && !cut;
            shelf.set(id as usize, Plan { ways, complete, height: sketch.height, limit: sketch.limit });
        }
    }

    /// Remembers the places of a conjunction that turned out to be impossible.
    fn note(&mut self, bundle: &Bundle, node: &Node) {
        let mut expander = Expander::new(bundle, &mut self.table, &mut self.memo, self.allowance);
        expander.note_empty(node);
        let found = expander.conflicts;
        self.remember(found);
    }

    /// Remembers the places that make a value too large.
    fn note_heavy(&mut self, bundle: &Bundle, node: &Node) {
        for id in &node.said {
            let held = self.table.value(bundle, *id);
            let words = ["minItems", "minLength", "minProperties", "minContains", "required", "prefixItems"];
            for word in words.iter().filter(|word| held.get(**word).is_some()) {
                let place = self.table.place(bundle, *id, word);
                let new = place.filter(|place| self.heavy.len() < HEAVY_MAX && !self.heavy.contains(place));
                self.heavy.extend(new);
            }
        }
    }

    fn remember(&mut self, places: Vec<Location>) {
        for place in places {
            if self.conflicts.len() < CONFLICTS_MAX && !self.conflicts.contains(&place) {
                self.conflicts.push(place);
            }
        }
    }

    fn sketch(&mut self, bundle: &Bundle, id: PlanId) -> Sketch {
        let terms = self.keys.terms.get(id as usize).cloned().unwrap_or_default();
        if self.allowance == 0 {
            self.allowance = allowance(bundle);
        }
        let mut expander = Expander::new(bundle, &mut self.table, &mut self.memo, self.allowance);
        let mut found = Branches::anything();
        for term in &terms {
            let branches = expander.expand(*term);
            found = expander.and(found, &branches);
        }
        let mut complete = found.complete;
        let mut ways = Vec::new();
        for branch in found.list {
            let drafts = expander.kinds(&branch.node, &mut self.keys, &mut complete);
            if drafts.is_empty() {
                expander.note_empty(&branch.node);
            } else {
                ways.push((branch.node, drafts.into_iter().map(|draft| (draft, ENDLESS)).collect()));
            }
        }
        let limit = (ways.is_empty() && expander.exhausted).then_some(Limit::Steps);
        complete &= limit.is_none();
        let found = std::mem::take(&mut expander.conflicts);
        self.remember(found);
        Sketch { ways, complete, height: ENDLESS, limit }
    }
}

/// How many values a list of different items is looked at for.
const DOMAIN_MAX: u128 = 256;

/// Drops arrays whose items have to differ more often than there are values for them.
fn drop_crowded(sketches: &mut IndexMap<PlanId, Sketch>, shelf: &Shelf<Plan>) {
    let crowded = |draft: &Draft, sketches: &IndexMap<PlanId, Sketch>| {
        let Kind::Array(plan) = &draft.kind else { return false };
        let [place] = plan.places.as_slice() else { return false };
        if !plan.unique || plan.min < 2 {
            return false;
        }
        let kinds: Vec<&Kind> = match (sketches.get(&place.free), shelf.get(place.free as usize)) {
            (Some(sketch), _) if sketch.complete => {
                sketch.ways.iter().flat_map(|(_, drafts)| drafts).map(|(draft, _)| &draft.kind).collect()
            }
            (None, Some(plan)) if plan.complete => {
                plan.ways.iter().flat_map(|way| &way.kinds).map(|(kind, _)| kind).collect()
            }
            _ => return false,
        };
        let mut values: Vec<Value> = Vec::new();
        let mut index = Index::default();
        for kind in kinds {
            let listed;
            let own: &[Value] = match kind {
                Kind::Values(own) => own,
                Kind::Integer(plan) => {
                    let Some(all) = plan.all(DOMAIN_MAX) else { return false };
                    listed = all;
                    &listed
                }
                _ => return false,
            };
            for value in own {
                if values.len() >= plan.min {
                    return false;
                }
                if !index.has(&values, value) {
                    index.add(values.len(), value);
                    values.push(value.clone());
                }
            }
        }
        values.len() < plan.min
    };
    let found: Vec<(PlanId, usize, usize)> = sketches
        .iter()
        .flat_map(|(id, sketch)| {
            sketch.ways.iter().enumerate().flat_map(move |(w, (_, drafts))| {
                drafts.iter().enumerate().map(move |(d, (draft, _))| (*id, w, d, draft))
            })
        })
        .filter(|(_, _, _, draft)| crowded(draft, sketches))
        .map(|(id, w, d, _)| (id, w, d))
        .collect();
    for (id, w, d) in found.into_iter().rev() {
        if let Some((_, drafts)) = sketches.get_mut(&id).and_then(|sketch| sketch.ways.get_mut(w)) {
            drafts.remove(d);
        }
    }
}

/// Finds heights: the lowest first, until nothing changes. What is not known counts as a leaf when the work was `cut`.
fn settle(sketches: &mut IndexMap<PlanId, Sketch>, shelf: &Shelf<Plan>, cut: bool) {
    let mut heights: HashMap<PlanId, u32> = HashMap::new();
    loop {
        let mut changed = false;
        // What is needed was found later than what needs it.
        for (id, sketch) in sketches.iter_mut().rev() {
            for (_, drafts) in &mut sketch.ways {
                for (draft, height) in drafts {
                    let tallest = draft.needs.iter().map(|need| {
                        let unknown = if cut { 0 } else { ENDLESS };
                        let published = || shelf.get(*need as usize).map(|plan| plan.height);
                        heights.get(need).copied().or_else(published).unwrap_or(unknown)
                    });
                    let new = tallest.max().map_or(0, |tallest| tallest.saturating_add(1));
                    if new < *height {
                        *height = new;
                        changed = true;
                    }
                    sketch.height = sketch.height.min(*height);
                }
            }
            heights.insert(*id, sketch.height);
        }
        if !changed {
            return;
        }
    }
}
