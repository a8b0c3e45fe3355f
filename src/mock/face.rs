//! The mock as others see it: the engine with its control API.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use crate::contract::Contract;
use crate::mock::control::settings::PREFIX;
use crate::mock::engine::Engine;
use crate::mock::settings::MockSettings;
use crate::mock::store::StateError;
use crate::mock::{Answer, MockError, control};
use crate::wire::{Request, Response};

/// The mock: a request in, an answer out, without any socket. What it does besides stands with [`Engine`].
#[derive(Debug)]
pub struct Mock {
    engine: Engine,
}

impl Deref for Mock {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Mock {
    /// A mock of the contract.
    ///
    /// # Errors
    /// [`MockError`]: fixtures, declarations or faults that do not fit the contract.
    pub fn new(contract: Arc<Contract>, settings: MockSettings) -> Result<Self, MockError> {
        Ok(Self { engine: Engine::new(contract, settings)? })
    }

    /// A mock that will take over from another, its state file included: it has none of its own.
    pub(crate) fn successor(contract: Arc<Contract>, settings: MockSettings) -> Result<Self, MockError> {
        Ok(Self { engine: Engine::successor(contract, settings)? })
    }

    /// Takes over what the mock before knew: see [`Engine::take_over`].
    ///
    /// # Errors
    /// [`StateError`]: the state file can't be written. Then the mock before goes on as it was.
    pub(crate) fn take_over(&mut self, old: &Self) -> Result<Vec<String>, StateError> {
        self.engine.take_over(&old.engine)
    }

    /// Answers a request.
    #[must_use]
    pub fn answer(&self, request: &Request) -> Response {
        let answer = self.handle(request.clone());
        match answer.commit.wait() {
            Ok(()) => answer.response,
            Err(reason) => self.unsaved(&reason),
        }
    }

    /// Answers a request, saying also when and how the answer is to be sent.
    #[must_use]
    pub fn handle(&self, mut request: Request) -> Answer {
        match self.settings().control.target(&request.target) {
            Some(target) => {
                request.target = target;
                self.handle_control(&request)
            }
            None => self.engine.handle(&request),
        }
    }

    /// Answers a request to the control API, whose target is one that its endpoints know.
    pub(crate) fn handle_control(&self, request: &Request) -> Answer {
        let response = control::serve(&self.engine, request);
        Answer { response, commit: self.engine.state().commit(&request.method), ..Answer::default() }
    }

    /// Method and path (behind `/__counterpart/`) of each endpoint of the control API.
    pub fn control_endpoints() -> impl Iterator<Item = (&'static str, &'static str)> {
        control::endpoints()
    }

    /// The entities by resource, live and deleted, and the logical time, as `GET /__counterpart/state` shows them.
    #[must_use]
    pub fn state(&self) -> Value {
        serde_json::from_slice(&self.control("GET", "state", None).body).unwrap_or_default()
    }

    /// Replaces the entities of the resources that are named, as `PUT /__counterpart/state` does.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn set_state(&self, state: &Value) -> Result<(), String> {
        done(&self.control("PUT", "state", Some(state)))
    }

    /// Entities, clock, faults, expectations and journal as at the start.
    ///
    /// # Errors
    /// Why the initial entities can't be had any more.
    pub fn reset(&self) -> Result<(), String> {
        done(&self.control("POST", "reset", None))
    }

    fn control(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let mut request =
            Request { method: method.to_owned(), target: format!("{PREFIX}{path}"), ..Request::default() };
        request.body = body.map(|value| value.to_string().into());
        control::answer(&self.engine, &request)
    }
}

/// The sentence of a refusal.
fn done(response: &Response) -> Result<(), String> {
    if response.status < 300 {
        return Ok(());
    }
    let problem: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    Err(problem["detail"].as_str().unwrap_or_default().to_owned())
}
