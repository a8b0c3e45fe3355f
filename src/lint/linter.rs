//! Runs the rules over a contract.

use std::collections::HashSet;
use std::sync::Arc;

use crate::contract::{Contract, OperationIndex};
use crate::document::{Diagnostic, Files, LoadError, LoadOptions, Location, Severity, SpecSource};
use crate::lint::gather;
use crate::lint::rule::Linter;
use crate::lint::rules;
use crate::lint::selection::Selection;
use crate::schema::Schemas;

/// What was found about a contract.
#[derive(Debug)]
pub struct Checked {
    /// The contract's files, for places.
    pub files: Arc<Files>,
    /// The findings, by place.
    pub findings: Vec<Diagnostic>,
    /// How many operations it has; none when it could not be opened.
    pub operations: Option<usize>,
}

impl Checked {
    /// How many findings are that bad.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Judges the contract that `source` names.
#[must_use]
pub fn check(source: &SpecSource, options: &LoadOptions, selection: &Selection) -> Checked {
    match Contract::load(source, options) {
        Ok(contract) => check_open(&contract, selection),
        // What keeps a contract from being read can't be deselected.
        Err(LoadError { files, diagnostics }) => Checked { files, findings: diagnostics, operations: None },
    }
}

/// Judges an open contract.
#[must_use]
pub fn check_open(contract: &Arc<Contract>, selection: &Selection) -> Checked {
    let contract = Arc::clone(contract);
    let indices: Vec<OperationIndex> = contract.heads().iter().map(|head| head.index).collect();
    let operations: Vec<_> = indices.iter().map(|index| contract.operation(*index)).collect();
    let webhooks = contract.webhooks();
    let users: Vec<_> = operations.iter().chain(&webhooks).cloned().collect();
    let roots = gather::roots(&contract, &users);
    let source = contract.schema_source();
    for at in &roots {
        // Lowering repairs and reports; a root that can't be had is told by the rule about references.
        let _reported = source.schema(at);
    }
    let sites = gather::all(&contract, &roots);
    let schemas = Schemas::new(source);
    let files = Arc::clone(contract.files());
    let mut linter = Linter { contract, schemas, operations, webhooks, sites, found: Vec::new() };
    for family in rules::ALL {
        // The rules of a family look together.
        if family.iter().any(|rule| selection.takes(rule.name)) {
            family.iter().filter_map(|rule| rule.run).for_each(|run| run(&mut linter));
        }
    }
    let mut findings = linter.contract.diagnostics();
    findings.append(&mut linter.found);
    findings.retain(|finding| selection.takes(finding.rule));
    // Since 3.1 the structure includes JSON Schema's own: what its metaschema refuses is an error. What another dialect
    // means is not for it to say.
    let strict = matches!(linter.contract.version_name(), "OpenAPI 3.1" | "OpenAPI 3.2")
        && !findings.iter().any(|finding| finding.rule == "dialect");
    let findings = sorted(&files, one_for_each_place(findings, strict));
    Checked { files, findings, operations: Some(linter.operations.len()) }
}

/// What the schema of the structure says is left out where something more telling is said about the same place; that is
/// then as bad as the structure makes it.
fn one_for_each_place(findings: Vec<Diagnostic>, strict: bool) -> Vec<Diagnostic> {
    let structural = |finding: &Diagnostic| finding.rule == rules::structure::RULE.name;
    let told: HashSet<Location> =
        findings.iter().filter(|f| !structural(f)).map(|f| f.location.clone()).collect();
    let broken: HashSet<Location> = findings
        .iter()
        .filter(|f| structural(f) && f.severity == Severity::Error)
        .map(|f| f.location.clone())
        .collect();
    let mut seen: HashSet<(&'static str, Location, String)> = HashSet::new();
    let mut out = Vec::new();
    for mut finding in findings {
        if structural(&finding) && told.contains(&finding.location) {
            continue;
        }
        // An example that breaks its schema says nothing about the structure of its place.
        let about_structure = matches!(finding.rule, "invalid-keyword" | "wrong-type" | "media-type");
        let refused = strict && finding.rule == "invalid-keyword";
        if refused || about_structure && broken.contains(&finding.location) {
            finding.severity = Severity::Error;
        }
        if seen.insert((finding.rule, finding.location.clone(), finding.message.clone())) {
            out.push(finding);
        }
    }
    out
}

fn sorted(files: &Files, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut placed: Vec<_> = findings
        .into_iter()
        .map(|finding| {
            let place = files.diagnostic_place(&finding);
            ((finding.location.file, place.line, place.column), finding)
        })
        .collect();
    placed.sort_by(|a, b| (&a.0, a.1.rule, &a.1.message).cmp(&(&b.0, b.1.rule, &b.1.message)));
    placed.into_iter().map(|(_, finding)| finding).collect()
}
