//! Schemas of the contract by place, lowered to JSON Schema 2020-12 on the way out.

use std::sync::Arc;

use serde_json::Value;

use crate::contract::lower::Lower;
use crate::contract::reported::Reported;
use crate::contract::version::Version;
use crate::document::{Files, Location, SchemaError, SchemaSource};

/// The door between a contract and the schema room.
pub(crate) struct ContractSchemas {
    files: Arc<Files>,
    version: Version,
    reported: Reported,
}

impl ContractSchemas {
    /// A door to the contract of these files; what is found wrong is added to `reported`.
    #[must_use]
    pub(crate) fn new(files: Arc<Files>, version: Version, reported: Reported) -> Self {
        Self { files, version, reported }
    }
}

impl SchemaSource for ContractSchemas {
    fn schema(&self, at: &Location) -> Result<Arc<Value>, SchemaError> {
        let nothing = || SchemaError::Unresolvable {
            reference: String::new(),
            at: at.clone(),
            reason: "there is nothing".to_owned(),
        };
        let file = self.files.file(at.file).ok_or_else(nothing)?;
        let raw = at.pointer.lookup(&file.root).ok_or_else(nothing)?;
        let mut lower = Lower::new(self.version, &file.root, at.file);
        let lowered = lower.schema(raw, &at.pointer);
        self.reported.add(lower.diagnostics);
        Ok(Arc::new(lowered))
    }

    fn resolve(&self, from: &Location, reference: &str) -> Result<Location, SchemaError> {
        self.files.resolve(from, reference)
    }
}
