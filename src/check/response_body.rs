//! The body is valid for the status, the errors' bodies too.

use crate::check::context::{shown, shown_body};
use crate::check::{Check, CheckContext, Failure};
use crate::validate::Part;

/// How many breaches of one body become failures; the rest is most often the same mistake again.
const FAILURES_MAX: usize = 5;

/// Fails where the body breaks the schema documented for its status, or can't be read as its media type.
pub(super) struct ResponseBody;

impl Check for ResponseBody {
    fn name(&self) -> &'static str {
        "response-body"
    }

    fn about(&self) -> &'static str {
        "The body is valid for its status."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let Some(response) = s.response().filter(|r| s.reaches_operation() && !r.truncated) else {
            return Vec::new();
        };
        s.breaches
            .iter()
            .filter(|breach| breach.part == Part::Body)
            .take(FAILURES_MAX)
            .map(|breach| {
                let v = &breach.violation;
                let at = generic(v.instance.tokens());
                let missing = if v.keyword == "required" { v.expected.as_str().unwrap_or("") } else { "" };
                let whereabouts =
                    if at.is_empty() { "the body".to_owned() } else { format!("`{}`", v.instance) };
                let seen =
                    if v.actual.is_null() { shown_body(response) } else { shown(&v.actual.to_string()) };
                Failure::new(
                    format!("{} {} {at}{missing}", response.status, v.keyword),
                    format!("In the {} answer, {whereabouts}: {}", response.status, v.message),
                )
                .expected(format!("{}: {}", v.keyword, shown(&v.expected.to_string())), seen)
                .at(&v.schema)
            })
            .collect()
    }
}

/// The path with `*` for indexes, so that the third item's mistake is the first item's.
fn generic<'t>(tokens: impl Iterator<Item = std::borrow::Cow<'t, str>>) -> String {
    let mut path = String::new();
    for token in tokens {
        path.push('/');
        path.push_str(if token.parse::<u64>().is_ok() { "*" } else { &token });
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{breach, json, verdict_with};
    use crate::validate::intent::{Intent, Subject};

    const VALID: Intent = Intent::Valid(Subject::Known);

    #[test]
    fn a_valid_body_passes() {
        assert_eq!(verdict_with(&ResponseBody, &VALID, &json(200, "{}"), &[], &[]), []);
    }

    #[test]
    fn a_breach_fails_once_for_all_items() {
        let mut first = breach(Part::Body, "type", "/body/items/type");
        first.violation.instance = crate::base::Pointer::parse("/detail/3/loc").unwrap();
        let got = verdict_with(&ResponseBody, &VALID, &json(422, "{}"), &[first], &[]);
        assert_eq!(got[0].cause, "422 type /detail/*/loc");
        assert!(got[0].message.contains("`/detail/3/loc`"));
    }
}
