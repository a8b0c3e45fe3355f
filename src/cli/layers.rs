//! The layers under the flags: the environment (`COUNTERPART_<FLAG>`), then `counterpart.toml`.
//!
//! A value from a lower layer is put into the arguments as if it had been typed, unless the user typed that flag:
//! so every value passes the same parser, and no flag needs code of its own here.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::builder::ValueHint;
use clap::error::ContextKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::base::secret::Secret;
use crate::cli::config::{Config, Setting, flag_name};
use crate::cli::{CliError, Env, given};

/// Flags that choose the layers themselves, or that ask about the program.
const NOT_LAYERED: [&str; 3] = ["config", "help", "version"];

/// Why no arguments came out.
#[derive(Debug)]
pub enum ParseError {
    /// What clap says: a wrong flag, or help that was asked for.
    Clap(Box<clap::Error>),
    /// A lower layer is wrong.
    Config(CliError),
}

impl From<clap::Error> for ParseError {
    fn from(error: clap::Error) -> Self {
        Self::Clap(Box::new(error))
    }
}

impl From<CliError> for ParseError {
    fn from(error: CliError) -> Self {
        Self::Config(error)
    }
}

/// What was learnt on the way, also where it ended in an error.
#[derive(Debug, Default)]
pub struct Known {
    /// The secrets that the user gave, in whatever layer.
    pub secrets: Vec<Secret>,
    /// What the user should know of the configuration file.
    pub warnings: Vec<String>,
}

/// Parses, as the command line is defined, the arguments over the environment over the configuration file.
///
/// # Errors
/// [`ParseError`] for wrong flags, and for wrong values of the lower layers with where they come from.
pub fn parse(
    definition: Command,
    arguments: &[OsString],
    env: &Env,
    known: &mut Known,
) -> Result<ArgMatches, ParseError> {
    known.secrets.extend(given::of_arguments(arguments));
    known.secrets.extend(given::of_environment(env));
    // The first pass only learns which command it is and what was typed.
    let Ok(typed) = definition.clone().ignore_errors(true).try_get_matches_from(arguments) else {
        return Ok(definition.try_get_matches_from(arguments)?);
    };
    let Some((name, typed_of_command)) = typed.subcommand() else {
        return Ok(definition.try_get_matches_from(arguments)?);
    };
    let mut built = definition.clone();
    built.build();
    let Some(command) = built.find_subcommand(name) else {
        return Ok(definition.try_get_matches_from(arguments)?);
    };
    let config = Config::find(typed_of_command.get_one("config"), env)?;
    if let Some(config) = &config {
        config.check_names(&built)?;
        known.warnings = given::warnings(config, &built);
    }

    let mut added = Vec::new();
    let mut sources = Vec::new();
    for arg in command.get_arguments().filter(|arg| !NOT_LAYERED.contains(&arg.get_id().as_str())) {
        if typed_of_command.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine) {
            continue;
        }
        let Some(setting) = lookup(arg, name, config.as_ref(), env) else { continue };
        let tokens = tokens(arg, &setting)?;
        if !tokens.is_empty() {
            sources.push((flag_name(arg), setting.source.clone()));
            added.extend(tokens);
        }
    }
    let spliced = splice(arguments, name, &definition, added);
    known.secrets.extend(given::of_arguments(&spliced));
    definition.try_get_matches_from(spliced).map_err(|error| explain(error, &sources))
}

fn lookup(arg: &Arg, command: &str, config: Option<&Config>, env: &Env) -> Option<Setting> {
    let flag = flag_name(arg);
    let variable = format!("COUNTERPART_{}", flag.replace('-', "_").to_uppercase());
    if let Some(value) = env.variables.get(&variable) {
        return Some(Setting {
            values: vec![value.clone()],
            source: format!("the environment variable {variable}"),
        });
    }
    let mut setting = config?.setting(command, &flag)?;
    let path_like =
        matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath);
    if path_like || flag == "spec" {
        for value in &mut setting.values {
            *value = config?.relative(value);
        }
    }
    Some(setting)
}

/// The setting as arguments.
fn tokens(arg: &Arg, setting: &Setting) -> Result<Vec<OsString>, CliError> {
    let flag = flag_name(arg);
    if arg.is_positional() {
        return Ok(setting.values.iter().map(OsString::from).collect());
    }
    let one = || setting.values.first().map_or("", String::as_str);
    let wrong = |wanted: &str| {
        CliError::usage_hint(
            format!("`{}` is no value for `{flag}`, which is {wanted}", one()),
            format!("it comes from {}", setting.source),
        )
    };
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => match one().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(vec![format!("--{flag}").into()]),
            "0" | "false" | "no" | "off" | "" => Ok(Vec::new()),
            _ => Err(wrong("either true or false")),
        },
        ArgAction::Count => {
            let count: u8 = one().parse().map_err(|_| wrong("a number"))?;
            Ok((0..count).map(|_| format!("--{flag}").into()).collect())
        }
        _ => Ok(setting.values.iter().map(|value| format!("--{flag}={value}").into()).collect()),
    }
}

/// Puts `added` right behind the command's name.
fn splice(arguments: &[OsString], name: &str, definition: &Command, added: Vec<OsString>) -> Vec<OsString> {
    let takes_value: BTreeSet<String> = definition
        .get_arguments()
        .filter(|arg| arg.get_action().takes_values())
        .filter_map(|arg| arg.get_long().map(|long| format!("--{long}")))
        .collect();
    let mut at = None;
    let mut skip = false;
    for (index, argument) in arguments.iter().enumerate().skip(1) {
        let text = argument.to_string_lossy();
        if std::mem::take(&mut skip) {
            continue;
        }
        if takes_value.contains(text.as_ref()) {
            skip = true;
        } else if text == name {
            at = Some(index + 1);
            break;
        }
    }
    let mut all = arguments.to_vec();
    let at = at.unwrap_or(all.len());
    all.splice(at..at, added);
    all
}

/// Says where a refused value comes from when it was not typed.
fn explain(error: clap::Error, sources: &[(String, String)]) -> ParseError {
    let culprit = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let of_lower_layer = sources.iter().find(|(flag, _)| {
        culprit.strip_prefix("--").is_some_and(|rest| {
            rest.strip_prefix(flag.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '=']))
        })
    });
    match of_lower_layer {
        None => error.into(),
        Some((_, source)) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            let first = first.strip_prefix("error: ").unwrap_or(first).to_owned();
            CliError::usage_hint(first, format!("the value comes from {source}")).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Printer;
    use crate::cli::args::Cli;

    fn env(variables: &[(&str, &str)], folder: &std::path::Path) -> Env {
        Env {
            config: None,
            variables: variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            folder: folder.to_owned(),
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            printer: Printer::default(),
        }
    }

    fn quiet(typed: &[&str], env: &Env) -> Result<bool, ParseError> {
        let arguments: Vec<OsString> = typed.iter().map(OsString::from).collect();
        Ok(parse(Cli::command(), &arguments, env, &mut Known::default())?
            .subcommand()
            .is_some_and(|(_, matches)| matches.get_flag("quiet")))
    }

    #[test]
    fn flag_beats_environment_beats_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("counterpart.toml"), "color = \"never\"\nquiet = true\n").unwrap();
        let color = |typed: &[&str], variables: &[(&str, &str)]| {
            let arguments: Vec<OsString> = typed.iter().map(OsString::from).collect();
            let matches =
                parse(Cli::command(), &arguments, &env(variables, folder.path()), &mut Known::default())
                    .unwrap();
            let (_, of_command) = matches.subcommand().unwrap();
            *of_command.get_one::<crate::cli::ColorChoice>("color").unwrap()
        };
        use crate::cli::ColorChoice::{Always, Auto, Never};
        assert_eq!(color(&["counterpart", "man"], &[]), Never);
        assert_eq!(color(&["counterpart", "man"], &[("COUNTERPART_COLOR", "always")]), Always);
        assert_eq!(
            color(&["counterpart", "--color", "auto", "man"], &[("COUNTERPART_COLOR", "always")]),
            Auto
        );
        assert!(quiet(&["counterpart", "man"], &env(&[], folder.path())).unwrap());
        assert!(!quiet(&["counterpart", "man"], &env(&[("COUNTERPART_QUIET", "0")], folder.path())).unwrap());
    }

    #[test]
    fn wrong_values_name_their_source() {
        let folder = tempfile::tempdir().unwrap();
        let message = |variables: &[(&str, &str)], file: &str| {
            std::fs::write(folder.path().join("counterpart.toml"), file).unwrap();
            match quiet(&["counterpart", "man"], &env(variables, folder.path())) {
                Err(ParseError::Config(error)) => error.render(false).as_str().replace('\\', "/"),
                other => panic!("accepted: {other:?}"),
            }
        };
        assert!(message(&[("COUNTERPART_QUIET", "perhaps")], "").contains("COUNTERPART_QUIET"));
        assert!(message(&[("COUNTERPART_COLOR", "pink")], "").contains("COUNTERPART_COLOR"));
        let of_file = message(&[], "\ncolor = \"pink\"\n");
        assert!(of_file.contains("counterpart.toml:2"), "{of_file}");
        let unknown = message(&[], "\n\nquite = true\n");
        assert!(unknown.contains("counterpart.toml:3:1") && unknown.contains("`quiet`"), "{unknown}");
        let broken = message(&[], "color = \n");
        assert!(broken.contains("counterpart.toml:1"), "{broken}");
    }
}
