//! Recording: each operation is asked in every way that documents an answer.
//!
//! One request after the other, in the same order each time: what is recorded must not depend on chance.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::limits::{RECORD_CASES_MAX, RECORD_RESOURCES_MAX};
use crate::contract::Operation;
use crate::exercise::api::Api;
use crate::exercise::transport::Transport;
use crate::exercise::usable::is_usable;
use crate::generate::case::settings::is_safe;
use crate::generate::case::{Case, CaseMaker, CaseSettings, Deed, DeedSubject, MakeError, Phase};
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
    /// Operations that could not be asked, or not in every way, with the reason.
    pub left_out: Vec<String>,
    /// The last reason for which no answer came.
    pub last_error: Option<SendError>,
}

/// Methods that are tried where they are not documented: what every server has an opinion on.
const OTHER_METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Asks the target and hands each answer to `keep`, with its operation and what the request was for. Unsafe methods go
/// only where `settings` lets them.
pub async fn record(
    api: &Api,
    settings: CaseSettings,
    transport: &dyn Transport,
    keep: &mut (dyn FnMut(&Arc<Operation>, &Intent, &Response) + Send),
) -> Recording {
    let maker = CaseMaker::new(
        api.heads.clone(),
        api.schemes.clone(),
        Arc::clone(&api.judge),
        Arc::clone(&api.lenient),
        settings,
    );
    let mut recorder = Recorder { maker, transport, recording: Recording::default(), keep };
    let mut operations: Vec<&Arc<Operation>> = api.operations.iter().collect();
    // What only looks comes before what changes, and what deletes comes last.
    operations.sort_by_key(|operation| rank(&operation.head.method));
    for operation in operations {
        recorder.ask(operation).await;
    }
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
    maker: CaseMaker,
    transport: &'r dyn Transport,
    recording: Recording,
    keep: &'r mut (dyn FnMut(&Arc<Operation>, &Intent, &Response) + Send),
}

impl Recorder<'_> {
    /// Sends what tells something about an operation.
    async fn ask(&mut self, operation: &Arc<Operation>) {
        let mut left_out: Option<MakeError> = None;
        let mut cases: Vec<Case> = Vec::new();
        let mut take = |case: Result<Case, MakeError>| match case {
            Ok(case) if tells(&case) => cases.push(case),
            Ok(_) | Err(MakeError::Nothing) => {}
            Err(error) => left_out = Some(error),
        };
        let resources = self.maker.resources(operation).min(RECORD_RESOURCES_MAX);
        // Twice each: the second time shows what a changed or deleted resource gives.
        for number in (0..resources).chain(0..resources) {
            take(self.deed(operation, DeedSubject::Known(number), None));
        }
        take(self.deed(operation, DeedSubject::MadeUp(0), None));
        for tampering in [Tampering::Missing, Tampering::Empty] {
            take(self.deed(operation, DeedSubject::MadeUp(0), Some(tampering)));
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
        for case in cases {
            self.send(operation, case).await;
        }
    }

    fn deed(
        &self,
        operation: &Arc<Operation>,
        subject: DeedSubject,
        tampering: Option<Tampering>,
    ) -> Result<Case, MakeError> {
        self.maker.deed(operation, 0, &Deed { subject, tampering, method: None, headers: Vec::new() })
    }

    async fn send(&mut self, operation: &Arc<Operation>, case: Case) {
        self.recording.sent += 1;
        match self.transport.send(&case.request).await {
            Ok(answer) => {
                self.recording.answered += 1;
                self.recording.usable += u64::from(is_usable(operation, &case.intent, answer.status));
                self.recording.statuses.insert(answer.status);
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
