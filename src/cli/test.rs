//! `counterpart test`: fires generated requests at a server and checks every answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, watch};

use crate::base::Seed;
use crate::base::files::{self, Access};
use crate::base::plain::Shown;
use crate::base::secret::Secret;
use crate::check::{self, Check};
use crate::cli::permission::PermissionArgs;
use crate::cli::signals::{Signal, Signals};
use crate::cli::spec::SpecArgs;
use crate::cli::target::{TargetArgs, duration};
use crate::cli::{CliError, Env, Exit};
use crate::exercise::{Api, EVENTS_MAX, Engine, Event, Filter, Filters, Settings, Shard, Summary, Verdict};
use crate::generate::case::credentials::MADE_UP;
use crate::generate::case::{CaseSettings, Phase};
use crate::report::{Collector, Format, Progress, Wanted, console};

/// How many more of each living entity the mock in this process gets, so that there is enough to delete.
const COPIES: usize = 3;

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    counterpart test                                              the mock of the embedded contract, in this process\n  \
    counterpart test openapi.yaml --url http://127.0.0.1:8000     a server of yours\n  \
    counterpart test openapi.yaml --url $URL --auth ApiKey=$KEY --ids order_id=o1,o2 --report junit=out.xml\n  \
    counterpart test openapi.yaml --url $URL --include tag=orders --exclude method=DELETE --seed 7\n\n\
    At a --url, what can change or destroy (DELETE, PUT, PATCH, POSTs and GETs that act) goes only to what this run made,\n\
    to the ids given with --ids, and to made-up ones that nobody has; plain creation is sent. What is not sent is listed,\n\
    with the --allow, --ids or --destructive that permits it.\n\n\
    Exit codes: 0 no findings, 1 findings, 2 wrong usage or contract, 3 nothing was tested (the target can't be reached or\n\
    turned everything away, or no case was sent), 130 interrupted, 143 terminated, 129 hung up: reports are written then too.")]
pub struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    permission: PermissionArgs,
    /// Generated cases for each operation and phase
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..),
        help_heading = "What is sent")]
    cases: u64,
    /// The phases, in order
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = phase,
        default_value = "examples,boundary,random,stateful", help_heading = "What is sent")]
    phases: Vec<Phase>,
    /// Only operations that fit: operation, method, path or tag; a value in slashes is a regular expression
    #[arg(long, value_name = "KEY=VALUE", help_heading = "What is sent")]
    include: Vec<Filter>,
    /// No operations that fit
    #[arg(long, value_name = "KEY=VALUE", help_heading = "What is sent")]
    exclude: Vec<Filter>,
    /// The same seed, contract and target give the same requests; without it, taken from the clock
    #[arg(long, value_name = "N", help_heading = "What is sent")]
    seed: Option<u64>,
    /// This machine's share of the cases
    #[arg(long, value_name = "I/N", default_value = "1/1", help_heading = "What is sent")]
    shard: Shard,
    /// Only these checks
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "What is checked")]
    checks: Vec<String>,
    /// Not these checks
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "What is checked")]
    skip_checks: Vec<String>,
    /// Requests under way at once; without it, twice the processors
    #[arg(long, value_name = "N", help_heading = "How much")]
    workers: Option<usize>,
    /// Requests in a second, at most
    #[arg(long, value_name = "R/s", value_parser = rate, help_heading = "How much")]
    rate: Option<f64>,
    /// Stop after that many findings
    #[arg(long, value_name = "N", help_heading = "How much")]
    max_failures: Option<u64>,
    /// Stop after that time
    #[arg(long, value_name = "D", value_parser = duration, help_heading = "How much")]
    max_time: Option<Duration>,
    /// Where failing cases are kept; they are sent first next time
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::DirPath,
        default_value = ".counterpart/regressions", help_heading = "Results")]
    regressions: PathBuf,
    /// Write a report: console, json, ndjson, junit, html, sarif, github or har; without a path, to standard output
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Results")]
    report: Vec<Wanted>,
}

fn phase(name: &str) -> Result<Phase, String> {
    Phase::by_name(name).ok_or_else(|| {
        let known: Vec<&str> = Phase::ALL.into_iter().map(Phase::as_str).collect();
        format!("there is no phase `{name}`; there are {}", known.join(", "))
    })
}

/// Reads `50`, `50/s` or `0.5/s`.
fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    match number.trim().parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err(format!("`{text}` is no rate such as 50/s")),
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(args: Args, env: &Env) -> Result<Exit, CliError> {
    let contract = args.spec.load(env)?;
    let filters = Filters { include: args.include.clone(), exclude: args.exclude.clone() };
    let spec_name = args.spec.spec.clone().unwrap_or_default();
    let api = Api::of(&contract, &spec_name, |head| filters.take(head));
    if api.operations.is_empty() {
        return Err(CliError::usage_hint(
            "there is no operation to test",
            "look at --include and --exclude, and at the contract's paths",
        ));
    }
    args.target.check(&contract)?;
    let mut settings = settings(&args);
    args.permission.apply(&mut settings.case, contract.heads(), args.target.url.is_none())?;
    settings.checks = checks(&args.checks, &args.skip_checks)?;
    let (seed, workers) = (settings.case.seed(), settings.workers);
    let target = args.target.open_crowded(&contract, &args.spec.source(env), seed, COPIES, workers).await?;
    settings.url.clone_from(&target.url);
    settings.case.known.clone_from(&target.known);
    if target.mock.is_some() {
        // The mock takes any credential but those that say of themselves that they are invalid: so there are wrong ones.
        for name in contract.security_schemes().keys() {
            settings.case.credentials.entry(name.clone()).or_insert_with(|| Secret::new(MADE_UP));
        }
    }
    let engine = Engine::new(api, settings, Arc::new(target.client.clone()));
    let (summary, signal) = watch_run(&engine, &args.report, env).await?;
    // The mock ends here, not before.
    drop(target);
    match (signal, summary) {
        (Some(signal), _) => Ok(Exit::Ended(signal)),
        (None, Some(summary)) => finish(&summary),
        (None, None) => Ok(Exit::Unreachable),
    }
}

fn settings(args: &Args) -> Settings {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    Settings {
        case: CaseSettings {
            seed: Some(Seed(args.seed.unwrap_or_else(seed_of_clock))),
            headers: args.target.header.clone(),
            credentials: args.target.credentials(),
            ..CaseSettings::default()
        },
        phases: args.phases.clone(),
        checks: Vec::new(),
        cases: args.cases,
        workers: args.workers.unwrap_or(2 * processors).clamp(1, 10_000),
        rate: args.rate,
        failures_max: args.max_failures,
        judging_max: args.target.timeout,
        time_max: args.max_time,
        shard: args.shard,
        regressions: Some(args.regressions.clone()),
        records: args.report.iter().any(|wanted| wanted.format.wants_records()),
        url: String::new(),
    }
}

/// A seed that people can type.
fn seed_of_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    u64::try_from(now % 1_000_000_007).unwrap_or(0)
}

fn checks(only: &[String], skip: &[String]) -> Result<Vec<&'static dyn Check>, CliError> {
    let by_name = |name: &String| {
        check::by_name(name).ok_or_else(|| {
            let nearest = check::ALL
                .iter()
                .map(|c| c.name())
                .min_by_key(|known| strsim::damerau_levenshtein(known, name));
            CliError::usage_hint(
                format!("there is no check `{name}`"),
                format!("did you mean `{}`?", nearest.unwrap_or_default()),
            )
        })
    };
    let mut wanted = if only.is_empty() {
        check::ALL.to_vec()
    } else {
        only.iter().map(by_name).collect::<Result<_, _>>()?
    };
    for name in skip {
        let unwanted = by_name(name)?.name();
        wanted.retain(|check| check.name() != unwanted);
    }
    if wanted.is_empty() {
        return Err(CliError::usage_hint("no check is left", "look at --checks and --skip-checks"));
    }
    Ok(wanted)
}

/// Runs the engine, shows its events and writes the reports. A signal ends the run soon, and is told; a second one does not
/// wait for the run's final value.
async fn watch_run(
    engine: &Engine,
    wanted: &[Wanted],
    env: &Env,
) -> Result<(Option<Arc<Summary>>, Option<Signal>), CliError> {
    let (tell, mut events) = mpsc::channel(EVENTS_MAX);
    let (stop, stopped) = watch::channel(false);
    let mut signals = Signals::listen();
    let mut ended = None;
    let running = {
        let engine = engine.clone();
        tokio::spawn(async move { engine.run(tell, stopped).await })
    };
    // A report on standard output takes the place of the text for people.
    let silent = wanted.iter().any(|w| w.path.is_none() && w.format != Format::Console);
    let progress = Progress::new(env.printer.progress && !silent);
    let mut collectors: Vec<(Collector, &Wanted)> =
        wanted.iter().map(|wanted| (Collector::new(wanted.format), wanted)).collect();
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            signal = signals.next() => {
                if ended.is_some() {
                    return Ok((None, Some(signal)));
                }
                ended = Some(signal);
                stop.send_replace(true);
                progress.aside(|| env.printer.note(format!("{}: the run ends; once more ends it at once", signal.as_str())));
                continue;
            }
        };
        let Some(event) = event else { break };
        progress.event(&event);
        for (collector, _) in &mut collectors {
            collector.event(&event);
        }
        if !silent {
            progress.aside(|| show(&event, env));
        }
    }
    let summary =
        running.await.map_err(|error| CliError::Bug(anyhow::anyhow!("the run broke off: {error}")))?;
    // One that can't be written keeps none of the others from being.
    let written: Vec<Result<(), CliError>> =
        collectors.into_iter().map(|(collector, wanted)| write(collector, wanted, &summary, env)).collect();
    written.into_iter().collect::<Result<(), CliError>>()?;
    Ok((Some(summary), ended))
}

fn show(event: &Event, env: &Env) {
    let printer = env.printer;
    let painted = |text: &str| Shown::painted(text, printer.color);
    match event {
        Event::Started(plan) if !printer.quiet => {
            printer.line(painted(&(console::opening(plan, printer.color) + "\n")));
        }
        Event::Found(finding) => printer.line(painted(&console::finding(finding, printer.color))),
        // The error that is about to be printed says it all.
        Event::Finished(summary) if matches!(summary.verdict, Verdict::Unusable(_)) => {}
        Event::Finished(summary) => printer.text(painted(&console::summary(summary, printer.color))),
        _ => {}
    }
}

fn write(collector: Collector, wanted: &Wanted, summary: &Summary, env: &Env) -> Result<(), CliError> {
    let Some(path) = &wanted.path else {
        if wanted.format != Format::Console {
            env.printer.text(collector.finish(summary));
        }
        return Ok(());
    };
    let path = env.folder.join(path);
    let complain = |error: std::io::Error| {
        CliError::usage(format!("the report {} can't be written: {error}", path.display()))
    };
    // Requests and answers are nobody else's.
    let access = if wanted.format.wants_records() { Access::Private } else { Access::Usual };
    files::write_given(&path, collector.finish(summary).as_str().as_bytes(), access).map_err(complain)
}

fn finish(summary: &Summary) -> Result<Exit, CliError> {
    match &summary.verdict {
        Verdict::Passed => Ok(Exit::Success),
        Verdict::Failed => Ok(Exit::Violated),
        Verdict::Unusable(why) => {
            let statuses = || summary.operations.iter().flat_map(|o| o.statuses.keys().copied());
            let came = |wanted: &[u16]| statuses().any(|status| wanted.contains(&status));
            let hint = if came(&[401, 403, 407]) {
                "give credentials with --auth SCHEME=VALUE or -H 'Name: value'"
            } else if came(&[429]) {
                "send fewer requests with --rate N/s, or have the target's limit lifted for this client"
            } else if came(&[502, 503, 504]) {
                "wait until the target is up, and run it again"
            } else if came(&[404]) {
                "is the base path in --url right? Ids that exist can be given with --ids PARAM=V1,V2"
            } else if summary.counts.requests > 0 && statuses().all(|status| status == 0) {
                "is the address in --url right, and is the server up?"
            } else {
                "give ids with --ids PARAM=V1,V2, allow more with --destructive, or look at --phases, --shard and --max-time"
            };
            Err(CliError::unreachable(format!("{} can't be tested: {why}", summary.plan.url), hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_picked_by_name() {
        assert_eq!(checks(&[], &[]).unwrap().len(), check::ALL.len());
        let one = checks(&["server-error".into(), "answered".into()], &["answered".into()]).unwrap();
        assert_eq!(one.iter().map(|c| c.name()).collect::<Vec<_>>(), ["server-error"]);
        let Err(error) = checks(&["server-eror".into()], &[]) else { panic!("unknown check taken") };
        assert!(error.render(false).as_str().contains("did you mean `server-error`?"));
        let Err(error) = checks(&["answered".into()], &["answered".into()]) else { panic!("no check") };
        assert!(error.to_string().contains("no check is left"));
    }

    #[test]
    fn rates_and_phases_are_read() {
        assert_eq!(rate("50/s"), Ok(50.0));
        assert!(rate("0").is_err() && rate("fast").is_err() && rate("-1/s").is_err());
        assert!(phase("chaos").unwrap_err().contains("stateful"));
    }
}
