//! From a method and a raw path to an operation: a trie over path segments, built once from the operation heads.
//!
//! Concrete segments go before mixed ones (`{name}.{ext}`), those before pure templates (OpenAPI 3.1, Paths Object:
//! "concrete definition before templated"). A segment may hold several parameters and literal text between them
//! (`/files/{name}.{ext}`, `/orders/{id}:cancel`). Paths match with and without the base path of the servers.
//! Values of parameters stay percent-encoded; an empty segment never is a parameter's value.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::contract::{OperationHead, OperationIndex};

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
    /// The operations that end here: the method, its number, its parameters' names in the path's order.
    ends: BTreeMap<String, (OperationIndex, Vec<String>)>,
}

/// A piece of a segment with templates.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value,
}

impl Router {
    /// The router of these operations behind these server base paths (`""` and `/` add nothing).
    #[must_use]
    pub fn new<'h>(
        heads: impl IntoIterator<Item = &'h OperationHead>,
        bases: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut router = Self::default();
        for head in heads {
            router.root.insert(head);
        }
        router.root.sort();
        router.bases = bases
            .into_iter()
            .map(|base| base.trim_end_matches('/').to_owned())
            .filter(|base| base.starts_with('/'))
            .collect();
        router.bases.sort_by_key(|base| std::cmp::Reverse(base.len()));
        router.bases.dedup();
        router
    }

    /// The methods that a raw path has, sorted.
    #[must_use]
    pub fn methods(&self, path: &str) -> Vec<String> {
        // No method is empty, so every match is noted.
        match self.route("", path) {
            Routed::OtherMethods(methods) => methods,
            _ => Vec::new(),
        }
    }

    /// Finds the operation for `method` and the raw `path` (without its query).
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Routed {
        let mut methods: Vec<String> = Vec::new();
        let whole = std::iter::once(path);
        let shortened = self
            .bases
            .iter()
            .filter_map(|base| path.strip_prefix(base.as_str()))
            .filter(|rest| rest.is_empty() || rest.starts_with('/'));
        for candidate in whole.chain(shortened) {
            let candidate = if candidate.is_empty() { "/" } else { candidate };
            let Some(candidate) = candidate.strip_prefix('/') else { continue };
            let segments: Vec<&str> = candidate.split('/').collect();
            let mut values = Vec::new();
            if let Some((operation, names)) = self.root.find(method, &segments, &mut values, &mut methods) {
                let values =
                    names.iter().zip(values).map(|(name, value)| (name.clone(), value.to_owned())).collect();
                return Routed::Found { operation, values };
            }
        }
        if methods.is_empty() {
            return Routed::Unknown;
        }
        methods.sort();
        methods.dedup();
        Routed::OtherMethods(methods)
    }
}

impl Node {
    fn insert(&mut self, head: &OperationHead) {
        let mut node = self;
        let mut names = Vec::new();
        // A query in a path key (`/x?beta=true`) is no part of the path.
        let path = head.path.split_once('?').map_or(head.path.as_str(), |(path, _)| path);
        for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
            let pieces = pieces(segment, &mut names);
            node = match pieces.as_slice() {
                [] => node.literal.entry(String::new()).or_default(),
                [Piece::Text(text)] => node.literal.entry(decoded(text).into_owned()).or_default(),
                _ => {
                    let at = node.mixed.iter().position(|(known, _)| *known == pieces).unwrap_or_else(|| {
                        node.mixed.push((pieces, Node::default()));
                        node.mixed.len() - 1
                    });
                    &mut node.mixed[at].1
                }
            };
        }
        node.ends.entry(head.method.clone()).or_insert((head.index, names));
    }

    fn sort(&mut self) {
        self.mixed.sort_by_key(|(pieces, _)| std::cmp::Reverse(literal_chars(pieces)));
        for child in self.literal.values_mut().chain(self.mixed.iter_mut().map(|(_, node)| node)) {
            child.sort();
        }
    }

    /// Depth-first, the most concrete first. Each node of the trie is visited at most once for a path, so the work is
    /// bounded by the contract. On the way, the methods of nodes that match the path but not the method are noted.
    fn find<'n, 'p>(
        &'n self,
        method: &str,
        segments: &[&'p str],
        values: &mut Vec<&'p str>,
        methods: &mut Vec<String>,
    ) -> Option<(OperationIndex, &'n [String])> {
        let Some((segment, rest)) = segments.split_first() else {
            if let Some((operation, names)) = self.ends.get(method) {
                return Some((*operation, names));
            }
            methods.extend(self.ends.keys().cloned());
            return None;
        };
        if let Some(child) = self.literal.get(decoded(segment).as_ref())
            && let Some(found) = child.find(method, rest, values, methods)
        {
            return Some(found);
        }
        if segment.is_empty() {
            return None;
        }
        for (pieces, child) in &self.mixed {
            let before = values.len();
            if take(pieces, segment, values)
                && let Some(found) = child.find(method, rest, values, methods)
            {
                return Some(found);
            }
            values.truncate(before);
        }
        None
    }
}

/// Percent-encoded octets of a literal are the same as the octets themselves (RFC 3986 §6.2.2.2).
fn decoded(segment: &str) -> Cow<'_, str> {
    if !segment.contains('%') {
        return Cow::Borrowed(segment);
    }
    percent_decode_str(segment).decode_utf8_lossy()
}

/// Splits a segment of a path template; the names of its parameters go to `names`.
fn pieces(segment: &str, names: &mut Vec<String>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        if open > 0 {
            pieces.push(Piece::Text(rest[..open].to_owned()));
        }
        names.push(rest[open + 1..open + length].to_owned());
        pieces.push(Piece::Value);
        rest = &rest[open + length + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    pieces
}

fn literal_chars(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum()
}

/// Matches a segment: values are as short as they can be (at least one character) except the last, which takes the
/// rest. Literal text between values is searched from the left; the text at the end must be the segment's end.
fn take<'p>(pieces: &[Piece], segment: &'p str, values: &mut Vec<&'p str>) -> bool {
    if let [Piece::Value] = pieces {
        values.push(segment);
        return true;
    }
    let Some((first, rest)) = pieces.split_first() else { return segment.is_empty() };
    match first {
        Piece::Text(text) => segment.strip_prefix(text.as_str()).is_some_and(|tail| take(rest, tail, values)),
        Piece::Value => {
            let Some(Piece::Text(next)) = rest.first() else {
                // Two values with nothing between them: the first takes one character.
                let Some(end) = segment.char_indices().nth(1).map(|(at, _)| at) else { return false };
                values.push(&segment[..end]);
                return take(rest, &segment[end..], values);
            };
            if rest.len() == 1 {
                let Some(value) = segment.strip_suffix(next.as_str()).filter(|v| !v.is_empty()) else {
                    return false;
                };
                values.push(value);
                return true;
            }
            let Some(start) = segment.char_indices().nth(1).map(|(at, _)| at) else { return false };
            let Some(found) = segment[start..].find(next.as_str()) else { return false };
            let end = start + found;
            values.push(&segment[..end]);
            take(rest, &segment[end..], values)
        }
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
}
