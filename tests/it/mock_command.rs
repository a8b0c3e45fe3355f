//! `counterpart mock` as a process.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::mock_sockets::raw;
use crate::support::Program;

/// A mock process; killed when the test ends early.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Lines of standard error as they come.
    errors: Receiver<String>,
}

/// How long something that must come may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

impl Process {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_with(folder, arguments, &[])
    }

    /// With these variables in its environment.
    pub(crate) fn start_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
        command.args(["mock", "--port", "0"]).args(arguments).envs(variables.iter().copied());
        Self::spawn(folder, command)
    }

    /// As a shell script starts it.
    pub(crate) fn start_script(folder: &Path, script: &str) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Self::spawn(folder, command)
    }

    fn spawn(folder: &Path, mut command: Command) -> Self {
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on http").unwrap_or_else(|| panic!("{line:?}"));
        let address = url.trim_start_matches("s://").trim_start_matches("://").parse().unwrap();
        let (sender, errors) = channel();
        let stderr = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // Whoever listened has gone: the rest is read so that the process can write it.
                let _ = sender.send(line);
            }
        });
        Self { address, child, errors }
    }

    /// The lines of standard error up to the first that has these words.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> String {
        let mut all = String::new();
        loop {
            match self.errors.recv_timeout(DEADLINE) {
                Ok(line) => {
                    all.push_str(&line);
                    all.push('\n');
                    if line.contains(words) {
                        return all;
                    }
                }
                Err(error) => panic!("no `{words}` ({error}) in\n{all}"),
            }
        }
    }

    /// Ends it and answers all that is left on standard error.
    pub(crate) fn rest(mut self, signal: &str) -> String {
        let ended = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(ended.success());
        self.child.wait().unwrap();
        self.errors.iter().map(|line| line + "\n").collect()
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn end_by(mut self, signal: &str) -> Option<i32> {
        assert!(
            Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success()
        );
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn status(address: SocketAddr, head: &str) -> String {
    let answer = raw(address, format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes());
    String::from_utf8_lossy(&answer).get(9..12).unwrap_or_default().to_owned()
}

#[test]
fn it_says_where_it_listens_and_ends_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-INT"] {
        let process = Process::start(folder.path(), &[]);
        assert_eq!(status(process.address, "GET /__counterpart/health HTTP/1.1"), "200");
        assert_eq!(status(process.address, "DELETE /v5/agentex/deployments/x HTTP/1.1"), "401");
        assert_eq!(process.end_by(signal), Some(0), "{signal}");
    }
}

#[test]
fn flags_reach_the_mock() {
    let program = Program::new();
    std::fs::write(
        program.folder().join("own.json"),
        r#"{"entities": {"deployments": [{"id": "own", "namespace": "n", "manifest_file": "", "environment_config": "",
            "status": "RUNNING", "account_id": "a", "created_at": "2026-01-01T00:00:00Z",
            "created_by": {"id": "u", "type": "user"}}]}}"#,
    )
    .unwrap();
    let arguments =
        ["--fixtures", "own.json", "--no-auth", "--undocumented-statuses", "--latency", "1ms..2ms"];
    let process = Process::start(program.folder(), &arguments);
    let delete = |id: &str| status(process.address, &format!("DELETE /v5/agentex/deployments/{id} HTTP/1.1"));
    assert_eq!([delete("own"), delete("own"), delete("other")], ["200", "422", "404"]);
    let process = Process::start(program.folder(), &["--state", "none", "--no-auth", "--fault", "status=1"]);
    assert_eq!(status(process.address, "DELETE /v5/agentex/deployments/x HTTP/1.1"), "503");
    let arguments =
        ["--query-preferences", "--no-auth", "--fault", "status:429=1x1", "--allow-callbacks", "localhost"];
    let process = Process::start(program.folder(), &arguments);
    let preferred = || status(process.address, "DELETE /v5/agentex/deployments/x?__code=500 HTTP/1.1");
    assert_eq!([preferred(), preferred()], ["429", "500"]);
}

#[test]
fn what_was_inferred_is_explained() {
    let ran = Program::new().run(&["mock", "--explain"]).exits(0);
    for words in [
        "deployments  /v5/",
        "x-selected-account-id",
        "DELETED, CANCELLED, SUPERSEDED",
        "`teardown`",
        "is declared",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
}

#[test]
fn mistakes_are_told_with_exit_code_2() {
    let program = Program::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    program.run(&["mock", "--port", &port]).exits(2).complains(&["can't listen on", "--port"]);
    program.run(&["mock", "--fault", "earthquake=1"]).exits(2).complains(&["earthquake", "teardown"]);
    program.run(&["mock", "--fault", "reset=7"]).exits(2).complains(&["between 0 and 1"]);
    program
        .run(&["mock", "--fault", "reset@nothing=1"])
        .exits(2)
        .complains(&["no operation `nothing`", "nearest"]);
    program.run(&["mock", "--latency", "9s..1s"]).exits(2).complains(&["longer"]);
    program.run(&["mock", "--latency", "gamma:1ms,2ms"]).exits(2).complains(&["gamma", "lognormal"]);
    program.run(&["mock", "--allow-callbacks", "http://x"]).exits(2).complains(&["HOST:PORT"]);
    program.run(&["mock", "--fixtures", "nowhere.yaml"]).exits(2).complains(&["nowhere.yaml"]);
    program.run(&["mock", "nowhere-spec.yaml"]).exits(2).complains(&["nowhere-spec.yaml"]);
    for (text, words) in [
        ("entities: [", &["bad.yaml:1:"][..]),
        ("entitys: {}", &["bad.yaml:1:1", "entitys"]),
        ("entities:\n  nothing: [{id: x}]", &["bad.yaml:2:", "no resource `nothing`", "deployments"]),
        ("entities:\n  deployments:\n    - {id: x}", &["bad.yaml:3:7", "required", "contract: "]),
        ("clock: noon", &["bad.yaml:1:8"]),
        ("resources:\n  x: {item: '/nowhere/{id}'}", &["/nowhere/{id}"]),
    ] {
        std::fs::write(program.folder().join("bad.yaml"), text).unwrap();
        program.run(&["mock", "--fixtures", "bad.yaml", "--port", "0"]).exits(2).complains(words);
    }
}
