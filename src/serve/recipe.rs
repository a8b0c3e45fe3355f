//! What a mock is made from, so that it can be made again when that has changed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::base::secret::{Redactor, without_userinfo};
use crate::contract::Contract;
use crate::document::{Dangling, LoadOptions, Severity, SpecSource};
use crate::mock::fixtures::Fixtures;
use crate::mock::{Mock, MockSettings};
use crate::serve::ServeError;

/// How many defects of a contract are told.
const TOLD_MAX: usize = 5;

/// What a mock is made from.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The contract.
    pub source: SpecSource,
    /// What reading it may do.
    pub options: LoadOptions,
    /// The fixtures: a file or a folder.
    pub fixtures: Option<PathBuf>,
    /// What holds under the fixtures, and without any.
    pub declared: Fixtures,
    /// All other settings.
    pub settings: MockSettings,
    /// When its files began to be read: what changes later is news.
    pub since: SystemTime,
}

impl Recipe {
    /// Of a contract in a file, with these settings.
    #[must_use]
    pub fn of_file(path: PathBuf, settings: MockSettings) -> Self {
        let declared = settings.fixtures.clone();
        let source = SpecSource::Path(path);
        let since = SystemTime::now();
        Self { source, options: LoadOptions::default(), fixtures: None, declared, settings, since }
    }

    /// What it is called in messages.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.source {
            SpecSource::Embedded => "the embedded contract".to_owned(),
            SpecSource::Path(path) => path.display().to_string(),
            SpecSource::Url(url) => Redactor::default().text(&without_userinfo(url)).into_string(),
            SpecSource::Stdin => "standard input".to_owned(),
        }
    }

    /// Reads the contract.
    ///
    /// # Errors
    /// [`ServeError::Contract`] with every place.
    pub fn contract(&self) -> Result<Arc<Contract>, ServeError> {
        if self.source == SpecSource::Stdin {
            return Err(ServeError::NotFromFiles);
        }
        Contract::load(&self.source, &self.options)
            .map_err(|error| ServeError::Contract(error.render(false).trim_end().to_owned()))
    }

    /// Reads the fixtures.
    ///
    /// # Errors
    /// [`ServeError::Mock`]: the fixtures can't be read, or do not fit the contract.
    pub fn settings(&self) -> Result<MockSettings, ServeError> {
        let fixtures = match &self.fixtures {
            None => self.declared.clone(),
            Some(path) => self.declared.clone().replaced_by(Fixtures::load(path)?),
        };
        Ok(MockSettings { fixtures, ..self.settings.clone() })
    }

    /// Makes the mock.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn make(&self) -> Result<Mock, ServeError> {
        Ok(Mock::new(self.contract()?, self.settings()?)?)
    }

    /// Makes the mock anew, and answers which references lead nowhere. None may do so that did not do so `before`.
    ///
    /// # Errors
    /// [`ServeError`]: what is wrong with contract or fixtures now.
    pub(super) fn remake(&self, before: &[Dangling]) -> Result<(Mock, Vec<Dangling>), ServeError> {
        let contract = self.contract()?;
        let dangling = contract.files().load_all();
        let broken = newly_dangling(before, &dangling);
        if !broken.is_empty() {
            return Err(ServeError::Contract(broken.join("\n")));
        }
        Ok((Mock::successor(contract, self.settings()?)?, dangling))
    }
}

/// References that lead nowhere now, and did not do so before.
fn newly_dangling(before: &[Dangling], now: &[Dangling]) -> Vec<String> {
    let known =
        |one: &Dangling| before.iter().any(|b| b.reference == one.reference && b.reason == one.reason);
    let all: Vec<&Dangling> = now.iter().filter(|one| !known(one)).collect();
    let mut told: Vec<String> = all
        .iter()
        .take(TOLD_MAX)
        .map(|one| format!("error: {}: `{}` leads nowhere: {}", one.place, one.reference, one.reason))
        .collect();
    if all.len() > TOLD_MAX {
        told.push(format!("error: {} more references lead nowhere", all.len() - TOLD_MAX));
    }
    told
}

/// Defects of a contract that is used all the same, for people.
#[must_use]
pub fn defects(contract: &Contract) -> Vec<String> {
    let files = contract.files();
    let all = contract.diagnostics();
    let errors: Vec<_> = all.iter().filter(|d| d.severity == Severity::Error).collect();
    let mut told: Vec<String> = errors
        .iter()
        .take(TOLD_MAX)
        .map(|d| format!("warning: {}: {}", files.diagnostic_place(d), d.message))
        .collect();
    if errors.len() > TOLD_MAX {
        told.push(format!("warning: {} more; `counterpart check` shows all", errors.len() - TOLD_MAX));
    }
    told
}
