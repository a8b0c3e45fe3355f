//! [`Flat`] documents as the judge sees them.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, Node, NodeIdentity, Object};
use serde_json::{Number, Value};

use super::work;
use crate::base::limits::ERROR_VALUE_BYTES_MAX;
use crate::schema::flat::{At, Items, Kind, Members};

/// How many bytes that are looked at are a step.
const BYTES_PER_STEP: usize = 16;

/// How many names that are passed on the way to a member are a step.
const NAMES_PER_STEP: usize = 8;

/// The representation.
pub(super) struct FlatJson;

/// Stands before the number of a place in a text that stands for a value too long to be copied for every keyword that it
/// breaks.
const PLACE_MARK: char = '\u{0}';

/// The number of the place that an error is about, where the value itself was not copied; `None` in it for an error that
/// was found when the work had ended already.
pub(super) fn place_of(value: &Value) -> Option<Option<usize>> {
    Some(value.as_str()?.strip_prefix(PLACE_MARK)?.parse().ok())
}

/// A value of a document, or the name of a member.
#[derive(Clone, Copy)]
pub(super) enum Instance<'a> {
    At(At<'a>),
    Name(&'a str),
}

impl Json for FlatJson {
    type Node<'a> = Instance<'a>;
    type PreparedKey = String;
    type StringBuffer = ();

    // A member is looked for from the first one on.
    const KEYS_PER_LOOKUP: usize = 2;
    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(Instance<'_>) -> T) -> T {
        f(Instance::Name(string))
    }
}

impl<'a> Instance<'a> {
    fn kind(self) -> Kind<'a> {
        match self {
            Self::At(at) => at.kind(),
            Self::Name(name) => Kind::Text(name),
        }
    }

    /// The place in a document; names have none.
    #[inline]
    fn at(self) -> Option<At<'a>> {
        if let Self::At(at) = self { Some(at) } else { None }
    }

    #[inline]
    fn text(self) -> Option<&'a str> {
        match self {
            Self::At(at) => at.as_str(),
            Self::Name(name) => Some(name),
        }
    }
}

impl<'a> Node<'a, FlatJson> for Instance<'a> {
    type Object = InObject<'a>;
    type Array = InArray<'a>;
    type Number = &'a Number;

    fn as_object(&self) -> Option<InObject<'a>> {
        let at = self.at()?;
        let count = at.object_len()?;
        work::step(1).then_some(InObject(at, count))
    }

    fn as_array(&self) -> Option<InArray<'a>> {
        let at = self.at()?;
        let count = at.array_len()?;
        work::step(1).then_some(InArray(at, count))
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        let text = self.text()?;
        // Patterns and formats look at all of it.
        work::step(text.len() / BYTES_PER_STEP);
        Some(Cow::Borrowed(text))
    }

    fn as_number(&self) -> Option<&'a Number> {
        self.at()?.as_number()
    }

    fn as_boolean(&self) -> Option<bool> {
        if let Kind::Bool(value) = self.kind() { Some(value) } else { None }
    }

    fn is_null(&self) -> bool {
        matches!(self.kind(), Kind::Null)
    }

    fn json_type(&self) -> JsonType {
        match self.kind() {
            Kind::Null => JsonType::Null,
            Kind::Bool(_) => JsonType::Boolean,
            Kind::Number(_) => JsonType::Number,
            Kind::Text(_) => JsonType::String,
            Kind::Array(_) => JsonType::Array,
            Kind::Object(_) => JsonType::Object,
        }
    }

    fn string_length_within(&self, min: u64, max: u64) -> Option<bool> {
        let text = self.text()?;
        // A character takes one to four bytes: most lengths need not be counted.
        let bytes = text.len() as u64;
        let fewest = bytes.div_ceil(4);
        if bytes < min || fewest > max {
            return Some(false);
        }
        if min <= fewest && bytes <= max {
            return Some(true);
        }
        Some((min..=max).contains(&(text.chars().count() as u64)))
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match (self.text(), expected) {
            (Some(text), Value::String(expected)) => text == expected,
            (Some(_), _) | (None, Value::String(_)) => false,
            _ => self.at().is_some_and(|at| at.is(expected)),
        }
    }

    /// Asked for by errors only.
    fn to_value(&self) -> Cow<'a, Value> {
        let counts = work::error();
        Cow::Owned(match self {
            _ if !counts => Value::from(PLACE_MARK.to_string()),
            Self::At(at) if at.text().len() > ERROR_VALUE_BYTES_MAX => {
                Value::from(format!("{PLACE_MARK}{}", at.number()))
            }
            Self::At(at) => at.to_value(),
            Self::Name(name) => Value::from(*name),
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        let Self::At(at) = self else { return None };
        let (document, index) = at.identity();
        Some(NodeIdentity::tagged(document, u32::try_from(index).ok()?))
    }
}

/// An object, and how many members it has.
pub(super) struct InObject<'a>(At<'a>, usize);

/// Its members.
pub(super) struct InMembers<'a>(Members<'a>);

impl<'a> Iterator for InMembers<'a> {
    type Item = (&'a str, Instance<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if !work::step(1) {
            return None;
        }
        self.0.next().map(|(name, value)| (name, Instance::At(value)))
    }
}

impl<'a> Object<'a, FlatJson> for InObject<'a> {
    type Node = Instance<'a>;
    type MemberName = &'a str;
    type MembersIter = InMembers<'a>;

    fn len(&self) -> usize {
        self.1
    }

    fn get(&self, key: &String) -> Option<Instance<'a>> {
        if !work::step(1 + self.1 / NAMES_PER_STEP) {
            return None;
        }
        self.0.get(key).map(Instance::At)
    }

    fn members(&self) -> InMembers<'a> {
        InMembers(Members::of(self.0))
    }
}

/// An array, and how many items it has.
pub(super) struct InArray<'a>(At<'a>, usize);

/// Its items.
pub(super) struct InItems<'a>(Items<'a>);

impl<'a> Iterator for InItems<'a> {
    type Item = Instance<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if !work::step(1) {
            return None;
        }
        self.0.next().map(Instance::At)
    }
}

impl<'a> Array<'a, FlatJson> for InArray<'a> {
    type Node = Instance<'a>;
    type ElementsIter = InItems<'a>;

    fn len(&self) -> usize {
        self.1
    }

    fn elements(&self) -> InItems<'a> {
        InItems(Items::of(self.0))
    }

    fn is_unique(&self) -> bool {
        const COMPARED_MAX: usize = 32;
        let texts = || self.0.items().map_while(At::as_str);
        if self.1 <= COMPARED_MAX && texts().count() == self.1 {
            return !texts().enumerate().any(|(n, text)| texts().take(n).any(|before| before == text));
        }
        work::step(self.0.text().len() / BYTES_PER_STEP);
        self.0.all_differ()
    }
}
