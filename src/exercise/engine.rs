//! The engine: a run from its start to its final value.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::check::{Life, Role, Saga, Step};
use crate::exercise::api::Api;
use crate::exercise::event::{Event, FindingStep, OperationCounts, Plan, Summary, Verdict};
use crate::exercise::guard::{Gate, Ledger, Withheld};
use crate::exercise::lifecycle::lifecycle;
use crate::exercise::run::{Run, lock};
use crate::exercise::settings::Settings;
use crate::exercise::store::Stored;
use crate::exercise::transport::Transport;
use crate::exercise::{phases, regressions, shown, stateful};
use crate::generate::case::{CaseMaker, Phase};

/// How many events may wait for whoever shows them.
pub const EVENTS_MAX: usize = 1024;

/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Tests an API through a transport.
#[derive(Clone)]
pub struct Engine {
    api: Arc<Api>,
    maker: Arc<CaseMaker>,
    settings: Arc<Settings>,
    transport: Arc<dyn Transport>,
}

/// What came of a replay file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayResult {
    /// The failure is still there: its sentence, what was expected, what came.
    pub failure: Option<(String, String, String)>,
    /// The requests and their answers.
    pub steps: Vec<FindingStep>,
    /// It was not sent, because it could hit what is not the run's.
    pub withheld: Option<Withheld>,
    /// Nothing answered at all: why.
    pub unreachable: Option<String>,
}

impl Engine {
    /// An engine for the API.
    #[must_use]
    pub fn new(api: Api, settings: Settings, transport: Arc<dyn Transport>) -> Self {
        let maker = CaseMaker::new(
            api.heads.clone(),
            api.schemes.clone(),
            Arc::clone(&api.judge),
            Arc::clone(&api.lenient),
            settings.case.clone(),
        );
        Self { api: Arc::new(api), maker: Arc::new(maker), settings: Arc::new(settings), transport }
    }

    /// The maker of its cases.
    #[must_use]
    pub fn maker(&self) -> &Arc<CaseMaker> {
        &self.maker
    }

    /// The API under test.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    fn run_with(&self, events: mpsc::Sender<Event>, stop: watch::Receiver<bool>) -> Arc<Run> {
        Arc::new(Run::new(
            Arc::clone(&self.api),
            Arc::clone(&self.maker),
            Arc::clone(&self.settings),
            Gate::new(Arc::clone(&self.transport), Arc::clone(&self.maker), Arc::clone(&self.api.knowledge)),
            events,
            stop,
        ))
    }

    /// Runs all phases. `stop` turning true ends the run soon; what was found so far is in the summary.
    pub async fn run(&self, events: mpsc::Sender<Event>, stop: watch::Receiver<bool>) -> Arc<Summary> {
        let run = self.run_with(events, stop);
        let plan = self.plan();
        run.tell(Event::Started(Arc::new(plan.clone()))).await;
        let work = async {
            if !run.probe().await {
                return;
            }
            regressions::run_phase(&run).await;
            for phase in &self.settings.phases {
                if run.budget.is_spent() {
                    break;
                }
                match phase {
                    Phase::Stateful => stateful::run_phase(&run).await,
                    phase => phases::run_phase(&run, *phase).await,
                }
            }
            run.settle().await;
        };
        let progress = async {
            loop {
                tokio::time::sleep(PROGRESS_EVERY).await;
                run.tell(Event::Progress(run.counts())).await;
            }
        };
        tokio::select! {
            () = work => {}
            () = progress => {}
        }
        let summary = Arc::new(self.summary(&run, plan));
        run.tell(Event::Finished(Arc::clone(&summary))).await;
        summary
    }

    fn plan(&self) -> Plan {
        Plan {
            title: self.api.title.clone(),
            spec: self.api.spec.clone(),
            url: self.settings.url.clone(),
            seed: self.settings.case.seed().0,
            operations: (self.api.operations.len(), self.api.heads.len()),
            checks: self.settings.checks.iter().map(|check| check.name().to_owned()).collect(),
            workers: self.settings.workers,
        }
    }

    fn summary(&self, run: &Run, plan: Plan) -> Summary {
        let findings = lock(&run.ledger).findings();
        let operations = self
            .api
            .operations
            .iter()
            .map(|operation| {
                let tally = run.tallies.get(&operation.head.index);
                OperationCounts {
                    id: operation.head.id.clone(),
                    method: operation.head.method.clone(),
                    path: operation.head.path.clone(),
                    cases: tally.map_or(0, |t| t.cases.load(Ordering::Relaxed)),
                    statuses: tally.map(|t| lock(&t.statuses).clone()).unwrap_or_default(),
                    findings: findings.iter().filter(|f| f.operation == operation.head.id).count() as u64,
                }
            })
            .collect();
        let mut counts = run.counts();
        counts.findings = findings.len() as u64;
        Summary {
            plan,
            counts,
            operations,
            verdict: verdict(run, findings.is_empty()),
            findings,
            notes: lock(&run.notes).clone(),
            skipped: lock(&run.skipped).clone(),
            withheld: lock(&run.withheld).withheld(self.api.operations.iter().map(|op| &op.head), |index| {
                run.tallies.get(&index).is_some_and(|tally| tally.own.load(Ordering::Relaxed) > 0)
            }),
            interrupted: run.budget.interrupted(),
            elapsed: run.budget.elapsed(),
        }
    }

    /// Sends a kept case again.
    ///
    /// # Errors
    /// A sentence when the contract has no such operation.
    pub async fn replay(&self, stored: &Stored) -> Result<ReplayResult, String> {
        let operation = self
            .api
            .operation(&stored.at.operation)
            .cloned()
            .ok_or_else(|| format!("the contract has no operation `{}`", stored.at.operation))?;
        let (events, _nobody) = mpsc::channel(EVENTS_MAX);
        let (_never, stop) = watch::channel(false);
        let run = self.run_with(events, stop);
        let replayed = regressions::replay(&run, &operation, stored).await;
        let secrets = run.secrets(&operation);
        let steps = replayed
            .steps
            .iter()
            .map(|(role, _, exchange)| {
                let outcome = exchange.outcome.clone().map_err(|error| error.to_string());
                shown::step(role, 1, &exchange.request, &outcome, &self.settings.url, &secrets)
            })
            .collect();
        let unreachable = (run.answers.load(Ordering::Relaxed) == 0)
            .then(|| lock(&run.last_error).clone())
            .flatten()
            // A broken connection or a timeout can be the very failure.
            .filter(|_| replayed.failure.is_none());
        let failure = replayed.failure.clone().map(|f| (f.message, f.expected, f.seen));
        let failure = failure.or_else(|| self.saga_failure(&operation, stored, &replayed, &run));
        let withheld = replayed.withheld.and_then(|reason| {
            let mut ledger = Ledger::default();
            ledger.note(operation.head.index, reason);
            ledger.withheld([&operation.head], |_| false).pop()
        });
        Ok(ReplayResult { failure: failure.filter(|_| withheld.is_none()), withheld, steps, unreachable })
    }

    /// What the checks of histories say about a sequence sent again. Some need more lives than one for a verdict: then
    /// the same answers as before count as the same failure.
    fn saga_failure(
        &self,
        operation: &Arc<crate::contract::Operation>,
        stored: &Stored,
        replayed: &regressions::Replayed,
        run: &Run,
    ) -> Option<(String, String, String)> {
        if stored.at.phase != Phase::Stateful {
            return None;
        }
        let check = crate::check::by_name(&stored.check)?;
        let lifecycle = lifecycle(operation, run.maker.judge().schemas())?;
        let roles =
            [Role::Plain, Role::Again, Role::Intruder, Role::Unauthenticated, Role::Disturber, Role::Racer];
        let steps: Vec<Step> = replayed
            .steps
            .iter()
            .map(|(role, _, exchange)| Step {
                role: roles.into_iter().find(|known| known.as_str() == role).unwrap_or(Role::Plain),
                exchange: exchange.clone(),
            })
            .collect();
        let id = replayed.steps.first().and_then(|(_, case, _)| {
            case.sent
                .iter()
                .find(|sent| sent.name == lifecycle.id_parameter)
                .and_then(|sent| sent.text.clone())
        })?;
        let life = Life { id, known: true, others: Vec::new(), steps };
        let saga = Saga { operation: Arc::clone(operation), lifecycle, lives: vec![life] };
        let found = check.check_saga(&saga).into_iter().find(|f| f.failure.cause == stored.cause);
        let found = found.map(|f| (f.failure.message, f.failure.expected, f.failure.seen));
        let needs_more = matches!(check.name(), "refusal-changes-nothing" | "existence-hidden");
        found.or_else(|| {
            (needs_more && replayed.same_statuses).then(|| {
                (stored.message.clone(), "other answers than before".to_owned(), "the same".to_owned())
            })
        })
    }
}

fn verdict(run: &Run, clean: bool) -> Verdict {
    let requests = run.requests.load(Ordering::Relaxed);
    let answers = run.answers.load(Ordering::Relaxed);
    let last = lock(&run.last_error).clone();
    if let Some(status) = *lock(&run.turned_away) {
        return Verdict::Unusable(format!("it refuses the credentials ({status}) of every valid request"));
    }
    if requests > 0 && answers == 0 {
        return Verdict::Unusable(last.unwrap_or_else(|| "nothing answered".to_owned()));
    }
    if run.budget.is_gone() && clean {
        return Verdict::Unusable(last.unwrap_or_else(|| "the target is gone".to_owned()));
    }
    if answers > 0 && run.usable.load(Ordering::Relaxed) == 0 {
        let mut statuses: Vec<u16> = run
            .tallies
            .values()
            .flat_map(|tally| lock(&tally.statuses).keys().copied().collect::<Vec<_>>())
            .filter(|status| *status != 0)
            .collect();
        statuses.sort_unstable();
        statuses.dedup();
        let seen: Vec<String> = statuses.iter().map(u16::to_string).collect();
        return Verdict::Unusable(format!("it answered only {}", seen.join(", ")));
    }
    if clean { Verdict::Passed } else { Verdict::Failed }
}
