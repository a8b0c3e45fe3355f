//! Where everything stands: from a pointer to the bytes of its key and value.
//!
//! Built from the text only when a place is first asked for; about 30 bytes for each node.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use granit_parser::Event;

use crate::base::Pointer;
use crate::document::yaml;

/// The number that stands for "none".
const NONE: u32 = u32::MAX;

/// From how many children on a collection has an index of them.
const WIDE: usize = 64;

/// The bytes of a member: its key (the value itself for list items and the root) and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// The key's bytes.
    pub(crate) key: Range<usize>,
    /// The value's bytes; of a collection, from its first to its last byte.
    pub(crate) value: Range<usize>,
}

#[derive(Clone, Copy)]
enum Kind {
    Scalar,
    List,
    Map,
    /// A YAML alias of the node with that number.
    Alias(u32),
}

struct Node {
    key: (u32, u32),
    span: (u32, u32),
    first: u32,
    next: u32,
    kind: Kind,
}

/// The places of one text.
pub(crate) struct Outline {
    nodes: Vec<Node>,
    /// Keys whose decoded text is not what stands between their bytes (quoted, escaped).
    decoded: HashMap<u32, String>,
    /// The children of wide collections, written down when they are first looked through.
    wide: Mutex<HashMap<u32, Arc<Children>>>,
}

/// The children of a wide collection.
enum Children {
    /// In their order.
    List(Vec<u32>),
    /// By their keys; the last of duplicates counts, as in the tree.
    Map(HashMap<String, u32>),
}

impl Outline {
    /// The places of a JSON text that [`crate::document::json::parse`] has accepted.
    pub(crate) fn of_json(text: &str) -> Self {
        let mut scan = JsonScan { text: text.as_bytes(), at: 0, grow: Grow::new() };
        scan.run();
        let mut outline = scan.grow.done();
        outline.decode_json_keys(text);
        outline
    }

    /// The places of a YAML text that [`crate::document::yaml::parse`] has accepted.
    pub(crate) fn of_yaml(text: &str) -> Self {
        let mut grow = Grow::new();
        let mut anchors: HashMap<usize, u32> = HashMap::new();
        for next in yaml::events(text) {
            let Ok((event, span)) = next else { break };
            let bytes = yaml::bytes(&span);
            let (node, anchor) = match event {
                Event::Scalar(value, _, anchor, _) => {
                    let slice = text.get(bytes.clone()).unwrap_or_default();
                    let odd = (slice != value).then(|| value.into_owned());
                    (grow.leaf(bytes, Kind::Scalar, odd), anchor)
                }
                Event::SequenceStart(_, anchor, _) => (grow.open(bytes.start, Kind::List), anchor),
                Event::MappingStart(_, anchor, _) => (grow.open(bytes.start, Kind::Map), anchor),
                Event::SequenceEnd | Event::MappingEnd => {
                    grow.close(bytes.end);
                    continue;
                }
                Event::Alias(id) => {
                    let target = anchors.get(&id).copied().unwrap_or(NONE);
                    (grow.leaf(bytes, Kind::Alias(target), None), 0)
                }
                _ => continue,
            };
            if anchor != 0 {
                anchors.insert(anchor, node);
            }
        }
        grow.done()
    }

    fn decode_json_keys(&mut self, text: &str) {
        for (number, node) in (0_u32..).zip(&self.nodes) {
            let raw = text.get(node.key.0 as usize..node.key.1 as usize).unwrap_or_default();
            if raw.contains('\\') {
                self.decoded.insert(number, serde_json::from_str(raw).unwrap_or_default());
            }
        }
    }

    /// Where `pointer` leads, through aliases and merge keys.
    pub(crate) fn find(&self, text: &str, pointer: &Pointer) -> Option<Spot> {
        let mut at = 0_u32;
        for token in pointer.tokens() {
            at = self.child(text, at, &token, 0)?;
        }
        let node = self.nodes.get(at as usize)?;
        let range = |(start, end): (u32, u32)| start as usize..end as usize;
        let value = range(node.span);
        let key = if node.key.0 == NONE { value.clone() } else { range(node.key) };
        Some(Spot { key, value })
    }

    fn child(&self, text: &str, parent: u32, token: &str, merges: usize) -> Option<u32> {
        let node = self.nodes.get(parent as usize)?;
        match node.kind {
            Kind::Scalar => None,
            Kind::Alias(target) => self.child(text, target, token, merges),
            Kind::List => match self.wide(text, parent, node) {
                Some(children) => children.nth(token.parse().ok()?),
                None => self.children(node).nth(token.parse().ok()?),
            },
            Kind::Map => {
                let wide = self.wide(text, parent, node);
                let named = |token: &str| match &wide {
                    Some(children) => children.named(token),
                    // The last of duplicates counts, as in the tree.
                    None => self.children(node).filter(|n| self.key(text, *n) == token).last(),
                };
                let own = named(token);
                if own.is_some() || merges > 8 {
                    return own;
                }
                let merged = named("<<")?;
                match self.nodes[merged as usize].kind {
                    Kind::List => self
                        .children(&self.nodes[merged as usize])
                        .find_map(|source| self.child(text, source, token, merges + 1)),
                    _ => self.child(text, merged, token, merges + 1),
                }
            }
        }
    }

    /// The index of a collection's children, if it has many.
    fn wide(&self, text: &str, number: u32, node: &Node) -> Option<Arc<Children>> {
        self.children(node).nth(WIDE)?;
        // Indexes are only ever added whole: a panic elsewhere leaves the map as it was.
        let mut known = self.wide.lock().unwrap_or_else(PoisonError::into_inner);
        let index = known.entry(number).or_insert_with(|| {
            Arc::new(match node.kind {
                Kind::Map => {
                    Children::Map(self.children(node).map(|n| (self.key(text, n).into_owned(), n)).collect())
                }
                _ => Children::List(self.children(node).collect()),
            })
        });
        Some(Arc::clone(index))
    }

    fn children<'o>(&'o self, node: &Node) -> impl Iterator<Item = u32> + 'o {
        let some = |n: u32| (n != NONE).then_some(n);
        std::iter::successors(some(node.first), move |n| some(self.nodes[*n as usize].next))
    }

    fn key<'k>(&'k self, text: &'k str, node: u32) -> Cow<'k, str> {
        if let Some(text) = self.decoded.get(&node) {
            return Cow::Borrowed(text);
        }
        let (start, end) = self.nodes[node as usize].key;
        let raw = text.get(start as usize..end as usize).unwrap_or_default();
        Cow::Borrowed(raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')).unwrap_or(raw))
    }
}

impl Children {
    fn nth(&self, number: usize) -> Option<u32> {
        match self {
            Self::List(list) => list.get(number).copied(),
            Self::Map(_) => None,
        }
    }

    fn named(&self, name: &str) -> Option<u32> {
        match self {
            Self::Map(map) => map.get(name).copied(),
            Self::List(_) => None,
        }
    }
}

/// A collection that is not closed yet: its node, its last child, the bytes of the key that waits for its value.
type OpenNode = (u32, u32, Option<(u32, u32)>);

/// The outline while it grows.
struct Grow {
    nodes: Vec<Node>,
    decoded: HashMap<u32, String>,
    stack: Vec<OpenNode>,
    odd_key: Option<String>,
}

impl Grow {
    fn new() -> Self {
        Self { nodes: Vec::new(), decoded: HashMap::new(), stack: Vec::new(), odd_key: None }
    }

    fn done(self) -> Outline {
        Outline { nodes: self.nodes, decoded: self.decoded, wide: Mutex::default() }
    }

    fn wants_key(&self) -> bool {
        self.stack.last().is_some_and(|(node, _, key)| {
            key.is_none() && matches!(self.nodes[*node as usize].kind, Kind::Map)
        })
    }

    /// A scalar or alias: a key where one is due, else a node. `odd` is its text where that is not what stands there.
    fn leaf(&mut self, bytes: Range<usize>, kind: Kind, odd: Option<String>) -> u32 {
        let span = (small(bytes.start), small(bytes.end));
        if self.wants_key() {
            if let Some(top) = self.stack.last_mut() {
                top.2 = Some(span);
            }
            self.odd_key = odd;
            return NONE;
        }
        self.node(span, kind)
    }

    fn node(&mut self, span: (u32, u32), kind: Kind) -> u32 {
        let number = small(self.nodes.len());
        let mut key = (NONE, NONE);
        if let Some((parent, last, waiting)) = self.stack.last_mut() {
            if *last == NONE {
                self.nodes[*parent as usize].first = number;
            } else {
                self.nodes[*last as usize].next = number;
            }
            *last = number;
            if let Some(waiting) = waiting.take() {
                key = waiting;
                if let Some(odd) = self.odd_key.take() {
                    self.decoded.insert(number, odd);
                }
            }
        }
        self.nodes.push(Node { key, span, first: NONE, next: NONE, kind });
        number
    }

    fn open(&mut self, start: usize, kind: Kind) -> u32 {
        let number = self.node((small(start), small(start)), kind);
        self.stack.push((number, NONE, None));
        number
    }

    fn close(&mut self, end: usize) {
        if let Some((node, last, _)) = self.stack.pop() {
            // A block collection's own end lies at the next token: take its last child's.
            let end = match last {
                NONE => small(end),
                last => {
                    small(end).min(self.nodes[last as usize].span.1.max(self.nodes[node as usize].span.0))
                }
            };
            self.nodes[node as usize].span.1 = end;
        }
    }
}

/// Texts are limited to far below 4 GiB ([`crate::base::limits::DOCUMENT_BYTES_MAX`]).
fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE)
}

/// Walks a valid JSON text; on an invalid one it ends early.
struct JsonScan<'t> {
    text: &'t [u8],
    at: usize,
    grow: Grow,
}

impl JsonScan<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.text.get(self.at) {
            let start = self.at;
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' | b',' | b':' => self.at += 1,
                b'{' | b'[' => {
                    let kind = if *byte == b'{' { Kind::Map } else { Kind::List };
                    self.grow.open(start, kind);
                    self.at += 1;
                }
                b'}' | b']' => {
                    self.at += 1;
                    self.close();
                }
                b'"' => {
                    self.string();
                    self.grow.leaf(start..self.at, Kind::Scalar, None);
                }
                _ => {
                    while self.text.get(self.at).is_some_and(|b| !b" \n\r\t,:{}[]\"".contains(b)) {
                        self.at += 1;
                    }
                    self.grow.leaf(start..self.at, Kind::Scalar, None);
                }
            }
        }
    }

    fn close(&mut self) {
        if let Some((node, _, _)) = self.grow.stack.pop() {
            self.grow.nodes[node as usize].span.1 = small(self.at);
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.text.get(self.at) {
            self.at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == b'"' {
                return;
            }
        }
        self.at = self.text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<'t>(outline: &Outline, text: &'t str, pointer: &str) -> (&'t str, &'t str) {
        let spot = outline.find(text, &Pointer::parse(pointer).unwrap()).unwrap();
        (&text[spot.key], &text[spot.value])
    }

    #[test]
    fn json_members_are_found() {
        let text = r#"{"a": [1, {"b\/c": "x"}], "d": {}, "a": [2, {"b\/c": -3.5}]}"#;
        let outline = Outline::of_json(text);
        assert_eq!(shown(&outline, text, "/a/1/b~1c"), (r#""b\/c""#, "-3.5"));
        assert_eq!(shown(&outline, text, "/a/0"), ("2", "2"));
        assert_eq!(shown(&outline, text, "/d"), (r#""d""#, "{}"));
        assert_eq!(outline.find(text, &Pointer::parse("/x").unwrap()), None);
    }

    #[test]
    fn wide_collections_are_as_narrow_ones() {
        let items: Vec<String> = (0..3 * WIDE).map(|n| format!("{n}")).collect();
        let members: Vec<String> = items.iter().map(|n| format!("\"k{n}\": {n}")).collect();
        let text =
            format!("{{\"l\": [{}], \"m\": {{{}, \"k7\": true}}}}", items.join(","), members.join(","));
        let outline = Outline::of_json(&text);
        assert_eq!(shown(&outline, &text, "/l/100").1, "100");
        assert_eq!(shown(&outline, &text, "/m/k100"), ("\"k100\"", "100"));
        assert_eq!(shown(&outline, &text, "/m/k7").1, "true");
        for nowhere in ["/l/1000", "/l/k1", "/m/x", "/m/0"] {
            assert_eq!(outline.find(&text, &Pointer::parse(nowhere).unwrap()), None);
        }
    }

    #[test]
    fn yaml_members_are_found_through_aliases_and_merges() {
        let text = "a: &a\n  - x\n  - {'k k': v}\nb: *a\nc:\n  <<: {m: 1}\n  n: 2\n\nd: e\n";
        let outline = Outline::of_yaml(text);
        assert_eq!(shown(&outline, text, "/a/1/k k"), ("'k k'", "v"));
        assert_eq!(shown(&outline, text, "/b/1/k k"), ("'k k'", "v"));
        assert_eq!(shown(&outline, text, "/b"), ("b", "*a"));
        assert_eq!(shown(&outline, text, "/c/m"), ("m", "1"));
        assert_eq!(shown(&outline, text, "/c").1, "<<: {m: 1}\n  n: 2");
        assert_eq!(shown(&outline, text, "/d"), ("d", "e"));
    }
}
