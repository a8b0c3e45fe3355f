//! What is decided on a request's head, and how its body is read: no further than the answer needs, and never more of all
//! bodies together than there is room for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::web;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::base::limits::{
    BODIES_BYTES_MAX, CONTROL_BODY_BYTES_MAX, EMPTY_PIECES_MAX, FORM_MEMBERS_MAX, HEAVY_HEAD_BYTES,
    JOURNAL_BODY_BYTES_MAX, REQUEST_BODY_BYTES_MAX,
};
use crate::mock::coding;
use crate::mock::pace::Need;
use crate::serve::site::{Placed, Site};
use crate::serve::structure;
use crate::wire::authority;

/// Status and reason of a refusal.
pub(super) type Refused = (u16, String);

/// What a head says of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    None,
    /// So many bytes.
    Length(u64),
    /// As many as come.
    Open,
}

/// How far a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it, up to so many bytes.
    All(usize),
    /// Its first bytes: the answer does not depend on the rest.
    First(usize),
    /// Its first bytes, for the journal alone: the answer does not depend on it.
    Nothing(usize),
}

/// What is decided before a body is read.
///
/// # Errors
/// The refusal: there is no reading on.
pub(super) fn on_head(site: &Site, head: &Placed, framing: Framing) -> Result<Extent, Refused> {
    host(head)?;
    if head.request.target.len() > HEAVY_HEAD_BYTES
        && structure::members(head.request.target.as_bytes()) > FORM_MEMBERS_MAX
    {
        return Err((414, format!("The query has more than {FORM_MEMBERS_MAX} members")));
    }
    let declared = match framing {
        Framing::None => return Ok(Extent::Nothing(0)),
        Framing::Length(length) => Some(length),
        Framing::Open => None,
    };
    let limit = if head.control { CONTROL_BODY_BYTES_MAX } else { REQUEST_BODY_BYTES_MAX };
    if head.control && site.need(head) == Need::Nothing {
        return Ok(Extent::Nothing(0));
    }
    if declared.is_some_and(|length| length > limit as u64) {
        return Err((413, "The body is too long".to_owned()));
    }
    let long = declared.is_none_or(|length| length > JOURNAL_BODY_BYTES_MAX as u64);
    // The beginning of what is packed can't be unpacked.
    if !long || head.control || coding::is_packed(&head.request) {
        return Ok(Extent::All(limit));
    }
    Ok(match site.need(head) {
        Need::Nothing => Extent::Nothing(JOURNAL_BODY_BYTES_MAX),
        Need::ThatItIsThere => Extent::First(JOURNAL_BODY_BYTES_MAX),
        Need::All => Extent::All(limit),
    })
}

/// A request names one host, or none in HTTP/1.0 (RFC 9112 §3.2). An empty one is for targets without any.
fn host(head: &Placed) -> Result<(), Refused> {
    let mut all = head.request.headers.all("host");
    let Some(first) = all.next() else { return Ok(()) };
    let sound =
        first.is_empty() || std::str::from_utf8(first).is_ok_and(|host| authority::split(host).is_some());
    if sound && all.next().is_none() {
        return Ok(());
    }
    Err((400, "The request does not name one host in `Host`".to_owned()))
}

/// How many bytes of bodies there are.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicUsize,
    limit: usize,
}

/// The room of one body, given back when this is dropped.
#[derive(Debug)]
pub(super) struct Room {
    budget: Arc<Budget>,
    taken: usize,
}

impl Budget {
    fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { used: AtomicUsize::new(0), limit })
    }
}

impl Room {
    fn take(&mut self, bytes: usize) -> Result<(), Refused> {
        let used = self.budget.used.fetch_add(bytes, Ordering::Relaxed);
        self.taken += bytes;
        if used.saturating_add(bytes) > self.budget.limit {
            return Err((503, "The bodies of other requests take all the room there is".to_owned()));
        }
        Ok(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

/// The room for the bodies of all requests: of ordinary ones, and of those to control APIs, which are the owner's.
#[derive(Debug)]
pub(super) struct Budgets {
    ordinary: Arc<Budget>,
    control: Arc<Budget>,
}

impl Default for Budgets {
    fn default() -> Self {
        Self { ordinary: Budget::new(BODIES_BYTES_MAX), control: Budget::new(CONTROL_BODY_BYTES_MAX) }
    }
}

/// A body that was read.
pub(super) struct Body {
    /// Its bytes, or why they could not be read.
    pub(super) bytes: Result<Bytes, Refused>,
    /// The room that they take.
    pub(super) room: Option<Room>,
    /// What was not read. The connection is closed after the answer while this is there: so nothing that follows is read
    /// to find its end.
    pub(super) unread: Option<web::Payload>,
}

impl Body {
    /// One of which nothing was read.
    pub(super) fn unread(refused: Refused, payload: web::Payload) -> Self {
        Self { bytes: Err(refused), room: None, unread: Some(payload) }
    }

    /// No body.
    pub(super) fn none() -> Self {
        Self { bytes: Ok(Bytes::new()), room: None, unread: None }
    }
}

impl Budgets {
    /// Reads a body as far as it is wanted, within this time.
    pub(super) async fn read(
        &self,
        control: bool,
        extent: Extent,
        mut payload: web::Payload,
        within: Duration,
    ) -> Body {
        let budget = if control { &self.control } else { &self.ordinary };
        let mut room = Room { budget: Arc::clone(budget), taken: 0 };
        let read = tokio::time::timeout(within, collected(&mut payload, extent, &mut room)).await;
        let late = || Err((408, "The body did not come in time".to_owned()));
        match read.unwrap_or_else(|_| late()) {
            Ok((bytes, true)) => Body { bytes: Ok(bytes), room: Some(room), unread: None },
            Ok((bytes, false)) => Body { bytes: Ok(bytes), room: Some(room), unread: Some(payload) },
            Err(refused) => Body::unread(refused, payload),
        }
    }
}

/// The bytes, and whether they are all.
async fn collected(
    payload: &mut web::Payload,
    extent: Extent,
    room: &mut Room,
) -> Result<(Bytes, bool), Refused> {
    let (Extent::All(limit) | Extent::First(limit) | Extent::Nothing(limit)) = extent;
    if limit == 0 {
        return Ok((Bytes::new(), false));
    }
    // A short body comes in one piece, which need not be copied.
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut empty = 0;
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| (400, format!("The body can't be read: {error}")))?;
        empty += usize::from(piece.is_empty());
        if empty > EMPTY_PIECES_MAX {
            return Err((400, "The body comes in too many pieces without content".to_owned()));
        }
        let before = first.len() + rest.len();
        let over = before + piece.len() > limit;
        if over && matches!(extent, Extent::All(_)) {
            return Err((413, "The body is too long".to_owned()));
        }
        room.take(piece.len())?;
        if before == 0 {
            first = piece;
        } else {
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&piece);
        }
        if over {
            let bytes = if rest.is_empty() { first } else { rest.freeze() };
            return Ok((bytes.slice(..limit.min(bytes.len())), false));
        }
    }
    Ok((if rest.is_empty() { first } else { rest.freeze() }, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_together_and_given_back() {
        let budget = Budget::new(10);
        let room = || Room { budget: Arc::clone(&budget), taken: 0 };
        let (mut one, mut two) = (room(), room());
        assert_eq!((one.take(4), one.take(3), two.take(3)), (Ok(()), Ok(()), Ok(())));
        assert_eq!(two.take(1).unwrap_err().0, 503);
        drop(two);
        assert_eq!(one.take(3), Ok(()));
        drop(one);
        assert_eq!(budget.used.load(Ordering::Relaxed), 0);
    }
}
