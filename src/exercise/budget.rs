//! What a run may still spend: time, requests in a second, findings; and whether it was told to stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, watch};

/// How many requests may fail to connect in a row before the target counts as gone.
const CONNECT_FAILURES_MAX: u64 = 20;

/// The budget of a run.
#[derive(Debug)]
pub(super) struct Budget {
    started: Instant,
    time_max: Option<Duration>,
    failures_max: Option<u64>,
    pause: Option<Duration>,
    next_send: Mutex<Instant>,
    failures: AtomicU64,
    connect_failures: AtomicU64,
    stopped: AtomicBool,
    /// Something was left undone for it.
    cut: AtomicBool,
    stop: watch::Receiver<bool>,
}

impl Budget {
    pub(super) fn new(
        time_max: Option<Duration>,
        failures_max: Option<u64>,
        rate: Option<f64>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let now = Instant::now();
        let pause =
            rate.filter(|rate| *rate > 0.0).and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok());
        Self {
            started: now,
            time_max,
            failures_max,
            pause,
            next_send: Mutex::new(now),
            failures: AtomicU64::new(0),
            connect_failures: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            stop,
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The user told the run to stop.
    pub(super) fn interrupted(&self) -> bool {
        *self.stop.borrow()
    }

    /// Nothing more may be sent. Asked by whoever has something to send.
    pub(super) fn is_spent(&self) -> bool {
        let spent = self.stopped.load(Ordering::Relaxed) || self.is_over();
        if spent {
            self.cut.store(true, Ordering::Relaxed);
        }
        spent
    }

    /// The time is up, or the run was told to stop: what is under way is not waited for.
    pub(super) fn is_over(&self) -> bool {
        self.interrupted() || self.time_max.is_some_and(|max| self.elapsed() >= max)
    }

    /// Waits until [`Budget::is_over`].
    pub(super) async fn over(&self) {
        let mut stop = self.stop.clone();
        let end = self.time_max.and_then(|max| self.started.checked_add(max));
        let time_up = async {
            match end {
                Some(end) => tokio::time::sleep_until(end.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = time_up => {}
            () = stopped(&mut stop) => {}
        }
    }

    /// Waits until the run is told to stop; for ever when nobody can tell it any more.
    pub(super) async fn interruption(&self) {
        stopped(&mut self.stop.clone()).await;
    }

    /// Why something was left undone; `None` when nothing was.
    pub(super) fn cut(&self) -> Option<String> {
        if !self.cut.load(Ordering::Relaxed) && !self.interrupted() {
            return None;
        }
        let reason = if self.interrupted() {
            "the run was interrupted"
        } else if self.is_gone() {
            "the target can't be reached any more"
        } else if self.failures_max.is_some_and(|max| self.failures.load(Ordering::Relaxed) >= max) {
            "--max-failures is reached"
        } else {
            "--max-time ran out"
        };
        Some(reason.to_owned())
    }

    /// The target can't be reached any more.
    pub(super) fn is_gone(&self) -> bool {
        self.connect_failures.load(Ordering::Relaxed) >= CONNECT_FAILURES_MAX
    }

    /// Another finding.
    pub(super) fn found(&self) {
        let count = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if self.failures_max.is_some_and(|max| count >= max) {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// A request could not connect, or did.
    pub(super) fn connected(&self, connected: bool) {
        if connected {
            self.connect_failures.store(0, Ordering::Relaxed);
        } else if self.connect_failures.fetch_add(1, Ordering::Relaxed) + 1 >= CONNECT_FAILURES_MAX {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Waits until the next request may go out, at most until the run is told to stop.
    pub(super) async fn turn(&self) {
        let Some(pause) = self.pause else { return };
        let at = {
            let mut next = self.next_send.lock().await;
            let at = (*next).max(Instant::now());
            *next = at + pause;
            at
        };
        tokio::select! {
            () = tokio::time::sleep_until(at.into()) => {}
            () = self.over() => {}
        }
    }
}

/// Resolves when the run is told to stop; never when nobody can tell it any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_ends_the_run() {
        let (tell, stop) = watch::channel(false);
        let budget = Budget::new(None, Some(2), None, stop.clone());
        budget.found();
        assert!(!budget.is_spent());
        budget.found();
        assert_eq!(budget.cut(), None, "nobody wanted to send anything more");
        assert!(budget.is_spent() && !budget.interrupted());
        assert!(budget.cut().unwrap().contains("--max-failures"));
        let late = Budget::new(Some(Duration::ZERO), None, None, stop.clone());
        assert!(late.is_spent() && late.cut().unwrap().contains("--max-time"));
        let gone = Budget::new(None, None, None, stop.clone());
        for _ in 0..CONNECT_FAILURES_MAX {
            assert!(!gone.is_gone());
            gone.connected(false);
        }
        assert!(gone.is_gone() && gone.is_spent());
        let told = Budget::new(None, None, None, stop);
        tell.send_replace(true);
        assert!(told.is_spent() && told.interrupted() && told.cut().unwrap().contains("interrupted"));
    }

    #[tokio::test]
    async fn the_rate_is_kept() {
        let (_tell, stop) = watch::channel(false);
        let budget = Budget::new(None, None, Some(1000.0), stop);
        let before = Instant::now();
        for _ in 0..20 {
            budget.turn().await;
        }
        assert!(before.elapsed() < Duration::from_secs(5));
        assert!(*budget.next_send.lock().await >= before + Duration::from_millis(20));
    }
}
