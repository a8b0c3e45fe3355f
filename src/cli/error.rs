//! What stops a command: the user's mistakes, the target's absence, and our own bugs, told apart.

use crate::base::plain::{self, Shown};
use crate::cli::exit::Exit;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Wrong flags, files or configuration.
    #[error("{message}")]
    Usage {
        /// What is wrong, one sentence.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A contract that can't be used, already rendered with places and hints.
    #[error("{0}")]
    Contract(String),
    /// The target can't be reached, or answers nothing usable.
    #[error("{message}")]
    Unreachable {
        /// What happened, one sentence.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A bug of this program.
    #[error("{0:#}")]
    Bug(#[from] anyhow::Error),
}

impl CliError {
    /// A usage error without a hint.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    /// A usage error with a hint.
    pub fn usage_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// An unreachable target, with a hint.
    pub fn unreachable(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unreachable { message: message.into(), hint: Some(hint.into()) }
    }

    /// The exit code that belongs to it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } | Self::Contract(_) | Self::Bug(_) => Exit::Usage,
            Self::Unreachable { .. } => Exit::Unreachable,
        }
    }

    /// The whole text for standard error, without a final newline; in colour where that is wanted.
    #[must_use]
    pub fn render(&self, color: bool) -> Shown {
        match self {
            Self::Usage { message, hint } | Self::Unreachable { message, hint } => {
                let hint = hint.as_ref().map(|hint| format!("\n  hint: {}", further(hint)));
                format!("error: {}{}", further(message), hint.unwrap_or_default()).into()
            }
            Self::Contract(rendered) => Shown::painted(rendered, color),
            Self::Bug(cause) => format!(
                "error: {}\n  This is a bug of counterpart, not of your contract or your service. \
                 Please report it, with the command line and the contract.",
                further(&format!("{cause:#}"))
            )
            .into(),
        }
    }
}

/// A text whose lines after the first are indented: none of them looks like a message of its own.
fn further(text: &str) -> String {
    plain::block(text).replace('\n', "\n    ")
}
