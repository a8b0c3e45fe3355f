//! Sequences on one resource each: deleted twice, by others, without credentials, by many at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;

use crate::base::Seed;
use crate::base::limits::MADE_RECORDS_MAX;
use crate::check::{HistoryFailure, OperationHistory, ResourceHistory, Role, Step};
use crate::contract::{Operation, ParameterPlace};
use crate::exercise::event::Event;
use crate::exercise::findings;
use crate::exercise::guard::Reason;
use crate::exercise::inspect::Failed;
use crate::exercise::ledger::Key;
use crate::exercise::own;
use crate::exercise::run::{Run, Sending};
use crate::generate::case::{Case, KnownId, MakeError, Phase, SequenceStep, SequenceSubject};
use crate::resource::Lifecycle;
use crate::resource::lifecycle::lifecycle;
use crate::validate::intent::Tampering;
use crate::wire::Exchange;

/// How many deletions race for one record.
pub(super) const CONCURRENT: usize = 64;

/// How many ids that nobody has are tried for comparison.
const UNKNOWN_LIVES: u64 = 3;

/// The account of nobody.
const OTHER_ACCOUNT: &str = "counterpart-other-account";

/// How one life goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Twice,
    Concurrent,
    OtherTenant,
    Unauthenticated,
    UnsupportedMethod,
}

/// What a life needs to know of its operation.
struct Scene {
    operation: Arc<Operation>,
    lifecycle: Lifecycle,
    /// An unsupported method to disturb with.
    unsupported_method: Option<&'static str>,
    credentials_required: bool,
}

/// Runs all sequences.
pub(super) async fn run_phase(run: &Arc<Run>) {
    let scenes: Vec<Scene> =
        run.api.operations.iter().filter_map(|operation| scene(run, operation)).collect();
    run.tell(Event::PhaseStarted { phase: Phase::Stateful, cases: 0 }).await;
    own::change(run).await;
    for scene in scenes {
        if run.budget.is_spent() {
            break;
        }
        play(run, &scene).await;
    }
    run.settle().await;
    run.tell(Event::PhaseFinished(Phase::Stateful)).await;
}

fn scene(run: &Run, operation: &Arc<Operation>) -> Option<Scene> {
    let lifecycle = lifecycle(operation, run.maker.judge().schemas())?;
    let methods = run.maker.methods(operation);
    let unsupported_method =
        ["PUT", "PATCH", "POST", "GET"].into_iter().find(|m| !methods.iter().any(|has| has == m));
    let credentials_required = run.maker.credentials(operation).required;
    Some(Scene { operation: Arc::clone(operation), lifecycle, unsupported_method, credentials_required })
}

/// The courses for so many resources. With few of them the most telling come first; a verdict on refused requests
/// needs two histories of a kind.
fn courses(scene: &Scene, living: &[usize], seed: Seed) -> Vec<(usize, Course)> {
    let mut cycle = vec![Course::Twice, Course::Concurrent];
    for _ in 0..2 {
        if scene.lifecycle.tenant_header.is_some() {
            cycle.push(Course::OtherTenant);
        }
        if scene.credentials_required {
            cycle.push(Course::Unauthenticated);
        }
        if scene.unsupported_method.is_some() {
            cycle.push(Course::UnsupportedMethod);
        }
    }
    cycle.push(Course::Twice);
    let mut order: Vec<usize> = living.to_vec();
    // A resource's course follows from the seed, not from its place in the list.
    order.sort_by_key(|n| seed.nth(*n as u64).0);
    order.into_iter().zip(cycle.into_iter().cycle()).collect()
}

async fn play(run: &Arc<Run>, scene: &Scene) {
    let operation = &scene.operation;
    let seed = run.settings.case.seed().derive(&operation.head.id).derive("courses");
    let resources = run.maker.resources(operation);
    let limit = usize::try_from(run.settings.cases).unwrap_or(usize::MAX);
    let mut histories: Vec<ResourceHistory> = Vec::new();
    let mut cases: Vec<Vec<Case>> = Vec::new();
    for n in (0..UNKNOWN_LIVES).filter(|n| run.settings.shard.takes(*n)) {
        if run.budget.is_spent() {
            break;
        }
        unknown(run, scene, n, &mut histories, &mut cases).await;
    }
    // What had ended before the run has no life to tell of.
    let alive = |n: usize| run.maker.resource(operation, n).is_some_and(|resource| resource.live);
    let living: Vec<usize> = (0..resources).filter(|n| alive(*n)).collect();
    let mine = courses(scene, &living, seed).into_iter().filter(|(n, _)| run.settings.shard.takes(*n as u64));
    for (number, course) in mine.take(limit) {
        if run.budget.is_spent() {
            break;
        }
        let Some(resource) = run.maker.resource(operation, number) else { continue };
        let one = One { subject: SequenceSubject::Known(number), resource };
        if let Some((life, sent)) = live(run, scene, one, course).await {
            histories.push(life);
            cases.push(sent);
        }
    }
    let mut made = 0;
    if resources == 0 {
        made = play_own(run, scene, seed, &mut histories, &mut cases).await;
    }
    if resources == 0 && made == 0 {
        let name = &scene.lifecycle.id_parameter;
        run.note(format!(
            "{}: no ids to delete were given, so what deleting does was not tested (--ids {name}=…)",
            operation.head.id
        ))
        .await;
    }
    let succeeded =
        histories.iter().filter(|life| life.known).any(|life| life.steps.iter().any(Step::succeeded));
    if living.len() + made > 0 && !succeeded && !run.budget.is_spent() {
        run.note(format!(
            "{}: no deletion succeeded; are the ids alive, and of that account?",
            operation.head.id
        ))
        .await;
    }
    let history =
        OperationHistory { operation: Arc::clone(operation), lifecycle: scene.lifecycle.clone(), histories };
    judge(run, &history, &cases).await;
}

/// The courses on records that are made for it; how many there were.
async fn play_own(
    run: &Arc<Run>,
    scene: &Scene,
    seed: Seed,
    histories: &mut Vec<ResourceHistory>,
    cases: &mut Vec<Vec<Case>>,
) -> usize {
    let numbers: Vec<usize> = (0..MADE_RECORDS_MAX).collect();
    let mut made = 0;
    for (number, course) in courses(scene, &numbers, seed) {
        let mine = run.settings.shard.takes(number as u64) && (number as u64) < run.settings.cases;
        if !mine || run.budget.is_spent() {
            continue;
        }
        // Where one can't be made, no other can.
        let Some(ids) = own::make(run, &scene.operation, number as u64).await else { break };
        let Some(resource) = ids.last().cloned() else { break };
        made += 1;
        let one = One { subject: SequenceSubject::Own(ids), resource };
        if let Some((life, sent)) = live(run, scene, one, course).await {
            histories.push(life);
            cases.push(sent);
        }
    }
    made
}

/// An id that nobody has, twice.
async fn unknown(
    run: &Arc<Run>,
    scene: &Scene,
    n: u64,
    histories: &mut Vec<ResourceHistory>,
    cases: &mut Vec<Vec<Case>>,
) {
    let headers =
        run.maker.resource(&scene.operation, 0).map(|resource| with_headers(&resource)).unwrap_or_default();
    let planned =
        SequenceStep { subject: SequenceSubject::MadeUp(n), tampering: None, method: None, headers };
    let mut player = Player::new(run, scene);
    if player.step(Role::Plain, &planned).await {
        player.step(Role::Again, &planned).await;
    }
    let Some(id) = player.id() else { return };
    let others = planned.headers.into_iter().map(|(_, text)| text).collect();
    histories.push(ResourceHistory { id, known: false, others, steps: player.steps });
    cases.push(player.cases);
}

fn with_headers(resource: &KnownId) -> Vec<(String, String)> {
    resource
        .with
        .iter()
        .filter(|(place, _, _)| *place == ParameterPlace::Header)
        .map(|(_, name, text)| (name.clone(), text.clone()))
        .collect()
}

/// A resource whose life is played.
struct One {
    subject: SequenceSubject,
    /// Its last id, and what goes with it.
    resource: KnownId,
}

/// One resource's life.
async fn live(
    run: &Arc<Run>,
    scene: &Scene,
    one: One,
    course: Course,
) -> Option<(ResourceHistory, Vec<Case>)> {
    let One { subject, resource } = one;
    let proper = SequenceStep { subject, tampering: None, method: None, headers: Vec::new() };
    let mut player = Player::new(run, scene);
    let mut others: Vec<String> = with_headers(&resource).into_iter().map(|(_, text)| text).collect();
    let trespass = match course {
        Course::Twice => None,
        Course::Concurrent => {
            player.race(&proper).await;
            player.step(Role::Again, &proper).await;
            let life = ResourceHistory { id: resource.value, known: true, others, steps: player.steps };
            return Some((life, player.cases));
        }
        Course::OtherTenant => {
            let header = scene.lifecycle.tenant_header.clone()?;
            let account = other_account(run, scene, &header, &resource);
            others.push(account.clone());
            Some((Role::OtherTenant, SequenceStep { headers: vec![(header, account)], ..proper.clone() }))
        }
        Course::Unauthenticated => Some((
            Role::Unauthenticated,
            SequenceStep { tampering: Some(Tampering::Missing), ..proper.clone() },
        )),
        Course::UnsupportedMethod => {
            let method = scene.unsupported_method?.to_owned();
            Some((Role::UnsupportedMethod, SequenceStep { method: Some(method), ..proper.clone() }))
        }
    };
    if let Some((role, planned)) = trespass {
        player.step(role, &planned).await;
    }
    if player.step(Role::Plain, &proper).await {
        player.step(Role::Again, &proper).await;
        player.step(Role::Again, &proper).await;
    }
    Some((ResourceHistory { id: resource.value, known: true, others, steps: player.steps }, player.cases))
}

/// An account that the resource does not belong to: one that another known resource has, else nobody's.
fn other_account(run: &Run, scene: &Scene, header: &str, own: &KnownId) -> String {
    let account = |resource: &KnownId| {
        let mut headers = with_headers(resource).into_iter();
        headers.find(|(name, _)| name.eq_ignore_ascii_case(header)).map(|(_, text)| text)
    };
    let own = account(own);
    (0..run.maker.resources(&scene.operation))
        .filter_map(|n| account(&run.maker.resource(&scene.operation, n)?))
        .find(|other| own.as_ref().is_some_and(|own| own != other))
        .unwrap_or_else(|| OTHER_ACCOUNT.to_owned())
}

/// Sends the steps of one life, and has each judged by itself.
struct Player<'a> {
    run: &'a Arc<Run>,
    scene: &'a Scene,
    steps: Vec<Step>,
    cases: Vec<Case>,
}

impl<'a> Player<'a> {
    fn new(run: &'a Arc<Run>, scene: &'a Scene) -> Self {
        Self { run, scene, steps: Vec::new(), cases: Vec::new() }
    }

    /// The text that names the resource.
    fn id(&self) -> Option<String> {
        let name = &self.scene.lifecycle.id_parameter;
        let sent = &self.cases.first()?.sent;
        sent.iter().find(|s| s.place == ParameterPlace::Path && s.name == *name)?.text.clone()
    }

    fn case(&self, planned: &SequenceStep) -> Option<Case> {
        match self.run.maker.sequence_case(&self.scene.operation, self.cases.len() as u64, planned) {
            Ok(case) => Some(case),
            Err(MakeError::Guarded) => {
                let reason = Reason::guarded(self.run.maker.settings());
                self.run.withhold(&self.scene.operation, reason, planned.method.is_some());
                None
            }
            Err(error) => {
                self.run.skip(&error.to_string());
                None
            }
        }
    }

    /// One step; false when it could not be made.
    async fn step(&mut self, role: Role, planned: &SequenceStep) -> bool {
        let Some(case) = self.case(planned) else { return false };
        let Some((exchange, failed)) = self.run.send(&self.scene.operation, &case).await.done() else {
            return false;
        };
        self.done(role, case, exchange, failed).await;
        true
    }

    /// Many of the same at once.
    async fn race(&mut self, planned: &SequenceStep) {
        let Some(case) = self.case(planned) else { return };
        let racers = (0..CONCURRENT).map(|_| self.run.send(&self.scene.operation, &case));
        for (exchange, failed) in join_all(racers).await.into_iter().filter_map(Sending::done) {
            self.done(Role::Concurrent, case.clone(), exchange, failed).await;
        }
    }

    async fn done(&mut self, role: Role, case: Case, exchange: Exchange, failed: Vec<Failed>) {
        self.run.cases_max.fetch_add(1, Ordering::Relaxed);
        self.steps.push(Step { role, exchange: exchange.clone() });
        self.cases.push(case.clone());
        findings::judged_step(
            self.run,
            &self.scene.operation,
            &self.steps,
            &self.cases,
            exchange,
            case,
            failed,
        )
        .await;
    }
}

/// The history as a whole before the checks.
async fn judge(run: &Arc<Run>, history: &OperationHistory, cases: &[Vec<Case>]) {
    for check in run.inspector.checks() {
        for HistoryFailure { life, step, failure } in check.check_history(history) {
            let key = Key {
                operation: history.operation.head.id.clone(),
                check: check.name(),
                cause: failure.cause.clone(),
            };
            if !run.register(&key) {
                continue;
            }
            let (Some(lived), Some(sent)) = (history.histories.get(life), cases.get(life)) else { continue };
            let steps = findings::sent_steps(&lived.steps[..=step.min(lived.steps.len() - 1)], sent);
            findings::found(run, &history.operation, key, failure, steps, 0, false).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OperationIndex;

    const NINE: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

    fn scene() -> Scene {
        Scene {
            operation: Arc::new(Operation::nothing(OperationIndex(0))),
            lifecycle: Lifecycle { tenant_header: Some("x-account".into()), ..Lifecycle::default() },
            unsupported_method: Some("PUT"),
            credentials_required: true,
        }
    }

    #[test]
    fn courses_follow_the_seed_and_use_each_resource_once() {
        let made = courses(&scene(), &NINE, Seed(1));
        assert_eq!(made, courses(&scene(), &NINE, Seed(1)));
        assert_ne!(made, courses(&scene(), &NINE, Seed(2)));
        let mut numbers: Vec<usize> = made.iter().map(|(n, _)| *n).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..9).collect::<Vec<_>>());
        for course in [Course::OtherTenant, Course::Unauthenticated, Course::UnsupportedMethod] {
            assert_eq!(made.iter().filter(|(_, c)| *c == course).count(), 2, "{course:?}");
        }
    }

    #[test]
    fn with_one_resource_it_is_deleted_twice() {
        assert_eq!(courses(&scene(), &[0], Seed(5)), [(0, Course::Twice)]);
    }
}
