//! The engine: a run from its start to its final value.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::base::secret::{Masked, Redactor};
use crate::check::{OperationHistory, ResourceHistory, Role, Step};
use crate::exercise::api::Api;
use crate::exercise::event::{Event, FindingStep, OperationCounts, Plan, Summary, Verdict};
use crate::exercise::guard::{Gate, Ledger, Withheld};
use crate::exercise::run::{Run, lock};
use crate::exercise::settings::Settings;
use crate::exercise::store::Stored;
use crate::exercise::transport::Transport;
use crate::exercise::{phases, regressions, shown, stateful};
use crate::generate::case::{CaseMaker, Phase};
use crate::resource::lifecycle::lifecycle;

/// How many events may wait for whoever shows them.
pub const EVENTS_MAX: usize = 1024;

/// How long a run that is told to stop may take for what is under way.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// How many operations a note names.
const NAMED_MAX: usize = 5;

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
    pub failure: Option<(Masked, Masked, Masked)>,
    /// The requests and their answers.
    pub steps: Vec<FindingStep>,
    /// It was not sent, because it could hit what is not the run's.
    pub withheld: Option<Withheld>,
    /// Nothing answered at all: why.
    pub unreachable: Option<Masked>,
    /// It did not fail, and that shows nothing: why.
    pub inconclusive: Option<Masked>,
}

impl Engine {
    /// An engine for the API.
    #[must_use]
    pub fn new(api: Api, settings: Settings, transport: Arc<dyn Transport>) -> Self {
        let maker = CaseMaker::new(
            &api.heads,
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
        let plan = self.plan(&run.redactor);
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
        // Whatever a part of the run is at, who wants it to end gets what there is.
        let patience = async {
            run.budget.interruption().await;
            tokio::time::sleep(STOP_PATIENCE).await;
        };
        tokio::select! {
            () = work => {}
            () = progress => {}
            () = patience => {}
        }
        let summary = Arc::new(self.summary(&run, plan));
        run.tell(Event::Finished(Arc::clone(&summary))).await;
        summary
    }

    fn plan(&self, redactor: &Redactor) -> Plan {
        Plan {
            title: redactor.looks(&self.api.title),
            spec: redactor.text(&self.api.spec),
            url: redactor.text(&self.settings.url),
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
        let mut notes = lock(&run.notes).clone();
        let verdict = verdict(run, findings.is_empty());
        if !matches!(verdict, Verdict::Unusable(_)) {
            notes.extend(untested(run).map(|note| run.redactor.looks(&note)));
        }
        Summary {
            plan,
            counts,
            operations,
            verdict,
            findings,
            notes,
            skipped: lock(&run.skipped)
                .iter()
                .map(|(reason, count)| (run.redactor.text(reason).into_string(), *count))
                .collect(),
            withheld: lock(&run.withheld).withheld(self.api.operations.iter().map(|op| &op.head), |index| {
                run.tallies.get(&index).is_some_and(|tally| tally.own.load(Ordering::Relaxed) > 0)
            }),
            interrupted: run.budget.interrupted(),
            cut: run.budget.cut(),
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
        let missing = regressions::missing(&run, &operation, stored);
        let replayed = regressions::replay(&run, &operation, stored).await;
        let redactor = shown::redactor(&run.redactor, replayed.steps.iter().map(|(_, _, exchange)| exchange));
        let steps = replayed
            .steps
            .iter()
            .map(|(role, _, exchange)| shown::step(role, 1, exchange, &self.settings.url, &redactor))
            .collect();
        let unreachable = (run.answers.load(Ordering::Relaxed) == 0)
            .then(|| lock(&run.last_error).clone())
            .flatten()
            // A broken connection or a timeout can be the very failure.
            .filter(|_| replayed.failure.is_none())
            .map(|reason| redactor.text(&reason));
        let failure = replayed.failure.clone().map(|f| (f.message, f.expected, f.seen));
        let failure = failure.or_else(|| self.history_failure(&operation, stored, &replayed, &run));
        let failure = failure.map(|(message, expected, seen)| {
            (redactor.text(&message), redactor.text(&expected), redactor.text(&seen))
        });
        let inconclusive = match &failure {
            None => regressions::inconclusive(stored, &replayed, &missing).map(|why| redactor.text(&why)),
            Some(_) => None,
        };
        let withheld = replayed.withheld.and_then(|reason| {
            let mut ledger = Ledger::default();
            ledger.note(operation.head.index, reason);
            ledger.withheld([&operation.head], |_| false).pop()
        });
        let failure = failure.filter(|_| withheld.is_none());
        let inconclusive = inconclusive.filter(|_| withheld.is_none());
        Ok(ReplayResult { failure, withheld, steps, unreachable, inconclusive })
    }

    /// What the checks of histories say about a sequence sent again. Some need more histories than one for a verdict: then
    /// the same answers as before count as the same failure.
    fn history_failure(
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
        let roles = [
            Role::Plain,
            Role::Again,
            Role::OtherTenant,
            Role::Unauthenticated,
            Role::UnsupportedMethod,
            Role::Concurrent,
        ];
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
        let life = ResourceHistory { id, known: true, others: Vec::new(), steps };
        let history = OperationHistory { operation: Arc::clone(operation), lifecycle, histories: vec![life] };
        let found =
            check.check_history(&history).into_iter().find(|f| run.is_cause(&f.failure.cause, stored));
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
        let why = format!("it refuses the credentials ({status}) of every valid request");
        return Verdict::Unusable(run.redactor.looks(&why));
    }
    if requests > 0 && answers == 0 {
        return Verdict::Unusable(last.map_or("nothing answered".into(), |last| run.redactor.text(&last)));
    }
    if run.budget.is_gone() && clean {
        return Verdict::Unusable(last.map_or("the target is gone".into(), |last| run.redactor.text(&last)));
    }
    if answers > 0 && run.usable.load(Ordering::Relaxed) == 0 {
        if run.telling.load(Ordering::Relaxed) == 0 && !run.budget.interrupted() {
            return Verdict::Unusable(run.redactor.looks(&nothing_sent(run)));
        }
        let all =
            run.tallies.values().flat_map(|tally| lock(&tally.statuses).keys().copied().collect::<Vec<_>>());
        return Verdict::Unusable(run.redactor.looks(&format!("it answered only {}", statuses(all))));
    }
    // Who interrupts a run knows that it was not done.
    if clean && run.cases.load(Ordering::Relaxed) == 0 && !run.budget.interrupted() {
        return Verdict::Unusable(run.redactor.looks(&nothing_sent(run)));
    }
    if clean { Verdict::Passed } else { Verdict::Failed }
}

/// Statuses for people: sorted, each once; 0 stands for no answer and is left out.
fn statuses(all: impl Iterator<Item = u16>) -> String {
    let all: std::collections::BTreeSet<u16> = all.filter(|status| *status != 0).collect();
    all.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

/// Why no case was sent.
fn nothing_sent(run: &Run) -> String {
    let skipped = lock(&run.skipped);
    let most = skipped.iter().max_by_key(|(_, count)| **count);
    let shard = run.settings.shard;
    let why = match (run.budget.cut(), most) {
        (Some(cut), _) => format!(": {cut}"),
        (None, Some((reason, count))) => format!(": {count} were skipped ({reason})"),
        (None, None) if shard.of > 1 => format!(": there is none in the share {}/{}", shard.number, shard.of),
        (None, None) => String::new(),
    };
    format!("no case was sent that the operations should take{why}")
}

/// A note that names the operations that answered, and of which none of the answers shows that somebody plays them.
fn untested(run: &Run) -> Option<String> {
    let mut seen = Vec::new();
    let untested: Vec<&str> = run
        .api
        .operations
        .iter()
        .filter_map(|operation| {
            let tally = run.tallies.get(&operation.head.index)?;
            let answered: Vec<u16> = lock(&tally.statuses).keys().copied().filter(|s| *s != 0).collect();
            let idle = !answered.is_empty() && tally.usable.load(Ordering::Relaxed) == 0;
            seen.extend(answered.into_iter().filter(|_| idle));
            idle.then_some(operation.head.id.as_str())
        })
        .collect();
    let named = untested.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    let more = match untested.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let answers = statuses(seen.into_iter());
    (!untested.is_empty())
        .then(|| format!("only {answers} came from {named}{more}: they are as good as untested"))
}
