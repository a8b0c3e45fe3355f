//! All files of a contract, loaded at once: for those who must know now whether one of them is broken.

use std::collections::HashSet;

use serde_json::Value;

use crate::base::Pointer;
use crate::document::file::File;
use crate::document::files::Files;
use crate::document::location::{FileId, Location, Place};
use crate::document::source::SchemaError;

/// A reference that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling {
    /// Where it stands.
    pub place: Place,
    /// What is written there.
    pub reference: String,
    /// Why it leads nowhere: the file it names is missing or broken, or has nothing there.
    pub reason: String,
}

/// Members whose values are data, in which a `$ref` means nothing.
const DATA: [&str; 5] = ["example", "default", "const", "enum", "value"];

impl Files {
    /// Follows every `$ref`, from file to file, and answers those that lead nowhere.
    pub fn load_all(&self) -> Vec<Dangling> {
        let mut dangling = Vec::new();
        // The list grows while it is walked; how many files a contract may have is limited.
        for number in 0_u32.. {
            let Some(file) = self.file(FileId(number)) else { break };
            if file.derived_from.is_none() {
                self.load_from(&file, FileId(number), &mut dangling);
            }
        }
        dangling
    }

    /// References of the contract's own file to others that are not there, or where reading may not go; the first of
    /// several to the same file. None of those files is read.
    pub fn out_of_reach(&self) -> Vec<Dangling> {
        let id = FileId(0);
        let Some(file) = self.file(id).filter(|file| refers_elsewhere(&file.text)) else { return Vec::new() };
        // Names may be those of parts of this very file then.
        if !file.ids().is_empty() || !has_reference_elsewhere(&file.root) {
            return Vec::new();
        }
        let mut found = Vec::new();
        each_reference(&file.root, |at, reference| {
            let name = reference.split('#').next().unwrap_or_default();
            if name.is_empty() {
                return;
            }
            if let Err(reason) = self.address(&file, name) {
                let place = self.place(&Location::new(id, at.join("$ref")));
                found.push(Dangling { place, reference: reference.to_owned(), reason });
            }
        });
        found.sort_by_key(|one| (one.place.line, one.place.column));
        let mut seen = HashSet::new();
        found.retain(|one| seen.insert(one.reference.split('#').next().unwrap_or_default().to_owned()));
        found
    }

    fn load_from(&self, file: &File, id: FileId, dangling: &mut Vec<Dangling>) {
        each_reference(&file.root, |at, reference| {
            let from = Location::new(id, at.clone());
            if let Err(SchemaError::Unresolvable { reason, .. }) = self.resolve(&from, reference) {
                let place = self.place(&from.join("$ref"));
                dangling.push(Dangling { place, reference: reference.to_owned(), reason });
            }
        });
    }
}

/// Calls `found` with each `$ref` of a document and the place of what holds it.
fn each_reference(root: &Value, mut found: impl FnMut(&Pointer, &str)) {
    let mut left: Vec<(Pointer, &Value)> = vec![(Pointer::root(), root)];
    while let Some((at, value)) = left.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    found(&at, reference);
                }
                let inner = members.iter().filter(|(name, _)| !DATA.contains(&name.as_str()));
                left.extend(inner.map(|(name, value)| (at.join(name), value)));
            }
            Value::Array(items) => {
                left.extend(items.iter().enumerate().map(|(n, value)| (at.index(n), value)));
            }
            _ => {}
        }
    }
}

/// Whether any `$ref` of a document may lead to another: [`each_reference`] without places, which cost most of the walk.
fn has_reference_elsewhere(root: &Value) -> bool {
    let mut left = vec![root];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref")
                    && !reference.starts_with('#')
                {
                    return true;
                }
                left.extend(members.values().filter(|value| value.is_object() || value.is_array()));
            }
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    false
}

/// Whether a `$ref` of a text may lead to another file: a look at the letters, since most contracts are one file and
/// large ones are not to be walked for nothing.
fn refers_elsewhere(text: &str) -> bool {
    text.match_indices("$ref").any(|(at, word)| {
        let after = text[at + word.len()..].trim_start_matches(['"', '\'']);
        let value = after.trim_start().strip_prefix(':');
        value.is_some_and(|value| !value.trim_start().trim_start_matches(['"', '\'']).starts_with('#'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_within_a_file_are_told_at_a_glance() {
        for (text, elsewhere) in [
            (r##"{"$ref": "#/a"}"##, false),
            (
                r##"{"$ref" :
  "#/a"}"##,
                false,
            ),
            ("a: {$ref: '#/a'}\nb: $ref", false),
            ("$ref: 'b.yaml#/a'", true),
            (r#"{"$ref":"b.json"}"#, true),
            ("", false),
        ] {
            assert_eq!(refers_elsewhere(text), elsewhere, "{text}");
        }
    }
}
