//! What else paths tell: collections without a path for one entity, views of a collection, actions on one entity or on
//! many, things that there is one of, and what merely stands below an entity.

use super::infer::Inference;
use super::names::{alike, words};
use super::paths::{bare, last_literal, other_number, prefixes, shape};
use super::verbs;
use crate::contract::OperationHead;
use crate::resource::model::{Action, Link, Resource, parameters, split_item};

/// First words of paths that look like collections and are none: they ask, reckon or sign in.
const NO_COLLECTIONS: [&str; 34] = [
    "search",
    "query",
    "find",
    "lookup",
    "filter",
    "login",
    "logout",
    "token",
    "tokens",
    "auth",
    "oauth",
    "oauth2",
    "authorize",
    "rpc",
    "graphql",
    "batch",
    "bulk",
    "export",
    "import",
    "validate",
    "verify",
    "preview",
    "stats",
    "statistics",
    "count",
    "health",
    "status",
    "metrics",
    "ping",
    "estimate",
    "calculate",
    "convert",
    "introspect",
    "userinfo",
];

/// Last words of paths that list what stands before them (`/containers/json`).
const LISTS: [&str; 6] = ["json", "list", "all", "paginated", "index", "browse"];

/// Last words of paths that show the one that stands before them (`/containers/{id}/json`).
const READS: [&str; 4] = ["json", "details", "info", "get"];

/// First words of paths that make one of what stands before them.
const CREATES: [&str; 7] = ["create", "new", "add", "register", "insert", "upload", "import"];

/// Words for several at once.
const MANY: [&str; 9] = ["batch", "bulk", "many", "multiple", "array", "list", "mass", "all", "multi"];

/// Words for deleting.
const DELETES: [&str; 5] = ["delete", "remove", "destroy", "purge", "clear"];

impl Inference<'_> {
    /// Collections whose entities have no path of their own, or have it elsewhere; and other lists of known entities.
    pub(super) fn orphans(&mut self) {
        for path in self.paths.all() {
            if split_item(path).is_some() || bare(path).ends_with('}') || path.contains(':') {
                continue;
            }
            let free = |head: &&&OperationHead| !self.found.links.contains_key(&head.index);
            let heads = self.paths.heads(path);
            let (get, post) = (
                heads.iter().filter(free).find(|h| h.method == "GET").copied(),
                heads.iter().filter(free).find(|h| h.method == "POST").copied(),
            );
            if get.is_none() && post.is_none() {
                continue;
            }
            let name = last_literal(path).unwrap_or_default().to_owned();
            if let Some(get) = get
                && let Some(number) = self.listed(get, &name)
            {
                let mut link = Link::new(number, Action::List, None);
                link.sure = false;
                link.why = format!("it lists the same schema as `{}` shows", self.found.all[number].item);
                self.link(get, link);
            }
            if let Some(post) = post
                && let Some(number) = self.made(post, &name)
            {
                let mut link = Link::new(number, Action::Create, None);
                link.why = format!("it answers the same schema as `{}`", self.found.all[number].item);
                self.link(post, link);
            }
            if let (Some(get), Some(post)) = (get, post) {
                self.itemless(path, &name, get, post);
            }
        }
    }

    /// The resource whose entities an operation lists: of the same schema, and of the same name where there are several.
    fn listed(&self, get: &OperationHead, name: &str) -> Option<usize> {
        self.best(name, self.of_kind(&self.paths.shown(get).many))
    }

    /// The resource of this name that an operation makes one of.
    fn made(&self, post: &OperationHead, name: &str) -> Option<usize> {
        let named =
            |n: &usize| last_literal(&self.found.all[*n].item).is_some_and(|other| alike(other, name));
        let of_kind = self.of_kind(&self.paths.shown(post).one);
        self.best(name, of_kind.into_iter().filter(named).collect())
    }

    fn best(&self, name: &str, found: Vec<usize>) -> Option<usize> {
        if let [only] = found.as_slice() {
            return Some(*only);
        }
        let named =
            |n: &usize| last_literal(&self.found.all[*n].item).is_some_and(|other| alike(other, name));
        let mut named = found.into_iter().filter(named);
        named.next().filter(|_| named.next().is_none())
    }

    /// A collection that is listed and added to, whose entities no path names.
    fn itemless(&mut self, path: &str, name: &str, get: &OperationHead, post: &OperationHead) {
        let words = words(name);
        let asks = words.first().is_some_and(|word| NO_COLLECTIONS.contains(&word.as_str()));
        let shown = self.paths.shown(get);
        let linked = |head: &OperationHead| self.found.links.contains_key(&head.index);
        if asks || linked(get) || linked(post) || !shown.lists {
            return;
        }
        let number = self.found.all.len();
        let resource = Resource {
            name: self.free_name(path),
            item: format!("{}/{{id}}", bare(path)),
            collection: Some(path.to_owned()),
            parents: parameters(path),
            listed_only: true,
            reasons: vec![format!("`{path}` is listed and added to; no path names one entity")],
            ..Resource::default()
        };
        self.found.all.push(resource);
        self.by_collection.entry(shape(path)).or_insert(number);
        for head in self.paths.heads(path).to_vec() {
            let action = match head.method.as_str() {
                "GET" => Action::List,
                "POST" => Action::Create,
                "DELETE" => Action::Clear,
                _ => continue,
            };
            self.link(head, Link::new(number, action, None));
        }
    }

    /// What is left: single things, actions, and what stands below an entity.
    pub(super) fn rest(&mut self) {
        for path in self.paths.all() {
            let free = self.paths.heads(path).iter().any(|h| !self.found.links.contains_key(&h.index));
            if !free {
                continue;
            }
            if !self.is_single(path) {
                self.below(path);
                continue;
            }
            let resource = Resource {
                name: self.free_name(path),
                reasons: vec![format!("`{path}` is read and changed, and there is no list of it")],
                ..Resource::default()
            };
            self.single(resource, path);
        }
    }

    /// Whether a path is a thing that there is one of: read and changed, neither an item nor a collection.
    fn is_single(&self, path: &str) -> bool {
        if bare(path).ends_with('}')
            || self.paths.heads(path).iter().any(|h| self.found.links.contains_key(&h.index))
        {
            return false;
        }
        let has = |method: &str| self.paths.head(path, method);
        let (Some(get), changes) = (has("GET"), has("PUT").or(has("PATCH"))) else { return false };
        match has("POST") {
            None => changes.is_some(),
            Some(post) => {
                let (read, made) = (self.paths.shown(get), self.paths.shown(post));
                !read.lists && read.same_as(&made)
            }
        }
    }

    /// Takes in a thing that there is one of.
    pub(super) fn single(&mut self, mut resource: Resource, path: &str) -> usize {
        let number = self.found.all.len();
        path.clone_into(&mut resource.item);
        resource.parents = parameters(path);
        self.found.all.push(resource);
        for head in self.paths.heads(path).to_vec() {
            let action = match head.method.as_str() {
                "GET" => Action::Read,
                "PUT" | "POST" => Action::Replace,
                "PATCH" => Action::Change,
                "DELETE" => Action::Delete,
                _ => continue,
            };
            self.link(head, Link::new(number, action, None));
        }
        number
    }

    /// A path below an entity's, or below a collection's.
    fn below(&mut self, path: &str) {
        // `/orders/{id}:cancel` and `/orders:batchCreate` (the custom methods of Google's API guide).
        let (stem, custom) = match bare(path).rsplit_once(':') {
            Some((stem, custom)) if !custom.contains(['/', '}']) => (stem, Some(custom)),
            _ => (bare(path), None),
        };
        let itself = custom.is_some().then_some(stem);
        for prefix in itself.into_iter().chain(prefixes(stem)) {
            let rest: Vec<&str> =
                stem[prefix.len()..].split('/').filter(|s| !s.is_empty()).chain(custom).collect();
            let key = shape(prefix);
            if let Some(number) = self.by_item.get(&key).copied() {
                let Some(parameter) = parameters(prefix).pop() else { return };
                return self.below_one(path, number, &parameter, &rest);
            }
            if let Some(number) = self.by_collection.get(&key).copied() {
                if let [word] = rest.as_slice() {
                    self.below_many(path, number, word);
                }
                return;
            }
            // `/container/create` beside `/containers/{id}`.
            if !prefix.ends_with('}')
                && let [word] = rest.as_slice()
                && let Some(number) = other_number(prefix)
                    .iter()
                    .find_map(|other| self.by_collection.get(&shape(other)).copied())
            {
                return self.below_many(path, number, word);
            }
        }
    }

    fn below_one(&mut self, path: &str, number: usize, parameter: &str, rest: &[&str]) {
        let word = match rest {
            [word] | ["actions" | "action" | "do" | "commands", word] if !word.contains('{') => Some(*word),
            _ => None,
        };
        let has_read = self.found.all[number]
            .shows
            .first()
            .is_some_and(|by| self.found.links.get(by).is_some_and(|link| link.action == Action::Read));
        for head in self.paths.heads(path).to_vec() {
            let mut link = Link::new(number, Action::Below, Some(parameter));
            match (head.method.as_str(), word) {
                ("GET", Some(word)) if READS.contains(&word) && !has_read => {
                    link.action = Action::Read;
                    link.why = format!("`{word}` shows the one that stands before it");
                }
                ("POST" | "PUT" | "PATCH", Some(word)) => {
                    link.action = Action::Act;
                    link.verb = verbs::verb(word);
                    link.sure = false;
                }
                _ => {}
            }
            self.link(head, link);
        }
    }

    fn below_many(&mut self, path: &str, number: usize, word: &str) {
        if word.contains('{') {
            return;
        }
        let words = words(word);
        let first = words.first().map_or("", String::as_str);
        let says = |wanted: &[&str]| words.iter().any(|w| wanted.contains(&w.as_str()));
        for head in self.paths.heads(path).to_vec() {
            let action = match head.method.as_str() {
                "GET" if LISTS.contains(&word) => Action::List,
                "POST" | "PUT" | "DELETE" if says(&DELETES) => Action::Clear,
                "POST" | "PUT" if says(&MANY) && !says(&["update", "modify", "get", "read", "search"]) => {
                    Action::CreateMany
                }
                "POST" | "PUT" if CREATES.contains(&first) => Action::Create,
                _ => continue,
            };
            let mut link = Link::new(number, action, None);
            link.sure = false;
            link.why = format!("`{word}` says so, below the collection of {}", self.found.all[number].name);
            self.link(head, link);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use indexmap::IndexMap;

    use crate::contract::Contract;
    use crate::resource::{Resources, infer};

    fn inferred(paths: &[(&str, &str)]) -> (Arc<Contract>, Resources) {
        let mut text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\ncomponents:\n  schemas:\n    \
                        Pet: {type: object, properties: {id: {type: string}}}\n    \
                        Toy: {type: object, properties: {id: {type: string}}}\npaths:\n"
            .to_owned();
        for (path, operations) in paths {
            text.push_str(&format!("  {path}:\n"));
            for operation in operations.split(' ') {
                let (method, shown) = operation.split_once('=').unwrap_or((operation, ""));
                let reference = |name: &str| format!("{{$ref: '#/components/schemas/{name}'}}");
                let schema = match shown.strip_suffix('s') {
                    _ if shown.is_empty() => String::new(),
                    Some(of) => format!("{{type: array, items: {}}}", reference(of)),
                    None => reference(shown),
                };
                let content = if schema.is_empty() {
                    String::new()
                } else {
                    format!(", content: {{application/json: {{schema: {schema}}}}}")
                };
                text.push_str(&format!(
                    "    {method}: {{responses: {{'200': {{description: d{content}}}}}}}\n"
                ));
            }
        }
        let contract = Contract::from_text("t.yaml", &text).unwrap();
        let found = infer(&contract, &IndexMap::new()).unwrap();
        (contract, found)
    }

    /// Each operation with what it does, and to what.
    fn does(paths: &[(&str, &str)]) -> Vec<String> {
        let (contract, found) = inferred(paths);
        let of = |head: &crate::contract::OperationHead| {
            let link = found.link(head.index)?;
            let verb = if link.verb.is_empty() { String::new() } else { format!(" {}", link.verb) };
            let name = &found.all[link.resource].name;
            Some(format!("{} {}: {:?}{verb} {name}", head.method, head.path, link.action))
        };
        contract.heads().iter().filter_map(of).collect()
    }

    #[test]
    fn collections_items_nesting_and_singletons_are_seen() {
        let (_, found) = inferred(&[
            ("/pets", "get post"),
            ("/pets/{petId}", "get put patch delete"),
            ("/pets/{id}/toys", "get post"),
            ("/pets/{id}/toys/{toy}", "get"),
            ("/me", "get patch"),
            ("/search", "get"),
            ("/other/{id}/toys/{toy}", "get"),
        ]);
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
        assert_eq!(found.links.len(), 6 + 3 + 1 + 2);
        assert!(found.all[3].is_single());
        // Toys stand below pets.
        let owned = found.links.values().filter(|link| link.owner == Some((0, "id".to_owned()))).count();
        assert_eq!(owned, 3);
    }

    #[test]
    fn names_of_parameters_do_not_matter() {
        assert_eq!(
            does(&[("/a/{x}", "get"), ("/a/{y}", "delete")]),
            ["GET /a/{x}: Read a", "DELETE /a/{y}: Delete a"]
        );
    }

    #[test]
    fn actions_are_seen() {
        assert_eq!(
            does(&[
                ("/orders/{id}", "get"),
                ("/orders/{id}/cancel", "post"),
                ("/orders/{id}:mark-as-paid", "post"),
                ("/orders/{id}/actions/ship", "put"),
                ("/orders/{id}/photo", "get"),
                ("/orders/{id}/notes/{note}/pin", "post"),
                ("/orders:batchCreate", "post"),
                ("/orders/bulk-delete", "post"),
                ("/orders/create", "post"),
                ("/orders/statistics", "get"),
                ("/login", "post"),
            ]),
            [
                "GET /orders/{id}: Read orders",
                "POST /orders/{id}/cancel: Act cancel orders",
                "POST /orders/{id}:mark-as-paid: Act paid orders",
                "PUT /orders/{id}/actions/ship: Act ship orders",
                "GET /orders/{id}/photo: Below orders",
                "POST /orders/{id}/notes/{note}/pin: Below orders",
                "POST /orders:batchCreate: CreateMany orders",
                "POST /orders/bulk-delete: Clear orders",
                "POST /orders/create: Create orders",
            ]
        );
    }

    #[test]
    fn stems_may_differ() {
        assert_eq!(
            does(&[
                ("/pet", "post=Pet put=Pet"),
                ("/pet/findByStatus", "get=Pets"),
                ("/pet/{petId}", "get=Pet delete"),
                ("/companies", "get=Toys post=Toy"),
                ("/company/{id}", "get=Toy"),
            ]),
            [
                "POST /pet: Create pet",
                "PUT /pet: Replace pet",
                "GET /pet/findByStatus: List pet",
                "GET /pet/{petId}: Read pet",
                "DELETE /pet/{petId}: Delete pet",
                "GET /companies: List company",
                "POST /companies: Create company",
                "GET /company/{id}: Read company",
            ]
        );
    }

    #[test]
    fn what_has_two_paths_is_one_resource() {
        assert_eq!(
            does(&[
                ("/shops/{shop}/pets", "get=Pets post=Pet"),
                ("/pets/{id}", "get=Pet"),
                ("/shops/{shop}/pets/{id}", "get=Pet delete"),
                ("/pets/by-name/{name}", "get=Pet"),
                ("/pets/{id}/parents/{parent}", "get=Toy"),
                ("/mine/toys", "get=Toys"),
            ]),
            [
                "GET /shops/{shop}/pets: List pets",
                "POST /shops/{shop}/pets: Create pets",
                "GET /pets/{id}: Read pets",
                "GET /shops/{shop}/pets/{id}: Read pets",
                "DELETE /shops/{shop}/pets/{id}: Delete pets",
                "GET /pets/by-name/{name}: Read pets",
                "GET /pets/{id}/parents/{parent}: Read parents",
                "GET /mine/toys: List parents",
            ]
        );
    }

    #[test]
    fn what_asks_is_no_collection_and_what_chooses_a_form_no_id() {
        assert_eq!(
            does(&[
                ("/pets/search", "get=Pets post=Pets"),
                ("/tokens/verify", "get post"),
                ("/docs/{version}", "get"),
                ("/posts/{id}/comments", "get=Toys post=Toy"),
            ]),
            ["GET /posts/{id}/comments: List comments", "POST /posts/{id}/comments: Create comments"]
        );
        // Where something is written, the same word is an id.
        assert_eq!(does(&[("/texts/{language}", "get put")]).len(), 2);
    }
}
