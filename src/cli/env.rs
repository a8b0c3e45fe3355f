//! Environment, terminal and working folder, read once and passed in.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

use crate::cli::color::ColorChoice;
use crate::cli::printer::Printer;

/// What a command may know of the world around the process.
#[derive(Clone, Debug)]
pub struct Env {
    /// The environment variables that are UTF-8.
    pub variables: BTreeMap<String, String>,
    /// The working folder.
    pub folder: PathBuf,
    /// The configuration file that `--config` names.
    pub config: Option<PathBuf>,
    /// Standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// Standard input is a terminal.
    pub stdin_is_terminal: bool,
    /// Where output goes.
    pub printer: Printer,
}

impl Env {
    /// Reads the process's environment. The only place that does.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            variables,
            config: None,
            folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            printer: Printer::default(),
        }
    }

    /// Whether colour is wanted: the flag, else `NO_COLOR` and `CLICOLOR_FORCE`, else whether a person looks.
    #[must_use]
    pub fn wants_color(&self, flag: ColorChoice) -> bool {
        match flag {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let set = |name: &str| self.variables.get(name).is_some_and(|value| !value.is_empty());
                !set("NO_COLOR") && (set("CLICOLOR_FORCE") || self.stdout_is_terminal)
            }
        }
    }
}
