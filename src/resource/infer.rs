//! From paths and methods to resources; declarations go before. What only schemas can tell is found later, on first
//! use ([`super::entity`]): a contract of thousands of operations starts at once.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::declaration_error::DeclarationError;
use super::names::{alike, plain, words};
use super::paths::{Paths, last_literal, other_number, prefixes, shape};
use super::success::Success;
use crate::base::Pointer;
use crate::contract::{Contract, OperationHead};
use crate::document::Location;
use crate::resource::declaration::Declaration;
use crate::resource::model::{Action, Link, Resource, Resources, parameters, split_item};

/// Parameters that choose a form or a part rather than name an entity, plain: where nothing is written, what they
/// choose has no state.
const NO_IDS: [&str; 38] = [
    "version",
    "apiversion",
    "format",
    "ext",
    "extension",
    "lang",
    "language",
    "locale",
    "date",
    "year",
    "month",
    "day",
    "query",
    "q",
    "term",
    "search",
    "searchterm",
    "path",
    "filepath",
    "wildcard",
    "lat",
    "lon",
    "lng",
    "latitude",
    "longitude",
    "zoom",
    "x",
    "y",
    "z",
    "size",
    "width",
    "height",
    "page",
    "limit",
    "metric",
    "interval",
    "unit",
    "currency",
];

/// The resources of a contract.
///
/// # Errors
/// [`DeclarationError`] when a declaration does not fit the contract.
pub fn infer(
    contract: &Contract,
    declared: &IndexMap<String, Declaration>,
) -> Result<Resources, DeclarationError> {
    let mut inference = Inference::new(contract);
    for (name, declaration) in declared {
        if let Some(item) = &declaration.item {
            inference.declare(name, item, declaration)?;
        }
    }
    inference.items();
    inference.orphans();
    inference.rest();
    inference.owners();
    inference.overrule(declared)?;
    Ok(inference.found)
}

/// What has been found so far.
pub(super) struct Inference<'c> {
    pub(super) paths: Paths<'c>,
    pub(super) found: Resources,
    /// Resources by the shape of one entity's path, with the name of the id's parameter there.
    pub(super) by_item: HashMap<String, usize>,
    /// Resources by the shape of their collection's path, whether there is such a path or not.
    pub(super) by_collection: HashMap<String, usize>,
    /// Resources by the schemas that show one of their entities.
    pub(super) by_kind: HashMap<Location, Vec<usize>>,
}

impl<'c> Inference<'c> {
    fn new(contract: &'c Contract) -> Self {
        Self {
            paths: Paths::of(contract),
            found: Resources::default(),
            by_item: HashMap::new(),
            by_collection: HashMap::new(),
            by_kind: HashMap::new(),
        }
    }

    /// A declared resource: what inference finds on its paths, with what the declaration says.
    fn declare(&mut self, name: &str, item: &str, declaration: &Declaration) -> Result<(), DeclarationError> {
        let is_path = self.paths.has(item) || !self.paths.same(item).is_empty();
        if !is_path {
            return Err(DeclarationError::no_path(name, item, &self.paths.all()));
        }
        let resource = Resource { name: name.to_owned(), declared: true, ..Resource::default() };
        match split_item(item) {
            Some(_) => self.take_in(resource, item, declaration.collection.as_deref()),
            // A path without a parameter at its end is a thing that there is one of.
            None if !item.trim_end_matches('/').ends_with('}') => self.single(resource, item),
            None => return Err(DeclarationError::no_id(name, item)),
        };
        Ok(())
    }

    /// Paths that end in one parameter. Those with fewer parameters come first: what can be had without its parents
    /// has an identity of its own.
    fn items(&mut self) {
        let mut items: Vec<&str> = self.paths.all().into_iter().filter(|p| split_item(p).is_some()).collect();
        items.sort_by_key(|path| path.matches('{').count());
        for path in items {
            let Some((collection, parameter)) = split_item(path) else { continue };
            if self.by_item.contains_key(&shape(path)) || self.alias(path, collection, parameter) {
                continue;
            }
            let same = self.paths.same(path);
            let writes = same.iter().flat_map(|p| self.paths.heads(p)).any(|head| head.method != "GET");
            if !writes && NO_IDS.contains(&plain(parameter).as_str()) {
                continue;
            }
            let resource = Resource {
                name: self.free_name(path),
                reasons: vec![format!("`{path}` ends in one parameter")],
                ..Resource::default()
            };
            self.take_in(resource, path, None);
        }
    }

    /// Takes a resource in, with the operations on one entity's path and on the collection's.
    pub(super) fn take_in(&mut self, mut resource: Resource, item: &str, collection: Option<&str>) -> usize {
        let (above, parameter) = split_item(item).unwrap_or_default();
        let number = self.found.all.len();
        resource.parents = parameters(item);
        resource.parents.pop();
        item.clone_into(&mut resource.item);
        resource.parameter = Some(parameter.to_owned());
        resource.envelope = Pointer::root();
        let collections = match collection {
            Some(declared) => vec![declared.to_owned()],
            None => self.collections_of(above),
        };
        resource.collection = collections.first().cloned();
        if let Some(path) = &resource.collection
            && shape(path) != shape(above)
        {
            resource.reasons.push(format!("`{path}` is the collection of `{item}`"));
        }
        self.by_item.insert(shape(item), number);
        self.by_collection.entry(shape(above)).or_insert(number);
        self.found.all.push(resource);
        self.link_item(number, item, None, "");
        for path in collections {
            self.by_collection.entry(shape(&path)).or_insert(number);
            self.link_collection(number, &path, "");
        }
        if self.found.all[number].shows.is_empty()
            && !self.found.all[number].declared
            && !self.is_linked(number)
        {
            self.found.all.pop();
            self.by_item.retain(|_, of| *of != number);
            self.by_collection.retain(|_, of| *of != number);
        } else {
            for schema in self.reads(number).iter().flat_map(|shown| shown.one.clone()) {
                self.by_kind.entry(schema).or_default().push(number);
            }
        }
        number
    }

    /// The resources whose entities are of one of these schemas.
    pub(super) fn of_kind(&self, schemas: &[Location]) -> Vec<usize> {
        let mut found: Vec<usize> =
            schemas.iter().filter_map(|at| self.by_kind.get(at)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn is_linked(&self, number: usize) -> bool {
        self.found.links.values().any(|link| link.resource == number)
    }

    /// The paths of all entities whose one is at `above/{id}`: that path, or the same word in the plural or the
    /// singular, or what stands before several parameters in a row.
    fn collections_of(&self, above: &str) -> Vec<String> {
        let free = |path: &str| {
            let known = self.paths.same(path);
            let taken = self.by_item.contains_key(&shape(path));
            (!known.is_empty() && !taken).then(|| known.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
        };
        if above.is_empty() {
            return Vec::new();
        }
        let mut found = if above.ends_with('}') { Vec::new() } else { free(above).unwrap_or_default() };
        let lists = found.iter().any(|path| self.paths.head(path, "GET").is_some());
        if !above.ends_with('}') && !lists {
            let others = other_number(above).into_iter().find_map(|path| free(&path));
            found.extend(others.into_iter().flatten());
        }
        if above.ends_with('}') {
            let before = prefixes(above).find(|prefix| !prefix.ends_with('}'));
            found.extend(before.and_then(free).into_iter().flatten());
        }
        found
    }

    /// A second path to entities that are known already: its answers are of the same schema, and its words say so.
    fn alias(&mut self, path: &str, collection: &str, parameter: &str) -> bool {
        let Some(read) = self.paths.head(path, "GET") else { return false };
        let shown = self.paths.shown(read);
        let same_kind = |number: &usize| self.reads(*number).is_some_and(|known| known.same_as(&shown));
        let below = prefixes(path).find_map(|prefix| self.by_collection.get(&shape(prefix)).copied());
        let below = below.filter(same_kind).filter(|number| {
            let stem = self.found.all[*number].item.as_str();
            let stem = split_item(stem).map_or("", |(collection, _)| collection);
            // `/tasks/name/{name}` is about tasks; `/tasks/{id}/parents/{id}` is not.
            shape(collection)
                .strip_prefix(&shape(stem))
                .is_some_and(|rest| !rest.contains('{') && rest.len() > 1)
        });
        if let Some(number) = below {
            let word = last_literal(collection).map(|w| w.trim_start_matches("by").trim_matches(['-', '_']));
            let by = word.filter(|word| !word.is_empty()).unwrap_or(parameter).to_owned();
            self.by_item.insert(shape(path), number);
            self.link_item(
                number,
                path,
                Some(&by),
                &format!("it shows the same schema as `{}`", self.found.all[number].item),
            );
            return true;
        }
        let word = last_literal(collection).unwrap_or_default().to_owned();
        let named =
            |n: &usize| last_literal(&self.found.all[*n].item).is_some_and(|other| alike(other, &word));
        let twins: Vec<usize> = self.of_kind(&shown.one).into_iter().filter(named).collect();
        let [number] = twins.as_slice() else { return false };
        let why = format!("it shows the same schema as `{}`", self.found.all[*number].item);
        self.by_item.insert(shape(path), *number);
        self.link_item(*number, path, None, &why);
        for path in self.collections_of(collection) {
            self.by_collection.entry(shape(&path)).or_insert(*number);
            self.link_collection(*number, &path, &why);
        }
        true
    }

    /// What the operation that shows one entity of a resource shows, where it refers to a schema.
    pub(super) fn reads(&self, number: usize) -> Option<std::rc::Rc<Success>> {
        let by = *self.found.all[number].shows.first()?;
        let head = self.paths.contract.heads().get(by.0 as usize)?;
        Some(self.paths.shown(head))
    }

    /// The last literal segment of the collection, unless another resource has it already.
    pub(super) fn free_name(&self, path: &str) -> String {
        let name = last_literal(path).unwrap_or(path);
        if self.found.position(name).is_none() { name.to_owned() } else { path.to_owned() }
    }

    fn link_item(&mut self, number: usize, item: &str, by: Option<&str>, why: &str) {
        for path in self.paths.same(item).to_vec() {
            let Some((_, parameter)) = split_item(path) else { continue };
            let heads = self.paths.heads(path).to_vec();
            let changes = heads.iter().any(|h| matches!(h.method.as_str(), "PUT" | "PATCH"));
            for head in heads {
                let action = match head.method.as_str() {
                    "GET" => Action::Read,
                    "PUT" => Action::Replace,
                    "PATCH" => Action::Change,
                    "DELETE" => Action::Delete,
                    "POST" => posted_to_one(head, changes),
                    _ => continue,
                };
                let mut link = Link::new(number, action, Some(parameter));
                link.by = by.map(str::to_owned);
                why.clone_into(&mut link.why);
                self.link(head, link);
            }
        }
    }

    fn link_collection(&mut self, number: usize, collection: &str, why: &str) {
        for head in self.paths.heads(collection).to_vec() {
            let action = match head.method.as_str() {
                "GET" => Action::List,
                "POST" => Action::Create,
                "PUT" => Action::Replace,
                "PATCH" => Action::Change,
                "DELETE" => Action::Clear,
                _ => continue,
            };
            let mut link = Link::new(number, action, None);
            why.clone_into(&mut link.why);
            if matches!(action, Action::Replace | Action::Change) {
                link.why = "the id is in the body".to_owned();
            }
            self.link(head, link);
        }
    }

    /// Notes what an operation does, unless that is known already.
    pub(super) fn link(&mut self, head: &OperationHead, link: Link) {
        if self.found.links.contains_key(&head.index) {
            return;
        }
        let resource = &mut self.found.all[link.resource];
        if link.sure && link.action != Action::Below && link.by.is_none() {
            resource.shows.push(head.index);
            let declared = resource.declared;
            let links = &self.found.links;
            let rank = |index: &crate::contract::OperationIndex| {
                let action = links.get(index).map_or(link.action, |known| known.action);
                match action {
                    Action::Read => 0,
                    Action::Delete if declared => 1,
                    Action::Create => 2,
                    Action::Replace => 3,
                    Action::Change => 4,
                    Action::Delete => 5,
                    Action::List => 6,
                    _ => 7,
                }
            };
            resource.shows.sort_by_key(rank);
        }
        self.found.links.insert(head.index, link);
    }

    /// Which entity each operation stands below.
    fn owners(&mut self) {
        let by_item = &self.by_item;
        for head in self.paths.contract.heads() {
            let Some(link) = self.found.links.get_mut(&head.index) else { continue };
            if matches!(link.action, Action::Below | Action::Act) {
                continue;
            }
            let own =
                split_item(&head.path).filter(|_| link.id.is_some()).map_or(head.path.as_str(), |(c, _)| c);
            let above = std::iter::once(own).filter(|p| *p != head.path).chain(prefixes(own));
            link.owner = above.filter(|p| p.ends_with('}')).find_map(|prefix| {
                let number = *by_item.get(&shape(prefix))?;
                (number != link.resource).then(|| Some((number, parameters(prefix).pop()?)))?
            });
        }
    }
}

/// What a POST to one entity's path does: it makes the entity where its name says so, else it changes it.
fn posted_to_one(head: &OperationHead, changed_otherwise: bool) -> Action {
    let words = words(&head.id);
    let says = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    if says(&["update", "modify", "edit", "change", "patch"]) {
        Action::Change
    } else if says(&["create", "add", "insert", "put", "upsert"]) {
        Action::Create
    } else if changed_otherwise {
        Action::Below
    } else {
        Action::Change
    }
}
