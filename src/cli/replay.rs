//! `counterpart replay`: sends saved failing cases again.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::Seed;
use crate::base::plain::Shown;
use crate::base::secret::MASK;
use crate::cli::permission::PermissionArgs;
use crate::cli::signals::Signals;
use crate::cli::spec::SpecArgs;
use crate::cli::target::TargetArgs;
use crate::cli::{CliError, Env, Exit};
use crate::exercise::store::Stored;
use crate::exercise::{Api, Engine, ReplayResult, Settings, kept_files};
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
    fails, 3 it can't be told (the target can't be reached or turned a request away, or a secret is missing),\n\
    130 interrupted, 143 terminated, 129 hung up.")]
pub struct Args {
    /// The files, as `counterpart test` wrote them, or folders of them
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
    let files = files(&args, env)?;
    let mut signals = Signals::listen();
    let (mut still, mut open, mut withheld, mut sent) = (0, 0, 0, 0);
    let mut ended = None;
    for file in &files {
        let stored = Stored::load(&env.folder.join(file)).map_err(|error| {
            CliError::usage_hint(error.to_string(), "replay takes the files under .counterpart/regressions")
        })?;
        let name = file.display().to_string();
        let result = tokio::select! {
            result = replay(&args, &stored, &name, env) => result?,
            signal = signals.next() => {
                ended = Some(signal);
                break;
            }
        };
        if result.withheld.is_some() {
            withheld += 1;
            continue;
        }
        sent += 1;
        still += usize::from(result.failure.is_some());
        open += usize::from(result.inconclusive.is_some());
    }
    let printer = env.printer;
    let not_sent = if withheld == 0 { String::new() } else { format!(", {withheld} not sent") };
    printer.note(format!("{still} of {sent} still fail{not_sent}"));
    if let Some(signal) = ended {
        printer.note(format!("{}: {} more were not sent", signal.as_str(), files.len() - sent - withheld));
        return Ok(Exit::Ended(signal));
    }
    match (still, open) {
        (0, 0) if withheld > 0 => Ok(Exit::Usage),
        (0, 0) => Ok(Exit::Success),
        (0, open) => Err(CliError::unreachable(
            format!("of {open} of {sent} it can't be told whether they still fail"),
            "give what they need with --auth SCHEME=VALUE or -H 'Name: value', and look at --url",
        )),
        _ => Ok(Exit::Violated),
    }
}

/// The files, with those of folders.
fn files(args: &Args, env: &Env) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for file in &args.files {
        let path = env.folder.join(file);
        if !path.is_dir() {
            files.push(file.clone());
            continue;
        }
        let name = file.display();
        let inside = kept_files(&path).map_err(|error| CliError::usage(format!("{name}: {error}")))?;
        if inside.is_empty() {
            return Err(CliError::usage_hint(
                format!("{name}: there is no kept case in the folder"),
                "replay takes the files that `counterpart test` writes under .counterpart/regressions",
            ));
        }
        files.extend(inside);
    }
    Ok(files)
}

/// Sends one case.
async fn replay(args: &Args, stored: &Stored, file: &str, env: &Env) -> Result<ReplayResult, CliError> {
    if args.spec.is_none() && stored.spec.contains(MASK) {
        return Err(CliError::usage_hint(
            format!("{file} does not name its contract in full: the address {} holds a secret", stored.spec),
            "give the contract with --spec",
        ));
    }
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
    let color = env.printer.color;
    env.printer.line(Shown::painted(&console::replayed(file, &stored.check, &result, color), color));
    Ok(result)
}
