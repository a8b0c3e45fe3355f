//! Initial entities and declarations, read from JSON or YAML files.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value;

use crate::base::limits::DOCUMENT_BYTES_MAX;
use crate::base::{Pointer, files};
use crate::document::load;
use crate::document::{FileId, Files, LoadOptions, Location};
use crate::resource::declaration::{Declaration, FixtureFile};

/// Why fixtures can't be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FixtureError {
    /// A file or folder can't be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The path as given.
        path: String,
        /// Why.
        reason: String,
    },
    /// A file is no fixture file.
    #[error("{place}: {reason}")]
    Malformed {
        /// File, line and column.
        place: String,
        /// Why.
        reason: String,
    },
}

/// An initial entity and where it stands.
#[derive(Clone, Debug)]
pub struct Given {
    /// The resource's name.
    pub resource: String,
    /// The entity.
    pub value: Value,
    files: Option<Arc<Files>>,
    at: Location,
}

impl Given {
    /// Where a part of the entity stands, for people.
    #[must_use]
    pub fn place(&self, part: &Pointer) -> String {
        let at = Location::new(self.at.file, self.at.pointer.concat(part));
        self.files.as_ref().map_or_else(|| format!("#{}", at.pointer), |files| files.place(&at).to_string())
    }
}

/// Fixtures: all files together.
#[derive(Clone, Debug, Default)]
pub struct Fixtures {
    /// Where the logical clock starts.
    pub clock: Option<Timestamp>,
    /// Declarations of resources.
    pub resources: IndexMap<String, Declaration>,
    /// The entities in order.
    pub entities: Vec<Given>,
}

/// The endings of fixture files in a folder.
const ENDINGS: [&str; 3] = ["json", "yaml", "yml"];

impl Fixtures {
    /// The fixtures of the embedded contract.
    ///
    /// # Errors
    /// Never in a program that passed its tests.
    pub fn embedded() -> Result<Self, FixtureError> {
        let mut fixtures = Self::default();
        for (name, text) in [
            ("<embedded>/fixtures/resources.yaml", include_str!("../../../fixtures/seed/resources.yaml")),
            ("<embedded>/fixtures/entities.yaml", include_str!("../../../fixtures/seed/entities.yaml")),
        ] {
            fixtures.add_text(name, text)?;
        }
        Ok(fixtures)
    }

    /// Reads a file, or the JSON and YAML files of a folder in the order of their names.
    ///
    /// # Errors
    /// [`FixtureError`].
    pub fn load(path: &Path) -> Result<Self, FixtureError> {
        let unreadable = |path: &Path, error: &std::io::Error| FixtureError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let mut files = Vec::new();
        if path.is_dir() {
            for entry in std::fs::read_dir(path).map_err(|e| unreadable(path, &e))? {
                let file = entry.map_err(|e| unreadable(path, &e))?.path();
                let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
                if !file.is_dir() && ENDINGS.contains(&ending) {
                    files.push(file);
                }
            }
            files.sort();
        } else {
            files.push(path.to_owned());
        }
        let mut fixtures = Self::default();
        for file in files {
            let text =
                files::read_text(&file, DOCUMENT_BYTES_MAX as u64).map_err(|e| unreadable(&file, &e))?;
            fixtures.add_text(&file.display().to_string(), &text)?;
        }
        Ok(fixtures)
    }

    /// These declarations under those of `other`, with the entities of `other` alone.
    #[must_use]
    pub fn replaced_by(mut self, other: Self) -> Self {
        self.clock = other.clock.or(self.clock);
        for (name, declaration) in other.resources {
            let below = self.resources.shift_remove(&name).unwrap_or_default();
            self.resources.insert(name, below.under(declaration));
        }
        self.entities = other.entities;
        self
    }

    /// Adds the text of a fixture file (JSON or YAML).
    ///
    /// # Errors
    /// [`FixtureError::Malformed`].
    pub fn add_text(&mut self, name: &str, text: &str) -> Result<(), FixtureError> {
        let malformed = |place: String, reason: String| FixtureError::Malformed { place, reason };
        let files = load::text(name, text, None, &LoadOptions::default()).map_err(|error| {
            // The message starts with the place already.
            let text = error.to_string();
            let (place, reason) = text.split_once(": ").unwrap_or((name, &text));
            malformed(place.to_owned(), reason.to_owned())
        })?;
        let files = Arc::new(files);
        let root = Location::new(FileId(0), Pointer::root());
        let value = files.value(&root).unwrap_or(Value::Null);
        let file: FixtureFile = serde_json::from_value(value)
            .map_err(|error| malformed(files.place(&root).to_string(), error.to_string()))?;
        if let Some(text) = &file.clock {
            let at = files.place(&root.join("clock")).to_string();
            self.clock = Some(text.parse().map_err(|e: jiff::Error| malformed(at, e.to_string()))?);
        }
        self.resources.extend(file.resources);
        for (resource, values) in file.entities {
            let list = root.join("entities").join(&resource);
            for (n, value) in values.into_iter().enumerate() {
                let given = Given {
                    resource: resource.clone(),
                    value,
                    files: Some(Arc::clone(&files)),
                    at: list.index(n),
                };
                self.entities.push(given);
            }
        }
        Ok(())
    }
}
