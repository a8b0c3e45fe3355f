//! Faults by rule: what they do to the answer and never to the state, where and how often, and the same again from the
//! same seed.

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::mock::fault::FaultRule;
use counterpart::mock::{Mishap, Mock, MockSettings};
use counterpart::wire::Request;
use serde_json::json;

use crate::expectations::PETS;
use crate::mock::request;

fn mock(seed: u64, rules: &[&str]) -> Mock {
    let faults = rules.iter().map(|rule| FaultRule::parse(rule).unwrap()).collect();
    let settings = MockSettings { seed: Seed(seed), faults, ..MockSettings::default() };
    Mock::new(Contract::from_text("pets.yaml", PETS).unwrap(), settings).unwrap()
}

fn post(id: &str) -> Request {
    let mut asked = request("POST", "/pets", &[("content-type", "application/json")]);
    asked.body = Some(json!({"id": id, "name": "a"}).to_string().into());
    asked
}

#[test]
fn what_strikes_before_the_work_leaves_the_state_and_what_strikes_after_does_not() {
    for (rule, done, mishap) in [
        ("status:429@createPet=1x1", false, Mishap::None),
        ("reset@createPet=1x1", false, Mishap::Reset),
        ("reset:after@POST /pets=1x1", true, Mishap::Reset),
        ("truncate@createPet=1x1", true, Mishap::Truncate(None)),
        ("slow:10kB/s@createPet=1x1", true, Mishap::Slow(Some(10_000))),
        ("garbage@createPet=1x1", true, Mishap::None),
        ("latency:3ms@createPet=1x1", true, Mishap::None),
    ] {
        let mock = mock(1, &[rule]);
        let answer = mock.handle(post("one"));
        assert_eq!(answer.mishap, mishap, "{rule}");
        let state = mock.state()["resources"]["pets"]["live"].to_string();
        assert_eq!(state.contains("\"one\""), done, "{rule}: {state}");
        // Its times are used up, and a retry finds things as they are.
        let again = mock.handle(post("one"));
        assert_eq!((again.mishap, again.response.status == 201), (Mishap::None, !done), "{rule}");
        let entry = &mock.requests(&Default::default())[0];
        let kind = rule.split(['@', ':']).next();
        assert_eq!(entry.outcome.fault.as_deref(), kind, "{rule}");
    }
}

#[test]
fn rules_strike_where_and_as_often_as_they_say_and_the_same_again() {
    let rules =
        ["status:500@getPet=30%", "status:503@listPets=1x2", "latency:lognormal:p50=20ms,p95=80ms=50%"];
    let run = |seed: u64| {
        let mock = mock(seed, &rules);
        let ask = |target: &str| {
            let answer = mock.handle(request("GET", target, &[]));
            (answer.response.status, answer.delay)
        };
        (0..200).flat_map(|_| [ask("/pets/7"), ask("/pets")]).collect::<Vec<_>>()
    };
    let first = run(5);
    assert_eq!(first, run(5));
    assert_ne!(first, run(6));
    let count = |status: u16| first.iter().filter(|(s, _)| *s == status).count();
    assert!((35..85).contains(&count(500)), "{}", count(500));
    assert_eq!(count(503), 2);
    let late = first.iter().filter(|(_, delay)| !delay.is_zero()).count();
    assert!((150..250).contains(&late), "{late}");
}
