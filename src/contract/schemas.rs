//! Schemas of the contract by place, lowered to JSON Schema 2020-12 on the way out.

use std::sync::Arc;

use serde_json::Value;

use crate::contract::api::Contract;
use crate::contract::lower::Lower;
use crate::document::{Location, SchemaError, SchemaSource};

/// The door between a contract and the schema room.
pub(crate) struct ContractSchemas {
    contract: Arc<Contract>,
}

impl ContractSchemas {
    /// A door to that contract.
    #[must_use]
    pub(crate) fn new(contract: Arc<Contract>) -> Self {
        Self { contract }
    }
}

impl SchemaSource for ContractSchemas {
    fn schema(&self, at: &Location) -> Result<Arc<Value>, SchemaError> {
        let files = self.contract.files();
        let nothing = || SchemaError::Unresolvable {
            reference: String::new(),
            at: at.clone(),
            reason: "there is nothing".to_owned(),
        };
        let file = files.file(at.file).ok_or_else(nothing)?;
        let raw = at.pointer.lookup(&file.root).ok_or_else(nothing)?;
        let mut lower = Lower::new(self.contract.version(), &file.root, at.file);
        let lowered = lower.schema(raw, &at.pointer);
        self.contract.report(lower.diagnostics);
        Ok(Arc::new(lowered))
    }

    fn resolve(&self, from: &Location, reference: &str) -> Result<Location, SchemaError> {
        self.contract.files().resolve(from, reference)
    }
}
