//! One exchange with all that is needed to judge it.

use crate::base::limits::SHOWN_CHARS_MAX;
use crate::base::plain;
use crate::contract::Operation;
use crate::framework::Place;
use crate::validate::Breach;
use crate::validate::intent::{Intent, Sent};
use crate::wire::{Exchange, Response};

/// What is the same for all exchanges of an operation in a run.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The methods that the contract documents at the operation's path.
    pub methods: Vec<String>,
    /// The methods at other paths that take the same targets.
    pub other_methods: Vec<String>,
    /// The user gave credentials, so that a wrong one is known to be wrong.
    pub credentials_given: bool,
    /// Texts that no answer may echo.
    pub secrets: Vec<String>,
    /// Names of the parameters, headers, … that carry credentials.
    pub credential_names: Vec<String>,
}

/// One exchange, what was meant by it, and what the validator says about the answer.
#[derive(Clone, Copy, Debug)]
pub struct CheckContext<'a> {
    /// The operation.
    pub operation: &'a Operation,
    /// What the request was made for.
    pub intent: &'a Intent,
    /// Statuses that are fair here although the contract may not list them.
    pub fair: &'a [u16],
    /// The parameters sent.
    pub sent: &'a [Sent],
    /// Request and outcome.
    pub exchange: &'a Exchange,
    /// Where the answer breaks the contract; empty when there was no answer.
    pub breaches: &'a [Breach],
    /// The places that the framework behind the service would refuse in the request; `None`: it is not known.
    pub foreseen: Option<&'a [Place]>,
    /// About the operation in this run.
    pub facts: &'a Facts,
}

impl<'a> CheckContext<'a> {
    /// The answer, when one came.
    #[must_use]
    pub fn response(&self) -> Option<&'a Response> {
        self.exchange.outcome.as_ref().ok()
    }

    /// True when the request reached the operation as far as the contract goes: right path and method, HTTP as it
    /// should be. Only then is the contract's list of statuses the whole truth.
    #[must_use]
    pub fn reaches_operation(&self) -> bool {
        !matches!(self.intent, Intent::Method | Intent::Path | Intent::Malformed)
    }
}

/// The text, cut to what people read in a report.
#[must_use]
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// The body, cut to what people read in a report.
#[must_use]
pub fn shown_body(response: &Response) -> String {
    if response.body.is_empty() {
        return "no body".to_owned();
    }
    // A character has at most four bytes; one more shows that there is more.
    let end = response.body.len().min(4 * (SHOWN_CHARS_MAX + 1));
    shown(&plain::utf8(&response.body[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let long = "é".repeat(SHOWN_CHARS_MAX + 1);
        assert_eq!(shown(&long).chars().count(), SHOWN_CHARS_MAX + 1);
        assert!(shown(&long).ends_with('…'));
        assert_eq!(shown("short"), "short");
        assert_eq!(shown_body(&Response::default()), "no body");
    }
}
