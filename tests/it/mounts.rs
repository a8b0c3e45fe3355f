//! Several contracts in one process, under prefixes.

use std::sync::Arc;

use counterpart::contract::Contract;
use counterpart::mock::{Mock, MockSettings};
use counterpart::{MockServer, RunningMock, ServeError};

use crate::mock_sockets::send;
use crate::support::Program;

fn contract(name: &str) -> String {
    format!(
        r#"
openapi: 3.1.0
info: {{title: {name}, version: '1'}}
paths:
  /{name}:
    post:
      requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/One'}}}}}}}}
      responses: {{'201': {{description: Made, content: {{application/json: {{schema: {{$ref: '#/components/schemas/One'}}}}}}}}}}
  /{name}/{{id}}:
    get:
      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]
      responses:
        '200': {{description: One, content: {{application/json: {{schema: {{$ref: '#/components/schemas/One'}}}}}}}}
        '404': {{description: None}}
components:
  schemas:
    One: {{type: object, required: [id], properties: {{id: {{type: string}}, of: {{type: string}}}}}}
"#
    )
}

fn mock(name: &str, prefix: &str) -> Arc<Mock> {
    let contract = Contract::from_text(&format!("{name}.yaml"), &contract(name)).unwrap();
    let settings = MockSettings {
        prefix: prefix.to_owned(),
        unknown_id: Some(counterpart::mock::UnknownId::Reject),
        ..MockSettings::default()
    };
    Arc::new(Mock::new(contract, settings).unwrap())
}

fn get(running: &RunningMock, target: &str) -> String {
    send(running.address(), "GET", target, "", b"")
}

fn post(running: &RunningMock, target: &str, of: &str) -> String {
    let body = format!(r#"{{"id":"x","of":"{of}"}}"#);
    send(running.address(), "POST", target, "Content-Type: application/json\r\n", body.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_has_its_own_state_and_control_api() {
    let running = MockServer::from_mock(mock("pets", ""))
        .with_mount(mock("pets", "/v2"), None)
        .with_mount(mock("toys", "/v2/extra"), None)
        .with_mount(mock("pets", "/pets"), None)
        .start()
        .await
        .unwrap();
    for (target, of) in
        [("/pets", "root"), ("/v2/pets", "v2"), ("/v2/extra/toys", "extra"), ("/pets/pets", "pets")]
    {
        let answer = post(&running, target, of);
        // `/pets` belongs to the mock that is mounted there: it has no operation at its own root.
        let status = if target == "/pets" { "404" } else { "201" };
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{target}: {answer}");
        if status == "201" {
            assert!(answer.contains(&format!("location: {target}/")), "{answer}");
        }
    }
    assert!(get(&running, "/v2/pets/x").contains(r#""of":"v2""#));
    assert!(get(&running, "/pets/pets/x").contains(r#""of":"pets""#));
    assert!(get(&running, "/v2/extra/toys/x?q=1").contains(r#""of":"extra""#));
    for nowhere in [
        "/v2",
        "/v2x/pets/x",
        "/v2/extrapets/x",
        "/v2/extra/pets/x",
        "/extra/toys/x",
        "/toys/x",
        "/V2/pets/x",
    ] {
        assert!(get(&running, nowhere).starts_with("HTTP/1.1 404"), "{nowhere}");
    }
    for (prefix, title, requests) in
        [("", "pets", 4), ("/v2", "pets", 4), ("/v2/extra", "toys", 3), ("/pets", "pets", 3)]
    {
        let health = get(&running, &format!("{prefix}/__counterpart/health"));
        assert!(health.contains(&format!(r#""title":"{title}""#)), "{prefix}: {health}");
        let count = get(&running, &format!("{prefix}/__counterpart/requests?count=true"));
        assert!(count.contains(&format!(r#"{{"count":{requests}}}"#)), "{prefix}: {count}");
    }
    let reset = send(running.address(), "POST", "/v2/__counterpart/reset", "", b"");
    assert!(reset.starts_with("HTTP/1.1 204"), "{reset}");
    assert!(get(&running, "/v2/pets/x").starts_with("HTTP/1.1 404"));
    assert!(get(&running, "/pets/pets/x").starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn prefixes_that_cant_be_are_refused() {
    let twice = MockServer::from_mock(mock("pets", "")).with_mount(mock("a", "/a"), None);
    let twice = twice.with_mount(mock("b", "/a"), None).start().await.unwrap_err();
    assert!(matches!(&twice, ServeError::Mount(text) if text.contains("/a")), "{twice}");
    for prefix in ["", "/", "a", "/a/", "/__counterpart"] {
        let server = MockServer::from_mock(mock("pets", "")).with_mount(mock("b", prefix), None);
        assert!(matches!(server.start().await, Err(ServeError::Mount(_))), "{prefix}");
    }
    let many = counterpart::base::limits::MOUNTS_MAX + 1;
    let one = mock("a", "");
    let mut server = MockServer::from_mock(Arc::clone(&one));
    for _ in 0..many {
        server = server.with_mount(Arc::clone(&one), None);
    }
    let text = server.start().await.unwrap_err().to_string();
    assert!(text.contains("more than"), "{text}");
}

#[test]
#[cfg(unix)]
fn the_command_mounts_contracts() {
    let program = Program::new().file("pets.yaml", &contract("pets")).file("toys.yaml", &contract("toys"));
    let arguments =
        ["pets.yaml", "--mount", "/a=toys.yaml", "--mount", "/a/b=pets.yaml", "--unknown-id", "create"];
    let process = crate::mock_command::Process::start(program.folder(), &arguments);
    let told = process.says("under /a/b/");
    assert!(told.contains("under /a/: toys 1") && told.contains("/a/__counterpart/"), "{told}");
    for (target, status) in
        [("/pets/x", "200"), ("/a/toys/x", "200"), ("/a/b/pets/x", "200"), ("/a/pets/x", "404")]
    {
        let answer = send(process.address, "GET", target, "", b"");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{target}: {answer}");
    }
    for (mount, words) in [
        ("toys.yaml", &["/PREFIX=SPEC"][..]),
        ("toys=toys.yaml", &["must start with `/`"]),
        ("/=toys.yaml", &["root"]),
        ("/a=", &["no contract"]),
        ("/a=-", &["standard input"]),
        ("/a=nowhere.yaml", &["nowhere.yaml", "no such file"]),
    ] {
        program.run(&["mock", "pets.yaml", "--port", "0", "--mount", mount]).exits(2).complains(words);
    }
    std::fs::write(program.folder().join("state.yaml"), "entities: {toys: [{id: bear, of: fixtures}]}")
        .unwrap();
    let with = ["pets.yaml", "--mount", "/a=toys.yaml", "--mount-fixtures", "/a=state.yaml"];
    let process = crate::mock_command::Process::start(program.folder(), &with);
    assert!(send(process.address, "GET", "/a/toys/bear", "", b"").contains(r#""of":"fixtures""#));
    assert!(send(process.address, "GET", "/a/toys/other", "", b"").starts_with("HTTP/1.1 404"));
    for (fixtures, words) in [
        ("/b=state.yaml", &["/b", "mounted are: /a"][..]),
        ("state.yaml", &["/PREFIX=PATH"]),
        ("/a=none.yaml", &["none.yaml"]),
    ] {
        let arguments =
            ["mock", "pets.yaml", "--port", "0", "--mount", "/a=toys.yaml", "--mount-fixtures", fixtures];
        program.run(&arguments).exits(2).complains(words);
    }
    // What is odd about a mounted contract is told as of the main one.
    std::fs::write(
        program.folder().join("odd.yaml"),
        contract("odd").replace("'#/components/schemas/One'", "'https://elsewhere.example/one.yaml'"),
    )
    .unwrap();
    let process =
        crate::mock_command::Process::start(program.folder(), &["pets.yaml", "--mount", "/a=odd.yaml"]);
    let told = process.says("under /a/");
    assert!(told.contains("odd.yaml:7") && told.contains("elsewhere.example"), "{told}");
    let twice = ["mock", "pets.yaml", "--port", "0", "--mount", "/a=toys.yaml", "--mount", "/a=pets.yaml"];
    program.run(&twice).exits(2).complains(&["two contracts", "/a"]);
}
