//! Reading a request as the framework behind the contract reads it, where the contract shows one.

use super::responder::{Asked, Responder};
use crate::framework::{ReadRequest, Reason, Refusal, Rejection, RequestReader};
use crate::mock::catalog::plan::Plan;
use crate::validate::Forms;
use crate::wire::{Headers, Response};

/// A request as the framework read it; `None` where none reads it.
pub(super) type Read<'r> = Option<Box<dyn ReadRequest + 'r>>;

impl Responder<'_> {
    /// Reads the body: a framework may do so before it asks for credentials; it validates after.
    pub(super) fn read<'r>(&'r self, asked: &'r Asked<'_>) -> Result<Read<'r>, Response> {
        let reader = if self.catalog.settings().validate_requests { self.reader(asked.plan) } else { None };
        match reader.map(|reader| reader.read(&asked.plan.operation, asked.request)) {
            Some(Err(rejection)) => Err(self.rejected(asked.plan, rejection)),
            Some(Ok(read)) => Ok(Some(read)),
            None => Ok(None),
        }
    }

    /// Refuses what the framework does not take.
    pub(super) fn validate_as_framework(&self, asked: &Asked<'_>, read: &Read<'_>) -> Result<(), Response> {
        match read.as_ref().and_then(|read| read.judge(asked.values)) {
            Some(rejection) if !self.taken_otherwise(asked) => Err(self.rejected(asked.plan, rejection)),
            _ => Ok(()),
        }
    }

    /// The reader of this operation's requests, where its refusals are those of a framework that has one.
    fn reader(&self, plan: &Plan) -> Option<&dyn RequestReader> {
        let position = plan.framework.get_or_init(|| {
            self.catalog.readers().position(|framework| {
                let status = framework.invalid_statuses()[0];
                self.catalog.refuser().speaks(
                    self.catalog.schemas(),
                    self.catalog.framework(),
                    &plan.operation,
                    status,
                    framework,
                )
            })
        });
        self.catalog.readers().get((*position)?)
    }

    /// Whether a request that the framework would refuse is right all the same, in the forms that are taken here beside the
    /// contract's.
    fn taken_otherwise(&self, asked: &Asked<'_>) -> bool {
        self.catalog.settings().forms != Forms::Contract
            && self.catalog.judge().request(&asked.plan.operation, asked.values, asked.request).is_valid()
    }

    /// The answer of the framework to what it does not take.
    fn rejected(&self, plan: &Plan, rejection: Rejection) -> Response {
        let Some(body) = rejection.body else {
            let refusal = Refusal::plain(rejection.status, Reason::Invalid, rejection.message);
            return self.catalog.refusal(Some(plan), &refusal);
        };
        let mut headers = Headers::new();
        headers.push("content-type", "application/json");
        Response { status: rejection.status, headers, body: body.into(), truncated: false }
    }
}
