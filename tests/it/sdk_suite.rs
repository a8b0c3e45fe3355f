//! The test suite of a published client, made for another mock of its contract, against ours: unchanged.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::python::{self, Server};
use crate::support::{Program, shared};

/// The client and its version.
const CLIENT: &str = "onebusaway==1.26.0";

/// The sources of the client, its tests among them: fetched once, and kept beside the environment.
fn sources(python: &Path) -> Result<PathBuf, String> {
    let folder = python.ancestors().nth(2).ok_or("the environment has no folder")?.join("sources");
    let unpacked = folder.join(CLIENT.replace("==", "-"));
    if unpacked.join("tests").exists() {
        return Ok(unpacked);
    }
    let run = |arguments: &[&str]| {
        let output =
            Command::new(python).args(arguments).stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
        let said = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
        output.status.success().then_some(()).ok_or_else(said)
    };
    let to = folder.to_string_lossy().into_owned();
    let fetch = [
        "-m",
        "pip",
        "download",
        "-q",
        "--no-input",
        "--no-deps",
        "--no-build-isolation",
        "--no-binary",
        ":all:",
    ];
    run(&[&fetch[..], &["-d", &to, CLIENT]].concat())?;
    let archive = format!("{to}/{}.tar.gz", CLIENT.replace("==", "-"));
    run(&["-m", "tarfile", "-e", &archive, &to])?;
    unpacked.join("tests").exists().then_some(unpacked).ok_or_else(|| "the sources hold no tests".to_owned())
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
fn all_tests_of_the_client_pass() {
    let Some(contract) = shared("corpus/sdk/onebusaway.yaml") else { return };
    let ready =
        python::environment("sdk-requirements.txt").and_then(|python| Ok((sources(&python)?, python)));
    let (sources, python) = match ready {
        Ok(ready) => ready,
        Err(reason) => return eprintln!("skipped: no Python with the client's test suite: {reason}"),
    };
    let program = Program::new();
    let (_mock, url) =
        Server::mock(program.command(&["mock", "--host", "127.0.0.1", contract.to_str().unwrap()]));
    let output = Command::new(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "tests/api_resources"])
        .env("TEST_API_BASE_URL", &url)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(sources)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("640 passed"), "{said}");
}
