//! What several topics need.

use std::path::PathBuf;

/// A path of the shared test data (contracts, schema suite), or `None` (said on standard error) where it is absent.
#[expect(dead_code, reason = "used by the topics that read the corpus")]
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("COUNTERPART_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let full = root.join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: no corpus at {}", full.display());
    None
}
