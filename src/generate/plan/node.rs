//! Conjunctions: everything that one instance must fulfil at once, sorted by the types it concerns.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::equal::{among, same};
use super::table::{Id, Term};
use crate::base::limits::PLAN_EXAMPLES_MAX;
use crate::generate::number::NumberRules;
use crate::generate::text::{Pattern, TextRules};
use crate::schema::Types;

/// The types that a `type` keyword names; unknown names (a defect elsewhere) name all.
pub(super) fn types_named(keyword: &Value) -> Types {
    let one = |name: &str| Types::named(name).unwrap_or(Types::ANY);
    match keyword {
        Value::String(name) => one(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(one).fold(Types::NONE, Types::or),
        _ => Types::ANY,
    }
}

/// `prefixItems` and `items` of one schema: terms by index, then for the rest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tuple {
    pub(crate) prefix: Vec<Option<Term>>,
    pub(crate) rest: Option<Term>,
}

/// So many items from some index on fulfil a term.
#[derive(Clone, Debug)]
pub(crate) struct Contains {
    pub(crate) term: Term,
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) from: usize,
}

/// What an array must fulfil.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArrayRules {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    /// No two items are equal.
    pub(crate) unique: bool,
    /// Two items are equal.
    pub(crate) repeated: bool,
    pub(crate) tuples: Vec<Arc<Tuple>>,
    pub(crate) contains: Vec<Arc<Contains>>,
}

/// A pattern of property names, with its text.
#[derive(Clone, Debug)]
pub(crate) struct NamePattern {
    pub(crate) text: String,
    pub(crate) pattern: Arc<Pattern>,
}

/// `properties`, `patternProperties` and `additionalProperties` of one schema (or `unevaluatedProperties` with what
/// counts as evaluated): terms by name, else by pattern, else for the rest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) known: IndexMap<String, Option<Term>>,
    pub(crate) patterns: Vec<(NamePattern, Option<Term>)>,
    pub(crate) rest: Option<Term>,
    /// The rest is not allowed at all.
    pub(crate) closed: bool,
}

impl Group {
    /// The terms for the property `name`; `None` when it is not allowed.
    pub(crate) fn terms(&self, name: &str) -> Option<Vec<Term>> {
        let mut terms = Vec::new();
        let mut found = false;
        if let Some(term) = self.known.get(name) {
            found = true;
            terms.extend(term);
        }
        for (_, term) in self.patterns.iter().filter(|(known, _)| known.pattern.is_match(name)) {
            found = true;
            terms.extend(term);
        }
        if !found {
            if self.closed {
                return None;
            }
            terms.extend(self.rest);
        }
        Some(terms)
    }

    /// True when the name falls under `known` or `patterns`.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.known.contains_key(name) || self.patterns.iter().any(|(known, _)| known.pattern.is_match(name))
    }
}

/// Some property must be there: of a name that fulfils all of this, with a value that fulfils the term.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exists {
    pub(crate) pattern: Option<NamePattern>,
    /// The name must not be known to this group.
    pub(crate) outside: Option<Group>,
    /// The name must fulfil this.
    pub(crate) name: Option<Term>,
    pub(crate) term: Option<Term>,
}

/// What an object must fulfil.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectRules {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    pub(crate) required: Vec<String>,
    pub(crate) absent: Vec<String>,
    /// Shared, so that what is reached in two ways counts once.
    pub(crate) groups: Vec<Arc<Group>>,
    pub(crate) names: Vec<Term>,
    pub(crate) exists: Vec<Arc<Exists>>,
    pub(crate) dependents: Vec<(String, Vec<String>)>,
    /// Values that a property had better have (discriminators).
    pub(crate) hints: Vec<(String, Arc<Vec<Value>>)>,
    /// Properties that are not generated unless they must be there.
    pub(crate) omitted: Vec<String>,
}

impl ObjectRules {
    /// Whether a property has to be there with a value that another schema does not take.
    pub(crate) fn is_odd(&self) -> bool {
        let broken = |(name, term): (&String, &Option<Term>)| {
            matches!(term, Some(Term::Not(_))) && self.required.contains(name)
        };
        self.groups.iter().flat_map(|group| &group.known).any(broken)
            || self.exists.iter().any(|exists| matches!(exists.term, Some(Term::Not(_))))
    }
}

/// What a text holds (JSON Schema Validation 2020-12, section 8): no judge asks for it, those who read it do.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// `contentEncoding`, in lower case.
    pub(crate) encoding: Option<String>,
    /// `contentMediaType` is JSON.
    pub(crate) json: bool,
    /// `contentSchema`.
    pub(crate) term: Option<Term>,
}

/// A conjunction.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) types: Types,
    pub(crate) values: Option<Arc<Vec<Value>>>,
    pub(crate) not_values: Vec<Value>,
    pub(crate) number: NumberRules,
    pub(crate) text: TextRules,
    pub(crate) array: ArrayRules,
    pub(crate) object: ObjectRules,
    /// Schemas that the instance fulfils outright: the one asked for, and what it reaches by `$ref` and `allOf`.
    pub(crate) sure: Vec<Id>,
    /// All schemas that had a say.
    pub(crate) said: Vec<Id>,
    /// Values that the schemas give as examples.
    pub(crate) examples: Vec<Arc<Value>>,
    /// The first description.
    pub(crate) description: Option<Arc<str>>,
    /// The first `format` that is not in the registry, as a hint.
    pub(crate) format_hint: Option<Arc<str>>,
    /// What texts hold.
    pub(crate) content: Option<Content>,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            types: Types::ANY,
            values: None,
            not_values: Vec::new(),
            number: NumberRules::default(),
            text: TextRules::default(),
            array: ArrayRules::default(),
            object: ObjectRules::default(),
            sure: Vec::new(),
            said: Vec::new(),
            examples: Vec::new(),
            description: None,
            format_hint: None,
            content: None,
        }
    }
}

/// The smaller of two optional upper bounds.
pub(crate) fn tighter(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Up to so many comparisons a list is cheaper to walk than to index.
const WALKED_MAX: usize = 1024;

/// What is added to a list in so few pieces never pays for an index of the list.
const PIECES_MAX: usize = 8;

pub(super) fn add_new<T: Eq + Hash + Clone>(to: &mut Vec<T>, from: &[T]) {
    if from.len() <= PIECES_MAX || to.len().saturating_mul(from.len()) <= WALKED_MAX {
        for item in from {
            if !to.contains(item) {
                to.push(item.clone());
            }
        }
        return;
    }
    let mut known: HashSet<T> = to.iter().cloned().collect();
    to.extend(from.iter().filter(|item| known.insert((*item).clone())).cloned());
}

/// Adds what is not there yet: the same part of the same schema, reached in another way, says nothing more.
fn add_shared<T>(to: &mut Vec<Arc<T>>, from: &[Arc<T>]) {
    if from.len() <= PIECES_MAX || to.len().saturating_mul(from.len()) <= WALKED_MAX {
        for item in from {
            if !to.iter().any(|known| Arc::ptr_eq(known, item)) {
                to.push(Arc::clone(item));
            }
        }
        return;
    }
    let mut known: HashSet<*const T> = to.iter().map(Arc::as_ptr).collect();
    to.extend(from.iter().filter(|item| known.insert(Arc::as_ptr(item))).cloned());
}

impl Node {
    /// Both at once; `None` when they contradict each other at first sight.
    pub(crate) fn merge(mut self, other: &Self) -> Option<Self> {
        let types = self.types.and(other.types);
        if types.is_empty() {
            return None;
        }
        let values = match (&self.values, &other.values) {
            (Some(own), Some(others)) => {
                let both: Vec<Value> = if Arc::ptr_eq(own, others) {
                    own.to_vec()
                } else {
                    among(own, others, true).into_iter().cloned().collect()
                };
                if both.is_empty() {
                    return None;
                }
                Some(Arc::new(both))
            }
            (own, others) => own.as_ref().or(others.as_ref()).map(Arc::clone),
        };
        self.types = types;
        self.values = values;
        let new: Vec<Value> =
            among(&other.not_values, &self.not_values, false).into_iter().cloned().collect();
        self.not_values.extend(new);
        if let Some(values) = &self.values {
            let kept = among(values, &self.not_values, false);
            let kept: Vec<&Value> = kept.into_iter().filter(|value| types.meets(Types::of(value))).collect();
            if kept.is_empty() {
                return None;
            }
            if kept.len() < values.len() {
                self.values = Some(Arc::new(kept.into_iter().cloned().collect()));
            }
        }
        self.number.merge(&other.number);
        self.text.merge(&other.text);
        self.array.merge(&other.array);
        self.object.merge(&other.object);
        add_new(&mut self.sure, &other.sure);
        add_new(&mut self.said, &other.said);
        for example in &other.examples {
            let known = |known: &Arc<Value>| Arc::ptr_eq(known, example) || same(known, example);
            if self.examples.len() < PLAN_EXAMPLES_MAX && !self.examples.iter().any(known) {
                self.examples.push(Arc::clone(example));
            }
        }
        self.description = self.description.or_else(|| other.description.clone());
        self.format_hint = self.format_hint.or_else(|| other.format_hint.clone());
        self.content = self.content.or_else(|| other.content.clone());
        self.prune()
    }

    /// How much there is to copy and to compare when this is merged with another, roughly.
    pub(crate) fn bulk(&self) -> usize {
        let object = &self.object;
        self.said.len()
            + self.not_values.len()
            + self.array.tuples.len()
            + self.array.contains.len()
            + object.required.len()
            + object.absent.len()
            + object.groups.len()
            + object.dependents.len()
    }

    /// The types that a conjunction without `type` means: those its keywords are about. `properties` alone takes any
    /// text or number as well (JSON Schema 2020-12 Core §7.6.1), but nobody who writes it has those in mind. `None`
    /// where the types are said, or nothing is.
    pub(crate) fn meant(&self) -> Option<Types> {
        if self.types != Types::ANY || self.values.is_some() {
            return None;
        }
        let (object, array, text) = (&self.object, &self.array, &self.text);
        let mut meant = Types::NONE;
        if !object.groups.is_empty() || !object.required.is_empty() || object.min > 0 || object.max.is_some()
        {
            meant = meant.or(Types::OBJECT);
        }
        if !array.tuples.is_empty() || !array.contains.is_empty() || array.min > 0 || array.max.is_some() {
            meant = meant.or(Types::ARRAY);
        }
        if text.min > 0 || text.max.is_some() || !text.patterns.is_empty() || !text.formats.is_empty() {
            meant = meant.or(Types::STRING);
        }
        (!meant.is_empty()).then_some(meant)
    }

    /// Takes types away whose rules contradict one another at first sight.
    fn prune(mut self) -> Option<Self> {
        let crossed = |min: usize, max: Option<usize>| max.is_some_and(|max| max < min);
        if crossed(self.text.min, self.text.max) {
            self.types = self.types.without(Types::STRING);
        }
        if crossed(self.array.min, self.array.max) {
            self.types = self.types.without(Types::ARRAY);
        }
        let object = &self.object;
        if crossed(object.min.max(object.required.len()), object.max)
            || !object.absent.is_empty() && object.required.iter().any(|name| object.absent.contains(name))
        {
            self.types = self.types.without(Types::OBJECT);
        }
        (!self.types.is_empty()).then_some(self)
    }
}

impl ArrayRules {
    fn merge(&mut self, other: &Self) {
        self.min = self.min.max(other.min);
        self.max = tighter(self.max, other.max);
        self.unique |= other.unique;
        self.repeated |= other.repeated;
        add_shared(&mut self.tuples, &other.tuples);
        add_shared(&mut self.contains, &other.contains);
    }
}

impl ObjectRules {
    fn merge(&mut self, other: &Self) {
        self.min = self.min.max(other.min);
        self.max = tighter(self.max, other.max);
        add_new(&mut self.required, &other.required);
        add_new(&mut self.absent, &other.absent);
        add_shared(&mut self.groups, &other.groups);
        add_new(&mut self.names, &other.names);
        add_shared(&mut self.exists, &other.exists);
        add_new(&mut self.dependents, &other.dependents);
        for hint in &other.hints {
            // The first one for a property counts.
            if !self.hints.iter().any(|known| known.0 == hint.0) {
                self.hints.push(hint.clone());
            }
        }
        add_new(&mut self.omitted, &other.omitted);
    }
}
