//! A Python with the packages of `tests/reference/requirements.txt`, and the servers under `tests/reference/`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

/// The folder of the references.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

/// The interpreter, or `None` (said on standard error) where there is none and none can be made. Looked for in
/// `COUNTERPART_PYTHON`, in `.venv` beside `Cargo.toml`, and in an environment under the target folder, which is made
/// with `python3 -m venv` and `pip` when it is not there.
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
pub(crate) fn interpreter() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND
        .get_or_init(|| match find() {
            Ok(path) => Some(path),
            Err(reason) => {
                eprintln!("skipped: no Python with the reference's packages: {reason}");
                None
            }
        })
        .as_deref()
}

fn find() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("COUNTERPART_PYTHON") {
        let path = PathBuf::from(named);
        return has_packages(&path).then_some(path).ok_or_else(|| "COUNTERPART_PYTHON lacks them".to_owned());
    }
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    if has_packages(&beside) {
        return Ok(beside);
    }
    environment("requirements.txt")
}

/// The interpreter of an environment with the packages that a file beside the references lists; made when it is not
/// there.
///
/// # Errors
/// Why it can't be made.
pub(crate) fn environment(requirements: &str) -> Result<PathBuf, String> {
    let requirements = folder().join(requirements);
    let wanted = std::fs::read(&requirements).map_err(|e| e.to_string())?;
    let mut hasher = DefaultHasher::new();
    wanted.hash(&mut hasher);
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    make(&root.join(format!("reference-venv-{:x}", hasher.finish())), &requirements)
}

fn has_packages(python: &Path) -> bool {
    let imports = "import fastapi, uvicorn, multipart, email_validator, scale_gp_beta, schemathesis";
    let run = Command::new(python).args(["-c", imports]).stderr(Stdio::null()).stdin(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

/// Makes the environment, one process at a time; the marker says that it is whole.
fn make(place: &Path, requirements: &Path) -> Result<PathBuf, String> {
    let python = place.join("bin/python");
    let lock = std::fs::File::create(place.with_extension("lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    let marker = place.join("complete");
    if marker.exists() {
        return Ok(python);
    }
    let run = |command: &mut Command| {
        let shown = format!("{command:?}");
        match command.stdin(Stdio::null()).output() {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(format!("{shown}: {}", String::from_utf8_lossy(&output.stderr).trim())),
            Err(error) => Err(format!("{shown}: {error}")),
        }
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(place))?;
    run(Command::new(&python).args(["-m", "pip", "install", "-q", "--no-input", "-r"]).arg(requirements))?;
    std::fs::write(&marker, "").map_err(|e| e.to_string())?;
    Ok(python)
}

/// A command that runs a script of the references.
pub(crate) fn script(python: &Path, name: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(folder().join(name)).env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null());
    command
}

/// Runs a script to its end.
pub(crate) fn run(python: &Path, name: &str, arguments: &[&str]) -> Output {
    script(python, name).args(arguments).output().unwrap()
}

/// A process that serves, and ends with this value.
pub(crate) struct Server {
    child: Child,
    /// The lines it printed when it was ready.
    pub(crate) lines: Vec<String>,
}

impl Server {
    /// Starts the command and reads its first `lines` lines.
    pub(crate) fn start(mut command: Command, lines: usize) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut read = Vec::new();
        for _ in 0..lines {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            assert!(!line.is_empty(), "the server ended before it was ready: {command:?}");
            read.push(line.trim().to_owned());
        }
        Self { child, lines: read }
    }

    /// A reference server: its port.
    pub(crate) fn reference(python: &Path, name: &str, arguments: &[&str]) -> (Self, u16) {
        let mut command = script(python, name);
        command.args(["--port", "0", "--quit-on-eof"]).args(arguments);
        let server = Self::start(command, 1);
        let port = server.lines[0].parse().unwrap();
        (server, port)
    }

    /// Our mock on a free port: its URL.
    pub(crate) fn mock(mut command: Command) -> (Self, String) {
        command.args(["--port", "0"]);
        let server = Self::start(command, 1);
        let url = server.lines[0].strip_prefix("listening on ").unwrap().to_owned();
        (server, url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
