//! `counterpart snapshot`: records the shapes of a server's answers, or compares with those recorded.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::plain::Shown;
use crate::base::secret::Redactor;
use crate::base::{Seed, plain};
use crate::cli::permission::PermissionArgs;
use crate::cli::signals::Signals;
use crate::cli::spec::SpecArgs;
use crate::cli::target::TargetArgs;
use crate::cli::{CliError, Env, Exit};
use crate::exercise::record::{Recording, record};
use crate::exercise::{Api, Filter, Filters, Withheld};
use crate::generate::case::CaseSettings;
use crate::shape::{Change, ChangeKind, Gatherer, Shelf, Snap};
use crate::validate::intent::Intent;

/// Arguments of `snapshot`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    counterpart snapshot openapi.yaml --url https://staging.example.com --auth ApiKey=$KEY --ids thing_id=@ids.txt\n  \
    counterpart snapshot openapi.yaml --url http://localhost:8000 --check      for CI: exit 1 on a change\n  \
    counterpart snapshot                                                      the mock of the embedded contract\n\n\
    Each operation is asked with known and unknown ids, without credentials, with broken values and so on; one file\n\
    is kept for each operation, status and media type. Values are not recorded: only types, formats, and words that\n\
    the contract declares or that keep coming. What is new is kept at once; what changed waits in FILE.snap.new for\n\
    `counterpart review` (or `cargo insta review`). What can change or destroy goes only to what was made for it, to the\n\
    ids given with --ids, and to made-up ones that nobody has; what is not sent is listed, with how to allow it.\n\n\
    Exit codes: 0 recorded, or the same as recorded, 1 changes, 2 wrong usage, 3 nothing usable was answered, 130 interrupted:\n\
    then nothing is written.")]
pub struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    permission: PermissionArgs,
    /// The folder of the snapshots
    #[arg(long, value_name = "DIR", default_value = "snapshots", help_heading = "Snapshots")]
    dir: PathBuf,
    /// Compare only, and write nothing; exit 1 when anything differs
    #[arg(long, conflicts_with = "accept", help_heading = "Snapshots")]
    check: bool,
    /// Keep what is seen, whatever was kept before
    #[arg(long, help_heading = "Snapshots")]
    accept: bool,
    /// Only these operations: operation=ID, method=M, path=P or tag=T, a value may be /a regular expression/
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Requests")]
    include: Vec<Filter>,
    /// All operations but these
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Requests")]
    exclude: Vec<Filter>,
    /// Everything sent is a pure function of contract, ids and seed
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Requests")]
    seed: u64,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(args: Args, env: &Env) -> Result<Exit, CliError> {
    let contract = args.spec.load(env)?;
    args.target.check(&contract)?;
    let filters = Filters { include: args.include.clone(), exclude: args.exclude.clone() };
    let api = Api::of(&contract, args.spec.spec.as_deref().unwrap_or("the embedded contract"), |head| {
        filters.take(head)
    });
    if api.operations.is_empty() {
        return Err(CliError::usage("no operation is left to be asked"));
    }
    let target = args.target.open(&contract, &args.spec.source(env), Seed(args.seed)).await?;
    let mut settings = CaseSettings {
        seed: Some(Seed(args.seed)),
        known: target.known.clone(),
        headers: args.target.header.clone(),
        credentials: args.target.credentials(),
        ..CaseSettings::default()
    };
    args.permission.apply(&mut settings, contract.heads(), false)?;
    let redactor = settings.redactor(api.secrets.redactor()).build();
    env.printer.detail(format!("asking {} about {} operations", target.url, api.operations.len()));
    let mut gatherer = Gatherer::new();
    let mut signals = Signals::listen();
    let mut keep = |operation: &_, intent: &_, answer: &_| {
        gatherer.add(operation, *intent == Intent::Method, answer);
    };
    let recording = tokio::select! {
        recording = record(&api, settings, Arc::new(target.client.clone()), &mut keep) => recording,
        signal = signals.next() => {
            // A part of the answers would look like a change.
            env.printer.note(format!("{}: nothing was written", signal.as_str()));
            return Ok(Exit::Ended(signal));
        }
    };
    if recording.usable == 0 {
        return Err(silent(&recording, &target.url, &redactor));
    }
    for withheld in &recording.withheld {
        env.printer.note(plain::line(&withheld.line()).into_owned());
    }
    for reason in &recording.left_out {
        env.printer.note(format!("left out: {}", plain::line(&redactor.text(reason))));
    }
    let snaps = gatherer.snaps(&api.title, api.judge.schemas(), &redactor);
    if !snaps.values().any(|snap| snap.info("status").is_some_and(|status| status.starts_with('2'))) {
        env.printer.note("note: no success (2xx) was seen: are --auth, -H and --ids right?");
    }
    let shelf = Shelf::new(&args.dir);
    let failed = |error: std::io::Error| CliError::usage(format!("{}: {error}", args.dir.display()));
    let mut changes = shelf.compare(&snaps, &api.title).map_err(failed)?;
    if filters.include.len() + filters.exclude.len() > 0 {
        // What was not asked is not gone.
        let asked = |id: &str| api.operations.iter().any(|operation| operation.head.id == id);
        changes.retain(|change| change.old.as_ref().and_then(|old| old.info("operation")).is_none_or(asked));
    }
    conclude(&args, env, &shelf, (&recording, &snaps), &changes).map_err(failed)
}

/// Writes what is to be written, and says what differs.
fn conclude(
    args: &Args,
    env: &Env,
    shelf: &Shelf,
    (recording, snaps): (&Recording, &BTreeMap<String, Snap>),
    changes: &[Change],
) -> std::io::Result<Exit> {
    let printer = env.printer;
    let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
    let (added, changed, gone) =
        (count(ChangeKind::Added), count(ChangeKind::Changed), count(ChangeKind::Gone));
    if !args.check {
        for name in snaps.keys() {
            shelf.reject(name)?;
        }
    }
    let mut open = 0;
    for change in changes {
        let kept = args.accept || !args.check && change.kind == ChangeKind::Added;
        if kept {
            shelf.accept(change)?;
        } else {
            open += 1;
            if !args.check {
                shelf.propose(change)?;
            }
            printer.line(format!("{} {}", word(change.kind), plain::line(change.title())));
            printer.line(format!("  {}", shelf.folder().join(format!("{}.snap", change.name)).display()));
            if change.kind == ChangeKind::Changed {
                printer.text(Shown::painted(&indented(&change.diff(printer.color)), printer.color));
            }
        }
    }
    let verb = if args.check { "missing" } else { "new" };
    printer.line(format!(
        "{} answers to {} requests: {} snapshots, {added} {verb}, {changed} changed, {gone} gone",
        recording.answered,
        recording.sent,
        snaps.len()
    ));
    if open == 0 {
        return Ok(Exit::Success);
    }
    let review = if args.check || changed == 0 { "" } else { "`counterpart review` shows them one by one; " };
    printer.line(format!("{review}to keep what was seen: run the same command with --accept"));
    Ok(Exit::Violated)
}

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "not recorded:",
        ChangeKind::Changed => "changed:",
        ChangeKind::Gone => "not seen any more:",
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

fn silent(recording: &Recording, url: &str, redactor: &Redactor) -> CliError {
    if recording.answered > 0 {
        let statuses: Vec<String> = recording.statuses.iter().map(u16::to_string).collect();
        return CliError::unreachable(
            format!("{url} answered only {}: nothing was recorded", statuses.join(", ")),
            "are --auth, -H, --ids and the base path in --url right, and is the target ready?",
        );
    }
    match &recording.last_error {
        Some(error) => {
            let error = redactor.text(&error.to_string());
            CliError::unreachable(format!("{url} answered nothing: {error}"), "is the target running?")
        }
        None => CliError::unreachable(
            format!("nothing could be sent: {}", {
                let withheld = recording.withheld.iter().map(Withheld::line);
                recording.left_out.iter().cloned().chain(withheld).collect::<Vec<_>>().join("; ")
            }),
            "give ids that may be used with --ids PARAM=V1,V2, or allow operations with --allow operation=…",
        ),
    }
}
