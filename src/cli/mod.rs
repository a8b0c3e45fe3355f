//! The command line: one file per subcommand; arguments → settings → call → exit code.

/// Runs the program with the process's arguments and environment.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(2)
}
