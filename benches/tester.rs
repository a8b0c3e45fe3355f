//! Checked requests in a second: the tester against the mock in its own process, over the loopback device.
//!
//! ```text
//! cargo bench --bench tester             # 50,000 cases
//! cargo bench --bench tester -- 200000   # as many as you like
//! ```
//!
//! The processor's time is that of the whole process: generating, sending, the mock's own work, reading, judging,
//! checking. A second line gives the tester's part alone, against a target that is a function.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use counterpart::MockServer;
use counterpart::base::Seed;
use counterpart::client::{Client, ClientSettings};
use counterpart::contract::Contract;
use counterpart::document::{LoadOptions, SpecSource};
use counterpart::exercise::{Api, EVENTS_MAX, Engine, FunctionTransport, Settings, Transport, Verdict};
use counterpart::generate::case::{CaseSettings, Destructive, Phase};
use counterpart::mock::fixtures::Fixtures;
use counterpart::mock::{Mock, MockSettings};
use counterpart::wire::Request;
use tokio::sync::{mpsc, watch};

/// Clock ticks of `/proc/self/stat` in a second, on every Linux that runs today.
const TICKS_PER_SECOND: f64 = 100.0;

fn main() {
    let cases = std::env::args().filter_map(|a| a.parse().ok()).next_back().unwrap_or(50_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let contract = Contract::load(&SpecSource::Embedded, &LoadOptions::default()).expect("the contract");
        let settings =
            || MockSettings { fixtures: Fixtures::embedded().expect("fixtures"), ..MockSettings::default() };
        let running =
            MockServer::from_contract(Arc::clone(&contract), settings()).start().await.expect("a mock");
        let client = Client::new(&running.url(), ClientSettings::default()).expect("a client");
        measure("mock over loopback", &contract, Arc::new(client), cases).await;
        let mock = Mock::new(Arc::clone(&contract), settings()).expect("a mock");
        let function = FunctionTransport(move |request: &Request| Ok(mock.answer(request)));
        measure("mock as a function", &contract, Arc::new(function), cases).await;
        let answer = counterpart::wire::Response { status: 422, ..Default::default() };
        let function = FunctionTransport(move |_: &Request| Ok(answer.clone()));
        measure("no target at all  ", &contract, Arc::new(function), cases).await;
    });
}

async fn measure(name: &str, contract: &Arc<Contract>, transport: Arc<dyn Transport>, cases: u64) {
    let settings = Settings {
        case: CaseSettings { seed: Some(Seed(1)), destructive: Destructive::All, ..CaseSettings::default() },
        phases: vec![Phase::Random],
        cases,
        workers: 16,
        ..Settings::default()
    };
    let engine = Engine::new(Api::of(contract, "", |_| true), settings, transport);
    let (tell, mut events) = mpsc::channel(EVENTS_MAX);
    let (_stop, stopped) = watch::channel(false);
    let (before, started) = (processor_seconds(), Instant::now());
    let listener = tokio::spawn(async move { while events.recv().await.is_some() {} });
    let summary = engine.run(tell, stopped).await;
    let elapsed = started.elapsed();
    let spent = processor_seconds() - before;
    listener.await.expect("the listener ends");
    let requests = summary.counts.requests as f64;
    println!(
        "{name}: {:7.0} checked requests/s, {:.3} ms of processor time each ({requests} requests in {:.1} s, {} findings{})",
        requests / elapsed.as_secs_f64(),
        spent * 1000.0 / requests,
        round(elapsed),
        summary.findings.len(),
        if matches!(summary.verdict, Verdict::Unusable(_)) { ", unusable" } else { "" },
    );
}

fn round(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// The processor's time that this process has used; 0 where the system does not say.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may hold blanks; user and system time are the 12th and 13th fields behind it.
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        |n: usize| behind.split_whitespace().nth(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}
