//! How resources hang together: which is nested in which, by their paths; which properties hold ids of which, by their
//! names.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::resource::{Resources, shape};

/// The relations of a contract's resources, worked out on first use.
#[derive(Debug)]
pub(crate) struct Relations {
    pub(super) nesting: OnceLock<Nesting>,
    pub(super) references: Vec<OnceLock<Arc<[Reference]>>>,
}

/// What is nested in what.
#[derive(Debug, Default)]
pub(crate) struct Nesting {
    /// For each resource, the one whose entities it belongs to.
    pub(crate) parent: Vec<Option<usize>>,
    /// For each resource, all that are nested in it, however deep.
    pub(crate) below: Vec<Vec<usize>>,
}

/// A property that holds ids of another resource's entities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The property.
    pub(crate) property: String,
    /// The number of the resource whose ids it holds.
    pub(crate) target: usize,
    /// It holds a list of them.
    pub(crate) many: bool,
}

impl Relations {
    pub(crate) fn new(resources: usize) -> Self {
        Self { nesting: OnceLock::new(), references: (0..resources).map(|_| OnceLock::new()).collect() }
    }
}

impl Nesting {
    pub(super) fn of(resources: &Resources) -> Self {
        let items = resources.all.iter().enumerate().filter(|(_, r)| r.parameter.is_some());
        let by_shape: HashMap<String, usize> = items.map(|(n, r)| (shape(&r.item), n)).collect();
        let parent: Vec<Option<usize>> = resources
            .all
            .iter()
            .map(|resource| {
                let path = shape(&resource.item);
                let mut rest = path.as_str();
                while let Some((shorter, _)) = rest.rsplit_once('/') {
                    if let Some(found) = by_shape.get(shorter) {
                        return Some(*found);
                    }
                    rest = shorter;
                }
                None
            })
            .collect();
        let mut below = vec![Vec::new(); parent.len()];
        for number in 0..parent.len() {
            let mut above = parent[number];
            // Each step takes a shorter path: it ends.
            while let Some(one) = above {
                below[one].push(number);
                above = parent[one];
            }
        }
        Self { parent, below }
    }
}

/// A name without case and separators.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a property's name says that it holds ids of, and whether it holds many: `petId`, `pet_ids`.
pub(super) fn stem(name: &str) -> Option<(String, bool)> {
    let plain = plain(name);
    let (stem, many) = match plain.strip_suffix("ids") {
        Some(stem) => (stem, true),
        None => (plain.strip_suffix("id")?, false),
    };
    // `paid`, `void` and the like are no ids: the word must begin anew.
    let tail = &name[name.len().checked_sub(if many { 3 } else { 2 })?..];
    let begins = tail.starts_with('I') || name[..name.len() - tail.len()].ends_with(['_', '-', '.']);
    (begins && !stem.is_empty()).then(|| (stem.to_owned(), many))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ids_are_told_from_words() {
        for (name, wanted) in [
            ("petId", Some(("pet", false))),
            ("pet_id", Some(("pet", false))),
            ("petIDs", Some(("pet", true))),
            ("line_item_ids", Some(("lineitem", true))),
            ("paid", None),
            ("bids", None),
            ("id", None),
            ("Id", None),
            ("ids", None),
            ("é_id", Some(("é", false))),
            ("", None),
        ] {
            assert_eq!(stem(name), wanted.map(|(s, m)| (s.to_owned(), m)), "{name}");
        }
    }
}
