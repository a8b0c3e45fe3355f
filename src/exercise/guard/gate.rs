//! The one way to the target.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::contract::{Operation, StatusKey};
use crate::exercise::guard::judge::Bench;
use crate::exercise::guard::knowledge::{Knowledge, Role};
use crate::exercise::guard::memory::{self, Memory, Own};
use crate::exercise::guard::proof;
use crate::exercise::guard::reason::Reason;
use crate::exercise::transport::Transport;
use crate::generate::case::naming::{is_marked, is_nobodys};
use crate::generate::case::settings::is_safe;
use crate::generate::case::{Case, CaseMaker, Destructive, KnownId, SequenceStep, SequenceSubject};
use crate::resource::model::parameters;
use crate::wire::percent;
use crate::wire::{Response, SendError};

/// The largest answer that is looked through for ids, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Carries requests to the target, but for those that could hit what is not the run's.
pub struct Gate {
    transport: Arc<dyn Transport>,
    maker: Arc<CaseMaker>,
    knowledge: Arc<Knowledge>,
    memory: Mutex<Memory>,
}

impl Gate {
    /// A gate before the transport, with the policy of the maker's settings.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, maker: Arc<CaseMaker>, knowledge: Arc<Knowledge>) -> Self {
        Self { transport, maker, knowledge, memory: Mutex::default() }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        // What is remembered is only ever added whole.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the case may be sent.
    ///
    /// # Errors
    /// The [`Reason`] why not.
    pub fn judge(&self, operation: &Arc<Operation>, case: &Case) -> Result<(), Reason> {
        let settings = self.maker.settings();
        if settings.destructive == Destructive::All {
            return Ok(());
        }
        let known = self.maker.naming(operation);
        let credentials = self.maker.credentials(operation);
        self.maker.shown(operation, |shown| {
            let memory = self.memory();
            let bench = Bench {
                settings,
                knowledge: &self.knowledge,
                memory: &memory,
                known: &known,
                shown,
                credentials: &credentials.names,
                kept: case.kept,
            };
            bench.judge(operation, case)
        })
    }

    /// Sends the case and brings its answer.
    ///
    /// # Errors
    /// The [`Reason`] why it is not sent.
    pub async fn send(
        &self,
        operation: &Arc<Operation>,
        case: &Case,
    ) -> Result<Result<Response, SendError>, Reason> {
        self.judge(operation, case)?;
        if self.holds_others(operation, case).await {
            return Err(Reason::Holds);
        }
        let outcome = self.transport.send(&case.request).await;
        if let Ok(response) = &outcome {
            self.learn(operation, case, response).await;
        }
        Ok(outcome)
    }

    /// Whether what a request would destroy with one of the run's records was not made by the run: a server may have put there
    /// what it had.
    async fn holds_others(&self, operation: &Arc<Operation>, case: &Case) -> bool {
        let head = &operation.head;
        let spared = self.maker.settings().destructive(head.index) != Destructive::All;
        let replaces = ["PUT", "PATCH"].contains(&head.method.as_str()) && !head.path.ends_with('}');
        if !spared || !(head.method == "DELETE" || replaces) {
            return false;
        }
        let Some(resource) = self.item(operation) else { return false };
        let Some(name) = parameters(&head.path).into_iter().last() else { return false };
        let Some((_, text)) = case.path_values.iter().find(|(known, _)| *known == name) else { return false };
        let id = percent::decode_text(text).into_owned();
        let own = {
            let memory = self.memory();
            if memory.is_gone(resource, &id) || memory.is_looked_into(resource, &id) {
                return false;
            }
            memory.own(resource, &id).first().cloned()
        };
        let Some(own) = own else { return false };
        for list in self.knowledge.lists(&head.path) {
            let Some(answer) = self.look(&list, &own).await else { continue };
            let listed = self.knowledge.resource(&list.head);
            let ids = memory::ids_listed(&answer, &self.maker.naming(&list));
            let memory = self.memory();
            let is_own = |id: &String| listed.is_some_and(|listed| !memory.own(listed, id).is_empty());
            if ids.iter().any(|id| !is_own(id)) {
                return true;
            }
        }
        if head.path.ends_with('}') {
            self.memory().looked_into(resource, id);
        }
        false
    }

    /// What a safe operation says of one of the run's records.
    async fn look(&self, operation: &Arc<Operation>, own: &Own) -> Option<Response> {
        let subject = SequenceSubject::Own(self.ids(operation, own)?);
        let step = SequenceStep { subject, tampering: None, method: None, headers: Vec::new() };
        let case = self.maker.sequence_case(operation, 0, &step).ok()?;
        self.judge(operation, &case).ok()?;
        let response = self.transport.send(&case.request).await.ok()?;
        let fits = (200..300).contains(&response.status) && response.body.len() <= ANSWER_BYTES_MAX;
        fits.then_some(response)
    }

    /// Whether a record that an answer to a creation names was made by it: the answer, or the record when it is read, shows what
    /// was sent. Where nothing can be compared, the id has to be one that nobody has by chance.
    async fn is_new(&self, case: &Case, own: &Own, response: &Response) -> bool {
        if is_marked(&own.id) {
            return true;
        }
        let sent = proof::sent(&case.request);
        let shown: Option<Value> = serde_json::from_slice(&response.body).ok();
        let told = shown.filter(|shown| proof::shows(shown, &own.id)).and_then(|s| proof::agrees(&sent, &s));
        if let Some(told) = told {
            return told;
        }
        let read = match self.knowledge.reader(own.resource) {
            Some(reader) if !sent.is_empty() => self.look(&reader, own).await,
            _ => None,
        };
        let shown: Option<Value> = read.and_then(|read| serde_json::from_slice(&read.body).ok());
        let told = shown.and_then(|shown| proof::agrees(&sent, &shown));
        told.unwrap_or_else(|| is_nobodys(&own.id, &HashSet::new()))
    }

    /// Remembers what an answer shows: what was made now, and what was there.
    async fn learn(&self, operation: &Arc<Operation>, case: &Case, response: &Response) {
        let fits = (200..300).contains(&response.status) && response.body.len() <= ANSWER_BYTES_MAX;
        if !fits || case.request.method != operation.head.method {
            return;
        }
        if is_safe(&operation.head.method) {
            if let Some(resource) = self.knowledge.resource(&operation.head) {
                let ids = memory::ids_of(response, &self.maker.naming(operation));
                self.memory().seen(resource, ids);
            }
        } else if let Some(own) = self.made(operation, case, response) {
            if self.is_new(case, &own, response).await {
                self.memory().made(own);
            }
        } else if operation.head.method == "DELETE"
            && operation.head.path.ends_with('}')
            && let Some(resource) = self.item(operation)
            && let Some(name) = parameters(&operation.head.path).pop()
            && let Some((_, text)) = case.path_values.iter().find(|(known, _)| *known == name)
        {
            self.memory().deleted(resource, &percent::decode_text(text));
        }
    }

    /// The record that the answer to a creation says was made.
    #[must_use]
    pub fn made(&self, operation: &Arc<Operation>, case: &Case, response: &Response) -> Option<Own> {
        let Role::Creates(Some(resource)) = self.knowledge.role(operation) else { return None };
        let made = StatusKey::Exact(201);
        let documented = operation.responses.iter().any(|response| response.status == made);
        // 200 where a 201 is documented: something was there already.
        if !(response.status == 201 || response.status == 200 && !documented) {
            return None;
        }
        let known = self.maker.naming(operation);
        let id = memory::id_of(response, &known, self.knowledge.item_path(resource))?;
        let parents: Vec<(String, String)> = parameters(&operation.head.path)
            .into_iter()
            .filter_map(|name| {
                let (_, text) = case.path_values.iter().find(|(known, _)| *known == name)?;
                let above = up_to(&operation.head.path, &name)?;
                Some((Knowledge::shape(above), percent::decode_text(text).into_owned()))
            })
            .collect();
        // The answer may show the parent.
        let is_parent = parents.iter().any(|(_, text)| *text == id);
        (!is_parent).then_some(Own { resource, id, parents })
    }

    /// Whether the record is the run's own, as far as is remembered.
    #[must_use]
    pub fn owns(&self, own: &Own) -> bool {
        self.memory().own(own.resource, &own.id).contains(own)
    }

    /// The number of the resource that the operation adds a record to.
    #[must_use]
    pub fn creates(&self, operation: &Operation) -> Option<usize> {
        match self.knowledge.role(operation) {
            Role::Creates(resource) => resource,
            _ => None,
        }
    }

    /// The resource of which the operation's path names one, with its last parameter.
    #[must_use]
    pub fn item(&self, operation: &Operation) -> Option<usize> {
        let name = parameters(&operation.head.path).pop()?;
        self.knowledge.item(up_to(&operation.head.path, &name)?)
    }

    /// The ids with which an operation acts on a record that the run made; `None` where its path names something else.
    #[must_use]
    pub fn ids(&self, operation: &Operation, own: &Own) -> Option<Vec<KnownId>> {
        let path = &operation.head.path;
        let mut ids = Vec::new();
        let mut reached = false;
        for name in parameters(path) {
            let above = up_to(path, &name)?;
            let value = if self.knowledge.item(above) == Some(own.resource) {
                reached = true;
                &own.id
            } else {
                let shape = Knowledge::shape(above);
                &own.parents.iter().find(|(parent, _)| *parent == shape)?.1
            };
            ids.push(KnownId { parameter: name, value: value.clone(), with: Vec::new(), live: true });
        }
        reached.then_some(ids)
    }
}

/// A path template up to and with a parameter.
fn up_to<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let braced = format!("{{{name}}}");
    path.find(&braced).map(|at| &path[..at + braced.len()])
}
