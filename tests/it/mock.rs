//! The mock of the seed contract, as its clients see it.

use std::sync::Arc;

use counterpart::contract::Contract;
use counterpart::document::{LoadOptions, SpecSource};
use counterpart::mock::fault::FaultRule;
use counterpart::mock::fixtures::Fixtures;
use counterpart::mock::{Mock, MockSettings, StateMode, UnknownId};
use counterpart::validate::BreachKind;
use counterpart::wire::{Request, Response};
use proptest::prelude::*;
use serde_json::{Value, json};

pub(crate) const PATH: &str = "/v5/agentex/deployments";
const ACCOUNT: &str = "acct_01hx4northwind";
const OTHER: &str = "acct_01hx9contoso";
pub(crate) const RUNNING: &str = "dep_01j02nwsupportcop";
const ALSO_RUNNING: &str = "dep_01j08nwinvoicetri";
const THEIRS: &str = "dep_01j10ctsupportcop";

pub(crate) fn seed_contract() -> Arc<Contract> {
    Contract::load(&SpecSource::Embedded, &LoadOptions::default()).unwrap()
}

pub(crate) fn settings() -> MockSettings {
    MockSettings { fixtures: Fixtures::embedded().unwrap(), workers: Some(2), ..MockSettings::default() }
}

pub(crate) fn mock_with(change: impl FnOnce(&mut MockSettings)) -> Mock {
    let mut settings = settings();
    change(&mut settings);
    Mock::new(seed_contract(), settings).unwrap()
}

pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = Request { method: method.into(), target: target.into(), ..Request::default() };
    for (name, value) in headers {
        request.headers.push(*name, (*value).to_owned());
    }
    request
}

fn delete_as(account: &str, id: &str) -> Request {
    request("DELETE", &format!("{PATH}/{id}"), &[("x-api-key", "k"), ("x-selected-account-id", account)])
}

pub(crate) fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_else(|_| panic!("{response:?}"))
}

fn state_of(mock: &Mock, id: &str) -> Value {
    let answer = mock.answer(&request("GET", &format!("/__counterpart/state?id={id}"), &[]));
    body(&answer)["resources"]["deployments"].clone()
}

#[test]
fn a_live_record_is_deleted_softly_and_nothing_else_changes() {
    let mock = mock_with(|_| {});
    let before = state_of(&mock, RUNNING)["live"][0].clone();
    let answer = mock.answer(&delete_as(ACCOUNT, RUNNING));
    assert_eq!(answer.status, 200);
    let after = body(&answer);
    assert_eq!(after["status"], "DELETED");
    let events_before = before["deploy_events"].as_array().unwrap().len();
    let events = after["deploy_events"].as_array().unwrap();
    assert_eq!(events.len(), events_before + 2);
    assert_eq!(events[events_before + 1]["reason"], "Killing");
    assert!(events[events_before + 1]["message"].as_str().unwrap().contains("support-copilot-nw"));
    for (name, value) in before.as_object().unwrap() {
        match name.as_str() {
            "status" => {}
            "deploy_events" => assert_eq!(value.as_array().unwrap()[..], events[..events_before]),
            _ => assert_eq!(after[name], *value, "{name}"),
        }
    }
    // Kept, and later events come as the logical time goes on.
    assert_eq!(state_of(&mock, RUNNING)["deleted"][0], after);
    for _ in 0..31 {
        let _ = mock.answer(&delete_as(ACCOUNT, RUNNING));
    }
    let later = state_of(&mock, RUNNING)["deleted"][0]["deploy_events"].as_array().unwrap().clone();
    assert_eq!(later.len(), events_before + 4);
    assert_eq!(later.last().unwrap()["reason"], "UninstallCompleted");
}

#[test]
fn terminal_states_are_refused_in_fastapis_shape() {
    let mock = mock_with(|_| {});
    assert_eq!(mock.answer(&delete_as(ACCOUNT, RUNNING)).status, 200);
    for (id, status) in [
        (RUNNING, "DELETED"),
        ("dep_01j05nwleadscorin", "CANCELLED"),
        ("dep_01j06nwdataqualit", "SUPERSEDED"),
        ("dep_01j07nwreleasenot", "DELETED"),
    ] {
        let before = state_of(&mock, id);
        let answer = mock.answer(&delete_as(ACCOUNT, id));
        assert_eq!(answer.status, 422, "{id}");
        let entry = &body(&answer)["detail"][0];
        assert_eq!(entry["loc"], json!(["path", "deployment_id"]));
        assert!(entry["msg"].as_str().unwrap().contains(status), "{entry}");
        assert!(entry["type"].is_string());
        assert_eq!(entry["input"], id);
        assert_eq!(state_of(&mock, id), before);
    }
}

#[test]
fn unknown_and_foreign_ids_get_the_same_answer() {
    for undocumented in [false, true] {
        let mock = mock_with(|s| s.undocumented_statuses = undocumented);
        let unknown = mock.answer(&delete_as(ACCOUNT, "nobody"));
        let foreign = mock.answer(&delete_as(ACCOUNT, THEIRS));
        let text = |r: &Response, id: &str| String::from_utf8(r.body.to_vec()).unwrap().replace(id, "ID");
        assert_eq!(unknown.status, if undocumented { 404 } else { 422 });
        assert_eq!(unknown.status, foreign.status);
        assert_eq!(unknown.headers, foreign.headers);
        assert_eq!(text(&unknown, "nobody"), text(&foreign, THEIRS));
        assert_eq!(body(&unknown)["detail"].is_string(), undocumented);
        assert_eq!(mock.answer(&delete_as(OTHER, THEIRS)).status, 200);
    }
}

#[test]
fn an_id_springs_up_where_that_is_wanted_and_leaks_nothing() {
    let mock = mock_with(|s| s.unknown_id = Some(UnknownId::Create));
    let answer = mock.answer(&delete_as(ACCOUNT, "fresh%20one"));
    assert_eq!(answer.status, 200);
    let made = body(&answer);
    assert_eq!((&made["id"], &made["status"]), (&json!("fresh one"), &json!("DELETED")));
    assert_eq!(made["account_id"], ACCOUNT);
    assert_eq!(mock.answer(&delete_as(ACCOUNT, "fresh%20one")).status, 422);
    // Another account's id is as unknown as any other: it springs up for this account, theirs stays.
    assert_eq!(mock.answer(&delete_as(ACCOUNT, THEIRS)).status, 200);
    assert_eq!(state_of(&mock, THEIRS)["live"][0]["account_id"], OTHER);
    let again = mock_with(|s| s.unknown_id = Some(UnknownId::Create));
    assert_eq!(again.answer(&delete_as(ACCOUNT, "fresh%20one")).body, answer.body);
}

#[test]
fn credentials_are_asked_for_as_fastapi_does() {
    let mock = mock_with(|_| {});
    for headers in [&[][..], &[("x-api-key", "")], &[("x-api-key", "  ")], &[("authorization", "Bearer k")]] {
        let answer = mock.answer(&request("DELETE", &format!("{PATH}/{RUNNING}"), headers));
        assert_eq!(answer.status, 401, "{headers:?}");
        assert_eq!(answer.headers.get_str("www-authenticate"), Some("APIKey"));
        assert_eq!(answer.body, r#"{"detail":"Not authenticated"}"#);
    }
    let open = mock_with(|s| s.auth = false);
    assert_eq!(open.answer(&request("DELETE", &format!("{PATH}/{RUNNING}"), &[])).status, 200);
}

#[test]
fn a_failed_teardown_leaves_the_record_and_a_retry_succeeds() {
    let mock = mock_with(|s| {
        s.faults = vec![FaultRule { times: Some(2), ..FaultRule::parse("teardown=1").unwrap() }]
    });
    let before = state_of(&mock, RUNNING);
    for _ in 0..2 {
        let answer = mock.answer(&delete_as(ACCOUNT, RUNNING));
        assert_eq!(answer.status, 503);
        assert!(body(&answer)["detail"].is_string());
        assert_eq!(state_of(&mock, RUNNING), before);
    }
    // What is refused anyway does not get as far as the teardown.
    assert_eq!(mock.answer(&delete_as(ACCOUNT, RUNNING)).status, 200);
}

#[test]
fn faults_that_nothing_declares_are_refused() {
    let mut settings = settings();
    settings.faults = vec![FaultRule::parse("earthquake=1").unwrap()];
    let error = Mock::new(seed_contract(), settings).unwrap_err();
    assert!(error.to_string().contains("teardown"), "{error}");
}

#[test]
fn of_many_deletes_at_once_exactly_one_wins() {
    let mock = mock_with(|_| {});
    for id in [RUNNING, ALSO_RUNNING] {
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..64).map(|_| scope.spawn(|| mock.answer(&delete_as(ACCOUNT, id)).status)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1);
        assert_eq!(statuses.iter().filter(|s| **s == 422).count(), 63);
    }
}

#[test]
fn wrong_methods_paths_and_types_are_answered_as_http_says() {
    let mock = mock_with(|_| {});
    for method in ["GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "TRACE", "PURGE"] {
        let answer = mock.answer(&request(method, &format!("{PATH}/x"), &[]));
        assert_eq!((answer.status, answer.headers.get_str("allow")), (405, Some("DELETE")), "{method}");
        let wanted = if method == "HEAD" { "" } else { r#"{"detail":"Method Not Allowed"}"# };
        assert_eq!(answer.body, wanted);
    }
    for path in ["/", PATH, "/v5/agentex/deployments/", "/x", "*", "//"] {
        let answer = mock.answer(&request("DELETE", path, &[]));
        assert_eq!((answer.status, &answer.body[..]), (404, &br#"{"detail":"Not Found"}"#[..]), "{path}");
    }
    let slash = mock.answer(&request("DELETE", &format!("{PATH}/x/?a=1"), &[]));
    assert_eq!(
        (slash.status, slash.headers.get_str("location")),
        (307, Some("/v5/agentex/deployments/x?a=1"))
    );
    for (accept, status) in [
        ("application/xml", 406),
        ("application/json;q=0, */*", 406),
        ("text/html, application/*;q=0.1", 200),
        ("*/*", 200),
        (";;;", 200),
    ] {
        let mock = mock_with(|_| {});
        let mut asked = delete_as(ACCOUNT, RUNNING);
        asked.headers.push("accept", accept);
        assert_eq!(mock.answer(&asked).status, status, "{accept}");
        let deleted = state_of(&mock, RUNNING)["deleted"].as_array().unwrap().len();
        assert_eq!(deleted, usize::from(status == 200), "{accept}");
    }
}

#[test]
fn preflights_are_answered_and_answers_readable() {
    let mock = mock_with(|_| {});
    let asked = request(
        "OPTIONS",
        &format!("{PATH}/x"),
        &[
            ("origin", "https://app.example"),
            ("access-control-request-method", "DELETE"),
            ("access-control-request-headers", "x-api-key, x-selected-account-id"),
        ],
    );
    let answer = mock.answer(&asked);
    let text = |name: &str| answer.headers.get_str(name);
    assert_eq!(answer.status, 204);
    assert_eq!(text("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(text("access-control-allow-methods"), Some("DELETE"));
    assert_eq!(text("access-control-allow-headers"), Some("x-api-key, x-selected-account-id"));
    assert_eq!(answer.headers.all("access-control-allow-origin").count(), 1);
    let mut simple = delete_as(ACCOUNT, RUNNING);
    simple.headers.push("origin", "https://app.example");
    let answer = mock.answer(&simple);
    assert_eq!(answer.headers.get_str("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.headers.get_str("vary"), Some("Origin"));
    let off = mock_with(|s| s.cors = false);
    assert_eq!(off.answer(&asked).status, 405);
}

#[test]
fn preferences_steer_the_answer_and_change_nothing() {
    let mock = mock_with(|_| {});
    let before = state_of(&mock, RUNNING);
    for (prefer, status) in [
        ("code=422", 422),
        ("code=200", 200),
        ("code=404", 404),
        ("code=401", 401),
        ("code=500", 500),
        ("dynamic=true", 200),
        ("seed=7", 200),
    ] {
        let mut asked = delete_as(ACCOUNT, RUNNING);
        asked.headers.push("prefer", prefer);
        let answer = mock.answer(&asked);
        assert_eq!(answer.status, status, "{prefer}");
        assert!(answer.headers.get("preference-applied").is_some(), "{prefer}");
        if status == 200 {
            assert_eq!(body(&answer)["id"], RUNNING);
        }
        assert_eq!(state_of(&mock, RUNNING), before, "{prefer}");
    }
    let seeded = |seed: &str| {
        let mut asked = delete_as(ACCOUNT, RUNNING);
        asked.headers.push("prefer", format!("seed={seed}"));
        mock.answer(&asked).body
    };
    assert_eq!(seeded("1"), seeded("1"));
    assert_ne!(seeded("1"), seeded("2"));
    // In the query only where that is wanted.
    let mut asked = delete_as(ACCOUNT, "x");
    asked.target.push_str("?__code=500");
    assert_eq!(mock.answer(&asked).status, 422);
    assert_eq!(mock_with(|s| s.query_preferences = true).answer(&asked).status, 500);
    // What nothing knows is ignored.
    for (prefer, id) in [("code=299", RUNNING), ("example=nope", ALSO_RUNNING)] {
        let mut asked = delete_as(ACCOUNT, id);
        asked.headers.push("prefer", prefer);
        let answer = mock.answer(&asked);
        assert_eq!((answer.status, answer.headers.get("preference-applied")), (200, None), "{prefer}");
        assert_eq!(mock.answer(&delete_as(ACCOUNT, id)).status, 422);
    }
}

#[test]
fn without_state_every_valid_request_succeeds() {
    let mock = mock_with(|s| s.state = StateMode::None);
    for id in ["a", RUNNING, THEIRS, "a%2Fb", "%FF", "a"] {
        let answer = mock.answer(&delete_as(ACCOUNT, id));
        assert_eq!(answer.status, 200, "{id}");
        assert_eq!(body(&answer)["account_id"], ACCOUNT);
        assert_eq!(body(&answer)["status"], "DELETED");
    }
    assert_eq!(mock.answer(&request("DELETE", &format!("{PATH}/a"), &[])).status, 401);
}

#[test]
fn equal_seeds_and_requests_give_equal_answers() {
    let run = || {
        let mock = mock_with(|s| s.unknown_id = Some(UnknownId::Create));
        let ids = [RUNNING, "x", "x", THEIRS, ALSO_RUNNING];
        ids.map(|id| mock.answer(&delete_as(ACCOUNT, id)).body)
    };
    assert_eq!(run(), run());
}

#[test]
fn the_fixtures_hold_every_status_in_both_accounts_and_are_checked() {
    let fixtures = Fixtures::embedded().unwrap();
    for account in [ACCOUNT, OTHER] {
        for status in ["PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "SUPERSEDED", "DELETED"] {
            let is = |v: &Value| v["account_id"] == account && v["status"] == status;
            assert!(fixtures.entities.iter().any(|e| is(&e.value)), "{account} {status}");
        }
    }
    let mut broken = Fixtures::embedded().unwrap();
    broken.entities.clear();
    let text = "entities:\n  deployments:\n    - id: x\n      status: 7\n";
    broken.add_text("broken.yaml", text).unwrap();
    let error = Mock::new(seed_contract(), MockSettings { fixtures: broken, ..settings() }).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("broken.yaml:3:") || said.contains("broken.yaml:4:"), "{said}");
    assert!(said.contains("contract:"), "{said}");
}

/// Statuses that the mock may use although the seed contract does not list them.
const LISTED: [u16; 8] = [307, 401, 404, 405, 406, 413, 503, 204];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_valid_or_listed(
        method in prop_oneof![4 => Just("DELETE".to_owned()), 1 => "(GET|HEAD|OPTIONS|POST|FOO)"],
        id in prop_oneof![
            Just(RUNNING.to_owned()), Just(THEIRS.to_owned()), Just("dep_01j05nwleadscorin".to_owned()),
            "[!-~]{0,12}", "(%[0-9A-F]{2}){0,6}", "\\PC{0,4}", Just("x".repeat(8192)),
        ],
        headers in proptest::collection::vec(
            (prop_oneof![
                Just("x-api-key"), Just("x-selected-account-id"), Just("accept"), Just("prefer"), Just("origin"),
                Just("content-type"), Just("access-control-request-method"),
             ],
             prop_oneof![
                Just(b"k".to_vec()), Just(ACCOUNT.as_bytes().to_vec()), Just(b"application/json".to_vec()),
                Just(b"code=422".to_vec()), Just(b"code=200, dynamic=true".to_vec()), Just(b"*/*;q=0".to_vec()),
                proptest::collection::vec(any::<u8>(), 0..20),
             ]),
            0..6),
        sent in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
        stateless in any::<bool>(),
        create in any::<bool>(),
        query in "(\\?[a-z=&%]{0,10})?",
    ) {
        let mock = mock_with(|s| {
            s.state = if stateless { StateMode::None } else { StateMode::Memory };
            s.unknown_id = create.then_some(UnknownId::Create);
        });
        let mut asked = request(&method, &format!("{PATH}/{id}{query}"), &[]);
        for (name, value) in headers {
            asked.headers.push(name, value);
        }
        asked.body = sent.map(Into::into);
        for _ in 0..2 {
            let answer = mock.answer(&asked);
            if LISTED.contains(&answer.status) {
                continue;
            }
            let operation = mock.contract().operation(mock.contract().heads()[0].index);
            let breaches = mock.judge().response(&operation, &answer);
            // A client may ask for any error status itself.
            let asked_for = |b: &counterpart::validate::Breach| {
                b.kind == BreachKind::Undocumented && answer.headers.get("preference-applied").is_some()
            };
            prop_assert!(breaches.iter().all(asked_for), "{asked:?}\n{answer:?}\n{breaches:?}");
        }
    }
}
