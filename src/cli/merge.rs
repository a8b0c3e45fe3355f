//! `counterpart merge`: joins the JSON reports of shards.

use std::path::PathBuf;

use crate::base::files::{self, Access};
use crate::base::plain::Shown;
use crate::cli::signals::Signal;
use crate::cli::{CliError, Env, Exit};
use crate::report::{json, merge};

/// The longest report that is read, in bytes.
const REPORT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Arguments of `merge`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    counterpart test api.yaml --url $URL --seed 7 --shard 1/2 --report json=one.json\n  \
    counterpart test api.yaml --url $URL --seed 7 --shard 2/2 --report json=two.json\n  \
    counterpart merge one.json two.json --out all.json\n\n\
    Exit codes: 0 no findings in any, 1 findings, 2 reports that do not belong together, 3 nothing was tested in one,\n\
    130 one was interrupted.")]
pub struct Args {
    /// The JSON reports
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where the joined report goes; without it, to standard output
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Results")]
    out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(args: Args, env: &Env) -> Result<Exit, CliError> {
    let mut reports = Vec::new();
    for file in &args.files {
        let path = env.folder.join(file);
        let complain = |reason: String| {
            CliError::usage_hint(
                format!("{}: {reason}", file.display()),
                "merge takes what `counterpart test --report json=FILE` wrote",
            )
        };
        let text = files::read_text(&path, REPORT_BYTES_MAX).map_err(|error| complain(error.to_string()))?;
        reports.push(merge::read(&text).map_err(|error| complain(error.to_string()))?);
    }
    let whole = merge::merge(reports).map_err(|error| CliError::usage(error.to_string()))?;
    let text = Shown::json(&json::text(&whole));
    match &args.out {
        None => env.printer.text(text),
        Some(out) => files::write_given(&env.folder.join(out), text.as_str().as_bytes(), Access::Usual)
            .map_err(|error| CliError::usage(format!("{} can't be written: {error}", out.display())))?,
    }
    Ok(match whole.verdict.as_str() {
        "failed" => Exit::Violated,
        "unusable" => Exit::Unreachable,
        // What was not tested did not pass.
        _ if whole.interrupted => Exit::Ended(Signal::Interrupt),
        _ => Exit::Success,
    })
}
