//! The path templates of a contract, as a tree of their segments: which methods a path has, which other templates take
//! the same requests.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::base::limits::TEMPLATE_STEPS_MAX;
use crate::contract::{OperationHead, OperationIndex};
use crate::generate::case::naming;

/// All templates of a contract.
#[derive(Debug)]
pub(in crate::generate::case) struct Templates {
    paths: HashMap<String, PathItem>,
    /// The first template that adds one parameter to a path, by that path.
    items: HashMap<String, String>,
    /// All methods of the contract.
    methods: BTreeSet<String>,
    /// The words before an id in any path.
    collections: Arc<HashSet<String>>,
    /// The root is the first.
    nodes: Vec<Node>,
}

/// What operations share a template.
#[derive(Debug)]
struct PathItem {
    methods: BTreeSet<String>,
    first: OperationIndex,
}

/// The segments so far of some templates.
#[derive(Debug, Default)]
struct Node {
    /// Next segments without parameters.
    literal: HashMap<String, usize>,
    /// Next segments with parameters.
    open: HashMap<String, usize>,
    /// The methods of the template that ends here.
    methods: BTreeSet<String>,
}

impl Templates {
    /// Those of all operations.
    pub(in crate::generate::case) fn of(heads: &[OperationHead]) -> Self {
        let mut templates = Self {
            paths: HashMap::new(),
            items: HashMap::new(),
            methods: BTreeSet::new(),
            nodes: vec![Node::default()],
            collections: Arc::new(naming::collections(heads.iter().map(|head| head.path.as_str()))),
        };
        for head in heads {
            templates.add(head);
        }
        templates
    }

    fn add(&mut self, head: &OperationHead) {
        self.methods.insert(head.method.clone());
        let item = self
            .paths
            .entry(head.path.clone())
            .or_insert_with(|| PathItem { methods: BTreeSet::new(), first: head.index });
        item.methods.insert(head.method.clone());
        item.first = item.first.min(head.index);
        let trimmed = head.path.trim_end_matches('/');
        if let Some((path, name)) = trimmed.rsplit_once("/{")
            && name.strip_suffix('}').is_some_and(|name| !name.contains(['{', '}', '/']))
        {
            self.items.entry(path.to_owned()).or_insert_with(|| head.path.clone());
        }
        let mut at = 0;
        for segment in head.path.split('/') {
            let fresh = self.nodes.len();
            let node = &mut self.nodes[at];
            let next = if segment.contains('{') { &mut node.open } else { &mut node.literal };
            at = match next.get(segment) {
                Some(known) => *known,
                None => {
                    next.insert(segment.to_owned(), fresh);
                    self.nodes.push(Node::default());
                    fresh
                }
            };
        }
        self.nodes[at].methods.insert(head.method.clone());
    }

    /// The documented methods of a template.
    pub(in crate::generate::case) fn methods(&self, path: &str) -> Vec<String> {
        self.paths.get(path).map(|item| item.methods.iter().cloned().collect()).unwrap_or_default()
    }

    /// True when an operation is the first of its path: it speaks for the path as a whole.
    pub(in crate::generate::case) fn leads(&self, head: &OperationHead) -> bool {
        self.paths.get(&head.path).is_none_or(|item| item.first == head.index)
    }

    /// What a path says of its records.
    pub(in crate::generate::case) fn naming(&self, path: &str) -> naming::Known {
        let collection = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        naming::Known {
            collections: Arc::clone(&self.collections),
            ..naming::Known::of(path, self.items.get(collection).map(String::as_str))
        }
    }

    /// The methods of all templates that requests to this one may match as well, its own among them; all methods of the
    /// contract where finding out takes too long.
    pub(in crate::generate::case) fn overlapping(&self, path: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        let done = self.walk(path, &mut |methods| {
            found.extend(methods.iter().cloned());
            found.len() == self.methods.len()
        });
        if done { found } else { self.methods.clone() }.into_iter().collect()
    }

    /// True when a template takes such a path, also where finding out takes too long.
    pub(in crate::generate::case) fn take(&self, path: &str) -> bool {
        let mut found = false;
        let done = self.walk(path, &mut |methods| {
            found |= !methods.is_empty();
            found
        });
        found || !done
    }

    /// Shows the methods of each template that overlaps, segment by segment equal or a parameter in one of them, until
    /// `enough` says so. False when that takes too many steps.
    fn walk(&self, path: &str, enough: &mut dyn FnMut(&BTreeSet<String>) -> bool) -> bool {
        let segments: Vec<&str> = path.split('/').collect();
        let mut open = vec![(0, 0)];
        let mut steps = 0;
        while let Some((at, depth)) = open.pop() {
            steps += 1;
            if steps > TEMPLATE_STEPS_MAX {
                return false;
            }
            let Some(node) = self.nodes.get(at) else { continue };
            let Some(segment) = segments.get(depth) else {
                if enough(&node.methods) {
                    return true;
                }
                continue;
            };
            let mut next = |at: &usize| open.push((*at, depth + 1));
            node.open.values().for_each(&mut next);
            if segment.contains('{') {
                node.literal.values().for_each(&mut next);
            } else if let Some(at) = node.literal.get(*segment) {
                next(at);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Pointer;
    use crate::document::{FileId, Location};

    fn templates(operations: &[(&str, &str)]) -> (Templates, Vec<OperationHead>) {
        let head = |(n, (method, path)): (u32, &(&str, &str))| OperationHead {
            index: OperationIndex(n),
            method: (*method).to_owned(),
            path: (*path).to_owned(),
            id: format!("{method} {path}"),
            tags: Vec::new(),
            location: Location::new(FileId(0), Pointer::root()),
        };
        let heads: Vec<OperationHead> = (0..).zip(operations).map(head).collect();
        (Templates::of(&heads), heads)
    }

    #[test]
    fn templates_overlap_where_a_path_fits_both() {
        let overlap = |a, b| templates(&[("GET", a)]).0.take(b);
        for (a, b) in [("/user/{name}", "/user/login"), ("/{a}/{b}", "/x/y"), ("/a", "/a"), ("/a.{x}", "/b")]
        {
            assert!(overlap(a, b) && overlap(b, a), "{a} {b}");
        }
        for (a, b) in [("/user/{name}", "/user"), ("/a/{x}", "/b/{x}"), ("/a", "/a/")] {
            assert!(!overlap(a, b) && !overlap(b, a), "{a} {b}");
        }
    }

    #[test]
    fn methods_and_records_are_known_by_path() {
        let (templates, heads) = templates(&[
            ("GET", "/users/{id}"),
            ("DELETE", "/users/{id}"),
            ("PUT", "/users/me"),
            ("POST", "/users"),
            ("TRACE", "/users/{other}/"),
        ]);
        assert_eq!(templates.methods("/users/{id}"), ["DELETE", "GET"]);
        assert_eq!(templates.methods("/nowhere"), [""; 0]);
        assert_eq!(templates.overlapping("/users/me"), ["DELETE", "GET", "PUT"]);
        assert_eq!(
            heads.iter().map(|h| templates.leads(h)).collect::<Vec<_>>(),
            [true, false, true, true, true]
        );
        assert_eq!(templates.naming("/users").parameter.as_deref(), Some("id"));
    }

    #[test]
    fn what_takes_too_long_is_taken_for_all() {
        let paths: Vec<String> = (0..2 * TEMPLATE_STEPS_MAX).map(|n| format!("/a{n}/x")).collect();
        let mut operations: Vec<(&str, &str)> = paths.iter().map(|path| ("GET", path.as_str())).collect();
        operations.push(("PUT", "/{any}/y"));
        let (templates, _) = templates(&operations);
        assert_eq!(templates.overlapping("/{any}/y"), ["GET", "PUT"]);
        assert!(templates.take("/{any}/z") && !templates.take("/a1/z"));
    }
}
