//! Why requests are not sent, told by operation with how to allow each.

use std::collections::BTreeMap;

use crate::contract::{OperationHead, OperationIndex};
use crate::generate::case::{CaseSettings, Destructive};
use crate::resource::model::parameters;

/// Why a request is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Only safe methods may be sent.
    Unsafe,
    /// It acts, and on nothing that the run made.
    Acts,
    /// It can change or destroy, and its path names nothing that the run made.
    Whole,
    /// An id in its path can be somebody's.
    Foreign,
    /// A server may take its path for another.
    Strays,
    /// What its body or query names can be somebody's.
    Names,
    /// It is about several records at once.
    Many,
    /// It goes elsewhere than its operation.
    Elsewhere,
    /// The record that it would destroy holds others that the run did not make.
    Holds,
}

impl Reason {
    /// Why a case is not even made that could hit what is not the run's.
    #[must_use]
    pub fn guarded(settings: &CaseSettings) -> Self {
        if settings.destructive == Destructive::None { Self::Unsafe } else { Self::Foreign }
    }

    /// For people: why it is not sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsafe => "only safe methods are sent",
            Self::Acts => "it acts on more than what this run made",
            Self::Whole => "it can change or destroy what this run did not make",
            Self::Foreign => "its id could be somebody's",
            Self::Strays => "a server may take its path for another",
            Self::Names => "what its body or query names could be somebody's",
            Self::Many => "it is about several records at once",
            Self::Holds => "what it destroys holds what this run did not make",
            Self::Elsewhere => "it can change something, and goes elsewhere than its operation",
        }
    }
}

/// An operation that was not sent, or not with every case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    /// The operation's id.
    pub operation: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Some of its cases were sent.
    pub partly: bool,
    /// How many cases were not.
    pub cases: u64,
    /// Why, for people: the reasons in the order of how often they came.
    pub reasons: Vec<&'static str>,
    /// The arguments that allow it, each by itself.
    pub allow: Vec<String>,
}

impl Withheld {
    /// One line: what was not sent, why, and how to allow it.
    #[must_use]
    pub fn line(&self) -> String {
        let how_much =
            if self.partly { format!("{} cases not sent", self.cases) } else { "not sent".to_owned() };
        format!(
            "{} {}: {how_much}: {} (allow: {})",
            self.method,
            self.path,
            self.reasons.join("; "),
            self.allow.join(" or ")
        )
    }
}

/// What was withheld so far.
#[derive(Clone, Debug, Default)]
pub struct Ledger(BTreeMap<OperationIndex, BTreeMap<Reason, u64>>);

impl Ledger {
    /// Notes a case that was not sent.
    pub fn note(&mut self, operation: OperationIndex, reason: Reason) {
        *self.0.entry(operation).or_default().entry(reason).or_default() += 1;
    }

    /// The operations of which something was withheld, in the contract's order; `sent` says whether any case of one was
    /// sent.
    #[must_use]
    pub fn withheld<'h>(
        &self,
        heads: impl IntoIterator<Item = &'h OperationHead>,
        sent: impl Fn(OperationIndex) -> bool,
    ) -> Vec<Withheld> {
        heads
            .into_iter()
            .filter_map(|head| {
                let counts = self.0.get(&head.index)?;
                let mut reasons: Vec<(&Reason, &u64)> = counts.iter().collect();
                reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), **reason));
                Some(Withheld {
                    operation: head.id.clone(),
                    method: head.method.clone(),
                    path: head.path.clone(),
                    partly: sent(head.index),
                    cases: counts.values().sum(),
                    reasons: reasons.into_iter().map(|(reason, _)| reason.as_str()).collect(),
                    allow: allow(head, counts),
                })
            })
            .collect()
    }
}

/// The arguments that allow an operation.
fn allow(head: &OperationHead, counts: &BTreeMap<Reason, u64>) -> Vec<String> {
    let selector = format!("operation={}", head.id);
    let plain = |c: char| c.is_ascii_alphanumeric() || "=_-./:".contains(c);
    let selector = if selector.chars().all(plain) { selector } else { format!("'{selector}'") };
    let mut allow = vec![format!("--allow {selector}")];
    if counts.contains_key(&Reason::Foreign) && !counts.contains_key(&Reason::Unsafe) {
        let ids = parameters(&head.path).into_iter().map(|name| format!("--ids {name}=…"));
        let ids: Vec<String> = ids.collect();
        allow.extend((!ids.is_empty()).then(|| ids.join(" ")));
    }
    allow
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Location;

    #[test]
    fn each_operation_is_one_line_with_how_to_allow_it() {
        let head = |n: u32, id: &str, path: &str| OperationHead {
            index: OperationIndex(n),
            method: "DELETE".into(),
            path: path.into(),
            id: id.into(),
            tags: Vec::new(),
            location: Location::default(),
        };
        let heads = [head(0, "DELETE /v1/accounts", "/v1/accounts"), head(1, "deletePet", "/pets/{id}")];
        let mut ledger = Ledger::default();
        ledger.note(OperationIndex(0), Reason::Whole);
        ledger.note(OperationIndex(1), Reason::Strays);
        ledger.note(OperationIndex(1), Reason::Foreign);
        ledger.note(OperationIndex(1), Reason::Foreign);
        let told: Vec<String> = ledger.withheld(&heads, |n| n.0 == 1).iter().map(Withheld::line).collect();
        assert_eq!(
            told,
            [
                "DELETE /v1/accounts: not sent: it can change or destroy what this run did not make (allow: --allow \
                 'operation=DELETE /v1/accounts')",
                "DELETE /pets/{id}: 3 cases not sent: its id could be somebody's; a server may take its path for another \
                 (allow: --allow operation=deletePet or --ids id=…)",
            ]
        );
    }
}
