//! Telling others of answered requests without keeping the requests waiting: a bounded queue and a thread behind it.
//! What does not fit is left out and counted.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::base::limits::{OUTLET_BATCH_MAX, OUTLET_BYTES_MAX, OUTLET_QUEUE_MAX};
use crate::contract::OperationIndex;
use crate::mock::{Mishap, Mock};
use crate::wire::{Request, Response};

/// A request that was answered.
#[derive(Debug)]
pub(super) struct Seen {
    /// Who answered.
    pub(super) mock: Arc<Mock>,
    /// When it came, by the clock on the wall.
    pub(super) at: Timestamp,
    /// From its head to its answer.
    pub(super) elapsed: Duration,
    /// The request.
    pub(super) request: Request,
    /// The answer; the status is 0 where there was none.
    pub(super) response: Response,
    /// The operation it was routed to.
    pub(super) operation: Option<OperationIndex>,
    /// What went wrong with the answer on its way.
    pub(super) mishap: Mishap,
    /// It was for the control API.
    pub(super) control: bool,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// The version of HTTP.
    pub(super) version: &'static str,
}

/// When a request came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Came {
    /// By the clock on the wall.
    pub(super) at: Timestamp,
    /// To measure from.
    pub(super) since: Instant,
    /// The version of HTTP.
    pub(super) version: &'static str,
}

impl Seen {
    /// The id of its operation.
    pub(super) fn operation_id(&self) -> Option<&str> {
        let heads = self.mock.contract().heads();
        heads.get(self.operation?.0 as usize).map(|head| head.id.as_str())
    }

    fn size(&self) -> usize {
        let fields = |headers: &crate::wire::Headers| -> usize {
            headers.iter().map(|(name, value)| name.len() + value.len() + 64).sum()
        };
        size_of::<Self>()
            + self.request.target.len()
            + fields(&self.request.headers)
            + fields(&self.response.headers)
            + self.request.body.as_ref().map_or(0, bytes::Bytes::len)
            + self.response.body.len()
    }
}

/// Where answered requests go to.
pub(super) trait Sink: Send {
    /// Takes some, in the order in which they were answered; `dropped` more were left out before them.
    fn take(&mut self, seen: &[Arc<Seen>], dropped: u64);
}

enum Message {
    Seen(Arc<Seen>, usize),
    /// Say when all before is done.
    Flush(SyncSender<()>),
}

/// The way to a sink.
pub(super) struct Outlet {
    sender: SyncSender<Message>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    dropped: AtomicU64,
    waiting_bytes: AtomicUsize,
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outlet")
    }
}

impl Outlet {
    /// Starts the thread; it ends when the outlet is gone.
    pub(super) fn new(mut sink: impl Sink + 'static) -> Self {
        let (sender, receiver) = sync_channel(OUTLET_QUEUE_MAX);
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || drain(&receiver, &of_thread, &mut sink));
        Self { sender, shared }
    }

    /// Puts a request in the queue, if there is room.
    pub(super) fn send(&self, seen: &Arc<Seen>) {
        let size = seen.size();
        let waiting = self.shared.waiting_bytes.fetch_add(size, Ordering::Relaxed);
        let fits = waiting + size <= OUTLET_BYTES_MAX;
        if !fits || self.sender.try_send(Message::Seen(Arc::clone(seen), size)).is_err() {
            self.shared.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all that was sent before is done, at most so long.
    pub(super) fn flush(&self, deadline: Duration) {
        let (done, wait) = sync_channel(1);
        let mut message = Message::Flush(done);
        let until = Instant::now() + deadline;
        loop {
            match self.sender.try_send(message) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) if Instant::now() < until => {
                    message = back;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(_) => return,
            }
        }
        // Too late or gone: nothing more can be done about it.
        let _: Result<(), RecvTimeoutError> = wait.recv_timeout(until.duration_since(Instant::now()));
    }
}

fn drain(receiver: &Receiver<Message>, shared: &Shared, sink: &mut dyn Sink) {
    let mut batch = Vec::new();
    while let Ok(first) = receiver.recv() {
        let mut flushed = None;
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Seen(seen, size) => {
                    batch.push(seen);
                    bytes += size;
                }
                Message::Flush(done) => {
                    flushed = Some(done);
                    break;
                }
            }
            next = if batch.len() < OUTLET_BATCH_MAX { receiver.try_recv().ok() } else { None };
        }
        let dropped = shared.dropped.swap(0, Ordering::Relaxed);
        if !batch.is_empty() || dropped > 0 {
            sink.take(&batch, dropped);
        }
        batch.clear();
        shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(done) = flushed {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::contract::Contract;
    use crate::document::{LoadOptions, SpecSource};
    use crate::mock::MockSettings;

    /// Holds the thread until it is let go.
    struct Held(Receiver<()>, Sender<(usize, u64)>);

    impl Sink for Held {
        fn take(&mut self, seen: &[Arc<Seen>], dropped: u64) {
            self.0.recv().unwrap();
            self.1.send((seen.len(), dropped)).unwrap();
        }
    }

    fn seen(body: usize) -> Arc<Seen> {
        let contract = Contract::load(&SpecSource::Embedded, &LoadOptions::default()).unwrap();
        let mock = Arc::new(Mock::new(contract, MockSettings::default()).unwrap());
        let request = Request { body: Some(vec![b'x'; body].into()), ..Request::default() };
        Arc::new(Seen {
            mock,
            at: Timestamp::UNIX_EPOCH,
            elapsed: Duration::ZERO,
            request,
            response: Response::default(),
            operation: None,
            mishap: Mishap::None,
            control: false,
            scheme: "http",
            version: "HTTP/1.1",
        })
    }

    /// What is taken, and what is left out, of so many that come while the sink is busy.
    fn while_busy(one: &Arc<Seen>, many: usize) -> (usize, u64) {
        let (go, held) = channel();
        let (told, tell) = channel();
        let outlet = Outlet::new(Held(held, told));
        for _ in 0..many {
            outlet.send(one);
        }
        let (mut taken, mut dropped) = (0, 0);
        while taken + usize::try_from(dropped).unwrap() < many {
            go.send(()).unwrap();
            let (more, less) = tell.recv().unwrap();
            taken += more;
            dropped += less;
        }
        outlet.flush(Duration::from_secs(10));
        (taken, dropped)
    }

    #[test]
    fn the_queue_is_bounded_by_number_and_by_bytes_and_counts_what_it_drops() {
        let (taken, dropped) = while_busy(&seen(0), OUTLET_QUEUE_MAX * 2);
        assert!(taken >= OUTLET_QUEUE_MAX && dropped > 0, "{taken} {dropped}");
        let large = seen(OUTLET_BYTES_MAX / 3);
        let (taken, dropped) = while_busy(&large, 10);
        assert!(taken < 10 && dropped >= 5, "{taken} {dropped}");
        assert_eq!(while_busy(&seen(0), 5), (5, 0));
    }
}
