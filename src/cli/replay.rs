//! `counterpart replay`: sends saved failing cases again.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::Seed;
use crate::cli::permission::PermissionArgs;
use crate::cli::spec::SpecArgs;
use crate::cli::target::TargetArgs;
use crate::cli::{CliError, Env, Exit};
use crate::exercise::store::Stored;
use crate::exercise::{Api, Engine, Settings};
use crate::generate::case::CaseSettings;
use crate::report::console;

/// Arguments of `replay`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    counterpart replay .counterpart/regressions/0123456789abcdef.json --url http://127.0.0.1:8000\n  \
    counterpart replay .counterpart/regressions/*.json --url $URL --auth ApiKey=$KEY\n\n\
    What was sent then is sent now, byte for byte; secrets are not in the files and are given again. A case that can change\n\
    or destroy what is not made up is not sent unless --ids, --allow or --destructive all permits it.\n\n\
    Exit codes: 0 nothing fails any more, 1 something still does, 2 wrong usage, or a case was not sent and nothing still\n\
    fails, 3 target unreachable.")]
pub struct Args {
    /// The files, as `counterpart test` wrote them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The contract; without it, the one that the files name
    #[arg(long, value_name = "SPEC", help_heading = "Contract")]
    spec: Option<String>,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    permission: PermissionArgs,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(args: Args, env: &Env) -> Result<Exit, CliError> {
    let (mut still, mut withheld) = (0, 0);
    for file in &args.files {
        let stored = Stored::load(&env.folder.join(file)).map_err(|error| {
            CliError::usage_hint(error.to_string(), "replay takes the files under .counterpart/regressions")
        })?;
        match replay(&args, &stored, file.display().to_string().as_str(), env).await? {
            Outcome::Fails => still += 1,
            Outcome::Withheld => withheld += 1,
            Outcome::Passes => {}
        }
    }
    let (all, printer) = (args.files.len(), env.printer);
    let not_sent = if withheld == 0 { String::new() } else { format!(", {withheld} not sent") };
    printer.note(format!("{still} of {all} still fail{not_sent}"));
    Ok(match (still, withheld) {
        (0, 0) => Exit::Success,
        (0, _) => Exit::Usage,
        _ => Exit::Violated,
    })
}

/// What came of a file.
enum Outcome {
    Fails,
    Passes,
    Withheld,
}

/// Sends one case, if it may be sent.
async fn replay(args: &Args, stored: &Stored, file: &str, env: &Env) -> Result<Outcome, CliError> {
    let spec = args.spec.clone().or_else(|| Some(stored.spec.clone()).filter(|spec| !spec.is_empty()));
    let spec = SpecArgs { spec, ..SpecArgs::default() };
    let contract = spec.load(env)?;
    args.target.check(&contract)?;
    let target = args.target.open(&contract, &spec.source(env), Seed(stored.seed)).await?;
    let mut case = CaseSettings {
        seed: Some(Seed(stored.seed)),
        known: target.known.clone(),
        headers: args.target.header.clone(),
        credentials: args.target.credentials(),
        ..CaseSettings::default()
    };
    args.permission.apply(&mut case, contract.heads(), target.mock.is_some())?;
    let settings = Settings { case, url: target.url.clone(), ..Settings::default() };
    let api = Api::of(&contract, &stored.spec, |head| head.id == stored.at.operation);
    let engine = Engine::new(api, settings, Arc::new(target.client.clone()));
    let result = engine.replay(stored).await.map_err(|reason| {
        CliError::usage_hint(format!("{file}: {reason}"), "name the contract of then with --spec")
    })?;
    if let Some(reason) = result.unreachable {
        return Err(CliError::unreachable(
            format!("{} can't be reached: {reason}", target.url),
            "is the address in --url right, and is the server up?",
        ));
    }
    env.printer.line(console::replayed(file, &stored.check, &result, env.printer.color));
    Ok(match (result.failure, result.withheld) {
        (Some(_), _) => Outcome::Fails,
        (None, Some(_)) => Outcome::Withheld,
        (None, None) => Outcome::Passes,
    })
}
