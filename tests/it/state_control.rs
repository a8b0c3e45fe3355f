//! State taken out of a mock and put back, as a document and by name.

use counterpart::mock::{Mock, MockSettings, SnapshotError, StateMode, UnknownId};
use counterpart::wire::Response;
use serde_json::{Value, json};

use crate::control::Control;
use crate::crud::{call, call_as, shop};
use crate::mock::{RUNNING, body, mock_with, request};

/// A mock with all that a state can have: live and deleted ones, nested ones, single ones.
fn busy_shop() -> Control {
    let mock = shop(Some(UnknownId::Create));
    for name in ["a", "b", "c"] {
        assert_eq!(call(&mock, "POST", "/pets", Some(json!({"name": name, "secret": "s"}))).status, 201);
    }
    call(&mock, "DELETE", "/pets/2", None);
    call_as(&mock, "PATCH", "/pets/3", "application/merge-patch+json", Some(json!({"nick": "x"})));
    call(&mock, "PUT", "/pets/1/toys/ball", Some(json!({"colour": "red"})));
    call(&mock, "PUT", "/pets/3/toys/ball", Some(json!({"colour": "blue"})));
    call(&mock, "DELETE", "/orders/o1", None);
    call(&mock, "PATCH", "/settings", Some(json!({"theme": "dark"})));
    Control::of(mock)
}

fn state(control: &Control) -> Value {
    body(&control.call("GET", "/state", None))
}

#[test]
fn a_state_that_was_taken_out_is_put_back_without_loss() {
    let control = busy_shop();
    let saved = state(&control);
    // Into one that has seen other things, and into a fresh one.
    call(&control.mock, "DELETE", "/pets/1", None);
    call(&control.mock, "POST", "/pets", Some(json!({"name": "d"})));
    let other = Control::of(shop(Some(UnknownId::Create)));
    for control in [&control, &other] {
        assert_eq!(control.call("PUT", "/state", Some(saved.clone())).status, 204);
        assert_eq!(state(control), saved);
        assert_eq!(call(&control.mock, "GET", "/pets/2", None).status, 404);
        let toys = |pet: u8| body(&call(&control.mock, "GET", &format!("/pets/{pet}/toys/ball"), None));
        assert_eq!((&toys(1)["colour"], &toys(3)["colour"]), (&json!("red"), &json!("blue")));
        assert_eq!(call(&control.mock, "DELETE", "/orders/o1", None).status, 409);
        // Ids go on where they were.
        assert_eq!(body(&call(&control.mock, "POST", "/pets", Some(json!({"name": "e"}))))["id"], 4);
    }
}

#[test]
fn tenants_and_events_to_come_are_put_back_too() {
    let control = Control::of(mock_with(|_| {}));
    let delete = |control: &Control, account: &str, id: &str| {
        let headers = [("x-api-key", "k"), ("x-selected-account-id", account)];
        control.mock.answer(&request("DELETE", &format!("/v5/agentex/deployments/{id}"), &headers)).status
    };
    assert_eq!(delete(&control, "acct_01hx4northwind", RUNNING), 200);
    let saved = state(&control);
    assert_eq!(saved["resources"]["deployments"]["pending"].as_array().unwrap().len(), 2);
    let other = Control::of(mock_with(|settings| {
        settings.fixtures.entities.clear();
        settings.unknown_id = Some(UnknownId::Reject);
    }));
    assert_eq!(other.call("PUT", "/state", Some(saved.clone())).status, 204);
    assert_eq!(state(&other), saved);
    assert_eq!(delete(&other, "acct_01hx9contoso", "dep_01j08nwinvoicetri"), 422);
    for control in [&control, &other] {
        control.call("POST", "/clock", Some(json!({"advance": 3600})));
    }
    // The other one has had a request more.
    assert_eq!(state(&other)["resources"], state(&control)["resources"]);
}

#[test]
fn records_that_do_not_fit_are_refused() {
    let control = busy_shop();
    let before = state(&control);
    for (pointer, wrong, words) in [
        ("/resources/pets/records/0/at", json!(9), "/records/0: there is no entity"),
        ("/resources/pets/records/1/in", json!("limbo"), "body"),
        ("/resources/pets/records/1/id", json!(5), "body"),
        ("/resources/pets/records", json!([]), "leave it out"),
        ("/resources/pets/records/2/id", json!("1"), "there twice"),
    ] {
        let mut bent = before.clone();
        *bent.pointer_mut(pointer).unwrap() = wrong;
        let refused = control.call("PUT", "/state", Some(bent));
        assert_eq!(refused.status, 422, "{pointer}");
        let detail = body(&refused)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(words), "{detail}");
    }
    assert_eq!(state(&control), before);
}

fn snapshots(control: &Control) -> Vec<Value> {
    body(&control.call("GET", "/snapshots", None))["snapshots"].as_array().unwrap().clone()
}

#[test]
fn snapshots_are_taken_listed_restored_and_dropped() {
    let control = busy_shop();
    assert_eq!(snapshots(&control), [] as [Value; 0]);
    let before = state(&control);
    let taken = control.call("POST", "/snapshots/before", None);
    assert_eq!(taken.status, 201);
    assert_eq!((&body(&taken)["name"], &body(&taken)["entities"]), (&json!("before"), &json!(7)));
    call(&control.mock, "DELETE", "/pets/1", None);
    call(&control.mock, "POST", "/pets", Some(json!({"name": "d"})));
    let after = state(&control);
    assert_eq!(control.call("POST", "/snapshots/after.1", None).status, 201);
    let names: Vec<Value> = snapshots(&control).iter().map(|s| s["name"].clone()).collect();
    assert_eq!(names, ["before", "after.1"]);
    for _ in 0..2 {
        assert_eq!(control.call("POST", "/snapshots/before/restore", None).status, 204);
        assert_eq!(state(&control), before);
        // What happens afterwards does not reach the snapshot.
        call(&control.mock, "DELETE", "/pets/3", None);
    }
    assert_eq!(body(&control.call("GET", "/snapshots/after.1", None)), after);
    assert_eq!(control.call("PUT", "/state", Some(after.clone())).status, 204);
    assert_eq!(state(&control), after);
    // A reset keeps snapshots.
    assert_eq!(control.call("POST", "/reset", None).status, 204);
    assert_eq!(control.call("POST", "/snapshots/after.1/restore", None).status, 204);
    assert_eq!(state(&control), after);
    // A snapshot of the same name replaces the one before.
    assert_eq!(control.call("POST", "/snapshots/before", None).status, 201);
    assert_eq!(body(&control.call("GET", "/snapshots/before", None)), after);
    assert_eq!(control.call("DELETE", "/snapshots/before", None).status, 204);
    assert_eq!(snapshots(&control).len(), 1);
}

#[test]
fn snapshots_that_can_not_be_had_are_refused() {
    let control = Control::of(shop(None));
    let status = |method: &str, target: &str| {
        let answer: Response = control.call(method, target, None);
        answer.status
    };
    assert_eq!(status("GET", "/snapshots/none"), 404);
    assert_eq!(status("DELETE", "/snapshots/none"), 404);
    assert_eq!(status("POST", "/snapshots/none/restore"), 404);
    let long = "x".repeat(65);
    for name in ["a%2Fb", "a%20b", "%C3%A4", long.as_str()] {
        assert_eq!(status("POST", &format!("/snapshots/{name}")), 400, "{name}");
    }
    assert_eq!(control.mock.take_snapshot("a b"), Err(SnapshotError::Name));
    assert_eq!(control.mock.take_snapshot(""), Err(SnapshotError::Name));
    assert_eq!(status("POST", "/snapshots"), 405);
    assert_eq!(status("PUT", "/snapshots/x"), 405);
    for n in 0..64 {
        assert_eq!(status("POST", &format!("/snapshots/{n}")), 201);
    }
    assert_eq!(status("POST", "/snapshots/more"), 409);
    assert_eq!(status("POST", "/snapshots/7"), 201);
    assert_eq!(status("DELETE", "/snapshots/7"), 204);
    assert_eq!(status("POST", "/snapshots/more"), 201);
}

#[test]
fn with_a_state_file_what_is_restored_lasts() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let contract = shop(None).contract().clone();
        let state = StateMode::File(folder.path().join("state"));
        Control::of(Mock::new(contract, MockSettings { state, ..MockSettings::default() }).unwrap())
    };
    let control = open();
    call(&control.mock, "POST", "/pets", Some(json!({"name": "a"})));
    let before = state(&control);
    control.call("POST", "/snapshots/s", None);
    call(&control.mock, "POST", "/pets", Some(json!({"name": "b"})));
    assert_eq!(control.call("POST", "/snapshots/s/restore", None).status, 204);
    drop(control);
    let control = open();
    assert_eq!(state(&control), before);
    assert_eq!(control.call("POST", "/clock", Some(json!({"advance": 60}))).status, 200);
    let later = state(&control);
    drop(control);
    assert_eq!(state(&open()), later);
}
