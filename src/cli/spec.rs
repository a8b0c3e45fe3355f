//! `SPEC`: a path, a URL, `-` for standard input, or left out for the embedded contract.

use std::sync::Arc;

use clap::Args;

use crate::base::plain;
use crate::cli::{CliError, Env};
use crate::client;
use crate::contract::Contract;
use crate::document::{Dangling, LoadOptions, SpecSource};
use crate::schema::crowded;

/// How many defects of a contract are told before its work begins; `check` shows them all.
const WARNINGS_SHOWN: usize = 5;

/// The contract's place on the command line, and what reading it may do.
#[derive(Clone, Debug, Default, Args)]
pub struct SpecArgs {
    /// The contract: a path, a URL, `-` for standard input; without it, the embedded one
    #[arg(value_name = "SPEC")]
    pub spec: Option<String>,
    /// Let `$ref`s lead to http and https URLs
    #[arg(long, help_heading = "Contract")]
    pub allow_remote_refs: bool,
    /// Let `$ref`s lead out of the contract's folder
    #[arg(long, help_heading = "Contract")]
    pub allow_refs_outside: bool,
}

impl SpecArgs {
    /// Where the contract comes from.
    #[must_use]
    pub fn source(&self, env: &Env) -> SpecSource {
        match self.spec.as_deref().map(SpecSource::parse) {
            None => SpecSource::Embedded,
            Some(SpecSource::Path(path)) if path.is_relative() && env.folder.as_os_str() != "." => {
                // Names in messages stay as the user wrote them: the process runs in that folder anyway.
                SpecSource::Path(path)
            }
            Some(other) => other,
        }
    }

    /// What reading it may do.
    #[must_use]
    pub fn options(&self) -> LoadOptions {
        LoadOptions {
            allow_remote_refs: self.allow_remote_refs,
            allow_refs_outside: self.allow_refs_outside,
            fetch: Some(client::fetch::blocking),
        }
    }

    /// Reads the contract; its warnings go to standard error.
    ///
    /// # Errors
    /// [`CliError::Contract`] with every place and hint when it can't be used.
    pub fn load(&self, env: &Env) -> Result<Arc<Contract>, CliError> {
        let contract = Contract::load(&self.source(env), &self.options())
            .map_err(|error| CliError::Contract(error.render(env.printer.color)))?;
        let source = self.spec.as_deref().unwrap_or_default();
        warn(&contract, source, env);
        Ok(contract)
    }
}

/// Tells what is wrong with a contract, given as `spec`, that can be used all the same.
pub(super) fn warn(contract: &Arc<Contract>, spec: &str, env: &Env) {
    let files = contract.files();
    let defects = contract.diagnostics();
    let defects = defects.iter().map(|d| format!("{}: {}", files.diagnostic_place(d), d.message));
    let lost = files.out_of_reach().into_iter().map(|lost| {
        let Dangling { place, reference, reason } = lost;
        format!("{place}: the reference `{reference}` can't be followed: {reason}. Anything is valid there")
    });
    let large = crowded::too_large(files, &*contract.schema_source()).into_iter().map(|(at, reason)| {
        let place = files.place(&at);
        format!("{place}: the schema is too large to be judged by: {reason}. Anything is valid there")
    });
    let all: Vec<String> = large.chain(defects).chain(lost).collect();
    for warning in all.iter().take(WARNINGS_SHOWN) {
        env.printer.note(format!("warning: {}", plain::line(warning)));
    }
    if all.len() > WARNINGS_SHOWN {
        let more = all.len() - WARNINGS_SHOWN;
        env.printer
            .note(format!("warning: {more} more; `counterpart check {}` shows all", plain::line(spec)));
    }
    if contract.heads().is_empty() {
        env.printer.note("warning: the contract has no operations");
    }
}
