//! What an operation does to records, from the contract. The only file of this room that asks the model of resources.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::contract::{Contract, Operation, OperationHead, OperationIndex, StatusKey};
use crate::generate::case::settings::is_safe;
use crate::resource::force::{Force, asks, commands, force, is_deed, is_imperative, looks, makes};
use crate::resource::{Action, Resources, infer, shape};

/// What an operation does, as far as one may tell without sending it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It looks.
    Looks,
    /// It adds a record of the resource of that number, if it is known, and touches no other.
    Creates(Option<usize>),
    /// It asks, though with a method that may change things.
    Asks,
    /// It does something: the word that says so.
    Acts(String),
    /// It changes, replaces or deletes.
    Changes,
}

/// What is known of a contract's operations and resources.
pub struct Knowledge {
    resources: Resources,
    /// Resources by the shape of one entity's path.
    by_item: HashMap<String, usize>,
    contract: Arc<Contract>,
    /// The operations that show what a path leads to, by its shape.
    readers: HashMap<String, OperationIndex>,
    /// The operations that list what lies below one entity, by the shape of its path.
    below: HashMap<String, Vec<OperationIndex>>,
    /// Paths that are changed or deleted as a whole.
    changed: HashSet<String>,
}

impl fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Knowledge").field("resources", &self.resources.all.len()).finish()
    }
}

impl Knowledge {
    /// Of a contract.
    #[must_use]
    pub fn of(contract: &Arc<Contract>) -> Self {
        // A wrong declaration is told by the mock; here it means that nothing is known to be harmless.
        let resources = infer(contract, &IndexMap::new()).unwrap_or_default();
        let mut by_item: HashMap<String, usize> = HashMap::new();
        let mut readers = HashMap::new();
        let mut below: HashMap<String, Vec<OperationIndex>> = HashMap::new();
        let mut changed = HashSet::new();
        for head in contract.heads() {
            let path = head.path.trim_end_matches('/');
            if head.method == "GET" {
                readers.entry(shape(path)).or_insert(head.index);
                if let Some((item, last)) = path.rsplit_once('/')
                    && item.ends_with('}')
                    && !last.contains('{')
                {
                    below.entry(shape(item)).or_default().push(head.index);
                }
            } else if ["PUT", "PATCH", "DELETE"].contains(&head.method.as_str()) && !path.ends_with('}') {
                changed.insert(shape(path));
            }
        }
        for (number, resource) in resources.all.iter().enumerate() {
            if resource.item.ends_with('}') {
                by_item.entry(shape(&resource.item)).or_insert(number);
            }
        }
        for head in contract.heads() {
            let Some(link) = resources.link(head.index) else { continue };
            let Some(id) = link.id.as_ref().filter(|_| link.by.is_none()) else { continue };
            if let Some(end) = head.path.find(&format!("{{{id}}}")) {
                by_item.entry(shape(&head.path[..end + id.len() + 2])).or_insert(link.resource);
            }
        }
        Self { resources, by_item, contract: Arc::clone(contract), readers, below, changed }
    }

    /// The operation that shows a record of the resource.
    pub(crate) fn reader(&self, resource: usize) -> Option<Arc<Operation>> {
        let index = self.readers.get(&shape(self.item_path(resource)?))?;
        Some(self.contract.operation(*index))
    }

    /// The operations that list what goes with what the path leads to: what lies below an entity, else the path's own list.
    pub(crate) fn lists(&self, path: &str) -> Vec<Arc<Operation>> {
        let path = shape(path.trim_end_matches('/'));
        let found: Vec<OperationIndex> = if path.ends_with('}') {
            self.below.get(&path).cloned().unwrap_or_default()
        } else {
            self.readers.get(&path).into_iter().copied().collect()
        };
        found.into_iter().map(|index| self.contract.operation(index)).collect()
    }

    /// The resource of which the path, up to and with a parameter at its end, names one.
    pub(crate) fn item(&self, path: &str) -> Option<usize> {
        path.ends_with('}').then(|| self.by_item.get(&shape(path)).copied()).flatten()
    }

    /// A path without the names of its parameters.
    pub(crate) fn shape(path: &str) -> String {
        shape(path)
    }

    /// The resource that an operation is about.
    pub(crate) fn resource(&self, head: &OperationHead) -> Option<usize> {
        self.resources.link(head.index).map(|link| link.resource)
    }

    /// The path of one entity of a resource.
    pub(crate) fn item_path(&self, resource: usize) -> Option<&str> {
        self.resources.all.get(resource).map(|resource| resource.item.as_str())
    }

    /// What the operation does.
    pub(crate) fn role(&self, operation: &Operation) -> Role {
        let head = &operation.head;
        if is_safe(&head.method) {
            return commanded(operation).map_or(Role::Looks, Role::Acts);
        }
        if head.method != "POST" {
            return Role::Changes;
        }
        let link = self.resources.link(head.index);
        let last = last_literal(&head.path);
        if let Some(word) = self.posted(operation, last) {
            return Role::Acts(word);
        }
        let at_item = head.path.trim_end_matches('/').ends_with('}');
        match link {
            Some(link)
                if link.action == Action::Create
                    && link.id.is_none()
                    && !self.is_single(head, link.resource) =>
            {
                Role::Creates(Some(link.resource))
            }
            Some(link) if link.action == Action::List => Role::Asks,
            None if asks(last) && force(last).is_none() && answers(operation) => Role::Asks,
            // What is changed at the same path is one thing, not a collection.
            None if !at_item
                && creates_by_word(operation, last)
                && !self.changed.contains(&shape(&head.path)) =>
            {
                Role::Creates(None)
            }
            _ => Role::Acts(last.to_owned()),
        }
    }

    /// Whether an operation's path is one thing that is changed there: no path names one of several.
    fn is_single(&self, head: &OperationHead, resource: usize) -> bool {
        let several = self.item_path(resource).is_some_and(|item| item.trim_end_matches('/').ends_with('}'));
        !several && self.changed.contains(&shape(head.path.trim_end_matches('/')))
    }

    /// The word by which a POST acts, whatever its path looks like.
    fn posted(&self, operation: &Operation, last: &str) -> Option<String> {
        let head = &operation.head;
        let named =
            |text: &str| (!makes(text) && force(text) == Some(Force::Surely)).then(|| text.to_owned());
        let of_path = match force(last) {
            Some(Force::Surely) => Some(last.to_owned()),
            _ if is_deed(last) => Some(last.to_owned()),
            // A collection of releases is one; `/orders/release` is a command.
            Some(Force::Perhaps) if !is_plural(last) && !makes(last) => Some(last.to_owned()),
            _ => None,
        };
        let many = operation
            .request_body
            .as_ref()
            .is_some_and(|_| matches!(self.resources.link(head.index), Some(link) if matches!(link.action, Action::CreateMany | Action::Clear)));
        of_path
            .or_else(|| named(own_id(head)))
            .or_else(|| operation.summary.as_deref().and_then(first_word).and_then(named))
            .or_else(|| many.then(|| last.to_owned()))
    }

    /// Whether a word says that something is done.
    pub(crate) fn does(&self, word: &str) -> bool {
        force(word).is_some()
    }

    /// Whether a word says that something is taken away or undone.
    pub(crate) fn ends(&self, word: &str) -> bool {
        commands(word) == Some(Force::Surely)
    }

    /// The word of a path by which a request with a method that only looks does more than that.
    pub(crate) fn commanding(&self, path: &str) -> Option<String> {
        literals(path).find(|segment| commands(segment) == Some(Force::Surely)).map(str::to_owned)
    }
}

/// The word by which an operation whose method only looks says that it does more than that.
fn commanded(operation: &Operation) -> Option<String> {
    let head = &operation.head;
    if let Some(word) = literals(&head.path).find(|segment| commands(segment) == Some(Force::Surely)) {
        return Some(word.to_owned());
    }
    if let Some(word) =
        literals(&head.path).find(|segment| is_imperative(segment) && is_command(&head.path, segment))
    {
        return Some(word.to_owned());
    }
    let id = own_id(head);
    if !looks(id) && (commands(id) == Some(Force::Surely) || is_imperative(id)) {
        return Some(id.to_owned());
    }
    let summary = operation.summary.as_deref().and_then(first_word);
    if let Some(word) = summary
        && force(word) == Some(Force::Surely)
        && !word.to_ascii_lowercase().ends_with("ion")
    {
        return Some(word.to_owned());
    }
    // `open` at the end of a path may be a state; it is a command unless something says that one looks.
    let last = last_literal(&head.path);
    let at_end = !head.path.trim_end_matches('/').ends_with('}');
    let shown = looks(id) || operation.summary.as_deref().is_some_and(looks);
    (at_end && !shown && commands(last).is_some()).then(|| last.to_owned())
}

/// Whether a word of a path stands before one record, or at the end: `/activate/{token}`, not `/send/statistics`.
fn is_command(path: &str, word: &str) -> bool {
    let mut segments = path.trim_end_matches('/').split('/').skip_while(|segment| *segment != word).skip(1);
    segments.next().is_none_or(|next| next.starts_with('{'))
}

/// Whether what was asked for is what comes: a success that tells only that something was made, or done, is no answer.
fn answers(operation: &Operation) -> bool {
    let mut successes = operation.responses.iter().filter_map(|response| match response.status {
        StatusKey::Exact(status) if (200..300).contains(&status) => Some(status),
        _ => None,
    });
    let (all, made) = successes
        .try_fold((0, 0), |(all, made), status| {
            Some((all + 1, made + u32::from([201, 202, 204, 205].contains(&status))))
        })
        .unwrap_or_default();
    all == 0 || made < all
}

/// A POST that nothing else is known of makes something where it says so, in the plural and with a 201.
fn creates_by_word(operation: &Operation, last: &str) -> bool {
    let made = operation.responses.iter().any(|response| response.status == StatusKey::Exact(201));
    let says = makes(own_id(&operation.head)) || is_plural(last);
    made && says && force(last).is_none()
}

/// The operation's id where the contract gives one; a made-up one says nothing.
fn own_id(head: &OperationHead) -> &str {
    if head.id.contains('/') { "" } else { &head.id }
}

fn first_word(text: &str) -> Option<&str> {
    text.split_whitespace().next().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
}

fn is_plural(word: &str) -> bool {
    let lower = word.to_lowercase();
    lower.ends_with('s') && !lower.ends_with("ss")
}

/// The literal words of a path template: its segments without parameters, and what stands behind a colon.
fn literals(path: &str) -> impl Iterator<Item = &str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split(['/', ':']).filter(|segment| !segment.is_empty() && !segment.contains(['{', '}']))
}

fn last_literal(path: &str) -> &str {
    literals(path).last().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// The roles of operations: path, method, operationId (or none), more of the operation.
    fn roles(operations: &[(&str, &str, &str, &str)]) -> Vec<String> {
        let mut paths: IndexMap<&str, String> = IndexMap::new();
        for (path, method, id, more) in operations {
            let id = if id.is_empty() { String::new() } else { format!("operationId: {id}, ") };
            let more = if more.is_empty() {
                "responses: {'200': {description: d}}".to_owned()
            } else {
                (*more).to_owned()
            };
            paths.entry(path).or_default().push_str(&format!("    {method}: {{{id}{more}}}\n"));
        }
        let mut text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n".to_owned();
        for (path, operations) in paths {
            text.push_str(&format!("  \"{path}\":\n{operations}"));
        }
        let contract: Arc<Contract> = Contract::from_text("t.yaml", &text).unwrap();
        let knowledge = Knowledge::of(&contract);
        contract
            .heads()
            .iter()
            .map(|head| match knowledge.role(&contract.operation(head.index)) {
                Role::Acts(_) => "acts".to_owned(),
                Role::Creates(_) => "creates".to_owned(),
                Role::Looks => "looks".to_owned(),
                Role::Asks => "asks".to_owned(),
                Role::Changes => "changes".to_owned(),
            })
            .collect()
    }

    /// A POST on a collection beside what makes it one.
    fn posted(path: &str, id: &str, more: &str) -> String {
        let item = format!("{path}/{{id}}");
        roles(&[(path, "post", id, more), (path, "get", "", ""), (&item, "get", "", "")])[0].clone()
    }

    #[test]
    fn plain_creation_is_told_from_what_acts() {
        for path in ["/orders", "/v1/users", "/a/{a}/notes", "/releases", "/companies", "/pet", "/accounts"] {
            assert_eq!(posted(path, "", ""), "creates", "{path}");
        }
        for path in [
            "/purge",
            "/orders/reset",
            "/deletions",
            "/cancellations",
            "/admin/flush",
            "/bulk",
            "/orders:batchDelete",
            "/login",
            "/logout",
            "/resets",
            "/orders/import",
            "/merge",
            "/restore",
            "/factory-reset",
            "/order-removals",
            "/transfers",
            "/refunds",
            "/stock-imports",
        ] {
            assert_eq!(posted(path, "", ""), "acts", "{path}");
        }
        assert_eq!(posted("/orders", "deleteOrders", ""), "acts");
        assert_eq!(posted("/orders", "createOrder", ""), "creates");
        let summary = "summary: Deletes all orders, responses: {'200': {description: d}}";
        assert_eq!(posted("/orders", "", summary), "acts");
    }

    #[test]
    fn posts_that_stand_alone_create_only_where_the_contract_says_so() {
        let created = "responses: {'201': {description: d}}";
        for (path, id, more, wanted) in [
            ("/feedbacks", "", created, "creates"),
            ("/feedback", "createFeedback", created, "creates"),
            ("/feedback", "", created, "acts"),
            ("/feedbacks", "", "", "acts"),
            ("/system/defrost", "", created, "acts"),
            ("/orders/search", "", "", "asks"),
            ("/orders/query", "", created, "acts"),
            ("/search-and-delete", "", "", "acts"),
            ("/graphql", "", "", "acts"),
            ("/orders/{id}/cancel", "", created, "acts"),
            ("/orders/{id}", "", created, "acts"),
        ] {
            assert_eq!(roles(&[(path, "post", id, more)]), [wanted], "{path} {id}");
        }
    }

    #[test]
    fn what_only_looks_is_told_from_a_get_that_acts() {
        let says = |summary: &str| format!("summary: {summary}, responses: {{'200': {{description: d}}}}");
        for (path, id, more, wanted) in [
            ("/orders", "", String::new(), "looks"),
            ("/orders/{id}", "getOrder", String::new(), "looks"),
            ("/deletions", "", String::new(), "looks"),
            ("/deleted-items", "", String::new(), "looks"),
            ("/releases", "", String::new(), "looks"),
            ("/status/open", "listOpen", String::new(), "looks"),
            ("/jobs/run", "", says("Returns the run"), "looks"),
            ("/reset", "getReset", String::new(), "acts"),
            ("/logout", "", String::new(), "acts"),
            ("/delete/{id}", "", String::new(), "acts"),
            ("/orders/{id}/cancel", "", String::new(), "acts"),
            ("/admin/cache:flush", "", String::new(), "acts"),
            ("/shut-down", "", String::new(), "acts"),
            ("/activate/{token}", "", String::new(), "acts"),
            ("/orders/{id}", "approve_order", String::new(), "acts"),
            ("/send/statistics", "", String::new(), "looks"),
            ("/door/open", "", String::new(), "acts"),
            ("/items", "resetItems", String::new(), "acts"),
            ("/items", "getResetItems", String::new(), "looks"),
            ("/items", "", says("Resets all items"), "acts"),
        ] {
            assert_eq!(roles(&[(path, "get", id, &more)]), [wanted], "{path} {id} {more}");
        }
    }

    #[test]
    fn what_is_changed_as_a_whole_is_no_collection() {
        let created = "responses: {'201': {description: d}}";
        let operations = ["get", "put", "delete"].map(|method| ("/settings", method, "", ""));
        assert_eq!(roles(&[&[("/settings", "post", "", created)], &operations[..]].concat())[0], "acts");
    }

    #[test]
    fn other_methods_change() {
        let operations = ["put", "patch", "delete"].map(|method| ("/orders/{id}", method, "", ""));
        assert_eq!(roles(&operations), ["changes"; 3]);
    }
}
