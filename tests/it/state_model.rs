//! Random sequences of requests against a simple model, and many at once against what no order of them could explain.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::mock::fixtures::Fixtures;
use counterpart::mock::{Mock, MockSettings, UnknownId};
use counterpart::wire::Response;
use serde_json::{Value, json};

use crate::crud::{SHOP, call, call_as};
use crate::mock::{body, request};

/// How many sequences there are, and how many requests each has.
const SEQUENCES: u64 = 10_000;
const STEPS: u64 = 12;

/// What the model knows: pets by id with their names and toys, and orders with whether they are cancelled.
#[derive(Default)]
struct Model {
    pets: BTreeMap<u64, Pet>,
    used: Vec<u64>,
    orders: BTreeMap<String, bool>,
}

#[derive(Default)]
struct Pet {
    name: String,
    kind: &'static str,
    nick: Option<String>,
    toys: BTreeMap<String, String>,
}

const KINDS: [&str; 2] = ["cat", "dog"];

fn sent(mock: &Mock, method: &str, target: &str, sent: Option<Value>) -> Response {
    let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
    let mut asked = request(method, target, &[("content-type", kind)]);
    asked.body = sent.map(|v| v.to_string().into());
    mock.answer(&asked)
}

impl Model {
    fn check_pet(&self, id: u64, answer: &Response) {
        let Some(pet) = self.pets.get(&id) else {
            assert_eq!(answer.status, 404, "pet {id}");
            return;
        };
        assert_eq!(answer.status, 200, "pet {id}");
        let shown = body(answer);
        assert_eq!(
            (&shown["id"], &shown["name"], &shown["kind"]),
            (&json!(id), &json!(pet.name), &json!(pet.kind))
        );
        assert_eq!(shown.get("nick"), pet.nick.as_ref().map(|n| json!(n)).as_ref());
    }

    /// One request, and what it must be answered.
    fn step(&mut self, mock: &Mock, dice: Seed, name: &str) {
        let draw = |what: &str, below: usize| (dice.derive(what).0 % below as u64) as usize;
        let id = if self.used.is_empty() { 77 } else { self.used[draw("id", self.used.len())] };
        let at = format!("/pets/{id}");
        let kind = KINDS[draw("kind", 2)];
        let name = name.to_owned();
        match draw("what", 10) {
            0 | 1 => {
                let made = sent(mock, "POST", "/pets", Some(json!({"name": name, "kind": kind})));
                assert_eq!(made.status, 201);
                let id = body(&made)["id"].as_u64().unwrap();
                assert!(!self.used.contains(&id), "the id {id} was given twice");
                self.used.push(id);
                self.pets.insert(id, Pet { name, kind, ..Pet::default() });
            }
            2 => {
                let status = sent(mock, "DELETE", &at, None).status;
                assert_eq!(status, if self.pets.remove(&id).is_some() { 204 } else { 404 });
            }
            3 => self.check_pet(id, &sent(mock, "GET", &at, None)),
            4 => {
                if let Some(pet) = self.pets.get_mut(&id) {
                    pet.nick = Some(name.clone());
                }
                self.check_pet(id, &sent(mock, "PATCH", &at, Some(json!({"nick": name}))));
            }
            5 => {
                if let Some(pet) = self.pets.get_mut(&id) {
                    (pet.name, pet.kind) = (name.clone(), kind);
                }
                let answer = sent(mock, "PUT", &at, Some(json!({"name": name, "kind": kind})));
                if let (Some(pet), 200) = (self.pets.get_mut(&id), answer.status) {
                    pet.nick = body(&answer).get("nick").and_then(Value::as_str).map(str::to_owned);
                    assert_eq!(pet.nick, None, "a PUT replaces all that it does not send");
                }
                self.check_pet(id, &answer);
            }
            6 => self.list(mock, kind, draw("limit", 4) + 1, draw("offset", 4)),
            7 => {
                let toy = ["ball", "rope"][draw("toy", 2)];
                let answer = sent(mock, "PUT", &format!("{at}/toys/{toy}"), Some(json!({"name": name})));
                // Toys of a pet that is not there can't be made.
                assert_eq!(answer.status == 200, self.pets.contains_key(&id), "{answer:?}");
                if let Some(pet) = self.pets.get_mut(&id) {
                    pet.toys.insert(toy.to_owned(), name);
                }
            }
            8 => {
                let toy = ["ball", "rope"][draw("toy", 2)];
                let answer = sent(mock, "GET", &format!("{at}/toys/{toy}"), None);
                let Some(pet) = self.pets.get_mut(&id) else {
                    assert_eq!(answer.status, 404, "{answer:?}");
                    return;
                };
                // One never heard of springs up, and stays.
                let shown = body(&answer)["name"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned();
                assert_eq!(*pet.toys.entry(toy.to_owned()).or_insert_with(|| shown.clone()), shown);
            }
            _ => {
                let order = ["o1", "o2", "o3"][draw("order", 3)];
                let deletes = draw("deletes", 2) == 0;
                let answer =
                    sent(mock, if deletes { "DELETE" } else { "GET" }, &format!("/orders/{order}"), None);
                if order == "o3" {
                    // DELETE documents no 404: 409 is what there is.
                    assert_eq!(answer.status, if deletes { 409 } else { 404 });
                    return;
                }
                let cancelled = self.orders.entry(order.to_owned()).or_default();
                assert_eq!(answer.status, if deletes && *cancelled { 409 } else { 200 });
                *cancelled |= deletes;
                if answer.status == 200 {
                    assert_eq!(body(&answer)["data"]["status"] == "cancelled", *cancelled);
                }
            }
        }
    }

    fn list(&self, mock: &Mock, kind: &str, limit: usize, offset: usize) {
        let page =
            body(&sent(mock, "GET", &format!("/pets?kind={kind}&limit={limit}&offset={offset}"), None));
        let all: Vec<u64> = self.pets.iter().filter(|(_, p)| p.kind == kind).map(|(id, _)| *id).collect();
        let wanted: Vec<u64> = all.iter().copied().skip(offset).take(limit).collect();
        let ids: Vec<u64> =
            page["items"].as_array().unwrap().iter().map(|p| p["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, wanted);
        assert_eq!(page["total"], all.len());
        assert_eq!(page["has_more"], offset + limit < all.len());
    }
}

/// Unknown pets and orders are rejected, since there are fixtures of them; toys spring up.
fn mock_of(contract: &std::sync::Arc<Contract>) -> Mock {
    let mut fixtures = Fixtures::default();
    let text = "
entities:
  pets: [{id: 1, name: x, created_at: '2026-01-01T00:00:00Z'}]
  orders: [{id: o1, status: open, price: 1}, {id: o2, status: open, price: 1}]
";
    fixtures.add_text("fixtures.yaml", text).unwrap();
    let mock = Mock::new(contract.clone(), MockSettings { fixtures, ..MockSettings::default() }).unwrap();
    assert_eq!(
        sent(&mock, "PUT", "/__counterpart/state", Some(json!({"resources": {"pets": []}}))).status,
        204
    );
    mock
}

#[test]
fn ten_thousand_sequences_agree_with_a_simple_model() {
    let contract = Contract::from_text("shop.yaml", SHOP).unwrap();
    let next = AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                // One mock for many sequences: what schemas tell is worked out once. Each starts from an empty state.
                let mock = mock_of(&contract);
                assert_eq!(sent(&mock, "POST", "/__counterpart/snapshots/start", None).status, 201);
                loop {
                    let sequence = next.fetch_add(1, Ordering::Relaxed) as u64;
                    if sequence >= SEQUENCES {
                        break;
                    }
                    let mut model = Model::default();
                    // The first list of an untouched mock shows the contract's own examples: start from something made.
                    let first = sent(&mock, "POST", "/pets", Some(json!({"name": "first", "kind": "cat"})));
                    let id = body(&first)["id"].as_u64().unwrap();
                    model.used.push(id);
                    model.pets.insert(id, Pet { name: "first".into(), kind: "cat", ..Pet::default() });
                    for step in 0..STEPS {
                        model.step(&mock, Seed(sequence).nth(step), &format!("n{sequence}-{step}"));
                    }
                    assert_eq!(
                        sent(&mock, "POST", "/__counterpart/snapshots/start/restore", None).status,
                        204
                    );
                }
            });
        }
    });
}

/// Runs the same on several threads at once; answers what each gave.
fn at_once<T: Send>(threads: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let gate = std::sync::Barrier::new(threads);
    std::thread::scope(|scope| {
        let spawn = |n| {
            let (gate, run) = (&gate, &run);
            scope.spawn(move || {
                gate.wait();
                run(n)
            })
        };
        let running: Vec<_> = (0..threads).map(spawn).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn of_many_deletions_one_wins() {
    let mock = mock_of(&Contract::from_text("shop.yaml", SHOP).unwrap());
    for _ in 0..60 {
        let id = body(&sent(&mock, "POST", "/pets", Some(json!({"name": "x"}))))["id"].clone();
        let statuses = at_once(6, |_| sent(&mock, "DELETE", &format!("/pets/{id}"), None).status);
        assert_eq!(statuses.iter().filter(|s| **s == 204).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|s| [204, 404].contains(s)));
    }
}

#[test]
fn of_many_puts_of_what_is_not_there_one_makes_it() {
    let contract = Contract::from_text("shop.yaml", SHOP).unwrap();
    let mock =
        Mock::new(contract, MockSettings { unknown_id: Some(UnknownId::Create), ..MockSettings::default() });
    let mock = mock.unwrap();
    for round in 0..60 {
        let at = format!("/pets/1/toys/t{round}");
        let made = at_once(6, |n| {
            let mut asked =
                request("PUT", &at, &[("content-type", "application/json"), ("if-none-match", "*")]);
            asked.body = Some(json!({"name": format!("n{n}")}).to_string().into());
            mock.answer(&asked).status
        });
        assert_eq!(made.iter().filter(|s| **s == 200).count(), 1, "{made:?}");
        let winner = made.iter().position(|s| *s == 200).unwrap();
        assert_eq!(body(&call(&mock, "GET", &at, None))["name"], format!("n{winner}"));
    }
}

#[test]
fn no_update_is_lost_by_those_who_say_what_they_saw() {
    let mock = mock_of(&Contract::from_text("shop.yaml", SHOP).unwrap());
    sent(&mock, "POST", "/pets", Some(json!({"name": "0"})));
    const EACH: usize = 40;
    let tries = at_once(4, |_| {
        let mut tries = 0;
        let mut done = 0;
        while done < EACH {
            tries += 1;
            let seen = sent(&mock, "GET", "/pets/1", None);
            let count: usize = body(&seen)["name"].as_str().unwrap().parse().unwrap();
            let tag = seen.headers.get_str("etag").unwrap().to_owned();
            let headers = [("content-type", "application/merge-patch+json"), ("if-match", &*tag)];
            let mut asked = request("PATCH", "/pets/1", &headers);
            asked.body = Some(json!({"name": (count + 1).to_string()}).to_string().into());
            match mock.answer(&asked).status {
                200 => done += 1,
                status => assert_eq!(status, 412),
            }
        }
        tries
    });
    assert_eq!(body(&sent(&mock, "GET", "/pets/1", None))["name"], (4 * EACH).to_string());
    assert!(tries.iter().sum::<usize>() >= 4 * EACH);
}

#[test]
fn readers_see_what_was_written_whole_and_never_what_was_before() {
    let mock = mock_of(&Contract::from_text("shop.yaml", SHOP).unwrap());
    sent(&mock, "POST", "/pets", Some(json!({"name": "0", "nick": "0"})));
    // One writer; the readers see its values in its order, both properties of one request.
    at_once(4, |n| {
        let mut last = 0;
        for step in 1..=150_usize {
            if n == 0 {
                let both = json!({"name": step.to_string(), "nick": step.to_string()});
                let answer = call_as(&mock, "PATCH", "/pets/1", "application/merge-patch+json", Some(both));
                assert_eq!(answer.status, 200);
                continue;
            }
            let target = if n == 1 { "/pets" } else { "/pets/1" };
            let answer = body(&sent(&mock, "GET", target, None));
            let pet = if n == 1 { &answer["items"][0] } else { &answer };
            assert_eq!(pet["name"], pet["nick"]);
            let seen = pet["name"].as_str().unwrap().parse().unwrap();
            assert!(seen >= last, "{seen} after {last}");
            last = seen;
        }
    });
}

#[test]
fn ids_given_at_once_are_all_different() {
    let mock = mock_of(&Contract::from_text("shop.yaml", SHOP).unwrap());
    let ids = at_once(6, |_| {
        let made = (0..40).map(|_| sent(&mock, "POST", "/pets", Some(json!({"name": "x"}))));
        made.map(|answer| body(&answer)["id"].as_u64().unwrap()).collect::<Vec<u64>>()
    });
    let all: BTreeSet<u64> = ids.iter().flatten().copied().collect();
    assert_eq!(all.len(), 6 * 40);
    assert_eq!(body(&sent(&mock, "GET", "/pets?limit=1", None))["total"], 6 * 40);
}
