//! JSON documents as one text and a list of nodes. A tree of values takes a piece of memory for each text and each
//! object, which is most of what reading, judging and forgetting a body costs; this takes two or three for all of it.

mod read;
mod same;
mod walk;

use std::cell::Cell;
use std::collections::HashSet;
use std::ops::Range;

use serde_json::{Map, Number, Value};

pub use read::Unread;
pub(super) use walk::{Items, Members};

/// A JSON document: compact text, and where everything in it is.
#[derive(Clone, Debug, Default)]
pub struct Flat(Parts);

/// What a document consists of.
#[derive(Clone, Debug, Default)]
struct Parts {
    /// The document, compact.
    text: String,
    /// The texts that stand in it with escapes, without them.
    loose: String,
    /// The numbers.
    numbers: Vec<Number>,
    /// In the order of the document; what lies inside an array or object follows it.
    nodes: Vec<Node>,
    /// Used while it is read: what names are told apart by.
    names: Vec<u64>,
}

/// The longest document whose memory is kept for the next one, in bytes.
const SPARE_BYTES_MAX: usize = 64 * 1024;

thread_local! {
    /// The memory of a document that is no more.
    static SPARE: Cell<Option<Parts>> = const { Cell::new(None) };
}

/// A value, or the name of a member.
#[derive(Clone, Copy, Debug)]
struct Node {
    what: What,
    /// Where it stands in the document's text.
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Null,
    Bool(bool),
    /// One of the numbers.
    Number(u32),
    /// What stands in the document's text between quotation marks.
    Plain,
    /// Part of the loose text.
    Loose(u32, u32),
    /// So many items, and how many nodes they are.
    Array(u32, u32),
    /// So many members, each a name and a value, and how many nodes they are.
    Object(u32, u32),
}

impl Node {
    /// Where in the document's text it stands.
    fn span(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Where in the document's text it stands, without quotation marks.
    fn bare(self) -> Range<usize> {
        self.start as usize + 1..self.end as usize - 1
    }
}

/// A place in a document.
#[derive(Clone, Copy, Debug)]
pub struct At<'f> {
    flat: &'f Parts,
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

impl Drop for Flat {
    fn drop(&mut self) {
        // The next document of this thread is written into the same memory.
        if self.0.text.capacity() <= SPARE_BYTES_MAX {
            let parts = std::mem::take(&mut self.0);
            // Where the thread is about to end, it is freed like any other.
            let _ = SPARE.try_with(|spare| spare.set(Some(parts)));
        }
    }
}

impl Flat {
    /// The document as compact JSON.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The document's value.
    #[must_use]
    pub fn root(&self) -> At<'_> {
        At { flat: &self.0, index: 0 }
    }

    /// The place of that number ([`At::number`]); the document's value where there is none.
    pub(super) fn place(&self, number: usize) -> At<'_> {
        At { flat: &self.0, index: if number < self.0.nodes.len() { number } else { 0 } }
    }

    /// The document as a tree of values.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.root().to_value()
    }
}

impl Parts {
    /// The node behind what stands here.
    #[inline]
    fn behind(&self, index: usize) -> usize {
        match self.nodes.get(index).map(|node| node.what) {
            Some(What::Array(_, inside) | What::Object(_, inside)) => index + inside as usize + 1,
            _ => index + 1,
        }
    }

    /// The text of a node that is one.
    #[inline]
    fn text_of(&self, node: Node) -> Option<&str> {
        // Noted when the text was written: it is there.
        match node.what {
            What::Plain => self.text.get(node.bare()),
            What::Loose(start, end) => self.loose.get(start as usize..end as usize),
            _ => None,
        }
    }

    /// Whether the object here has a name twice.
    fn repeats(&self, index: usize) -> bool {
        let mut seen = HashSet::new();
        At { flat: self, index }.members().any(|(name, _)| !seen.insert(name))
    }
}

impl<'f> At<'f> {
    /// What stands here.
    #[must_use]
    pub fn kind(self) -> Kind<'f> {
        match self.what() {
            What::Null => Kind::Null,
            What::Bool(value) => Kind::Bool(value),
            What::Number(_) => self.as_number().map_or(Kind::Null, Kind::Number),
            What::Plain | What::Loose(..) => Kind::Text(self.as_str().unwrap_or_default()),
            What::Array(count, _) => Kind::Array(count as usize),
            What::Object(count, _) => Kind::Object(count as usize),
        }
    }

    #[inline]
    fn what(self) -> What {
        self.flat.nodes.get(self.index).map_or(What::Null, |node| node.what)
    }

    /// The text that stands here.
    #[must_use]
    #[inline]
    pub fn as_str(self) -> Option<&'f str> {
        self.flat.text_of(*self.flat.nodes.get(self.index)?)
    }

    /// The number that stands here.
    #[must_use]
    #[inline]
    pub fn as_number(self) -> Option<&'f Number> {
        if let What::Number(number) = self.what() { self.flat.numbers.get(number as usize) } else { None }
    }

    /// How many items the array that stands here has.
    #[must_use]
    #[inline]
    pub fn array_len(self) -> Option<usize> {
        if let What::Array(count, _) = self.what() { Some(count as usize) } else { None }
    }

    /// How many members the object that stands here has.
    #[must_use]
    #[inline]
    pub fn object_len(self) -> Option<usize> {
        if let What::Object(count, _) = self.what() { Some(count as usize) } else { None }
    }

    /// What stands here as compact JSON.
    #[must_use]
    pub fn text(self) -> &'f str {
        let node = self.flat.nodes.get(self.index);
        node.and_then(|node| self.flat.text.get(node.span())).unwrap_or_default()
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
        let (mut next, end) = (index + 1, index + 1 + inside as usize);
        while next < end {
            let node = *flat.nodes.get(next)?;
            // Lengths differ as a rule; bytes are compared, so that nobody looks for the ends of characters.
            let same = match node.what {
                What::Plain if node.span().len() == name.len() + 2 => {
                    flat.text.as_bytes().get(node.bare()) == Some(name.as_bytes())
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

    /// The number of the place in its document.
    pub(super) fn number(self) -> usize {
        self.index
    }

    /// Where the document lies in memory, and the number of the place in it: what tells this place from others.
    pub(super) fn identity(self) -> (usize, usize) {
        (std::ptr::from_ref(self.flat).addr(), self.index)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::base::limits::{FLAT_BYTES_MAX, FLAT_DEPTH_MAX};
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
            let flat = Flat::parse(text.as_bytes()).unwrap();
            // Judged alike, by a schema that looks into it.
            let schema = json!({"not": {"enum": [other]}, "propertyNames": {"maxLength": 1}, "uniqueItems": true,
                "additionalProperties": {"type": ["string", "integer", "array"], "minLength": 1, "maximum": 9},
                "items": {"not": {"type": "null"}, "pattern": "^[a-c]", "contains": {"const": 1}}});
            let schema = Schema::from_value(schema).unwrap();
            prop_assert_eq!(schema.is_valid_flat(&flat), schema.is_valid(&value), "{}", value);
        }
    }

    proptest! {
        #[test]
        fn numbers_are_read_and_written_as_the_library_does(text in "-?[0-9]{0,18}(\\.[0-9]{0,18})?([eE][+-]?[0-9]{0,3})?") {
            agrees(&text)?;
            agrees(&format!(" [ {text} , {text}]"))?;
        }

        #[test]
        fn texts_are_read_and_written_as_the_library_does(text in "(\\PC|\\\\[\"\\\\/bfnrtux]|\\\\u[0-9a-fD]{4}|[\"\n\t]){0,12}") {
            agrees(&format!("\"{text}\""))?;
            agrees(&format!("{{\"{text}\":[\"{text}\"]}}"))?;
        }

        #[test]
        fn any_sequence_of_tokens_is_a_document_where_the_library_says_so(
            tokens in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\\n\"", "1", "-0.5e3", "null", "true", "false", " ", "\n",
                    "\"\"", "-", "tru", "{\"a\":", "[1,", "\u{e4}",
                ]),
                0..12,
            ),
        ) {
            agrees(&tokens.concat())?;
        }
    }

    /// Whether a text is the document that the library reads; names that are there twice apart.
    fn agrees(text: &str) -> Result<(), TestCaseError> {
        let known = serde_json::from_str::<Value>(text);
        match (Flat::parse(text.as_bytes()), known) {
            (Some(flat), Ok(known)) => {
                prop_assert_eq!(flat.text(), known.to_string(), "{}", text);
                prop_assert_eq!(flat.to_value(), known, "{}", text);
            }
            (None, Ok(known)) => {
                // Only a name that is there twice is a reason: with spaces left out it is shorter than what was written.
                let spaces = text.chars().filter(|c| c.is_whitespace()).count();
                prop_assert!(known.to_string().len() + spaces < text.len(), "{}", text);
            }
            (Some(flat), Err(error)) => prop_assert!(false, "{text}: {error}, read as {}", flat.text()),
            (None, Err(_)) => {}
        }
        Ok(())
    }

    #[test]
    fn numbers_keep_their_value_and_their_kind() {
        for text in [
            "0",
            "-0",
            "-0.0",
            "0.0",
            "1.0",
            "5.00",
            "0.05",
            "0.1",
            "-0.30000000000000004",
            "123456789012345",
            "999999999999999",
            "9999999999999999",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "-9223372036854775809",
            "99999999999999.9",
            "0.99999999999999",
            "1e2",
            "1E-7",
            "0.00001",
            "4.9e-324",
        ] {
            agrees(text).unwrap();
            agrees(&format!("{{\"n\":{text}}}")).unwrap();
        }
        for text in ["01", "-01", "1.", ".5", "-", "+1", "1e", "1e999", "1.2.3", "--1", "0x1", "NaN", "1e1e1"]
        {
            assert!(Flat::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn names_are_told_apart_however_alike_they_begin() {
        for (names, fine) in [
            (["prefix_one", "prefix_two"], true),
            (["prefix_one", "prefix_one"], false),
            (["a", "\\u0061"], false),
            (["a\\n", "a\\n"], false),
            (["", "a"], true),
            (["", ""], false),
        ] {
            let text = format!("[{{\"{}\": 1, \"{}\": {{\"prefix_one\": 2}}}}]", names[0], names[1]);
            assert_eq!(Flat::parse(text.as_bytes()).is_some(), fine, "{text}");
        }
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Flat::parse(deep(FLAT_DEPTH_MAX).as_bytes()).is_some());
        assert!(serde_json::from_str::<Value>(&deep(FLAT_DEPTH_MAX)).is_ok());
        assert!(Flat::parse(deep(FLAT_DEPTH_MAX + 1).as_bytes()).is_none());
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
