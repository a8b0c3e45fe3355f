//! From arguments to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::base::secret::Redactor;
use crate::cli::args::{Cli, Command};
use crate::cli::{CliError, Env, Exit, layers};

/// Runs the program with the process's arguments and environment.
#[must_use]
pub fn main() -> ExitCode {
    let env = Env::of_process();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => {
            env.printer.error(format!("error: no runtime could be started: {cause}"));
            return Exit::Usage.into();
        }
    };
    let exit = runtime.block_on(run(arguments, env));
    // Work that is still under way (a blocked read of standard input, say) does not hold the process.
    runtime.shutdown_background();
    exit.into()
}

/// Runs the program with these arguments (the first is the program's name) in this environment.
pub async fn run(arguments: Vec<OsString>, mut env: Env) -> Exit {
    let mut known = layers::Known::default();
    let parsed = layers::parse(Cli::command(), &arguments, &env, &mut known);
    let secrets = known.secrets.iter().map(|secret| ("", secret.clone()));
    // What prints is copied everywhere: what it masks with lives as long as the process.
    env.printer.redactor = Some(Box::leak(Box::new(Redactor::default().with_labelled(secrets))));
    let matches = match parsed {
        Ok(matches) => matches,
        Err(layers::ParseError::Clap(error)) => {
            return misused(&env, &error);
        }
        Err(layers::ParseError::Config(error)) => return fail(&env, &error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return misused(&env, &error),
    };
    env.config.clone_from(&cli.global.config);
    env.printer.quiet = cli.global.quiet;
    env.printer.verbose = cli.global.verbose;
    env.printer.color = env.wants_color(cli.global.color);
    env.printer.progress = env.stderr_is_terminal && !cli.global.quiet;
    for warning in &known.warnings {
        env.printer.error(warning.as_str());
    }
    match dispatch(cli.command, &env).await {
        Ok(exit) => exit,
        Err(error) => fail(&env, &error),
    }
}

async fn dispatch(command: Command, env: &Env) -> Result<Exit, CliError> {
    match command {
        Command::Mock(args) => super::mock::run(*args, env).await,
        Command::Test(args) => super::test::run(*args, env).await,
        Command::Snapshot(args) => super::snapshot::run(*args, env).await,
        Command::Review(args) => super::review::run(*args, env).await,
        Command::Check(args) => super::check::run(*args, env).await,
        Command::Example(args) => super::example::run(*args, env).await,
        Command::Replay(args) => super::replay::run(*args, env).await,
        Command::Merge(args) => super::merge::run(*args, env).await,
        Command::Completions(args) => super::completions::run(&args, Cli::command(), env),
        Command::Man(args) => super::completions::man(&args, Cli::command(), env),
    }
}

fn fail(env: &Env, error: &CliError) -> Exit {
    env.printer.error(error.render(env.printer.color));
    error.exit()
}

/// What clap says: help and version, which hold nothing foreign, in its own colours; errors, which quote what was typed,
/// as plain text.
fn misused(env: &Env, error: &clap::Error) -> Exit {
    if error.use_stderr() {
        env.printer.error(error.render().to_string().trim_end());
        return Exit::Usage;
    }
    let _ = error.print();
    Exit::Success
}
