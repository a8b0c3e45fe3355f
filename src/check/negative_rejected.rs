//! What breaks the contract is rejected.

use crate::check::context::{shown, shown_body};
use crate::check::{Check, CheckContext, Failure};
use crate::validate::intent::Intent;

/// Fails when a request with exactly one broken thing is answered with success, unless the framework behind the
/// service takes it (`"12"` for an integer).
pub(super) struct NegativeRejected;

impl Check for NegativeRejected {
    fn name(&self) -> &'static str {
        "negative-rejected"
    }

    fn about(&self) -> &'static str {
        "Requests that break the contract are rejected."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let (intent @ Intent::Broken(broken), Some(response)) = (s.intent, s.response()) else {
            return Vec::new();
        };
        if !(200..=399).contains(&response.status) || s.foreseen.is_some_and(<[_]>::is_empty) {
            return Vec::new();
        }
        vec![
            Failure::new(
                format!("{} {}", broken.site, broken.keyword),
                format!("A request that breaks the contract was accepted: {intent}."),
            )
            .expected(
                format!("a 4xx, because of {}", shown(&broken.after.to_string())),
                format!("{}: {}", response.status, shown_body(response)),
            )
            .at(&broken.schema),
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Pointer;
    use crate::check::testing::{json as answer, place, verdict, verdict_foreseen};
    use crate::contract::ParameterPlace;
    use crate::validate::intent::{Broken, Site};

    fn broken() -> Intent {
        Intent::Broken(Box::new(Broken {
            site: Site::Parameter(ParameterPlace::Query, "limit".into()),
            instance: Pointer::root(),
            keyword: "maximum".into(),
            schema: place("/schema/maximum"),
            before: json!(5),
            after: json!(501),
        }))
    }

    #[test]
    fn a_rejection_passes() {
        assert_eq!(verdict(&NegativeRejected, &broken(), &answer(422, "{}")), []);
    }

    #[test]
    fn what_the_framework_takes_passes() {
        let place = vec!["query".to_owned(), "limit".to_owned()];
        assert_eq!(verdict_foreseen(&NegativeRejected, &broken(), &answer(200, "{}"), &[]), []);
        assert_eq!(verdict_foreseen(&NegativeRejected, &broken(), &answer(200, "{}"), &[place]).len(), 1);
    }

    #[test]
    fn success_fails_at_the_keyword() {
        let got = verdict(&NegativeRejected, &broken(), &answer(200, "{}"));
        assert_eq!(got[0].cause, "query `limit` maximum");
        assert_eq!(got[0].place, Some(place("/schema/maximum")));
    }
}
