//! JSON documents as one text and a list of nodes. A tree of values takes a piece of memory for each text and each
//! object, which is most of what reading, judging and forgetting a body costs; this takes two or three for all of it.

mod read;
mod write;

use std::collections::HashSet;

use serde_json::{Map, Number, Value};

pub use write::FlatObject;

/// A JSON document: compact text, and where everything in it is.
#[derive(Clone, Debug, Default)]
pub struct Flat {
    /// The document, compact.
    text: String,
    /// The texts that stand in it with escapes, without them.
    loose: String,
    /// In the order of the document; what lies inside an array or object follows it.
    nodes: Vec<Node>,
}

/// A value, or the name of a member.
#[derive(Clone, Debug)]
struct Node {
    what: What,
    /// Where it stands in the document's text.
    start: usize,
    end: usize,
}

#[derive(Clone, Debug)]
enum What {
    Null,
    Bool(bool),
    Number(Number),
    /// What stands in the document's text between quotation marks.
    Plain,
    /// Part of the loose text.
    Loose(usize, usize),
    /// So many items, and how many nodes they are.
    Array(usize, usize),
    /// So many members, each a name and a value, and how many nodes they are.
    Object(usize, usize),
}

/// A place in a document.
#[derive(Clone, Copy, Debug)]
pub struct At<'f> {
    flat: &'f Flat,
    index: usize,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'f> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(&'f Number),
    /// A text.
    Text(&'f str),
    /// An array of so many items.
    Array(usize),
    /// An object of so many members.
    Object(usize),
}

impl Flat {
    /// The document as compact JSON.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The document's value.
    #[must_use]
    pub fn root(&self) -> At<'_> {
        At { flat: self, index: 0 }
    }

    /// The document as a tree of values.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.root().to_value()
    }

    /// The node behind what stands here.
    fn behind(&self, index: usize) -> usize {
        match self.nodes.get(index).map(|node| &node.what) {
            Some(What::Array(_, inside) | What::Object(_, inside)) => index + inside + 1,
            _ => index + 1,
        }
    }

    /// The text of a node that is one.
    fn text_of(&self, node: &Node) -> Option<&str> {
        // Noted when the text was written: it is there.
        match node.what {
            What::Plain => self.text.get(node.start + 1..node.end - 1),
            What::Loose(start, end) => self.loose.get(start..end),
            _ => None,
        }
    }

    /// Whether the object here has a name twice.
    fn repeats(&self, index: usize) -> bool {
        const COMPARED_MAX: usize = 32;
        let at = At { flat: self, index };
        let Kind::Object(count) = at.kind() else { return false };
        if count > COMPARED_MAX {
            let mut seen = HashSet::with_capacity(count);
            return at.members().any(|(name, _)| !seen.insert(name));
        }
        let mut seen = [""; COMPARED_MAX];
        at.members().zip(0..).any(|((name, _), n)| {
            let known = seen[..n].contains(&name);
            seen[n] = name;
            known
        })
    }
}

impl<'f> At<'f> {
    /// What stands here.
    #[must_use]
    pub fn kind(self) -> Kind<'f> {
        let Some(node) = self.flat.nodes.get(self.index) else { return Kind::Null };
        match &node.what {
            What::Null => Kind::Null,
            What::Bool(value) => Kind::Bool(*value),
            What::Number(number) => Kind::Number(number),
            What::Plain | What::Loose(..) => Kind::Text(self.flat.text_of(node).unwrap_or_default()),
            What::Array(count, _) => Kind::Array(*count),
            What::Object(count, _) => Kind::Object(*count),
        }
    }

    /// The text that stands here.
    #[must_use]
    pub fn as_str(self) -> Option<&'f str> {
        if let Kind::Text(text) = self.kind() { Some(text) } else { None }
    }

    /// The members of the object here, in its order; none where it is none.
    pub fn members(self) -> impl Iterator<Item = (&'f str, At<'f>)> {
        Members::of(self)
    }

    /// The items of the array here; none where it is none.
    pub fn items(self) -> impl Iterator<Item = At<'f>> {
        Items::of(self)
    }

    /// The member of this name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Self> {
        let Self { flat, index } = self;
        let What::Object(_, inside) = flat.nodes.get(index)?.what else { return None };
        let (mut next, end) = (index + 1, index + 1 + inside);
        while next < end {
            let node = flat.nodes.get(next)?;
            // Lengths differ as a rule; bytes are compared, so that nobody looks for the ends of characters.
            let same = match node.what {
                What::Plain if node.end - node.start == name.len() + 2 => {
                    flat.text.as_bytes().get(node.start + 1..node.end - 1) == Some(name.as_bytes())
                }
                What::Loose(..) => flat.text_of(node) == Some(name),
                _ => false,
            };
            if same {
                return Some(Self { flat, index: next + 1 });
            }
            next = flat.behind(next + 1);
        }
        None
    }

    /// What stands here, as a tree of values.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(value),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::from(text),
            Kind::Array(_) => Value::Array(self.items().map(At::to_value).collect()),
            Kind::Object(_) => Value::Object(self.to_map()),
        }
    }

    /// The members of the object here, as trees.
    #[must_use]
    pub fn to_map(self) -> Map<String, Value> {
        self.members().map(|(name, value)| (name.to_owned(), value.to_value())).collect()
    }

    /// The document, and the number of the place in it: what tells this place from others.
    pub(super) fn place(self) -> (&'f Flat, usize) {
        (self.flat, self.index)
    }
}

/// The members of an object.
#[derive(Clone, Debug)]
pub(super) struct Members<'f> {
    flat: &'f Flat,
    next: usize,
    end: usize,
}

impl<'f> Members<'f> {
    /// Those of the object at a place.
    pub(super) fn of(at: At<'f>) -> Self {
        let inside = match at.flat.nodes.get(at.index).map(|node| &node.what) {
            Some(What::Object(_, inside)) => *inside,
            _ => 0,
        };
        Self { flat: at.flat, next: at.index + 1, end: at.index + 1 + inside }
    }
}

impl<'f> Iterator for Members<'f> {
    type Item = (&'f str, At<'f>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let name = self.flat.text_of(self.flat.nodes.get(self.next)?)?;
        let value = At { flat: self.flat, index: self.next + 1 };
        self.next = self.flat.behind(self.next + 1);
        Some((name, value))
    }
}

/// The items of an array.
#[derive(Clone, Debug)]
pub(super) struct Items<'f> {
    flat: &'f Flat,
    next: usize,
    end: usize,
}

impl<'f> Items<'f> {
    /// Those of the array at a place.
    pub(super) fn of(at: At<'f>) -> Self {
        let inside = match at.flat.nodes.get(at.index).map(|node| &node.what) {
            Some(What::Array(_, inside)) => *inside,
            _ => 0,
        };
        Self { flat: at.flat, next: at.index + 1, end: at.index + 1 + inside }
    }
}

impl<'f> Iterator for Items<'f> {
    type Item = At<'f>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let item = At { flat: self.flat, index: self.next };
        self.next = self.flat.behind(self.next);
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::base::limits::FLAT_BYTES_MAX;
    use crate::schema::Schema;

    /// Any value: names and texts with escapes among them, numbers of every kind.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
            "[a-c\"\\\\\n]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::hash_map("[a-d\"\n]{0,2}", inner, 0..24)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_is_the_value_that_the_library_reads(value in value(), other in value()) {
            let text = value.to_string();
            for written in [text.clone(), serde_json::to_string_pretty(&value).unwrap()] {
                let flat = Flat::parse(written.as_bytes()).unwrap();
                prop_assert_eq!(flat.text(), &text);
                prop_assert_eq!(flat.to_value(), value.clone());
            }
            let flat = Flat::from(&value);
            prop_assert_eq!(flat.text(), &text);
            prop_assert_eq!(flat.to_value(), value.clone());
            // Judged alike, by a schema that looks into it.
            let schema = json!({"not": {"enum": [other]}, "propertyNames": {"maxLength": 1}, "uniqueItems": true,
                "additionalProperties": {"type": ["string", "integer", "array"], "minLength": 1, "maximum": 9},
                "items": {"not": {"type": "null"}, "pattern": "^[a-c]", "contains": {"const": 1}}});
            let schema = Schema::from_value(schema).unwrap();
            prop_assert_eq!(schema.is_valid_flat(&flat), schema.is_valid(&value), "{}", value);
        }

        #[test]
        fn objects_are_put_together(members in prop::collection::btree_map("[a-f\"]{0,3}", value(), 0..8)) {
            let whole = Flat::from(&Value::Object(members.clone().into_iter().collect()));
            let mut made = FlatObject::for_both(&whole, &whole);
            for (n, (name, value)) in whole.root().members().enumerate() {
                match value.as_str() {
                    Some(text) if n % 2 == 0 => made.put_str(name, text),
                    _ if n % 3 == 0 => made.put_value(name, &members[name]),
                    _ => made.put(name, value),
                }
            }
            let made = made.finish();
            prop_assert_eq!(made.text(), whole.text());
            prop_assert_eq!(made.to_value(), whole.to_value());
            for (name, value) in &members {
                prop_assert_eq!(&made.root().get(name).unwrap().to_value(), value);
            }
        }
    }

    #[test]
    fn what_is_no_document_is_none() {
        for text in ["", "{", "[1,]", "{\"a\":1}x", "nul", "\u{feff}1", "1e999", "{\"a\":1,\"\\u0061\":2}"] {
            assert!(Flat::parse(text.as_bytes()).is_none(), "{text}");
        }
        assert!(Flat::parse(b"\"\xff\"").is_none());
        let long = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
        assert!(Flat::parse(long(FLAT_BYTES_MAX).as_bytes()).is_some());
        assert!(Flat::parse(long(FLAT_BYTES_MAX + 1).as_bytes()).is_none());
        assert!(Flat::parse("[".repeat(100_000).as_bytes()).is_none());
        // A name that comes back in a long object.
        let many: String = (0..40).map(|n| format!("\"n{}\":0,", n % 39)).collect();
        assert!(Flat::parse(format!("{{{}}}", many.trim_end_matches(',')).as_bytes()).is_none());
    }
}
