//! The mock of contracts from the wild: it starts, and what it answers is valid.
//!
//! A sample by default. `COUNTERPART_CORPUS=all cargo test --test it mock_corpus:: -- --nocapture` calls every operation
//! of every contract and prints a table; `COUNTERPART_CORPUS=NAME,NAME` does so for some, `NAME:none` in one of the modes.
//! `COUNTERPART_CORPUS_SHARE=1/4` takes the second of four shares of the operations, so that several processes do it.

#![expect(clippy::print_stdout, reason = "the table for whoever asks for all contracts")]

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use counterpart::base::Seed;
use counterpart::contract::{Contract, OperationHead};
use counterpart::document::{LoadOptions, SpecSource};
use counterpart::generate::case::{Case, CaseMaker, CaseSettings, Destructive, MakeError, Phase};
use counterpart::mock::router::{Routed, Router};
use counterpart::mock::{Mock, MockSettings, StateMode};
use counterpart::validate::intent::Intent;
use counterpart::validate::{BreachKind, Coercion, Judge, Part};
use counterpart::wire::Response;
use serde_json::Value;

use crate::support::shared;

/// Statuses that the mock may use where a contract documents nothing that fits.
const LISTED: [u16; 15] = [307, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 426, 503];

/// How many operations of one contract are called in a sample, and how many cases each has at most.
const SAMPLED_OPERATIONS_MAX: usize = 8;
const SAMPLED_CASES_MAX: u64 = 4;

/// How many cases an operation has at most when all are called: enough to meet valid and broken ones.
const CASES_MAX: u64 = 8;

/// After so many operations the mock and its caches are made anew, so that the largest contract fits in memory.
const OPERATIONS_PER_MOCK: usize = 250;

/// An operation that takes longer than this for all its cases is listed.
const SLOW: Duration = Duration::from_secs(2);

const TAG: &str = "FastAPI wants the discriminator, which the schemas do not require";

/// What goes wrong and is not ours: contract, operation (its id in the table), why. All of it must still go wrong.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("agentex", "batch_create_messages_messages_batch_post", TAG),
    ("agentex", "batch_update_messages_messages_batch_put", TAG),
    ("agentex", "update_message_messages__message_id__put", TAG),
    ("hostile-huge-bounds", "GET /a", "the least valid answer is larger than any that is made"),
    ("hostile-recursive-required", "GET /a", "the schema demands itself without end: nothing is valid"),
    ("oxide-dropshot-fuller", "handler1", "`type: string` with `enum: [null]`: nothing is valid"),
    ("oxide-dropshot-fuller", "handler15", "`type: string` with `enum: [null]`: nothing is valid"),
    ("oxide-dropshot-fuller", "handler5", "`type: string` with `enum: [null]`: nothing is valid"),
    (
        "oxide-propolis",
        "instance_issue_crucible_snapshot_request",
        "`type: string` with `enum: [null]`: nothing is valid",
    ),
];

#[derive(Debug, Default)]
struct Tally {
    operations: usize,
    calls: usize,
    successes: usize,
    refused_by_state: usize,
    undocumented: usize,
    no_value: usize,
    called: HashSet<String>,
    slow: Vec<String>,
    /// Operation and what is wrong.
    wrong: Vec<(String, String)>,
}

fn judge(contract: &Arc<Contract>, coercion: Coercion) -> Arc<Judge> {
    let judge = Judge::with_source(contract.schema_source(), contract.security_schemes().clone());
    Arc::new(judge.with_coercion(coercion))
}

/// What makes requests to a contract's operations.
pub(crate) fn case_maker(contract: &Arc<Contract>) -> CaseMaker {
    let settings =
        CaseSettings { seed: Some(Seed(7)), destructive: Destructive::All, ..CaseSettings::default() };
    CaseMaker::new(
        contract.heads(),
        contract.security_schemes().clone(),
        judge(contract, Coercion::Strict),
        judge(contract, Coercion::Lax),
        settings,
    )
}

/// One contract's mock with all that calls and judges it.
struct Bench<'c> {
    contract: &'c Arc<Contract>,
    mock: Mock,
    strict: Arc<Judge>,
    maker: CaseMaker,
    router: &'c Router,
    remembers: bool,
}

impl<'c> Bench<'c> {
    fn new(contract: &'c Arc<Contract>, router: &'c Router, remembers: bool) -> Self {
        let state = if remembers { StateMode::Memory } else { StateMode::None };
        let settings = MockSettings { state, ..MockSettings::default() };
        let mock = Mock::new(Arc::clone(contract), settings).unwrap();
        let strict = judge(contract, Coercion::Strict);
        let maker = case_maker(contract);
        Self { contract, mock, strict, maker, router, remembers }
    }

    /// Calls one operation: cases until both valid and broken ones were among them.
    fn call(&self, head: &OperationHead, cases_max: u64, tally: &mut Tally) {
        let operation = self.contract.operation(head.index);
        if operation.responses.is_empty() {
            return;
        }
        tally.operations += 1;
        tally.called.insert(head.id.clone());
        let (mut valid, mut broken) = (0, 0);
        let started = Instant::now();
        for index in 0..cases_max {
            let case = match self.maker.case(&operation, Phase::Random, index) {
                Ok(case) => case,
                Err(MakeError::NoValue(part)) => {
                    tally.no_value += 1;
                    if std::env::var_os("COUNTERPART_CORPUS").is_some() && index == 0 {
                        println!("no value: {} {part}", head.id);
                    }
                    continue;
                }
                Err(_) => continue,
            };
            match case.intent {
                Intent::Valid(_) => valid += 1,
                Intent::Broken(_) => broken += 1,
                _ => {}
            }
            let answer = self.mock.answer(&case.request);
            tally.calls += 1;
            if let Some(wrong) = self.judge(head, &operation, &case, &answer, tally) {
                let text = String::from_utf8_lossy(&answer.body).chars().take(150).collect::<String>();
                let target = &case.request.target;
                let shown = format!("{target:.120} [{}] -> {}: {wrong}: {text}", case.label, answer.status);
                tally.wrong.push((head.id.clone(), shown));
            }
            if valid >= 3 && broken >= 1 {
                break;
            }
        }
        if started.elapsed() > SLOW {
            tally.slow.push(format!("{} took {:?}", head.id, started.elapsed()));
        }
    }

    /// What is wrong with an answer.
    fn judge(
        &self,
        head: &OperationHead,
        operation: &counterpart::contract::Operation,
        case: &Case,
        answer: &Response,
        tally: &mut Tally,
    ) -> Option<String> {
        let routed = self.router.route(&case.request.method, &case.request.target);
        let reaches = matches!(routed, Routed::Found { operation, .. } if operation == head.index);
        let accepts = operation.responses.iter().any(|r| r.status.may_accept());
        if (200..400).contains(&answer.status) {
            tally.successes += 1;
            if reaches && matches!(case.intent, Intent::Broken(_)) {
                return Some(format!("accepted, though {}", case.intent));
            }
        } else if matches!(case.intent, Intent::Valid(_)) && reaches && accepts && case.fair.is_empty() {
            // What is valid can only be refused for what is there, or is there no more.
            let upgrades = answer.status == 426;
            if !self.remembers && !upgrades {
                return Some("valid, but refused".to_owned());
            }
            tally.refused_by_state += 1;
        }
        if !reaches {
            return None;
        }
        let breaches = self.strict.response_to(operation, &case.request.method, answer);
        let first = breaches.first()?;
        let only_status =
            breaches.iter().all(|b| b.part == Part::Status && b.kind == BreachKind::Undocumented);
        if only_status && LISTED.contains(&answer.status) {
            tally.undocumented += 1;
            return None;
        }
        let place = self.contract.place(&first.violation.schema);
        Some(format!("{:?} {} at {place}", first.part, first.violation.message))
    }
}

fn exercise(contract: &Arc<Contract>, remembers: bool, all: bool) -> Tally {
    let router = Router::new(contract.heads(), []);
    let mut tally = Tally::default();
    let step = if all { 1 } else { contract.heads().len().div_ceil(SAMPLED_OPERATIONS_MAX).max(1) };
    let cases_max = if all { CASES_MAX } else { SAMPLED_CASES_MAX };
    let (share, shares) = share();
    let heads: Vec<&OperationHead> = contract.heads().iter().step_by(step).collect();
    let heads: Vec<&OperationHead> = heads.into_iter().skip(share).step_by(shares).collect();
    for some in heads.chunks(OPERATIONS_PER_MOCK) {
        let bench = Bench::new(contract, &router, remembers);
        for head in some {
            bench.call(head, cases_max, &mut tally);
        }
    }
    tally
}

/// Which share of the operations is wanted, of how many.
fn share() -> (usize, usize) {
    let asked = std::env::var("COUNTERPART_CORPUS_SHARE").ok();
    let parts = asked.as_deref().and_then(|text| text.split_once('/'));
    parts.map_or((0, 1), |(share, of)| (share.parse().unwrap(), of.parse().unwrap()))
}

/// The resident set in MB, where the system tells it.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kilobytes.map_or("?".to_owned(), |kb| (kb / 1024).to_string())
}

#[test]
fn every_answer_to_contracts_from_the_wild_is_valid() {
    let Some(index) = shared("corpus/index.json") else { return };
    let asked = std::env::var("COUNTERPART_CORPUS").ok();
    let entries: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(index).unwrap()).unwrap();
    let accepted = entries.iter().filter(|e| e["expect"] == "accept" && e["operations"].as_u64() > Some(0));
    let mut table: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong: Vec<String> = Vec::new();
    let mut excused: HashSet<usize> = HashSet::new();
    let mut called: HashSet<(String, String)> = HashSet::new();
    for (number, entry) in accepted.enumerate() {
        let (name, file) = (entry["name"].as_str().unwrap(), entry["file"].as_str().unwrap());
        let small = entry["bytes_all"].as_u64() < Some(200_000);
        let wanted = |state: &str| match asked.as_deref() {
            None => number % 11 == 0 && small,
            Some("all") => true,
            Some(names) => names.split(',').any(|n| n == name || n == format!("{name}:{state}")),
        };
        let modes: Vec<_> =
            [("memory", true), ("none", false)].into_iter().filter(|(s, _)| wanted(s)).collect();
        if modes.is_empty() {
            continue;
        }
        let Some(path) = shared(&format!("corpus/{file}")) else { continue };
        let Ok(contract) = Contract::load(&SpecSource::Path(path), &LoadOptions::default()) else {
            wrong.push(format!("{name}: can't be loaded"));
            continue;
        };
        for (state, remembers) in modes {
            let start = Instant::now();
            let tally = exercise(&contract, remembers, asked.is_some());
            let line = format!(
                "{:>5} operations {:>6} calls {:>6} successes {:>5} refused by state {:>5} undocumented {:>3} no value {:>3} \
                 wrong {:>7.1} s {:>5} MB",
                tally.operations,
                tally.calls,
                tally.successes,
                tally.refused_by_state,
                tally.undocumented,
                tally.no_value,
                tally.wrong.len(),
                start.elapsed().as_secs_f64(),
                memory()
            );
            if asked.is_some() {
                println!("{name:<34} {state} {line}");
                tally.slow.iter().for_each(|slow| println!("  slow: {slow}"));
                tally.wrong.iter().for_each(|(id, w)| println!("  wrong: {id}: {w}"));
            }
            table.insert(format!("{name} {state}"), line);
            called.extend(tally.called.into_iter().map(|id| (name.to_owned(), id)));
            for (id, line) in tally.wrong {
                match EXCEPTIONS.iter().position(|(n, o, _)| *n == name && *o == id) {
                    Some(exception) => drop(excused.insert(exception)),
                    None => wrong.push(format!("{name} {state} {id}: {line}")),
                }
            }
        }
    }
    for (name, line) in &table {
        println!("{name:<42} {line}");
    }
    // An exception that goes well by now does not belong in the list. A sample may miss the case that fails.
    for (number, (name, id, reason)) in EXCEPTIONS.iter().enumerate() {
        let tried = asked.is_some() && called.contains(&((*name).to_owned(), (*id).to_owned()));
        assert!(!tried || excused.contains(&number), "{name} {id} goes well by now: {reason}");
    }
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
}
