//! The paths of a contract, to be asked for by shape, and what their operations show.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;

use super::success::{self, SchemaCache, Success};
use crate::contract::{Contract, OperationHead, OperationIndex};

/// The operations of a contract by path.
pub(crate) struct Paths<'c> {
    pub(crate) contract: &'c Contract,
    by_path: IndexMap<&'c str, Vec<&'c OperationHead>>,
    by_shape: HashMap<String, Vec<&'c str>>,
    shown: RefCell<HashMap<OperationIndex, Rc<Success>>>,
    cache: SchemaCache,
}

impl<'c> Paths<'c> {
    /// The paths of the contract.
    #[must_use]
    pub(crate) fn of(contract: &'c Contract) -> Self {
        let mut by_path: IndexMap<&str, Vec<&OperationHead>> = IndexMap::new();
        for head in contract.heads() {
            by_path.entry(head.path.as_str()).or_default().push(head);
        }
        let mut by_shape: HashMap<String, Vec<&str>> = HashMap::new();
        for path in by_path.keys() {
            by_shape.entry(shape(path)).or_default().push(path);
        }
        Self { contract, by_path, by_shape, shown: RefCell::default(), cache: SchemaCache::default() }
    }

    /// All paths as written, in the contract's order. Paths with a fragment are left out: no request has one.
    pub(crate) fn all(&self) -> Vec<&'c str> {
        self.by_path.keys().copied().filter(|path| !path.contains('#')).collect()
    }

    /// Whether there is such a path.
    #[must_use]
    pub(crate) fn has(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    /// The paths that are the same but for the names of parameters.
    #[must_use]
    pub(crate) fn same(&self, path: &str) -> &[&'c str] {
        self.by_shape.get(&shape(path)).map_or(&[], Vec::as_slice)
    }

    /// The operations of a path as written.
    #[must_use]
    pub(crate) fn heads(&self, path: &str) -> &[&'c OperationHead] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }

    /// The operation of a path, as written, with that method.
    #[must_use]
    pub(crate) fn head(&self, path: &str, method: &str) -> Option<&'c OperationHead> {
        self.heads(path).iter().copied().find(|head| head.method == method)
    }

    /// What an operation's success shows.
    #[must_use]
    pub(crate) fn shown(&self, head: &OperationHead) -> Rc<Success> {
        if let Some(known) = self.shown.borrow().get(&head.index) {
            return Rc::clone(known);
        }
        let found = Rc::new(success::shown(self.contract, &self.cache, head));
        self.shown.borrow_mut().insert(head.index, Rc::clone(&found));
        found
    }
}

/// A path without the query that some contracts write into it, and without a slash at its end.
#[must_use]
pub(crate) fn bare(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
}

/// A path with its parameters' names taken out: two paths of one shape name the same thing.
#[must_use]
pub(crate) fn shape(path: &str) -> String {
    let mut rest = bare(path);
    let mut shape = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('{') {
        shape.push_str(before);
        shape.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    shape.push_str(rest);
    shape
}

/// The proper prefixes of a path, whole segments, the longest first.
pub(crate) fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = bare(path);
    std::iter::from_fn(move || {
        rest = rest.rsplit_once('/')?.0;
        (!rest.is_empty()).then_some(rest)
    })
}

/// The last segment of a path that is no parameter.
#[must_use]
pub(crate) fn last_literal(path: &str) -> Option<&str> {
    bare(path).rsplit('/').find(|segment| !segment.is_empty() && !segment.contains('{'))
}

/// Other ways to write a path's last word: in the plural or the singular.
#[must_use]
pub(crate) fn other_number(path: &str) -> Vec<String> {
    let mut others = vec![format!("{path}s"), format!("{path}es")];
    others.extend(path.strip_suffix('y').map(|stem| format!("{stem}ies")));
    others.extend(path.strip_suffix("ies").map(|stem| format!("{stem}y")));
    others.extend(path.strip_suffix("es").map(str::to_owned));
    others.extend(path.strip_suffix('s').map(str::to_owned));
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_shapes_and_prefixes() {
        assert_eq!(shape("/a/{x}/b/{y}.{z}"), "/a/{}/b/{}.{}");
        assert_eq!(shape("/a/{x}/?beta=true"), "/a/{}");
        assert_eq!(prefixes("/a/{x}/b").collect::<Vec<_>>(), ["/a/{x}", "/a"]);
        assert_eq!(prefixes("/").count(), 0);
        assert_eq!(last_literal("/a/b/{x}/{y}"), Some("b"));
        assert_eq!(last_literal("/{x}"), None);
        assert!(other_number("/company").contains(&"/companies".to_owned()));
        assert!(other_number("/companies").contains(&"/company".to_owned()));
    }
}
