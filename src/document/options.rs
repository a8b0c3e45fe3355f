//! Where a contract comes from and what reading it may do.

use std::path::PathBuf;

/// Where a contract comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecSource {
    /// The contract that is built in.
    Embedded,
    /// A file, or a folder with an `openapi.yaml`, `openapi.json`, … in it.
    Path(PathBuf),
    /// An `http` or `https` URL.
    Url(String),
    /// Standard input.
    Stdin,
}

impl SpecSource {
    /// Reads what a user wrote as `SPEC`: `-` is standard input, `http://…` and `https://…` are URLs, all else paths.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == "-" {
            Self::Stdin
        } else if text.starts_with("http://") || text.starts_with("https://") {
            Self::Url(text.to_owned())
        } else {
            Self::Path(PathBuf::from(text))
        }
    }
}

/// Fetches a document by URL. Given by a higher room, because this one does no network I/O.
pub type Fetch = fn(&str) -> Result<Vec<u8>, String>;

/// What reading a contract may do.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `$ref`s may lead to `http` and `https` URLs.
    pub allow_remote_refs: bool,
    /// `$ref`s may lead out of the contract's folder.
    pub allow_refs_outside: bool,
    /// How URLs are fetched; without it they can't be.
    pub fetch: Option<Fetch>,
}
