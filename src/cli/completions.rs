//! `counterpart completions SHELL` and `counterpart man [COMMAND]`: both from the one definition of the command line.

use clap::Command;

use crate::base::plain::Shown;
use crate::cli::{CliError, Env, Exit};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  counterpart completions bash > /etc/bash_completion.d/counterpart")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  counterpart man mock | man -l -")]
pub struct ManArgs {
    /// The command; without it, the program's own page
    command: Option<String>,
}

/// Prints the completion script of the program that `definition` describes.
///
/// # Errors
/// None so far; the signature is that of every command.
pub fn run(args: &Args, mut definition: Command, env: &Env) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition, "counterpart", &mut script);
    env.printer.text(Shown::document(String::from_utf8_lossy(&script).into_owned()));
    Ok(Exit::Success)
}

/// Prints a manual page of the program that `definition` describes, in roff.
///
/// # Errors
/// [`CliError::Usage`] when there is no such command.
pub fn man(args: &ManArgs, definition: Command, env: &Env) -> Result<Exit, CliError> {
    let mut program = definition;
    program.build();
    let command = match &args.command {
        None => program,
        Some(name) => program
            .find_subcommand(name)
            .cloned()
            .map(|found| found.display_name(format!("counterpart-{name}")))
            .ok_or_else(|| {
                CliError::usage_hint(
                    format!("there is no command `{name}`"),
                    "`counterpart --help` lists them",
                )
            })?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(|cause| CliError::Bug(cause.into()))?;
    env.printer.text(Shown::document(String::from_utf8_lossy(&page).into_owned()));
    Ok(Exit::Success)
}
