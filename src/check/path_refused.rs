//! Paths that the contract does not know lead nowhere.

use crate::check::context::shown_body;
use crate::check::{Check, CheckContext, Failure};
use crate::validate::intent::Intent;

/// Fails when a path that no template of the contract matches is answered with success.
pub(super) struct PathRefused;

impl Check for PathRefused {
    fn name(&self) -> &'static str {
        "path-refused"
    }

    fn about(&self) -> &'static str {
        "Unknown paths are refused with 404."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let (Intent::Path, Some(response)) = (s.intent, s.response()) else { return Vec::new() };
        // Redirects to the canonical form of a path (a slash more or less) are common and fair.
        if !(200..=299).contains(&response.status) {
            return Vec::new();
        }
        vec![
            Failure::new("accepted", "A path that the contract does not know was answered with success.")
                .expected("404", format!("{}: {}", response.status, shown_body(response)))
                .at(&s.operation.head.location),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{json, verdict};

    #[test]
    fn not_found_passes() {
        assert_eq!(verdict(&PathRefused, &Intent::Path, &json(404, "{}")), []);
    }

    #[test]
    fn success_fails() {
        assert_eq!(verdict(&PathRefused, &Intent::Path, &json(204, ""))[0].cause, "accepted");
    }
}
