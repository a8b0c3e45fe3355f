//! What the parts of one run share, and how one request is sent, judged and counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use crate::base::secret::{Masked, Redactor, Secret};
use crate::contract::{Operation, OperationIndex};
use crate::exercise::api::Api;
use crate::exercise::aside::Aside;
use crate::exercise::budget::Budget;
use crate::exercise::event::{Counts, Event, Record};
use crate::exercise::guard::{Gate, Ledger as Withholdings, Reason};
use crate::exercise::inspect::{Failed, Inspector};
use crate::exercise::ledger::{Key, Ledger};
use crate::exercise::settings::Settings;
use crate::exercise::shown;
use crate::exercise::store::Stored;
use crate::exercise::usable::{is_telling, is_usable};
use crate::generate::case::credentials::Field;
use crate::generate::case::{Case, CaseMaker, Phase};
use crate::wire::{Exchange, MaskedRequest, MaskedResponse, SendError};

/// How many operations are asked whether they take the credentials.
const PROBES_MAX: usize = 5;

/// How many failures are shrunk at the same time.
const SHRINKERS_MAX: usize = 2;

/// How many findings one run tells of; what fails in more ways than these is broken beyond a list.
const FINDINGS_MAX: u64 = 1000;

/// How many requests of one operation may time out before the rest of its phase is left out.
const TIMEOUTS_MAX: u64 = 10;

/// What became of a case that was to be sent.
pub(super) enum Sending {
    /// It was sent: the exchange, and what the checks say.
    Done(Box<Exchange>, Vec<Failed>),
    /// The guard did not let it pass.
    Withheld,
    /// The run was told to stop meanwhile.
    Stopped,
}

impl Sending {
    /// The exchange, if there was one.
    pub(super) fn done(self) -> Option<(Exchange, Vec<Failed>)> {
        match self {
            Self::Done(exchange, failed) => Some((*exchange, failed)),
            Self::Withheld | Self::Stopped => None,
        }
    }
}

/// Counters of one operation.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) cases: AtomicU64,
    /// Answers that show that somebody plays it.
    pub(super) usable: AtomicU64,
    /// Cases sent that were not merely tried on its path.
    pub(super) own: AtomicU64,
    pub(super) timeouts: AtomicU64,
    pub(super) statuses: Mutex<BTreeMap<u16, u64>>,
}

/// What the parts of one run share.
pub(super) struct Run {
    pub(super) api: Arc<Api>,
    pub(super) maker: Arc<CaseMaker>,
    pub(super) settings: Arc<Settings>,
    pub(super) inspector: Arc<Inspector>,
    aside: Aside,
    pub(super) gate: Gate,
    pub(super) budget: Budget,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) tallies: BTreeMap<OperationIndex, Tally>,
    pub(super) requests: AtomicU64,
    pub(super) cases: AtomicU64,
    pub(super) cases_max: AtomicU64,
    pub(super) skipped: Mutex<BTreeMap<String, u64>>,
    pub(super) withheld: Mutex<Withholdings>,
    pub(super) notes: Mutex<Vec<Masked>>,
    /// Masks all that is told.
    pub(super) redactor: Redactor,
    /// Answers that show that the target plays this API at all.
    pub(super) usable: AtomicU64,
    /// Answers to requests that could show it.
    pub(super) telling: AtomicU64,
    pub(super) answers: AtomicU64,
    pub(super) last_error: Mutex<Option<String>>,
    /// The status with which every probe was turned away for its credentials.
    pub(super) turned_away: Mutex<Option<u16>>,
    pub(super) shrinkers: Arc<Semaphore>,
    pub(super) shrinking: tokio::sync::Mutex<JoinSet<()>>,
}

/// Locks; a panic elsewhere leaves counters as they were.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    pub(super) fn new(
        api: Arc<Api>,
        maker: Arc<CaseMaker>,
        settings: Arc<Settings>,
        gate: Gate,
        events: mpsc::Sender<Event>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let inspector = Arc::new(Inspector::new(&api, &maker, &settings));
        let aside = Aside::new(settings.judging_max);
        let budget = Budget::new(settings.time_max, settings.failures_max, settings.rate, stop);
        let redactor = settings.case.redactor(api.secrets.redactor()).build();
        let tallies = api.operations.iter().map(|op| (op.head.index, Tally::default())).collect();
        Self {
            api,
            maker,
            settings,
            inspector,
            aside,
            gate,
            budget,
            ledger: Mutex::default(),
            events,
            tallies,
            requests: AtomicU64::new(0),
            cases: AtomicU64::new(0),
            cases_max: AtomicU64::new(0),
            skipped: Mutex::default(),
            withheld: Mutex::default(),
            notes: Mutex::default(),
            redactor,
            usable: AtomicU64::new(0),
            telling: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            last_error: Mutex::default(),
            turned_away: Mutex::default(),
            shrinkers: Arc::new(Semaphore::new(SHRINKERS_MAX)),
            shrinking: tokio::sync::Mutex::new(JoinSet::new()),
        }
    }

    /// Tells an event. Nobody listening is no reason to stop.
    pub(super) async fn tell(&self, event: Event) {
        let _ = self.events.send(event).await;
    }

    /// Tells people something, now and at the end.
    pub(super) async fn note(&self, text: String) {
        let text = self.redactor.text(&text);
        lock(&self.notes).push(text.clone());
        self.tell(Event::Note(text)).await;
    }

    /// How far the run is.
    pub(super) fn counts(&self) -> Counts {
        Counts {
            requests: self.requests.load(Ordering::Relaxed),
            cases: self.cases.load(Ordering::Relaxed),
            cases_max: self.cases_max.load(Ordering::Relaxed),
            skipped: lock(&self.skipped).values().sum(),
            findings: lock(&self.ledger).len(),
        }
    }

    /// Counts a case that is not sent.
    pub(super) fn skip(&self, reason: &str) {
        *lock(&self.skipped).entry(reason.to_owned()).or_default() += 1;
    }

    /// Counts a case that could hit what is not the run's. What is merely tried on the operation's path is none of the
    /// operation's own.
    pub(super) fn withhold(&self, operation: &Operation, reason: Reason, tried: bool) {
        self.skip(reason.as_str());
        if !tried {
            lock(&self.withheld).note(operation.head.index, reason);
        }
    }

    /// True when the operation hangs too often to go on with it.
    pub(super) fn hangs(&self, operation: &Operation) -> bool {
        self.tallies
            .get(&operation.head.index)
            .is_some_and(|tally| tally.timeouts.load(Ordering::Relaxed) >= TIMEOUTS_MAX)
    }

    /// Sends a case and has its answer judged, if the guard lets it pass.
    pub(super) async fn send(&self, operation: &Arc<Operation>, case: &Case) -> Sending {
        if let Err(reason) = self.gate.judge(operation, case) {
            self.withhold(operation, reason, is_tried(case));
            return Sending::Withheld;
        }
        self.budget.turn().await;
        let started = Instant::now();
        let outcome = tokio::select! {
            biased;
            outcome = self.gate.send(operation, case) => outcome,
            () = self.budget.over() => return Sending::Stopped,
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(reason) => {
                self.withhold(operation, reason, is_tried(case));
                return Sending::Withheld;
            }
        };
        let elapsed = started.elapsed();
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.budget.connected(!matches!(outcome, Err(SendError::Connect(_))));
        let tally = self.tallies.get(&operation.head.index);
        match &outcome {
            Ok(response) => {
                self.answers.fetch_add(1, Ordering::Relaxed);
                let usable = u64::from(is_usable(operation, &case.intent, response.status));
                self.usable.fetch_add(usable, Ordering::Relaxed);
                self.telling.fetch_add(u64::from(is_telling(&case.intent)), Ordering::Relaxed);
                if let Some(tally) = tally {
                    tally.usable.fetch_add(usable, Ordering::Relaxed);
                    *lock(&tally.statuses).entry(response.status).or_default() += 1;
                }
            }
            Err(error) => {
                if let (Some(tally), SendError::Timeout(_)) = (tally, error) {
                    tally.timeouts.fetch_add(1, Ordering::Relaxed);
                }
                if let Some(tally) = tally {
                    *lock(&tally.statuses).entry(0).or_default() += 1;
                }
                *lock(&self.last_error) = Some(error.to_string());
            }
        }
        tokio::select! {
            biased;
            (exchange, failed) = self.aside.inspect(&self.inspector, operation, case, (outcome, elapsed)) => {
                Sending::Done(Box::new(exchange), failed)
            }
            () = self.budget.over() => Sending::Stopped,
        }
    }

    /// Asks a few operations for their least: when the credentials of all are refused, nothing can be tested. True when
    /// the run may go on.
    pub(super) async fn probe(&self) -> bool {
        let mut refused = None;
        let guarded =
            self.api.operations.iter().filter(|operation| self.maker.credentials(operation).required);
        for operation in guarded.take(PROBES_MAX) {
            let Ok(case) = self.maker.case(operation, Phase::Boundary, 0) else { continue };
            let exchange = match self.send(operation, &case).await {
                Sending::Done(exchange, _) => exchange,
                Sending::Withheld => continue,
                Sending::Stopped => return true,
            };
            match exchange.outcome.map(|response| response.status) {
                Ok(status @ (401 | 403 | 407)) => refused = Some(status),
                _ => return true,
            }
        }
        *lock(&self.turned_away) = refused;
        refused.is_none()
    }

    /// Counts a judged case, and tells of it when the settings ask for records.
    pub(super) async fn count(
        &self,
        operation: &Operation,
        case: &Case,
        exchange: &Exchange,
        failed: Vec<&'static str>,
    ) {
        self.cases.fetch_add(1, Ordering::Relaxed);
        if let Some(tally) = self.tallies.get(&operation.head.index) {
            tally.cases.fetch_add(1, Ordering::Relaxed);
            tally.own.fetch_add(u64::from(!is_tried(case)), Ordering::Relaxed);
        }
        if self.settings.records {
            let redactor = shown::redactor(&self.redactor, std::iter::once(exchange));
            let outcome = match &exchange.outcome {
                Ok(response) => Ok(MaskedResponse::of(response, &redactor)),
                Err(error) => Err(redactor.text(&error.to_string())),
            };
            let record = Record {
                at: case.at.clone(),
                intent: case.intent.to_string(),
                label: redactor.text(&case.label),
                request: MaskedRequest::of(&exchange.request, &redactor),
                outcome,
                elapsed: exchange.elapsed,
                failed,
            };
            self.tell(Event::Exchanged(Arc::new(record))).await;
        }
    }

    /// True when the failure is the first of its kind and is to be told.
    pub(super) fn register(&self, key: &Key) -> bool {
        let mut ledger = lock(&self.ledger);
        let known = ledger.len();
        let first = ledger.register(key);
        first && known < FINDINGS_MAX
    }

    /// Waits until all failures found so far have been shrunk.
    pub(super) async fn settle(&self) {
        let mut shrinking = self.shrinking.lock().await;
        while shrinking.join_next().await.is_some() {}
    }
}

impl Run {
    /// The user's credentials, and made-up ones: a later run may have real ones in their place.
    pub(super) fn credentials(&self, made_up: Vec<Field>) -> Vec<(String, Secret)> {
        let case = &self.settings.case;
        let headers = case.secret_headers().map(|(name, secret)| (format!("header:{name}"), secret.clone()));
        let schemes = case.credentials.iter().map(|(name, secret)| (format!("auth:{name}"), secret.clone()));
        let fields =
            made_up.into_iter().map(|field| (format!("field:{}", field.name), Secret::new(field.text)));
        headers.chain(schemes).chain(fields).collect()
    }

    /// True for the cause of a kept case, which is masked there.
    pub(super) fn is_cause(&self, cause: &str, stored: &Stored) -> bool {
        stored.cause == cause || self.redactor.text(cause) == stored.cause
    }

    /// What a kept case left out under such a label.
    pub(super) fn left_out(&self, label: &str, fields: &[Field]) -> Option<Secret> {
        match label.split_once(':')? {
            ("field", name) => {
                let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
                field.map(|field| Secret::new(field.text.as_str()))
            }
            ("contract", place) => self
                .api
                .secrets
                .values
                .iter()
                .find(|(known, _)| known == place)
                .map(|(_, secret)| secret.clone()),
            _ => self.settings.case.secret(label).cloned(),
        }
    }
}

/// True for what is merely tried on the operation's path, and is none of the operation itself.
fn is_tried(case: &Case) -> bool {
    use crate::validate::intent::Intent;
    matches!(case.intent, Intent::Method | Intent::Path | Intent::Malformed)
}
