//! `counterpart example`: prints generated requests and responses.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::base::secret::Redactor;
use crate::base::{Seed, plain};
use crate::cli::spec::SpecArgs;
use crate::cli::{CliError, Env, Exit};
use crate::client::curl;
use crate::contract::{Contract, Operation, StatusKey};
use crate::document::Direction;
use crate::exercise::Api;
use crate::generate::case::{Case, CaseMaker, CaseSettings, Destructive, Phase};
use crate::generate::{ValueOptions, sample};
use crate::validate::intent::Intent;

/// How many random cases are looked through for valid ones.
const TRIES_MAX: u64 = 200;

/// Arguments of `example`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    counterpart example openapi.yaml                       the least request and the answers of each operation\n  \
    counterpart example openapi.yaml createPet --count 3   some requests of one operation\n  \
    counterpart example openapi.yaml 'POST /pets' --url http://127.0.0.1:8000")]
pub struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// The operation: its operationId, or `METHOD /path`; without it, all
    #[arg(value_name = "OPERATION")]
    operation: Option<String>,
    /// How many requests of each operation
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "What is printed")]
    count: usize,
    /// Everything is drawn from it
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "What is printed")]
    seed: u64,
    /// The base URL in the printed commands
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:4010",
        help_heading = "What is printed"
    )]
    url: String,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(args: Args, env: &Env) -> Result<Exit, CliError> {
    let contract = args.spec.load(env)?;
    let wanted = args.operation.as_deref();
    let api = Api::of(&contract, "", |head| {
        wanted.is_none_or(|name| head.id == name || name == format!("{} {}", head.method, head.path))
    });
    if api.operations.is_empty() {
        let name = wanted.unwrap_or_default();
        let nearest = contract.heads().iter().min_by_key(|head| strsim::damerau_levenshtein(&head.id, name));
        return Err(CliError::usage_hint(
            format!("the contract has no operation `{name}`"),
            nearest.map_or_else(
                || "it has none at all".to_owned(),
                |head| format!("did you mean `{}`?", head.id),
            ),
        ));
    }
    let settings = CaseSettings {
        seed: Some(Seed(args.seed)),
        destructive: Destructive::All,
        ..CaseSettings::default()
    };
    let maker = CaseMaker::new(
        &api.heads,
        api.schemes.clone(),
        Arc::clone(&api.judge),
        Arc::clone(&api.lenient),
        settings,
    );
    for operation in &api.operations {
        env.printer.line(one(&args, &contract, &maker, operation));
    }
    Ok(Exit::Success)
}

/// The text for one operation.
fn one(args: &Args, contract: &Contract, maker: &CaseMaker, operation: &Arc<Operation>) -> String {
    let head = &operation.head;
    let title = format!("{} {}  ({})", head.method, head.path, head.id);
    let mut text = format!("# {}\n", plain::line(&title));
    let cases = requests(args, maker, operation);
    if cases.is_empty() {
        text.push_str("  no valid request can be generated\n");
    }
    for case in &cases {
        let _ =
            writeln!(text, "{}", curl::line(&case.request, args.url.trim_end_matches('/'), &Redactor::off()));
    }
    for response in &operation.responses {
        let _ = writeln!(text, "\n→ {} {}", response.status, plain::line(response.description.trim()));
        let Some(media) = response.content.first() else { continue };
        let Some(at) = &media.schema else { continue };
        let value =
            maker.judge().schemas().get(at, Direction::Response).map_err(|error| error.to_string()).and_then(
                |schema| {
                    let seed = Seed(args.seed).derive(&operation.head.id).derive(&status(response.status));
                    sample(&schema, &ValueOptions::realistic(), seed).map_err(|error| {
                        let at = error.places().first().map(|at| contract.place(at));
                        at.map_or_else(|| error.to_string(), |at| format!("{error} ({at})"))
                    })
                },
            );
        let _ = match value {
            Ok(value) => {
                let value = format!("{value:#}");
                writeln!(text, "{}\n{}", plain::line(&media.name), plain::json(&value))
            }
            Err(reason) => writeln!(text, "{}", plain::line(&format!("{}: {reason}", media.name))),
        };
    }
    text
}

fn status(key: StatusKey) -> String {
    key.to_string()
}

/// Valid requests: the least first, then random ones.
fn requests(args: &Args, maker: &CaseMaker, operation: &Arc<Operation>) -> Vec<Case> {
    let least = (0..1).filter_map(|index| maker.case(operation, Phase::Boundary, index).ok());
    let random = (0..TRIES_MAX).filter_map(|index| maker.case(operation, Phase::Random, index).ok());
    let mut seen = Vec::new();
    least
        .chain(random)
        .filter(|case| matches!(case.intent, Intent::Valid(_)) && case.fair.is_empty())
        .filter(|case| {
            let new = !seen.contains(&case.request.target) || case.request.body.is_some();
            seen.push(case.request.target.clone());
            new
        })
        .take(args.count)
        .collect()
}
