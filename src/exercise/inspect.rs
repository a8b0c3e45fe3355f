//! A case and its answer before the checks.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::check::{Check, CheckContext, Facts, Failure};
use crate::contract::{Operation, OperationIndex};
use crate::exercise::api::Api;
use crate::exercise::framework::Framework;
use crate::exercise::settings::Settings;
use crate::generate::case::{Case, CaseMaker};
use crate::validate::Judge;
use crate::validate::intent::Intent;
use crate::wire::{Exchange, Response, SendError};

/// A failure and the check that says so.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) check: &'static str,
    pub(super) failure: Failure,
}

/// Judges answers.
pub(super) struct Inspector {
    judge: Arc<Judge>,
    framework: Framework,
    checks: Vec<&'static dyn Check>,
    maker: Arc<CaseMaker>,
    /// Credentials that the user gave.
    secrets: Vec<String>,
    /// Worked out when an operation is first judged: most runs end before they have seen all of a large contract.
    facts: HashMap<OperationIndex, OnceLock<Facts>>,
}

impl Inspector {
    pub(super) fn new(api: &Api, maker: &Arc<CaseMaker>, settings: &Settings) -> Self {
        Self {
            judge: Arc::clone(&api.judge),
            framework: Framework::new(&api.judge),
            checks: settings.checks.clone(),
            maker: Arc::clone(maker),
            secrets: settings.case.credentials.values().map(|secret| secret.expose().to_owned()).collect(),
            facts: api.operations.iter().map(|op| (op.head.index, OnceLock::new())).collect(),
        }
    }

    /// What the checks need to know of an operation.
    fn facts(&self, operation: &Operation) -> Facts {
        let credentials = self.maker.credentials(operation);
        let mut secrets = self.secrets.clone();
        secrets.extend(credentials.fields.iter().map(|field| field.text.clone()));
        Facts {
            methods: self.maker.methods(operation),
            other_methods: self.maker.other_methods(operation),
            credentials_given: credentials.given,
            secrets,
            credential_names: credentials.names.clone(),
        }
    }

    /// What the checks say about an answer to the case.
    pub(super) fn inspect(
        &self,
        operation: &Operation,
        case: &Case,
        outcome: Result<Response, SendError>,
        elapsed: Duration,
    ) -> (Exchange, Vec<Failed>) {
        let exchange = Exchange { request: case.request.clone(), outcome, elapsed };
        let reaches = !matches!(case.intent, Intent::Method | Intent::Path | Intent::Malformed);
        let breaches = match &exchange.outcome {
            Ok(response) if reaches => self.judge.response_to(operation, &case.request.method, response),
            _ => Vec::new(),
        };
        let empty;
        let facts = match self.facts.get(&operation.head.index) {
            Some(facts) => facts.get_or_init(|| self.facts(operation)),
            None => {
                empty = Facts::default();
                &empty
            }
        };
        // What the framework does matters where the contract's schemas alone could be wrong about it.
        let foreseen = match (&case.intent, &exchange.outcome) {
            (Intent::Valid(_) | Intent::Broken(_), Ok(response))
                if (200..=422).contains(&response.status) =>
            {
                self.framework.foreseen(&self.judge, operation, case)
            }
            _ => None,
        };
        let context = CheckContext {
            operation,
            intent: &case.intent,
            fair: &case.fair,
            sent: &case.sent,
            exchange: &exchange,
            breaches: &breaches,
            foreseen: foreseen.as_deref(),
            facts,
        };
        let failed = self
            .checks
            .iter()
            .flat_map(|check| {
                check.check(&context).into_iter().map(|failure| Failed { check: check.name(), failure })
            })
            .collect();
        (exchange, failed)
    }

    /// The checks in force.
    pub(super) fn checks(&self) -> &[&'static dyn Check] {
        &self.checks
    }
}
