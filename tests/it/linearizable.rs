//! Requests about one entity, many at once: there is always an order of them, one after the other, in which each answer
//! is the right one, and in which nobody is answered by what came only after (Herlihy and Wing, 1990).

use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings, UnknownId};
use serde_json::json;

use crate::mock::{body, request};

/// How many histories there are, how many clients each has, and how many requests each client sends.
const HISTORIES: u64 = 800;
const CLIENTS: u64 = 4;
const REQUESTS: u64 = 4;

const CONTRACT: &str = "
openapi: 3.1.0
info: {title: Things, version: '1'}
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': &thing {description: d, content: {application/json: {schema: &schema {
      type: object, properties: {id: {type: string}, name: {type: string}, size: {type: string}}, required: [id, name]}}}}, '404': {description: d}}}
    put: {requestBody: {content: {application/json: {schema: *schema}}}, responses: {'200': *thing, '201': *thing}}
    patch: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': *thing, '404': {description: d}}}
    delete: {responses: {'204': {description: d}, '404': {description: d}}}
";

/// What the entity is: its name and its size, where it is there.
type State = Option<(u64, Option<u64>)>;

#[derive(Clone, Copy, Debug)]
enum Call {
    Get,
    Put(u64),
    Patch(u64),
    Delete,
}

/// A request and its answer: the status, and what was shown.
#[derive(Clone, Copy, Debug)]
struct Event {
    call: Call,
    status: u16,
    shown: State,
    /// When it was sent and when it was answered.
    from: u64,
    to: u64,
}

impl Event {
    /// What the entity is afterwards, if the answer was right with it as it was.
    fn after(&self, state: State) -> Option<State> {
        let (status, next) = match (self.call, state) {
            (Call::Get, Some(_)) => (200, state),
            (Call::Put(name), Some(_)) => (200, Some((name, None))),
            (Call::Put(name), None) => (201, Some((name, None))),
            (Call::Patch(size), Some((name, _))) => (200, Some((name, Some(size)))),
            (Call::Delete, Some(_)) => (204, None),
            (Call::Get | Call::Patch(_) | Call::Delete, None) => (404, None),
        };
        let shows = !matches!(self.call, Call::Delete) && status < 400;
        (self.status == status && (!shows || self.shown == next)).then_some(next)
    }
}

/// Whether some order explains the history.
fn is_linearizable(history: &[Event]) -> bool {
    let all = (1_u64 << history.len()) - 1;
    let mut seen = HashSet::new();
    let mut left = vec![(0_u64, State::None)];
    while let Some((done, state)) = left.pop() {
        if done == all {
            return true;
        }
        let waiting = || history.iter().enumerate().filter(|(n, _)| done & (1 << n) == 0);
        // Whatever comes next was sent before any that is left was answered.
        let first_answer = waiting().map(|(_, event)| event.to).min().unwrap_or(u64::MAX);
        for (n, event) in waiting().filter(|(_, event)| event.from < first_answer) {
            if let Some(next) = event.after(state)
                && seen.insert((done | (1 << n), next))
            {
                left.push((done | (1 << n), next));
            }
        }
    }
    false
}

fn send(mock: &Mock, clock: &AtomicU64, id: &str, call: Call) -> Event {
    let target = format!("/things/{id}");
    let (method, sent) = match call {
        Call::Get => ("GET", None),
        Call::Put(name) => ("PUT", Some(json!({"id": id, "name": name.to_string()}))),
        Call::Patch(size) => ("PATCH", Some(json!({"size": size.to_string()}))),
        Call::Delete => ("DELETE", None),
    };
    let mut asked = request(method, &target, &[("content-type", "application/json")]);
    asked.body = sent.map(|sent| sent.to_string().into());
    let from = clock.fetch_add(1, Ordering::SeqCst);
    if from.is_multiple_of(6) {
        // On a busy machine the clients would take turns otherwise.
        std::thread::yield_now();
    }
    let answer = mock.answer(&asked);
    let to = clock.fetch_add(1, Ordering::SeqCst);
    let shown = (answer.status < 300 && !answer.body.is_empty()).then(|| {
        let value = body(&answer);
        let number = |name: &str| value[name].as_str().and_then(|text| text.parse().ok());
        (number("name").unwrap_or(u64::MAX), number("size"))
    });
    Event { call, status: answer.status, shown, from, to }
}

#[test]
fn some_order_explains_every_history() {
    let contract = Contract::from_text("things.yaml", CONTRACT).unwrap();
    let settings = MockSettings { unknown_id: Some(UnknownId::Reject), ..MockSettings::default() };
    let mock = Mock::new(contract, settings).unwrap();
    let (clock, gate) = (AtomicU64::new(0), Barrier::new(CLIENTS as usize));
    let run = |client: u64| {
        let mut events = Vec::new();
        for history in 0..HISTORIES {
            // A new entity for each history, and all clients at once.
            let id = format!("t{history}");
            gate.wait();
            let mut own = Vec::new();
            for step in 0..REQUESTS {
                let dice = Seed(5).nth(history).nth(client).nth(step);
                let value = history * 1_000 + client * 10 + step;
                let call = match dice.0 % 8 {
                    0..=2 => Call::Put(value),
                    3 | 4 => Call::Get,
                    5 | 6 => Call::Patch(value),
                    _ => Call::Delete,
                };
                own.push(send(&mock, &clock, &id, call));
            }
            events.push(own);
        }
        events
    };
    let by_client: Vec<Vec<Vec<Event>>> = std::thread::scope(|threads| {
        let run = &run;
        let running: Vec<_> = (0..CLIENTS).map(|client| threads.spawn(move || run(client))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (mut overlapping, mut statuses) = (0, HashSet::new());
    for number in 0..HISTORIES as usize {
        let mut history: Vec<Event> = by_client.iter().flat_map(|events| events[number].clone()).collect();
        history.sort_by_key(|event| event.from);
        overlapping += usize::from(history.windows(2).any(|pair| pair[1].from < pair[0].to));
        statuses.extend(history.iter().map(|event| event.status));
        assert!(is_linearizable(&history), "no order explains {history:#?}");
    }
    assert!(overlapping > HISTORIES as usize / 100, "only {overlapping} histories had requests at once");
    assert_eq!(statuses, HashSet::from([200, 201, 204, 404]));
}

#[test]
fn histories_that_no_order_explains_are_recognised() {
    let event = |call, status, shown, from, to| Event { call, status, shown, from, to };
    let made = event(Call::Put(1), 201, Some((1, None)), 0, 5);
    // Read while it was made: there or not, both are right.
    for (status, shown) in [(404, None), (200, Some((1, None)))] {
        assert!(is_linearizable(&[made, event(Call::Get, status, shown, 1, 3)]));
    }
    for wrong in [
        // Read after it was made, and not there.
        vec![made, event(Call::Get, 404, None, 6, 7)],
        // Made twice.
        vec![made, event(Call::Put(2), 201, Some((2, None)), 1, 6)],
        // Deleted twice.
        vec![made, event(Call::Delete, 204, None, 6, 9), event(Call::Delete, 204, None, 7, 8)],
        // An update that was lost.
        vec![
            made,
            event(Call::Patch(7), 200, Some((1, Some(7))), 6, 7),
            event(Call::Get, 200, Some((1, None)), 8, 9),
        ],
        // What is new, and then what was before it.
        vec![
            made,
            event(Call::Put(2), 200, Some((2, None)), 6, 20),
            event(Call::Get, 200, Some((2, None)), 7, 8),
            event(Call::Get, 200, Some((1, None)), 9, 10),
        ],
    ] {
        assert!(!is_linearizable(&wrong), "{wrong:?}");
    }
}
