//! Why a mock can't be served.

use crate::mock::MockError;
use crate::mock::control::NOT_FROM_FILES;
use crate::mock::fixtures::FixtureError;
use crate::mock::store::StateError;

/// Why a mock can't be served, or not made anew while it is.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The mock itself can't be made.
    #[error(transparent)]
    Mock(#[from] MockError),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// There is no thread or runtime to be had.
    #[error("the mock can't run: {0}")]
    Runtime(String),
    /// The contract can't be used.
    #[error("{0}")]
    Contract(String),
    /// The mock can't be made again.
    #[error("{NOT_FROM_FILES}")]
    NotFromFiles,
    /// Files can't be watched.
    #[error("there is nothing to watch: {0}")]
    Watch(&'static str),
    /// The record can't be made.
    #[error("the record {path} can't be written: {reason}")]
    Record {
        /// The path as given.
        path: String,
        /// Why.
        reason: String,
    },
    /// The certificate or its key can't be used.
    #[error(transparent)]
    Tls(#[from] crate::serve::tls::TlsError),
    /// The prefixes of contracts that are served together can't be used.
    #[error("{0}")]
    Mount(String),
}

impl From<FixtureError> for ServeError {
    fn from(error: FixtureError) -> Self {
        Self::Mock(error.into())
    }
}

impl From<StateError> for ServeError {
    fn from(error: StateError) -> Self {
        Self::Mock(error.into())
    }
}
