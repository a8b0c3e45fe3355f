//! The secrets that a user gives: on the command line, in the environment, in `counterpart.toml`.

use std::ffi::OsString;

use clap::Command;

use crate::base::secret::{Secret, is_harmless_header, url_secrets, without_userinfo};
use crate::cli::Env;
use crate::cli::config::Config;

/// Flags whose values are secrets, and how each is written.
const SECRET_FLAGS: [(&str, Form); 3] =
    [("auth", Form::Credential), ("header", Form::Header), ("control-token", Form::Whole)];

/// How a flag's value holds a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `SCHEME=VALUE`.
    Credential,
    /// `Name: value`.
    Header,
    /// The value itself.
    Whole,
}

fn form(flag: &str) -> Option<Form> {
    SECRET_FLAGS.iter().find(|(name, _)| *name == flag).map(|(_, form)| *form)
}

/// The secret in a flag's value. What is not written as it should be is a secret as a whole: an error would quote it.
fn of_value(form: Form, text: &str) -> Option<Secret> {
    let secret = match form {
        Form::Credential => match text.split_once('=') {
            Some((_, value)) if !value.trim_matches('=').is_empty() => value,
            _ => text,
        },
        Form::Header => match text.split_once(':') {
            Some((name, _)) if is_harmless_header(name) => return None,
            Some((name, value)) if !name.contains(char::is_whitespace) && !value.trim().is_empty() => {
                value.trim()
            }
            _ => text,
        },
        Form::Whole => text,
    };
    (!secret.is_empty()).then(|| Secret::new(secret))
}

/// The secrets among arguments. They are found before anything is parsed: what can't be parsed is quoted in errors.
pub(super) fn of_arguments(arguments: &[OsString]) -> Vec<Secret> {
    let mut found = Vec::new();
    let mut expected: Option<Form> = None;
    for argument in arguments.iter().skip(1) {
        let text = argument.to_string_lossy();
        found.extend(url_secrets(&text));
        if let Some(form) = expected.take() {
            found.extend(of_value(form, &text));
            continue;
        }
        if let Some(long) = text.strip_prefix("--") {
            match long.split_once('=') {
                Some((flag, value)) => found.extend(form(flag).and_then(|form| of_value(form, value))),
                None => expected = form(long),
            }
        } else if let Some(at) = text.strip_prefix('-').and_then(|short| short.find('H')) {
            // Short flags may stand together: `-vH'Name: value'`.
            match text.get(at + 2..).filter(|value| !value.is_empty()) {
                Some(value) => found.extend(of_value(Form::Header, value.strip_prefix('=').unwrap_or(value))),
                None => expected = Some(Form::Header),
            }
        }
    }
    found
}

/// The secrets in the program's own environment variables.
pub(super) fn of_environment(env: &Env) -> Vec<Secret> {
    let mut found = Vec::new();
    for (name, value) in env.variables.iter() {
        let Some(flag) = name.strip_prefix("COUNTERPART_") else { continue };
        found.extend(url_secrets(value));
        found.extend(form(&flag.to_lowercase().replace('_', "-")).and_then(|form| of_value(form, value)));
    }
    found
}

/// What is to be said of a configuration file: a file is read by more people and kept for longer than an environment.
pub(super) fn warnings(config: &Config, definition: &Command) -> Vec<String> {
    let mut warnings = Vec::new();
    for (key, values, place) in config.all() {
        let is_command = definition.find_subcommand(&key).is_some();
        let secret = match form(&key) {
            Some(form) => values.iter().any(|value| of_value(form, value).is_some()),
            None => {
                !is_command
                    && values.iter().any(|value| value.contains("://") && without_userinfo(value) != *value)
            }
        };
        if secret {
            let variable = key.replace('-', "_").to_uppercase();
            warnings.push(format!(
                "warning: {place}: `{key}` holds a secret in clear\n  hint: keep it out of the file: set the environment \
                 variable COUNTERPART_{variable} instead"
            ));
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_however_they_are_written() {
        let found = |arguments: &[&str]| {
            let all: Vec<OsString> =
                std::iter::once("counterpart").chain(arguments.iter().copied()).map(OsString::from).collect();
            of_arguments(&all).iter().map(|secret| secret.expose().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found(&["test", "--auth", "K=v=1", "--auth=K2=v2"]), ["v=1", "v2"]);
        assert_eq!(
            found(&["-H", "X-A: one", "-HX-B: two", "--header=Accept: x", "-vH", "X: y"]),
            ["one", "two", "y"]
        );
        assert_eq!(
            found(&["--auth", "no-scheme", "-H", "no colon", "--auth=c2VjcmV0=="]),
            ["no-scheme", "no colon", "c2VjcmV0=="]
        );
        assert_eq!(found(&["--url", "http://u:p@h", "--control-token", "t"]), ["u:p", "p", "t"]);
        assert_eq!(found(&["test", "--seed", "7", "a.yaml"]), Vec::<String>::new());
    }
}
