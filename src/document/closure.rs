//! All files of a contract, loaded at once: for those who must know now whether one of them is broken.

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

    fn load_from(&self, file: &File, id: FileId, dangling: &mut Vec<Dangling>) {
        let mut left: Vec<(Pointer, &Value)> = vec![(Pointer::root(), &file.root)];
        while let Some((at, value)) = left.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(reference)) = members.get("$ref") {
                        let from = Location::new(id, at.clone());
                        if let Err(SchemaError::Unresolvable { reason, .. }) = self.resolve(&from, reference)
                        {
                            let place = self.place(&from.join("$ref"));
                            dangling.push(Dangling { place, reference: reference.clone(), reason });
                        }
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
}
