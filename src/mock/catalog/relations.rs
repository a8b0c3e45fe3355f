//! How resources hang together: which is nested in which, by their paths; which properties hold ids of which, by their
//! names.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::mock::Mock;
use crate::resource::{Resource, Resources, entity, names, shape};
use crate::schema::view::SchemaView;

/// The relations of a contract's resources, worked out on first use.
#[derive(Debug)]
pub(in crate::mock) struct Relations {
    nesting: OnceLock<Nesting>,
    references: Vec<OnceLock<Arc<[Reference]>>>,
}

/// What is nested in what.
#[derive(Debug, Default)]
pub(in crate::mock) struct Nesting {
    /// For each resource, the one whose entities it belongs to.
    pub(in crate::mock) parent: Vec<Option<usize>>,
    /// For each resource, all that are nested in it, however deep.
    pub(in crate::mock) below: Vec<Vec<usize>>,
}

/// A property that holds ids of another resource's entities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::mock) struct Reference {
    /// The property.
    pub(in crate::mock) property: String,
    /// The number of the resource whose ids it holds.
    pub(in crate::mock) target: usize,
    /// It holds a list of them.
    pub(in crate::mock) many: bool,
}

impl Relations {
    pub(in crate::mock) fn new(resources: usize) -> Self {
        Self { nesting: OnceLock::new(), references: (0..resources).map(|_| OnceLock::new()).collect() }
    }
}

impl Nesting {
    fn of(resources: &Resources) -> Self {
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
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a property's name says that it holds ids of, and whether it holds many: `petId`, `pet_ids`.
fn stem(name: &str) -> Option<(String, bool)> {
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

impl Mock {
    /// What is nested in what.
    pub(in crate::mock) fn nesting(&self) -> &Nesting {
        self.relations.nesting.get_or_init(|| Nesting::of(&self.resources))
    }

    /// The properties of a resource's entities that hold ids of other resources.
    pub(in crate::mock) fn references(&self, number: usize) -> Arc<[Reference]> {
        let find = || {
            let schema = self.entity_schema(number)?;
            let resource = self.resource(number);
            let node = entity::at(&schema, &resource.envelope)?;
            Some(
                node.properties()
                    .into_iter()
                    .filter_map(|(name, p)| self.reference(number, resource, name, p))
                    .collect(),
            )
        };
        let Some(slot) = self.relations.references.get(number) else { return Arc::default() };
        Arc::clone(slot.get_or_init(|| find().unwrap_or_default()))
    }

    fn reference(
        &self,
        number: usize,
        own: &Resource,
        name: &str,
        node: SchemaView<'_>,
    ) -> Option<Reference> {
        let is_own = own.id.as_deref() == Some(name);
        let is_tenant = own.tenant.as_ref().is_some_and(|t| t.property == name);
        let (stem, many) = stem(name)?;
        let scalar = if many { node.items()?.is_scalar() } else { node.is_scalar() };
        if is_own || is_tenant || !scalar {
            return None;
        }
        let named = |n: &usize| {
            let resource = &self.resources.all[*n];
            let literal = resource.item.rsplit('/').find(|s| !s.is_empty() && !s.contains('{'));
            resource.parameter.is_some()
                && literal.is_some_and(|last| names::singular(last) == stem || plain(last) == stem)
        };
        // What it is nested in is meant before anything else of that name, then what is nested in nothing.
        let above = std::iter::successors(self.nesting().parent[number], |n| self.nesting().parent[*n]);
        let target = above.chain(0..self.resources.all.len()).find(|n| named(n) && *n != number);
        Some(Reference { property: name.to_owned(), target: target?, many })
    }
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
