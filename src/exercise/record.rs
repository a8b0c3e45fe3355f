//! Recording: each operation is asked in every way that documents an answer.
//!
//! One request after the other, in the same order each time: what is recorded must not depend on chance.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::limits::{OWN_RECORDS_MAX, RECORD_CASES_MAX, RECORD_OWN_MAX, RECORD_RESOURCES_MAX};
use crate::contract::{Operation, OperationIndex};
use crate::exercise::api::Api;
use crate::exercise::guard::{Gate, Ledger, Own, Reason, Withheld};
use crate::exercise::transport::Transport;
use crate::exercise::usable::is_usable;
use crate::generate::case::settings::is_safe;
use crate::generate::case::{
    Case, CaseMaker, CaseSettings, KnownId, MakeError, Phase, SequenceStep, SequenceSubject,
};
use crate::validate::intent::{Intent, Tampering};
use crate::wire::{Response, SendError};

/// What a recording gave.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// How many requests were sent.
    pub sent: u64,
    /// How many were answered.
    pub answered: u64,
    /// How many answers show that somebody plays the operation.
    pub usable: u64,
    /// The statuses that came.
    pub statuses: BTreeSet<u16>,
    /// Operations that could not be asked, with the reason.
    pub left_out: Vec<String>,
    /// Operations that were not asked, or not in every way, because that could have hit what is not the run's.
    pub withheld: Vec<Withheld>,
    /// The last reason for which no answer came.
    pub last_error: Option<SendError>,
}

/// Methods that are tried where they are not documented: what every server has an opinion on.
const OTHER_METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Asks the target and hands each answer to `keep`, with its operation and what the request was for. What can change or
/// destroy goes only where `settings` lets it, and to what was made here.
pub async fn record(
    api: &Api,
    settings: CaseSettings,
    transport: Arc<dyn Transport>,
    keep: &mut (dyn FnMut(&Arc<Operation>, &Intent, &Response) + Send),
) -> Recording {
    let maker = Arc::new(CaseMaker::new(
        &api.heads,
        api.schemes.clone(),
        Arc::clone(&api.judge),
        Arc::clone(&api.lenient),
        settings,
    ));
    let gate = Gate::new(transport, Arc::clone(&maker), Arc::clone(&api.knowledge));
    let mut recorder = Recorder {
        maker,
        gate,
        recording: Recording::default(),
        ledger: Ledger::default(),
        asked: BTreeSet::new(),
        own: Vec::new(),
        keep,
    };
    let mut operations: Vec<&Arc<Operation>> = api.operations.iter().collect();
    // What only looks comes before what changes, and what deletes comes last.
    // What lies below something else is deleted before it.
    operations.sort_by_key(|operation| {
        let rank = rank(&operation.head.method);
        (rank, std::cmp::Reverse(if rank == 4 { operation.head.path.matches('{').count() } else { 0 }))
    });
    for operation in operations {
        recorder.ask(operation).await;
    }
    let heads = api.operations.iter().map(|operation| &operation.head);
    recorder.recording.withheld = recorder.ledger.withheld(heads, |index| recorder.asked.contains(&index));
    recorder.recording
}

fn rank(method: &str) -> u8 {
    match method {
        "DELETE" => 4,
        "PUT" => 2,
        "PATCH" => 3,
        safe if is_safe(safe) => 0,
        _ => 1,
    }
}

struct Recorder<'r> {
    maker: Arc<CaseMaker>,
    gate: Gate,
    recording: Recording,
    ledger: Ledger,
    /// Operations of which at least one case was sent.
    asked: BTreeSet<OperationIndex>,
    /// What was made here.
    own: Vec<Own>,
    keep: &'r mut (dyn FnMut(&Arc<Operation>, &Intent, &Response) + Send),
}

impl Recorder<'_> {
    /// Sends what tells something about an operation.
    async fn ask(&mut self, operation: &Arc<Operation>) {
        let mut left_out: Option<MakeError> = None;
        let mut withheld = 0;
        let mut cases: Vec<Case> = Vec::new();
        let mut take = |case: Result<Case, MakeError>| match case {
            Ok(case) if tells(&case) => cases.push(case),
            Ok(_) | Err(MakeError::Nothing) => {}
            Err(MakeError::Guarded) => withheld += 1,
            Err(error) => left_out = Some(error),
        };
        let resources = self.maker.resources(operation).min(RECORD_RESOURCES_MAX);
        // Twice each: the second time shows what a changed or deleted resource gives.
        for number in (0..resources).chain(0..resources) {
            take(self.sequence_case(operation, SequenceSubject::Known(number), None));
        }
        if resources == 0 && !is_safe(&operation.head.method) {
            let made: Vec<Vec<KnownId>> = self
                .own
                .iter()
                .filter_map(|own| self.gate.ids(operation, own))
                .take(RECORD_OWN_MAX)
                .collect();
            // Twice each, as those that were given.
            for ids in made.iter().chain(&made) {
                take(self.sequence_case(operation, SequenceSubject::Own(ids.clone()), None));
            }
        }
        take(self.sequence_case(operation, SequenceSubject::MadeUp(0), None));
        for tampering in [Tampering::Missing, Tampering::Empty] {
            take(self.sequence_case(operation, SequenceSubject::MadeUp(0), Some(tampering)));
        }
        for phase in [Phase::Examples, Phase::Boundary] {
            let count = self.maker.count(operation, phase).unwrap_or(0).min(RECORD_CASES_MAX);
            for index in 0..count {
                take(self.maker.case(operation, phase, index));
            }
        }
        // Some cases always have no way to be safe; only an operation that is not asked at all is worth a word.
        if let Some(reason) = left_out.filter(|_| cases.is_empty()) {
            self.recording.left_out.push(format!("{}: {reason}", operation.head.id));
        }
        for _ in 0..withheld {
            self.ledger.note(operation.head.index, Reason::guarded(self.maker.settings()));
        }
        for case in cases {
            self.send(operation, case).await;
        }
    }

    fn sequence_case(
        &self,
        operation: &Arc<Operation>,
        subject: SequenceSubject,
        tampering: Option<Tampering>,
    ) -> Result<Case, MakeError> {
        self.maker.sequence_case(
            operation,
            0,
            &SequenceStep { subject, tampering, method: None, headers: Vec::new() },
        )
    }

    async fn send(&mut self, operation: &Arc<Operation>, case: Case) {
        let outcome = match self.gate.send(operation, &case).await {
            Ok(outcome) => outcome,
            Err(reason) => {
                if case.intent != Intent::Method {
                    self.ledger.note(operation.head.index, reason);
                }
                return;
            }
        };
        self.recording.sent += 1;
        if case.intent != Intent::Method {
            self.asked.insert(operation.head.index);
        }
        match outcome {
            Ok(answer) => {
                self.recording.answered += 1;
                self.recording.usable += u64::from(is_usable(operation, &case.intent, answer.status));
                self.recording.statuses.insert(answer.status);
                let own = self.gate.made(operation, &case, &answer).filter(|own| self.gate.owns(own));
                self.own.extend(own.filter(|_| self.own.len() < OWN_RECORDS_MAX));
                (self.keep)(operation, &case.intent, &answer);
            }
            Err(error) => self.recording.last_error = Some(error),
        }
    }
}

/// True for requests whose answers belong into a snapshot: what lies at the border of HTTP is answered by whatever
/// stands in front of the service.
fn tells(case: &Case) -> bool {
    match &case.intent {
        Intent::Malformed | Intent::Path => false,
        Intent::Method => OTHER_METHODS.contains(&case.request.method.as_str()),
        _ => true,
    }
}
