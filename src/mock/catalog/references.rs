//! Which resources an entity belongs to and refers to.

use std::sync::Arc;

use super::index::Catalog;
use super::relations::{Nesting, Reference, plain, stem};
use crate::resource::{Resource, entity, names};
use crate::schema::view::SchemaView;

impl Catalog {
    /// What is nested in what.
    pub(crate) fn nesting(&self) -> &Nesting {
        self.relations.nesting.get_or_init(|| Nesting::of(self.resources()))
    }

    /// The properties of a resource's entities that hold ids of other resources.
    pub(crate) fn references(&self, number: usize) -> Arc<[Reference]> {
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
            let resource = &self.resources().all[*n];
            let literal = resource.item.rsplit('/').find(|s| !s.is_empty() && !s.contains('{'));
            resource.parameter.is_some()
                && literal.is_some_and(|last| names::singular(last) == stem || plain(last) == stem)
        };
        // What it is nested in is meant before anything else of that name, then what is nested in nothing.
        let above = std::iter::successors(self.nesting().parent[number], |n| self.nesting().parent[*n]);
        let target = above.chain(0..self.resources().all.len()).find(|n| named(n) && *n != number);
        Some(Reference { property: name.to_owned(), target: target?, many })
    }
}
