//! The history of an operation that ends resources: many histories, each the story of one resource.

use std::sync::Arc;

use serde_json::Value;

use crate::base::plain;
use crate::check::Failure;
use crate::contract::Operation;
use crate::resource::Lifecycle;
use crate::wire::{Exchange, Response};

/// What a step of a life is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The proper request.
    Plain,
    /// The same again, after it.
    Again,
    /// The same for another account.
    OtherTenant,
    /// The same without credentials.
    Unauthenticated,
    /// An unsupported method on the resource.
    UnsupportedMethod,
    /// One of many at the same time.
    Concurrent,
}

impl Role {
    /// The word for it in reports and replay files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Again => "again",
            Self::OtherTenant => "other account",
            Self::Unauthenticated => "no credentials",
            Self::UnsupportedMethod => "unsupported method",
            Self::Concurrent => "racing",
        }
    }

    /// True for steps that must not change anything when refused.
    #[must_use]
    pub fn is_trespass(self) -> bool {
        matches!(self, Self::OtherTenant | Self::Unauthenticated | Self::UnsupportedMethod)
    }
}

/// One request of a life and what came of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it was for.
    pub role: Role,
    /// Request and outcome.
    pub exchange: Exchange,
}

impl Step {
    /// The answer, when one came.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.exchange.outcome.as_ref().ok()
    }

    /// The status, 0 without an answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response().map_or(0, |r| r.status)
    }

    /// True for 2xx.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        (200..=299).contains(&self.status())
    }

    /// True for 4xx.
    #[must_use]
    pub fn refused(&self) -> bool {
        (400..=499).contains(&self.status())
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        self.response().filter(|r| !r.truncated).and_then(|r| serde_json::from_slice(&r.body).ok())
    }
}

/// The story of one resource.
#[derive(Clone, Debug)]
pub struct ResourceHistory {
    /// The text that names the resource, before encoding.
    pub id: String,
    /// False when the id was made up, so that nobody has it.
    pub known: bool,
    /// Other texts of the requests (accounts), to be disregarded in comparisons.
    pub others: Vec<String>,
    /// What happened, in order; racers stand next to each other.
    pub steps: Vec<Step>,
}

impl ResourceHistory {
    /// Status and body of a step's answer, with the texts of this life taken out: equal for answers that say the same.
    #[must_use]
    pub fn signature(&self, step: &Step) -> Option<String> {
        let response = step.response()?;
        let mut text = format!("{} {}", response.status, plain::utf8(&response.body));
        let mut texts: Vec<&String> =
            std::iter::once(&self.id).chain(&self.others).filter(|t| !t.is_empty()).collect();
        // Longer ones first: one may contain another.
        texts.sort_by_key(|t| std::cmp::Reverse(t.len()));
        for known in texts {
            let quoted = Value::String(known.clone()).to_string();
            text = text.replace(&quoted, "\"<>\"");
            // Shorter texts stand inside other words by chance.
            if known.len() >= 3 {
                text = text.replace(quoted.trim_matches('"'), "<>");
            }
        }
        Some(text)
    }
}

/// All histories of one operation in a run.
#[derive(Clone, Debug)]
pub struct OperationHistory {
    /// The operation that ends resources.
    pub operation: Arc<Operation>,
    /// What the contract shows of its record.
    pub lifecycle: Lifecycle,
    /// The histories.
    pub histories: Vec<ResourceHistory>,
}

impl OperationHistory {
    /// How this target answers a second deletion: the signatures of all refused ones.
    #[must_use]
    pub fn again_signatures(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for life in &self.histories {
            for pair in life.steps.windows(2) {
                if pair[0].role == Role::Plain
                    && pair[0].succeeded()
                    && pair[1].role == Role::Again
                    && pair[1].refused()
                {
                    all.extend(life.signature(&pair[1]));
                }
            }
        }
        all.sort();
        all.dedup();
        all
    }

    /// True when ids that nobody has are answered with success: the target makes records up as they are asked for,
    /// and says nothing about whose they are.
    #[must_use]
    pub fn makes_up_records(&self) -> bool {
        self.histories.iter().filter(|life| !life.known).any(|life| life.steps.iter().any(Step::succeeded))
    }

    /// A failure at a step of a life.
    #[must_use]
    pub fn failure(&self, life: usize, step: usize, failure: Failure) -> HistoryFailure {
        let place = failure.place.clone().unwrap_or_else(|| self.operation.head.location.clone());
        HistoryFailure { life, step, failure: failure.at(&place) }
    }
}

/// A failure, and the step that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryFailure {
    /// Which life.
    pub life: usize,
    /// Which step of it.
    pub step: usize,
    /// What is wrong.
    pub failure: Failure,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{history, json, life};

    #[test]
    fn signatures_disregard_the_lifes_own_texts() {
        let a = life("dep_1", &[(Role::Plain, json(422, r#"{"input":"dep_1","of":"acct"}"#))]);
        let b = life("dep_12", &[(Role::Plain, json(422, r#"{"input":"dep_12","of":"acct"}"#))]);
        assert_eq!(a.signature(&a.steps[0]), b.signature(&b.steps[0]));
        let c = life("dep_1", &[(Role::Plain, json(422, r#"{"input":"dep_1","of":"x"}"#))]);
        assert_ne!(a.signature(&a.steps[0]), c.signature(&c.steps[0]));
    }

    #[test]
    fn the_saga_knows_how_the_target_behaves() {
        let twice = [(Role::Plain, json(200, "{}")), (Role::Again, json(422, "gone"))];
        assert_eq!(history(vec![life("a", &twice)]).again_signatures(), ["422 gone"]);
        let mut made_up = life("b", &[(Role::Plain, json(200, "{}"))]);
        assert!(!history(vec![made_up.clone()]).makes_up_records());
        made_up.known = false;
        assert!(history(vec![made_up]).makes_up_records());
    }
}
