//! Declarations that overrule what the mock infers: in the contract, in fixture files, in `counterpart.toml`.

use counterpart::contract::Contract;
use counterpart::mock::fixtures::Fixtures;
use counterpart::mock::{Mock, MockError, MockSettings, UnknownId};
use serde_json::{Value, json};

use crate::crud::call;
use crate::inference::{SHOP, at, order};
use crate::mock::body;
use crate::support::Program;

/// A mock of the contract with these changes of its text, and these declarations.
fn declared(changes: &[(&str, &str)], declarations: Value) -> Result<Mock, MockError> {
    let mut text = SHOP.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    let contract = Contract::from_text("shop.yaml", &text).unwrap();
    let mut fixtures = Fixtures::default();
    fixtures.add_text("own.json", &json!({"resources": declarations}).to_string()).unwrap();
    Mock::new(
        contract,
        MockSettings { fixtures, unknown_id: Some(UnknownId::Reject), ..MockSettings::default() },
    )
}

#[test]
fn declarations_overrule_inference() {
    let item = "  /orders/{id}:\n    parameters:";
    let cancel = "  /orders/{id}/cancel:\n    parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n    post:\n";
    let with = |member: &str| format!("{cancel}      {member}\n");
    // The contract says what an action sets, and that another has nothing to do with state.
    let set = with("x-counterpart-action: {does: act, set: {note: '{now}'}}");
    let mock = declared(&[(cancel, &set)], json!({})).unwrap();
    let made = order(&mock, json!({"total": 1}));
    let acted = body(&call(&mock, "POST", &format!("{}/cancel", at(&made)), None));
    assert!(
        acted["note"].as_str().is_some_and(|note| note.starts_with("2026"))
            && acted["status"] == made["status"]
    );
    let mock = declared(&[(cancel, &with("x-counterpart-action: none"))], json!({})).unwrap();
    assert_eq!(call(&mock, "POST", "/orders/nobody/cancel", None).status, 200);

    // A path item names its resource; a schema says how its entities are deleted.
    let named = item.replace("    parameters:", "    x-counterpart-resource: purchases\n    parameters:");
    let hard = (
        "    Order:\n      type: object\n",
        "    Order:\n      x-counterpart-resource: {delete: {}}\n      type: object\n",
    );
    let mock = declared(&[(item, &named), hard], json!({})).unwrap();
    assert!(
        mock.resources().position("purchases").is_some() && mock.resources().position("orders").is_none()
    );
    let made = order(&mock, json!({"total": 1}));
    call(&mock, "DELETE", &at(&made), None);
    assert_eq!(call(&mock, "POST", &format!("{}/restore", at(&made)), None).status, 404, "it is gone");

    // Declared outside of the contract: no state, another id, another kind of delete.
    let mock = declared(&[], json!({"orders": {"state": false}})).unwrap();
    assert!(mock.resources().position("orders").is_none());
    assert_eq!(call(&mock, "GET", "/orders/nobody", None).status, 200);
    let declarations = json!({"orders": {"delete": {"set": {"status": "CANCELLED"}, "shown": true}, "id": "note",
                                         "actions": {"POST /orders/{id}/restore": "none"}}});
    let mock = declared(&[], declarations).unwrap();
    let made = order(&mock, json!({"total": 1, "note": "n1"}));
    assert_eq!(made["note"], "n1");
    let deleted = body(&call(&mock, "DELETE", "/orders/n1", None));
    assert_eq!(
        (&deleted["status"], body(&call(&mock, "GET", "/orders/n1", None))),
        (&json!("CANCELLED"), deleted.clone())
    );
}

#[test]
fn wrong_declarations_are_told_with_place_and_hint() {
    let wrong = |changes: &[(&str, &str)], declarations: Value| match declared(changes, declarations.clone())
    {
        Err(MockError::Declaration(wrong)) => format!("{wrong}; {}", wrong.hint.clone().unwrap_or_default()),
        other => panic!("{declarations}: {:?}", other.map(|_| ())),
    };
    let item = ("  /orders/{id}:\n", "  /orders/{id}:\n    x-counterpart-resource: {idd: x}\n");
    let receipt = ("  /orders/{id}/receipt:\n", "  /orders/{id}/receipt:\n    x-counterpart-resource: 7\n");
    let action = ("    delete: {responses", "    delete: {x-counterpart-action: archve, responses");
    let odd =
        ("    delete: {responses", "    delete: {x-counterpart-action: {does: act, sets: {}}, responses");
    let schema = ("    NewOrder:\n", "    NewOrder:\n      x-counterpart-resource: {delete: {}}\n");
    for (changes, declarations, words) in [
        (&[][..], json!({"order": {"id": "x"}}), &["resource `order`", "did you mean `orders`?"][..]),
        (&[], json!({"x": {"item": "/order/{id}"}}), &["no path `/order/{id}`", "/orders/{id}"]),
        (&[], json!({"orders": {"name": "lines"}}), &["`lines` already"]),
        (&[], json!({"orders": {"collection": "/ordres"}}), &["no path `/ordres`", "`/orders`"]),
        (&[], json!({"orders": {"actions": {"POST /order": "none"}}}), &["no operation `POST /order`"]),
        (
            &[],
            json!({"orders": {"actions": {"GET /orders": "lst"}}}),
            &["`lst` is no action", "did you mean `list`?"],
        ),
        (&[item], json!({}), &["shop.yaml:", "unknown field `idd`"]),
        (&[receipt], json!({}), &["shop.yaml:", "`false`, a name, or an object"]),
        (&[action], json!({}), &["shop.yaml:", "`archve` is no action"]),
        (&[odd], json!({}), &["no key `sets`", "did you mean `set`?"]),
        (&[schema], json!({}), &["shop.yaml:", "no resource shows"]),
    ] {
        let told = wrong(changes, declarations);
        for word in words {
            assert!(told.contains(word), "{word}: {told}");
        }
    }
}

#[test]
fn the_configuration_file_declares_too() {
    let program = Program::new().file("shop.yaml", SHOP);
    let explained = |config: &str| {
        std::fs::write(program.folder().join("counterpart.toml"), config).unwrap();
        program.run(&["mock", "shop.yaml", "--explain", "--port", "0"])
    };
    explained("")
        .exits(0)
        .says(&[
            "orders  /orders/{id}",
            "`cancel`: sets `status` to CANCELLED",
            "pages by `limit`, `starting_after`",
        ])
        .says(&[
            "`min_total` (at least `total`)",
            "tenants: the header `X-Tenant-Id`",
            "replaces, or makes (201)",
        ])
        .says(&[
            "deletes softly: sets `deleted_at` to the time",
            "because it lists the same schema",
            "Something wrong?",
        ]);
    explained("[mock.resources.orders]\nname = \"purchases\"\nactions.\"POST /orders/{id}/cancel\" = { set = { note = \"gone\" } }\n")
        .exits(0)
        .says(&["purchases  /orders/{id}", "sets `note` to gone", "it is declared"]);
    explained("[mock.resources.orders]\nid = \"total\"\nnme = \"x\"\n")
        .exits(2)
        .complains(&["counterpart.toml:3:1", "unknown field `nme`"]);
    explained("[mock.resources.oders]\nid = \"total\"\n")
        .exits(2)
        .complains(&["counterpart.toml:1:", "did you mean `orders`?"]);
    explained("[mock]\nresources = 1\n").exits(2).complains(&["counterpart.toml:2:", "must be tables"]);
    explained("[resources.orders]\nid = \"total\"\n").exits(2).complains(&["resources"]);
}
