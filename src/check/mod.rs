//! Checks, one file each: (operation, exchange, history) → verdict.
//!
//! A check never sends anything and never remembers: it sees one exchange with what was meant by it
//! ([`CheckContext`]), or all that happened to the resources of one operation ([`OperationHistory`]), and says what is wrong.
//! Add a check as a file with a passing and a failing test, and a line in [`ALL`].

pub mod context;
pub mod failure;
pub mod history;
pub mod refusal;
pub mod rule;

mod answered;
mod credentials_enforced;
mod error_location;
mod existence_hidden;
mod http_conformity;
mod internals_hidden;
mod media_type_documented;
mod methods_refused;
mod negative_rejected;
mod one_winner;
mod path_refused;
mod positive_accepted;
mod record_identity;
mod refusal_changes_nothing;
mod response_body;
mod response_headers;
mod second_delete;
mod server_error;
mod status_documented;
mod tenant_isolation;
mod terminal_state;
#[cfg(test)]
mod testing;

pub use context::{CheckContext, Facts};
pub use failure::Failure;
pub use history::{HistoryFailure, OperationHistory, ResourceHistory, Role, Step};
pub use rule::Check;

/// All checks, in the order of reports.
pub const ALL: &[&dyn Check] = &[
    &answered::Answered,
    &server_error::ServerError,
    &status_documented::StatusDocumented,
    &media_type_documented::MediaTypeDocumented,
    &response_headers::ResponseHeaders,
    &response_body::ResponseBody,
    &error_location::ErrorLocation,
    &credentials_enforced::CredentialsEnforced,
    &methods_refused::MethodsRefused,
    &path_refused::PathRefused,
    &negative_rejected::NegativeRejected,
    &positive_accepted::PositiveAccepted,
    &http_conformity::HttpConformity,
    &internals_hidden::InternalsHidden,
    &record_identity::RecordIdentity,
    &terminal_state::TerminalState,
    &second_delete::SecondDelete,
    &refusal_changes_nothing::RefusalChangesNothing,
    &one_winner::OneWinner,
    &tenant_isolation::TenantIsolation,
    &existence_hidden::ExistenceHidden,
];

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
