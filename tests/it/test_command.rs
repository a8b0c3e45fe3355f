//! `counterpart test`, `replay` and `example` as users run them.

use crate::python::Server;
use crate::support::Program;

#[test]
fn without_arguments_it_tests_the_mock_in_its_own_process() {
    let program = Program::new();
    let ran = program.run(&["test"]).exits(0).says(&[
        "EGP API V5",
        &format!("{} checks", counterpart::check::ALL.len()),
        "no findings",
        "seed ",
    ]);
    assert!(ran.err.is_empty(), "{}", ran.err);
    assert!(!program.folder().join(".counterpart").exists(), "nothing failed, nothing is kept");
}

#[test]
fn reports_are_written_where_they_are_wanted() {
    let program = Program::new();
    let reports =
        ["--report", "json=out/run.json", "--report", "junit=run.xml", "--report", "ndjson=run.ndjson"];
    program.run(&[&["test", "--seed", "7"][..], &reports].concat()).exits(0).says(&["seed 7"]);
    let read = |name: &str| std::fs::read_to_string(program.folder().join(name)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&read("out/run.json")).unwrap();
    assert_eq!((json["verdict"].as_str(), json["seed"].as_u64()), (Some("passed"), Some(7)));
    assert!(json["cases"].as_u64().unwrap() > 100);
    assert!(read("run.xml").contains("<testsuite name=\"DELETE /v5/agentex/deployments/{deployment_id}\""));
    let lines: Vec<serde_json::Value> =
        read("run.ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.first().unwrap()["event"], "started");
    assert_eq!(lines.last().unwrap()["event"], "finished");
    assert!(lines.iter().filter(|l| l["event"] == "exchanged").count() > 100);
    let plain = program.run(&["test", "--seed", "7", "--report", "json"]).exits(0);
    assert!(
        serde_json::from_str::<serde_json::Value>(&plain.out).is_ok(),
        "only the report is on standard output"
    );
}

#[test]
fn a_target_at_fault_is_found_and_replayed() {
    let program = Program::new();
    let (_mock, url) = Server::mock(program.command(&["mock", "--fault", "status=1"]));
    let key = ["--auth", "APIKeyHeader=very-secret-key"];
    let run = program.run(&[&["test", "--url", &url, "--seed", "1"][..], &key].concat()).exits(1);
    let run = run.says(&["✗ server-error", "expected", "curl", "counterpart replay", "seed.yaml:"]);
    assert!(!run.out.contains("very-secret"), "{}", run.out);
    let kept = std::fs::read_dir(program.folder().join(".counterpart/regressions")).unwrap();
    let files: Vec<String> = kept.map(|entry| entry.unwrap().path().display().to_string()).collect();
    assert!(!files.is_empty());
    let again = program.run(&[&["replay", &files[0], "--url", &url][..], &key].concat()).exits(1);
    again.says(&["still fails"]);
    let (_sound, sound) = Server::mock(program.command(&["mock"]));
    program
        .run(&[&["replay", &files[0], "--url", &sound][..], &key].concat())
        .exits(0)
        .says(&["does not fail any more"]);
}

#[test]
fn a_target_that_is_not_there_exits_3() {
    let program = Program::new();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    program.run(&["test", "--url", &url]).exits(3).complains(&["can't be tested", "hint", "--url"]);
}

#[test]
fn wrong_usage_exits_2_with_a_hint() {
    let program = Program::new();
    for (arguments, words) in [
        (&["test", "--checks", "server-eror"][..], "did you mean `server-error`"),
        (&["test", "--include", "colour=red"], "operation=…"),
        (&["test", "--include", "tag=none"], "no operation to test"),
        (&["test", "--ids", "nobody_id=1"], "deployment_id"),
        (&["test", "--auth", "Nobody=1"], "APIKeyHeader"),
        (&["test", "--report", "yaml=x"], "console, json"),
        (&["test", "--shard", "4/3"], "I/N"),
        (&["test", "--url", "ftp://x"], "http"),
        (&["test", "nowhere.yaml"], "nowhere.yaml"),
        (&["replay", "nowhere.json"], "nowhere.json"),
        (&["example", "--seed", "1", "nowhere.yaml"], "nowhere.yaml"),
    ] {
        program.run(arguments).exits(2).complains(&[words]);
    }
}

#[test]
fn examples_are_printed_for_an_operation() {
    let program = Program::new().file(
        "api.yaml",
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /pets/{id}:\n    get:\n      operationId: getPet\n      \
         parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n      responses:\n        \
         '200': {description: ok, content: {application/json: {schema: {type: object, required: [name], properties: \
         {name: {type: string}}}}}}\n",
    );
    program.run(&["example", "api.yaml", "getPet"]).exits(0).says(&[
        "# GET /pets/{id}",
        "curl",
        "→ 200 ok",
        "\"name\"",
    ]);
    program.run(&["example", "api.yaml", "getPets"]).exits(2).complains(&["did you mean `getPet`"]);
}
