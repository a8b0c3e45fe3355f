//! `counterpart replay`: Sends saved failing cases again.

use crate::cli::{CliError, Env, Exit};

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(_args: Args, _env: &Env) -> Result<Exit, CliError> {
    Err(CliError::usage("`replay` is not there yet"))
}
