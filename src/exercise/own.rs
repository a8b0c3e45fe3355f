//! Records that the run makes to change and delete them: through the contract's own creations, parents first.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::contract::{Operation, ParameterPlace};
use crate::exercise::findings;
use crate::exercise::run::Run;
use crate::generate::case::settings::is_safe;
use crate::generate::case::{Case, KnownId, SequenceStep, SequenceSubject};

/// How many parents of parents are made.
const PARENTS_MAX: usize = 3;

/// A record made now that the operation's path names: an id for each of its parameters.
pub(super) async fn make(run: &Arc<Run>, operation: &Arc<Operation>, number: u64) -> Option<Vec<KnownId>> {
    made_below(run, operation, number, PARENTS_MAX).await
}

fn made_below<'r>(
    run: &'r Arc<Run>,
    operation: &'r Arc<Operation>,
    number: u64,
    depth: usize,
) -> BoxFuture<'r, Option<Vec<KnownId>>> {
    async move {
        let resource = run.gate.item(operation)?;
        let creators = run.api.operations.iter().filter(|op| run.gate.creates(op) == Some(resource));
        for creator in creators {
            let below = creator.parameters.iter().any(|p| p.place == ParameterPlace::Path);
            let subject = match below {
                false => SequenceSubject::MadeUp(number),
                true if run.maker.resources(creator) > 0 => SequenceSubject::Known(0),
                true if depth > 0 => match made_below(run, creator, number, depth - 1).await {
                    Some(parents) => SequenceSubject::Own(parents),
                    None => continue,
                },
                true => continue,
            };
            let planned = SequenceStep { subject, tampering: None, method: None, headers: Vec::new() };
            let Ok(case) = run.maker.sequence_case(creator, number, &planned) else { continue };
            let Some(response) = send(run, creator, case.clone()).await else { continue };
            let own = run.gate.made(creator, &case, &response).filter(|own| run.gate.owns(own));
            if let Some(ids) = own.and_then(|own| run.gate.ids(operation, &own)) {
                return Some(ids);
            }
        }
        None
    }
    .boxed()
}

/// Sends a case and has it judged; its answer, if it is a success.
async fn send(run: &Arc<Run>, operation: &Arc<Operation>, case: Case) -> Option<crate::wire::Response> {
    let (exchange, failed) = run.send(operation, &case).await.done()?;
    run.cases_max.fetch_add(1, Ordering::Relaxed);
    let response = exchange.outcome.as_ref().ok().filter(|r| (200..300).contains(&r.status)).cloned();
    findings::judged(run, operation, case, exchange, failed).await;
    response
}

/// Changes, and acts on, one record that was made for it, for each operation that nothing was given for.
pub(super) async fn change(run: &Arc<Run>) {
    for (number, operation) in run.api.operations.iter().enumerate() {
        let below = operation.parameters.iter().any(|p| p.place == ParameterPlace::Path);
        let given = !below || run.maker.resources(operation) > 0;
        let deletes = operation.head.method == "DELETE" && operation.head.path.ends_with('}');
        let mine = run.settings.shard.takes(number as u64) && run.settings.cases > 0;
        if run.budget.is_spent() || given || deletes || !mine || is_safe(&operation.head.method) {
            continue;
        }
        let Some(ids) = make(run, operation, number as u64).await else { continue };
        let planned = SequenceStep {
            subject: SequenceSubject::Own(ids),
            tampering: None,
            method: None,
            headers: Vec::new(),
        };
        match run.maker.sequence_case(operation, 0, &planned) {
            Ok(case) if run.maker.keeps_intent(operation, &case) => {
                send(run, operation, case).await;
            }
            _ => run.skip("there is nothing to send"),
        }
    }
}
