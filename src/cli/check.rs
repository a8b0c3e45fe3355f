//! `counterpart check`: Validates contracts.

use crate::cli::{CliError, Env, Exit};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(_args: Args, _env: &Env) -> Result<Exit, CliError> {
    Err(CliError::usage("`check` is not there yet"))
}
