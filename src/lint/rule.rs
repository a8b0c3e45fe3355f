//! What a rule is, and what it sees.

use std::sync::Arc;

use serde_json::Value;

use crate::contract::{Contract, Operation};
use crate::document::{Diagnostic, Location, Severity};
use crate::schema::Schemas;

/// A rule for contracts.
#[derive(Debug)]
pub struct Rule {
    /// Its name in kebab case.
    pub name: &'static str,
    /// How bad breaking it is, at worst.
    pub severity: Severity,
    /// What it demands, one line.
    pub summary: &'static str,
    /// Why, and what to do about it.
    pub explanation: &'static str,
    /// Looks for what breaks it and the other rules of its file; none where another rule's does, or where it shows
    /// itself while the contract is read.
    pub run: Option<fn(&mut Linter)>,
}

/// What rules see, and where they put what they find.
pub struct Linter {
    /// The contract, all its operations built.
    pub contract: Arc<Contract>,
    /// Its schemas, compiled.
    pub schemas: Schemas,
    /// All operations.
    pub operations: Vec<Arc<Operation>>,
    /// All webhooks.
    pub webhooks: Vec<Arc<Operation>>,
    /// All Schema Objects that are named in `components` or used by an operation, nested ones included.
    pub sites: Vec<Location>,
    /// What was found.
    pub found: Vec<Diagnostic>,
}

impl Linter {
    /// Reports an error.
    pub fn error(
        &mut self,
        rule: &'static str,
        at: &Location,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.report(Diagnostic::error(rule, at.clone(), message))
    }

    /// Reports a warning.
    pub fn warn(&mut self, rule: &'static str, at: &Location, message: impl Into<String>) -> &mut Diagnostic {
        self.report(Diagnostic::warning(rule, at.clone(), message))
    }

    fn report(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.found.push(diagnostic);
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Operations and webhooks.
    pub fn everything(&self) -> impl Iterator<Item = &Arc<Operation>> {
        self.operations.iter().chain(&self.webhooks)
    }

    /// Hands each Schema Object, as written, to `look`; what that finds is reported.
    pub fn each_schema(&mut self, mut look: impl FnMut(&Self, &Location, &Value) -> Vec<Diagnostic>) {
        let mut found = Vec::new();
        for at in &self.sites {
            if let Some(more) = self.contract.files().with(at, |schema| look(self, at, schema)) {
                found.extend(more);
            }
        }
        self.found.extend(found);
    }
}
