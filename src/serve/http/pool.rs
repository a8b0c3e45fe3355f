//! Threads for answers that may take long, so that those who serve connections go on. There are few of them, and few
//! requests may wait for one; whoever asked is not kept waiting longer than is said.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::base::limits::{HEAVY_QUEUE_MAX, HEAVY_THREADS_MAX};

type Job = Box<dyn FnOnce() + Send>;

/// Why nothing came of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// Too many wait already.
    #[error("Too many requests that take long are waiting to be answered")]
    Full,
    /// It takes longer than allowed. It goes on unless it had not begun.
    #[error("The answer takes longer to make than allowed")]
    Late,
    /// It broke off.
    #[error("The answer could not be made: this is an error of the mock")]
    Broken,
}

/// The threads. They start when they are needed, and end with this.
#[derive(Default)]
pub(super) struct Pool(Arc<Shared>);

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Jobs run without the lock: nothing can break off while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.waiting.pop_front() {
                drop(state);
                // Who waits for it learns that nothing comes.
                let _ = catch_unwind(AssertUnwindSafe(job));
                state = self.state();
            } else if state.closed {
                return;
            } else {
                state.idle += 1;
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }
}

impl Pool {
    /// Runs a job on one of the threads, and waits so long for it.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (tell, told) = oneshot::channel();
        self.put(Box::new(move || {
            if !tell.is_closed() {
                // Nobody may be waiting any longer.
                let _ = tell.send(job());
            }
        }))?;
        match tokio::time::timeout(limit, told).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => Err(Failure::Broken),
            Err(_) => Err(Failure::Late),
        }
    }

    fn put(&self, job: Job) -> Result<(), Failure> {
        let mut state = self.0.state();
        if state.waiting.len() >= HEAVY_QUEUE_MAX {
            return Err(Failure::Full);
        }
        state.waiting.push_back(job);
        if state.idle < state.waiting.len() && state.threads < HEAVY_THREADS_MAX {
            let shared = Arc::clone(&self.0);
            let name = std::thread::Builder::new().name("counterpart-answers".to_owned());
            match name.spawn(move || shared.serve()) {
                Ok(_) => state.threads += 1,
                // Those that are there do it.
                Err(_) if state.threads > 0 => {}
                Err(_) => {
                    state.waiting.pop_back();
                    return Err(Failure::Full);
                }
            }
        }
        drop(state);
        self.0.work.notify_one();
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed = true;
        state.waiting.clear();
        drop(state);
        self.0.work.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn jobs_are_done_and_those_that_break_off_take_no_thread_along() {
        let pool = Pool::default();
        for _ in 0..2 * HEAVY_THREADS_MAX {
            assert_eq!(pool.run(LONG, || panic!("on purpose")).await, Err::<(), _>(Failure::Broken));
        }
        assert_eq!(pool.run(LONG, || 7).await, Ok(7));
        assert!(pool.0.state().threads <= HEAVY_THREADS_MAX);
    }

    #[tokio::test]
    async fn what_takes_too_long_is_not_waited_for_and_its_number_is_bounded() {
        let pool = Pool::default();
        let (go, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let stuck = || {
            let held = Arc::clone(&held);
            move || drop(held.lock().map(|held| held.recv()))
        };
        for _ in 0..HEAVY_THREADS_MAX {
            // What nobody waits for is not begun, so each is left only once a thread is at it.
            let begun = Arc::new(tokio::sync::Notify::new());
            let (tell, work) = (Arc::clone(&begun), stuck());
            let begin = move || {
                tell.notify_one();
                work();
            };
            tokio::select! {
                ended = pool.run(LONG, begin) => panic!("{ended:?}"),
                () = begun.notified() => {}
            }
        }
        assert_eq!(pool.run(Duration::ZERO, stuck()).await, Err(Failure::Late));
        let mut refused = 0;
        for _ in 0..2 * HEAVY_QUEUE_MAX {
            refused += usize::from(pool.run(Duration::ZERO, stuck()).await == Err(Failure::Full));
        }
        assert!(refused >= HEAVY_QUEUE_MAX - HEAVY_THREADS_MAX, "{refused}");
        assert_eq!(pool.0.state().threads, HEAVY_THREADS_MAX);
        // What nobody waits for is not begun once there is a thread again.
        drop(go);
        let done = loop {
            match pool.run(LONG, || 7).await {
                Err(Failure::Full) => tokio::task::yield_now().await,
                other => break other,
            }
        };
        assert_eq!(done, Ok(7));
    }
}
