//! `counterpart test`: Fires generated requests at a server and checks every answer.

use crate::cli::{CliError, Env, Exit};

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(_args: Args, _env: &Env) -> Result<Exit, CliError> {
    Err(CliError::usage("`test` is not there yet"))
}
