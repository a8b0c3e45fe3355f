//! The mock of contracts from the wild: it starts, and what it answers is valid.
//!
//! A sample by default; `COUNTERPART_CORPUS=all cargo test --test it mock_corpus:: -- --nocapture` goes through all
//! contracts and prints a table.

#![expect(clippy::print_stdout, reason = "the table for whoever asks for all contracts")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::document::{LoadOptions, SpecSource};
use counterpart::generate::case::{CaseMaker, CaseSettings, Destructive, Phase};
use counterpart::mock::router::{Routed, Router};
use counterpart::mock::{Mock, MockSettings, StateMode};
use counterpart::validate::intent::Intent;
use counterpart::validate::{BreachKind, Coercion, Judge, Part};
use serde_json::Value;

use crate::support::shared;

/// Statuses that the mock may use where a contract documents nothing that fits.
const LISTED: [u16; 13] = [307, 400, 401, 404, 405, 406, 409, 410, 412, 413, 415, 422, 503];

/// How many operations of one contract are called, and how often each.
const OPERATIONS_MAX: usize = 8;
const CASES: u64 = 4;

#[derive(Debug, Default)]
struct Tally {
    operations: usize,
    calls: usize,
    successes: usize,
    refused_valid: usize,
    undocumented: usize,
    invalid: Vec<String>,
}

fn exercise(contract: &Arc<Contract>, state: StateMode) -> Tally {
    let settings = MockSettings { state, ..MockSettings::default() };
    let mock = Mock::new(Arc::clone(contract), settings).unwrap();
    let judge = |coercion| {
        let judge = Judge::with_source(contract.schema_source(), contract.security_schemes().clone());
        Arc::new(judge.with_coercion(coercion))
    };
    let strict = judge(Coercion::Strict);
    let settings =
        CaseSettings { seed: Some(Seed(7)), destructive: Destructive::All, ..CaseSettings::default() };
    let maker = CaseMaker::new(
        contract.heads().to_vec(),
        contract.security_schemes().clone(),
        Arc::clone(&strict),
        judge(Coercion::Lax),
        settings,
    );
    let router = Router::new(contract.heads(), []);
    let mut tally = Tally::default();
    let step = contract.heads().len().div_ceil(OPERATIONS_MAX).max(1);
    for head in contract.heads().iter().step_by(step) {
        let operation = contract.operation(head.index);
        if operation.responses.is_empty() {
            continue;
        }
        tally.operations += 1;
        for index in 0..CASES {
            let Ok(case) = maker.case(&operation, Phase::Random, index) else { continue };
            let answer = mock.answer(&case.request);
            tally.calls += 1;
            if (200..400).contains(&answer.status) {
                tally.successes += 1;
            } else if matches!(case.intent, Intent::Valid(_)) {
                tally.refused_valid += 1;
                if std::env::var_os("COUNTERPART_CORPUS").is_some() {
                    let text = String::from_utf8_lossy(&answer.body);
                    println!(
                        "refused: {} [{}] -> {}: {text:.150}",
                        case.request.target, case.label, answer.status
                    );
                }
            }
            let routed = router.route(&case.request.method, case.request.path());
            if !matches!(routed, Routed::Found { operation, .. } if operation == head.index) {
                continue;
            }
            let breaches = strict.response(&operation, &answer);
            let only_status =
                breaches.iter().all(|b| b.part == Part::Status && b.kind == BreachKind::Undocumented);
            match (breaches.first(), only_status && LISTED.contains(&answer.status)) {
                (None, _) => {}
                (Some(_), true) => tally.undocumented += 1,
                (Some(first), false) => {
                    let text = String::from_utf8_lossy(&answer.body).chars().take(150).collect::<String>();
                    tally.invalid.push(format!(
                        "{} [{}] -> {}: {:?} {} at {}: {text}",
                        head.id,
                        case.label,
                        answer.status,
                        first.part,
                        first.violation.message,
                        contract.place(&first.violation.schema),
                    ));
                }
            }
        }
    }
    tally
}

#[test]
fn every_answer_to_contracts_from_the_wild_is_valid() {
    let Some(index) = shared("corpus/index.json") else { return };
    let all = std::env::var_os("COUNTERPART_CORPUS").is_some();
    let entries: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(index).unwrap()).unwrap();
    let accepted = entries.iter().filter(|e| e["expect"] == "accept" && e["operations"].as_u64() > Some(0));
    let mut table: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong: Vec<String> = Vec::new();
    for (number, entry) in accepted.enumerate() {
        let (name, file) = (entry["name"].as_str().unwrap(), entry["file"].as_str().unwrap());
        let small = entry["bytes_all"].as_u64() < Some(200_000);
        if !all && (number % 11 != 0 || !small) {
            continue;
        }
        let Some(path) = shared(&format!("corpus/{file}")) else { continue };
        let start = Instant::now();
        let Ok(contract) = Contract::load(&SpecSource::Path(path), &LoadOptions::default()) else {
            table.insert(name.to_owned(), "can't be loaded".to_owned());
            continue;
        };
        for state in [StateMode::Memory, StateMode::None] {
            let tally = exercise(&contract, state);
            table.insert(
                format!("{name} {state:?}"),
                format!(
                    "{:>3} operations {:>4} calls {:>4} successes {:>3} valid refused {:>3} undocumented {:>3} invalid  {:?}",
                    tally.operations, tally.calls, tally.successes, tally.refused_valid, tally.undocumented,
                    tally.invalid.len(), start.elapsed()
                ),
            );
            wrong.extend(tally.invalid.iter().map(|line| format!("{name} {state:?}: {line}")));
        }
    }
    for (name, line) in &table {
        println!("{name:<50} {line}");
    }
    assert!(wrong.is_empty(), "{} invalid answers:\n{}", wrong.len(), wrong.join("\n"));
}
