//! The expectations that are held, and whose turn it is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use serde_json::{Value, json};

use super::model::{Expectation, Ready};
use crate::base::limits::EXPECTATIONS_MAX;
use crate::contract::OperationIndex;
use crate::mock::matching::Subject;

/// An expectation that is held.
#[derive(Debug)]
pub struct Held {
    id: Arc<str>,
    expectation: Expectation,
    pub(super) answers: Vec<Ready>,
    matched: AtomicU64,
    /// Whether all its answers keep the contract of an operation, found once for each.
    fits: Mutex<HashMap<Option<OperationIndex>, bool>>,
}

impl Held {
    pub(super) fn new(expectation: Expectation, answers: Vec<Ready>) -> Self {
        Self {
            id: Arc::from(expectation.id.as_deref().unwrap_or_default()),
            expectation,
            answers,
            matched: AtomicU64::new(0),
            fits: Mutex::default(),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// What was expected.
    #[must_use]
    pub fn expectation(&self) -> &Expectation {
        &self.expectation
    }

    /// How many requests it answered.
    #[must_use]
    pub fn matched(&self) -> u64 {
        self.matched.load(Ordering::Relaxed)
    }

    /// Whether all came that was expected: as many requests as it has `times`, else at least one.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.matched() >= self.expectation.times.unwrap_or(1)
    }

    /// As the control API shows it.
    #[must_use]
    pub fn shown(&self) -> Value {
        // It has only text keys: writing it can't fail.
        let mut value = serde_json::to_value(&self.expectation).unwrap_or_default();
        value["id"] = json!(&*self.id);
        value["matched"] = json!(self.matched());
        value["met"] = json!(self.is_met());
        if let Some(times) = self.expectation.times {
            value["left"] = json!(times.saturating_sub(self.matched()));
        }
        value
    }

    /// Whether its answers keep the contract of the operation; `judge` is asked once for each operation.
    fn fits(&self, operation: Option<OperationIndex>, judge: impl FnOnce(&Self) -> bool) -> bool {
        if self.expectation.force {
            return true;
        }
        let lock = || self.fits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&operation) {
            return *known;
        }
        let found = judge(self);
        lock().insert(operation, found);
        found
    }

    /// The number of the answer whose turn it is; `None` when all its times are used up.
    fn take(&self) -> Option<usize> {
        let times = self.expectation.times.unwrap_or(u64::MAX);
        let next = |n: u64| (n < times).then_some(n + 1);
        let number = self.matched.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
        let mut before = 0_u64;
        for (at, answer) in self.answers.iter().enumerate() {
            before = before.saturating_add(answer.times);
            if number < before {
                return Some(at);
            }
        }
        self.answers.len().checked_sub(1)
    }
}

/// All expectations, the one that goes first in front.
#[derive(Debug, Default)]
pub struct Expectations {
    held: ArcSwap<Vec<Arc<Held>>>,
    last: AtomicU64,
}

impl Expectations {
    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.load().is_empty()
    }

    /// All of them, in the order of their turns.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Held>> {
        self.held.load().as_ref().clone()
    }

    /// The one with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Held>> {
        self.held.load().iter().find(|held| &*held.id == id).cloned()
    }

    /// A new id: `e1`, `e2`, ….
    pub(super) fn next_id(&self) -> String {
        loop {
            let id = format!("e{}", self.last.fetch_add(1, Ordering::Relaxed) + 1);
            if self.get(&id).is_none() {
                return id;
            }
        }
    }

    /// Holds one; one with the same id makes room. `false` when there are [`EXPECTATIONS_MAX`] others.
    pub(super) fn hold(&self, new: &Arc<Held>) -> bool {
        let mut room = true;
        self.held.rcu(|now| {
            let mut list: Vec<Arc<Held>> = now.iter().filter(|held| held.id != new.id).cloned().collect();
            room = list.len() < EXPECTATIONS_MAX;
            if !room {
                return Vec::clone(now);
            }
            let priority = new.expectation.priority;
            // Before the first that is not more important: the newest of equals goes first.
            let at = list.partition_point(|held| held.expectation.priority > priority);
            list.insert(at, Arc::clone(new));
            list
        });
        room
    }

    /// Lets go of the one with this id, or of all; answers whether there was any.
    pub fn remove(&self, id: Option<&str>) -> bool {
        let goes = |held: &Held| id.is_none_or(|id| &*held.id == id);
        let before = self.held.rcu(|now| now.iter().filter(|h| !goes(h)).cloned().collect::<Vec<_>>());
        before.iter().any(|held| goes(held))
    }

    /// Forgets which answers keep the contract: it is another one now.
    pub(in crate::mock) fn judge_anew(&self) {
        for held in self.held.load().iter() {
            held.fits.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Lets go of all.
    pub fn clear(&self) {
        self.held.store(Arc::default());
    }

    /// The first that takes the request, and the number of its answer. `judge` says whether one's answers keep the
    /// contract of the operation.
    pub(super) fn take(
        &self,
        subject: &Subject<'_>,
        operation: Option<OperationIndex>,
        judge: impl Fn(&Held) -> bool,
    ) -> Option<(Arc<Held>, usize)> {
        let held = self.held.load();
        held.iter()
            .filter(|one| one.expectation.request.takes(subject) && one.fits(operation, &judge))
            .find_map(|one| Some((Arc::clone(one), one.take()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Request;
    use serde_json::json;

    fn held(value: Value) -> Arc<Held> {
        let expectation: Expectation = serde_json::from_value(value).unwrap();
        let ready = expectation.ready().unwrap();
        Arc::new(Held::new(expectation, ready))
    }

    fn take(set: &Expectations, target: &str) -> Option<(String, usize)> {
        let request = Request { method: "GET".into(), target: target.into(), ..Request::default() };
        let (one, at) = set.take(&Subject::new(&request, None), None, |_| true)?;
        Some((one.id().to_string(), at))
    }

    #[test]
    fn turns_go_by_priority_then_age_and_times_end() {
        let set = Expectations::default();
        for (id, priority, times) in [("old", 0, 1), ("new", 0, 1), ("high", 5, 1), ("low", -1, 9)] {
            let one = json!({"id": id, "priority": priority, "times": times, "answer": {"status": 200}});
            assert!(set.hold(&held(one)));
        }
        let order: Vec<String> = (0..5).map(|_| take(&set, "/").unwrap().0).collect();
        assert_eq!(order, ["high", "new", "old", "low", "low"]);
        assert!(set.get("high").unwrap().is_met() && !set.get("low").unwrap().is_met());
        assert_eq!(set.get("low").unwrap().shown()["left"], 7);
        assert!(set.remove(Some("low")) && !set.remove(Some("low")));
        assert_eq!(take(&set, "/"), None);
        assert!(set.remove(None) && set.is_empty());
    }

    #[test]
    fn sequences_go_on_and_the_last_answer_stays() {
        let set = Expectations::default();
        let answers = json!([{"status": 200}, {"status": 201, "times": 2}, {"status": 202}]);
        assert!(set.hold(&held(json!({"id": "a", "request": {"path": "/x"}, "answers": answers}))));
        let turns: Vec<usize> = (0..6).map(|_| take(&set, "/x").unwrap().1).collect();
        assert_eq!(turns, [0, 1, 1, 2, 2, 2]);
        assert_eq!(take(&set, "/y"), None);
    }

    #[test]
    fn there_is_a_limit_and_ids_replace() {
        let set = Expectations::default();
        for _ in 0..EXPECTATIONS_MAX {
            let id = set.next_id();
            assert!(set.hold(&held(json!({"id": id, "answer": {"status": 200}}))));
        }
        assert!(!set.hold(&held(json!({"id": "more", "answer": {"status": 200}}))));
        assert!(set.hold(&held(json!({"id": "e7", "answer": {"status": 404}}))));
        assert_eq!(set.list().len(), EXPECTATIONS_MAX);
        assert_eq!(set.list()[0].expectation().answer.as_ref().unwrap().status, Some(404));
    }
}
