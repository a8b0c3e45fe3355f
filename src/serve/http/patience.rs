//! Patience with clients: a connection on which no request is being answered, and that has not sent a whole head for
//! too long, is closed. actix itself measures only the first head of a connection, and idle connections that are
//! silent; this closes those that send a byte now and then, and those that do not take their answers.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::base::limits::STREAMS_MAX;

/// Every how many dead connections are forgotten at least.
const PRUNED_EVERY: usize = 1_000;

/// A connection, and a second handle of its socket, by which it can be shut.
#[derive(Debug)]
pub(super) struct Connection {
    socket: std::net::TcpStream,
    /// How many requests are being answered.
    busy: AtomicUsize,
    /// When it was opened or last finished a request, in milliseconds of the server.
    last: AtomicU64,
    clock: Instant,
}

impl Connection {
    /// Breaks it.
    pub(super) fn shut(&self) {
        // Shut already: then the connection is as broken as it should be.
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }

    fn now(&self) -> u64 {
        // Half a million years.
        u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn waits(&self) -> Option<Duration> {
        if self.busy.load(Ordering::Acquire) > 0 {
            return None;
        }
        Some(Duration::from_millis(self.now().saturating_sub(self.last.load(Ordering::Acquire))))
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Busy(Arc<Connection>);

impl Busy {
    /// Whether the connection has more requests than are answered at once.
    pub(super) fn is_too_many(&self) -> bool {
        self.0.busy.load(Ordering::Acquire) > STREAMS_MAX
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.last.store(self.0.now(), Ordering::Release);
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Marks a request of this connection as being answered, until what is returned is dropped.
pub(super) fn busy(connection: Option<&Arc<Connection>>) -> Option<Busy> {
    let connection = connection?;
    connection.busy.fetch_add(1, Ordering::AcqRel);
    Some(Busy(Arc::clone(connection)))
}

/// All connections of a server.
#[derive(Debug)]
pub(super) struct Connections {
    clock: Instant,
    all: Mutex<(Vec<Weak<Connection>>, usize)>,
    limit: Duration,
}

impl Connections {
    /// Connections that may keep the server waiting so long.
    pub(super) fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self { clock: Instant::now(), all: Mutex::default(), limit })
    }

    /// Takes a connection in, by a second handle of its socket.
    pub(super) fn add(&self, socket: std::net::TcpStream) -> Arc<Connection> {
        let connection =
            Connection { socket, busy: AtomicUsize::new(0), last: AtomicU64::new(0), clock: self.clock };
        connection.last.store(connection.now(), Ordering::Release);
        let connection = Arc::new(connection);
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.0.len() >= all.1 + PRUNED_EVERY {
            all.0.retain(|one| one.strong_count() > 0);
            all.1 = all.0.len();
        }
        all.0.push(Arc::downgrade(&connection));
        connection
    }

    /// Closes those that keep the server waiting, again and again.
    pub(super) async fn watch(self: Arc<Self>) {
        let pause = (self.limit / 4).clamp(Duration::from_millis(50), Duration::from_secs(5));
        loop {
            tokio::time::sleep(pause).await;
            let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
            all.0.retain(|one| {
                let Some(connection) = one.upgrade() else { return false };
                if connection.waits().is_some_and(|waited| waited > self.limit) {
                    connection.shut();
                }
                true
            });
            all.1 = all.0.len();
        }
    }
}
