//! What is to be sent and what was: a bounded queue, and a bounded list of calls with what became of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};
use url::Url;

use crate::base::Seed;
use crate::base::limits::{CALLBACKS_KEPT_MAX, CALLBACKS_QUEUED_MAX};
use crate::contract::Operation;
use crate::mock::journal::ShownBreach;
use crate::wire::Request;

/// Why a call was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// An operation documents it.
    Callback,
    /// It was fired by the control API.
    Webhook,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It waits for its turn or its answer.
    Waiting,
    /// It was answered with 2xx.
    Delivered,
    /// It was sent, and not answered with 2xx: why.
    Failed(String),
    /// It was not sent: why.
    NotSent(String),
}

/// A call of the mocked API.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its number, from 1.
    pub number: u64,
    /// Why it was made.
    pub kind: CallKind,
    /// The callback's or webhook's name.
    pub name: String,
    /// The number of the request in the journal that it follows.
    pub request: Option<u64>,
    /// The URL; empty where there is none.
    pub url: String,
    /// What was sent, once it was made.
    pub sent: Option<Request>,
    /// What became of it.
    pub state: CallState,
    /// How often it was tried.
    pub attempts: u32,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// What breaks the contract in the last answer; `None` where there was none.
    pub breaches: Option<Vec<ShownBreach>>,
}

/// A call to be made.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) number: u64,
    pub(crate) operation: Arc<Operation>,
    pub(crate) url: Url,
    pub(super) seed: Seed,
    /// The body that was given, written as JSON.
    pub(super) body: Option<Bytes>,
}

/// The outbox.
#[derive(Debug, Default)]
pub struct Outbox {
    calls: Mutex<Calls>,
    queue: OnceLock<mpsc::Sender<Job>>,
    /// A call has changed.
    changed: Notify,
}

/// Calls that are posted when this is dropped: once the answer that they follow is sent.
#[derive(Debug)]
pub struct Posting {
    pub(super) outbox: Arc<Outbox>,
    pub(super) jobs: Vec<Job>,
}

impl Drop for Posting {
    fn drop(&mut self) {
        self.outbox.post(std::mem::take(&mut self.jobs));
    }
}

#[derive(Debug, Default)]
struct Calls {
    list: VecDeque<Call>,
    last: u64,
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls that are remembered, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().list.iter().cloned().collect()
    }

    /// The call of that number.
    #[must_use]
    pub fn call(&self, number: u64) -> Option<Call> {
        self.lock().list.iter().find(|call| call.number == number).cloned()
    }

    /// Forgets the calls; numbers go on.
    pub fn clear(&self) {
        self.lock().list.clear();
    }

    /// Notes a call; answers its number. The oldest make room beyond [`CALLBACKS_KEPT_MAX`].
    pub(super) fn note(&self, call: Call) -> u64 {
        let mut calls = self.lock();
        calls.last += 1;
        let number = calls.last;
        calls.list.push_back(Call { number, ..call });
        while calls.list.len() > CALLBACKS_KEPT_MAX {
            calls.list.pop_front();
        }
        number
    }

    /// Changes a call that is still remembered.
    pub(crate) fn change(&self, number: u64, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.lock().list.iter_mut().find(|call| call.number == number) {
            change(call);
        }
        self.changed.notify_waiters();
    }

    /// Waits until no call waits any more: all are delivered, failed or not sent.
    pub async fn settled(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on nothing is missed.
            changed.as_mut().enable();
            if self.lock().list.iter().all(|call| call.state != CallState::Waiting) {
                return;
            }
            changed.await;
        }
    }

    /// Opens the queue: what is posted from now on comes out of the receiver. `None` when it is open already.
    pub(crate) fn open(&self) -> Option<mpsc::Receiver<Job>> {
        let (sender, receiver) = mpsc::channel(CALLBACKS_QUEUED_MAX);
        self.queue.set(sender).ok().map(|()| receiver)
    }

    /// Puts calls into the queue. What finds no room there is not sent, and listed so.
    pub(super) fn post(&self, jobs: Vec<Job>) {
        for job in jobs {
            let number = job.number;
            let refused = match self.queue.get() {
                None => Some("no server runs that sends it".to_owned()),
                Some(queue) => match queue.try_send(job) {
                    Ok(()) => None,
                    Err(mpsc::error::TrySendError::Full(_)) => {
                        Some(format!("{CALLBACKS_QUEUED_MAX} callbacks are waiting already"))
                    }
                    Err(mpsc::error::TrySendError::Closed(_)) => Some("the server has stopped".to_owned()),
                },
            };
            if let Some(reason) = refused {
                self.change(number, |call| call.state = CallState::NotSent(reason));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OperationIndex;

    fn note(outbox: &Outbox) -> u64 {
        outbox.note(Call {
            number: 0,
            kind: CallKind::Webhook,
            name: "w".into(),
            request: None,
            url: String::new(),
            sent: None,
            state: CallState::Waiting,
            attempts: 0,
            status: None,
            breaches: None,
        })
    }

    fn job(number: u64) -> Job {
        Job {
            number,
            operation: Arc::new(Operation::nothing(OperationIndex(0))),
            url: Url::parse("http://h/").unwrap(),
            seed: Seed(0),
            body: None,
        }
    }

    #[test]
    fn the_list_and_the_queue_have_their_limits() {
        let outbox = Outbox::default();
        outbox.post(vec![job(note(&outbox))]);
        assert!(matches!(&outbox.calls()[0].state, CallState::NotSent(why) if why.contains("no server")));
        let receiver = outbox.open().unwrap();
        assert!(outbox.open().is_none());
        for _ in 0..=CALLBACKS_QUEUED_MAX {
            outbox.post(vec![job(note(&outbox))]);
        }
        let last = outbox.calls().pop().unwrap();
        assert!(matches!(&last.state, CallState::NotSent(why) if why.contains("waiting already")));
        drop(receiver);
        let number = note(&outbox);
        outbox.post(vec![job(number)]);
        assert!(
            matches!(outbox.call(number).unwrap().state, CallState::NotSent(why) if why.contains("stopped"))
        );
        assert_eq!(outbox.calls().len(), CALLBACKS_KEPT_MAX);
        outbox.clear();
        assert!(outbox.calls().is_empty() && note(&outbox) == number + 1);
    }
}
