//! A second deletion is rejected, or answers the identical record.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::base::Pointer;
use crate::base::limits::VALUE_DEPTH_MAX;
use crate::check::context::{shown, shown_body};
use crate::check::{Check, Failure, HistoryFailure, OperationHistory, Role, Step};

/// Fails when a second deletion succeeds with anything else than the first one's answer, or makes the server fail.
pub(super) struct SecondDelete;

impl Check for SecondDelete {
    fn name(&self) -> &'static str {
        "second-delete"
    }

    fn about(&self) -> &'static str {
        "A second deletion is rejected, or answers the identical record."
    }

    fn check_history(&self, history: &OperationHistory) -> Vec<HistoryFailure> {
        let mut failures = Vec::new();
        for (l, life) in history.histories.iter().enumerate() {
            for (s, pair) in life.steps.windows(2).enumerate() {
                let (first, again) = (&pair[0], &pair[1]);
                if again.role != Role::Again
                    || !first.succeeded()
                    || !matches!(first.role, Role::Plain | Role::Again)
                {
                    continue;
                }
                let (Some(before), Some(after)) = (first.response(), again.response()) else {
                    continue;
                };
                let same = match (first.json(), again.json()) {
                    (Some(a), Some(b)) => a == b,
                    _ => before.body == after.body,
                };
                if again.succeeded() && !same {
                    let failure = Failure::new(
                        "answered differently",
                        "A second deletion succeeded with another answer than the first.",
                    )
                    .expected("a 4xx, or the identical answer", difference(first, again));
                    failures.push(history.failure(l, s + 1, failure));
                } else if after.status >= 500 {
                    let failure = Failure::new("server error", "A second deletion made the server fail.")
                        .expected(
                            "a 4xx, or the identical answer",
                            format!("{}: {}", after.status, shown_body(after)),
                        );
                    failures.push(history.failure(l, s + 1, failure));
                }
            }
        }
        failures
    }
}

/// Where the second answer is another than the first: in words, with both values.
fn difference(first: &Step, again: &Step) -> String {
    let status = again.status();
    match (first.json(), again.json()) {
        (Some(a), Some(b)) => match differ(&a, &b, &Pointer::root(), 0) {
            Some((at, before, after)) if at.is_root() => {
                format!("{status}, and {after} where the first answer was {before}")
            }
            Some((at, before, after)) => {
                format!("{status}, and `{at}` is {after} where the first answer had {before}")
            }
            None => format!("{status}, and another text"),
        },
        _ => again.response().map_or_else(String::new, |r| format!("{status}: {}", shown_body(r))),
    }
}

/// The first place where two values differ, and what is there in each.
fn differ(a: &Value, b: &Value, at: &Pointer, depth: usize) -> Option<(Pointer, String, String)> {
    let here = |a: String, b: String| Some((at.clone(), a, b));
    match (a, b) {
        (Value::Object(x), Value::Object(y)) if depth < VALUE_DEPTH_MAX => {
            let names: BTreeSet<&String> = x.keys().chain(y.keys()).collect();
            names.into_iter().find_map(|name| {
                let inner = at.join(name);
                match (x.get(name), y.get(name)) {
                    (Some(a), Some(b)) => differ(a, b, &inner, depth + 1),
                    (a, b) => {
                        let text = |v: Option<&Value>| {
                            v.map_or_else(|| "nothing".to_owned(), |v| shown(&v.to_string()))
                        };
                        Some((inner, text(a), text(b)))
                    }
                }
            })
        }
        (Value::Array(x), Value::Array(y)) if x.len() != y.len() => {
            here(format!("{} items", x.len()), format!("a list of {} items", y.len()))
        }
        (Value::Array(x), Value::Array(y)) if depth < VALUE_DEPTH_MAX => {
            x.iter().zip(y).enumerate().find_map(|(n, (a, b))| differ(a, b, &at.index(n), depth + 1))
        }
        (a, b) if a == b => None,
        (a, b) => here(shown(&a.to_string()), shown(&b.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{history_causes, json, life};

    fn twice(first: (u16, &str), again: (u16, &str)) -> Vec<String> {
        let steps = [(Role::Plain, json(first.0, first.1)), (Role::Again, json(again.0, again.1))];
        history_causes(&SecondDelete, vec![life("a", &steps)])
    }

    #[test]
    fn rejection_and_the_identical_record_pass() {
        assert!(twice((200, r#"{"id":"a"}"#), (422, "no")).is_empty());
        assert!(twice((200, r#"{"id":"a","n":1}"#), (200, r#"{"n":1,"id":"a"}"#)).is_empty());
        assert!(twice((204, ""), (204, "")).is_empty());
        assert!(twice((422, ""), (200, "{}")).is_empty());
    }

    #[test]
    fn a_changed_record_and_a_crash_fail() {
        assert_eq!(twice((200, r#"{"n":1}"#), (200, r#"{"n":2}"#)), ["answered differently"]);
        assert_eq!(twice((200, "{}"), (500, "")), ["server error"]);
    }

    #[test]
    fn the_difference_is_shown() {
        let step = |body: &str| life("a", &[(Role::Plain, json(200, body))]).steps.remove(0);
        let shown = |a: &str, b: &str| difference(&step(a), &step(b));
        let events = shown(r#"{"id":1,"events":[1]}"#, r#"{"id":1,"events":[1,2]}"#);
        assert_eq!(events, "200, and `/events` is a list of 2 items where the first answer had 1 items");
        assert_eq!(
            shown(r#"{"a":1}"#, r#"{"b":1}"#),
            "200, and `/a` is nothing where the first answer had 1"
        );
        assert_eq!(shown("[{\"a\":1}]", "[{\"a\":2}]"), "200, and `/0/a` is 2 where the first answer had 1");
    }
}
