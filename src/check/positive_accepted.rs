//! What keeps the contract is accepted.

use crate::check::context::shown_body;
use crate::check::{Check, CheckContext, Failure, refusal};
use crate::resource::lexicon::is_id_name;
use crate::resource::tenant::is_tenant_name;
use crate::validate::intent::{Intent, Subject};
use crate::wire::Response;

/// Fails when valid input is refused as invalid (400 or 422). Refusing an id that nobody created, or one that is in
/// no state for the call, is no refusal of valid input: then only a refusal that blames some other parameter counts.
/// 401, 403, 404, 409, 410 and the like speak of state and rights and never count, nor does what the framework behind
/// the service refuses although the schemas that it writes take it (an empty text for a decimal).
pub(super) struct PositiveAccepted;

impl Check for PositiveAccepted {
    fn name(&self) -> &'static str {
        "positive-accepted"
    }

    fn about(&self) -> &'static str {
        "Valid requests are accepted; refusing an id that nobody created is no refusal of valid input."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let (Intent::Valid(subject), Some(response)) = (s.intent, s.response()) else { return Vec::new() };
        if !matches!(response.status, 400 | 422)
            || s.fair.contains(&response.status)
            // Where nothing but refusals is documented, no request is promised to be accepted.
            || !s.operation.responses.is_empty() && !s.operation.responses.iter().any(|r| r.status.may_accept())
        {
            return Vec::new();
        }
        if is_the_frameworks(s, response) {
            return Vec::new();
        }
        let blamed = blamed(response);
        let refused = match (subject, &blamed) {
            (_, Some(names)) => names.iter().any(|name| !names_somebody(s, name)),
            // What is to be changed is named by the body then, and perhaps nobody created it.
            (Subject::None, None) => !matches!(s.operation.head.method.as_str(), "PUT" | "PATCH" | "DELETE"),
            (Subject::Unknown | Subject::Known, None) => false,
        };
        if !refused {
            return Vec::new();
        }
        let what = blamed.unwrap_or_default().join(", ");
        let what = if what.is_empty() { "the request".to_owned() } else { format!("`{what}`") };
        vec![
            Failure::new(format!("{} {what}", response.status), format!("Valid input was refused: {what}."))
                .expected(
                    "the request to be accepted",
                    format!("{}: {}", response.status, shown_body(response)),
                )
                .at(&s.operation.head.location),
        ]
    }
}

/// True when all that the refusal blames is what the framework can't take.
fn is_the_frameworks(s: &CheckContext<'_>, response: &Response) -> bool {
    let (Some(foreseen), Some(entries)) = (s.foreseen, refusal::entries(response)) else { return false };
    entries.iter().all(|entry| refusal::is_foreseen(entry, foreseen))
}

/// True when the blamed parameter was sent and carries an identifier: perhaps nobody has it.
fn names_somebody(s: &CheckContext<'_>, name: &str) -> bool {
    (is_id_name(name) || is_tenant_name(name))
        && s.sent.iter().any(|sent| sent.name.eq_ignore_ascii_case(name))
}

/// The parameters that the refusal blames, other than those of the path; `None` when it names nothing, or the path.
fn blamed(response: &Response) -> Option<Vec<String>> {
    let entries = refusal::entries(response)?;
    if entries.iter().any(|e| e.place == "path") {
        return None;
    }
    Some(entries.into_iter().map(|e| e.steps.first().cloned().unwrap_or(e.place)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{json, verdict, verdict_foreseen};

    fn refusal(loc: &str) -> crate::wire::Exchange {
        json(422, &format!(r#"{{"detail":[{{"loc":{loc},"type":"value_error","msg":"no"}}]}}"#))
    }

    #[test]
    fn acceptance_and_refused_ids_pass() {
        assert_eq!(verdict(&PositiveAccepted, &Intent::Valid(Subject::None), &json(200, "{}")), []);
        let unknown = Intent::Valid(Subject::Unknown);
        assert_eq!(verdict(&PositiveAccepted, &unknown, &refusal(r#"["path","thing_id"]"#)), []);
        assert_eq!(verdict(&PositiveAccepted, &unknown, &refusal(r#"["header","X-Tenant-Id"]"#)), []);
        assert_eq!(verdict(&PositiveAccepted, &unknown, &json(404, "{}")), []);
        // The operation is a DELETE: its subject is in the body, if not in the path.
        assert_eq!(verdict(&PositiveAccepted, &Intent::Valid(Subject::None), &json(400, "{}")), []);
    }

    #[test]
    fn what_the_framework_refuses_passes_and_nothing_else() {
        let foreseen = [vec!["query".to_owned(), "limit".to_owned()]];
        let valid = Intent::Valid(Subject::None);
        let said = |loc| verdict_foreseen(&PositiveAccepted, &valid, &refusal(loc), &foreseen).len();
        assert_eq!(said(r#"["query","limit"]"#), 0);
        assert_eq!(said(r#"["query","offset"]"#), 1);
    }

    #[test]
    fn refused_valid_input_fails() {
        assert_eq!(
            verdict(&PositiveAccepted, &Intent::Valid(Subject::None), &refusal(r#"["query","limit"]"#)).len(),
            1
        );
        let got =
            verdict(&PositiveAccepted, &Intent::Valid(Subject::Unknown), &refusal(r#"["query","limit"]"#));
        assert_eq!(got[0].cause, "422 `limit`");
    }
}
