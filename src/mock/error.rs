//! Why a mock can't be made.

use crate::mock::state::fixtures::FixtureError;
use crate::mock::state::store_state::InitialStateError;
use crate::mock::store::StateError;
use crate::resource::DeclarationError;

/// Why a mock can't be made.
#[derive(Debug, thiserror::Error)]
pub enum MockError {
    /// A declared resource does not fit the contract.
    #[error(transparent)]
    Declaration(#[from] DeclarationError),
    /// The fixtures can't be read.
    #[error(transparent)]
    Fixtures(#[from] FixtureError),
    /// The initial entities can't be used.
    #[error(transparent)]
    InitialState(#[from] InitialStateError),
    /// The state file can't be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A fault that nothing declares.
    #[error("there is no fault `{name}`; the faults are: {known}")]
    Fault {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A fault for an operation that the contract does not have.
    #[error("there is no operation `{name}` for a fault to strike; the nearest is `{nearest}`")]
    FaultOperation {
        /// The name.
        name: String,
        /// The nearest there is.
        nearest: String,
    },
}
