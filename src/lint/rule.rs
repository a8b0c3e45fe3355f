//! What a rule is, what it sees, and which rules a user asks for.

use std::sync::Arc;

use serde_json::Value;

use crate::contract::{Contract, Operation};
use crate::document::files::nearest;
use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rules;
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

/// Which rules count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these, when there are any.
    only: Vec<String>,
    /// None of these.
    without: Vec<String>,
}

impl Selection {
    /// Reads a list such as `structure,unresolvable-ref` (only these) or `-example` (all but these).
    ///
    /// # Errors
    /// The name that no rule has, with the nearest one that there is.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut selection = Self::default();
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let (into, name) = match name.strip_prefix('-') {
                Some(name) => (&mut selection.without, name),
                None => (&mut selection.only, name),
            };
            find(name)?;
            into.push(name.to_owned());
        }
        Ok(selection)
    }

    /// True when what that rule finds counts.
    #[must_use]
    pub fn takes(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == rule);
        (self.only.is_empty() || named(&self.only)) && !named(&self.without)
    }
}

/// The rule of that name.
///
/// # Errors
/// A sentence with the nearest name when there is none.
pub fn find(name: &str) -> Result<&'static Rule, String> {
    let found = rules::all().find(|rule| rule.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = rules::all().map(|rule| rule.name).collect();
        match nearest(name, &names) {
            Some(near) => format!("there is no rule `{name}`; did you mean `{near}`?"),
            None => format!("there is no rule `{name}`"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_selected_by_name() {
        let only = Selection::parse("structure, unresolvable-ref").unwrap();
        assert!(only.takes("structure") && !only.takes("example"));
        let without = Selection::parse("-example").unwrap();
        assert!(without.takes("structure") && !without.takes("example"));
        assert!(Selection::parse("exampel").unwrap_err().contains("did you mean `example`"));
    }

    #[test]
    fn names_are_unique_and_explained() {
        let mut names: Vec<&str> = rules::all().map(|rule| rule.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for rule in rules::all() {
            assert!(!rule.summary.is_empty() && rule.explanation.len() > 40, "{}", rule.name);
        }
    }
}
