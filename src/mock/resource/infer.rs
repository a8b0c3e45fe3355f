//! From paths and methods to resources; declarations go before. What only schemas can tell is found later, on first
//! use ([`super::refine`]): a contract of thousands of operations starts at once.

use std::collections::{HashMap, HashSet};

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

/// The operations by path.
type ByPath<'c> = IndexMap<&'c str, Vec<&'c OperationHead>>;

/// The resources of a contract.
///
/// # Errors
/// [`DeclarationError`] when a declaration does not fit the contract.
pub fn infer(
    contract: &Contract,
    declared: &IndexMap<String, Declaration>,
) -> Result<Resources, DeclarationError> {
    let mut found = Resources::default();
    let mut by_path = ByPath::new();
    for head in contract.heads() {
        by_path.entry(head.path.as_str()).or_default().push(head);
    }
    let mut taken: HashSet<String> = HashSet::new();
    for (name, declaration) in declared {
        let item = &declaration.item;
        if !by_path.contains_key(item.as_str()) {
            return Err(DeclarationError::NoPath { name: name.clone(), item: item.clone() });
        }
        let Some(mut resource) = of_item(name.clone(), item, &by_path) else {
            return Err(DeclarationError::NoId { name: name.clone(), item: item.clone() });
        };
        resource.declared = true;
        resource.id = declaration.id.clone();
        resource.tenant.clone_from(&declaration.tenant);
        resource.status.clone_from(&declaration.status);
        resource.delete = declaration.delete.clone().unwrap_or_default();
        resource.unknown.clone_from(&declaration.unknown);
        resource.refused.clone_from(&declaration.refused);
        resource.reasons = vec!["it is declared".to_owned()];
        taken.insert(shape(item));
        link(&mut found, resource, &by_path);
    }
    for path in by_path.keys().copied().collect::<Vec<_>>() {
        if split_item(path).is_none() || !taken.insert(shape(path)) {
            continue;
        }
        if let Some(mut resource) = of_item(String::new(), path, &by_path) {
            resource.name = free_name(&found, path);
            resource.reasons = vec![format!("`{path}` ends in one parameter")];
            link(&mut found, resource, &by_path);
        }
    }
    singletons(&mut found, &by_path);
    Ok(found)
}

/// A path with its parameters' names taken out: two paths of one shape name the same thing.
pub(crate) fn shape(path: &str) -> String {
    let mut shape = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        shape.push_str(before);
        shape.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    shape.push_str(rest);
    shape
}

fn of_item(name: String, item: &str, by_path: &ByPath<'_>) -> Option<Resource> {
    let (collection, parameter) = split_item(item)?;
    let mut parents = parameters(item);
    parents.pop();
    let wanted = shape(collection);
    let collection = by_path.keys().find(|path| **path == collection || shape(path) == wanted);
    Some(Resource {
        name,
        item: item.to_owned(),
        collection: collection.map(|path| (*path).to_owned()),
        parents,
        parameter: Some(parameter.to_owned()),
        envelope: Pointer::root(),
        ..Resource::default()
    })
}

/// The last literal segment of the collection, unless another resource has it already.
fn free_name(found: &Resources, path: &str) -> String {
    let mut literals = path.split('/').filter(|segment| !segment.is_empty() && !segment.contains('{'));
    let name = literals.next_back().unwrap_or(path).to_owned();
    if found.position(&name).is_none() { name } else { path.to_owned() }
}

/// Says what the operations on a resource's paths do, and takes the resource in if any does something.
fn link(found: &mut Resources, mut resource: Resource, by_path: &ByPath<'_>) {
    let number = found.all.len();
    let mut shown: Vec<(u8, OperationIndex)> = Vec::new();
    let mut actions: HashMap<OperationIndex, Action> = HashMap::new();
    let wanted = shape(&resource.item);
    let same = by_path.iter().filter(|(path, _)| shape(path) == wanted).flat_map(|(_, heads)| heads);
    let on_item: Vec<_> = same.collect();
    let on_collection = resource.collection.as_deref().and_then(|path| by_path.get(path));
    let on_collection: Vec<_> = on_collection.into_iter().flatten().collect();
    for (heads, of_item) in [(on_item, true), (on_collection, false)] {
        for head in heads {
            let Some(action) = action(&head.method, of_item) else { continue };
            if found.actions.contains_key(&head.index) {
                continue;
            }
            actions.insert(head.index, action);
            let rank = match action {
                Action::Read => 0,
                Action::Delete if resource.declared => 1,
                Action::Create => 2,
                Action::Replace => 3,
                Action::Change => 4,
                Action::Delete => 5,
                Action::List => continue,
            };
            shown.push((rank, head.index));
        }
    }
    resource.shown_by = shown.into_iter().min().map(|(_, index)| index);
    if resource.shown_by.is_some() {
        found.actions.extend(actions.into_iter().map(|(index, action)| (index, (number, action))));
        found.all.push(resource);
    }
}

fn action(method: &str, of_item: bool) -> Option<Action> {
    Some(match (method, of_item) {
        ("GET", true) => Action::Read,
        ("PUT", true) => Action::Replace,
        ("PATCH", true) => Action::Change,
        ("DELETE", true) => Action::Delete,
        ("GET", false) => Action::List,
        ("POST", false) => Action::Create,
        _ => return None,
    })
}

/// Things that there is one of: a path that is read and changed, and is neither an item nor a collection.
fn singletons(found: &mut Resources, by_path: &ByPath<'_>) {
    for (path, heads) in by_path {
        let has = |method: &str| heads.iter().any(|h| h.method == method);
        let free = heads.iter().all(|h| !found.actions.contains_key(&h.index));
        if !free || split_item(path).is_some() || !has("GET") || !(has("PUT") || has("PATCH")) || has("POST")
        {
            continue;
        }
        let resource = Resource {
            name: free_name(found, path),
            item: (*path).to_owned(),
            parents: parameters(path),
            reasons: vec![format!("`{path}` is read and changed, and there is no list of it")],
            ..Resource::default()
        };
        link(found, resource, by_path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(paths: &str) -> Resources {
        let text = format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n{paths}");
        let contract = Contract::from_text("t.yaml", &text).unwrap();
        infer(&contract, &IndexMap::new()).unwrap()
    }

    fn operation(methods: &str) -> String {
        let one = |m: &str| format!("{m}: {{responses: {{'200': {{description: d}}}}}}");
        format!("{{{}}}", methods.split(' ').map(one).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn collections_items_nesting_and_singletons_are_seen() {
        let found = resources(&format!(
            "  /pets: {}\n  /pets/{{petId}}: {}\n  /pets/{{id}}/toys: {}\n  /pets/{{id}}/toys/{{toy}}: {}\n  \
             /me: {}\n  /search: {}\n  /other/{{id}}/toys/{{toy}}: {}\n",
            operation("get post"),
            operation("get put patch delete"),
            operation("get post"),
            operation("get"),
            operation("get patch"),
            operation("get"),
            operation("get"),
        ));
        let seen: Vec<_> =
            found.all.iter().map(|r| (r.name.as_str(), r.collection.as_deref(), r.parents.len())).collect();
        assert_eq!(
            seen,
            [
                ("pets", Some("/pets"), 0),
                ("toys", Some("/pets/{id}/toys"), 1),
                ("/other/{id}/toys/{toy}", None, 1),
                ("me", None, 0),
            ]
        );
        assert_eq!(found.actions.len(), 6 + 3 + 1 + 2);
        assert_eq!(found.all[3].parameter, None);
    }

    #[test]
    fn names_of_parameters_do_not_matter() {
        assert_eq!(shape("/a/{x}/b/{y}.{z}"), "/a/{}/b/{}.{}");
        let found =
            resources(&format!("  /a/{{x}}: {}\n  /a/{{y}}: {}\n", operation("get"), operation("delete")));
        assert_eq!((found.all.len(), found.actions.len()), (1, 2));
    }
}
