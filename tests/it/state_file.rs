//! `--state file:PATH` as a process: what was answered outlives any end of it.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use counterpart::base::Seed;
use serde_json::{Value, json};

use crate::crud::SHOP;
use crate::mock_command::Process;
use crate::support::Program;

/// Sends a request on a connection and reads its answer; `None` when the connection breaks before it has come.
fn exchange(
    stream: &mut TcpStream,
    method: &str,
    target: &str,
    sent: Option<&Value>,
) -> Option<(u16, Value)> {
    let body = sent.map(Value::to_string).unwrap_or_default();
    let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = Vec::new();
    let mut chunk = [0; 16384];
    loop {
        if let Some(at) = answer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&answer[..at]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|l| l.lines().next()?.parse().ok());
            let length: usize = length.unwrap_or(0);
            if answer.len() >= at + 4 + length {
                let status = head[9..12].parse().unwrap();
                return Some((status, serde_json::from_slice(&answer[at + 4..]).unwrap_or_default()));
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(n) => answer.extend_from_slice(&chunk[..n]),
        }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

fn ask(address: SocketAddr, method: &str, target: &str, sent: Option<&Value>) -> (u16, Value) {
    exchange(&mut connect(address), method, target, sent).expect("an answer")
}

/// What clients know of one pet: what was answered last, and what was asked for since then and not answered.
#[derive(Clone, Debug, Default)]
struct Known {
    /// The name; `None` when it was deleted.
    answered: Option<String>,
    asked: Option<Option<String>>,
}

/// One client's life until the connection breaks: pets are made, renamed and deleted.
fn live(address: SocketAddr, mut dice: Seed, known: &Mutex<BTreeMap<String, Known>>, answers: &AtomicUsize) {
    let mut stream = connect(address);
    let mut own: Vec<String> = Vec::new();
    for step in 0_u64.. {
        dice = dice.nth(step);
        let name = format!("n{:x}", dice.0);
        let pick = (dice.0 >> 8) as usize % own.len().max(1);
        if own.len() < 4 || dice.0.is_multiple_of(3) {
            let Some((status, pet)) =
                exchange(&mut stream, "POST", "/pets", Some(&json!({"name": name, "nick": "x".repeat(300)})))
            else {
                return;
            };
            assert_eq!(status, 201, "{pet}");
            let id = pet["id"].to_string();
            known.lock().unwrap().insert(id.clone(), Known { answered: Some(name), asked: None });
            own.push(id);
        } else {
            let id = own[pick].clone();
            let deletes = dice.0.is_multiple_of(5);
            let wanted = (!deletes).then(|| name.clone());
            known.lock().unwrap().get_mut(&id).unwrap().asked = Some(wanted.clone());
            let sent = json!({"name": name});
            let (method, sent) = if deletes { ("DELETE", None) } else { ("PATCH", Some(&sent)) };
            let Some((status, _)) = exchange(&mut stream, method, &format!("/pets/{id}"), sent) else {
                return;
            };
            assert_eq!(status, if deletes { 204 } else { 200 });
            known.lock().unwrap().insert(id, Known { answered: wanted, asked: None });
            if deletes {
                own.remove(pick);
            }
        }
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    let program = Program::new().file("shop.yaml", SHOP);
    let arguments = ["shop.yaml", "--state", "file:state.db", "--unknown-id", "reject"];
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    for round in 0..6 {
        let dice = Seed(20).nth(round);
        let process = Process::start(program.folder(), &arguments);
        let shared = Mutex::new(known);
        let answers = AtomicUsize::new(0);
        let address = process.address;
        std::thread::scope(|threads| {
            for client in 0..8 {
                let (shared, answers) = (&shared, &answers);
                threads.spawn(move || live(address, dice.nth(client), shared, answers));
            }
            // At a moment that the clients don't know: somewhere in the work of one of them.
            let enough = 40 + dice.0 as usize % 160;
            while answers.load(Ordering::Relaxed) < enough {
                std::thread::yield_now();
            }
            // Dropped: killed with SIGKILL.
            drop(process);
        });
        known = shared.into_inner().unwrap();

        let process = Process::start(program.folder(), &arguments);
        let (status, state) = ask(process.address, "GET", "/__counterpart/state?resource=pets", None);
        assert_eq!(status, 200);
        let live = state["resources"]["pets"]["live"].as_array().unwrap();
        let found: BTreeMap<String, String> = live
            .iter()
            .map(|pet| (pet["id"].to_string(), pet["name"].as_str().unwrap().to_owned()))
            .collect();
        for (id, pet) in &mut known {
            let there = found.get(id).cloned();
            let asked = pet.asked.take();
            let late = asked.as_ref().is_some_and(|asked| *asked == there);
            assert!(
                there == pet.answered || late,
                "round {round}: pet {id} is {there:?}, not {pet:?} or {asked:?}"
            );
            // What was not answered but done stays done.
            pet.answered = there;
        }
        // What nobody was told of may be there too, for one request of each client.
        assert!(found.len() <= known.values().filter(|k| k.answered.is_some()).count() + 8);
        for id in found.keys() {
            known
                .entry(id.clone())
                .or_insert_with(|| Known { answered: found.get(id).cloned(), asked: None });
        }
        assert_eq!(process.end_by("-TERM"), Some(0));
    }
    assert!(known.len() > 100);
}

#[test]
fn everything_goes_on_after_a_restart() {
    let program = Program::new();
    let arguments = ["--state", "file:state.db"];
    let process = Process::start(program.folder(), &arguments);
    let delete = |address, id: &str| {
        let mut stream = connect(address);
        let head = format!(
            "DELETE /v5/agentex/deployments/{id} HTTP/1.1\r\nHost: localhost\r\nx-api-key: k\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        String::from_utf8_lossy(&first[9..]).into_owned()
    };
    assert_eq!(delete(process.address, crate::mock::RUNNING), "200");
    let state = |address| ask(address, "GET", "/__counterpart/state", None).1;
    let before = state(process.address);
    assert!(!before["resources"]["deployments"]["pending"].as_array().unwrap().is_empty());
    assert_eq!(process.end_by("-TERM"), Some(0));
    // Fixtures of another kind do not matter any more, nor does the seed.
    let more = [&arguments[..], &["--seed", "9"]].concat();
    let process = Process::start(program.folder(), &more);
    assert_eq!(state(process.address), before);
    assert_eq!(delete(process.address, crate::mock::RUNNING), "422");
    assert_eq!(ask(process.address, "POST", "/__counterpart/reset", None).0, 204);
    let fresh = state(process.address);
    drop(process);
    let process = Process::start(program.folder(), &arguments);
    assert_eq!(state(process.address), fresh);
    assert_eq!(delete(process.address, crate::mock::RUNNING), "200");
    let put = json!({"resources": {"deployments": []}});
    assert_eq!(ask(process.address, "PUT", "/__counterpart/state", Some(&put)).0, 204);
    drop(process);
    let process = Process::start(program.folder(), &arguments);
    assert_eq!(state(process.address)["resources"]["deployments"]["live"], json!([]));
}

#[test]
fn state_files_that_can_not_be_used_end_the_program_with_code_2() {
    let program = Program::new()
        .file("shop.yaml", SHOP)
        .file("foreign", "hello")
        .file("newer", "counterpart-state 9\n");
    let run = |state: &str| program.run(&["mock", "shop.yaml", "--port", "0", "--state", state]).exits(2);
    run("file:foreign").complains(&["foreign", "begins with `hello`", "hint: choose another path"]);
    run("file:newer").complains(&["newer version", "format 9"]);
    run("file:.").complains(&["it is a folder", "hint:"]);
    run("file:no/such/state").complains(&["can't lock", "no/such/state", "No such file", "hint:"]);
    run("file:/proc/state").complains(&["/proc/state", "hint:"]);
    run("file:").complains(&["needs the path"]);
    run("redis://localhost").complains(&["no state in Redis", "file:PATH"]);
    run("disk").complains(&["`disk` is not memory, none or file:PATH"]);
    let process = Process::start(program.folder(), &["shop.yaml", "--state", "file:state"]);
    run("file:state").complains(&["in use by another process (number ", "hint: end that process"]);
    assert_eq!(ask(process.address, "POST", "/pets", Some(&json!({"name": "Tom"}))).0, 201);
    drop(process);
    let other = SHOP.replace("title: Shop", "title: Bank");
    let program = program.file("bank.yaml", &other);
    program.run(&["mock", "bank.yaml", "--port", "0", "--state", "file:state"]).exits(2).complains(&[
        "another contract, `Shop 1`",
        "`Bank 1`",
        "hint: give each contract a file",
    ]);
    // The environment says it as well as the flag.
    let process =
        Process::start_with(program.folder(), &["shop.yaml"], &[("COUNTERPART_STATE", "file:state")]);
    let (_, state) = ask(process.address, "GET", "/__counterpart/state?resource=pets", None);
    assert_eq!(state["resources"]["pets"]["live"][0]["name"], "Tom");
}

#[test]
fn a_full_disk_is_told_and_what_was_answered_before_stays() {
    let program = Program::new().file("shop.yaml", SHOP);
    // The shell's limit on the length of files stands in for a full disk: writes beyond it are refused.
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec {} mock shop.yaml --port 0 --state file:state",
        env!("CARGO_BIN_EXE_counterpart")
    );
    let process = Process::start_script(program.folder(), &script);
    let pet = json!({"name": "Tom", "nick": "x".repeat(5000)});
    let mut made = 0;
    let (status, said) = loop {
        let (status, body) = ask(process.address, "POST", "/pets", Some(&pet));
        if status != 201 {
            break (status, body);
        }
        made += 1;
        assert!(made < 100, "64 kB are full");
    };
    assert_eq!(status, 503, "{said}");
    let said = said.to_string();
    assert!(said.contains("could not be kept in") && said.contains("File too large"), "{said}");
    // Reading goes on.
    assert_eq!(ask(process.address, "GET", "/pets", None).0, 200);
    drop(process);
    let process = Process::start(program.folder(), &["shop.yaml", "--state", "file:state"]);
    let (_, state) = ask(process.address, "GET", "/__counterpart/state?resource=pets", None);
    assert_eq!(state["resources"]["pets"]["live"].as_array().unwrap().len(), made);
}

#[test]
fn a_reload_goes_on_with_the_file() {
    let program = Program::new().file("shop.yaml", SHOP);
    let arguments = ["shop.yaml", "--state", "file:state"];
    let process = Process::start(program.folder(), &arguments);
    let post = |address, name: &str| ask(address, "POST", "/pets", Some(&json!({"name": name}))).0;
    assert_eq!(post(process.address, "before"), 201);
    // Another order of resources, and one more.
    let renewed = SHOP.replace("title: Shop", "title: Shop of pets").replace(
        "paths:\n",
        "paths:\n  /ants/{ant}:\n    parameters: [{name: ant, in: path, required: true, schema: {type: string}}]\n    get: {responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Toy'}}}}}}\n",
    );
    let program = program.file("shop.yaml", &renewed);
    assert_eq!(ask(process.address, "POST", "/__counterpart/reload", None).0, 200);
    assert_eq!(post(process.address, "after"), 201);
    assert_eq!(ask(process.address, "GET", "/ants/a", None).0, 200);
    drop(process);
    let process = Process::start(program.folder(), &arguments);
    let (_, state) = ask(process.address, "GET", "/__counterpart/state?resource=pets", None);
    let names: Vec<&Value> =
        state["resources"]["pets"]["live"].as_array().unwrap().iter().map(|pet| &pet["name"]).collect();
    assert_eq!(names, ["before", "after"]);
    // A contract that can't be used changes nothing, here either.
    let program = program.file("shop.yaml", "openapi: 3.1.0\npaths: [");
    assert_ne!(ask(process.address, "POST", "/__counterpart/reload", None).0, 200);
    assert_eq!(post(process.address, "still"), 201);
    drop(process);
    let program = program.file("shop.yaml", &renewed);
    let process = Process::start(program.folder(), &arguments);
    let (_, state) = ask(process.address, "GET", "/__counterpart/state?resource=pets", None);
    assert_eq!(state["resources"]["pets"]["live"].as_array().unwrap().len(), 3);
}

#[test]
fn each_mounted_contract_has_a_file_of_its_own() {
    let bank = SHOP.replace("title: Shop", "title: Bank");
    let program = Program::new().file("shop.yaml", SHOP).file("bank.yaml", &bank);
    let arguments = ["shop.yaml", "--mount", "/bank=bank.yaml", "--state", "file:state"];
    let process = Process::start(program.folder(), &arguments);
    let pet = json!({"name": "x"});
    assert_eq!(ask(process.address, "POST", "/bank/pets", Some(&pet)).0, 201);
    drop(process);
    assert!(program.folder().join("state.bank").exists());
    let process = Process::start(program.folder(), &arguments);
    let count = |prefix: &str| {
        let target = format!("{prefix}/__counterpart/state?resource=pets");
        let (_, state) = ask(process.address, "GET", &target, None);
        state["resources"]["pets"]["live"].as_array().unwrap().len()
    };
    assert_eq!((count(""), count("/bank")), (0, 1));
}
