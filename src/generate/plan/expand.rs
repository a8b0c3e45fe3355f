//! A term as alternatives of conjunctions: `allOf` and `$ref` merged, `anyOf`, `oneOf`, `if` and `not` multiplied out.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::node::{Group, NamePattern, Node};
use super::table::{Id, Table, Term};
use crate::base::limits::{ALTERNATIVES_MAX, REFERENCE_CHAIN_MAX};
use crate::base::pointer;
use crate::document::Location;
use crate::schema::{Bundle, Types};

/// Properties and items that count as evaluated (JSON Schema 2020-12 Core, 11.2 and 11.3).
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) names: BTreeSet<String>,
    pub(crate) patterns: Vec<NamePattern>,
    pub(crate) all_names: bool,
    pub(crate) items: usize,
    pub(crate) all_items: bool,
    pub(crate) contains: Vec<Id>,
}

impl Seen {
    fn merge(&mut self, other: &Self) {
        self.names.extend(other.names.iter().cloned());
        for pattern in &other.patterns {
            if !self.patterns.iter().any(|known| Arc::ptr_eq(&known.pattern, &pattern.pattern)) {
                self.patterns.push(pattern.clone());
            }
        }
        self.all_names |= other.all_names;
        self.items = self.items.max(other.items);
        self.all_items |= other.all_items;
        super::node::add_new(&mut self.contains, &other.contains);
    }
}

/// One alternative.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branch {
    pub(crate) node: Node,
    pub(crate) seen: Seen,
}

/// All alternatives of a term.
#[derive(Clone, Debug)]
pub(crate) struct Branches {
    pub(crate) list: Vec<Branch>,
    /// False when some were left out.
    pub(crate) complete: bool,
}

impl Branches {
    pub(crate) fn anything() -> Self {
        Self { list: vec![Branch::default()], complete: true }
    }

    pub(crate) fn nothing() -> Self {
        Self { list: Vec::new(), complete: true }
    }

    pub(crate) fn of(node: Node) -> Self {
        Self { list: vec![Branch { node, seen: Seen::default() }], complete: true }
    }

    /// Either.
    pub(crate) fn or(mut self, other: &Self) -> Self {
        self.list.extend(other.list.iter().cloned());
        self.complete &= other.complete;
        self.cut()
    }

    /// Keeps a spread of the alternatives when there are too many.
    fn cut(mut self) -> Self {
        let count = self.list.len();
        if count > ALTERNATIVES_MAX {
            self.complete = false;
            let mut at = 0;
            self.list.retain(|_| {
                at += 1;
                (at - 1) * ALTERNATIVES_MAX / count != at * ALTERNATIVES_MAX / count
            });
        }
        self
    }
}

/// Multiplies terms out, remembering results.
pub(crate) struct Expander<'a> {
    /// Steps that may still be taken for the term at hand.
    pub(crate) left: usize,
    /// Steps that each term may take.
    pub(crate) allowance: usize,
    /// Some term had no steps left.
    pub(crate) exhausted: bool,
    pub(crate) bundle: &'a Bundle,
    pub(crate) table: &'a mut Table,
    pub(crate) memo: &'a mut HashMap<Term, Arc<Branches>>,
    /// Terms being expanded: a reference back to one of them constrains nothing more.
    pub(crate) open: Vec<Term>,
    /// Places that contradicted one another, the last ones first.
    pub(crate) conflicts: Vec<Location>,
}

impl<'a> Expander<'a> {
    /// An expander in which each term may take `allowance` steps.
    pub(crate) fn new(
        bundle: &'a Bundle,
        table: &'a mut Table,
        memo: &'a mut HashMap<Term, Arc<Branches>>,
        allowance: usize,
    ) -> Self {
        Self {
            left: allowance,
            allowance,
            exhausted: false,
            bundle,
            table,
            memo,
            open: Vec::new(),
            conflicts: Vec::new(),
        }
    }
}

impl Expander<'_> {
    /// The alternatives of a term.
    pub(crate) fn expand(&mut self, term: Term) -> Arc<Branches> {
        if let Some(known) = self.memo.get(&term) {
            return Arc::clone(known);
        }
        if self.open.contains(&term) || self.open.len() > REFERENCE_CHAIN_MAX {
            return Arc::new(Branches::anything());
        }
        self.open.push(term);
        let outer = std::mem::replace(&mut self.left, self.allowance);
        let found = match term {
            Term::Is(id) => self.is(id),
            Term::Not(id) => self.not(id),
            Term::Breaks(id, keyword) => {
                let keyword = self.table.keyword_name(keyword);
                self.breaks(id, &keyword)
            }
        };
        self.left = outer;
        self.open.pop();
        let found = Arc::new(found);
        self.memo.insert(term, Arc::clone(&found));
        found
    }

    /// Counts steps of the term at hand. Each term has its own, so that what comes out does not depend on what else was
    /// worked out before.
    pub(crate) fn spend(&mut self, steps: usize) {
        self.left = self.left.saturating_sub(steps);
        self.exhausted |= self.left == 0;
    }

    /// True when the term at hand has no steps left.
    pub(crate) fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Both.
    pub(crate) fn and(&mut self, a: Branches, b: &Branches) -> Branches {
        let mut list = Vec::new();
        let mut complete = a.complete && b.complete;
        let others: usize = b.list.iter().map(|y| y.node.bulk()).sum();
        for x in a.list {
            // Only as much is copied as there are alternatives beside the last one.
            let copied = x.node.bulk().saturating_mul(b.list.len().saturating_sub(1));
            self.spend(b.list.len() + (copied + others) / 16);
            if self.is_spent() {
                complete = false;
                break;
            }
            let mut left = Some(x);
            for (n, y) in b.list.iter().enumerate() {
                let x = if n + 1 == b.list.len() { left.take() } else { left.clone() };
                let Some(x) = x else { break };
                self.meet(x, y, &mut list);
            }
            // Four times the limit is enough to choose a spread from.
            if list.len() > 4 * ALTERNATIVES_MAX {
                complete = false;
                break;
            }
        }
        Branches { list, complete }.cut()
    }

    /// Adds two alternatives at once, unless they exclude each other.
    fn meet(&mut self, x: Branch, y: &Branch, list: &mut Vec<Branch>) {
        let said = x.node.said.clone();
        let (types, listed) = (x.node.types, x.node.values.is_some());
        match x.node.merge(&y.node) {
            Some(node) if !self.clash(&node) => {
                let mut seen = x.seen;
                seen.merge(&y.seen);
                list.push(Branch { node, seen });
            }
            _ => {
                let x = Node { said, types, values: listed.then(Arc::default), ..Node::default() };
                self.note_conflict(&x, &y.node);
            }
        }
    }

    fn is(&mut self, id: Id) -> Branches {
        let held = self.table.value(self.bundle, id);
        let members = match &*held {
            Value::Bool(false) => {
                if let Some(place) = self.table.pointer(id).and_then(|p| self.bundle.origin(p)) {
                    self.conflicts.push(place);
                }
                return Branches::nothing();
            }
            Value::Object(members) => members,
            _ => return Branches::anything(),
        };
        let mut own = self.base(id, members);
        own.node
            .object
            .hints
            .extend(self.own_name(id, members).map(|(name, values)| (name, Arc::new(values))));
        let mut found = Branches { list: vec![own], complete: true };
        if let Some(target) = self.reference(members) {
            let target = self.expand(Term::Is(target));
            found = self.and(found, &target);
        }
        for n in 0..list_len(members, "allOf") {
            let part = self.table.child(id, &format!("/allOf/{n}"));
            let part = self.expand(Term::Is(part));
            found = self.and(found, &part);
        }
        found = self.any_of(id, members, found);
        found = self.one_of(id, members, found);
        if members.contains_key("not") {
            let inner = self.table.child(id, "/not");
            let inner = self.expand(Term::Not(inner));
            found = self.and_unsure(found, &inner);
        }
        found = self.conditional(id, members, found);
        found = self.dependent_schemas(id, members, found);
        self.unevaluated(id, members, found)
    }

    /// Both, where the second is not asserted outright.
    fn and_unsure(&mut self, a: Branches, b: &Branches) -> Branches {
        let mut b = b.clone();
        for branch in &mut b.list {
            branch.node.sure.clear();
        }
        self.and(a, &b)
    }

    pub(crate) fn reference(&mut self, members: &Map<String, Value>) -> Option<Id> {
        let reference = members.get("$ref")?.as_str()?;
        Some(self.table.at(reference.strip_prefix('#')?))
    }

    fn any_of(&mut self, id: Id, members: &Map<String, Value>, found: Branches) -> Branches {
        let count = list_len(members, "anyOf");
        if count == 0 {
            return found;
        }
        let mut either = Branches::nothing();
        for n in 0..count {
            let part = self.table.child(id, &format!("/anyOf/{n}"));
            let mut branch = (*self.expand(Term::Is(part))).clone();
            self.hint(members, "anyOf", n, &mut branch);
            either = either.or(&branch);
        }
        self.and_unsure(found, &either)
    }

    fn one_of(&mut self, id: Id, members: &Map<String, Value>, found: Branches) -> Branches {
        let count = list_len(members, "oneOf");
        if count == 0 {
            return found;
        }
        let parts: Vec<Id> = (0..count).map(|n| self.table.child(id, &format!("/oneOf/{n}"))).collect();
        let mut either = Branches::nothing();
        // What is left of the steps afterwards is for putting the alternatives to the rest of the schema.
        let reserve = self.left / 4;
        self.left -= reserve;
        for (n, part) in parts.iter().enumerate() {
            let is = self.expand(Term::Is(*part));
            let mut alone = (*is).clone();
            self.hint(members, "oneOf", n, &mut alone);
            let bare = alone.clone();
            for (m, other) in parts.iter().enumerate() {
                if m == n || alone.list.is_empty() {
                    continue;
                }
                if self.is_spent() {
                    alone.complete = false;
                    break;
                }
                alone = self.exclude(&alone, *other);
            }
            // Where ways to differ were left out, those kept may all be impossible: the branch itself stays as a way,
            // and the judge tells whether another branch fits as well.
            if !alone.complete && bare.complete {
                alone.list.extend(bare.list);
            }
            either = either.or(&alone);
        }
        self.left += reserve;
        self.and_unsure(found, &either)
    }

    /// Those of the alternatives that `other` does not fulfil; each is left as it is where `other` can't be fulfilled
    /// beside it anyway.
    fn exclude(&mut self, alternatives: &Branches, other: Id) -> Branches {
        let is = self.expand(Term::Is(other));
        let mut out = Branches { list: Vec::new(), complete: alternatives.complete };
        for branch in &alternatives.list {
            let alone = Branches { list: vec![branch.clone()], complete: true };
            let both = self.and(alone.clone(), &is);
            if both.list.is_empty() && both.complete {
                out.list.push(branch.clone());
                continue;
            }
            let not = self.expand(Term::Not(other));
            let mut apart = self.and(alone, &not);
            // A few ways to differ are enough; all of all branches would be the product of their numbers.
            if apart.list.len() > 6 {
                let step = apart.list.len() / 6;
                let mut at = 0;
                apart.list.retain(|_| {
                    at += 1;
                    (at - 1) % step == 0
                });
                out.complete = false;
            }
            out.complete &= apart.complete;
            for mut way in apart.list {
                way.seen = branch.seen.clone();
                way.node.sure.clone_from(&branch.node.sure);
                out.list.push(way);
            }
        }
        out.or(&Branches::nothing())
    }

    /// What a discriminator (OpenAPI 3.1, Discriminator Object) says about the property's value in the `n`th branch.
    fn hint(&mut self, members: &Map<String, Value>, keyword: &str, n: usize, branches: &mut Branches) {
        let Some(discriminator) = members.get("discriminator").and_then(Value::as_object) else { return };
        let Some(name) = discriminator.get("propertyName").and_then(Value::as_str) else { return };
        let target = members
            .get(keyword)
            .and_then(|list| list.get(n))
            .and_then(|branch| branch.get("$ref"))
            .and_then(Value::as_str)
            .and_then(|reference| self.bundle.origin(reference.strip_prefix('#')?));
        let Some(last) = target.and_then(|place| place.pointer.last().map(std::borrow::Cow::into_owned))
        else {
            return;
        };
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let mut values: Vec<Value> = mapping
            .into_iter()
            .flatten()
            .filter(|(_, to)| to.as_str().is_some_and(|to| to.rsplit('/').next() == Some(last.as_str())))
            .map(|(from, _)| Value::String(from.clone()))
            .collect();
        if values.is_empty() {
            values.push(Value::String(last));
        }
        let values = Arc::new(values);
        for branch in &mut branches.list {
            if branch.node.object.hints.iter().all(|(known, _)| known != name) {
                branch.node.object.hints.push((name.to_owned(), Arc::clone(&values)));
            }
        }
    }

    /// What the discriminator of a base schema, which heirs include by `allOf`, says about the property's value in the
    /// schema itself: its own name, or what stands for it in the mapping.
    fn own_name(&self, id: Id, members: &Map<String, Value>) -> Option<(String, Vec<Value>)> {
        let bases = members.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let bases = bases.filter_map(|part| {
            pointer::find(self.bundle.document(), part.get("$ref")?.as_str()?.strip_prefix('#')?)?.as_object()
        });
        let discriminator = std::iter::once(members).chain(bases).find_map(|members| {
            let alternatives = members.contains_key("oneOf") || members.contains_key("anyOf");
            members.get("discriminator").filter(|_| !alternatives)?.as_object()
        })?;
        let property = discriminator.get("propertyName")?.as_str()?;
        let place = self.bundle.origin(self.table.pointer(id)?)?;
        let tokens: Vec<String> = place.pointer.tokens().map(std::borrow::Cow::into_owned).collect();
        let [.., map, own] = tokens.as_slice() else { return None };
        if map != "schemas" && map != "definitions" {
            return None;
        }
        let mapping = discriminator.get("mapping").and_then(Value::as_object).into_iter().flatten();
        let mut values: Vec<Value> = mapping
            .filter(|(_, to)| to.as_str().is_some_and(|to| to.rsplit('/').next() == Some(own)))
            .map(|(from, _)| Value::String(from.clone()))
            .collect();
        if values.is_empty() {
            values.push(Value::String(own.clone()));
        }
        Some((property.to_owned(), values))
    }

    fn conditional(&mut self, id: Id, members: &Map<String, Value>, found: Branches) -> Branches {
        if !members.contains_key("if") || !(members.contains_key("then") || members.contains_key("else")) {
            return found;
        }
        let condition = self.table.child(id, "/if");
        let (yes, no) = (self.expand(Term::Is(condition)), self.expand(Term::Not(condition)));
        let arm = |this: &mut Self, condition: &Branches, word: &str| -> Branches {
            if !members.contains_key(word) {
                return condition.clone();
            }
            let arm = this.table.child(id, &format!("/{word}"));
            let arm = this.expand(Term::Is(arm));
            this.and(condition.clone(), &arm)
        };
        let then = arm(self, &yes, "then");
        let otherwise = arm(self, &no, "else");
        self.and_unsure(found, &then.or(&otherwise))
    }

    fn dependent_schemas(&mut self, id: Id, members: &Map<String, Value>, mut found: Branches) -> Branches {
        for name in map_keys(members, "dependentSchemas") {
            let mut absent = Node::default();
            absent.object.absent.push(name.clone());
            let mut present = Node { types: Types::OBJECT, ..Node::default() };
            present.object.required.push(name.clone());
            let schema = self.table.child(id, &format!("/dependentSchemas/{}", escape(&name)));
            let schema = self.expand(Term::Is(schema));
            let with = self.and(Branches::of(present), &schema);
            found = self.and_unsure(found, &Branches::of(absent).or(&with));
        }
        found
    }

    fn unevaluated(&mut self, id: Id, members: &Map<String, Value>, mut found: Branches) -> Branches {
        if let Some(value) = members.get("unevaluatedProperties") {
            let term = Term::Is(self.table.child(id, "/unevaluatedProperties"));
            for branch in &mut found.list {
                if !branch.seen.all_names && value != &Value::Bool(true) {
                    branch.node.object.groups.push(Arc::new(Group {
                        known: branch.seen.names.iter().map(|name| (name.clone(), None)).collect(),
                        patterns: branch.seen.patterns.iter().map(|p| (p.clone(), None)).collect(),
                        rest: Some(term),
                        closed: value == &Value::Bool(false),
                    }));
                }
                branch.seen.all_names = true;
            }
        }
        if let Some(value) = members.get("unevaluatedItems") {
            let own = Term::Is(self.table.child(id, "/unevaluatedItems"));
            for branch in &mut found.list {
                if !branch.seen.all_items && value != &Value::Bool(true) {
                    // What `contains` found counts as evaluated.
                    let rest = if branch.seen.contains.is_empty() {
                        own
                    } else {
                        let mut either: Vec<Value> = Vec::new();
                        let unevaluated = self.table.child(id, "/unevaluatedItems");
                        for part in branch.seen.contains.iter().chain([&unevaluated]) {
                            if let Some(pointer) = self.table.pointer(*part) {
                                either.push(serde_json::json!({ "$ref": format!("#{pointer}") }));
                            }
                        }
                        Term::Is(self.table.make(serde_json::json!({ "anyOf": either })))
                    };
                    let prefix = vec![None; branch.seen.items];
                    branch.node.array.tuples.push(Arc::new(super::node::Tuple { prefix, rest: Some(rest) }));
                }
                branch.seen.all_items = true;
            }
        }
        found
    }
}

pub(crate) fn list_len(members: &Map<String, Value>, keyword: &str) -> usize {
    members.get(keyword).and_then(Value::as_array).map_or(0, Vec::len)
}

pub(crate) fn map_keys(members: &Map<String, Value>, keyword: &str) -> Vec<String> {
    members
        .get(keyword)
        .and_then(Value::as_object)
        .map(|map| map.keys().cloned().collect())
        .unwrap_or_default()
}

pub(crate) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
