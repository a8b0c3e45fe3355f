//! The files of a contract: loaded when a reference first leads to them, never twice.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde_json::Value;

use crate::base::limits::{CONTRACT_BYTES_MAX, DOCUMENT_BYTES_MAX, REFERENCE_CHAIN_MAX};
use crate::base::{self, Pointer};
use crate::document::diagnostic::Diagnostic;
use crate::document::fault::Fault;
use crate::document::file::{Address, File, decode};
use crate::document::location::{FileId, Location, Place};
use crate::document::options::LoadOptions;
use crate::document::source::SchemaError;

/// All files of one contract. The file that the user named is number 0.
pub struct Files {
    pub(super) options: LoadOptions,
    /// The folder that references may not leave; none for texts without one.
    pub(super) folder: Option<PathBuf>,
    files: RwLock<Vec<Arc<File>>>,
    pub(super) known: Mutex<HashMap<Address, Result<FileId, String>>>,
    pub(super) bytes: AtomicUsize,
    /// Some file has identifiers of its own, so that references may name those.
    pub(super) has_ids: AtomicBool,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<String> = self.all().iter().map(|file| file.name.clone()).collect();
        f.debug_struct("Files").field("folder", &self.folder).field("files", &names).finish_non_exhaustive()
    }
}

impl Files {
    pub(crate) fn new(options: LoadOptions, folder: Option<PathBuf>) -> Self {
        Self {
            options,
            folder,
            files: RwLock::new(Vec::new()),
            known: Mutex::new(HashMap::new()),
            bytes: AtomicUsize::new(0),
            has_ids: AtomicBool::new(false),
        }
    }

    /// Takes in a text that somebody has read already.
    ///
    /// # Errors
    /// The diagnostic of why it has no tree; the file is there all the same, for the diagnostic's place.
    pub(crate) fn add_bytes(
        &self,
        name: String,
        address: Address,
        bytes: Vec<u8>,
    ) -> Result<FileId, Box<Diagnostic>> {
        let too_large = bytes.len() > DOCUMENT_BYTES_MAX
            || self.bytes.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len() > CONTRACT_BYTES_MAX;
        let parsed = if too_large {
            let fault = Fault::new(
                "too-large",
                0..0,
                format!("the document has more than {DOCUMENT_BYTES_MAX} bytes"),
            );
            Err((
                File::parse(name, address, "null".to_owned()).map(Box::new).unwrap_or_else(|(f, _)| f),
                fault,
            ))
        } else {
            match decode(bytes) {
                Ok(text) => File::parse(name, address, text),
                Err(garbled) => {
                    let (text, fault) = *garbled;
                    // Shown, not read: the tree of a garbled text would mislead.
                    let shell = File::parse(name, address, String::new());
                    let mut file = shell.map(Box::new).unwrap_or_else(|(file, _)| file);
                    file.text = text;
                    Err((file, fault))
                }
            }
        };
        match parsed {
            Ok(file) => Ok(self.push(file)),
            Err((file, fault)) => {
                let id = self.push(*file);
                Err(Box::new(fault.into_diagnostic(id)))
            }
        }
    }

    fn push(&self, file: File) -> FileId {
        if file.text.contains("$id") || file.text.contains("$self") {
            self.has_ids.store(true, Ordering::Relaxed);
        }
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let id = FileId(u32::try_from(files.len()).unwrap_or(u32::MAX));
        let known = file.address.clone();
        files.push(Arc::new(file));
        drop(files);
        if known != Address::Text {
            self.known().insert(known, Ok(id));
        }
        id
    }

    /// Adds a tree that no file has, derived from what stands at `at`; its places are that one's.
    pub fn derive(&self, at: &Location, root: Value) -> Location {
        let name = self.file(at.file).map_or_else(String::new, |file| file.name.clone());
        let id = self.push(File::derived(name, at.clone(), root));
        Location::new(id, Pointer::root())
    }

    pub(super) fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Address, Result<FileId, String>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file by its number. Numbers come from here, so that there always is one; the first stands in otherwise.
    pub(crate) fn file(&self, id: FileId) -> Option<Arc<File>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).get(id.0 as usize).cloned()
    }

    /// All files that are loaded so far.
    pub(crate) fn all(&self) -> Vec<Arc<File>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The names, for people, of all files that are loaded so far.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.all().iter().filter(|file| file.derived_from.is_none()).map(|file| file.name.clone()).collect()
    }

    /// Paths of the files on disk that are loaded so far, or that were looked for in vain (for watching them).
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        let path = |address: &Address| match address {
            Address::Path(path) => Some(path.clone()),
            _ => None,
        };
        self.known().keys().filter_map(path).collect()
    }

    /// What stands at `at`, handed to `read`.
    pub fn with<T>(&self, at: &Location, read: impl FnOnce(&Value) -> T) -> Option<T> {
        let file = self.file(at.file)?;
        at.pointer.lookup(&file.root).map(read)
    }

    /// Whether the text of any file that was read so far has this word in it.
    #[must_use]
    pub fn mention(&self, word: &str) -> bool {
        self.all().iter().any(|file| file.text.contains(word))
    }

    /// What stands at `at`, as a copy.
    #[must_use]
    pub fn value(&self, at: &Location) -> Option<Value> {
        self.with(at, Value::clone)
    }

    /// The digits of a number at `at` that has more than a 64-bit number can hold.
    #[must_use]
    pub fn digits(&self, at: &Location) -> Option<String> {
        self.file(at.file)?.digits.get(&at.pointer).cloned()
    }

    /// The place itself, or the one that a derived tree stands for.
    fn real(&self, at: &Location) -> Location {
        self.file(at.file).and_then(|file| file.derived_from.clone()).unwrap_or_else(|| at.clone())
    }

    /// Where `at` is for people.
    #[must_use]
    pub fn place(&self, at: &Location) -> Place {
        let at = &self.real(at);
        self.place_of(at, |file| file.spot(&at.pointer).value.start)
    }

    /// Where the key of `at` is for people.
    #[must_use]
    pub fn key_place(&self, at: &Location) -> Place {
        let at = &self.real(at);
        self.place_of(at, |file| file.spot(&at.pointer).key.start)
    }

    /// Where a diagnostic points, for people.
    #[must_use]
    pub fn diagnostic_place(&self, diagnostic: &Diagnostic) -> Place {
        let real = self.real(&diagnostic.location);
        if real != diagnostic.location {
            return self.place(&real);
        }
        self.place_of(&diagnostic.location, |file| self.span(file, diagnostic).start)
    }

    /// The other places that belong to a diagnostic, with their labels.
    #[must_use]
    pub fn related_places(&self, diagnostic: &Diagnostic) -> Vec<(Place, String)> {
        let by_location = diagnostic.related.iter().map(|(at, label)| (self.key_place(at), label.clone()));
        let by_span = diagnostic
            .related_spans
            .iter()
            .map(|(span, label)| (self.place_of(&diagnostic.location, |_| span.start), label.clone()));
        by_location.chain(by_span).collect()
    }

    /// The bytes that a diagnostic points at.
    pub(crate) fn span(&self, file: &File, diagnostic: &Diagnostic) -> std::ops::Range<usize> {
        diagnostic.span.clone().unwrap_or_else(|| {
            let spot = file.spot(&diagnostic.location.pointer);
            if diagnostic.at_key { spot.key } else { spot.value }
        })
    }

    fn place_of(&self, at: &Location, byte: impl FnOnce(&File) -> usize) -> Place {
        match self.file(at.file) {
            Some(file) => {
                let (line, column) = file.line_column(byte(&file));
                Place { file: file.name.clone(), line, column }
            }
            None => Place { file: "<unknown>".to_owned(), line: 1, column: 1 },
        }
    }

    /// The line of the source at `at`, without its line break; of a long one, what stands around `at`.
    #[must_use]
    pub fn source_line(&self, at: &Location) -> Option<String> {
        let at = &self.real(at);
        let file = self.file(at.file)?;
        let start = file.spot(&at.pointer).value.start;
        Some(file.text[file.excerpt_range(start)].to_owned())
    }

    /// Where `reference`, found at `from`, leads. Its file is loaded if need be; that something stands at the end is
    /// made sure. References at the end are not followed.
    ///
    /// # Errors
    /// [`SchemaError::Unresolvable`] with the reason.
    pub fn resolve(&self, from: &Location, reference: &str) -> Result<Location, SchemaError> {
        self.lead(from, reference).map_err(|reason| SchemaError::Unresolvable {
            reference: reference.to_owned(),
            at: from.clone(),
            reason,
        })
    }

    /// Follows `$ref`s from `at` until something else stands there.
    ///
    /// # Errors
    /// [`SchemaError::Unresolvable`]: a reference leads nowhere, or to itself, or the chain is longer than the limit.
    pub fn follow(&self, at: &Location) -> Result<Location, SchemaError> {
        let mut at = at.clone();
        for _ in 0..REFERENCE_CHAIN_MAX {
            let reference =
                self.with(&at, |value| value.get("$ref").and_then(Value::as_str).map(str::to_owned));
            match reference.flatten() {
                None => return Ok(at),
                Some(reference) => at = self.resolve(&at, &reference)?,
            }
        }
        Err(SchemaError::Unresolvable {
            reference: String::new(),
            at,
            reason: format!(
                "references follow each other in a cycle, or more than {REFERENCE_CHAIN_MAX} deep"
            ),
        })
    }
}

/// Reads a regular file up to the limit; devices and pipes are refused rather than waited for.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let shown = path.display();
    base::files::read(path, DOCUMENT_BYTES_MAX as u64)
        .map_err(|error| format!("{shown} can't be read: {error}"))
}

/// The candidate most like `wanted`, if one is alike enough to be meant.
#[must_use]
pub fn nearest<'c>(wanted: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let lower = wanted.to_lowercase();
    candidates
        .iter()
        .map(|candidate| {
            (strsim::normalized_damerau_levenshtein(&lower, &candidate.to_lowercase()), *candidate)
        })
        .filter(|(likeness, _)| *likeness > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
