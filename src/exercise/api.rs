//! What the engine needs of a contract, gathered once.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::contract::{Contract, Operation, OperationHead, SecretFacts, SecurityScheme};
use crate::document::{Location, Place};
use crate::exercise::guard::Knowledge;
use crate::validate::{Coercion, Judge};

/// Places for people: file, line and column, and the line itself.
pub trait Places: Send + Sync {
    /// Where a location is.
    fn place(&self, at: &Location) -> Option<Place>;
    /// The line there.
    fn source_line(&self, at: &Location) -> Option<String>;
}

impl Places for Contract {
    fn place(&self, at: &Location) -> Option<Place> {
        Some(Self::place(self, at))
    }

    fn source_line(&self, at: &Location) -> Option<String> {
        Self::source_line(self, at)
    }
}

/// An API under test.
#[derive(Clone)]
pub struct Api {
    /// Its title.
    pub title: String,
    /// The contract as the user named it.
    pub spec: String,
    /// The operations under test.
    pub operations: Vec<Arc<Operation>>,
    /// All operations.
    pub heads: Vec<OperationHead>,
    /// The security schemes.
    pub schemes: IndexMap<String, SecurityScheme>,
    /// What the contract says of secrets.
    pub secrets: SecretFacts,
    /// Judges answers, and what is sent as valid.
    pub judge: Arc<Judge>,
    /// Judges what is sent as broken: generously.
    pub lenient: Arc<Judge>,
    /// What its operations do.
    pub knowledge: Arc<Knowledge>,
    /// Places for people.
    pub places: Arc<dyn Places>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("title", &self.title).field("operations", &self.operations.len()).finish()
    }
}

impl Api {
    /// The operations of a contract that `wanted` picks; `spec` is the contract as the user named it.
    #[must_use]
    pub fn of(contract: &Arc<Contract>, spec: &str, wanted: impl Fn(&OperationHead) -> bool) -> Self {
        let heads = contract.heads().to_vec();
        let operations =
            heads.iter().filter(|head| wanted(head)).map(|head| contract.operation(head.index)).collect();
        Self {
            title: contract.info().title.clone(),
            spec: spec.to_owned(),
            operations,
            heads,
            schemes: contract.security_schemes().clone(),
            secrets: contract.secret_facts(),
            judge: Arc::new(Judge::with_source(
                contract.schema_source(),
                contract.security_schemes().clone(),
            )),
            lenient: Arc::new(
                Judge::with_source(contract.schema_source(), contract.security_schemes().clone())
                    .with_coercion(Coercion::Lax),
            ),
            knowledge: Arc::new(Knowledge::of(contract)),
            places: Arc::clone(contract) as Arc<dyn Places>,
        }
    }

    /// The operation of that id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&Arc<Operation>> {
        self.operations.iter().find(|operation| operation.head.id == id)
    }
}
