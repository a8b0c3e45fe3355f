//! Files: what is read is regular and small, what is written is written whole and through no link.

#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::crud::SHOP;
use crate::mock_command::Process;
use crate::plain_output::serve;
use crate::support::Program;

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn failing() -> String {
    serve(|_, _| b"HTTP/1.1 500 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec())
}

fn contract(operation: &str) -> String {
    serde_json::json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/items": {"get": {"operationId": operation, "responses": {"200": {"description": "ok"}}}}},
    })
    .to_string()
}

#[test]
fn pipes_devices_folders_and_huge_files_are_refused_in_words() {
    let program = Program::new().file("api.json", &contract("list"));
    let at = |name: &str| program.folder().join(name);
    pipe(&at("pipe"));
    std::fs::create_dir(at("folder")).unwrap();
    symlink("pipe", at("link")).unwrap();
    symlink("/dev/zero", at("zero")).unwrap();
    std::fs::File::create(at("huge")).unwrap().set_len(1 << 40).unwrap();
    for name in ["pipe", "link", "zero", "folder", "huge"] {
        for arguments in [
            &["replay", name, "--url", "http://127.0.0.1:1"][..],
            &["merge", name],
            &["test", "api.json", "--config", name],
            &["test", "api.json", "--ids", &format!("id=@{name}")],
            &["check", name],
            &["mock", "api.json", "--tls-cert", name, "--tls-key", name],
            &["mock", "api.json", "--state", &format!("file:{name}")],
        ] {
            let ran = program.run(arguments).exits(2);
            let told = ran.out + &ran.err;
            // A link is told by what it leads to.
            assert!(told.contains(name) || told.contains("can't hold state"), "{arguments:?}: {told}");
        }
        if name != "folder" {
            program.run(&["mock", "api.json", "--fixtures", name]).exits(2).complains(&[name]);
        }
    }
    std::fs::create_dir(at("fixtures")).unwrap();
    pipe(&at("fixtures/x.yaml"));
    program.run(&["mock", "api.json", "--fixtures", "fixtures"]).exits(2).complains(&["x.yaml", "pipe"]);
    std::fs::create_dir(at("snapshots")).unwrap();
    pipe(&at("snapshots/x.snap"));
    program.run(&["snapshot", "api.json"]).exits(2).complains(&["x.snap", "pipe"]);
    program.run(&["review"]).exits(2).complains(&["x.snap", "pipe"]);
}

#[test]
fn a_pipe_among_the_kept_cases_holds_nothing_up() {
    let program = Program::new().file("api.json", &contract("list"));
    std::fs::create_dir_all(program.folder().join(".counterpart/regressions")).unwrap();
    pipe(&program.folder().join(".counterpart/regressions/x.json"));
    let ran = program.run(&["test", "api.json", "--url", &failing(), "--seed", "1"]).exits(1);
    ran.says(&["a kept case can't be read", "x.json", "pipe"]);
}

#[test]
fn nothing_is_written_through_a_link() {
    let program = Program::new().file("api.json", &contract("list")).file("victim", "victim");
    let at = |name: &str| program.folder().join(name);
    let url = failing();
    let test = ["test", "api.json", "--url", &url, "--seed", "1"];
    program.run(&test).exits(1);
    program.run(&["snapshot", "api.json", "--url", &url]).exits(0);
    let mut links = vec![at("run.json"), at("run.har"), at("merged.json")];
    for folder in [".counterpart/regressions", "snapshots"] {
        links.extend(std::fs::read_dir(at(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    assert!(links.len() > 4, "{links:?}");
    for path in &links {
        // It may not be there yet.
        let _ = std::fs::remove_file(path);
        symlink(at("victim"), path).unwrap();
    }
    program.run(&[&test[..], &["--report", "json=run.json", "--report", "har=run.har"]].concat()).exits(1);
    program.run(&["merge", "run.json", "--out", "merged.json"]).exits(1);
    program.run(&["snapshot", "api.json", "--url", &url, "--accept"]).exits(0);
    let mock = Process::start(program.folder(), &["--record", "run.har"]);
    assert_eq!(mock.end_by("-TERM"), Some(0));
    assert_eq!(std::fs::read_to_string(at("victim")).unwrap(), "victim");
    for path in links {
        let data = std::fs::symlink_metadata(&path).unwrap();
        assert!(data.is_file(), "{}", path.display());
        let private = path.extension().is_some_and(|e| e == "har") || path.starts_with(at(".counterpart"));
        assert!(!private || data.permissions().mode() & 0o777 == 0o600, "{}: {data:?}", path.display());
    }
    let mut left = Vec::new();
    for folder in ["", ".counterpart/regressions", "snapshots"] {
        left.extend(
            std::fs::read_dir(at(folder))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap()),
        );
    }
    assert!(!left.iter().any(|name| name.ends_with(".tmp")), "{left:?}");
}

#[test]
fn reports_go_to_pipes_and_devices_that_are_named() {
    let program = Program::new().file("api.json", &contract("list"));
    let url = failing();
    let test = ["test", "api.json", "--url", &url, "--seed", "1", "--report"];
    let out = program.run(&[&test[..], &["json=/dev/stdout"]].concat()).exits(1).out;
    assert!(out.trim_end().ends_with('}') && out.contains("\"verdict\": \"failed\""), "{out}");
    program
        .run(&[&test[..], &["json=/dev/stderr"]].concat())
        .exits(1)
        .complains(&["\"verdict\": \"failed\""]);
    program.run(&[&test[..], &["json=/dev/null"]].concat()).exits(1);
    pipe(&program.folder().join("pipe"));
    program.run(&[&test[..], &["json=pipe"]].concat()).exits(2).complains(&["nobody reads"]);
    let reader =
        Command::new("cat").arg("pipe").current_dir(program.folder()).stdout(Stdio::piped()).spawn().unwrap();
    program.run(&[&test[..], &["json=pipe"]].concat()).exits(1);
    let read = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    assert!(read.contains("\"verdict\": \"failed\""), "{read}");
}

#[test]
fn names_are_short_unique_and_the_same_each_time() {
    let url = failing();
    let mut all = std::collections::BTreeSet::new();
    let long = "operation-".repeat(60);
    for name in [&long, &format!("{long}2"), "..", "../../x", "CON", "a/b\0c", "получить", "取得"] {
        let program = Program::new().file("api.json", &contract(name));
        for _ in 0..2 {
            program.run(&["snapshot", "api.json", "--url", &url]).exits(0);
            program.run(&["test", "api.json", "--url", &url, "--seed", "1"]).exits(1);
        }
        let folder = |name: &str| std::fs::read_dir(program.folder().join(name)).unwrap();
        let names: Vec<String> =
            folder("snapshots").map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!names.is_empty(), "{name}");
        for file in &names {
            assert!(file.len() < 160 && file.ends_with(".snap") && !file.starts_with(['.', '-']), "{file}");
            all.insert(file.split("--").next().unwrap().to_owned());
        }
        assert!(folder(".counterpart/regressions").all(|e| e.unwrap().file_name().len() == 21));
        let above: Vec<_> = std::fs::read_dir(program.folder()).unwrap().collect();
        assert_eq!(above.len(), 3, "{above:?}");
    }
    assert_eq!(all.len(), 8, "{all:?}");
}

#[test]
fn one_state_file_has_one_mock_by_whatever_name() {
    let program = Program::new().file("shop.yaml", SHOP);
    let at = |name: &str| program.folder().join(name);
    let first = Process::start(program.folder(), &["shop.yaml", "--state", "file:state.db"]);
    assert_eq!(first.end_by("-TERM"), Some(0));
    std::fs::hard_link(at("state.db"), at("hard.db")).unwrap();
    symlink("state.db", at("soft.db")).unwrap();
    let running = Process::start(program.folder(), &["shop.yaml", "--state", "file:state.db"]);
    // The file is written anew: the other name leads to the old one.
    let reset =
        "POST /__counterpart/reset HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for _ in 0..2 {
        for name in ["hard.db", "soft.db", "./state.db"] {
            let state = format!("file:{name}");
            program
                .run(&["mock", "shop.yaml", "--port", "0", "--state", &state])
                .exits(2)
                .complains(&["in use"]);
        }
        crate::mock_sockets::raw(running.address, reset.as_bytes());
    }
    assert_eq!(running.end_by("-TERM"), Some(0));
    let other = Process::start(program.folder(), &["shop.yaml", "--state", "file:hard.db"]);
    assert_eq!(other.end_by("-TERM"), Some(0));
}

#[test]
fn a_state_file_that_was_cut_is_told() {
    let program = Program::new().file("shop.yaml", SHOP);
    let path = program.folder().join("state.db");
    let arguments = ["shop.yaml", "--state", "file:state.db"];
    let cut =
        |length: u64| std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
    let refused = || program.run(&["mock", "shop.yaml", "--port", "0", "--state", "file:state.db"]).exits(2);
    let fresh = Process::start(program.folder(), &arguments);
    let pet = "POST /pets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{\"name\":\"a\"}";
    let empty = std::fs::metadata(&path).unwrap().len();
    crate::mock_sockets::raw(fresh.address, pet.as_bytes());
    assert_eq!(fresh.end_by("-TERM"), Some(0));
    assert!(std::fs::metadata(&path).unwrap().len() > empty);
    // Between two frames nothing looks broken.
    cut(empty);
    let process = Process::start(program.folder(), &arguments);
    process.says("bytes shorter");
    // Killed: what was written down last still says that there is state.
    drop(process);
    cut(0);
    for _ in 0..2 {
        refused().complains(&["is empty", "delete it"]);
    }
    cut(10);
    refused();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(Process::start(program.folder(), &arguments).end_by("-TERM"), Some(0));
}

#[test]
fn a_lock_that_is_something_else_is_left_alone() {
    let program =
        Program::new().file("shop.yaml", SHOP).file("victim", "do not touch").file("c.db.lock", "mine");
    let at = |name: &str| program.folder().join(name);
    symlink("victim", at("a.db.lock")).unwrap();
    std::fs::hard_link(at("victim"), at("b.db.lock")).unwrap();
    pipe(&at("d.db.lock"));
    for name in ["a.db", "b.db", "c.db", "d.db"] {
        let state = format!("file:{name}");
        program.run(&["mock", "shop.yaml", "--port", "0", "--state", &state]).exits(2).complains(&[".lock"]);
    }
    assert_eq!(std::fs::read_to_string(at("victim")).unwrap(), "do not touch");
    assert_eq!(std::fs::read_to_string(at("c.db.lock")).unwrap(), "mine");
}
