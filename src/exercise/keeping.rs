//! Cases that failed, written down for the next run, and what is left out of them for being secret.

use std::path::PathBuf;

use crate::base::files::{self, Access};
use crate::base::plain;
use crate::base::secret::{Redactor, Secret};
use crate::check::Failure;
use crate::contract::Operation;
use crate::exercise::ledger::Key;
use crate::exercise::run::{Run, lock};
use crate::exercise::store::{Stored, StoredStep};
use crate::generate::case::Case;
use crate::generate::case::credentials::Field;
use crate::wire::Exchange;

impl Run {
    /// Writes the case down; a folder that can't be written is said once and is no failure.
    pub(super) fn keep(
        &self,
        operation: &Operation,
        key: &Key,
        failure: &Failure,
        steps: &[(String, usize, Case, Exchange)],
        shown: &Redactor,
    ) -> Option<PathBuf> {
        let folder = self.settings.regressions.as_ref()?;
        let (_, _, last, _) = steps.last()?;
        let stored = Stored {
            spec: self.api.spec.clone(),
            seed: self.settings.case.seed().0,
            at: last.at.clone(),
            check: key.check.to_owned(),
            cause: key.cause.clone(),
            message: failure.message.clone(),
            steps: steps
                .iter()
                .map(|(role, repeat, case, exchange)| stored_step(role, *repeat, case, exchange))
                .collect(),
        };
        let path = folder.join(format!("{}.json", key.fingerprint()));
        let known = self.api.operations.iter().find(|op| op.head.index == operation.head.index);
        let fields = known.map(|op| self.maker.credentials(op).fields.clone()).unwrap_or_default();
        let text = stored.write(&self.redactor, shown, &self.credentials(fields));
        match files::write(&path, plain::json(&text).as_bytes(), Access::Private) {
            Ok(()) => Some(path),
            Err(error) => {
                let note = format!("failing cases can't be kept in {}: {error}", folder.display());
                let note = self.redactor.text(&note);
                let mut notes = lock(&self.notes);
                if !notes.contains(&note) {
                    notes.push(note);
                }
                None
            }
        }
    }

    /// The user's credentials, and made-up ones: a later run may have real ones in their place.
    fn credentials(&self, made_up: Vec<Field>) -> Vec<(String, Secret)> {
        let case = &self.settings.case;
        let headers = case.secret_headers().map(|(name, secret)| (format!("header:{name}"), secret.clone()));
        let schemes = case.credentials.iter().map(|(name, secret)| (format!("auth:{name}"), secret.clone()));
        let fields =
            made_up.into_iter().map(|field| (format!("field:{}", field.name), Secret::new(field.text)));
        headers.chain(schemes).chain(fields).collect()
    }

    /// True for the cause of a kept case, which is masked there.
    pub(super) fn is_cause(&self, cause: &str, stored: &Stored) -> bool {
        stored.cause == cause || self.redactor.text(cause) == stored.cause
    }

    /// What a kept case left out under such a label.
    pub(super) fn left_out(&self, label: &str, fields: &[Field]) -> Option<Secret> {
        match label.split_once(':')? {
            ("field", name) => {
                let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
                field.map(|field| Secret::new(field.text.as_str()))
            }
            ("contract", place) => self
                .api
                .secrets
                .values
                .iter()
                .find(|(known, _)| known == place)
                .map(|(_, secret)| secret.clone()),
            _ => self.settings.case.secret(label).cloned(),
        }
    }
}

fn stored_step(role: &str, repeat: usize, case: &Case, exchange: &Exchange) -> StoredStep {
    StoredStep {
        role: role.to_owned(),
        repeat,
        intent: case.intent.clone(),
        label: case.label.clone(),
        fair: case.fair.clone(),
        sent: case.sent.clone(),
        path_values: case.path_values.clone(),
        request: exchange.request.clone(),
        status: exchange.outcome.as_ref().ok().map(|response| response.status),
    }
}
