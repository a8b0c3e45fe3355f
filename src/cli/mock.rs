//! `counterpart mock`: Serves the contract as a stateful mock.

use crate::cli::{CliError, Env, Exit};

/// Arguments of `mock`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(_args: Args, _env: &Env) -> Result<Exit, CliError> {
    Err(CliError::usage("`mock` is not there yet"))
}
