//! What one server serves: a mock at the root and others under prefixes, each of which can be replaced while it runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use crossbeam_utils::sync::ShardedLock;

use crate::base::limits::MOUNTS_MAX;
use crate::document::Dangling;
use crate::mock::pace::Need;
use crate::mock::{Answer, ControlSettings, Mock, coding, control};
use crate::serve::ServeError;
use crate::serve::observers::Observers;
use crate::serve::outlet::{Came, Seen};
use crate::serve::recipe::Recipe;
use crate::serve::settings::ServerSettings;
use crate::serve::structure;
use crate::wire::{Request, Response};

/// The mocks of one server.
#[derive(Debug)]
pub struct Site {
    /// The longest prefix first; the root, whose prefix is empty, last.
    slots: Vec<Arc<Slot>>,
    pub(super) observers: Observers,
    /// How long a client may take to send a body.
    pub(super) body_timeout: Duration,
    /// How long an answer may take to make.
    pub(super) answer_timeout: Duration,
}

/// A request with the place where it is answered.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The request; one to the control API has the target that its endpoints know.
    pub(super) request: Request,
    /// The target as it was given, where it is another.
    given: Option<String>,
    /// It is for the control API.
    pub(super) control: bool,
    /// The number of the slot.
    slot: usize,
}

impl Placed {
    /// The request as it came.
    fn whole(&self) -> Request {
        let mut request = self.request.clone();
        if let Some(given) = &self.given {
            request.target.clone_from(given);
        }
        request
    }
}

/// A place for a mock.
#[derive(Debug)]
pub struct Slot {
    prefix: String,
    /// Held for reading while a request is answered: a mock is replaced between two requests, so that no change of
    /// state is lost. Readers don't meet: each thread has a lock of its own as a rule.
    mock: ShardedLock<Arc<Mock>>,
    /// What the mock was made from, where it can be made again.
    recipe: Option<Recipe>,
    /// Where its control API lives, and whom it serves.
    control: ControlSettings,
    /// Which references of its contract lead nowhere, once that was looked at. Held while the mock is made anew.
    dangling: Mutex<Option<Vec<Dangling>>>,
}

impl Slot {
    fn new(mock: Arc<Mock>, recipe: Option<Recipe>) -> Arc<Self> {
        let prefix = mock.settings().prefix.clone();
        let control = mock.settings().control.clone();
        Arc::new(Self { prefix, mock: ShardedLock::new(mock), recipe, control, dangling: Mutex::default() })
    }

    /// Where it lives: `""` for the root, else `/orders`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The mock that is there now.
    #[must_use]
    pub fn mock(&self) -> Arc<Mock> {
        Arc::clone(&self.mock.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the mock was made from.
    #[must_use]
    pub fn recipe(&self) -> Option<&Recipe> {
        self.recipe.as_ref()
    }

    /// Has the mock answer; it is not replaced meanwhile. Where somebody is told of the answer, the mock comes with it.
    fn ask(&self, told: bool, ask: impl FnOnce(&Arc<Mock>) -> Answer) -> (Answer, Option<Arc<Mock>>) {
        let mock = self.mock.read().unwrap_or_else(PoisonError::into_inner);
        (ask(&mock), told.then(|| Arc::clone(&mock)))
    }

    /// Reads all files of the contract, so that it is known later which of them were whole.
    pub(super) fn read_all(&self) {
        let mut dangling = self.dangling.lock().unwrap_or_else(PoisonError::into_inner);
        dangling.get_or_insert_with(|| self.mock().contract().files().load_all());
    }

    /// Makes the mock anew from what it was made from; state, journal, clock and faults go on.
    ///
    /// # Errors
    /// [`ServeError`]: what is wrong with the contract or the fixtures as they are now. The mock stays as it was.
    pub fn reload(&self) -> Result<Reloaded, ServeError> {
        let recipe = self.recipe.as_ref().ok_or(ServeError::NotFromFiles)?;
        let mut dangling = self.dangling.lock().unwrap_or_else(PoisonError::into_inner);
        let before = dangling.get_or_insert_with(|| self.mock().contract().files().load_all());
        let (mut next, now) = recipe.remake(before)?;
        let mut mock = self.mock.write().unwrap_or_else(PoisonError::into_inner);
        let remarks = next.take_over(&mock)?;
        let next = Arc::new(next);
        *mock = Arc::clone(&next);
        *dangling = Some(now);
        Ok(Reloaded { mock: next, remarks })
    }

    /// The same, asked for by the control API.
    fn answer_reload(&self) -> Response {
        match self.reload() {
            Ok(reloaded) => control::reloaded(Ok((&reloaded.mock, &reloaded.remarks))),
            Err(error) => control::reloaded(Err(error.to_string())),
        }
    }

    /// Whether a request target lies below the prefix: whole segments count.
    fn holds(&self, target: &str) -> bool {
        target.strip_prefix(self.prefix.as_str()).is_some_and(|rest| {
            self.prefix.is_empty() || rest.is_empty() || rest.starts_with(['/', '?', '#'])
        })
    }
}

/// A mock that has taken another's place.
#[derive(Debug)]
pub struct Reloaded {
    /// The mock.
    pub mock: Arc<Mock>,
    /// What of the state could not be kept as it was, for people.
    pub remarks: Vec<String>,
}

impl Site {
    /// A site of a mock at the root and of others under the prefixes that they were made for.
    ///
    /// # Errors
    /// [`ServeError::Mount`]: a prefix is there twice, or there are more than [`MOUNTS_MAX`].
    pub fn new(
        root: (Arc<Mock>, Option<Recipe>),
        mounted: Vec<(Arc<Mock>, Option<Recipe>)>,
        settings: &ServerSettings,
    ) -> Result<Self, ServeError> {
        if mounted.len() > MOUNTS_MAX {
            return Err(ServeError::Mount(format!("more than {MOUNTS_MAX} contracts can't be mounted")));
        }
        let mut slots: Vec<Arc<Slot>> =
            mounted.into_iter().map(|(mock, recipe)| Slot::new(mock, recipe)).collect();
        for slot in &slots {
            check_prefix(&slot.prefix).map_err(ServeError::Mount)?;
        }
        slots.sort_by(|a, b| b.prefix.len().cmp(&a.prefix.len()).then_with(|| a.prefix.cmp(&b.prefix)));
        if let Some(twice) = slots.windows(2).find(|pair| pair[0].prefix == pair[1].prefix) {
            let prefix = &twice[0].prefix;
            return Err(ServeError::Mount(format!("two contracts are mounted under `{prefix}`")));
        }
        let body_timeout = root.0.settings().body_timeout;
        let control = root.0.settings().control.path.clone();
        let hides = |slot: &&Arc<Slot>| {
            let rest = control.as_deref().and_then(|control| slot.prefix.strip_prefix(control));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if let Some(slot) = slots.iter().find(hides) {
            let text = format!("the prefix `{}` would hide the control API", slot.prefix);
            return Err(ServeError::Mount(text));
        }
        slots.push(Slot::new(root.0, root.1));
        let answer_timeout = settings.answer_timeout;
        Ok(Self { slots, observers: Observers::new(settings)?, body_timeout, answer_timeout })
    }

    /// All places, the root last.
    #[must_use]
    pub fn slots(&self) -> &[Arc<Slot>] {
        &self.slots
    }

    /// Finds the place where a request is answered.
    pub(super) fn place(&self, mut request: Request) -> Placed {
        // The root, which is always there, holds everything.
        let number = self.slots.iter().position(|slot| slot.holds(&request.target)).unwrap_or(0);
        let slot = &self.slots[number];
        // A control API has no prefix of its own.
        let rest = request.target.strip_prefix(slot.prefix.as_str()).unwrap_or_default();
        let inner = slot.control.target(rest);
        let control = inner.is_some();
        let given = inner.map(|inner| std::mem::replace(&mut request.target, inner));
        Placed { request, given, control, slot: number }
    }

    /// How much of its body the answer to a request of this head depends on.
    pub(super) fn need(&self, head: &Placed) -> Need {
        let mock = self.slots[head.slot].mock.read().unwrap_or_else(PoisonError::into_inner);
        match head.control {
            true if control::reads_body(&mock, &head.request) => Need::All,
            true => Need::Nothing,
            false => mock.need(&head.request),
        }
    }

    /// Whether a request is answered quickly, as far as its head tells.
    pub(super) fn is_light(&self, asked: &Placed) -> bool {
        if asked.control {
            return control::is_light(&asked.request);
        }
        self.slots[asked.slot].mock.read().unwrap_or_else(PoisonError::into_inner).is_light(&asked.request)
    }

    /// Answers a request whose body came, or could not be read for the reason that stands there. Where observers are
    /// to be told (`came`), what they are told comes with it.
    pub(super) fn answer(
        &self,
        mut asked: Placed,
        body: Result<Bytes, (u16, String)>,
        came: Option<Came>,
    ) -> (Answer, Option<Seen>) {
        let whole = came.map(|_| asked.whole());
        let control = asked.control;
        let request = &mut asked.request;
        let unpacked = body.and_then(|bytes| {
            request.body = (!bytes.is_empty()).then_some(bytes);
            coding::unpack(request)?;
            // What the owner sends is as large as what the mock holds.
            if control { Ok(()) } else { structure::check(request) }
        });
        let sent = came.and_then(|_| request.body.clone());
        let (request, slot) = (asked.request, &self.slots[asked.slot]);
        let (answer, mock) = match unpacked {
            Err((status, message)) => {
                slot.ask(came.is_some(), |mock| mock.refused(&request, control, status, &message))
            }
            Ok(()) if control && slot.recipe.is_some() && control::asks_to_reload(&slot.mock(), &request) => {
                let response = slot.answer_reload();
                (Answer { response, ..Answer::default() }, Some(slot.mock()))
            }
            Ok(()) if control => slot.ask(came.is_some(), |mock| mock.handle_control(&request)),
            Ok(()) => slot.ask(came.is_some(), |mock| {
                let started = Instant::now();
                let answer = mock.handle(request);
                mock.paced(&answer, started.elapsed());
                answer
            }),
        };
        self.seen(answer, came, whole, sent, mock, control)
    }

    /// The answer to a request for which none was made, with this status and for this reason.
    pub(super) fn unanswered(
        &self,
        asked: &Placed,
        status: u16,
        message: &str,
        came: Option<Came>,
    ) -> (Answer, Option<Seen>) {
        let whole = came.map(|_| asked.whole());
        let ask = |mock: &Arc<Mock>| mock.unanswered(&asked.request, asked.control, status, message);
        let (answer, mock) = self.slots[asked.slot].ask(came.is_some(), ask);
        self.seen(answer, came, whole, None, mock, asked.control)
    }

    /// An answer with what observers are told of it.
    fn seen(
        &self,
        answer: Answer,
        came: Option<Came>,
        whole: Option<Request>,
        sent: Option<Bytes>,
        mock: Option<Arc<Mock>>,
        control: bool,
    ) -> (Answer, Option<Seen>) {
        let seen = came.zip(whole).zip(mock).map(|((came, request), mock)| Seen {
            mock,
            at: came.at,
            elapsed: came.since.elapsed(),
            request: Request { body: sent, ..request },
            response: answer.response.clone(),
            operation: answer.operation,
            mishap: answer.mishap,
            control,
            scheme: self.observers.scheme(),
            version: came.version,
        });
        (answer, seen)
    }

    /// The mock at the root.
    #[must_use]
    pub fn root(&self) -> Arc<Mock> {
        self.slots[self.slots.len() - 1].mock()
    }
}

/// Checks a prefix: `/orders`, `/v2/orders`.
///
/// # Errors
/// What is wrong with it, one sentence.
pub fn check_prefix(prefix: &str) -> Result<(), String> {
    let sound = |segment: &str| {
        !segment.is_empty()
            && segment != "."
            && segment != ".."
            && segment.bytes().all(|b| b.is_ascii_graphic() && !b"?#{}\"<>\\^`|".contains(&b))
    };
    let Some(rest) = prefix.strip_prefix('/') else {
        return Err(format!("the prefix `{prefix}` must start with `/`"));
    };
    if rest.is_empty() {
        return Err(
            "the root belongs to the main contract; mount others under a prefix such as /orders".into()
        );
    }
    if !rest.split('/').all(sound) {
        return Err(format!("`{prefix}` is no prefix such as /orders or /v2/orders"));
    }
    if rest.split('/').any(|segment| segment == "__counterpart") {
        return Err(format!("`{prefix}` would hide the control API under /__counterpart/"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_whole_segments() {
        for good in ["/a", "/v2/orders", "/a-b_c.d~e", "/a%20b"] {
            assert_eq!(check_prefix(good), Ok(()), "{good}");
        }
        for bad in
            ["", "a", "/", "/a/", "//a", "/a b", "/a?b", "/a#b", "/{a}", "/../a", "/a/__counterpart", "/ä"]
        {
            assert!(check_prefix(bad).is_err(), "{bad}");
        }
    }
}
