//! Numbers for subschemas, so that sets of them can be compared and remembered.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::base::pointer;
use crate::document::Location;
use crate::generate::text::Pattern;
use crate::schema::Bundle;

/// A subschema.
pub(crate) type Id = u32;

/// Something that an instance must fulfil.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Term {
    /// It is valid for the subschema.
    Is(Id),
    /// It is not.
    Not(Id),
    /// It breaks one keyword (by its number in the table) of the subschema.
    Breaks(Id, u32),
}

/// A subschema of the bundle, of a copy of a part of it, or made up.
#[derive(Debug)]
struct Entry {
    /// Where its parts are found; `None` for made-up ones.
    pointer: Option<String>,
    /// What stands instead of the bundle's own text.
    made: Option<Arc<Value>>,
}

/// A schema's text.
pub(crate) enum Held<'b> {
    /// In the bundle.
    Bundle(&'b Value),
    /// Made up.
    Made(Arc<Value>),
}

impl std::ops::Deref for Held<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Bundle(value) => value,
            Self::Made(value) => value,
        }
    }
}

/// All subschemas that were met so far.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    pointers: HashMap<String, Id>,
    made: HashMap<(Option<String>, String), Id>,
    keywords: Vec<String>,
    patterns: HashMap<String, Option<Arc<Pattern>>>,
    /// What the automata of texts have cost so far.
    pub(super) text_work: usize,
}

impl Table {
    fn push(&mut self, entry: Entry) -> Id {
        self.entries.push(entry);
        Id::try_from(self.entries.len() - 1).unwrap_or(Id::MAX)
    }

    /// The subschema at a pointer of the bundle's document.
    pub(crate) fn at(&mut self, pointer: &str) -> Id {
        if let Some(id) = self.pointers.get(pointer) {
            return *id;
        }
        let id = self.push(Entry { pointer: Some(pointer.to_owned()), made: None });
        self.pointers.insert(pointer.to_owned(), id);
        id
    }

    /// A schema that stands nowhere.
    pub(crate) fn make(&mut self, value: Value) -> Id {
        self.make_at(None, value)
    }

    fn make_at(&mut self, pointer: Option<String>, value: Value) -> Id {
        let key = (pointer.clone(), value.to_string());
        if let Some(id) = self.made.get(&key) {
            return *id;
        }
        let id = self.push(Entry { pointer, made: Some(Arc::new(value)) });
        self.made.insert(key, id);
        id
    }

    /// The schema `id` without some of its keywords.
    pub(crate) fn without(&mut self, bundle: &Bundle, id: Id, keywords: &[&str]) -> Id {
        let rest: Map<String, Value> = match &*self.value(bundle, id) {
            Value::Object(members) => members
                .iter()
                .filter(|(keyword, _)| !keywords.contains(&keyword.as_str()))
                .map(|(keyword, value)| (keyword.clone(), value.clone()))
                .collect(),
            _ => return id,
        };
        let pointer = self.entries.get(id as usize).and_then(|entry| entry.pointer.clone());
        self.make_at(pointer, Value::Object(rest))
    }

    /// The text of a subschema.
    pub(crate) fn value<'b>(&self, bundle: &'b Bundle, id: Id) -> Held<'b> {
        match self.entries.get(id as usize) {
            Some(Entry { made: Some(made), .. }) => Held::Made(Arc::clone(made)),
            Some(Entry { pointer: Some(pointer), .. }) => {
                Held::Bundle(pointer::find(bundle.document(), pointer).unwrap_or(&Value::Bool(true)))
            }
            _ => Held::Made(Arc::new(Value::Bool(true))),
        }
    }

    /// The subschema of `id` at a path like `/properties/a`.
    pub(crate) fn child(&mut self, id: Id, path: &str) -> Id {
        match self.entries.get(id as usize) {
            Some(Entry { pointer: Some(pointer), .. }) => {
                let pointer = format!("{pointer}{path}");
                self.at(&pointer)
            }
            Some(Entry { made: Some(made), .. }) => {
                let value = made.pointer(path).cloned().unwrap_or(Value::Bool(true));
                self.make(value)
            }
            _ => self.make(Value::Bool(true)),
        }
    }

    /// The pointer of a subschema in the bundle's document, unless it is made up.
    pub(crate) fn pointer(&self, id: Id) -> Option<&str> {
        self.entries.get(id as usize)?.pointer.as_deref()
    }

    /// Where a keyword of a subschema stands in the contract.
    pub(crate) fn place(&self, bundle: &Bundle, id: Id, keyword: &str) -> Option<Location> {
        bundle.origin(self.pointer(id)?).map(|place| place.join(keyword))
    }

    /// The number of a keyword.
    pub(crate) fn keyword(&mut self, keyword: &str) -> u32 {
        let at = self.keywords.iter().position(|known| known == keyword).unwrap_or_else(|| {
            self.keywords.push(keyword.to_owned());
            self.keywords.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The keyword of a number.
    pub(crate) fn keyword_name(&self, number: u32) -> String {
        self.keywords.get(number as usize).cloned().unwrap_or_default()
    }

    /// A pattern, read once; `None` when it can't be.
    pub(crate) fn pattern(&mut self, text: &str) -> Option<Arc<Pattern>> {
        if let Some(known) = self.patterns.get(text) {
            return known.clone();
        }
        let read = Pattern::new(text).map(Arc::new);
        self.patterns.insert(text.to_owned(), read.clone());
        read
    }
}
