//! `counterpart example`: Prints generated requests and responses.

use crate::cli::{CliError, Env, Exit};

/// Arguments of `example`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(_args: Args, _env: &Env) -> Result<Exit, CliError> {
    Err(CliError::usage("`example` is not there yet"))
}
