//! `counterpart.toml`: every flag is a key, at the top for all commands or in a command's own table.
//!
//! ```toml
//! spec = "openapi.yaml"
//! [mock]
//! port = 4020
//! [mock.resources.orders]       # see `declarations.rs`
//! id = "number"
//! [test]
//! cases = 500
//! header = ["accept-language: de"]  # secrets belong into the environment: COUNTERPART_AUTH
//! ```

use std::path::{Path, PathBuf};

use clap::{Arg, Command};
use toml::de::{DeTable, DeValue};

use crate::base::files;
use crate::base::limits::CONFIG_BYTES_MAX;
use crate::cli::{CliError, Env};

/// The file's name.
pub const FILE_NAME: &str = "counterpart.toml";

/// The table, in that of `mock`, with the declarations of resources.
pub(super) const DECLARATIONS: &str = "resources";

/// How many folders upwards the file is searched.
const FOLDERS_UP_MAX: usize = 64;

/// A value of a lower layer, as the text that would have been typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The values; several for lists.
    pub values: Vec<String>,
    /// Where they come from, for messages.
    pub source: String,
}

/// A configuration file.
#[derive(Debug)]
pub struct Config {
    path: PathBuf,
    text: String,
}

impl Config {
    /// The file of `--config` or `COUNTERPART_CONFIG`, else the first one from the working folder upwards.
    ///
    /// # Errors
    /// [`CliError::Usage`] when a named file can't be read, or a file is no TOML.
    pub fn find(named: Option<&PathBuf>, env: &Env) -> Result<Option<Self>, CliError> {
        let named = named.cloned().or_else(|| env.variables.get("COUNTERPART_CONFIG").map(PathBuf::from));
        let path = match named {
            Some(path) => Some(env.folder.join(path)),
            None => env
                .folder
                .ancestors()
                .take(FOLDERS_UP_MAX)
                .map(|folder| folder.join(FILE_NAME))
                .find(|path| path.is_file()),
        };
        let Some(path) = path else { return Ok(None) };
        let text = files::read_text(&path, CONFIG_BYTES_MAX).map_err(|cause| {
            CliError::usage_hint(
                format!("the configuration file {} can't be read: {cause}", path.display()),
                "name an existing UTF-8 file with --config",
            )
        })?;
        let config = Self { path, text };
        if let Err(error) = DeTable::parse(&config.text) {
            let at = config.place(error.span().map_or(0, |span| span.start));
            return Err(CliError::usage_hint(
                format!("{at}: {}", error.message()),
                "the file must be TOML 1.0: `key = value` lines and `[command]` tables",
            ));
        }
        Ok(Some(config))
    }

    /// Refuses keys that no flag has.
    ///
    /// # Errors
    /// [`CliError::Usage`] with the place and the nearest name.
    pub fn check_names(&self, definition: &Command) -> Result<(), CliError> {
        let names = |command: &Command| -> Vec<String> { command.get_arguments().map(flag_name).collect() };
        let mut of_any: Vec<String> = definition.get_subcommands().flat_map(names).collect();
        of_any.sort_unstable();
        of_any.dedup();
        let Ok(table) = DeTable::parse(&self.text) else { return Ok(()) };
        for (key, value) in table.get_ref() {
            let name = key.get_ref().as_ref();
            match (definition.find_subcommand(name), value.get_ref()) {
                (Some(command), DeValue::Table(inner)) => {
                    let known = names(command);
                    // What is declared of resources is no flag: `declarations.rs` reads it.
                    let declared = |key: &str| name == "mock" && key == DECLARATIONS;
                    for key in inner.keys().filter(|key| !declared(key.get_ref())) {
                        self.check_name(key.get_ref(), key.span().start, &known)?;
                    }
                }
                _ => self.check_name(name, key.span().start, &of_any)?,
            }
        }
        Ok(())
    }

    fn check_name(&self, name: &str, offset: usize, known: &[String]) -> Result<(), CliError> {
        if known.iter().any(|one| one == name) {
            return Ok(());
        }
        let nearest = known
            .iter()
            .map(|one| (strsim::damerau_levenshtein(one, name), one))
            .min()
            .filter(|(distance, _)| *distance <= 3)
            .map_or_else(
                || "`counterpart COMMAND --help` lists the flags; each is a key here".to_owned(),
                |(_, one)| format!("did you mean `{one}`?"),
            );
        Err(CliError::usage_hint(
            format!("{}: there is no flag called `{name}`", self.place(offset)),
            nearest,
        ))
    }

    /// What the file says of a flag: the command's table first, then the top.
    #[must_use]
    pub fn setting(&self, command: &str, flag: &str) -> Option<Setting> {
        let table = DeTable::parse(&self.text).ok()?;
        let table = table.get_ref();
        let own = table.get(command).and_then(|value| value.get_ref().as_table()).and_then(|t| t.get(flag));
        let value = own.or_else(|| table.get(flag).filter(|_| flag != command))?;
        Some(Setting {
            values: texts(value.get_ref()),
            source: format!("`{flag}` in {}", self.place(value.span().start)),
        })
    }

    /// Every key of the top and of the commands' tables, with its values and its place.
    #[must_use]
    pub fn all(&self) -> Vec<(String, Vec<String>, String)> {
        let Ok(table) = DeTable::parse(&self.text) else { return Vec::new() };
        let mut all = Vec::new();
        for (key, value) in table.get_ref() {
            let mut put = |key: &str, value: &DeValue<'_>, at: usize| {
                all.push((key.to_owned(), texts(value), self.place(at)));
            };
            match value.get_ref() {
                DeValue::Table(inner) => {
                    for (key, value) in inner {
                        put(key.get_ref(), value.get_ref(), key.span().start);
                    }
                    // A flag of its own whose value is a table: `auth = {Scheme = "…"}`.
                    put(key.get_ref(), value.get_ref(), key.span().start);
                }
                other => put(key.get_ref(), other, key.span().start),
            }
        }
        all
    }

    /// A path of the file, which is relative to the file's folder; URLs and `-` stay as they are.
    #[must_use]
    pub fn relative(&self, path: &str) -> String {
        if path == "-" || path.contains("://") || Path::new(path).is_absolute() {
            return path.to_owned();
        }
        self.path.parent().map_or_else(|| path.to_owned(), |folder| folder.join(path).display().to_string())
    }

    /// The file's text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// File, line and column of an offset in the text.
    pub(super) fn place(&self, offset: usize) -> String {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("{}:{line}:{column}", self.path.display())
    }
}

/// A flag's name as users write it, without dashes: `max-failures`; a positional's id: `spec`.
pub(super) fn flag_name(arg: &Arg) -> String {
    arg.get_long().map_or_else(|| arg.get_id().as_str().to_owned(), str::to_owned)
}

/// A TOML value as the texts that would have been typed: lists one by one, tables as `key=value`.
fn texts(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::Array(items) => items.iter().flat_map(|item| texts(item.get_ref())).collect(),
        DeValue::Table(members) => members
            .iter()
            .map(|(key, value)| format!("{}={}", key.get_ref(), texts(value.get_ref()).join(",")))
            .collect(),
        DeValue::String(text) => vec![text.to_string()],
        DeValue::Integer(number) => vec![number.to_string()],
        DeValue::Float(number) => vec![number.to_string()],
        DeValue::Boolean(flag) => vec![flag.to_string()],
        DeValue::Datetime(time) => vec![time.to_string()],
    }
}
