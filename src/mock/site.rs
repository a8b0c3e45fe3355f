//! What one server serves: a mock at the root and others under prefixes, each of which can be replaced while it runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use crossbeam_utils::sync::ShardedLock;

use crate::base::limits::MOUNTS_MAX;
use crate::document::Dangling;
use crate::mock::outlet::{Came, Observers, Seen};
use crate::mock::reload::Recipe;
use crate::mock::transport::ServerSettings;
use crate::mock::{Answer, Mock, MockError, coding, control};
use crate::wire::Request;

/// The mocks of one server.
#[derive(Debug)]
pub struct Site {
    /// The longest prefix first; the root, whose prefix is empty, last.
    slots: Vec<Arc<Slot>>,
    pub(super) observers: Observers,
    /// How long a client may take to send a body.
    pub(super) body_timeout: Duration,
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
    /// Which references of its contract lead nowhere, once that was looked at. Held while the mock is made anew.
    dangling: Mutex<Option<Vec<Dangling>>>,
}

impl Slot {
    fn new(mock: Arc<Mock>, recipe: Option<Recipe>) -> Arc<Self> {
        let prefix = mock.settings.prefix.clone();
        Arc::new(Self { prefix, mock: ShardedLock::new(mock), recipe, dangling: Mutex::default() })
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
    /// [`MockError`]: what is wrong with the contract or the fixtures as they are now. The mock stays as it was.
    pub fn reload(&self) -> Result<Reloaded, MockError> {
        let recipe = self.recipe.as_ref().ok_or(MockError::NotFromFiles)?;
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
    /// [`MockError::Mount`]: a prefix is there twice, or there are more than [`MOUNTS_MAX`].
    pub fn new(
        root: (Arc<Mock>, Option<Recipe>),
        mounted: Vec<(Arc<Mock>, Option<Recipe>)>,
        settings: &ServerSettings,
    ) -> Result<Self, MockError> {
        if mounted.len() > MOUNTS_MAX {
            return Err(MockError::Mount(format!("more than {MOUNTS_MAX} contracts can't be mounted")));
        }
        let mut slots: Vec<Arc<Slot>> =
            mounted.into_iter().map(|(mock, recipe)| Slot::new(mock, recipe)).collect();
        for slot in &slots {
            check_prefix(&slot.prefix).map_err(MockError::Mount)?;
        }
        slots.sort_by(|a, b| b.prefix.len().cmp(&a.prefix.len()).then_with(|| a.prefix.cmp(&b.prefix)));
        if let Some(twice) = slots.windows(2).find(|pair| pair[0].prefix == pair[1].prefix) {
            let prefix = &twice[0].prefix;
            return Err(MockError::Mount(format!("two contracts are mounted under `{prefix}`")));
        }
        let body_timeout = root.0.settings.body_timeout;
        slots.push(Slot::new(root.0, root.1));
        Ok(Self { slots, observers: Observers::new(settings)?, body_timeout })
    }

    /// All places, the root last.
    #[must_use]
    pub fn slots(&self) -> &[Arc<Slot>] {
        &self.slots
    }

    /// Answers a request whose body came, or could not be read for the reason that stands there. Where observers are
    /// to be told (`came`), what they are told comes with it.
    pub(super) fn answer(
        &self,
        mut request: Request,
        body: Result<Bytes, (u16, String)>,
        came: Option<Came>,
    ) -> (Answer, Option<Seen>) {
        // The root, which is always there, holds everything.
        let slot = self.slots.iter().find(|slot| slot.holds(&request.target)).unwrap_or(&self.slots[0]);
        let whole = came.map(|_| request.clone());
        let rest = request.target.strip_prefix(slot.prefix.as_str()).unwrap_or_default();
        if !slot.prefix.is_empty() && rest.starts_with(control::PREFIX) {
            // A control API has no prefix of its own.
            request.target = rest.to_owned();
        }
        let control = control::is_control(&request);
        let unpacked = body.and_then(|bytes| {
            request.body = (!bytes.is_empty()).then_some(bytes);
            coding::unpack(&mut request)
        });
        let sent = came.and_then(|_| request.body.clone());
        let (answer, mock) = match unpacked {
            Err((status, message)) => {
                slot.ask(came.is_some(), |mock| mock.refuse_body(request, status, &message))
            }
            Ok(()) if control && slot.recipe.is_some() && control::asks_to_reload(&request) => {
                let response = control::reloaded(slot.reload());
                (Answer { response, ..Answer::default() }, Some(slot.mock()))
            }
            Ok(()) => slot.ask(came.is_some(), |mock| mock.handle(request)),
        };
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
