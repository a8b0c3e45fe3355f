//! Negations: the ways in which a value can fail a schema, a keyword at a time.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::base::{bound, count};
use super::expand::{Branches, Expander, escape, list_len};
use super::node::{Contains, Exists, Group, NamePattern, Node, Tuple, types_named};
use super::table::{Id, Term};
use crate::generate::decimal::Decimal;
use crate::schema::Types;
use crate::schema::format;

impl Expander<'_> {
    /// All that the schema is not.
    pub(crate) fn not(&mut self, id: Id) -> Branches {
        let held = self.table.value(self.bundle, id);
        let members = match &*held {
            Value::Bool(true) => return Branches::nothing(),
            Value::Object(members) => members,
            _ => return Branches::anything(),
        };
        let mut found = Branches::nothing();
        for keyword in members.keys() {
            let ways = self.breaks(id, keyword);
            found = found.or(&ways);
        }
        for branch in &mut found.list {
            branch.node.sure.clear();
            if !branch.node.said.contains(&id) {
                branch.node.said.push(id);
            }
        }
        found
    }

    /// The ways to break one keyword of the schema; nothing is said about its other keywords.
    pub(crate) fn breaks(&mut self, id: Id, keyword: &str) -> Branches {
        let held = self.table.value(self.bundle, id);
        let Value::Object(members) = &*held else { return Branches::nothing() };
        let Some(value) = members.get(keyword) else { return Branches::nothing() };
        let found = match keyword {
            "type" => Some(Node { types: Types::ANY.without(types_named(value)), ..Node::default() }),
            "enum" => {
                let not_values = value.as_array().cloned().unwrap_or_default();
                Some(Node { not_values, ..Node::default() })
            }
            "const" => Some(Node { not_values: vec![value.clone()], ..Node::default() }),
            _ => None,
        };
        if let Some(node) = found {
            return if node.types.is_empty() { Branches::nothing() } else { Branches::of(node) };
        }
        self.break_number(keyword, value)
            .or_else(|| self.break_text(keyword, value))
            .or_else(|| self.break_array(id, members, keyword, value))
            .or_else(|| self.break_object(id, members, keyword, value))
            .or_else(|| self.break_logic(id, members, keyword, value))
            .unwrap_or_else(Branches::nothing)
    }

    fn break_number(&mut self, keyword: &str, value: &Value) -> Option<Branches> {
        let mut node = Node { types: Types::NUMBER, ..Node::default() };
        match keyword {
            "minimum" => node.number.at_most(bound(value, true)?),
            "exclusiveMinimum" => node.number.at_most(bound(value, false)?),
            "maximum" => node.number.at_least(bound(value, true)?),
            "exclusiveMaximum" => node.number.at_least(bound(value, false)?),
            "multipleOf" => node.number.not_multiples.push(Decimal::from_number(value.as_number()?)?),
            _ => return None,
        }
        Some(Branches::of(node))
    }

    fn break_text(&mut self, keyword: &str, value: &Value) -> Option<Branches> {
        let mut node = Node { types: Types::STRING, ..Node::default() };
        match keyword {
            "minLength" => match count(value)?.checked_sub(1) {
                Some(max) => node.text.max = Some(max),
                None => return Some(Branches::nothing()),
            },
            "maxLength" => node.text.min = count(value)?.checked_add(1)?,
            "pattern" => node.text.patterns.push((self.table.pattern(value.as_str()?)?, false)),
            "format" => {
                let Some(known) = format::find(value.as_str()?) else { return Some(Branches::nothing()) };
                let mut found = Branches::nothing();
                if known.text.is_some() {
                    node.text.formats.push((known, false));
                    found = found.or(&Branches::of(node));
                }
                if let Some((low, high)) = known.range {
                    let mut below = Node { types: Types::NUMBER, ..Node::default() };
                    below.number.at_most((Decimal::new(low, 0), true));
                    let mut above = Node { types: Types::NUMBER, ..Node::default() };
                    above.number.at_least((Decimal::new(high, 0), true));
                    found = found.or(&Branches::of(below)).or(&Branches::of(above));
                }
                return Some(found);
            }
            _ => return None,
        }
        Some(Branches::of(node))
    }

    fn break_array(
        &mut self,
        id: Id,
        members: &Map<String, Value>,
        keyword: &str,
        value: &Value,
    ) -> Option<Branches> {
        let array = || Node { types: Types::ARRAY, ..Node::default() };
        let prefix = list_len(members, "prefixItems");
        let mut node = array();
        match keyword {
            "minItems" => match count(value)?.checked_sub(1) {
                Some(max) => node.array.max = Some(max),
                None => return Some(Branches::nothing()),
            },
            "maxItems" => node.array.min = count(value)?.checked_add(1)?,
            "uniqueItems" => {
                if value != &Value::Bool(true) {
                    return Some(Branches::nothing());
                }
                node.array.repeated = true;
                node.array.min = 2;
            }
            "items" => {
                let term = Term::Not(self.table.child(id, "/items"));
                node.array.contains.push(Arc::new(Contains { term, min: 1, max: None, from: prefix }));
                node.array.min = prefix + 1;
            }
            "prefixItems" => {
                let mut found = Branches::nothing();
                for n in 0..prefix {
                    let mut one = array();
                    let term = Term::Not(self.table.child(id, &format!("/prefixItems/{n}")));
                    one.array.min = n + 1;
                    let mut places = vec![None; n];
                    places.push(Some(term));
                    one.array.tuples.push(Arc::new(Tuple { prefix: places, rest: None }));
                    found = found.or(&Branches::of(one));
                }
                return Some(found);
            }
            "contains" => {
                let term = Term::Is(self.table.child(id, "/contains"));
                let min = members.get("minContains").and_then(count).unwrap_or(1);
                let mut found = Branches::nothing();
                if let Some(fewer) = min.checked_sub(1) {
                    node.array.contains.push(Arc::new(Contains { term, min: 0, max: Some(fewer), from: 0 }));
                    found = Branches::of(node);
                }
                if let Some(more) = members.get("maxContains").and_then(count).and_then(|n| n.checked_add(1))
                {
                    let mut many = array();
                    many.array.contains.push(Arc::new(Contains { term, min: more, max: None, from: 0 }));
                    many.array.min = more;
                    found = found.or(&Branches::of(many));
                }
                return Some(found);
            }
            "unevaluatedItems" => return Some(self.break_unevaluated_items(id)),
            _ => return None,
        }
        Some(Branches::of(node))
    }

    fn break_object(
        &mut self,
        id: Id,
        members: &Map<String, Value>,
        keyword: &str,
        value: &Value,
    ) -> Option<Branches> {
        let object = || Node { types: Types::OBJECT, ..Node::default() };
        let mut node = object();
        let mut found = Branches::nothing();
        match keyword {
            "minProperties" => match count(value)?.checked_sub(1) {
                Some(max) => node.object.max = Some(max),
                None => return Some(found),
            },
            "maxProperties" => node.object.min = count(value)?.checked_add(1)?,
            "required" => {
                for name in value.as_array()?.iter().filter_map(Value::as_str) {
                    let mut one = object();
                    one.object.absent.push(name.to_owned());
                    found = found.or(&Branches::of(one));
                }
                return Some(found);
            }
            "properties" => {
                for name in value.as_object()?.keys() {
                    let schema = self.table.child(id, &format!("/properties/{}", escape(name)));
                    if *self.table.value(self.bundle, schema) == Value::Bool(true) {
                        continue;
                    }
                    let mut one = object();
                    one.object.required.push(name.clone());
                    let known = IndexMap::from([(name.clone(), Some(Term::Not(schema)))]);
                    one.object.groups.push(Arc::new(Group { known, ..Group::default() }));
                    found = found.or(&Branches::of(one));
                }
                return Some(found);
            }
            "patternProperties" => {
                for text in value.as_object()?.keys() {
                    let term =
                        Term::Not(self.table.child(id, &format!("/patternProperties/{}", escape(text))));
                    let Some(pattern) = self.table.pattern(text) else { continue };
                    let mut one = object();
                    let pattern = Some(NamePattern { text: text.clone(), pattern });
                    one.object.exists.push(Arc::new(Exists {
                        pattern,
                        term: Some(term),
                        ..Exists::default()
                    }));
                    found = found.or(&Branches::of(one));
                }
                return Some(found);
            }
            "additionalProperties" => {
                let group = self.group(id, members);
                let term = Term::Not(self.table.child(id, "/additionalProperties"));
                let outside = Some(Group { rest: None, closed: false, ..group });
                node.object.exists.push(Arc::new(Exists { outside, term: Some(term), ..Exists::default() }));
            }
            "propertyNames" => {
                let name = Some(Term::Not(self.table.child(id, "/propertyNames")));
                node.object.exists.push(Arc::new(Exists { name, ..Exists::default() }));
            }
            "dependentRequired" => {
                for (name, needs) in value.as_object()? {
                    for need in needs.as_array().into_iter().flatten().filter_map(Value::as_str) {
                        let mut one = object();
                        one.object.required.push(name.clone());
                        one.object.absent.push(need.to_owned());
                        if name != need {
                            found = found.or(&Branches::of(one));
                        }
                    }
                }
                return Some(found);
            }
            "dependentSchemas" => {
                for name in value.as_object()?.keys() {
                    let schema = self.table.child(id, &format!("/dependentSchemas/{}", escape(name)));
                    let not = self.expand(Term::Not(schema));
                    let mut one = object();
                    one.object.required.push(name.clone());
                    let both = self.and(Branches::of(one), &not);
                    found = found.or(&both);
                }
                return Some(found);
            }
            "unevaluatedProperties" => return Some(self.break_unevaluated_properties(id)),
            _ => return None,
        }
        Some(Branches::of(node))
    }

    /// Some property that nothing else evaluates, with a value that is not allowed there.
    fn break_unevaluated_properties(&mut self, id: Id) -> Branches {
        let others = self.table.without(self.bundle, id, &["unevaluatedProperties"]);
        let term = Term::Not(self.table.child(id, "/unevaluatedProperties"));
        let mut found = (*self.expand(Term::Is(others))).clone();
        found.list.retain(|branch| !branch.seen.all_names);
        for branch in &mut found.list {
            branch.node.types = branch.node.types.and(Types::OBJECT);
            let outside = Some(Group {
                known: branch.seen.names.iter().map(|name| (name.clone(), None)).collect(),
                patterns: branch.seen.patterns.iter().map(|p| (p.clone(), None)).collect(),
                rest: None,
                closed: false,
            });
            branch.node.object.exists.push(Arc::new(Exists {
                outside,
                term: Some(term),
                ..Exists::default()
            }));
        }
        found.list.retain(|branch| !branch.node.types.is_empty());
        found
    }

    fn break_unevaluated_items(&mut self, id: Id) -> Branches {
        let others = self.table.without(self.bundle, id, &["unevaluatedItems"]);
        let term = Term::Not(self.table.child(id, "/unevaluatedItems"));
        let mut found = (*self.expand(Term::Is(others))).clone();
        found.list.retain(|branch| !branch.seen.all_items && branch.seen.contains.is_empty());
        for branch in &mut found.list {
            let from = branch.seen.items;
            branch.node.types = branch.node.types.and(Types::ARRAY);
            branch.node.array.contains.push(Arc::new(Contains { term, min: 1, max: None, from }));
            branch.node.array.min = branch.node.array.min.max(from + 1);
        }
        found.list.retain(|branch| !branch.node.types.is_empty());
        found
    }

    fn break_logic(
        &mut self,
        id: Id,
        members: &Map<String, Value>,
        keyword: &str,
        value: &Value,
    ) -> Option<Branches> {
        let part = |this: &mut Self, n: usize| this.table.child(id, &format!("/{keyword}/{n}"));
        let count = value.as_array().map_or(0, Vec::len);
        match keyword {
            "$ref" => {
                let target = self.reference(members)?;
                Some((*self.expand(Term::Not(target))).clone())
            }
            "allOf" => {
                let mut found = Branches::nothing();
                for n in 0..count {
                    let one = part(self, n);
                    let not = self.expand(Term::Not(one));
                    found = found.or(&not);
                }
                Some(found)
            }
            "anyOf" | "oneOf" => {
                let mut none = Branches::anything();
                for n in 0..count {
                    let one = part(self, n);
                    let not = self.expand(Term::Not(one));
                    none = self.and(none, &not);
                }
                if keyword == "anyOf" {
                    return Some(none);
                }
                // Two at once; of many branches neighbours will do.
                for n in 0..count.saturating_sub(1) {
                    let (one, other) = (part(self, n), part(self, n + 1));
                    let (one, other) = (self.expand(Term::Is(one)), self.expand(Term::Is(other)));
                    let both = self.and((*one).clone(), &other);
                    none = none.or(&both);
                }
                if count > 2 {
                    none.complete = false;
                }
                Some(none)
            }
            "not" => {
                let inner = self.table.child(id, "/not");
                Some((*self.expand(Term::Is(inner))).clone())
            }
            "if" => {
                let condition = self.table.child(id, "/if");
                let mut found = Branches::nothing();
                for (word, term) in [("then", Term::Is(condition)), ("else", Term::Not(condition))] {
                    if members.contains_key(word) {
                        let arm = self.table.child(id, &format!("/{word}"));
                        let (when, not) = (self.expand(term), self.expand(Term::Not(arm)));
                        let both = self.and((*when).clone(), &not);
                        found = found.or(&both);
                    }
                }
                Some(found)
            }
            _ => None,
        }
    }
}
