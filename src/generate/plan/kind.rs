//! What a conjunction comes down to for each type, ready to draw from.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use super::equal::{among, contains, distinct};
use super::expand::{Branch, Expander};
use super::node::{Exists, Group, Node, tighter};
use super::table::Term;
use crate::base::limits::TEXT_WORK_MAX;
use crate::generate::decimal::Decimal;
use crate::generate::number::NumberPlan;
use crate::generate::text::TextPlan;
use crate::schema::Types;

/// The number of a plan.
pub(crate) type PlanId = u32;

/// Values of one type.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// One of these.
    Values(Arc<Vec<Value>>),
    /// A whole number.
    Integer(NumberPlan),
    /// A number with a fraction.
    Fraction(NumberPlan),
    /// A string.
    Text(Box<TextPlan>),
    /// An array.
    Array(Box<ArrayPlan>),
    /// An object.
    Object(Box<ObjectPlan>),
}

impl Kind {
    /// The types of its values.
    pub(crate) fn types(&self) -> Types {
        match self {
            // Texts and numbers have kinds of their own unless they are listed; lists are of one type or the schema's.
            Self::Values(values) => values.first().map_or(Types::ANY, Types::of),
            Self::Integer(_) => Types::INTEGER,
            Self::Fraction(_) => Types::FRACTION,
            Self::Text(_) => Types::STRING,
            Self::Array(_) => Types::ARRAY,
            Self::Object(_) => Types::OBJECT,
        }
    }
}

/// So many items from some index on play a role.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) from: usize,
}

/// Plans for the item at an index.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The item plays no role.
    pub(crate) free: PlanId,
    /// The item plays the role of that number.
    pub(crate) roles: Vec<PlanId>,
    /// The item plays all roles.
    pub(crate) all: PlanId,
}

/// Arrays.
#[derive(Clone, Debug)]
pub(crate) struct ArrayPlan {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) unique: bool,
    pub(crate) repeated: bool,
    pub(crate) roles: Vec<Role>,
    /// By index; the last one is for all that follow.
    pub(crate) places: Vec<Place>,
}

impl ArrayPlan {
    /// The plans for the item at `index`.
    pub(crate) fn place(&self, index: usize) -> Option<&Place> {
        self.places.get(index).or(self.places.last())
    }
}

/// A property that the schema names.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) plan: PlanId,
    /// With the value that a discriminator asks for.
    pub(crate) hinted: Option<PlanId>,
    pub(crate) required: bool,
    pub(crate) omitted: bool,
}

/// Objects.
#[derive(Clone, Debug)]
pub(crate) struct ObjectPlan {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) members: IndexMap<String, Member>,
    pub(crate) dependents: Vec<(String, Vec<String>)>,
    pub(crate) absent: Vec<String>,
    pub(crate) groups: Vec<Arc<Group>>,
    /// Where names come from that the schema does not spell out: plans of strings. Empty when there can be none.
    pub(crate) fresh: Vec<PlanId>,
    /// What all such properties fulfil, when that does not depend on their names.
    pub(crate) rest: Option<PlanId>,
    /// Names of other properties must fulfil these.
    pub(crate) exists: Vec<(Arc<Exists>, PlanId)>,
}

impl ObjectPlan {
    /// The terms for a property; `None` when it is not allowed.
    pub(crate) fn terms(&self, name: &str) -> Option<Vec<Term>> {
        if self.absent.iter().any(|absent| absent == name) {
            return None;
        }
        terms_of(&self.groups, name)
    }
}

fn terms_of(groups: &[Arc<Group>], name: &str) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    for group in groups {
        terms.extend(group.terms(name)?);
    }
    Some(terms)
}

/// A kind with the plans of which a value is needed for it.
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) needs: Vec<PlanId>,
}

/// What finds numbers for sets of terms.
pub(crate) trait Intern {
    /// The number of the plan for these terms.
    fn intern(&mut self, terms: Vec<Term>) -> PlanId;
}

/// The opposite of a term; `None` for a broken keyword, whose opposite nobody asks for.
fn opposite(term: Term) -> Option<Term> {
    match term {
        Term::Is(id) => Some(Term::Not(id)),
        Term::Not(id) => Some(Term::Is(id)),
        Term::Breaks(..) => None,
    }
}

/// True when the scalar `value` keeps the rules of the conjunction (arrays and objects are looked at on the outside).
pub(crate) fn admits(node: &Node, value: &Value) -> bool {
    node.values.as_ref().is_none_or(|values| contains(values, value))
        && keeps(node, value)
        && !contains(&node.not_values, value)
}

/// As [`admits`], but for `enum` and `const`, wanted and unwanted.
fn keeps(node: &Node, value: &Value) -> bool {
    let inside = match value {
        Value::Number(n) => Decimal::from_number(n).is_none_or(|n| node.number.admits(n)),
        Value::String(text) => node.text.admits(text),
        Value::Array(items) => {
            items.len() >= node.array.min
                && node.array.max.is_none_or(|max| items.len() <= max)
                && (!node.array.unique || distinct(items))
                && (!node.array.repeated || !distinct(items))
        }
        Value::Object(members) => {
            let rules = &node.object;
            members.len() >= rules.min
                && rules.max.is_none_or(|max| members.len() <= max)
                && rules.required.iter().all(|name| members.contains_key(name))
                && !rules.absent.iter().any(|name| members.contains_key(name))
        }
        _ => true,
    };
    inside && node.types.meets(Types::of(value))
}

/// What must be there, with what that drags along (`dependentRequired`).
fn required<'r>(named: &'r [String], dependents: &'r [(String, Vec<String>)]) -> IndexSet<&'r String> {
    let mut required: IndexSet<&String> = named.iter().collect();
    let mut needs: HashMap<&String, Vec<&String>> = HashMap::new();
    for (name, needed) in dependents {
        needs.entry(name).or_default().extend(needed);
    }
    let mut at = 0;
    while let Some(name) = required.get_index(at) {
        required.extend(needs.remove(*name).unwrap_or_default());
        at += 1;
    }
    required
}

impl Expander<'_> {
    /// The kinds of values that fulfil the conjunction; `complete` becomes false when some may have been missed.
    pub(crate) fn kinds(&mut self, node: &Node, plans: &mut dyn Intern, complete: &mut bool) -> Vec<Draft> {
        let leaf = |kind| Draft { kind, needs: Vec::new() };
        if let Some(values) = &node.values {
            let kept = among(values, &node.not_values, false);
            let kept: Vec<&Value> = kept.into_iter().filter(|value| keeps(node, value)).collect();
            return match kept.len() {
                0 => Vec::new(),
                all if all == values.len() => vec![leaf(Kind::Values(Arc::clone(values)))],
                _ => vec![leaf(Kind::Values(Arc::new(kept.into_iter().cloned().collect())))],
            };
        }
        let mut kinds = Vec::new();
        for (types, values) in
            [(Types::NULL, vec![Value::Null]), (Types::BOOLEAN, vec![Value::Bool(false), Value::Bool(true)])]
        {
            let kept: Vec<Value> =
                values.into_iter().filter(|value| !contains(&node.not_values, value)).collect();
            if node.types.meets(types) && !kept.is_empty() {
                kinds.push(leaf(Kind::Values(Arc::new(kept))));
            }
        }
        if node.types.meets(Types::INTEGER)
            && let Some(plan) = NumberPlan::integers(&node.number)
        {
            // Of a few numbers, those that are not wanted are taken away for good.
            match plan.all(64) {
                Some(mut all) => {
                    all.retain(|value| !contains(&node.not_values, value));
                    if !all.is_empty() {
                        kinds.push(leaf(Kind::Integer(plan)));
                    }
                }
                None => kinds.push(leaf(Kind::Integer(plan))),
            }
        }
        if node.types.meets(Types::FRACTION)
            && let Some(plan) = NumberPlan::fractions(&node.number)
        {
            kinds.push(leaf(Kind::Fraction(plan)));
        }
        if node.types.meets(Types::STRING) {
            let made = match TEXT_WORK_MAX.checked_sub(self.table.text_work) {
                None => Err(false),
                Some(left) => TextPlan::new(node.text.clone(), 64, left, &mut self.table.text_work),
            };
            match made {
                Ok(plan) => kinds.push(leaf(Kind::Text(Box::new(plan)))),
                Err(certain) => {
                    *complete &= certain;
                    self.exhausted |= !certain && self.table.text_work >= TEXT_WORK_MAX;
                }
            }
        }
        if node.types.meets(Types::ARRAY)
            && let Some(draft) = self.array(node, plans)
        {
            kinds.push(draft);
        }
        if node.types.meets(Types::OBJECT)
            && let Some(draft) = self.object(node, plans)
        {
            kinds.push(draft);
        }
        kinds
    }

    fn array(&mut self, node: &Node, plans: &mut dyn Intern) -> Option<Draft> {
        let rules = &node.array;
        let demanded: usize = rules.contains.iter().map(|c| c.min).max().unwrap_or(0);
        let min = rules.min.max(demanded);
        if rules.max.is_some_and(|max| max < min)
            || rules.contains.iter().any(|c| c.max.is_some_and(|max| max < c.min))
        {
            return None;
        }
        let indexes = rules.tuples.iter().map(|tuple| tuple.prefix.len()).max().unwrap_or(0);
        let indexes = indexes.max(rules.contains.iter().map(|c| c.from).max().unwrap_or(0));
        let mut places = Vec::new();
        for index in 0..=indexes {
            self.spend(rules.tuples.len() + rules.contains.len().saturating_mul(rules.contains.len() + 2));
            if self.is_spent() {
                return None;
            }
            let base: Vec<Term> = rules
                .tuples
                .iter()
                .filter_map(|tuple| match tuple.prefix.get(index) {
                    Some(term) => *term,
                    None => tuple.rest,
                })
                .collect();
            let with = |chosen: &dyn Fn(usize) -> bool| {
                let mut terms = base.clone();
                for (n, contains) in rules.contains.iter().enumerate() {
                    if chosen(n) {
                        terms.push(contains.term);
                    } else if contains.max.is_some() && index >= contains.from {
                        terms.extend(opposite(contains.term));
                    }
                }
                terms
            };
            places.push(Place {
                free: plans.intern(with(&|_| false)),
                roles: (0..rules.contains.len()).map(|n| plans.intern(with(&|m| m == n))).collect(),
                all: plans.intern(with(&|_| true)),
            });
        }
        let roles: Vec<Role> =
            rules.contains.iter().map(|c| Role { min: c.min, max: c.max, from: c.from }).collect();
        let plan =
            ArrayPlan { min, max: rules.max, unique: rules.unique, repeated: rules.repeated, roles, places };
        if plan.unique && plan.repeated {
            return None;
        }
        // With roles any item may be one that plays one: which is worked out when drawing. Without, all of the first
        // items must be possible.
        let mut needs = Vec::new();
        if plan.roles.iter().all(|role| role.max.is_none() && role.min == 0) {
            needs.extend((0..min.min(indexes + 1)).filter_map(|index| Some(plan.place(index)?.free)));
        } else if indexes == 0 && (plan.roles.len() == 1 || plan.roles.iter().all(|role| role.max.is_none()))
        {
            // Each role must be playable by itself.
            let place = plan.place(0);
            let played = plan.roles.iter().enumerate().filter(|(_, role)| role.min > 0);
            needs.extend(played.filter_map(|(n, _)| place?.roles.get(n).copied()));
        }
        Some(Draft { kind: Kind::Array(Box::new(plan)), needs })
    }

    fn object(&mut self, node: &Node, plans: &mut dyn Intern) -> Option<Draft> {
        let rules = &node.object;
        let required = required(&rules.required, &rules.dependents);
        let declared = rules.groups.iter().flat_map(|group| group.known.keys());
        let names: IndexSet<&String> = declared
            .chain(required.iter().copied())
            .chain(rules.dependents.iter().flat_map(|(_, needs)| needs))
            .collect();
        let absent: HashSet<&String> = rules.absent.iter().collect();
        let omitted: HashSet<&String> = rules.omitted.iter().collect();
        // Each name is looked for in each group, and may be matched with each pattern.
        let patterns: usize = rules.groups.iter().map(|group| 1 + group.patterns.len()).sum();
        self.spend(names.len().saturating_mul(patterns) / 16);
        if self.is_spent() {
            return None;
        }
        let mut needs = Vec::new();
        let mut members = IndexMap::with_capacity(names.len());
        for name in names {
            let is_required = required.contains(name);
            let allowed = (!absent.contains(name)).then(|| terms_of(&rules.groups, name)).flatten();
            let named = self.name_fits(name, &rules.names);
            let Some(terms) = allowed.filter(|_| named) else {
                if is_required {
                    return None;
                }
                continue;
            };
            let hint = rules.hints.iter().find(|(hinted, _)| hinted == name);
            let hinted = hint.map(|(_, values)| {
                let made = self.table.make(serde_json::json!({ "enum": **values }));
                let mut terms = terms.clone();
                terms.push(Term::Is(made));
                plans.intern(terms)
            });
            let plan = plans.intern(terms);
            if is_required {
                needs.push(plan);
            }
            let omitted = omitted.contains(name);
            let member = Member { name: name.clone(), plan, hinted, required: is_required, omitted };
            members.insert(name.clone(), member);
        }
        let max = self.names_left(rules.max, &rules.groups, members.len());
        let min = rules.min.max(required.len());
        if max.is_some_and(|max| max < min) {
            return None;
        }
        let fresh = self.name_sources(&rules.groups, &rules.names, plans);
        let by_pattern = rules.groups.iter().any(|group| !group.patterns.is_empty());
        let rest = (!by_pattern && !fresh.is_empty()).then(|| {
            let terms = rules.groups.iter().filter_map(|group| group.rest).collect();
            plans.intern(terms)
        });
        let mut exists = Vec::new();
        for one in &rules.exists {
            let mut terms = rules.names.clone();
            terms.extend(one.name);
            if let Some(pattern) = &one.pattern {
                terms.push(self.pattern_term(&pattern.text));
            }
            exists.push((one.clone(), plans.intern(self.text_terms(terms))));
        }
        let plan = ObjectPlan {
            min,
            max,
            members,
            dependents: rules.dependents.clone(),
            absent: rules.absent.clone(),
            groups: rules.groups.clone(),
            fresh,
            rest,
            exists,
        };
        Some(Draft { kind: Kind::Object(Box::new(plan)), needs })
    }

    /// The highest number of properties, which closed groups without patterns lower.
    fn names_left(&self, max: Option<usize>, groups: &[Arc<Group>], members: usize) -> Option<usize> {
        if groups.iter().any(|group| group.closed && group.patterns.is_empty()) {
            return tighter(max, Some(members));
        }
        max
    }

    fn pattern_term(&mut self, text: &str) -> Term {
        Term::Is(self.table.make(serde_json::json!({ "type": "string", "pattern": text })))
    }

    fn text_terms(&mut self, mut terms: Vec<Term>) -> Vec<Term> {
        terms.push(Term::Is(self.table.make(serde_json::json!({ "type": "string" }))));
        terms
    }

    /// Plans for names that the schema does not spell out.
    fn name_sources(&mut self, groups: &[Arc<Group>], names: &[Term], plans: &mut dyn Intern) -> Vec<PlanId> {
        let mut sources = Vec::new();
        let closed: Vec<&Arc<Group>> = groups.iter().filter(|group| group.closed).collect();
        if closed.iter().any(|group| group.patterns.is_empty()) {
            return sources;
        }
        // In closed groups one of the patterns must match: the first such group's patterns are tried in turn.
        let patterns: Vec<String> = match closed.first() {
            Some(group) => group.patterns.iter().map(|(pattern, _)| pattern.text.clone()).collect(),
            None => groups.iter().flat_map(|g| g.patterns.iter().map(|(p, _)| p.text.clone())).collect(),
        };
        for text in patterns {
            let mut terms = names.to_vec();
            terms.push(self.pattern_term(&text));
            sources.push(plans.intern(terms));
        }
        if closed.is_empty() {
            let terms = self.text_terms(names.to_vec());
            sources.push(plans.intern(terms));
        }
        sources
    }

    /// True when some alternative of `names` admits the name.
    fn name_fits(&mut self, name: &str, names: &[Term]) -> bool {
        let value = Value::String(name.to_owned());
        names.iter().all(|term| {
            let branches = self.expand(*term);
            let listed = |branch: &Branch| branch.node.values.as_ref().map_or(0, |values| values.len());
            self.spend(branches.list.iter().map(listed).sum::<usize>() / 16);
            branches.list.iter().any(|branch| admits(&branch.node, &value))
        })
    }
}
