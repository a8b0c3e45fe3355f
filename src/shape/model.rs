//! The shape of values: which types stand where, how often, and which members are optional.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::base::limits::{SHAPE_DEPTH_MAX, SHAPE_MEMBERS_MAX, SHAPE_WORD_CHARS_MAX, SHAPE_WORDS_MAX};
use crate::shape::recognise;

/// What was seen at one place, over all samples. Merging is associative and commutative: order changes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// How many nulls.
    pub null: u64,
    /// How many booleans.
    pub boolean: u64,
    /// How many numbers without a fraction.
    pub integer: u64,
    /// How many other numbers.
    pub number: u64,
    /// Strings.
    pub text: Option<TextShape>,
    /// Arrays.
    pub list: Option<ListShape>,
    /// Objects.
    pub object: Option<ObjectShape>,
    /// How many values lie deeper than is looked.
    pub deeper: u64,
}

/// Strings at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct TextShape {
    /// How many.
    pub count: u64,
    /// The format that all of them have.
    pub format: Option<&'static str>,
    /// The texts and how often each came; `None` when there are too many, or too long ones, to be an enumeration.
    pub words: Option<BTreeMap<String, u64>>,
}

/// Arrays at one place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListShape {
    /// How many.
    pub count: u64,
    /// All items together; none when all were empty.
    pub items: Option<Box<Shape>>,
}

/// Objects at one place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectShape {
    /// How many.
    pub count: u64,
    /// The members by name; `*` for those whose names look like data (ids, dates).
    pub members: BTreeMap<String, Shape>,
}

/// The name under which members stand whose own names are data.
pub const ANY_MEMBER: &str = "*";

/// The shape of one value.
#[must_use]
pub fn infer(value: &Value) -> Shape {
    infer_at(value, 0)
}

fn infer_at(value: &Value, depth: usize) -> Shape {
    let mut shape = Shape::default();
    if depth > SHAPE_DEPTH_MAX {
        shape.deeper = 1;
        return shape;
    }
    match value {
        Value::Null => shape.null = 1,
        Value::Bool(_) => shape.boolean = 1,
        Value::Number(number) if number.is_f64() => shape.number = 1,
        Value::Number(_) => shape.integer = 1,
        Value::String(text) => {
            let short = text.chars().count() <= SHAPE_WORD_CHARS_MAX;
            let words = short.then(|| BTreeMap::from([(text.clone(), 1)]));
            shape.text = Some(TextShape { count: 1, format: recognise::format(text), words });
        }
        Value::Array(items) => {
            let mut all: Option<Shape> = None;
            for item in items {
                let item = infer_at(item, depth + 1);
                match &mut all {
                    Some(all) => all.merge(item),
                    None => all = Some(item),
                }
            }
            shape.list = Some(ListShape { count: 1, items: all.map(Box::new) });
        }
        Value::Object(members) => {
            let mut object = ObjectShape { count: 1, members: BTreeMap::new() };
            for (name, value) in members {
                object.add(name, infer_at(value, depth + 1));
            }
            shape.object = Some(object);
        }
    }
    shape
}

impl ObjectShape {
    fn add(&mut self, name: &str, shape: Shape) {
        let full = self.members.len() >= SHAPE_MEMBERS_MAX && !self.members.contains_key(name);
        let name = if full || recognise::is_data(name) { ANY_MEMBER } else { name };
        match self.members.get_mut(name) {
            Some(known) => known.merge(shape),
            None => drop(self.members.insert(name.to_owned(), shape)),
        }
    }
}

impl Shape {
    /// How many values it is made of.
    #[must_use]
    pub fn count(&self) -> u64 {
        let text = self.text.as_ref().map_or(0, |text| text.count);
        let list = self.list.as_ref().map_or(0, |list| list.count);
        let object = self.object.as_ref().map_or(0, |object| object.count);
        self.null + self.boolean + self.integer + self.number + self.deeper + text + list + object
    }

    /// Takes in what `other` has seen.
    pub fn merge(&mut self, other: Self) {
        self.null += other.null;
        self.boolean += other.boolean;
        self.integer += other.integer;
        self.number += other.number;
        self.deeper += other.deeper;
        merge_option(&mut self.text, other.text, |mine, theirs| {
            mine.count += theirs.count;
            mine.format = mine.format.filter(|format| theirs.format == Some(format));
            mine.words = match (mine.words.take(), theirs.words) {
                (Some(mut words), Some(more)) => {
                    more.into_iter().for_each(|(word, count)| *words.entry(word).or_insert(0) += count);
                    Some(words).filter(|words| words.len() <= SHAPE_WORDS_MAX)
                }
                _ => None,
            };
        });
        merge_option(&mut self.list, other.list, |mine, theirs| {
            mine.count += theirs.count;
            merge_option(&mut mine.items, theirs.items, |mine, theirs| mine.merge(*theirs));
        });
        merge_option(&mut self.object, other.object, |mine, theirs| {
            mine.count += theirs.count;
            theirs.members.into_iter().for_each(|(name, shape)| mine.add(&name, shape));
        });
    }
}

fn merge_option<T>(mine: &mut Option<T>, theirs: Option<T>, merge: impl FnOnce(&mut T, T)) {
    match (mine.as_mut(), theirs) {
        (Some(mine), Some(theirs)) => merge(mine, theirs),
        (None, theirs) => *mine = theirs,
        (Some(_), None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn samples_add_up() {
        let mut shape = infer(&json!({"a": 1, "b": "x", "l": [1, "y", null]}));
        shape.merge(infer(&json!({"a": 1.5, "l": []})));
        let object = shape.object.unwrap();
        assert_eq!((object.count, object.members["a"].count(), object.members["b"].count()), (2, 2, 1));
        let list = object.members["l"].list.as_ref().unwrap();
        let items = list.items.as_ref().unwrap();
        assert_eq!((list.count, items.integer, items.null, items.text.as_ref().unwrap().count), (2, 1, 1, 1));
    }

    #[test]
    fn what_grows_without_end_is_bounded() {
        let deep = (0..SHAPE_DEPTH_MAX + 5).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(infer(&deep).count(), 1);
        let names: serde_json::Map<_, _> =
            (0..SHAPE_MEMBERS_MAX + 50).map(|n| (format!("m{}", "x".repeat(n)), json!(1))).collect();
        let object = infer(&Value::Object(names)).object.unwrap();
        assert_eq!(object.members.len(), SHAPE_MEMBERS_MAX + 1);
        let words: Value = (0..=SHAPE_WORDS_MAX).map(|n| Value::from("w".repeat(n))).collect();
        assert_eq!(infer(&words).list.unwrap().items.unwrap().text.unwrap().words, None);
        assert_eq!(infer(&"x".repeat(SHAPE_WORD_CHARS_MAX + 1).into()).text.unwrap().words, None);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c]{0,3}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-c]{1,2}", inner, 0..4)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn order_changes_nothing(values in proptest::collection::vec(value(), 1..5)) {
            let merged = |values: &mut dyn Iterator<Item = &Value>| {
                values.map(infer).reduce(|mut all, next| { all.merge(next); all }).unwrap()
            };
            prop_assert_eq!(merged(&mut values.iter()), merged(&mut values.iter().rev()));
        }
    }
}
