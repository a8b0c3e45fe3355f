//! `counterpart snapshot`: Records the shapes of a server's answers.

use crate::cli::{CliError, Env, Exit};

/// Arguments of `snapshot`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(_args: Args, _env: &Env) -> Result<Exit, CliError> {
    Err(CliError::usage("`snapshot` is not there yet"))
}
