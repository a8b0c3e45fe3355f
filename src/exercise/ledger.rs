//! What was found: each failure once for each operation, check and cause.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::Seed;
use crate::exercise::event::Finding;

/// What makes two failures the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) operation: String,
    pub(super) check: &'static str,
    pub(super) cause: String,
}

impl Key {
    /// The same for the same key in every run: 16 hexadecimal digits.
    pub(super) fn fingerprint(&self) -> String {
        let seed = Seed(0).derive(&self.operation).derive(self.check).derive(&self.cause);
        format!("{:016x}", seed.0)
    }
}

#[derive(Debug, Default)]
struct Entry {
    occurrences: u64,
    finding: Option<Finding>,
}

/// All failures of a run.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<Key, Entry>,
}

impl Ledger {
    /// Counts a failure; true when it is the first of its kind.
    pub(super) fn register(&mut self, key: &Key) -> bool {
        let entry = self.entries.entry(key.clone()).or_default();
        entry.occurrences += 1;
        entry.occurrences == 1
    }

    /// The finding that tells of the failure.
    pub(super) fn settle(&mut self, key: &Key, finding: Finding) {
        self.entries.entry(key.clone()).or_default().finding = Some(finding);
    }

    /// How many different failures there are.
    pub(super) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The findings with their counts, by operation and check.
    pub(super) fn findings(&self) -> Vec<Arc<Finding>> {
        self.entries
            .values()
            .filter_map(|entry| {
                let mut finding = entry.finding.clone()?;
                finding.occurrences = entry.occurrences;
                Some(Arc::new(finding))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_first_once() {
        let key = |cause: &str| Key { operation: "op".into(), check: "c", cause: cause.into() };
        let mut ledger = Ledger::default();
        assert!(ledger.register(&key("a")));
        assert!(!ledger.register(&key("a")));
        assert!(ledger.register(&key("b")));
        assert_eq!(ledger.len(), 2);
        assert_eq!(key("a").fingerprint(), key("a").fingerprint());
        assert_ne!(key("a").fingerprint(), key("b").fingerprint());
        assert!(ledger.findings().is_empty());
    }
}
