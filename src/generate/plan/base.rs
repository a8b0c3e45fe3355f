//! The keywords of one schema object that need no other schema's alternatives.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::expand::{Branch, Expander, Seen, escape, list_len, map_keys};
use super::node::{Contains, Content, Group, NamePattern, Node, Tuple, types_named};
use super::table::{Id, Term};
use crate::base::limits::PLAN_EXAMPLES_MAX;
use crate::generate::decimal::Decimal;
use crate::generate::number::Bound;
use crate::schema::Types;
use crate::schema::format;

/// A count keyword's value; JSON Schema allows `2.0`.
pub(crate) fn count(value: &Value) -> Option<usize> {
    let number = value.as_u64().or_else(|| {
        let float = value.as_f64()?;
        // Past 2^53 no list is that long anyway.
        (float.fract() == 0.0 && (0.0..9e15).contains(&float)).then(|| format!("{float:.0}").parse().ok())?
    })?;
    usize::try_from(number).ok()
}

/// A bound keyword's value.
pub(crate) fn bound(value: &Value, open: bool) -> Option<Bound> {
    Some((Decimal::from_number(value.as_number()?)?, open))
}

impl Expander<'_> {
    /// What the schema's own keywords say, and what they evaluate.
    pub(crate) fn base(&mut self, id: Id, members: &Map<String, Value>) -> Branch {
        let mut node = Node { sure: vec![id], said: vec![id], ..Node::default() };
        if let Some(types) = members.get("type") {
            node.types = types_named(types);
        }
        let mut values = members.get("enum").and_then(Value::as_array).cloned();
        if let Some(constant) = members.get("const") {
            values = Some(match values {
                Some(values) if !super::equal::contains(&values, constant) => Vec::new(),
                _ => vec![constant.clone()],
            });
        }
        if let Some(values) = values {
            let kept: Vec<Value> =
                values.into_iter().filter(|value| node.types.meets(Types::of(value))).collect();
            if kept.is_empty() {
                node.types = node.types.without(Types::ANY);
            }
            node.values = Some(Arc::new(kept));
        }
        self.numbers(members, &mut node);
        self.texts(members, &mut node);
        node.content = self.content(id, members);
        let mut seen = Seen::default();
        self.arrays(id, members, &mut node, &mut seen);
        self.objects(id, members, &mut node, &mut seen);
        for word in ["examples", "example", "default"] {
            match members.get(word) {
                Some(Value::Array(list)) if word == "examples" => {
                    node.examples.extend(list.iter().take(PLAN_EXAMPLES_MAX).cloned().map(Arc::new));
                }
                Some(value) if word != "examples" => node.examples.push(Arc::new(value.clone())),
                _ => {}
            }
        }
        node.description = ["description", "title"]
            .iter()
            .find_map(|word| members.get(*word).and_then(Value::as_str))
            .map(Arc::from);
        Branch { node, seen }
    }

    fn numbers(&mut self, members: &Map<String, Value>, node: &mut Node) {
        for (word, open) in [("minimum", false), ("exclusiveMinimum", true)] {
            if let Some(bound) = members.get(word).and_then(|value| bound(value, open)) {
                node.number.at_least(bound);
            }
        }
        for (word, open) in [("maximum", false), ("exclusiveMaximum", true)] {
            if let Some(bound) = members.get(word).and_then(|value| bound(value, open)) {
                node.number.at_most(bound);
            }
        }
        let step = members.get("multipleOf").and_then(Value::as_number).and_then(Decimal::from_number);
        node.number.multiples.extend(step);
    }

    fn texts(&mut self, members: &Map<String, Value>, node: &mut Node) {
        node.text.min = members.get("minLength").and_then(count).unwrap_or(0);
        node.text.max = members.get("maxLength").and_then(count);
        if let Some(text) = members.get("pattern").and_then(Value::as_str) {
            match self.table.pattern(text) {
                Some(pattern) => node.text.patterns.push((pattern, true)),
                None => node.text.unreadable.push(text.to_owned()),
            }
        }
        if let Some(name) = members.get("format").and_then(Value::as_str) {
            match format::find(name) {
                Some(known) => {
                    node.text.formats.push((known, true));
                    if let Some((low, high)) = known.range {
                        node.number.at_least((Decimal::new(low, 0), false));
                        node.number.at_most((Decimal::new(high, 0), false));
                    }
                }
                None => node.format_hint = Some(Arc::from(name)),
            }
        }
    }

    fn content(&mut self, id: Id, members: &Map<String, Value>) -> Option<Content> {
        let text = |key: &str| members.get(key).and_then(Value::as_str).map(str::to_ascii_lowercase);
        let encoding = text("contentEncoding").filter(|name| matches!(name.as_str(), "base64" | "base64url"));
        let json = text("contentMediaType").is_some_and(|name| name.contains("json"));
        let term = (json && members.contains_key("contentSchema"))
            .then(|| Term::Is(self.table.child(id, "/contentSchema")));
        (encoding.is_some() || json).then_some(Content { encoding, json, term })
    }

    fn arrays(&mut self, id: Id, members: &Map<String, Value>, node: &mut Node, seen: &mut Seen) {
        let array = &mut node.array;
        array.min = members.get("minItems").and_then(count).unwrap_or(0);
        array.max = members.get("maxItems").and_then(count);
        array.unique = members.get("uniqueItems") == Some(&Value::Bool(true));
        let prefix = list_len(members, "prefixItems");
        if prefix > 0 || members.contains_key("items") {
            array.tuples.push(Arc::new(Tuple {
                prefix: (0..prefix)
                    .map(|n| Some(Term::Is(self.table.child(id, &format!("/prefixItems/{n}")))))
                    .collect(),
                rest: members.contains_key("items").then(|| Term::Is(self.table.child(id, "/items"))),
            }));
            if members.get("items") == Some(&Value::Bool(false)) {
                array.max = super::node::tighter(array.max, Some(prefix));
            }
        }
        seen.items = prefix;
        seen.all_items = members.contains_key("items");
        if members.contains_key("contains") {
            let inner = self.table.child(id, "/contains");
            let min = members.get("minContains").and_then(count).unwrap_or(1);
            let max = members.get("maxContains").and_then(count);
            array.contains.push(Arc::new(Contains { term: Term::Is(inner), min, max, from: 0 }));
            array.min = array.min.max(min);
            seen.contains.push(inner);
        }
    }

    /// The group that the schema's own property keywords make.
    pub(crate) fn group(&mut self, id: Id, members: &Map<String, Value>) -> Group {
        let mut group = Group::default();
        for name in map_keys(members, "properties") {
            let term = Term::Is(self.table.child(id, &format!("/properties/{}", escape(&name))));
            group.known.insert(name, Some(term));
        }
        for text in map_keys(members, "patternProperties") {
            let term = Term::Is(self.table.child(id, &format!("/patternProperties/{}", escape(&text))));
            if let Some(pattern) = self.table.pattern(&text) {
                group.patterns.push((NamePattern { text, pattern }, Some(term)));
            }
        }
        if let Some(rest) = members.get("additionalProperties") {
            group.rest = Some(Term::Is(self.table.child(id, "/additionalProperties")));
            group.closed = rest == &Value::Bool(false);
        }
        group
    }

    fn objects(&mut self, id: Id, members: &Map<String, Value>, node: &mut Node, seen: &mut Seen) {
        let group = self.group(id, members);
        seen.names.extend(group.known.keys().cloned());
        seen.patterns.extend(group.patterns.iter().map(|(pattern, _)| pattern.clone()));
        seen.all_names = members.contains_key("additionalProperties");
        let object = &mut node.object;
        object.min = members.get("minProperties").and_then(count).unwrap_or(0);
        object.max = members.get("maxProperties").and_then(count);
        let listed = members.get("required").and_then(Value::as_array).into_iter().flatten();
        let mut known = HashSet::new();
        let listed = listed.filter_map(Value::as_str).filter(|name| known.insert(*name));
        object.required.extend(listed.map(str::to_owned));
        if let Some(pointer) = self.table.pointer(id) {
            for name in group.known.keys() {
                if self.bundle.is_omitted(&format!("{pointer}/properties/{}", escape(name))) {
                    object.omitted.push(name.clone());
                }
            }
        }
        if !group.known.is_empty() || !group.patterns.is_empty() || group.rest.is_some() {
            object.groups.push(Arc::new(group));
        }
        if members.contains_key("propertyNames") {
            object.names.push(Term::Is(self.table.child(id, "/propertyNames")));
        }
        for (name, needs) in members.get("dependentRequired").and_then(Value::as_object).into_iter().flatten()
        {
            let needs = needs.as_array().into_iter().flatten();
            let needs = needs.filter_map(Value::as_str).map(str::to_owned).collect();
            object.dependents.push((name.clone(), needs));
        }
    }
}
