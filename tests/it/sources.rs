//! Contracts from files, folders and URLs, and references between them.

use std::path::Path;
use std::sync::Arc;

use counterpart::contract::Contract;
use counterpart::document::{LoadOptions, Location, SpecSource};
use serde_json::{Value, json};

use crate::support::Program;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn open(path: &Path) -> Arc<Contract> {
    Contract::load(&SpecSource::Path(path.to_owned()), &LoadOptions::default()).unwrap()
}

const ROOT: &str = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a: {$ref: 'paths/a.yaml'}\n";

#[test]
fn references_cross_files_and_cycles_of_files_end() {
    let folder = folder(&[
        ("openapi.yaml", ROOT),
        ("paths/a.yaml", "get:\n  responses:\n    '200': {$ref: '../parts.json#/ok'}\n"),
        (
            "parts.json",
            r#"{"ok": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "schemas/node.yaml"}}}}}"#,
        ),
        ("schemas/node.yaml", "properties: {next: {$ref: 'list%20of.yaml#/Nodes'}}\n"),
        ("schemas/list of.yaml", "Nodes: {items: {$ref: './node.yaml'}}\n"),
    ]);
    let contract = open(folder.path());
    let operation = contract.operation(contract.heads()[0].index);
    let source = contract.schema_source();
    let schema = operation.responses[0].content[0].schema.clone().unwrap();
    let step = |from: &Location, path: &str| {
        let schema = source.schema(from).unwrap();
        source.resolve(from, schema.pointer(path).and_then(Value::as_str).unwrap()).unwrap()
    };
    let node = step(&schema, "/$ref");
    let list = step(&node, "/properties/next/$ref");
    assert_eq!(step(&list, "/items/$ref"), node);
    assert!(contract.place(&list).file.ends_with("schemas/list of.yaml"));
    assert_eq!(contract.files().names().len(), 5);
    assert_eq!(contract.diagnostics(), []);
}

#[test]
fn what_was_meant_by_a_file_that_is_not_there_is_guessed() {
    let program = Program::new().file("apis/pets.yaml", "a: 1\n").file("apis/shop.json", "{}\n");
    for (path, hint) in [
        ("apis/pets.yml", "did you mean `apis/pets.yaml`?"),
        ("apis/nope.yaml", "there are apis/pets.yaml, apis/shop.json"),
        ("nowhere/pets.yaml", "there is no folder nowhere either"),
    ] {
        program.run(&["mock", path]).exits(2).complains(&["there is no such file", hint]);
    }
    Program::new().run(&["mock", "pets.yaml"]).exits(2).complains(&["no YAML or JSON file"]);
    Program::new().file("a.yaml", "a: 1\n").run(&["mock", "x.yaml"]).exits(2).complains(&["there is a.yaml"]);
    // A bracket that is not closed: what it needs is said.
    Program::new()
        .file("a.yaml", "a: {b: {c: 1\n")
        .run(&["mock", "a.yaml"])
        .exits(2)
        .complains(&["a.yaml:", "needs its"]);
}

#[test]
fn references_that_lead_nowhere_are_told_before_work_begins() {
    let contract = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        \
        '200': {description: d, content: {application/json: {schema: {$ref: '../common.yaml#/A'}}}}\n        \
        '404': {$ref: 'missing.yaml#/B'}\n        '409': {$ref: 'missing.yaml#/C'}\n";
    let program =
        Program::new().file("api/openapi.yaml", contract).file("common.yaml", "A: {type: object}\n");
    let ran = program.run(&["mock", "--explain", "api/openapi.yaml"]).exits(0).complains(&[
        "openapi.yaml:7:77: the reference `../common.yaml#/A` can't be followed",
        "--allow-refs-outside",
        "openapi.yaml:8:23: the reference `missing.yaml#/B`",
        "there is no file",
    ]);
    assert_eq!(ran.err.matches("missing.yaml#").count(), 1, "once for each file: {}", ran.err);
    let ran = program.run(&["mock", "--explain", "--allow-refs-outside", "api/openapi.yaml"]).exits(0);
    assert!(!ran.err.contains("common.yaml"), "{}", ran.err);
}

#[test]
fn references_stay_in_the_folder_and_off_the_network_unless_allowed() {
    let schema = |reference: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\ncomponents: {{schemas: {{A: {{$ref: '{reference}'}}}}}}\n"
        )
    };
    let outer = folder(&[("secret.yaml", "type: string\n"), ("api/openapi.yaml", &schema("../secret.yaml"))]);
    let path = outer.path().join("api/openapi.yaml");
    let resolve = |options: &LoadOptions| {
        let contract = Contract::load(&SpecSource::Path(path.clone()), options).unwrap();
        let at = contract.named_schemas()[0].clone();
        let reference = contract.raw(&at).unwrap()["$ref"].as_str().unwrap().to_owned();
        contract.schema_source().resolve(&at, &reference).map_err(|error| error.to_string())
    };
    assert!(resolve(&LoadOptions::default()).unwrap_err().contains("--allow-refs-outside"));
    assert!(resolve(&LoadOptions { allow_refs_outside: true, ..LoadOptions::default() }).is_ok());
    for reference in
        ["http://127.0.0.1:1/x", "//127.0.0.1:1/x", "file:///etc/passwd", "ftp://x/y", "/etc/passwd"]
    {
        std::fs::write(&path, schema(reference)).unwrap();
        let reason = resolve(&LoadOptions::default()).unwrap_err();
        assert!(
            ["network", "folder", "can't be loaded"].iter().any(|w| reason.contains(w)),
            "{reference}: {reason}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_no_way_out_of_the_folder() {
    let root =
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\ncomponents: {schemas: {A: {$ref: 'link.yaml'}}}\n";
    let outer = folder(&[("secret.yaml", "type: string\n"), ("api/openapi.yaml", root)]);
    std::os::unix::fs::symlink(outer.path().join("secret.yaml"), outer.path().join("api/link.yaml")).unwrap();
    let contract = open(&outer.path().join("api/openapi.yaml"));
    let at = contract.named_schemas()[0].clone();
    let reason = contract.schema_source().resolve(&at, "link.yaml").unwrap_err().to_string();
    assert!(reason.contains("folder"), "{reason}");
}

/// Serves fixed texts by path for as many requests as there are texts.
fn serve(texts: Vec<(&'static str, String)>) -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let line = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let path = line.split(' ').nth(1).unwrap();
            let (status, body) = match texts.iter().find(|(name, _)| *name == path) {
                Some((_, body)) => ("200 OK", body.as_str()),
                None => ("404 Not Found", ""),
            };
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all((head + body).as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn urls_are_read_and_their_references_only_when_allowed() {
    let root = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\ncomponents: {schemas: {A: {$ref: '../b.yaml#/B'}}}\n";
    let url = serve(vec![("/v1/api.yaml", root.to_owned()), ("/b.yaml", "B: {type: string}\n".to_owned())]);
    let load = |allow_remote_refs: bool, path: &str| {
        let fetch = Some(counterpart::client::fetch::blocking as counterpart::document::Fetch);
        let options = LoadOptions { allow_remote_refs, fetch, ..LoadOptions::default() };
        Contract::load(&SpecSource::parse(&format!("{url}{path}")), &options)
    };
    let resolve = |contract: &Arc<Contract>| {
        let at = contract.named_schemas()[0].clone();
        contract.schema_source().resolve(&at, "../b.yaml#/B")
    };
    let allowed = load(true, "/v1/api.yaml").unwrap();
    let target = resolve(&allowed).unwrap();
    assert_eq!(allowed.raw(&target), Some(json!({"type": "string"})));
    assert_eq!(allowed.place(&target).file, format!("{url}/b.yaml"));
    let refused = load(false, "/v1/api.yaml").unwrap();
    assert!(resolve(&refused).unwrap_err().to_string().contains("--allow-remote-refs"));
    assert!(load(true, "/missing.yaml").unwrap_err().render(false).contains("404"));
}

#[test]
fn examples_in_files_of_their_own_are_read() {
    let root = r"
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a:
    get:
      responses:
        '200': {description: ok, content: {application/json: {examples: {e: {externalValue: e.json}, p: {externalValue: e.png}}}}}
";
    let folder = folder(&[("openapi.yaml", root), ("e.json", "[1]"), ("e.png", "[1]")]);
    let contract = open(folder.path());
    let operation = contract.operation(contract.heads()[0].index);
    let examples = &operation.responses[0].content[0].examples;
    assert_eq!((&examples[0].value, &examples[1].value), (&Some(json!([1])), &None));
    assert_eq!(examples[1].external.as_deref(), Some("e.png"));
}
