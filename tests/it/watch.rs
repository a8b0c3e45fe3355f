//! Reloading while the mock runs: what is kept, what is not, and what a broken contract does.

#![cfg(unix)]

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use crate::mock_command::Process;
use crate::mock_sockets::send;
use crate::support::Program;

const API: &str = r#"
openapi: 3.1.0
info: {title: Pets, version: '1'}
paths:
  /pets:
    post:
      operationId: addPet
      requestBody: {content: {application/json: {schema: {$ref: 'parts/pet.yaml'}}}}
      responses: {'201': {description: Made, content: {application/json: {schema: {$ref: 'parts/pet.yaml'}}}}}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: One, content: {application/json: {schema: {$ref: 'parts/pet.yaml'}}}}
        '404': {description: None}
"#;
const PET: &str =
    "type: object\nrequired: [id, name]\nproperties: {id: {type: string}, name: {type: string}}\n";
const COLOURED: &str = "type: object\nrequired: [id, name, colour]\nproperties:\n  id: {type: string}\n  \
    name: {type: string}\n  colour: {enum: [red]}\n";
const TOYS: &str = r#"  /toys/{id}:
    get:
      operationId: getToy
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: One, content: {application/json: {schema: {type: object}}}}}
"#;

fn program() -> Program {
    Program::new().file("api.yaml", API).file("parts/pet.yaml", PET)
}

/// Puts a file in the place of another at once, as careful editors do.
fn replace(folder: &Path, name: &str, text: &str) {
    let new = folder.join(format!("{name}.new"));
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, folder.join(name)).unwrap();
}

fn json_of(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
}

fn get(at: SocketAddr, target: &str) -> (String, String) {
    let answer = send(at, "GET", target, "", b"");
    (answer[9..12].to_owned(), answer)
}

fn post(at: SocketAddr, target: &str, value: &Value) -> String {
    let answer = send(at, "POST", target, "Content-Type: application/json\r\n", value.to_string().as_bytes());
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    answer
}

#[test]
fn a_changed_contract_is_served_with_the_state_as_it_was() {
    let program = program();
    let process = Process::start(program.folder(), &["api.yaml", "--watch", "--unknown-id", "reject"]);
    let at = process.address;
    post(at, "/pets", &json!({"id": "rex", "name": "Rex"}));
    post(at, "/__counterpart/faults", &json!({"kind": "status", "status": 502, "operation": "addPet"}));
    assert_eq!(get(at, "/toys/x").0, "404");
    let before = json_of(&get(at, "/__counterpart/state").1)["time"].clone();
    replace(program.folder(), "api.yaml", &format!("{API}{TOYS}"));
    let told = process.says("reloaded api.yaml: 3 operations");
    assert!(!told.contains("warning"), "{told}");
    // A new resource, of which nobody has made anything yet.
    assert_eq!(get(at, "/toys/x").0, "404");
    let faulty = send(at, "POST", "/pets", "Content-Type: application/json\r\n", b"{}");
    assert!(faulty.starts_with("HTTP/1.1 502"), "{faulty}");
    assert_eq!(json_of(&get(at, "/pets/rex").1), json!({"id": "rex", "name": "Rex"}));
    let journal = json_of(&get(at, "/__counterpart/requests").1);
    assert_eq!(journal["requests"][0]["operation"], "addPet");
    assert_eq!(journal["requests"][4]["number"], 5);
    let after = json_of(&get(at, "/__counterpart/state").1)["time"].clone();
    assert!(after.as_str() > before.as_str(), "{before} {after}");
    // A file that is referred to, written in place.
    std::fs::write(program.folder().join("parts/pet.yaml"), COLOURED).unwrap();
    process.says("reloaded api.yaml");
    process.says("1 of `pets` got the properties");
    assert_eq!(json_of(&get(at, "/pets/rex").1), json!({"id": "rex", "name": "Rex", "colour": "red"}));
    let metrics = get(at, "/__counterpart/metrics").1;
    assert!(metrics.contains("operation=\"getPet\",status=\"200\"} 2"), "{metrics}");
}

#[test]
fn a_broken_contract_changes_nothing_and_says_where_until_it_is_mended() {
    let program = program();
    let process = Process::start(program.folder(), &["api.yaml", "--watch", "--unknown-id", "reject"]);
    let at = process.address;
    post(at, "/pets", &json!({"id": "rex", "name": "Rex"}));
    let unharmed = || assert_eq!(json_of(&get(at, "/pets/rex").1)["name"], "Rex");
    replace(program.folder(), "api.yaml", "openapi: 3.1.0\ninfo: {title: Pets\n");
    let told = process.says("api.yaml is not reloaded");
    assert!(told.contains("api.yaml:3:1") || told.contains("api.yaml:2:"), "{told}");
    unharmed();
    replace(program.folder(), "api.yaml", &API.replace("paths:", "paths: 5\nx-paths:"));
    assert!(process.says("api.yaml is not reloaded").contains("`paths` must be an object"));
    unharmed();
    replace(program.folder(), "api.yaml", &format!("{API}{TOYS}"));
    process.says("reloaded api.yaml: 3 operations");
    unharmed();
    replace(program.folder(), "parts/pet.yaml", "type: object\nrequired: [id\n");
    let told = process.says("api.yaml is not reloaded");
    assert!(told.contains("parts/pet.yaml:") && told.contains("api.yaml:"), "{told}");
    unharmed();
    std::fs::remove_file(program.folder().join("parts/pet.yaml")).unwrap();
    let told = process.says("api.yaml is not reloaded");
    assert!(told.contains("no file parts/pet.yaml"), "{told}");
    unharmed();
    replace(program.folder(), "parts/pet.yaml", PET);
    process.says("reloaded api.yaml");
    unharmed();
    assert_eq!(process.end_by("-TERM"), Some(0));
}

#[test]
fn entities_that_no_longer_fit_are_left_out_and_resources_that_went_are_gone() {
    let program = program();
    let process = Process::start(program.folder(), &["api.yaml", "--watch", "--unknown-id", "reject"]);
    let at = process.address;
    post(at, "/pets", &json!({"id": "rex", "name": "Rex"}));
    post(at, "/pets", &json!({"id": "tom", "name": "12"}));
    replace(
        program.folder(),
        "parts/pet.yaml",
        &PET.replace("name: {type: string}", "name: {pattern: '^[0-9]+$'}"),
    );
    let told = process.says("no longer fit");
    assert!(
        told.contains("1 of `pets`") && told.contains("rex") && told.contains("parts/pet.yaml:3"),
        "{told}"
    );
    assert_eq!((get(at, "/pets/rex").0, get(at, "/pets/tom").0), ("404".into(), "200".into()));
    replace(program.folder(), "api.yaml", &API.replace("/pets", "/animals"));
    process.says("reloaded api.yaml");
    let state = json_of(&get(at, "/__counterpart/state").1);
    let names: Vec<&String> = state["resources"].as_object().unwrap().keys().collect();
    assert_eq!((names, &state["resources"]["animals"]["live"]), (vec![&"animals".to_owned()], &json!([])));
}

#[test]
fn changed_fixtures_change_what_nobody_has_touched() {
    let fixtures = |pets: &str| format!("entities:\n  pets: [{pets}]\n");
    let first = fixtures("{id: a, name: A}, {id: b, name: B}, {id: c, name: C}");
    let program = program().file("state/pets.yaml", &first);
    let arguments = ["api.yaml", "--fixtures", "state", "--watch"];
    let process = Process::start(program.folder(), &arguments);
    let at = process.address;
    let names = || {
        let state = json_of(&get(at, "/__counterpart/state?resource=pets").1);
        let live = state["resources"]["pets"]["live"].as_array().unwrap().clone();
        let mut names: Vec<String> =
            live.iter().map(|pet| pet["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names.join(" ")
    };
    let mut state = json_of(&get(at, "/__counterpart/state").1);
    state["resources"]["pets"]["live"][1]["name"] = json!("touched");
    let put = send(at, "PUT", "/__counterpart/state", "", state.to_string().as_bytes());
    assert!(put.starts_with("HTTP/1.1 204"), "{put}");
    post(at, "/pets", &json!({"id": "own", "name": "own"}));
    let second = fixtures("{id: a, name: newA}, {id: b, name: newB}, {id: d, name: D}");
    replace(program.folder(), "state/pets.yaml", &second);
    process.says("reloaded api.yaml");
    assert_eq!(names(), "D newA own touched");
    // A file comes to the folder, then one is wrong.
    replace(program.folder(), "state/more.yaml", &fixtures("{id: e, name: E}"));
    process.says("reloaded api.yaml");
    assert_eq!(names(), "D E newA own touched");
    replace(program.folder(), "state/more.yaml", &fixtures("{id: e}"));
    let told = process.says("api.yaml is not reloaded");
    assert!(told.contains("more.yaml:2:10") && told.contains("name"), "{told}");
    assert_eq!(names(), "D E newA own touched");
    // A reset goes to the fixtures as they were read last.
    send(at, "POST", "/__counterpart/reset", "", b"");
    assert_eq!(names(), "D E newA newB");
}

#[test]
fn a_mock_is_reloaded_when_asked() {
    let program = program();
    let process = Process::start(program.folder(), &["api.yaml"]);
    let at = process.address;
    post(at, "/pets", &json!({"id": "rex", "name": "Rex"}));
    assert_eq!(get(at, "/toys/x").0, "404");
    replace(program.folder(), "api.yaml", &format!("{API}{TOYS}"));
    let reloaded = json_of(&post(at, "/__counterpart/reload", &json!(null)));
    assert_eq!((&reloaded["operations"], &reloaded["remarks"]), (&json!(3), &json!([])));
    assert_eq!((get(at, "/pets/rex").0, get(at, "/toys/x").0), ("200".into(), "200".into()));
    replace(program.folder(), "api.yaml", "openapi: 3.1.0\npaths: [\n");
    let refused = send(at, "POST", "/__counterpart/reload", "", b"");
    assert!(refused.starts_with("HTTP/1.1 422") && refused.contains("api.yaml:"), "{refused}");
    assert_eq!((get(at, "/pets/rex").0, get(at, "/toys/x").0), ("200".into(), "200".into()));
    let stranger = send(at, "POST", "/__counterpart/reload", "Origin: http://elsewhere.example\r\n", b"");
    assert!(stranger.starts_with("HTTP/1.1 403"), "{stranger}");
    assert_eq!(get(at, "/__counterpart/reload").0, "405");
}

#[test]
fn without_files_there_is_nothing_to_watch() {
    let program = program();
    program.run(&["mock", "--watch", "--port", "0"]).exits(2).complains(&["nothing to watch", "hint: "]);
    let mut command = program.command(&["mock", "-", "--watch", "--port", "0"]);
    command.stdin(std::fs::File::open(program.folder().join("api.yaml")).unwrap());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}
