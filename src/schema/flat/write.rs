//! [`Flat`] documents written piece by piece.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use super::{At, Flat, Node, What};
use crate::base::json::is_plain;

/// An object that is put together from members of others. No name may be put in twice.
#[derive(Debug)]
pub struct FlatObject {
    flat: Flat,
    count: usize,
}

impl FlatObject {
    /// An object without members, with room for what these two have together.
    #[must_use]
    pub fn for_both(one: &Flat, other: &Flat) -> Self {
        let text = String::with_capacity(one.text.len() + other.text.len());
        let nodes = Vec::with_capacity(one.nodes.len() + other.nodes.len());
        let mut flat = Flat { text, loose: String::new(), nodes };
        flat.open('{');
        Self { flat, count: 0 }
    }

    /// Puts a member in.
    pub fn put(&mut self, name: &str, value: At<'_>) {
        self.name(name);
        self.flat.put(value);
    }

    /// Puts a member in that is a text.
    pub fn put_str(&mut self, name: &str, text: &str) {
        self.name(name);
        self.flat.put_str(text);
    }

    /// Puts a member in that is a tree of values.
    pub fn put_value(&mut self, name: &str, value: &Value) {
        self.name(name);
        self.flat.put_value(value);
    }

    /// The object.
    #[must_use]
    pub fn finish(mut self) -> Flat {
        self.flat.close(0, '}', self.count);
        self.flat
    }

    fn name(&mut self, name: &str) {
        self.flat.comma(self.count);
        self.count += 1;
        self.flat.put_str(name);
        self.flat.text.push(':');
    }
}

impl Flat {
    /// Opens an array or object; answers its node, which says nothing yet.
    pub(super) fn open(&mut self, bracket: char) -> usize {
        self.push(What::Null, self.text.len());
        self.text.push(bracket);
        self.nodes.len() - 1
    }

    /// Closes what was opened, of so many items or members.
    pub(super) fn close(&mut self, at: usize, bracket: char, count: usize) {
        self.text.push(bracket);
        let inside = self.nodes.len() - at - 1;
        let node = &mut self.nodes[at];
        node.what = if bracket == ']' { What::Array(count, inside) } else { What::Object(count, inside) };
        node.end = self.text.len();
    }

    /// Notes what stands in the text from `start` on.
    fn push(&mut self, what: What, start: usize) {
        self.nodes.push(Node { what, start, end: self.text.len() });
    }

    pub(super) fn put_null(&mut self) {
        let start = self.text.len();
        self.text.push_str("null");
        self.push(What::Null, start);
    }

    pub(super) fn put_bool(&mut self, value: bool) {
        let start = self.text.len();
        self.text.push_str(if value { "true" } else { "false" });
        self.push(What::Bool(value), start);
    }

    pub(super) fn put_number(&mut self, number: Number) {
        let start = self.text.len();
        match number.as_u64() {
            Some(whole) => self.text.push_str(itoa::Buffer::new().format(whole)),
            // Writing to a text can't fail.
            None => drop(write!(self.text, "{number}")),
        }
        self.push(What::Number(number), start);
    }

    pub(super) fn put_str(&mut self, text: &str) {
        if is_plain(text) {
            self.put_plain(text);
        } else {
            let start = self.text.len();
            let loose = self.loose.len();
            self.loose.push_str(text);
            self.text.push_str(&Value::from(text).to_string());
            self.push(What::Loose(loose, self.loose.len()), start);
        }
    }

    /// Puts a text in that needs no escapes.
    pub(super) fn put_plain(&mut self, text: &str) {
        let start = self.text.len();
        self.text.reserve(text.len() + 2);
        self.text.push('"');
        self.text.push_str(text);
        self.text.push('"');
        self.push(What::Plain, start);
    }

    /// Copies what stands at a place of another document: its text, and where everything is in it.
    fn put(&mut self, value: At<'_>) {
        let At { flat, index } = value;
        let nodes = flat.nodes.get(index..flat.behind(index)).unwrap_or_default();
        let Some((from, to)) = nodes.first().map(|node| (node.start, node.end)) else { return };
        let start = self.text.len();
        self.text.push_str(flat.text.get(from..to).unwrap_or_default());
        for node in nodes {
            let what = match &node.what {
                What::Loose(from, to) => {
                    let loose = self.loose.len();
                    self.loose.push_str(flat.loose.get(*from..*to).unwrap_or_default());
                    What::Loose(loose, self.loose.len())
                }
                other => other.clone(),
            };
            self.nodes.push(Node { what, start: node.start - from + start, end: node.end - from + start });
        }
    }

    fn put_value(&mut self, value: &Value) {
        match value {
            Value::Null => self.put_null(),
            Value::Bool(value) => self.put_bool(*value),
            Value::Number(number) => self.put_number(number.clone()),
            Value::String(text) => self.put_str(text),
            Value::Array(items) => {
                let at = self.open('[');
                for (n, item) in items.iter().enumerate() {
                    self.comma(n);
                    self.put_value(item);
                }
                self.close(at, ']', items.len());
            }
            Value::Object(members) => {
                let at = self.open('{');
                for (n, (name, member)) in members.iter().enumerate() {
                    self.comma(n);
                    self.put_str(name);
                    self.text.push(':');
                    self.put_value(member);
                }
                self.close(at, '}', members.len());
            }
        }
    }

    fn comma(&mut self, before: usize) {
        if before > 0 {
            self.text.push(',');
        }
    }
}

impl From<&Value> for Flat {
    fn from(value: &Value) -> Self {
        let mut flat = Self::default();
        flat.put_value(value);
        flat
    }
}
