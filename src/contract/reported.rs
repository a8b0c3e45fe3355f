//! What was found wrong with a contract so far: shared by all that read parts of it later.

use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexSet;

use crate::document::Diagnostic;

/// Diagnostics in the order in which they were found, each once. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reported(Arc<Mutex<IndexSet<Diagnostic>>>);

impl Reported {
    /// Adds what is not there yet.
    pub(crate) fn add(&self, found: impl IntoIterator<Item = Diagnostic>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
    }

    /// All so far.
    pub(crate) fn all(&self) -> Vec<Diagnostic> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
