//! From a method and a raw path to an operation: a trie over path segments, built once from the operation heads.
//!
//! Concrete segments go before mixed ones (`{name}.{ext}`), those before pure templates (OpenAPI 3.1, Paths Object:
//! "concrete definition before templated"). A segment may hold several parameters and literal text between them
//! (`/files/{name}.{ext}`, `/orders/{id}:cancel`). A query in a path key (`/x?beta=true`) must be in the request's query
//! too; a fragment is never sent, and says nothing here. Paths match with and without the base path of the servers.
//! Values of parameters stay percent-encoded, except that octets that need no encoding are decoded (RFC 3986 §6.2.2.2);
//! an empty segment never is a parameter's value. Case matters.

use std::collections::BTreeMap;

use super::segment::{Piece, decoded, literal_chars, normal, pieces, take};
use crate::contract::{OperationHead, OperationIndex};
use crate::wire::query;

/// What the router says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed {
    /// The operation, with the raw values of its path parameters in the path's order.
    Found {
        /// The operation.
        operation: OperationIndex,
        /// Name and raw value.
        values: Vec<(String, String)>,
    },
    /// The path is known, with these methods (sorted) but not with this one.
    OtherMethods(Vec<String>),
    /// Nothing has this path.
    Unknown,
}

/// The trie.
#[derive(Debug, Default)]
pub struct Router {
    root: Node,
    /// Base paths of servers (without a trailing slash, not empty), the longest first.
    bases: Vec<String>,
}

#[derive(Debug, Default)]
struct Node {
    /// Next segments without templates, by their decoded text.
    literal: BTreeMap<String, Node>,
    /// Next segments with templates: the ones with more literal text first.
    mixed: Vec<(Vec<Piece>, Node)>,
    /// The operations that end here by method; those that ask more of the query first.
    ends: BTreeMap<String, Vec<End>>,
}

/// The end of an operation's path.
#[derive(Debug, PartialEq, Eq)]
struct End {
    operation: OperationIndex,
    /// The parameters' names in the path's order.
    names: Vec<String>,
    /// Members that the query must have: name and value, decoded; any value where none is written.
    query: Vec<(String, Option<String>)>,
}

impl End {
    fn takes(&self, sent: Option<&str>) -> bool {
        self.query.iter().all(|(name, value)| {
            query::members(sent.unwrap_or_default())
                .any(|m| m.name == *name && value.as_ref().is_none_or(|value| m.value() == *value))
        })
    }
}

impl Router {
    /// The router of these operations behind these server base paths (`""` and `/` add nothing).
    #[must_use]
    pub fn new<'h>(
        heads: impl IntoIterator<Item = &'h OperationHead>,
        bases: impl IntoIterator<Item = String>,
    ) -> Self {
        Self::with_own(heads.into_iter().map(|head| (head, Vec::new())), bases)
    }

    /// The same, where each operation comes with the base paths of its own servers.
    #[must_use]
    pub fn with_own<'h>(
        heads: impl IntoIterator<Item = (&'h OperationHead, Vec<String>)>,
        bases: impl IntoIterator<Item = String>,
    ) -> Self {
        let trimmed = |base: &str| base.trim_end_matches('/').to_owned();
        let mut router = Self::default();
        for (head, own) in heads {
            router.root.insert(head, "");
            for base in own.iter().map(|base| trimmed(base)).filter(|base| base.starts_with('/')) {
                router.root.insert(head, &base);
            }
        }
        router.root.sort();
        router.bases = bases
            .into_iter()
            .map(|base| normal(&trimmed(&base)).into_owned())
            .filter(|base| base.starts_with('/'))
            .collect();
        router.bases.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        router.bases.dedup();
        router
    }

    /// The methods that a raw path, perhaps with a query, has, sorted.
    #[must_use]
    pub fn methods(&self, target: &str) -> Vec<String> {
        // No method is empty, so every match is noted.
        match self.route("", target) {
            Routed::OtherMethods(methods) => methods,
            _ => Vec::new(),
        }
    }

    /// Finds the operation for `method` and the raw path, perhaps with a query (which counts where a path key has one).
    #[must_use]
    pub fn route(&self, method: &str, target: &str) -> Routed {
        let (path, query) = parted(target);
        let mut asked = Asked { method, query, methods: Vec::new() };
        let path = normal(path);
        let mut values = Vec::new();
        if let Some(end) = self.end(&mut asked, &path, &mut values) {
            let values = end.names.iter().zip(values);
            let values = values.map(|(name, value)| (name.clone(), value.to_owned())).collect();
            return Routed::Found { operation: end.operation, values };
        }
        let Asked { mut methods, .. } = asked;
        if methods.is_empty() {
            return Routed::Unknown;
        }
        methods.sort();
        methods.dedup();
        Routed::OtherMethods(methods)
    }

    /// The operation alone that [`Router::route`] finds.
    #[must_use]
    pub fn operation(&self, method: &str, target: &str) -> Option<OperationIndex> {
        let (path, query) = parted(target);
        let mut asked = Asked { method, query, methods: Vec::new() };
        self.end(&mut asked, &normal(path), &mut Vec::new()).map(|end| end.operation)
    }

    fn end<'n, 'p>(
        &'n self,
        asked: &mut Asked<'_>,
        path: &'p str,
        values: &mut Vec<&'p str>,
    ) -> Option<&'n End> {
        let whole = std::iter::once(path);
        let shortened = self
            .bases
            .iter()
            .filter_map(|base| path.strip_prefix(base.as_str()))
            .filter(|rest| rest.is_empty() || rest.starts_with('/'));
        for candidate in whole.chain(shortened) {
            let candidate = if candidate.is_empty() { "/" } else { candidate };
            let Some(candidate) = candidate.strip_prefix('/') else { continue };
            values.clear();
            if let Some(end) = self.root.find(asked, Some(candidate), values) {
                return Some(end);
            }
        }
        None
    }
}

/// The path and the query of a target.
fn parted(target: &str) -> (&str, Option<&str>) {
    match memchr::memchr(b'?', target.as_bytes()) {
        Some(end) => (&target[..end], Some(&target[end + 1..])),
        None => (target, None),
    }
}

/// What is asked for, and the methods that were found for it.
struct Asked<'a> {
    method: &'a str,
    query: Option<&'a str>,
    methods: Vec<String>,
}

impl Node {
    fn insert(&mut self, head: &OperationHead, base: &str) {
        let mut node = self;
        let mut names = Vec::new();
        let path = head.path.split_once('#').map_or(head.path.as_str(), |(path, _)| path);
        let (path, wanted) = path.split_once('?').unwrap_or((path, ""));
        let whole = format!("{base}{path}");
        for segment in whole.strip_prefix('/').unwrap_or(&whole).split('/') {
            let pieces = pieces(segment, &mut names);
            node = match pieces.as_slice() {
                [] => node.literal.entry(String::new()).or_default(),
                [Piece::Text(text)] => node.literal.entry(text.clone()).or_default(),
                _ => {
                    let at = node.mixed.iter().position(|(known, _)| *known == pieces).unwrap_or_else(|| {
                        node.mixed.push((pieces, Node::default()));
                        node.mixed.len() - 1
                    });
                    &mut node.mixed[at].1
                }
            };
        }
        let wanted = query::members(wanted);
        let query =
            wanted.map(|m| (m.name.clone().into_owned(), m.raw.map(|_| m.value().into_owned()))).collect();
        let ends = node.ends.entry(head.method.clone()).or_default();
        let end = End { operation: head.index, names, query };
        if ends.iter().all(|known| known.query != end.query) {
            ends.push(end);
        }
    }

    fn sort(&mut self) {
        self.mixed.sort_by_key(|(pieces, _)| std::cmp::Reverse(literal_chars(pieces)));
        for ends in self.ends.values_mut() {
            ends.sort_by_key(|end| std::cmp::Reverse(end.query.len()));
        }
        for child in self.literal.values_mut().chain(self.mixed.iter_mut().map(|(_, node)| node)) {
            child.sort();
        }
    }

    /// Depth-first, the most concrete first; `path` is what is left of it, `None` behind its last segment. Each node of the trie is visited at most once for a path, so the work is
    /// bounded by the contract. On the way, the methods of nodes that match the path but not the method are noted.
    fn find<'n, 'p>(
        &'n self,
        asked: &mut Asked<'_>,
        path: Option<&'p str>,
        values: &mut Vec<&'p str>,
    ) -> Option<&'n End> {
        let Some(path) = path else {
            let taken = |ends: &'n [End]| ends.iter().find(|end| end.takes(asked.query));
            if let Some(end) = self.ends.get(asked.method).and_then(|ends| taken(ends)) {
                return Some(end);
            }
            let others = self.ends.iter().filter(|(_, ends)| taken(ends).is_some());
            asked.methods.extend(others.map(|(method, _)| method.clone()));
            return None;
        };
        let (segment, rest) = match memchr::memchr(b'/', path.as_bytes()) {
            Some(end) => (&path[..end], Some(&path[end + 1..])),
            None => (path, None),
        };
        if let Some(child) = self.literal.get(decoded(segment).as_ref())
            && let Some(found) = child.find(asked, rest, values)
        {
            return Some(found);
        }
        if segment.is_empty() {
            return None;
        }
        for (pieces, child) in &self.mixed {
            let before = values.len();
            if take(pieces, segment, values)
                && let Some(found) = child.find(asked, rest, values)
            {
                return Some(found);
            }
            values.truncate(before);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Location;

    fn router(paths: &[(&str, &str)], bases: &[&str]) -> Router {
        let heads: Vec<OperationHead> = (0..)
            .zip(paths)
            .map(|(n, (method, path))| OperationHead {
                index: OperationIndex(n),
                method: (*method).to_owned(),
                path: (*path).to_owned(),
                id: String::new(),
                tags: Vec::new(),
                location: Location::default(),
            })
            .collect();
        Router::new(&heads, bases.iter().map(|b| (*b).to_owned()))
    }

    fn found(router: &Router, method: &str, path: &str) -> Option<(u32, Vec<String>)> {
        match router.route(method, path) {
            Routed::Found { operation, values } => {
                Some((operation.0, values.into_iter().map(|(_, value)| value).collect()))
            }
            _ => None,
        }
    }

    #[test]
    fn concrete_goes_before_templated_and_methods_fall_through() {
        let r = router(
            &[
                ("GET", "/pets/{id}"),
                ("GET", "/pets/mine"),
                ("DELETE", "/pets/{id}"),
                ("GET", "/pets/{id}.json"),
            ],
            &[],
        );
        assert_eq!(found(&r, "GET", "/pets/mine").unwrap().0, 1);
        assert_eq!(found(&r, "GET", "/pets/m%69ne").unwrap().0, 1);
        assert_eq!(found(&r, "DELETE", "/pets/mine"), Some((2, vec!["mine".into()])));
        assert_eq!(found(&r, "GET", "/pets/x.json"), Some((3, vec!["x".into()])));
        assert_eq!(found(&r, "GET", "/pets/.json"), Some((0, vec![".json".into()])));
        assert_eq!(r.route("PUT", "/pets/mine"), Routed::OtherMethods(vec!["DELETE".into(), "GET".into()]));
    }

    #[test]
    fn values_stay_encoded_and_are_never_empty() {
        let r = router(&[("DELETE", "/v1/things/{id}")], &[]);
        for id in ["a%2Fb", "%zz", "..", "%", "a;b=c", "{id}", "%FF", "a:b"] {
            assert_eq!(found(&r, "DELETE", &format!("/v1/things/{id}")), Some((0, vec![id.to_owned()])));
        }
        for path in
            ["/v1/things/", "/v1/things", "/v1/things/x/", "/v1/things/x/y", "//v1/things/x", "", "*", "/"]
        {
            assert_eq!(r.route("DELETE", path), Routed::Unknown, "{path}");
        }
    }

    #[test]
    fn segments_may_hold_several_parameters_and_verbs() {
        let r = router(
            &[
                ("GET", "/f/{name}.{ext}"),
                ("POST", "/o/{id}:cancel"),
                ("POST", "/o/{id}"),
                ("GET", "/d/{a}-{b}-{c}"),
            ],
            &[],
        );
        assert_eq!(found(&r, "GET", "/f/a.b.c"), Some((0, vec!["a".into(), "b.c".into()])));
        assert_eq!(found(&r, "POST", "/o/7:cancel"), Some((1, vec!["7".into()])));
        assert_eq!(found(&r, "POST", "/o/7:other"), Some((2, vec!["7:other".into()])));
        assert_eq!(found(&r, "GET", "/d/1-2-3-4"), Some((3, vec!["1".into(), "2".into(), "3-4".into()])));
        assert_eq!(r.route("GET", "/f/ab"), Routed::Unknown);
    }

    #[test]
    fn base_paths_are_optional() {
        let r = router(&[("GET", "/pets"), ("GET", "/")], &["/api/v1/", "/api", "", "/"]);
        for path in ["/pets", "/api/pets", "/api/v1/pets"] {
            assert_eq!(found(&r, "GET", path).map(|f| f.0), Some(0), "{path}");
        }
        assert_eq!(found(&r, "GET", "/api").map(|f| f.0), Some(1));
        assert_eq!(r.route("GET", "/apis/pets"), Routed::Unknown);
        assert_eq!(r.route("GET", "/api/v2/pets"), Routed::Unknown);
    }

    #[test]
    fn a_query_in_a_path_key_is_part_of_it() {
        let r = router(
            &[
                ("POST", "/m"),
                ("POST", "/m?beta=true"),
                ("POST", "/m?beta=true&x"),
                ("GET", "/only?a=b%20c"),
                ("GET", "/f#one"),
                ("GET", "/f#two"),
            ],
            &[],
        );
        for (path, want) in [
            ("/m", 0),
            ("/m?other=1", 0),
            ("/m?beta=false", 0),
            ("/m?beta=true", 1),
            ("/m?z=1&beta=true", 1),
            ("/m?x=9&beta=true", 2),
            ("/m?%62eta=true", 1),
        ] {
            assert_eq!(found(&r, "POST", path).map(|f| f.0), Some(want), "{path}");
        }
        assert_eq!(found(&r, "GET", "/only?a=b+c").map(|f| f.0), Some(3));
        assert_eq!(found(&r, "GET", "/f").map(|f| f.0), Some(4));
        assert_eq!(r.route("GET", "/only"), Routed::Unknown);
        assert_eq!(r.route("GET", "/m?beta=true"), Routed::OtherMethods(vec!["POST".into()]));
        assert_eq!(r.methods("/only?a=b+c"), ["GET"]);
    }

    #[test]
    fn encodings_case_and_slashes() {
        let r = router(
            &[("GET", "/a b/{id}"), ("GET", "/s/"), ("GET", "/o/{id}:go"), ("GET", "/t~/x")],
            &["/api v"],
        );
        assert_eq!(found(&r, "GET", "/a%20b/%7E%2F%41"), Some((0, vec!["~%2FA".into()])));
        assert_eq!(found(&r, "GET", "/o/7%3Ago"), Some((2, vec!["7".into()])));
        assert_eq!(found(&r, "GET", "/t%7e/x").map(|f| f.0), Some(3));
        assert_eq!(found(&r, "GET", "/s/").map(|f| f.0), Some(1));
        for path in ["/s", "/s//", "/A b/1", "/o/7:Go", "/o/:go", "/a%2520b/1", "/%zz"] {
            assert_eq!(r.route("GET", path), Routed::Unknown, "{path}");
        }
    }

    #[test]
    fn operations_have_servers_of_their_own() {
        let head = |n: u32, path: &str| OperationHead {
            index: OperationIndex(n),
            method: "GET".to_owned(),
            path: path.to_owned(),
            id: String::new(),
            tags: Vec::new(),
            location: Location::default(),
        };
        let (first, second) = (head(0, "/pets"), head(1, "/files/{id}"));
        let own = vec!["/upload/".to_owned(), String::new()];
        let r = Router::with_own([(&first, Vec::new()), (&second, own)], ["/api".to_owned()]);
        for (path, want) in [
            ("/files/1", Some(1)),
            ("/upload/files/1", Some(1)),
            ("/api/files/1", Some(1)),
            ("/upload/pets", None),
            ("/api/pets", Some(0)),
        ] {
            assert_eq!(found(&r, "GET", path).map(|f| f.0), want, "{path}");
        }
    }

    /// What one segment of a template takes, by trying every split: how precise it is, and the values.
    fn fits(template: &str, segment: &str) -> Option<(usize, Vec<String>)> {
        fn all(pieces: &[Piece], rest: &str) -> Option<Vec<String>> {
            match pieces.split_first() {
                None => rest.is_empty().then(Vec::new),
                Some((Piece::Text(text), more)) => all(more, rest.strip_prefix(text.as_str())?),
                Some((Piece::Value, more)) => (1..=rest.len()).find_map(|end| {
                    let mut values = all(more, &rest[end..])?;
                    values.insert(0, rest[..end].to_owned());
                    Some(values)
                }),
            }
        }
        let pieces = pieces(template, &mut Vec::new());
        let values = all(&pieces, segment)?;
        let precise = if pieces.contains(&Piece::Value) { literal_chars(&pieces) } else { usize::MAX };
        Some((precise, values))
    }

    /// The best of all operations, tried one by one.
    fn naive(routes: &[(&str, String)], method: &str, path: &str) -> Option<(u32, Vec<String>)> {
        let mut best: Option<(Vec<usize>, u32, Vec<String>)> = None;
        for ((theirs, template), n) in routes.iter().zip(0..) {
            let (a, b): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
            if *theirs != method || a.len() != b.len() {
                continue;
            }
            let Some(all) = a.iter().zip(&b).map(|(a, b)| fits(a, b)).collect::<Option<Vec<_>>>() else {
                continue;
            };
            let (precise, values): (Vec<usize>, Vec<Vec<String>>) = all.into_iter().unzip();
            if best.as_ref().is_none_or(|(known, ..)| precise > *known) {
                best = Some((precise, n, values.concat()));
            }
        }
        best.map(|(_, n, values)| (n, values))
    }

    proptest::proptest! {
        #[test]
        fn it_finds_what_trying_all_finds(
            routes in proptest::collection::vec(
                (0..2_usize, proptest::collection::vec(0..8_usize, 1..4)), 1..12),
            paths in proptest::collection::vec(
                (0..2_usize, proptest::collection::vec("[ab.:-]{0,4}|a|b|a:go|b[.]a", 1..4)), 1..12),
        ) {
            const SEGMENTS: [&str; 8] = ["a", "b", "", "{x}", "{x}.a", "{x}:go", "{x}-{y}", "a{x}-b-{y}"];
            const METHODS: [&str; 2] = ["GET", "PUT"];
            let routes: Vec<(&str, String)> = routes
                .into_iter()
                .map(|(method, at)| {
                    (METHODS[method], at.into_iter().map(|n| format!("/{}", SEGMENTS[n])).collect())
                })
                .collect();
            let given: Vec<(&str, &str)> = routes.iter().map(|(m, p)| (*m, p.as_str())).collect();
            let r = router(&given, &[]);
            for (method, segments) in paths {
                let path: String = segments.iter().map(|s| format!("/{s}")).collect();
                let method = METHODS[method];
                proptest::prop_assert_eq!(found(&r, method, &path), naive(&routes, method, &path), "{}", path);
                let others: Vec<&str> =
                    METHODS.into_iter().filter(|m| naive(&routes, m, &path).is_some()).collect();
                proptest::prop_assert_eq!(r.methods(&path), others);
            }
        }
    }
}
