//! Why a declaration can't be used, and what to do about it.

use crate::document::files::nearest;

/// Why a declaration can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct DeclarationError {
    /// Where it stands: file, line and column in a contract, else the resource's name.
    pub place: String,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl DeclarationError {
    pub(super) fn of(name: &str, reason: String, hint: Option<String>) -> Self {
        Self { place: format!("resource `{name}`"), reason, hint }
    }

    pub(super) fn no_path(name: &str, item: &str, paths: &[&str]) -> Self {
        let hint = nearest(item, paths).map(|near| format!("did you mean `{near}`?"));
        Self::of(name, format!("the contract has no path `{item}`"), hint)
    }

    pub(super) fn no_id(name: &str, item: &str) -> Self {
        let hint =
            "`item` is the path of one entity, such as /pets/{petId}, or of a thing that there is one of";
        Self::of(name, format!("the path `{item}` does not end in one parameter"), Some(hint.to_owned()))
    }
}
