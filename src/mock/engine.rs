//! The engine: it connects what is known of the contract, the state, faults, expectations, journal and callbacks. A
//! request in, an answer out; pure but for its own state.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::base::secret::Redactor;
use crate::contract::{Contract, Operation, OperationIndex};
use crate::framework::{Reason, Refusal};
use crate::generate;
use crate::mock::act::ActCache;
use crate::mock::callback::{self, FireError, Job, Outbox, Webhook};
use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::Plan;
use crate::mock::control::message::problem;
use crate::mock::expectation::{self, Expectation, ExpectationError, Expectations, Held};
use crate::mock::fault::{FaultRule, Faults, strike};
use crate::mock::journal::{self, Entry, Filter, Journal, Shown, Times, Told, Unmet, unmet};
use crate::mock::pace::{self, Need, Pace};
use crate::mock::respond::Responder;
use crate::mock::settings::MockSettings;
use crate::mock::state::snapshots::{SnapshotError, SnapshotInfo};
use crate::mock::state::{OldState, State, taken_over};
use crate::mock::store::StateError;
use crate::mock::{Answer, Mishap, MockError, coding, cors, explain, prefer};
use crate::resource::{Resource, Resources};
use crate::validate::{Breach, Judge};
use crate::wire::{Request, Response};

/// In how many seconds a client that was answered 503 may ask again.
const RETRY_AFTER: &str = "1";

/// A mock without its control API.
#[derive(Debug)]
pub struct Engine {
    catalog: Catalog,
    state: State,
    faults: Arc<Faults>,
    expectations: Arc<Expectations>,
    journal: Arc<Journal>,
    outbox: Arc<Outbox>,
    /// What was worked out of how each operation acts.
    caches: Vec<ActCache>,
    pace: Pace,
    /// How many delays were drawn.
    drawn: AtomicU64,
}

impl Engine {
    /// An engine for the contract.
    ///
    /// # Errors
    /// [`MockError`]: fixtures, declarations or faults that do not fit the contract.
    pub(super) fn new(contract: Arc<Contract>, settings: MockSettings) -> Result<Self, MockError> {
        Self::with_state(contract, settings, State::open)
    }

    /// One that will take over from another, its state file included: it has none of its own.
    pub(super) fn successor(contract: Arc<Contract>, settings: MockSettings) -> Result<Self, MockError> {
        Self::with_state(contract, settings, |catalog| Ok(State::of_fixtures(catalog)?))
    }

    fn with_state(
        contract: Arc<Contract>,
        settings: MockSettings,
        state: impl FnOnce(&Catalog) -> Result<State, MockError>,
    ) -> Result<Self, MockError> {
        let catalog = Catalog::new(contract, settings)?;
        for rule in &catalog.settings().faults {
            strike::check(&catalog, rule)?;
        }
        let operations = catalog.contract().heads().len();
        Ok(Self {
            state: state(&catalog)?,
            faults: Arc::new(Faults::new(catalog.seed(), &catalog.settings().faults)),
            expectations: Arc::default(),
            journal: Arc::default(),
            outbox: Arc::default(),
            caches: (0..operations).map(|_| ActCache::default()).collect(),
            pace: Pace::new(operations),
            drawn: AtomicU64::new(0),
            catalog,
        })
    }

    /// Takes over journal, faults, expectations, callbacks, and of the state what still fits. Answers what of it had to
    /// be completed or left out, for people.
    ///
    /// # Errors
    /// [`StateError`]: the state file can't be written. Then the mock before goes on as it was.
    pub(crate) fn take_over(&mut self, old: &Self) -> Result<Vec<String>, StateError> {
        let (before, keeper) = (old.state.load(), old.state.keeper());
        let before = OldState { catalog: &old.catalog, state: &before, keeper: &keeper };
        let (state, remarks) = taken_over(&self.catalog, &self.state.load(), &before);
        self.state = old.state.going_on(&self.catalog, state)?;
        self.faults = Arc::clone(&old.faults);
        self.journal = Arc::clone(&old.journal);
        let renumbering = self.renumbering(old);
        self.journal.renumber(&renumbering, |index| self.contract().operation(index));
        self.expectations = Arc::clone(&old.expectations);
        self.expectations.judge_anew();
        self.outbox = Arc::clone(&old.outbox);
        Ok(remarks)
    }

    /// For each operation of the mock before: which it is now, by its id.
    fn renumbering(&self, old: &Self) -> Vec<Option<OperationIndex>> {
        let heads = self.contract().heads().iter();
        let now: HashMap<&str, OperationIndex> = heads.map(|head| (head.id.as_str(), head.index)).collect();
        old.contract().heads().iter().map(|head| now.get(head.id.as_str()).copied()).collect()
    }

    /// What is known of the contract.
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What is remembered.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// The contract that is played.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        self.catalog.contract()
    }

    /// What it was told at its start.
    #[must_use]
    pub fn settings(&self) -> &MockSettings {
        self.catalog.settings()
    }

    /// The judge of this contract.
    #[must_use]
    pub fn judge(&self) -> &Judge {
        self.catalog.judge()
    }

    /// The resources, inferred and declared.
    #[must_use]
    pub fn resources(&self) -> &Resources {
        self.catalog.resources()
    }

    /// A resource with what its schemas tell, looked at on first use.
    #[must_use]
    pub fn resource(&self, number: usize) -> &Arc<Resource> {
        self.catalog.resource(number)
    }

    /// The resources with what was declared and inferred about them, as text.
    #[must_use]
    pub fn explain(&self) -> String {
        explain::explain(&self.catalog)
    }

    /// Masks what is shown of requests and answers: what the contract says of secrets, names and patterns.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        self.catalog.redactor()
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

    /// Answers a request to the mocked API, in this order: the state file may refuse, the responder answers, and then
    /// come what the answer waits for, CORS, delay, journal, compression, HEAD, callbacks.
    pub(super) fn handle(&self, request: &Request) -> Answer {
        let started = Instant::now();
        let settings = self.settings();
        let state = self.state.load();
        let now = state.clock.tick();
        let steered = if settings.query_preferences { prefer::steered(request) } else { None };
        let seen = steered.as_ref().unwrap_or(request);
        let (mut answer, plan) = match self.state.refuses_changes(now, &request.method) {
            None => {
                let responder = Responder {
                    catalog: &self.catalog,
                    caches: &self.caches,
                    faults: &self.faults,
                    drawn: &self.drawn,
                    state: &state,
                    now,
                };
                generate::bounded(|| responder.answer(&self.expectations, seen))
            }
            Some(reason) => (self.unsaved(&reason).into(), None),
        };
        answer.commit = self.state.commit(&request.method);
        if settings.cors && !cors::is_preflight(request) {
            cors::expose(request, &mut answer.response);
        }
        answer.delay += self.delay();
        // What is kept is the answer before it is packed for its way.
        let number = self.record(now, started, request, plan.map(|plan| &plan.operation), &answer);
        let calling = plan.filter(|plan| !plan.operation.callbacks.is_empty());
        let calling = calling.map(|plan| (plan, seen.clone(), answer.response.clone()));
        if settings.compression {
            coding::pack(request, &mut answer.response);
        }
        if request.method == "HEAD" {
            answer.response.headers.set("content-length", answer.response.body.len().to_string());
            answer.response.body = Bytes::new();
        }
        answer.operation = plan.map(|plan: &Arc<Plan>| plan.operation.head.index);
        if let Some((plan, request, response)) = calling {
            answer.calls =
                callback::callbacks(&self.catalog, &self.outbox, plan, &request, &response, number);
        }
        answer
    }

    /// The delay that every answer has.
    fn delay(&self) -> Duration {
        let Some(latency) = self.settings().latency else { return Duration::ZERO };
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        latency.draw(self.catalog.seed().derive("latency").nth(number))
    }

    /// The answer to a request whose change could not be kept.
    #[must_use]
    pub fn unsaved(&self, reason: &str) -> Response {
        self.catalog.refusal(None, &Refusal::plain(503, Reason::Fault, reason))
    }

    /// The answer to a request whose body is too long or broken, or that is none.
    pub(crate) fn refused(&self, request: &Request, control: bool, status: u16, message: &str) -> Answer {
        let reason = match status {
            413 => Reason::TooLarge,
            415 => Reason::MediaType,
            503 => Reason::Fault,
            _ => Reason::Invalid,
        };
        let mut response = if control {
            problem(status, message)
        } else {
            self.catalog.refusal(None, &Refusal::plain(status, reason, message))
        };
        match status {
            415 => coding::taken(&mut response),
            503 => response.headers.set("retry-after", RETRY_AFTER),
            _ => {}
        }
        self.refused_early(request, control, response)
    }

    /// The answer to a request for which none was made, or not in time. It takes nothing from the contract: that may be
    /// what takes so long.
    pub(crate) fn unanswered(&self, request: &Request, control: bool, status: u16, message: &str) -> Answer {
        let mut response = problem(status, message);
        if status == 503 {
            response.headers.set("retry-after", RETRY_AFTER);
        }
        self.refused_early(request, control, response)
    }

    fn refused_early(&self, request: &Request, control: bool, response: Response) -> Answer {
        let started = Instant::now();
        let answer = response.into();
        if !control {
            let now = self.state.load().clock.tick();
            self.record(now, started, request, None, &answer);
        }
        answer
    }

    /// Whether a request is answered quickly, as far as can be told.
    pub(crate) fn is_light(&self, request: &Request) -> bool {
        self.pace.is_light(&self.catalog, request)
    }

    /// Notes how long an answer took to make.
    pub(crate) fn paced(&self, answer: &Answer, took: Duration) {
        self.pace.note(&self.catalog, answer, took);
    }

    /// How much of its body the answer to a request of this head depends on.
    pub(crate) fn need(&self, head: &Request) -> Need {
        if self.expectations.is_empty() { pace::need(&self.catalog, head) } else { Need::All }
    }

    /// Takes an expectation in; one with the same id is replaced.
    ///
    /// # Errors
    /// [`ExpectationError`]: it is none, or an answer breaks the contract of every operation that it could concern
    /// (unless it is forced), or there are too many.
    pub fn expect(&self, expectation: Expectation) -> Result<Arc<Held>, ExpectationError> {
        expectation::expect(&self.catalog, &self.expectations, expectation)
    }

    /// Checks that a rule can strike at all.
    ///
    /// # Errors
    /// [`MockError::Fault`] for a kind that nothing declares, [`MockError::FaultOperation`] for an operation that the
    /// contract does not have.
    pub fn check_fault(&self, rule: &FaultRule) -> Result<(), MockError> {
        strike::check(&self.catalog, rule)
    }

    /// Fires a webhook of the contract; answers the call's number.
    ///
    /// # Errors
    /// [`FireError`]: no such webhook, no allowed URL, or a body that breaks the contract.
    pub fn fire(&self, name: &str, webhook: &Webhook) -> Result<u64, FireError> {
        callback::fire(&self.catalog, &self.outbox, name, webhook)
    }

    /// The request of a callback or webhook, ready to be sent to the job's origin.
    pub(crate) fn compose_call(&self, job: &Job) -> Result<Request, String> {
        callback::compose(&self.catalog, job)
    }

    /// Takes a snapshot of the state; one of that name is replaced.
    ///
    /// # Errors
    /// [`SnapshotError`]: an odd name, or no room.
    pub fn take_snapshot(&self, name: &str) -> Result<SnapshotInfo, SnapshotError> {
        self.state.snapshots().take(name, &self.state.load(), self.resources().all.len())
    }

    /// Puts the state of a snapshot in the place of what is there.
    ///
    /// # Errors
    /// [`SnapshotError`]: no such snapshot, or the state file can't be written.
    pub fn restore_snapshot(&self, name: &str) -> Result<(), SnapshotError> {
        let state = self.state.snapshots().state(name, &self.state.keeper())?;
        Ok(self.state.replace(state)?)
    }

    /// Forgets a snapshot.
    ///
    /// # Errors
    /// [`SnapshotError::Unknown`].
    pub fn drop_snapshot(&self, name: &str) -> Result<(), SnapshotError> {
        self.state.snapshots().drop(name)
    }

    /// The snapshots that there are.
    #[must_use]
    pub fn snapshots(&self) -> Vec<SnapshotInfo> {
        self.state.snapshots().list()
    }

    /// Writes what is not in the state file yet, the time included; without a state file there is nothing to do.
    ///
    /// # Errors
    /// Why it can't be written.
    pub fn flush(&self) -> Result<(), String> {
        self.state.flush()
    }

    /// What people should know of how the state was found; told once.
    #[must_use]
    pub fn state_notes(&self) -> Vec<String> {
        self.state.notes()
    }

    /// The requests that the filter takes, oldest first.
    #[must_use]
    pub fn requests(&self, filter: &Filter) -> Vec<Entry> {
        journal::requests(&self.catalog, &self.journal, filter)
    }

    /// How many requests the filter takes.
    #[must_use]
    pub fn count(&self, filter: &Filter) -> usize {
        if filter.valid.is_some() { self.requests(filter).len() } else { self.journal.count(filter) }
    }

    /// Checks how many requests came that the filter takes.
    ///
    /// # Errors
    /// [`Unmet`]: what came instead, and what was nearly right.
    pub fn verify(&self, filter: &Filter, times: impl Into<Times>) -> Result<(), Unmet> {
        let (times, found) = (times.into(), self.count(filter));
        if times.takes(found) {
            return Ok(());
        }
        let all = self.journal.list(&Filter::default());
        Err(Unmet(unmet(&all, filter, &times.to_string(), found, self.redactor())))
    }

    /// Checks that all expectations answered as often as they should.
    ///
    /// # Errors
    /// [`Unmet`] with those that did not.
    pub fn verify_expectations(&self) -> Result<(), Unmet> {
        expectation::verify(&self.expectations)
    }

    /// What is wrong with the request of an entry; `None` where that can't be told: it was routed nowhere, or its body
    /// was cut.
    #[must_use]
    pub fn request_breaches(&self, entry: &Entry) -> Option<Vec<Breach>> {
        journal::request_breaches(&self.catalog, entry)
    }

    /// What is wrong with the answer of an entry; `None` where that can't be told.
    #[must_use]
    pub fn answer_breaches(&self, entry: &Entry) -> Option<Vec<Breach>> {
        journal::answer_breaches(&self.catalog, entry)
    }

    /// An entry as the control API shows it.
    #[must_use]
    pub fn show_entry(&self, entry: &Entry) -> Shown {
        journal::show_entry(&self.catalog, entry, self.state.load().clock.text(entry.time))
    }

    /// Notes in the journal what was answered to a request; answers its number.
    fn record(
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
