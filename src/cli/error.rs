//! What stops a command: the user's mistakes, the target's absence, and our own bugs, told apart.

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

    /// The whole text for standard error, without a final newline.
    #[must_use]
    pub fn render(&self) -> String {
        match self {
            Self::Usage { message, hint } | Self::Unreachable { message, hint } => match hint {
                Some(hint) => format!("error: {message}\n  hint: {hint}"),
                None => format!("error: {message}"),
            },
            Self::Contract(rendered) => rendered.clone(),
            Self::Bug(cause) => format!(
                "error: {cause:#}\n  This is a bug of counterpart, not of your contract or your service. \
                 Please report it, with the command line and the contract."
            ),
        }
    }
}
