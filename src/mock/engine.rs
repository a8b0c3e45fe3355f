//! The mock without its sockets: a request in, an answer out. Pure but for its own state.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use arc_swap::ArcSwap;
use bytes::Bytes;

use crate::base::Seed;
use crate::base::secret::Redactor;
use crate::contract::{Contract, Operation, OperationIndex};
use crate::framework::{Framework, Readers, Reason, Refusal};
use crate::generate;
use crate::mock::callback::Outbox;
use crate::mock::catalog::base_path::base_paths;
use crate::mock::catalog::plan::Plan;
use crate::mock::catalog::relations::Relations;
use crate::mock::catalog::resources::Known;
use crate::mock::catalog::router::{Routed, Router};
use crate::mock::expectation::Expectations;
use crate::mock::fault::Faults;
use crate::mock::journal::{Journal, Told};
use crate::mock::refusal::refuser::Refuser;
use crate::mock::settings::{MockSettings, UnknownId};
use crate::mock::state::kept::State;
use crate::mock::state::store_state::{InitialStateError, StoreState};
use crate::mock::store::StateError;
use crate::mock::weigh::Pace;
use crate::mock::{Answer, Mishap, coding, control, cors, prefer};
use crate::resource::{Resources, infer};
use crate::validate::Judge;
use crate::wire::{Request, Response};

/// Why a mock can't be made.
#[derive(Debug, thiserror::Error)]
pub enum MockError {
    /// A declared resource does not fit the contract.
    #[error(transparent)]
    Declaration(#[from] crate::resource::DeclarationError),
    /// The fixtures can't be read.
    #[error(transparent)]
    Fixtures(#[from] crate::mock::state::fixtures::FixtureError),
    /// The initial entities can't be used.
    #[error(transparent)]
    InitialState(#[from] InitialStateError),
    /// The state file can't be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A fault that nothing declares.
    #[error("there is no fault `{name}`; the faults are: {known}")]
    Fault {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A fault for an operation that the contract does not have.
    #[error("there is no operation `{name}` for a fault to strike; the nearest is `{nearest}`")]
    FaultOperation {
        /// The name.
        name: String,
        /// The nearest there is.
        nearest: String,
    },
}

/// Where a request leads, and when it came.
pub(super) struct Routing<'a> {
    pub(super) world: &'a StoreState,
    pub(super) now: u64,
    /// The operation's plan.
    pub(super) plan: Option<&'a Plan>,
    /// The values of the path's parameters, raw.
    pub(super) values: &'a [(String, String)],
    /// The methods of the path, where it has others than this.
    pub(super) methods: &'a [String],
}

/// The mock.
#[derive(Debug)]
pub struct Mock {
    pub(super) contract: Arc<Contract>,
    pub(super) judge: Judge,
    /// The readers of requests as frameworks read them.
    pub(super) readers: Readers,
    pub(super) settings: MockSettings,
    pub(super) resources: Resources,
    pub(super) refuser: Refuser,
    pub(super) faults: Arc<Faults>,
    pub(super) expectations: Arc<Expectations>,
    pub(super) journal: Arc<Journal>,
    pub(super) outbox: Arc<Outbox>,
    /// Judges of callbacks, strict and lenient, made on first use.
    pub(super) callback_judges: OnceLock<(Arc<Judge>, Arc<Judge>)>,
    pub(super) world: ArcSwap<StoreState>,
    pub(super) state: Arc<State>,
    pub(super) relations: Relations,
    /// Masks what is shown, made on first use.
    pub(super) redactor: OnceLock<Redactor>,
    pub(super) router: Router,
    plans: Vec<OnceLock<Arc<Plan>>>,
    pub(super) pace: Pace,
    rejects: Vec<bool>,
    pub(super) refined: Vec<OnceLock<Known>>,
    /// How many delays were drawn.
    pub(super) drawn: std::sync::atomic::AtomicU64,
}

impl Mock {
    /// A mock of the contract.
    ///
    /// # Errors
    /// [`MockError`]: fixtures, declarations or faults that do not fit the contract.
    pub fn new(contract: Arc<Contract>, settings: MockSettings) -> Result<Self, MockError> {
        let (mode, info) = (settings.state.clone(), Arc::clone(&contract));
        Self::with_state(contract, settings, |resources| State::open(&mode, info.info(), resources))
    }

    /// A mock that will take over from another, its state file included: it has none of its own.
    pub(crate) fn successor(contract: Arc<Contract>, settings: MockSettings) -> Result<Self, MockError> {
        Self::with_state(contract, settings, |_| Ok(State::default()))
    }

    fn with_state(
        contract: Arc<Contract>,
        settings: MockSettings,
        state: impl FnOnce(&Resources) -> Result<State, StateError>,
    ) -> Result<Self, MockError> {
        let judge = Judge::with_source(contract.schema_source(), contract.security_schemes().clone())
            .with_forms(settings.forms);
        let resources = infer(&contract, &settings.fixtures.resources)?;
        let bases = contract.servers().iter().flat_map(base_paths);
        let own = |head| contract.own_servers(head).iter().flat_map(base_paths).collect();
        let router = Router::with_own(contract.heads().iter().map(|head| (head, own(head.index))), bases);
        let plans: Vec<_> = contract.heads().iter().map(|_| OnceLock::new()).collect();
        let rejects = resources
            .all
            .iter()
            .map(|r| settings.fixtures.entities.iter().any(|given| given.resource == r.name))
            .collect();
        let refined = resources.all.iter().map(|_| OnceLock::new()).collect();
        let mut mock = Self {
            refuser: Refuser::new(settings.errors, settings.undocumented_statuses, settings.seed),
            faults: Arc::new(Faults::new(settings.seed, &settings.faults)),
            expectations: Arc::default(),
            journal: Arc::default(),
            outbox: Arc::default(),
            callback_judges: OnceLock::new(),
            world: ArcSwap::from_pointee(StoreState::empty()),
            relations: Relations::new(resources.all.len()),
            state: Arc::new(state(&resources)?),
            redactor: OnceLock::new(),
            drawn: std::sync::atomic::AtomicU64::new(0),
            readers: Readers::new(&contract.schema_source()),
            contract,
            judge,
            settings,
            resources,
            router,
            pace: Pace::new(plans.len()),
            plans,
            rejects,
            refined,
        };
        for rule in &mock.settings.faults {
            mock.check_fault(rule)?;
        }
        mock.world = ArcSwap::from_pointee(mock.first_world()?);
        Ok(mock)
    }

    /// The contract that is played.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// What it was told at its start.
    #[must_use]
    pub fn settings(&self) -> &MockSettings {
        &self.settings
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

    /// The expectations that are held.
    #[must_use]
    pub fn expectations(&self) -> &Expectations {
        &self.expectations
    }

    /// The callbacks and webhooks that were sent, and that will be.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Method and path (behind `/__counterpart/`) of each endpoint of the control API.
    pub fn control_endpoints() -> impl Iterator<Item = (&'static str, &'static str)> {
        control::endpoints()
    }

    /// Answers a request.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Response {
        let answer = self.handle(request.clone());
        match answer.commit.wait() {
            Ok(()) => answer.response,
            Err(reason) => self.unsaved(&reason),
        }
    }

    /// Answers a request, saying also when and how the answer is to be sent.
    #[must_use]
    pub fn handle(&self, mut request: Request) -> Answer {
        if let Some(target) = self.settings.control.target(&request.target) {
            request.target = target;
            return self.handle_control(&request);
        }
        let started = Instant::now();
        let world = self.world.load();
        let now = world.clock.tick();
        let steered = if self.settings.query_preferences { prefer::steered(&request) } else { None };
        let seen = steered.as_ref().unwrap_or(&request);
        let (mut answer, plan) = match self.refuses_changes(now, &request.method) {
            None => generate::bounded(|| self.respond(&world, now, seen)),
            Some(response) => (Answer { response, ..Answer::default() }, None),
        };
        answer.commit = self.commit(&request.method);
        if self.settings.cors && !cors::is_preflight(&request) {
            cors::expose(&request, &mut answer.response);
        }
        answer.delay += self.delay();
        // What is kept is the answer before it is packed for its way.
        let number = self.record(now, started, &request, plan.map(|plan| &plan.operation), &answer);
        let calling = plan.filter(|plan| !plan.operation.callbacks.is_empty());
        let calling = calling.map(|plan| (plan, seen.clone(), answer.response.clone()));
        if self.settings.compression {
            coding::pack(&request, &mut answer.response);
        }
        if request.method == "HEAD" {
            answer.response.headers.set("content-length", answer.response.body.len().to_string());
            answer.response.body = Bytes::new();
        }
        answer.operation = plan.map(|plan| plan.operation.head.index);
        if let Some((plan, request, response)) = calling {
            answer.calls = self.callbacks(plan, &request, &response, number);
        }
        answer
    }

    /// Answers a request to the control API, whose target is one that its endpoints know.
    pub(crate) fn handle_control(&self, request: &Request) -> Answer {
        let response = control::serve(self, request);
        Answer { response, commit: self.commit(&request.method), ..Answer::default() }
    }

    fn respond(&self, world: &StoreState, now: u64, request: &Request) -> (Answer, Option<&Arc<Plan>>) {
        let path = self.below_prefix(&request.target);
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
        let (plan, values, methods) = match routed {
            Routed::Found { operation, values } => (self.plan_of(operation), values, Vec::new()),
            Routed::OtherMethods(methods) => (None, Vec::new(), methods),
            Routed::Unknown => (None, Vec::new(), Vec::new()),
        };
        let routing = Routing { world, now, plan: plan.map(Arc::as_ref), values: &values, methods: &methods };
        let mut answer = self.expected(&routing, request).unwrap_or_else(|| match &plan {
            Some(plan) => self.call(&routing, plan, request),
            None => self.unrouted(request, &methods),
        });
        if answer.response.status == 405 && answer.response.headers.get("allow").is_none() {
            // Where the contract documents a 405, it still has to say what is allowed (RFC 9110 §15.5.6).
            answer.response.headers.push("allow", self.router.methods(path).join(", "));
        }
        (answer, plan)
    }

    /// The answer to a request that no operation takes; the path has these methods.
    pub(super) fn unrouted(&self, request: &Request, methods: &[String]) -> Answer {
        if methods.is_empty() { self.no_path(request) } else { self.other_method(request, methods) }
    }

    fn other_method(&self, request: &Request, methods: &[String]) -> Answer {
        let house = self.house();
        let response = if request.method == "OPTIONS" && house.answers_options() {
            // What the resource can do (RFC 9110 §9.3.7).
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
        if house.redirects_slashes()
            && let Some(location) = self.with_other_slash(request)
        {
            let mut response = Response { status: 307, ..Response::default() };
            response.headers.push("location", location);
            return Answer { response, ..Answer::default() };
        }
        let refusal = Refusal::plain(404, Reason::NoPath, house.phrase(404));
        Answer { response: self.refusal(None, &refusal), ..Answer::default() }
    }

    /// The path with one slash more or less at its end, where that would match.
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
    pub(super) fn below_prefix<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.settings.prefix.as_str()).unwrap_or(path)
    }

    /// A refusal as a response.
    pub(super) fn refusal(&self, plan: Option<&Plan>, refusal: &Refusal) -> Response {
        let operation = plan.map(|p| &*p.operation);
        self.refuser.write(self.judge.schemas(), self.house(), operation, refusal)
    }

    /// The framework that the contract shows.
    pub(super) fn house(&self) -> &'static dyn Framework {
        self.refuser.house(&self.contract, self.judge.schemas())
    }

    /// An operation's plan, worked out on first use.
    pub(super) fn plan(&self, operation: OperationIndex) -> Arc<Plan> {
        let build = || Arc::new(Plan::new(self.contract.operation(operation), self.judge.schemas()));
        self.plan_of(operation).map_or_else(build, Arc::clone)
    }

    /// The same where the contract has the operation, without another owner.
    fn plan_of(&self, operation: OperationIndex) -> Option<&Arc<Plan>> {
        let build = || Arc::new(Plan::new(self.contract.operation(operation), self.judge.schemas()));
        self.plans.get(operation.0 as usize).map(|slot| slot.get_or_init(build))
    }

    /// An operation's plan where it was worked out before.
    pub(super) fn plan_made(&self, operation: OperationIndex) -> Option<&Plan> {
        self.plans.get(operation.0 as usize)?.get().map(Arc::as_ref)
    }

    /// Whether all is made for an operation's success that is made once.
    pub(super) fn plans_made(&self, operation: OperationIndex) -> bool {
        self.plan_made(operation).is_some_and(Plan::is_made)
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

    /// What generated things are derived from.
    pub(super) fn seed(&self) -> Seed {
        self.settings.seed
    }

    /// Notes in the journal what was answered to a request; answers its number.
    pub(super) fn record(
        &self,
        now: u64,
        started: Instant,
        request: &Request,
        operation: Option<&Arc<Operation>>,
        answer: &Answer,
    ) -> u64 {
        // Nothing arrives of an answer whose connection breaks before it.
        let lost = answer.mishap == Mishap::Reset;
        let body = if request.method == "HEAD" { Bytes::new() } else { answer.response.body.clone() };
        let told = Told {
            status: answer.sent_status(),
            headers: (!lost).then_some(&answer.response.headers),
            body: (!lost).then_some(body),
            took: started.elapsed(),
            delay: answer.delay,
            fault: answer.fault.clone(),
            expectation: answer.expectation.clone(),
        };
        self.journal.record(now, request, operation, told)
    }
}
