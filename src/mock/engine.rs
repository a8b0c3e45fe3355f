//! The mock without its sockets: a request in, an answer out. Pure but for its own state.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;

use crate::base::{Seed, limits};
use crate::contract::{Contract, OperationIndex, ParameterPlace, SecurityKind};
use crate::dialect::{Dialect, Reason, Refusal, lax};
use crate::mock::fault::{FaultKind, Faults};
use crate::mock::journal::Journal;
use crate::mock::plan::Plan;
use crate::mock::refuse::Refuser;
use crate::mock::resource::{Resource, Resources, infer};
use crate::mock::router::{Routed, Router};
use crate::mock::settings::{MockSettings, StateMode, UnknownId};
use crate::mock::world::{World, WorldError};
use crate::mock::{coding, control, cors};
use crate::validate::Judge;
use crate::wire::{Request, Response};

/// Why a mock can't be made.
#[derive(Debug, thiserror::Error)]
pub enum MockError {
    /// A declared resource does not fit the contract.
    #[error(transparent)]
    Declaration(#[from] crate::mock::resource::DeclarationError),
    /// The fixtures can't be read.
    #[error(transparent)]
    Fixtures(#[from] crate::mock::fixtures::FixtureError),
    /// The initial entities can't be used.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A fault that nothing declares.
    #[error("there is no fault `{name}`; the faults are: {known}")]
    Fault {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The address can't be listened on.
    #[error("can't listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// The contract can't be used.
    #[error("{0}")]
    Contract(String),
    /// The mock can't be made again.
    #[error("this mock was not made from files that could be read again")]
    NotFromFiles,
    /// Files can't be watched.
    #[error("there is nothing to watch: {0}")]
    Watch(&'static str),
    /// The record can't be made.
    #[error("the record {path} can't be written: {reason}")]
    Record {
        /// The path as given.
        path: String,
        /// Why.
        reason: String,
    },
    /// The certificate or its key can't be used.
    #[error(transparent)]
    Tls(#[from] crate::mock::tls::TlsError),
    /// The prefixes of contracts that are served together can't be used.
    #[error("{0}")]
    Mount(String),
}

/// How an answer goes wrong on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mishap {
    /// It does not.
    #[default]
    None,
    /// The connection breaks before it.
    Reset,
    /// The body ends early.
    Truncate,
    /// The body comes in small pieces.
    Slow,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The response.
    pub response: Response,
    /// How long to wait before it is sent.
    pub delay: Duration,
    /// What happens to it on its way.
    pub mishap: Mishap,
    /// The operation that the request was routed to.
    pub operation: Option<OperationIndex>,
}

/// The mock.
#[derive(Debug)]
pub struct Mock {
    pub(super) contract: Arc<Contract>,
    pub(super) judge: Judge,
    pub(super) application: lax::Application,
    pub(super) settings: MockSettings,
    pub(super) resources: Resources,
    pub(super) refuser: Refuser,
    pub(super) faults: Arc<Faults>,
    pub(super) journal: Arc<Journal>,
    pub(super) world: ArcSwap<World>,
    pub(super) secrets: Vec<String>,
    router: Router,
    plans: Vec<OnceLock<Arc<Plan>>>,
    rejects: Vec<bool>,
    pub(super) refined: Vec<OnceLock<Arc<Resource>>>,
    answered: std::sync::atomic::AtomicU64,
}

impl Mock {
    /// A mock of the contract.
    ///
    /// # Errors
    /// [`MockError`]: fixtures, declarations or faults that do not fit the contract.
    pub fn new(contract: Arc<Contract>, settings: MockSettings) -> Result<Self, MockError> {
        let judge = Judge::with_source(contract.schema_source(), contract.security_schemes().clone());
        let resources = infer(&contract, &settings.fixtures.resources)?;
        let bases = contract.servers().iter().map(base_path);
        let router = Router::new(contract.heads(), bases);
        let plans = contract.heads().iter().map(|_| OnceLock::new()).collect();
        let rejects = resources
            .all
            .iter()
            .map(|r| settings.fixtures.entities.iter().any(|given| given.resource == r.name))
            .collect();
        let refined = resources.all.iter().map(|_| OnceLock::new()).collect();
        let mut mock = Self {
            refuser: Refuser::new(settings.errors, settings.undocumented_statuses, settings.seed),
            faults: Arc::new(Faults::new(settings.seed, &settings.faults)),
            journal: Arc::default(),
            world: ArcSwap::from_pointee(World::empty()),
            secrets: secrets(&contract),
            answered: std::sync::atomic::AtomicU64::new(0),
            application: lax::Application::new(contract.schema_source()),
            contract,
            judge,
            settings,
            resources,
            router,
            plans,
            rejects,
            refined,
        };
        for rule in &mock.settings.faults {
            mock.knows_fault(&rule.kind)?;
        }
        let world = mock.world_of(&mock.settings.fixtures)?;
        mock.world = ArcSwap::from_pointee(world);
        Ok(mock)
    }

    /// The contract that is played.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// The judge of this contract.
    #[must_use]
    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// The resources, inferred and declared.
    #[must_use]
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The faults that are switched on.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Answers a request.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Response {
        self.handle(request.clone()).response
    }

    /// Answers a request, saying also when and how the answer is to be sent.
    #[must_use]
    pub fn handle(&self, request: Request) -> Answer {
        if control::is_control(&request) {
            return Answer { response: control::answer(self, &request), ..Answer::default() };
        }
        let world = self.world.load();
        let now = world.clock.tick();
        let (mut answer, operation) = self.respond(&world, now, &request);
        if self.settings.cors && !cors::is_preflight(&request) {
            cors::expose(&request, &mut answer.response);
        }
        if self.settings.compression {
            coding::pack(&request, &mut answer.response);
        }
        if request.method == "HEAD" {
            answer.response.headers.set("content-length", answer.response.body.len().to_string());
            answer.response.body = Bytes::new();
        }
        answer.delay = self.delay();
        answer.operation = operation;
        self.journal.record(now, request, operation, answer.response.status);
        answer
    }

    fn respond(&self, world: &World, now: u64, request: &Request) -> (Answer, Option<OperationIndex>) {
        let path = self.below_prefix(request.path());
        let mut routed = self.router.route(&request.method, path);
        if request.method == "HEAD" && !matches!(routed, Routed::Found { .. }) {
            // HEAD is GET without the body (RFC 9110 §9.3.2).
            routed = self.router.route("GET", path);
            if !matches!(routed, Routed::Found { .. }) {
                routed = self.router.route("HEAD", path);
            }
        }
        if self.settings.cors && cors::is_preflight(request) {
            let methods = match &routed {
                Routed::OtherMethods(methods) => methods.clone(),
                Routed::Found { .. } => self.router.methods(path),
                Routed::Unknown => Vec::new(),
            };
            if !methods.is_empty() {
                return (Answer { response: cors::preflight(request, &methods), ..Answer::default() }, None);
            }
        }
        match routed {
            Routed::Found { operation, values } => {
                let plan = self.plan(operation);
                let mut answer = self.call(world, now, &plan, &values, request);
                if answer.response.status == 405 && answer.response.headers.get("allow").is_none() {
                    // Where the contract documents a 405, it still has to say what is allowed (RFC 9110 §15.5.6).
                    answer.response.headers.push("allow", self.router.methods(path).join(", "));
                }
                (answer, Some(operation))
            }
            Routed::OtherMethods(methods) => (self.other_method(request, &methods), None),
            Routed::Unknown => (self.no_path(request), None),
        }
    }

    /// Faults around an operation's answer.
    fn call(
        &self,
        world: &World,
        now: u64,
        plan: &Plan,
        values: &[(String, String)],
        request: &Request,
    ) -> Answer {
        if self.faults.is_empty() {
            return Answer { response: self.perform(world, now, plan, values, request), ..Answer::default() };
        }
        if self.strikes(plan, &FaultKind::Reset) {
            return Answer { mishap: Mishap::Reset, ..Answer::default() };
        }
        let id = &plan.operation.head.id;
        if let Some(rule) = self.faults.strike(id, |kind| *kind == FaultKind::Status) {
            let refusal = Refusal::plain(rule.status.unwrap_or(503), Reason::Fault, "A fault, injected");
            return Answer { response: self.refusal(Some(plan), &refusal), ..Answer::default() };
        }
        let mut response = self.perform(world, now, plan, values, request);
        if self.strikes(plan, &FaultKind::Garbage) {
            response.body = Bytes::from_static(b"{\"\xff\x00garbage\": [1, 2, <]>");
        }
        let mishap = if self.strikes(plan, &FaultKind::Truncate) {
            Mishap::Truncate
        } else if self.strikes(plan, &FaultKind::Slow) {
            Mishap::Slow
        } else {
            Mishap::None
        };
        Answer { response, mishap, ..Answer::default() }
    }

    /// Whether a fault of this kind strikes now.
    pub(super) fn strikes(&self, plan: &Plan, kind: &FaultKind) -> bool {
        !self.faults.is_empty() && self.faults.strike(&plan.operation.head.id, |k| k == kind).is_some()
    }

    fn other_method(&self, request: &Request, methods: &[String]) -> Answer {
        let house = self.house();
        let response = if request.method == "OPTIONS" && house.name() != "fastapi" {
            // What the resource can do (RFC 9110 §9.3.7). FastAPI has no answer of its own to OPTIONS.
            Response { status: 204, ..Response::default() }
        } else {
            self.refusal(None, &Refusal::plain(405, Reason::Method, house.phrase(405)))
        };
        let mut answer = Answer { response, ..Answer::default() };
        answer.response.headers.push("allow", methods.join(", "));
        answer
    }

    fn no_path(&self, request: &Request) -> Answer {
        let house = self.house();
        if house.name() == "fastapi"
            && let Some(location) = self.with_other_slash(request)
        {
            let mut response = Response { status: 307, ..Response::default() };
            response.headers.push("location", location);
            return Answer { response, ..Answer::default() };
        }
        let refusal = Refusal::plain(404, Reason::NoPath, house.phrase(404));
        Answer { response: self.refusal(None, &refusal), ..Answer::default() }
    }

    /// FastAPI redirects a path that would match with one slash more or less at its end.
    fn with_other_slash(&self, request: &Request) -> Option<String> {
        let path = request.path();
        let other = match path.strip_suffix('/') {
            Some(shorter) if !shorter.is_empty() => shorter.to_owned(),
            Some(_) => return None,
            None => format!("{path}/"),
        };
        let known = self.router.route(&request.method, self.below_prefix(&other)) != Routed::Unknown;
        if !known || other.starts_with("//") {
            return None;
        }
        Some(request.query().map_or(other.clone(), |query| format!("{other}?{query}")))
    }

    /// A path as the contract writes it: without the prefix of this mock.
    fn below_prefix<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.settings.prefix.as_str()).unwrap_or(path)
    }

    /// A refusal as a response.
    pub(super) fn refusal(&self, plan: Option<&Plan>, refusal: &Refusal) -> Response {
        let operation = plan.map(|p| &*p.operation);
        self.refuser.write(self.judge.schemas(), self.house(), operation, refusal)
    }

    /// The contract's own error dialect.
    pub(super) fn house(&self) -> &'static dyn Dialect {
        self.refuser.house(&self.contract, self.judge.schemas())
    }

    /// An operation's plan, worked out on first use.
    pub(super) fn plan(&self, operation: OperationIndex) -> Arc<Plan> {
        let build = || {
            let action = self.resources.action(operation);
            Arc::new(Plan::new(self.contract.operation(operation), action, self.judge.schemas()))
        };
        match self.plans.get(operation.0 as usize) {
            Some(slot) => Arc::clone(slot.get_or_init(build)),
            None => build(),
        }
    }

    /// What an id never seen gets.
    pub(super) fn unknown_id(&self, resource: usize) -> UnknownId {
        self.settings.unknown_id.unwrap_or(if self.has_fixtures(resource) {
            UnknownId::Reject
        } else {
            UnknownId::Create
        })
    }

    /// Whether there are fixtures of a resource.
    pub(super) fn has_fixtures(&self, resource: usize) -> bool {
        self.rejects.get(resource).copied().unwrap_or(false)
    }

    /// Whether entities are remembered.
    pub(super) fn remembers(&self) -> bool {
        self.settings.state == StateMode::Memory
    }

    /// What generated things are derived from.
    pub(super) fn seed(&self) -> Seed {
        self.settings.seed
    }

    /// Checks that a fault of this kind can strike at all.
    pub(super) fn knows_fault(&self, kind: &FaultKind) -> Result<(), MockError> {
        let FaultKind::Declared(name) = kind else { return Ok(()) };
        let declared = || self.resources.all.iter().filter_map(|r| r.fault().map(|f| f.name.as_str()));
        if declared().any(|known| known == name) {
            return Ok(());
        }
        let known = FaultKind::GENERAL.into_iter().chain(declared()).collect::<Vec<_>>().join(", ");
        Err(MockError::Fault { name: name.clone(), known })
    }

    fn delay(&self) -> Duration {
        let Some((from, to)) = self.settings.latency else { return Duration::ZERO };
        let number = self.answered.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let range = to.saturating_sub(from).as_micros() as u64;
        from + Duration::from_micros(self.seed().derive("latency").nth(number).0 % (range + 1))
    }

    /// The longest body that is read.
    #[must_use]
    pub fn body_bytes_max() -> usize {
        limits::REQUEST_BODY_BYTES_MAX
    }

    /// The answer to a request whose body is too long or broken.
    #[must_use]
    pub fn refuse_body(&self, request: Request, status: u16, message: &str) -> Answer {
        let world = self.world.load();
        let now = world.clock.tick();
        let reason = match status {
            413 => Reason::TooLarge,
            415 => Reason::MediaType,
            _ => Reason::Invalid,
        };
        let response = self.refusal(None, &Refusal::plain(status, reason, message));
        self.journal.record(now, request, None, status);
        Answer { response, ..Answer::default() }
    }
}

/// The path of a server's URL, with its variables' defaults put in.
fn base_path(server: &crate::contract::Server) -> String {
    let mut url = server.url.clone();
    for (name, default, _) in &server.variables {
        url = url.replace(&format!("{{{name}}}"), default);
    }
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let path = if url.contains("://") { rest.find('/').map_or("", |at| &rest[at..]) } else { rest };
    path.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// The names under which the contract's keys are sent, in lower case.
fn secrets(contract: &Contract) -> Vec<String> {
    contract
        .security_schemes()
        .values()
        .filter_map(|scheme| match &scheme.kind {
            SecurityKind::ApiKey { name, place } if *place != ParameterPlace::Cookie => {
                Some(name.to_ascii_lowercase())
            }
            _ => None,
        })
        .collect()
}
