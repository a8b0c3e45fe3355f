//! The mock's logical clock: it starts at a given instant and goes on by one second with each request, never by
//! itself, so that the same requests give the same dates.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Where the clock starts when nobody says otherwise: 2026-01-01T00:00:00Z.
const START_SECONDS: i64 = 1_767_225_600;

/// How far the clock may be moved, in seconds: a thousand years, well inside what timestamps hold.
const SECONDS_MAX: u64 = 1000 * 366 * 24 * 3600;

/// The clock. Times inside the mock are seconds since its start.
#[derive(Debug)]
pub struct Clock {
    start: Timestamp,
    seconds: AtomicU64,
}

impl Clock {
    /// A clock that starts at `start`, or at the default instant.
    #[must_use]
    pub fn new(start: Option<Timestamp>) -> Self {
        let start =
            start.unwrap_or_else(|| Timestamp::from_second(START_SECONDS).unwrap_or(Timestamp::UNIX_EPOCH));
        Self { start, seconds: AtomicU64::new(0) }
    }

    /// A clock of its own that shows the same time.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { start: self.start, seconds: AtomicU64::new(self.now()) }
    }

    /// Goes on by a second; answers the new time.
    pub fn tick(&self) -> u64 {
        self.advance(1)
    }

    /// Goes on by some seconds; answers the new time.
    pub fn advance(&self, seconds: u64) -> u64 {
        let step = seconds.min(SECONDS_MAX);
        let before = self
            .seconds
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some((now + step).min(SECONDS_MAX)))
            .unwrap_or_else(|now| now);
        (before + step).min(SECONDS_MAX)
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.seconds.load(Ordering::Relaxed)
    }

    /// Sets the time to so many seconds after the start.
    pub fn set(&self, seconds: u64) {
        self.seconds.store(seconds.min(SECONDS_MAX), Ordering::Relaxed);
    }

    /// The instant of a time, as contracts write dates: `2026-01-01T00:00:07Z` (RFC 3339).
    #[must_use]
    pub fn text(&self, seconds: u64) -> String {
        let after = SignedDuration::from_secs(i64::try_from(seconds.min(SECONDS_MAX)).unwrap_or(0));
        self.start.checked_add(after).unwrap_or(self.start).to_string()
    }

    /// Whether an instant is before the clock's start.
    #[must_use]
    pub fn is_before_start(&self, instant: Timestamp) -> bool {
        instant < self.start
    }

    /// The seconds from the start to an instant; 0 for one before the start.
    #[must_use]
    pub fn seconds_of(&self, instant: Timestamp) -> u64 {
        u64::try_from(instant.as_second() - self.start.as_second()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_only_when_told() {
        let clock = Clock::new(Some("2026-05-01T10:00:00Z".parse().unwrap()));
        assert_eq!((clock.tick(), clock.tick(), clock.now()), (1, 2, 2));
        assert_eq!(clock.text(clock.now()), "2026-05-01T10:00:02Z");
        assert_eq!(clock.advance(58), 60);
        assert_eq!(clock.text(60), "2026-05-01T10:01:00Z");
        assert_eq!(clock.seconds_of("2026-05-01T10:00:30Z".parse().unwrap()), 30);
        assert_eq!(clock.seconds_of("2020-05-01T10:00:30Z".parse().unwrap()), 0);
    }

    #[test]
    fn it_stops_at_its_limit() {
        let clock = Clock::new(None);
        assert_eq!(clock.advance(u64::MAX), SECONDS_MAX);
        assert_eq!(clock.advance(u64::MAX), SECONDS_MAX);
        assert!(clock.text(u64::MAX).starts_with("302"));
    }
}
