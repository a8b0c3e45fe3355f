//! Schemas of a contract that are too large to be judged by, found before anything is compiled: by one look at the trees of
//! its files. What a bundle makes of them decides.

use std::collections::HashMap;

use serde_json::Value;

use crate::base::limits::{CROWDED_TOLD_MAX, EFFORT_MAX, IN_PLACE_DEPTH_MAX};
use crate::base::{Pointer, pointer};
use crate::document::files::Files;
use crate::document::{Direction, FileId, Location, SchemaError, SchemaSource};
use crate::schema::keywords::{Holds, holds, in_place};
use crate::schema::{Bundle, effort};

/// A schema that has others for the same value.
struct Crowd<'f> {
    file: usize,
    pointer: Pointer,
    schema: &'f Value,
    /// The numbers of those others, as far as they have others in turn.
    inner: Vec<usize>,
    /// How many others there are besides.
    single: u64,
}

/// The schemas that nothing can be judged by, and why; of those that hold one another for the same value, the innermost.
#[must_use]
pub fn too_large(files: &Files, source: &dyn SchemaSource) -> Vec<(Location, String)> {
    let all = files.all();
    let mut crowds = Vec::new();
    let mut numbers = HashMap::new();
    for (number, file) in all.iter().enumerate().filter(|(_, file)| file.derived_from.is_none()) {
        gather(number, &file.root, &mut Vec::new(), &mut crowds, &mut numbers);
    }
    let at = |crowd: &Crowd<'_>| {
        let file = FileId(u32::try_from(crowd.file).unwrap_or(0));
        Location::new(file, crowd.pointer.clone())
    };
    let number = |crowd: &Crowd<'_>, other: Other<'_>| match other {
        Other::Schema(schema) => numbers.get(&address(schema)).copied(),
        Other::Reference(reference) => {
            let root = &all.get(crowd.file)?.root;
            let local = reference.strip_prefix('#').and_then(|pointer| pointer::find(root, pointer));
            let local = local.and_then(|target| numbers.get(&address(target)).copied());
            local.or_else(|| {
                let elsewhere = !reference.starts_with("#/");
                let to = source.resolve(&at(crowd), reference).ok().filter(|_| elsewhere)?;
                let target = to.pointer.lookup(&all.get(to.file.0 as usize)?.root)?;
                numbers.get(&address(target)).copied()
            })
        }
    };
    let others: Vec<(Vec<usize>, u64)> = crowds
        .iter()
        .map(|crowd| {
            let all: Vec<Option<usize>> =
                others(crowd.schema).into_iter().map(|other| number(crowd, other)).collect();
            let inner: Vec<usize> = all.iter().flatten().copied().collect();
            let single = (all.len() - inner.len()) as u64;
            (inner, single)
        })
        .collect();
    for (crowd, (inner, single)) in crowds.iter_mut().zip(others) {
        (crowd.inner, crowd.single) = (inner, single);
    }
    let suspects = suspects(&crowds);
    let told = suspects.into_iter().map(|crowd| at(&crowds[crowd])).filter_map(|at| {
        let bundle = Bundle::build(source, &at, Direction::Response).ok()?;
        match effort::measure(bundle.document()) {
            effort::Measured::TooMuch(reason) => Some((at, reason)),
            _ => None,
        }
    });
    told.take(CROWDED_TOLD_MAX).collect()
}

/// The same as an error of each schema.
pub(super) fn error(at: Location, reason: &str) -> SchemaError {
    SchemaError::Invalid { at, reason: format!("it is too large to be judged by: {reason}") }
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// Another schema for the same value.
enum Other<'f> {
    Schema(&'f Value),
    Reference(&'f str),
}

/// What a schema has for the same value.
fn others(schema: &Value) -> Vec<Other<'_>> {
    let mut found = Vec::new();
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        if keyword == "$ref" {
            found.extend(value.as_str().map(Other::Reference));
        } else if in_place(keyword) {
            match (holds(keyword), value) {
                (Some(Holds::List), Value::Array(list)) => found.extend(list.iter().map(Other::Schema)),
                (Some(Holds::Map), Value::Object(map)) => found.extend(map.values().map(Other::Schema)),
                (Some(Holds::One), schema) => found.push(Other::Schema(schema)),
                _ => {}
            }
        }
    }
    found
}

/// A step down from a value.
#[derive(Clone, Copy)]
enum Down<'f> {
    Member(&'f str),
    Item(usize),
}

/// Adds all that look like schemas with others for the same value; `at` is the way to `value`. Documents are no deeper than
/// [`crate::base::limits::DOCUMENT_DEPTH_MAX`].
fn gather<'f>(
    file: usize,
    value: &'f Value,
    at: &mut Vec<Down<'f>>,
    crowds: &mut Vec<Crowd<'f>>,
    numbers: &mut HashMap<usize, usize>,
) {
    let inner = |value: &Value| value.is_object() || value.is_array();
    match value {
        Value::Object(members) => {
            if members.keys().any(|keyword| keyword == "$ref" || in_place(keyword)) {
                numbers.insert(address(value), crowds.len());
                let pointer = at.iter().fold(Pointer::root(), |pointer, step| match step {
                    Down::Member(name) => pointer.join(name),
                    Down::Item(index) => pointer.index(*index),
                });
                crowds.push(Crowd { file, pointer, schema: value, inner: Vec::new(), single: 0 });
            }
            for (name, member) in members.iter().filter(|(_, member)| inner(member)) {
                at.push(Down::Member(name));
                gather(file, member, at, crowds, numbers);
                at.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| inner(item)) {
                at.push(Down::Item(index));
                gather(file, item, at, crowds, numbers);
                at.pop();
            }
        }
        _ => {}
    }
}

/// Those that look at one value too often or too deep, though none of what they have does.
fn suspects(crowds: &[Crowd<'_>]) -> Vec<usize> {
    // How often one value is looked at, and how deep: not known before all that is inside is.
    let mut known: Vec<Option<(u64, usize)>> = vec![None; crowds.len()];
    let mut begun = vec![false; crowds.len()];
    let mut found = Vec::new();
    for start in 0..crowds.len() {
        let mut open = vec![(start, 0)];
        while let Some((at, next)) = open.pop() {
            if next == 0 && std::mem::replace(&mut begun[at], true) {
                continue;
            }
            if let Some(inner) = crowds[at].inner.get(next) {
                open.push((at, next + 1));
                open.push((*inner, 0));
                continue;
            }
            // What leads back to itself is cut there.
            let inner = || crowds[at].inner.iter().filter_map(|inner| known[*inner]);
            let looks = inner().fold(crowds[at].single + 1, |sum, (looks, _)| sum.saturating_add(looks));
            let depth = inner().map(|(_, depth)| depth + 1).max().unwrap_or(0);
            let too_much = |looks: u64, depth: usize| looks > EFFORT_MAX || depth > IN_PLACE_DEPTH_MAX;
            if too_much(looks, depth) && !inner().any(|(looks, depth)| too_much(looks, depth)) {
                found.push(at);
            }
            known[at] = Some((looks, depth));
        }
    }
    found
}
