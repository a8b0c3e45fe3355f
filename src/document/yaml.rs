//! YAML text becomes a [`Value`] by the core schema of YAML 1.2.2 (§10.3): `no`, `on`, dates and `1_000` are strings.
//!
//! Events come from granit-parser; the tree is built here, because contracts need what general deserialisers do not
//! do: the 1.2 scalars, duplicate keys with both places, merge keys, a limit on what aliases add, keys that are no
//! strings (`200:`) taken as written, and the digits of numbers beyond 64 bits.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::base::Pointer;
use crate::base::limits::{ALIAS_NODES_MAX, ANCHORED_NODES_MAX, DOCUMENT_DEPTH_MAX};
use crate::document::fault::{Digits, Fault, Parsed};
use crate::document::scalar::{self, Scalar};

/// Reads the one document of a YAML text.
///
/// # Errors
/// The first fault after which there is no tree: a syntax error, more than one document, too deep, too many nodes by
/// aliases. Duplicate keys are in [`Parsed::faults`]; the last one wins.
pub(crate) fn parse(text: &str) -> Result<Parsed, Fault> {
    let mut builder = Builder::new(text);
    for next in events(text) {
        let (event, span) = next.map_err(|error| scan_fault(text, &error))?;
        builder.event(event, &span)?;
    }
    builder.finish()
}

/// The events of a text, without comments.
pub(crate) fn events(text: &str) -> Parser<'_, StrInput<'_>> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DOCUMENT_DEPTH_MAX,
        block_nesting_limit: DOCUMENT_DEPTH_MAX,
        // YAML's own 1024 is too short for keys such as long path templates in flow style.
        simple_key_max_lookahead: 16 * 1024,
    };
    Parser::new_from_str_with_options(text, options)
}

/// The bytes of a span.
pub(crate) fn bytes(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

fn scan_fault(text: &str, error: &ScanError) -> Fault {
    let mark = error.marker();
    let mut at = mark.byte_offset().unwrap_or(0).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let message = error.info();
    let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line_end = text[line_start..].find('\n').map_or(text.len(), |n| line_start + n);
    let line = &text[line_start..line_end];
    let indent = &line[..line.len() - line.trim_start().len()];
    if let Some(tab) = indent.find('\t') {
        let tab = line_start + tab;
        return Fault::new("invalid-yaml", tab..tab + 1, "a tab stands in the indentation")
            .with_hint("YAML is indented with spaces only");
    }
    let length = text[at..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
    let rule =
        if message.contains("nest") || message.contains("recursion") { "too-deep" } else { "invalid-yaml" };
    let fault = Fault::new(rule, at..at + length, message.clone());
    let trimmed = line.trim_start();
    if trimmed.starts_with(['@', '`']) || line.contains(": @") || line.contains(": `") {
        fault.with_hint("a plain scalar can't start with `@` or a backquote: put it in quotes")
    } else if trimmed.contains(": ")
        && trimmed.matches(": ").count() > 1
        && !trimmed.contains(['"', '\'', '{'])
    {
        fault.with_hint("a value that contains `: ` must stand in quotes")
    } else if message.contains("unclosed bracket") {
        fault.with_hint("it needs its `}` or `]`; a text that starts with a bracket must stand in quotes")
    } else if message.contains("flow mapping") || message.contains("flow sequence") {
        fault.with_hint("a `{` or `[` above is not closed, or a comma is missing")
    } else if message.contains("did not find expected key") || message.contains("block end") {
        fault.with_hint(
            "keys of one object must start in the same column: look at the indentation here and above",
        )
    } else if message.contains("unknown anchor") {
        fault.with_hint(
            "`*name` repeats what `&name` marked before; a text that starts with `*` must stand in quotes",
        )
    } else {
        fault
    }
}

/// A collection being built.
enum Open {
    Map {
        map: Map<String, Value>,
        keys: Vec<Range<usize>>,
        key: Option<(String, Range<usize>)>,
        merges: Vec<(Value, Range<usize>)>,
    },
    List(Vec<Value>),
}

struct Frame {
    open: Open,
    anchor: usize,
    start: Range<usize>,
    /// How many nodes were made before it, to know its size when an alias copies it.
    before: usize,
}

struct Builder<'t> {
    text: &'t str,
    stack: Vec<Frame>,
    root: Option<Value>,
    documents: usize,
    anchors: HashMap<usize, (Value, usize)>,
    nodes: usize,
    alias_nodes: usize,
    anchored_nodes: usize,
    faults: Vec<Fault>,
    digits: Digits,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            stack: Vec::new(),
            root: None,
            documents: 0,
            anchors: HashMap::new(),
            nodes: 0,
            alias_nodes: 0,
            anchored_nodes: 0,
            faults: Vec::new(),
            digits: Digits::new(),
        }
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Fault::new("several-documents", bytes(span), "a second YAML document starts here")
                        .with_hint("a contract is one document: remove what follows `---`, or put it in a file of its own"));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), span)
            }
            Event::SequenceStart(_, anchor, _) => self.open(Open::List(Vec::new()), anchor, span),
            Event::MappingStart(_, anchor, _) => {
                let map = Open::Map { map: Map::new(), keys: Vec::new(), key: None, merges: Vec::new() };
                self.open(map, anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => self.alias(id, span),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<Parsed, Fault> {
        match self.root {
            Some(value) => Ok(Parsed { value, faults: self.faults, digits: self.digits }),
            None => Err(Fault::new("empty-document", 0..0, "the document is empty")),
        }
    }

    fn open(&mut self, open: Open, anchor: usize, span: &Span) -> Result<(), Fault> {
        self.refuse_as_key(span)?;
        if self.stack.len() == DOCUMENT_DEPTH_MAX {
            return Err(Fault::new(
                "too-deep",
                bytes(span),
                format!("nested more than {DOCUMENT_DEPTH_MAX} levels deep"),
            ));
        }
        self.nodes += 1;
        self.stack.push(Frame { open, anchor, start: bytes(span), before: self.nodes - 1 });
        Ok(())
    }

    /// A list or map can't be a key of a JSON object.
    fn refuse_as_key(&self, span: &Span) -> Result<(), Fault> {
        match self.stack.last() {
            Some(Frame { open: Open::Map { key: None, .. }, .. }) => {
                Err(Fault::new("complex-key", bytes(span), "a list or map can't be a key here")
                    .with_hint("a value that starts with `{` or `[` must stand in quotes to be text"))
            }
            _ => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.open {
            Open::List(items) => Value::Array(items),
            Open::Map { map, merges, .. } => Value::Object(self.merge(map, merges)?),
        };
        if frame.anchor != 0 {
            let size = self.nodes - frame.before;
            self.anchored_nodes += size;
            if self.anchored_nodes > ANCHORED_NODES_MAX {
                let message = format!("more than {ANCHORED_NODES_MAX} nodes stand under anchors");
                return Err(Fault::new("alias-limit", frame.start, message));
            }
            self.anchors.insert(frame.anchor, (value.clone(), size));
        }
        self.value(value, frame.start)
    }

    /// Adds what `<<` brings: keys that the map itself has win, earlier merges win over later ones
    /// (YAML 1.1 merge key type).
    fn merge(
        &mut self,
        mut map: Map<String, Value>,
        merges: Vec<(Value, Range<usize>)>,
    ) -> Result<Map<String, Value>, Fault> {
        for (value, span) in merges {
            let sources = match value {
                Value::Array(items) => items,
                other => vec![other],
            };
            for source in sources {
                let Value::Object(source) = source else {
                    return Err(Fault::new("merge-no-map", span, "`<<` can merge maps only"));
                };
                for (key, value) in source {
                    map.entry(key).or_insert(value);
                }
            }
        }
        Ok(map)
    }

    fn alias(&mut self, id: usize, span: &Span) -> Result<(), Fault> {
        let Some((value, size)) = self.anchors.get(&id) else {
            return Err(Fault::new(
                "alias-cycle",
                bytes(span),
                "the alias stands inside the node that it names",
            ));
        };
        self.alias_nodes += size;
        self.nodes += size;
        if self.alias_nodes > ALIAS_NODES_MAX {
            let message = format!("aliases make the document larger by more than {ALIAS_NODES_MAX} nodes");
            return Err(Fault::new("alias-limit", bytes(span), message)
                .with_hint("write the repeated parts as components and refer to them with `$ref`"));
        }
        let value = value.clone();
        if self.wants_key() {
            let Value::String(key) = value else {
                return Err(Fault::new("complex-key", bytes(span), "a list or map can't be a key here"));
            };
            self.key(key, bytes(span));
            return Ok(());
        }
        if self.stack.len() + depth(&value) > DOCUMENT_DEPTH_MAX {
            return Err(Fault::new(
                "too-deep",
                bytes(span),
                format!("nested more than {DOCUMENT_DEPTH_MAX} levels deep"),
            ));
        }
        self.value(value, bytes(span))
    }

    fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { open: Open::Map { key: None, .. }, .. }))
    }

    fn key(&mut self, text: String, span: Range<usize>) {
        if let Some(Frame { open: Open::Map { key, .. }, .. }) = self.stack.last_mut() {
            *key = Some((text, span));
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Result<(), Fault> {
        self.nodes += 1;
        if self.wants_key() {
            let key = text.to_owned();
            if anchor != 0 {
                self.anchors.insert(anchor, (Value::String(key.clone()), 1));
            }
            self.key(key, bytes(span));
            return Ok(());
        }
        let value = self.resolve(text, style, tag, span);
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), 1));
        }
        self.value(value, bytes(span))
    }

    fn resolve(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> Value {
        let resolved = match tag.map(|tag| (tag, tag.core_suffix())) {
            None if style == ScalarStyle::Plain => scalar::core(text),
            None => Scalar::Exact(Value::String(text.to_owned())),
            Some((_, Some("int" | "float" | "bool" | "null"))) => scalar::core(text),
            Some((_, Some(_))) => Scalar::Exact(Value::String(text.to_owned())),
            Some((tag, None)) => {
                if tag.is_custom() {
                    let fault = Fault::new(
                        "unknown-tag",
                        bytes(span),
                        format!("the YAML tag `{}` means nothing here", tag.original()),
                    );
                    self.faults.push(fault.with_hint("the value is read as text").warning());
                }
                Scalar::Exact(Value::String(text.to_owned()))
            }
        };
        match resolved {
            Scalar::Exact(value) => value,
            Scalar::Rounded(value) => {
                let pointer = self.pointer();
                self.digits.insert(pointer, text.to_owned());
                value
            }
            Scalar::NotFinite => {
                let fault = Fault::new("not-finite", bytes(span), format!("JSON has no number `{text}`"));
                self.faults.push(fault.with_hint("it is read as a string").warning());
                Value::String(text.to_owned())
            }
        }
    }

    /// Puts a finished value where it belongs.
    fn value(&mut self, value: Value, span: Range<usize>) -> Result<(), Fault> {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        match &mut frame.open {
            Open::List(items) => items.push(value),
            Open::Map { map, keys, key, merges } => {
                let Some((name, place)) = key.take() else { return Ok(()) };
                if name == "<<" && &self.text[place.clone()] == "<<" {
                    merges.push((value, span));
                    return Ok(());
                }
                match map.entry(name) {
                    Entry::Vacant(entry) => {
                        entry.insert(value);
                        keys.push(place);
                    }
                    Entry::Occupied(mut entry) => {
                        let name = entry.key().clone();
                        entry.insert(value);
                        let message = format!("the key `{name}` stands here a second time");
                        let mut fault = Fault::new("duplicate-key", place, message)
                            .with_hint("the last one counts; remove or rename one of them");
                        if let Some(first) = map.keys().position(|k| *k == name).and_then(|n| keys.get(n)) {
                            fault = fault.with_related(first.clone(), "first here");
                        }
                        self.faults.push(fault);
                    }
                }
            }
        }
        Ok(())
    }

    fn pointer(&self) -> Pointer {
        let mut pointer = Pointer::root();
        for frame in &self.stack {
            match &frame.open {
                Open::List(items) => pointer.push(&items.len().to_string()),
                Open::Map { key, .. } => pointer.push(key.as_ref().map_or("", |(key, _)| key)),
            }
        }
        pointer
    }
}

/// How many levels a value has.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn value(text: &str) -> Value {
        parse(text).unwrap().value
    }

    fn fault(text: &str) -> (&'static str, usize) {
        let fault = parse(text).unwrap_err();
        (fault.rule, fault.span.start)
    }

    #[test]
    fn scalars_follow_yaml_1_2() {
        let text = "a: no\nb: on\nc: 2020-01-01\nd: 1_000\ne: true\nf: ~\ng: 0x1F\nh: 1e3\ni: '12'\nj: !!str 12\n200: x\ntrue: y\nnull: z\n";
        let wanted = json!({"a": "no", "b": "on", "c": "2020-01-01", "d": "1_000", "e": true, "f": null, "g": 31,
            "h": 1000.0, "i": "12", "j": "12", "200": "x", "true": "y", "null": "z"});
        assert_eq!(value(text), wanted);
    }

    #[test]
    fn duplicate_keys_are_found_with_both_places() {
        let parsed = parse("a: 1\nb: {x: 1, x: 2}\na: 3\n").unwrap();
        assert_eq!(parsed.value, json!({"a": 3, "b": {"x": 2}}));
        let spans: Vec<_> = parsed.faults.iter().map(|f| (f.span.start, f.related[0].0.start)).collect();
        assert_eq!(spans, [(15, 9), (21, 0)]);
    }

    #[test]
    fn anchors_and_merges_are_applied() {
        let text = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none: {<<: *b, y: 9}\ntwo: {<<: [*b, *m]}\nthree: *b\nfour: {'<<': 1}\n";
        let read = value(text);
        assert_eq!(read["one"], json!({"x": 1, "y": 9}));
        assert_eq!(read["two"], json!({"x": 1, "y": 2, "z": 4}));
        assert_eq!(read["three"], json!({"x": 1, "y": 2}));
        assert_eq!(read["four"], json!({"<<": 1}));
    }

    #[test]
    fn bombs_end_at_the_alias_limit() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let aliases = vec![format!("*a{}", n - 1); 9].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{aliases}]\n"));
        }
        assert_eq!(fault(&text).0, "alias-limit");
        assert_eq!(fault("a: &a [*a]").0, "alias-cycle");
    }

    #[test]
    fn nesting_ends_at_its_limit() {
        assert_eq!(fault(&"[".repeat(5000)).0, "too-deep");
        let block: String = (0..400).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        assert_eq!(fault(&block).0, "too-deep");
        // Aliases may not make it deeper either.
        let flow = format!(
            "a: &a {}{}\nb: {}*a{}",
            "[".repeat(150),
            "]".repeat(150),
            "[".repeat(100),
            "]".repeat(100)
        );
        assert_eq!(fault(&flow).0, "too-deep");
    }

    #[test]
    fn faults_of_the_text_have_places() {
        assert_eq!(fault("a:\n\t- b\n"), ("invalid-yaml", 3));
        assert_eq!(fault("a: 1\n---\nb: 2\n"), ("several-documents", 5));
        assert_eq!(fault("# nothing\n"), ("empty-document", 0));
        assert_eq!(fault("a: [1, 2\nb: 3").0, "invalid-yaml");
        assert_eq!(fault("{[a]: 1}").0, "complex-key");
        assert_eq!(fault("a: {<<: 3}").0, "merge-no-map");
    }

    #[test]
    fn big_numbers_keep_their_digits() {
        let parsed = parse("a:\n  - {max: 123456789012345678901234567890}\n").unwrap();
        let digits: Vec<_> = parsed.digits.iter().map(|(p, d)| (p.as_str(), d.as_str())).collect();
        assert_eq!(digits, [("/a/0/max", "123456789012345678901234567890")]);
    }
}
