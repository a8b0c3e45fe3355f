//! The doorway: parse, call, exit code.

fn main() -> std::process::ExitCode {
    counterpart::cli::main()
}
