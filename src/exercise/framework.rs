//! What the framework behind a service makes of a request, where the contract shows which it is: a FastAPI application
//! takes `"12"` for an integer and refuses `""` for a decimal, whatever the contract's schemas say.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::contract::{Operation, OperationIndex};
use crate::framework::{Place, Readers, detect};
use crate::generate::case::Case;
use crate::validate::Judge;

/// The frameworks behind the operations of a run.
pub(super) struct Framework {
    readers: Readers,
    /// The place of each operation's reader; `None`: its framework is not known.
    known: Mutex<HashMap<OperationIndex, Option<usize>>>,
}

impl Framework {
    pub(super) fn new(judge: &Judge) -> Self {
        Self { readers: Readers::new(&judge.schemas().source()), known: Mutex::default() }
    }

    /// The places that the framework would refuse in the request; `None` when it is not known, or reads no request like
    /// that.
    pub(super) fn foreseen(&self, judge: &Judge, operation: &Operation, case: &Case) -> Option<Vec<Place>> {
        let reader = self.readers.get(self.position(judge, operation)?)?;
        let rejected = match reader.read(operation, &case.request) {
            Ok(read) => read.judge(&case.path_values),
            // What it can't read at all says nothing of places.
            Err(rejection) if rejection.body.is_none() => return None,
            Err(rejection) => Some(rejection),
        };
        Some(rejected.map(|rejection| rejection.places).unwrap_or_default())
    }

    fn position(&self, judge: &Judge, operation: &Operation) -> Option<usize> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(operation.head.index).or_insert_with(|| {
            self.readers.position(|framework| {
                let status = framework.invalid_statuses()[0];
                operation
                    .response_for(status)
                    .is_some_and(|shown| detect::documents(framework, judge.schemas(), shown, status))
            })
        })
    }
}
