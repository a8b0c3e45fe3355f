//! Answers that go wrong on their way: a connection that breaks, a body that ends early or comes slowly.

use std::sync::Arc;
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use futures_util::stream;

use super::patience::{Busy, Connection, Connections};
use crate::base::limits::DELAY_SECONDS_MAX;

/// In how many pieces a slow body is sent, and how long each waits.
const SLOW_PIECES: usize = 10;
const SLOW_PAUSE: Duration = Duration::from_millis(100);

/// Remembers a new connection by a second handle of its socket.
pub(super) fn remember(connections: &Connections, io: &dyn std::any::Any, extensions: &mut Extensions) {
    let stream = match io.downcast_ref::<TlsStream<TcpStream>>() {
        Some(tls) => Some(tls.get_ref().0),
        None => io.downcast_ref::<TcpStream>(),
    };
    if let Some(socket) = stream.and_then(second_handle) {
        extensions.insert(connections.add(socket));
    }
}

#[cfg(unix)]
fn second_handle(stream: &TcpStream) -> Option<std::net::TcpStream> {
    use std::os::fd::AsFd;
    stream.as_fd().try_clone_to_owned().ok().map(Into::into)
}

#[cfg(windows)]
fn second_handle(stream: &TcpStream) -> Option<std::net::TcpStream> {
    use std::os::windows::io::AsSocket;
    stream.as_socket().try_clone_to_owned().ok().map(Into::into)
}

/// Breaks the connection of a request.
pub(super) fn break_connection(connection: Option<&Arc<Connection>>) {
    if let Some(connection) = connection {
        connection.shut();
    }
}

/// The beginning of a body, then a broken connection.
pub(super) fn cut(half: Bytes) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::unfold(Some(half), |rest| async move {
        if let Some(half) = rest {
            return Some((Ok(half), None));
        }
        // What was written must leave before the error takes the connection down.
        tokio::time::sleep(SLOW_PAUSE).await;
        Some((Err(std::io::Error::other("a fault, injected")), None))
    })
}

/// The body in pieces, with pauses between: at this pace (bytes in a second), or all of it in a second. The request
/// counts as being answered until the last has gone.
pub(super) fn slowly(
    body: Bytes,
    pace: Option<u64>,
    busy: Option<Busy>,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    let (size, pause) = pieces(body.len(), pace);
    stream::unfold((body, busy), move |(mut rest, busy)| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok(piece), (rest, busy)))
    })
}

/// The size of a slow body's pieces, and the pause before each; all together never take longer than
/// [`DELAY_SECONDS_MAX`].
fn pieces(length: usize, pace: Option<u64>) -> (usize, Duration) {
    let Some(pace) = pace else { return (length.div_ceil(SLOW_PIECES).max(1), SLOW_PAUSE) };
    let least = (length as u64).div_ceil(DELAY_SECONDS_MAX).max(1);
    let pace = pace.max(least);
    let size = (pace / 10).max(1);
    let pause = Duration::from_secs_f64(size as f64 / pace as f64);
    (usize::try_from(size).unwrap_or(usize::MAX), pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_body_keeps_its_pace_and_ends() {
        assert_eq!(pieces(100, None), (10, SLOW_PAUSE));
        assert_eq!(pieces(100, Some(2000)), (200, Duration::from_millis(100)));
        assert_eq!(pieces(100, Some(5)), (1, Duration::from_millis(200)));
        let (size, pause) = pieces(10_000_000, Some(1));
        let all = pause * u32::try_from(10_000_000_usize.div_ceil(size)).unwrap();
        assert!(all <= Duration::from_secs(DELAY_SECONDS_MAX + 1), "{all:?}");
    }
}
