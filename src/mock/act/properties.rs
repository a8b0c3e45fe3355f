//! Which properties new entities have.

use indexmap::IndexSet;

use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::{Plan, Writable};
use crate::resource::field_roles::FieldRoles;
use crate::resource::{Resource, entity, model};
use crate::schema::view::SchemaView;

/// The properties that contract, server and path know of the entities that an operation makes, in the order in which
/// they are written.
pub(super) fn order(catalog: &Catalog, plan: &Plan, number: usize) -> IndexSet<String> {
    let (resource, traits) = (catalog.resource(number), catalog.traits(number));
    let (shown, sent) = (catalog.entity_schema(number), catalog.body_schema(plan));
    let entity = shown.as_deref().and_then(|schema| entity::at(schema, &resource.envelope));
    let mut names: IndexSet<&str> = IndexSet::new();
    names.extend(entity.iter().flat_map(|node| node.properties().into_keys()));
    names.extend(resource.id.as_deref());
    names.extend(traits.stamps());
    names.extend(sent.iter().flat_map(|schema| SchemaView::of(schema).properties().into_keys()));
    names.extend(from_request(catalog, plan, number));
    names.into_iter().map(str::to_owned).collect()
}

/// The properties that the path or the caller's tenant say something of, besides the id.
pub(super) fn from_request<'m>(catalog: &'m Catalog, plan: &Plan, number: usize) -> Vec<&'m str> {
    let (resource, traits) = (catalog.resource(number), catalog.traits(number));
    let above = model::parameters(&plan.operation.head.path);
    let above = above.iter().filter_map(|name| traits.named(name));
    let above = above.filter(|name| resource.id.as_deref() != Some(*name));
    let tenant = resource.tenant.as_ref().map(|tenant| tenant.property.as_str());
    above.chain(tenant.filter(|property| !property.is_empty())).collect()
}

/// Whether a generated property stays though the client, who may send it, did not: readers are promised it, or it is
/// the server's to say.
pub(super) fn stays(resource: &Resource, traits: &FieldRoles, writable: &Writable, name: &str) -> bool {
    !writable.names.contains(name)
        || traits.promised.contains(name)
        || traits.is_stamp(name)
        || resource.id.as_deref() == Some(name)
        || resource.status.as_ref().is_some_and(|rule| rule.property == name)
}
