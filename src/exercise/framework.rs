//! What the framework behind a service makes of a request, where the contract shows which it is: a FastAPI application
//! takes `"12"` for an integer and refuses `""` for a decimal, whatever the contract's schemas say.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::contract::{Operation, OperationIndex};
use crate::dialect::{self, Entry, Part, Refusal, lax};
use crate::document::Direction;
use crate::generate::case::Case;
use crate::validate::Judge;
use crate::wire::media;

/// The services behind the operations of a run.
pub(super) struct Framework {
    application: lax::Application,
    fastapi: Mutex<HashMap<OperationIndex, bool>>,
}

impl Framework {
    pub(super) fn new(judge: &Judge) -> Self {
        let application = lax::Application::new(judge.schemas().source());
        Self { application, fastapi: Mutex::default() }
    }

    /// The troubles that the framework sees in the request; `None` when it is not known, or reads no request like that.
    pub(super) fn foreseen(
        &self,
        judge: &Judge,
        operation: &Operation,
        case: &Case,
    ) -> Option<Vec<lax::Trouble>> {
        if !self.is_fastapi(judge, operation) {
            return None;
        }
        match self.application.body(operation, &case.request) {
            Ok(body) => Some(self.application.troubles(operation, &case.path_values, &case.request, &body)),
            Err(lax::Stop::Syntax(troubles)) => Some(troubles),
            Err(lax::Stop::Unreadable(_)) => None,
        }
    }

    fn is_fastapi(&self, judge: &Judge, operation: &Operation) -> bool {
        let mut known = self.fastapi.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(operation.head.index).or_insert_with(|| documents_fastapis_refusals(judge, operation))
    }
}

/// True when the schema of the operation's 422 takes FastAPI's refusals, and not everything.
fn documents_fastapis_refusals(judge: &Judge, operation: &Operation) -> bool {
    let (Some(documented), Some(dialect)) = (operation.response_for(422), dialect::by_name("fastapi")) else {
        return false;
    };
    let entry = Entry::told(Part::Path, "p", "value_error", "It is refused", serde_json::Value::Null);
    let specimen = dialect.write(&Refusal::validation(422, vec![entry]));
    documented.content.iter().filter(|m| media::parse(&m.name).is_some_and(|parsed| parsed.is_json())).any(
        |m| {
            let schema = m.schema.as_ref().and_then(|at| judge.schemas().get(at, Direction::Response).ok());
            schema.is_some_and(|s| s.is_valid(&specimen) && !s.is_valid(&dialect.counter_example()))
        },
    )
}
