//! What is worked out once of how an operation acts, each on first use.

use std::sync::OnceLock;

use indexmap::IndexSet;

use super::fast::template::Template;
use super::listing::Listing;
use super::properties;
use super::roles::Roles;
use crate::base::Pointer;
use crate::contract::Operation;
use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::Plan;
use crate::resource::Link;
use crate::resource::field_roles::FieldRoles;
use crate::schema::Schema;
use crate::schema::view::SchemaView;

/// What is worked out once of an operation that acts on a resource.
#[derive(Debug, Default)]
pub(crate) struct ActCache {
    roles: OnceLock<Roles>,
    property_order: OnceLock<IndexSet<String>>,
    template: OnceLock<Option<Template>>,
    listing: OnceLock<Listing>,
}

impl ActCache {
    /// What the query's parameters are for.
    pub(super) fn roles(
        &self,
        catalog: &Catalog,
        operation: &Operation,
        item: SchemaView<'_>,
        fields: &FieldRoles,
    ) -> &Roles {
        self.roles.get_or_init(|| Roles::of(catalog, operation, item, fields))
    }

    /// The properties of new entities, in the order in which they are written.
    pub(super) fn property_order(&self, catalog: &Catalog, plan: &Plan, number: usize) -> &IndexSet<String> {
        self.property_order.get_or_init(|| properties::order(catalog, plan, number))
    }

    /// How new entities are written in one go; `None` where they can't be.
    pub(super) fn template(&self, catalog: &Catalog, plan: &Plan, link: &Link) -> Option<&Template> {
        let make = || Template::of(catalog, plan, link, self.property_order(catalog, plan, link.resource));
        self.template.get_or_init(make).as_ref()
    }

    /// How the success lists entities, whose items stand at `place`.
    pub(super) fn listing(&self, schema: &Schema, place: &Pointer, item: SchemaView<'_>) -> &Listing {
        self.listing.get_or_init(|| Listing::of(schema, place, item))
    }
}
