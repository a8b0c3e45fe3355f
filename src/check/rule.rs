//! What a check is, and how it is found by its name.

use crate::check::{ALL, Failure, Saga, SagaFailure, Situation};

/// One rule about answers.
pub trait Check: Sync {
    /// The name for `--checks` and reports, in kebab case.
    fn name(&self) -> &'static str;

    /// One sentence: what must hold.
    fn about(&self) -> &'static str;

    /// What is wrong with one exchange. Nothing by default: the check is about histories.
    fn check(&self, _situation: &Situation<'_>) -> Vec<Failure> {
        Vec::new()
    }

    /// What is wrong with the history of an operation's resources. Nothing by default.
    fn check_saga(&self, _saga: &Saga) -> Vec<SagaFailure> {
        Vec::new()
    }
}

/// The check called `name`.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Check> {
    ALL.iter().copied().find(|check| check.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_kebab_case_and_found_again() {
        let mut names: Vec<_> = ALL.iter().map(|c| c.name()).collect();
        for name in &names {
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
            assert!(by_name(name).is_some_and(|c| !c.about().is_empty()));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(by_name("no-such-check").is_none());
    }
}
