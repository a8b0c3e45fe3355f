//! `counterpart review`: Reviews changed snapshots.

use crate::cli::{CliError, Env, Exit};

/// Arguments of `review`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(_args: Args, _env: &Env) -> Result<Exit, CliError> {
    Err(CliError::usage("`review` is not there yet"))
}
