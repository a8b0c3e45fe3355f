//! From where the user pointed to the first file.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::Pointer;
use crate::base::limits::DOCUMENT_BYTES_MAX;
use crate::base::secret::{Redactor, without_userinfo};
use crate::document::diagnostic::{Diagnostic, Severity};
use crate::document::file::Address;
use crate::document::files::{Files, nearest, read_file};
use crate::document::location::{FileId, Location};
use crate::document::options::{LoadOptions, SpecSource};
use crate::document::render;

/// Names of the root document that are looked for in a folder, in this order.
const ROOT_NAMES: [&str; 6] =
    ["openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.yml", "swagger.json"];

/// How many names of a folder are looked at for what was meant, and how many are shown.
const NAMES_LOOKED_AT_MAX: usize = 1_000;
const NAMES_SHOWN: usize = 5;

/// Why a contract can't be used: diagnostics, and the files they point into.
#[derive(Clone)]
pub struct LoadError {
    /// The files, as far as they could be read.
    pub files: Arc<Files>,
    /// What is wrong; at least one error.
    pub diagnostics: Vec<Diagnostic>,
}

impl LoadError {
    /// The whole message for people: every diagnostic with file, line, column, the source line and a hint.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        render::console(&self.files, &self.diagnostics, colour)
    }
}

impl std::fmt::Debug for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.diagnostics.iter().find(|d| d.severity == Severity::Error) {
            Some(first) => write!(f, "{}: {}", self.files.diagnostic_place(first), first.message),
            None => f.write_str("the contract can't be used"),
        }
    }
}

impl std::error::Error for LoadError {}

/// A URL as the name of what it leads to: keys in it are nobody's business.
pub(super) fn shown_url(url: &str) -> String {
    Redactor::default().text(&without_userinfo(url)).into_string()
}

/// Opens a text that is at hand.
///
/// # Errors
/// [`LoadError`] when it has no tree.
pub(crate) fn text(
    name: &str,
    text: &str,
    folder: Option<PathBuf>,
    options: &LoadOptions,
) -> Result<Files, LoadError> {
    bytes(name, text.as_bytes().to_vec(), folder, options)
}

/// Opens the bytes of a text that is at hand.
///
/// # Errors
/// [`LoadError`] when it has no tree.
pub(crate) fn bytes(
    name: &str,
    bytes: Vec<u8>,
    folder: Option<PathBuf>,
    options: &LoadOptions,
) -> Result<Files, LoadError> {
    add(Files::new(options.clone(), folder), name.to_owned(), Address::Text, bytes)
}

/// Opens what the user pointed at; [`SpecSource::Embedded`] is the caller's.
///
/// # Errors
/// [`LoadError`] when it can't be read or has no tree.
pub(crate) fn source(source: &SpecSource, options: &LoadOptions) -> Result<Files, LoadError> {
    match source {
        SpecSource::Embedded => Err(unreadable("<embedded>", "nothing is embedded here")),
        SpecSource::Path(path) => file(path, options),
        SpecSource::Url(url) => {
            let files = Files::new(options.clone(), None);
            let address = Address::Url(url.clone());
            match files.fetch(&address) {
                Ok(bytes) => add(files, shown_url(url), address, bytes),
                Err(reason) => Err(unreadable(&shown_url(url), &reason)),
            }
        }
        SpecSource::Stdin => {
            let mut bytes = Vec::new();
            let limit = DOCUMENT_BYTES_MAX as u64 + 1;
            if let Err(error) = std::io::stdin().lock().take(limit).read_to_end(&mut bytes) {
                return Err(unreadable("<stdin>", &error.to_string()));
            }
            let folder = std::env::current_dir().and_then(std::fs::canonicalize).ok();
            add(Files::new(options.clone(), folder), "<stdin>".to_owned(), Address::Text, bytes)
        }
    }
}

fn file(path: &Path, options: &LoadOptions) -> Result<Files, LoadError> {
    let mut path = path.to_owned();
    if path.is_dir() {
        match ROOT_NAMES.iter().map(|name| path.join(name)).find(|candidate| candidate.is_file()) {
            Some(root) => path = root,
            None => {
                let reason = format!("the folder has none of {}", ROOT_NAMES.join(", "));
                return Err(unreadable(&path.display().to_string(), &reason));
            }
        }
    }
    let name = path.display().to_string();
    let read = std::fs::canonicalize(&path)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        })
        .and_then(|real| read_file(&real).map(|bytes| (real, bytes)));
    match read {
        Ok((real, bytes)) => {
            let folder = real.parent().map(Path::to_owned);
            add(Files::new(options.clone(), folder), name, Address::Path(real), bytes)
        }
        Err(reason) => {
            let mut error = unreadable(&name, &reason);
            if let (Some(hint), Some(diagnostic)) = (instead_of(&path), error.diagnostics.first_mut()) {
                diagnostic.hint = Some(hint);
            }
            Err(error)
        }
    }
}

fn add(files: Files, name: String, address: Address, bytes: Vec<u8>) -> Result<Files, LoadError> {
    match files.add_bytes(name, address, bytes) {
        Ok(_) => Ok(files),
        Err(diagnostic) => Err(LoadError { files: Arc::new(files), diagnostics: vec![*diagnostic] }),
    }
}

/// What may have been meant by a path where nothing is: the file there whose name is most like it, or those that may be
/// contracts.
fn instead_of(path: &Path) -> Option<String> {
    if path.exists() {
        return None;
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let listed = std::fs::read_dir(if folder == Path::new("") { Path::new(".") } else { folder });
    let Ok(listed) = listed else {
        return Some(format!("there is no folder {} either", folder.display()));
    };
    let mut names: Vec<String> = listed
        .take(NAMES_LOOKED_AT_MAX)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)))
        .collect();
    names.sort();
    let shown = |name: &str| folder.join(name).display().to_string();
    // Endings are alike by themselves: what counts is what stands before them.
    let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
    let stems: Vec<String> = names.iter().map(|name| stem(name)).collect();
    let all: Vec<&str> = stems.iter().map(String::as_str).collect();
    let near = path.file_name().and_then(|name| nearest(&stem(&name.to_string_lossy()), &all));
    if let Some(at) = near.and_then(|near| stems.iter().position(|stem| stem == near)) {
        return Some(format!("did you mean `{}`?", shown(&names[at])));
    }
    let some: Vec<String> = names.iter().take(NAMES_SHOWN).map(|name| shown(name)).collect();
    match some.as_slice() {
        [] => Some("there is no YAML or JSON file in that folder".to_owned()),
        [only] => Some(format!("there is {only}")),
        some => Some(format!("there are {}", some.join(", "))),
    }
}

fn unreadable(name: &str, reason: &str) -> LoadError {
    let files = Files::new(LoadOptions::default(), None);
    // An empty stand-in, so that the diagnostic has a file to name; that it has no tree is the point.
    let _no_tree = files.add_bytes(name.to_owned(), Address::Text, Vec::new());
    let location = Location::new(FileId(0), Pointer::root());
    let mut diagnostic = Diagnostic::error("unreadable", location, format!("{name} can't be read: {reason}"));
    diagnostic.span = Some(0..0);
    LoadError { files: Arc::new(files), diagnostics: vec![diagnostic] }
}
