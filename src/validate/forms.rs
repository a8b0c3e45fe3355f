//! Arrays and objects written otherwise than the contract's style says, for clients that write them so (`a[]=1`,
//! `a[0]=1`, `a[b]=1`, `a.b=1`, `a=1,2`).

use serde_json::{Map, Value};

use crate::contract::ParameterPlace;
use crate::schema::Types;
use crate::validate::plan::{ContentPlan, ParameterPlan};
use crate::validate::reading::Reading;
use crate::validate::{Breach, Coercion};
use crate::wire::percent;
use crate::wire::query::Member;
use crate::wire::style::Raw;
use crate::wire::tree::{Tree, keys};

/// How arrays and objects may be written in queries and forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forms {
    /// As the contract's style says.
    #[default]
    Contract,
    /// As the contract's style says, else in any form that makes a valid value: brackets, dots, repeated, separated by
    /// commas, spaces or bars, JSON. A list that is missing in a form may be an empty one, which no form can write.
    Any,
    /// In brackets, and in no other form.
    Brackets,
}

/// What separates items that share one text.
const SEPARATORS: [char; 3] = [',', '|', ' '];

impl ParameterPlan {
    /// As [`ParameterPlan::judge`], with the value in any of the forms.
    pub(super) fn judge_in(
        &self,
        forms: Forms,
        raw: Option<Raw<'_>>,
        coercion: Coercion,
        breaches: &mut Vec<Breach>,
        keep: impl FnOnce(Value),
    ) {
        let members = match raw {
            Some(Raw::Members(members))
                if forms != Forms::Contract && self.place == ParameterPlace::Query =>
            {
                members
            }
            _ => return self.judge(raw, coercion, breaches, keep),
        };
        let types = self.check.reading.types;
        let nested = types.meets(Types::ARRAY) || types.meets(Types::OBJECT);
        if !nested {
            return self.judge(raw, coercion, breaches, keep);
        }
        let mut own = Vec::new();
        let mut value = None;
        if forms == Forms::Any {
            self.judge(raw, coercion, &mut own, |found| value = Some(found));
            if own.is_empty() && value.is_some() {
                if let Some(value) = value {
                    keep(value);
                }
                return;
            }
        }
        let mut last = None;
        for text in self.candidates(forms, members) {
            let found = self.check.coerce(text, coercion);
            if self.check.schema.as_ref().is_none_or(|schema| schema.is_valid(&found)) {
                return keep(found);
            }
            last.get_or_insert(found);
        }
        match last {
            // What was written in brackets is wrong in itself.
            Some(found) if value.is_none() => {
                if let Some(schema) = &self.check.schema {
                    let part = crate::validate::Part::from(self.place);
                    let found = schema.violations(&found).into_iter();
                    breaches.extend(found.map(|v| Breach::schema(part, Some(&self.name), v)));
                }
                keep(found);
            }
            _ if forms == Forms::Brackets => self.judge(Some(Raw::Members(&[])), coercion, breaches, keep),
            _ => {
                breaches.append(&mut own);
                if let Some(value) = value {
                    keep(value);
                }
            }
        }
    }

    /// What the members may mean, all leaves text.
    fn candidates(&self, forms: Forms, members: &[Member<'_>]) -> Vec<Value> {
        let reading = &self.check.reading;
        let tree = |dots: bool, bare: bool| {
            let mut tree = Tree::default();
            for member in members {
                let Some(keys) = keys(&member.name, dots) else { continue };
                if keys[0] == &*self.name && (bare || keys.len() > 1) {
                    tree.add(&keys[1..], Value::String(member.value().into_owned()));
                }
            }
            tree.into_value()
        };
        let scalar = reading.types.meets(Types::STRING) || reading.types.meets(Types::NUMBER);
        if forms == Forms::Brackets {
            return tree(false, scalar).into_iter().collect();
        }
        let mut found: Vec<Value> = tree(false, false).into_iter().chain(tree(true, true)).collect();
        let split: Vec<Value> = found.iter().map(|value| reading.split(value.clone())).collect();
        found.extend(split);
        let mut bare = members.iter().filter(|m| m.name == *self.name);
        if let (Some(only), None) = (bare.next(), bare.next()) {
            let text = percent::decode_form_text(only.raw());
            found.extend(
                serde_json::from_str(&text).ok().filter(|json: &Value| json.is_array() || json.is_object()),
            );
            found.extend(SEPARATORS.iter().flat_map(|separator| separated(&text, *separator)));
        }
        found
    }
}

/// The list, and the object where there are names and values in turn, that a text with separators means.
fn separated(text: &str, separator: char) -> Vec<Value> {
    let pieces: Vec<&str> = text.split(separator).collect();
    let list = pieces.iter().map(|piece| Value::from(*piece)).collect();
    let mut found = vec![list];
    if pieces.len().is_multiple_of(2) {
        let pairs = pieces.chunks_exact(2).map(|pair| (pair[0].to_owned(), Value::from(pair[1])));
        found.push(Value::Object(pairs.collect::<Map<String, Value>>()));
    }
    found
}

impl Reading {
    /// The same with texts split at commas, and single values made lists of one, where only a list may stand.
    #[must_use]
    pub fn split(&self, value: Value) -> Value {
        let only_list = self.types.has(Types::ARRAY) && !self.types.meets(Types::STRING);
        match value {
            Value::String(text) if only_list => {
                let items = self.items.as_deref();
                let pieces = text.split(',').map(Value::from);
                pieces.map(|piece| items.map_or(piece.clone(), |items| items.split(piece))).collect()
            }
            Value::Object(members) if only_list && !self.types.meets(Types::OBJECT) => {
                let items = self.items.as_deref();
                let one = Value::Object(members);
                Value::Array(vec![items.map_or(one.clone(), |items| items.split(one))])
            }
            Value::Array(items) => {
                let reading = self.items.as_deref();
                items.into_iter().map(|item| reading.map_or(item.clone(), |r| r.split(item))).collect()
            }
            Value::Object(members) => {
                let split = |(name, value): (String, Value)| {
                    let value = self.member(&name).map_or(value.clone(), |r| r.split(value));
                    (name, value)
                };
                Value::Object(members.into_iter().map(split).collect())
            }
            other => other,
        }
    }
}

impl ContentPlan {
    /// The value of a form, in any of the forms; `text` is how its names and values stand in it, `styled` the same by
    /// the contract's styles.
    pub(super) fn form(&self, forms: Forms, text: Value, styled: Value, coercion: Coercion) -> Value {
        let first = self.check.coerce(styled, coercion);
        let Some(schema) = self.check.schema.as_ref().filter(|_| forms != Forms::Contract) else {
            return first;
        };
        let Value::Object(members) = text else { return first };
        let bracketed = members.keys().any(|name| name.contains('['));
        if forms == Forms::Any && schema.is_valid(&first) && !bracketed {
            return first;
        }
        let tree = |dots: bool| {
            let mut tree = Tree::default();
            for (name, value) in &members {
                let Some(keys) = keys(name, dots) else { continue };
                match value {
                    // A name that came again.
                    Value::Array(values) => values.iter().for_each(|value| tree.add(&keys, value.clone())),
                    value => tree.add(&keys, value.clone()),
                }
            }
            let members = tree.into_members().into_iter();
            Value::Object(members.filter_map(|(name, tree)| Some((name, tree.into_value()?))).collect())
        };
        let plain = tree(false);
        let mut candidates = vec![plain.clone()];
        if forms == Forms::Any {
            candidates.extend([
                self.check.reading.split(plain.clone()),
                tree(true),
                self.check.reading.split(tree(true)),
            ]);
        }
        let read = candidates.into_iter().map(|text| self.check.coerce(text, coercion));
        let good = read.into_iter().find(|value| schema.is_valid(value));
        match good {
            Some(value) => value,
            None if bracketed => self.check.coerce(plain, coercion),
            None => first,
        }
    }
}
