//! `counterpart check`: judges contracts against the rules of their version.

use clap::ValueEnum;

use crate::base::plain::Shown;
use crate::cli::spec::SpecArgs;
use crate::cli::{CliError, Env, Exit};
use crate::client;
use crate::document::{LoadOptions, Severity};
use crate::lint::{self, Checked, Selection, format, rules};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    counterpart check openapi.yaml                       all findings, with file, line, column and a hint\n  \
    counterpart check api/*.yaml --format github         annotations for a pull request\n  \
    counterpart check openapi.yaml --rules=-example      all rules but one\n  \
    counterpart check --rules                            which rules there are\n  \
    counterpart check --explain unresolvable-ref         why a rule is there and what to do\n\n\
    Exit code 0: sound (there may be warnings); 2: errors, or warnings with --deny warnings.")]
pub struct Args {
    /// The contracts: paths, URLs, `-` for standard input; without any, the embedded one
    #[arg(value_name = "SPEC")]
    specs: Vec<String>,
    /// Without a value, list the rules; `--rules=LIST`: only these, or all but those with `-` in front
    #[arg(long, value_name = "LIST", num_args = 0..=1, require_equals = true, default_missing_value = "", help_heading = "Rules")]
    rules: Option<String>,
    /// Explain a rule
    #[arg(long, value_name = "RULE", help_heading = "Rules")]
    explain: Option<String>,
    /// Let these decide the exit code as well
    #[arg(long, value_name = "WHAT", value_enum, help_heading = "Rules")]
    deny: Option<Deny>,
    /// How findings are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    format: Format,
    /// Let `$ref`s lead to http and https URLs
    #[arg(long, help_heading = "Contract")]
    allow_remote_refs: bool,
    /// Let `$ref`s lead out of the contract's folder
    #[arg(long, help_heading = "Contract")]
    allow_refs_outside: bool,
}

/// What `--deny` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings
    Warnings,
}

/// What `--format` takes, in the order of [`format::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Console,
    /// For programs
    Json,
    /// For code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

/// Runs the command.
///
/// # Errors
/// [`CliError::Usage`] for a rule that there is not.
pub async fn run(args: Args, env: &Env) -> Result<Exit, CliError> {
    if let Some(name) = &args.explain {
        let rule = lint::find(name).map_err(CliError::usage)?;
        let severity = rule.severity.as_str();
        env.printer.line(format!("{} ({severity}): {}\n\n{}", rule.name, rule.summary, rule.explanation));
        return Ok(Exit::Success);
    }
    let selection = match args.rules.as_deref() {
        Some("") => {
            for rule in rules::all() {
                env.printer.line(format!("{:24} {:8} {}", rule.name, rule.severity.as_str(), rule.summary));
            }
            return Ok(Exit::Success);
        }
        Some(list) => Selection::parse(list).map_err(CliError::usage)?,
        None => Selection::default(),
    };
    let options = LoadOptions {
        allow_remote_refs: args.allow_remote_refs,
        allow_refs_outside: args.allow_refs_outside,
        fetch: Some(client::fetch::blocking),
    };
    let mut specs: Vec<SpecArgs> =
        args.specs.into_iter().map(|spec| SpecArgs { spec: Some(spec), ..SpecArgs::default() }).collect();
    if specs.is_empty() {
        specs.push(SpecArgs::default());
    }
    let all: Vec<Checked> =
        specs.iter().map(|spec| lint::check(&spec.source(env), &options, &selection)).collect();
    let index = args.format as usize;
    let color = env.printer.color;
    let written = format::ALL.get(index).map(|format| (format.write)(&all, color)).unwrap_or_default();
    env.printer.text(match args.format {
        Format::Console => Shown::painted(&written, color),
        Format::Json | Format::Sarif => Shown::json(&written),
        Format::Github => Shown::document(written),
    });
    let worst = match args.deny {
        Some(Deny::Warnings) => Severity::Warning,
        None => Severity::Error,
    };
    let broken = all.iter().any(|checked| checked.findings.iter().any(|finding| finding.severity >= worst));
    Ok(if broken { Exit::Usage } else { Exit::Success })
}
