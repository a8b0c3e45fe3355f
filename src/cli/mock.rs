//! `counterpart mock`: serves the contract as a stateful mock.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use indexmap::IndexMap;

use crate::base::limits::STOP_SECONDS_MAX;
use crate::base::{Seed, plain};
use crate::cli::config::Config;
use crate::cli::outgoing::HttpSender;
use crate::cli::serving::ServingArgs;
use crate::cli::signals::{Signal, Signals};
use crate::cli::spec::{self, SpecArgs};
use crate::cli::{CliError, Env, Exit, Printer};
use crate::document::SpecSource;
use crate::framework;
use crate::mock::callback::{CallbackSettings, HostRule};
use crate::mock::fault::FaultRule;
use crate::mock::fixtures::Fixtures;
use crate::mock::latency::Latency;
use crate::mock::{ErrorChoice, Mock, MockError, MockSettings, StateMode, UnknownId};
use crate::resource::DeclarationError;
use crate::serve::recipe::Recipe;
use crate::serve::{MockServer, ServeError};
use crate::ui;
use crate::validate::Forms;

/// Arguments of `mock`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    counterpart mock                                     the embedded contract with its fixtures\n  \
    counterpart mock openapi.yaml --port 0               a free port; the first line printed says which\n  \
    counterpart mock openapi.yaml --fixtures state/      initial state from a folder of YAML and JSON files\n  \
    counterpart mock openapi.yaml --state file:state.db  state that outlives the process\n  \
    counterpart mock openapi.yaml --explain              which resources have state, and why\n  \
    counterpart mock --fault teardown=0.2 --latency 20ms..80ms\n  \
    counterpart mock --tls-cert cert.pem --tls-key key.pem     HTTPS, HTTP/2 included\n  \
    counterpart mock openapi.yaml --watch                reload when a file of it changes, keep the state\n  \
    counterpart mock shop.yaml --mount /users=users.yaml     two contracts, each with its own state\n  \
    counterpart mock openapi.yaml --host 127.0.0.1 -p 4010 --sdk-tests\n  \
    \x20                                                    for the test suite of a generated SDK\n  \
    counterpart mock openapi.yaml --record traffic.har --log info\n\n\
    A request steers its own answer with `Prefer: code=422` (also example=NAME, dynamic=true, seed=N).\n\
    The control API is under /__counterpart/: state, snapshots, reset, clock, requests, expectations, faults, callbacks,\n\
    webhooks, contract, reload, health, metrics, and ui, a page for people. It serves this machine only (--control,\n\
    --control-token, --allow-host, --control-origin).\n\
    The server ends on SIGINT, SIGTERM or SIGHUP with exit code 0, once the requests under way are\n\
    answered (at most 10 seconds), and at once when asked again.")]
pub struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// The address to listen on
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1", help_heading = "Server")]
    host: String,
    /// The port to listen on; 0 takes a free one
    #[arg(short, long, value_name = "PORT", default_value_t = 4010, help_heading = "Server")]
    port: u16,
    /// Worker threads; without it, one for each processor
    #[arg(long, value_name = "N", help_heading = "Server")]
    workers: Option<usize>,
    #[command(flatten)]
    serving: ServingArgs,
    /// Everything generated is a pure function of contract, seed, request and state
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Answers")]
    seed: u64,
    /// Initial state: a JSON or YAML file, or a folder of them
    #[arg(long, value_name = "PATH", help_heading = "State")]
    fixtures: Option<PathBuf>,
    /// Where state lives (default: memory); `none` is stateless: every valid request gets its documented success
    /// `file:PATH` outlives the process: what was answered is not lost, whatever ends it
    #[arg(long, value_name = "memory|none|file:PATH", value_parser = state, help_heading = "State")]
    state: Option<StateMode>,
    /// What an id never seen gets; by default rejected where fixtures of that resource are loaded, else created
    #[arg(long, value_name = "WHAT", value_enum, help_heading = "State")]
    unknown_id: Option<Unknown>,
    /// The dialect of error bodies: `auto` as the contract's error schemas show, `contract` those schemas filled
    #[arg(long, value_name = "DIALECT", value_parser = errors(), default_value = "auto", help_heading = "Answers")]
    errors: ErrorChoice,
    /// Allow statuses that the contract does not list (404, 401, 409, …) where they fit better than a listed one
    #[arg(long, help_heading = "Answers")]
    undocumented_statuses: bool,
    /// Print what was inferred of resources and their state, and why; serve nothing
    #[arg(long, help_heading = "State")]
    explain: bool,
    /// Do not check requests against the contract
    #[arg(long, help_heading = "Answers")]
    no_validate_requests: bool,
    /// How arrays and objects may be written in queries and forms (default: contract)
    #[arg(long, value_name = "FORM", value_enum, help_heading = "Answers")]
    query_style: Option<QueryStyle>,
    /// For test suites of generated SDKs, made for a stateless mock: as --state none --query-style any;
    /// values may fit several alternatives of a oneOf, and lack all properties of which one has to be there
    #[arg(long, help_heading = "Answers")]
    sdk_tests: bool,
    /// Do not ask for credentials
    #[arg(long, help_heading = "Answers")]
    no_auth: bool,
    /// Do not answer preflights and send no CORS headers
    #[arg(long, help_heading = "Answers")]
    no_cors: bool,
    /// Do not compress answers, whatever the client accepts
    #[arg(long, help_heading = "Answers")]
    no_compression: bool,
    /// A delay for each answer: 50ms, 20ms..80ms, normal:50ms,10ms, lognormal:p50=40ms,p99=250ms
    #[arg(long, value_name = "D[..D]", help_heading = "Faults")]
    latency: Option<Latency>,
    /// Inject faults: KIND[:HOW][@OPERATION]=RATE[xTIMES]. Kinds: status, reset, truncate, slow, garbage, latency or a declared one;
    /// RATE from 0 to 1, or in percent; such as status:429@getPet=5%, reset:after=1x3, slow:2kB/s=0.1, latency:2s=1%
    #[arg(long, value_name = "KIND=RATE", value_parser = FaultRule::parse, help_heading = "Faults")]
    fault: Vec<FaultRule>,
    /// Send the callbacks and webhooks that the contract documents, but only to these hosts: HOST or HOST:PORT
    #[arg(long, value_name = "HOST[:PORT]", help_heading = "Callbacks")]
    allow_callbacks: Vec<HostRule>,
    /// Requests may steer their answers by the query too: ?__code=404&__example=NAME&__dynamic=true&__seed=N
    #[arg(long, help_heading = "Answers")]
    query_preferences: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum QueryStyle {
    /// As the contract's style says
    Contract,
    /// That, else any of a[]=1, a[0]=1, a[b]=1, a.b=1, a=1&a=2, a=1,2 that makes a valid value
    Any,
    /// a[]=1, a[0]=1 and a[b]=1 only
    Brackets,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Unknown {
    Create,
    Reject,
}

/// Reads in which dialect errors are written.
fn errors() -> impl TypedValueParser<Value = ErrorChoice> {
    let names = framework::ALL.iter().map(|known| known.name());
    PossibleValuesParser::new(["auto", "contract"].into_iter().chain(names)).map(|text| match text.as_str() {
        "contract" => ErrorChoice::Contract,
        name => framework::by_name(name).map_or(ErrorChoice::Auto, |known| ErrorChoice::Of(known.name())),
    })
}

/// Reads where state lives.
fn state(text: &str) -> Result<StateMode, String> {
    match text.split_once(':').unwrap_or((text, "")) {
        ("memory", "") => Ok(StateMode::Memory),
        ("none", "") => Ok(StateMode::None),
        ("file", "") => Err("`file:` needs the path of a file: file:state.db".to_owned()),
        ("file", path) => Ok(StateMode::File(path.into())),
        ("redis" | "rediss", _) => {
            Err("this version keeps no state in Redis; use memory, none or file:PATH".to_owned())
        }
        _ => Err(format!("`{text}` is not memory, none or file:PATH")),
    }
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] as the command line promises.
pub async fn run(args: Args, env: &Env) -> Result<Exit, CliError> {
    let mut recipe = recipe(&args, env)?;
    let places = declare(&mut recipe.declared, env)?;
    let contract = args.spec.load(env)?;
    let settings = recipe.settings().map_err(|error| refused(&error))?;
    let entities = settings.fixtures.entities.len();
    let mounts = args.serving.mounts(&recipe.options, &recipe.settings)?;
    let mock = Mock::new(contract, settings).map_err(|error| misdeclared(&error.into(), &places))?;
    if args.explain {
        env.printer.text(mock.explain());
        return Ok(Exit::Success);
    }
    let around = args.serving.settings(env.printer);
    let listener = around.listener.clone();
    let mut server = MockServer::from_mock(Arc::new(mock)).with_recipe(recipe).with_server(around);
    for mount in mounts {
        let mock = mount.make().map_err(|error| refused(&error))?;
        let given = match &mount.source {
            SpecSource::Path(path) => path.display().to_string(),
            SpecSource::Url(url) => url.clone(),
            SpecSource::Embedded | SpecSource::Stdin => String::new(),
        };
        spec::warn(mock.contract(), &given, env);
        server = server.with_mount(Arc::new(mock), Some(mount));
    }
    let running = server.start().await.map_err(|error| refused(&error))?;
    // Before anybody is told that it runs: whoever is told may ask it to end.
    let mut asked = Signals::listen();
    env.printer.line(format!("listening on {}", running.url()));
    if let Some(page) = running.page_url() {
        env.printer.detail(format!("page for people: {page}"));
    }
    if let Some(text) = args.serving.exposure(&args.host, &running.mock().settings().control) {
        listener.error(&text);
    }
    for slot in running.site().slots().iter().rev() {
        listener.note(&summary(&slot.mock(), slot.prefix()));
        slot.mock().state_notes().iter().for_each(|note| listener.note(note));
    }
    for odd in oddities(&running.mock(), &args, entities) {
        listener.error(&odd);
    }
    asked.next().await;
    env.printer.detail("stopping, once the requests under way are answered");
    end_in_time(env.printer);
    let mocks: Vec<Arc<Mock>> = running.site().slots().iter().map(|slot| slot.mock()).collect();
    let exit = tokio::select! {
        () = running.stop() => Exit::Success,
        // Asked twice: at once.
        signal = asked.next() => Exit::Ended(signal),
    };
    for mock in mocks {
        if let Err(reason) = mock.flush() {
            env.printer.error(format!("error: {reason}"));
        }
    }
    Ok(exit)
}

/// Ends the process after [`STOP_SECONDS_MAX`], whatever is still at work then: a thread that computes, a disk that does
/// not answer.
fn end_in_time(printer: Printer) {
    let watch = move || {
        std::thread::sleep(Duration::from_secs(STOP_SECONDS_MAX));
        printer
            .error(format!("error: not all was done {STOP_SECONDS_MAX} seconds after the end was asked for"));
        std::process::exit(i32::from(Exit::Ended(Signal::Terminate).code()));
    };
    // Without a thread for it, the end comes when all is done.
    let _ = std::thread::Builder::new().name("counterpart-end".to_owned()).spawn(watch);
}

/// What the mock is made from.
fn recipe(args: &Args, env: &Env) -> Result<Recipe, CliError> {
    let since = SystemTime::now();
    let source = args.spec.source(env);
    // The embedded contract's declarations stay in force under the user's entities.
    let declared =
        if source == SpecSource::Embedded { Fixtures::embedded() } else { Ok(Fixtures::default()) };
    let declared = declared.map_err(|error| CliError::usage(error.to_string()))?;
    let (options, fixtures) = (args.spec.options(), args.fixtures.clone());
    Ok(Recipe { source, options, fixtures, declared, settings: settings(args), since })
}

/// All settings but the fixtures.
fn settings(args: &Args) -> MockSettings {
    MockSettings {
        host: args.host.clone(),
        port: args.port,
        seed: Seed(args.seed),
        state: match &args.state {
            Some(state) => state.clone(),
            None if args.sdk_tests => StateMode::None,
            None => StateMode::Memory,
        },
        unions: args.sdk_tests,
        forms: match args.query_style {
            Some(QueryStyle::Contract) => Forms::Contract,
            Some(QueryStyle::Brackets) => Forms::Brackets,
            Some(QueryStyle::Any) => Forms::Any,
            None if args.sdk_tests => Forms::Any,
            None => Forms::Contract,
        },
        unknown_id: args.unknown_id.map(|unknown| match unknown {
            Unknown::Create => UnknownId::Create,
            Unknown::Reject => UnknownId::Reject,
        }),
        errors: args.errors,
        undocumented_statuses: args.undocumented_statuses,
        validate_requests: !args.no_validate_requests,
        callbacks: CallbackSettings {
            sender: Some(Arc::new(HttpSender)),
            hosts: args.allow_callbacks.clone(),
            ..CallbackSettings::default()
        },
        query_preferences: args.query_preferences,
        auth: !args.no_auth,
        cors: !args.no_cors,
        compression: !args.no_compression,
        latency: args.latency,
        faults: args.fault.clone(),
        workers: args.workers,
        page: Some(ui::PAGE),
        control: args.serving.control(&args.host),
        ..MockSettings::default()
    }
}

/// Puts the declarations of `counterpart.toml` over those of the fixtures; answers where each stands.
fn declare(fixtures: &mut Fixtures, env: &Env) -> Result<IndexMap<String, String>, CliError> {
    let mut places = IndexMap::new();
    let Some(config) = Config::find(env.config.as_ref(), env)? else { return Ok(places) };
    for (name, (declaration, place)) in config.declarations()? {
        let resources = &mut fixtures.resources;
        let below = resources.shift_remove(&name).unwrap_or_default();
        resources.insert(name.clone(), below.under(declaration));
        places.insert(name, place);
    }
    Ok(places)
}

/// A declaration of `counterpart.toml` that does not fit is told with its place there.
fn misdeclared(error: &ServeError, places: &IndexMap<String, String>) -> CliError {
    if let ServeError::Mock(MockError::Declaration(wrong)) = error
        && let Some(name) = wrong.place.strip_prefix("resource `").and_then(|rest| rest.strip_suffix('`'))
        && let Some(place) = places.get(name)
    {
        let wrong = DeclarationError { place: format!("{place}: {}", wrong.place), ..wrong.clone() };
        return refused(&MockError::Declaration(wrong).into());
    }
    refused(error)
}

fn refused(error: &ServeError) -> CliError {
    match error {
        ServeError::Mock(MockError::State(state)) => CliError::usage_hint(error.to_string(), state.hint()),
        ServeError::Mock(MockError::Declaration(DeclarationError { hint: Some(hint), .. })) => {
            CliError::usage_hint(error.to_string(), hint.clone())
        }
        ServeError::Listen { .. } => CliError::usage_hint(
            error.to_string(),
            "choose another --port (0 for a free one), or a --host that this machine has",
        ),
        ServeError::Record { .. } => CliError::usage_hint(
            error.to_string(),
            "name a file in a folder that is there and may be written to",
        ),
        ServeError::Contract(rendered) => CliError::Contract(rendered.clone()),
        ServeError::Watch(_) => CliError::usage_hint(
            error.to_string(),
            "--watch needs a SPEC or --fixtures that is a file or a folder, not a URL or standard input",
        ),
        ServeError::Tls(_) => CliError::usage_hint(
            error.to_string(),
            "--tls-cert takes the certificate, --tls-key its private key, both as PEM without a pass phrase",
        ),
        other => CliError::usage(other.to_string()),
    }
}

/// How many resources are named; more are counted.
const NAMED_MAX: usize = 8;

fn summary(mock: &Mock, prefix: &str) -> String {
    let info = mock.contract().info();
    let resources: Vec<&str> = mock.resources().all.iter().map(|r| r.name.as_str()).collect();
    let state = match resources.len() {
        0 => "no resources with state".to_owned(),
        1..=NAMED_MAX => format!("state of {}", resources.join(", ")),
        many => format!("state of {many} resources (--explain names them)"),
    };
    let operations = match mock.contract().heads().len() {
        1 => "1 operation".to_owned(),
        many => format!("{many} operations"),
    };
    let under = if prefix.is_empty() { String::new() } else { format!("under {prefix}/: ") };
    let (title, version) = (&info.title, &info.version);
    let control = match &mock.settings().control.path {
        Some(path) => format!("control API under {prefix}{path}/"),
        None => "no control API".to_owned(),
    };
    plain::line(&format!("{under}{title} {version}: {operations}; {state}; {control}")).into_owned()
}

/// What is odd about what the user gave: nothing to serve, nothing to start from.
fn oddities(mock: &Mock, args: &Args, entities: usize) -> Vec<String> {
    let mut odd = Vec::new();
    if mock.contract().heads().is_empty() {
        odd.push("warning: the contract has no operations: every request gets 404".to_owned());
    }
    if let Some(path) = args.fixtures.as_ref().filter(|_| entities == 0) {
        odd.push(format!("warning: there are no entities in {}", path.display()));
    }
    odd
}
