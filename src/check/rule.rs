//! What a check is.

use crate::check::{CheckContext, Failure, HistoryFailure, OperationHistory};

/// One rule about answers.
pub trait Check: Sync {
    /// The name for `--checks` and reports, in kebab case.
    fn name(&self) -> &'static str;

    /// One sentence: what must hold.
    fn about(&self) -> &'static str;

    /// What is wrong with one exchange. Nothing by default: the check is about histories.
    fn check(&self, _situation: &CheckContext<'_>) -> Vec<Failure> {
        Vec::new()
    }

    /// What is wrong with the history of an operation's resources. Nothing by default.
    fn check_history(&self, _saga: &OperationHistory) -> Vec<HistoryFailure> {
        Vec::new()
    }
}
