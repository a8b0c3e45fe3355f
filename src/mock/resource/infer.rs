//! From paths, methods and schemas to resources; declarations go before.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::base::Pointer;
use crate::contract::{Contract, OperationHead, OperationIndex};
use crate::mock::resource::declare::Declaration;
use crate::mock::resource::model::{Action, Resource, Resources, parameters, split_item};

/// Why a declaration can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeclarationError {
    /// No operation has this path.
    #[error("resource `{name}`: the contract has no path `{item}`")]
    NoPath {
        /// The resource.
        name: String,
        /// The path that it names.
        item: String,
    },
    /// The path does not end in the entity's id.
    #[error("resource `{name}`: the path `{item}` does not end in one parameter")]
    NoId {
        /// The resource.
        name: String,
        /// The path that it names.
        item: String,
    },
}

/// The resources of a contract.
///
/// # Errors
/// [`DeclarationError`] when a declaration does not fit the contract.
pub fn infer(
    contract: &Contract,
    declared: &IndexMap<String, Declaration>,
) -> Result<Resources, DeclarationError> {
    let mut resources = Resources::default();
    let mut by_path: HashMap<&str, Vec<&OperationHead>> = HashMap::new();
    for head in contract.heads() {
        by_path.entry(head.path.as_str()).or_default().push(head);
    }
    for (name, declaration) in declared {
        let item = &declaration.item;
        let Some(on_item) = by_path.get(item.as_str()) else {
            return Err(DeclarationError::NoPath { name: name.clone(), item: item.clone() });
        };
        let Some((collection, parameter)) = split_item(item) else {
            return Err(DeclarationError::NoId { name: name.clone(), item: item.clone() });
        };
        let on_collection = by_path.get(collection).map_or(&[][..], Vec::as_slice);
        let mut parents = parameters(item);
        parents.pop();
        let mut resource = Resource {
            name: name.clone(),
            item: item.clone(),
            collection: (!on_collection.is_empty()).then(|| collection.to_owned()),
            parents,
            parameter: Some(parameter.to_owned()),
            id: declaration.id.clone().unwrap_or_else(|| "id".to_owned()),
            envelope: Pointer::root(),
            tenant: declaration.tenant.clone(),
            status: declaration.status.clone(),
            delete: declaration.delete.clone().unwrap_or_default(),
            unknown: declaration.unknown.clone(),
            refused: declaration.refused.clone(),
            shown_by: None,
            reasons: vec!["declared".to_owned()],
        };
        link(&mut resources, &mut resource, on_item, on_collection);
        resources.all.push(resource);
    }
    Ok(resources)
}

/// Says what the operations on a resource's paths do.
fn link(
    resources: &mut Resources,
    resource: &mut Resource,
    on_item: &[&OperationHead],
    on_collection: &[&OperationHead],
) {
    let number = resources.all.len();
    let mut shown: Vec<(u8, OperationIndex)> = Vec::new();
    for (heads, of_item) in [(on_item, true), (on_collection, false)] {
        for head in heads {
            let action = match (head.method.as_str(), of_item) {
                ("GET", true) => Action::Read,
                ("PUT", true) => Action::Replace,
                ("PATCH", true) => Action::Change,
                ("DELETE", true) if resource.delete.set.is_empty() => Action::Delete,
                ("DELETE", true) => Action::SoftDelete,
                ("GET", false) => Action::List,
                ("POST", false) => Action::Create,
                _ => continue,
            };
            resources.actions.insert(head.index, (number, action));
            let rank = match action {
                Action::Read => 0,
                Action::SoftDelete => 1,
                Action::Create => 2,
                Action::Replace => 3,
                Action::Change => 4,
                _ => continue,
            };
            shown.push((rank, head.index));
        }
    }
    resource.shown_by = shown.into_iter().min().map(|(_, index)| index);
}
