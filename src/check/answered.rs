//! Every request is answered, in time and in HTTP.

use crate::check::{Check, CheckContext, Failure};
use crate::validate::intent::Intent;
use crate::wire::SendError;

/// Fails on timeouts, broken connections and answers cut off. Not being able to connect is the run's matter, not a
/// finding of one request.
pub(super) struct Answered;

impl Check for Answered {
    fn name(&self) -> &'static str {
        "answered"
    }

    fn about(&self) -> &'static str {
        "Every request is answered in time, completely, and in HTTP."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let failure = match &s.exchange.outcome {
            Ok(response) if response.truncated => {
                let seen = match response.body.len() {
                    0 => "more bytes than are read, once its Content-Encoding is undone".to_owned(),
                    read => format!("more than {read} bytes"),
                };
                Failure::new("endless", "The answer was cut off: it is longer than the limit.")
                    .expected("an answer that ends", seen)
            }
            Err(SendError::Timeout(after)) => Failure::new("timeout", "No answer came in time.")
                .expected("an answer", format!("nothing within {after:?}")),
            // RFC 9112 §9.6: a server may close the connection on what is no request.
            Err(SendError::Packed(reason)) => {
                Failure::new("packed", "The answer's body can't be unpacked as its Content-Encoding says.")
                    .expected("a body that is complete and packed as it says", reason.clone())
            }
            Err(SendError::Broken(reason)) if *s.intent != Intent::Malformed => {
                Failure::new("broken", "The connection broke, or what came was no HTTP.")
                    .expected("a complete answer", reason.clone())
            }
            _ => return Vec::new(),
        };
        vec![failure]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::check::testing::{failed, json, verdict};
    use crate::validate::intent::Subject;

    #[test]
    fn an_answer_passes() {
        assert_eq!(verdict(&Answered, &Intent::Valid(Subject::Known), &json(200, "{}")), []);
    }

    #[test]
    fn silence_and_breaking_off_fail() {
        let valid = Intent::Valid(Subject::Known);
        let silent = failed(SendError::Timeout(Duration::from_secs(1)));
        assert_eq!(verdict(&Answered, &valid, &silent)[0].cause, "timeout");
        let broken = failed(SendError::Broken("reset".into()));
        assert_eq!(verdict(&Answered, &valid, &broken)[0].cause, "broken");
        assert_eq!(verdict(&Answered, &Intent::Malformed, &broken), []);
        let packed = failed(SendError::Packed("no gzip".into()));
        assert_eq!(verdict(&Answered, &valid, &packed)[0].cause, "packed");
    }
}
