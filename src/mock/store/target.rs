//! Which file state is kept in, for which contract, and why it can't be used.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Why a state file can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The system refuses it.
    #[error("can't {doing} the state file {path}: {reason}")]
    Refused {
        /// The file.
        path: String,
        /// What was tried.
        doing: &'static str,
        /// What the system says.
        reason: String,
    },
    /// It is a folder, or something else that is no file.
    #[error("{path} can't hold state: it is {what}")]
    NoFile {
        /// The path.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// Something else is in it.
    #[error("{path} is no state file of this program: it begins with `{begins}`; it was left as it is")]
    Foreign {
        /// The file.
        path: String,
        /// Its first characters.
        begins: String,
    },
    /// A newer version of the program wrote it.
    #[error(
        "{path} was written by a newer version of this program (format {format}, this one knows {known})"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its format.
        format: u32,
        /// The newest that is known.
        known: u32,
    },
    /// It holds the state of another contract.
    #[error("{path} holds the state of another contract, `{of}`: {why}")]
    OtherContract {
        /// The file.
        path: String,
        /// The title and version of that contract.
        of: String,
        /// What does not fit.
        why: String,
    },
    /// Another process uses it.
    #[error("the state file {path} is in use by another process{by}")]
    Locked {
        /// The file.
        path: String,
        /// Its number in brackets, where it is known.
        by: String,
    },
    /// There was state in it, and nothing is now.
    #[error("the state file {path} is empty, and there was state in it; it was left as it is")]
    Emptied {
        /// The file.
        path: String,
    },
    /// It is broken before its end.
    #[error("the state file {path} is damaged at byte {at}: {reason}; it was left as it is")]
    Damaged {
        /// The file.
        path: String,
        /// Where.
        at: u64,
        /// What is wrong there.
        reason: String,
    },
}

impl StateError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "choose a path in a folder that exists, is writable and has room",
            Self::NoFile { .. } => {
                "give the path of a file: `--state file:state.db`; it is made where it is absent"
            }
            Self::Foreign { .. } => "choose another path for the state",
            Self::Newer { .. } => "use that version, or choose another path",
            Self::OtherContract { .. } => {
                "give each contract a file of its own; where this state is not needed any more, delete the file"
            }
            Self::Locked { .. } => "end that process, or give each one a file of its own",
            Self::Emptied { .. } => "put a copy of it back; or delete it to start afresh",
            Self::Damaged { .. } => {
                "put a copy of it back; or delete it to start afresh, or cut it off there to keep what stands before"
            }
        }
    }
}

/// What a state file belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    /// The contract's title.
    pub(super) contract: String,
    /// Its version.
    pub(super) version: String,
    /// Where the logical clock started (RFC 3339).
    pub(super) start: String,
    /// The resources: name and path of an item.
    pub(super) resources: IndexMap<String, String>,
}

/// What was found in a state file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// How many entities, deleted ones included.
    pub entities: usize,
    /// How many bytes of a last, unfinished write were cut off.
    pub cut_off: u64,
    /// How many bytes shorter the file is than when it was last written down how long it is.
    pub missing: u64,
}

/// The file beside `path` whose name has this ending in addition.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// What a system's error says, without the number.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

impl Header {
    /// Title and version, for people.
    pub(super) fn named(&self) -> String {
        format!("{} {}", self.contract, self.version).trim().to_owned()
    }
}
