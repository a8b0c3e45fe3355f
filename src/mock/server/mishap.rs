//! Answers that go wrong on their way: a connection that breaks, a body that ends early or comes slowly.

use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use futures_util::stream;

/// In how many pieces a slow body is sent, and how long each waits.
const SLOW_PIECES: usize = 10;
const SLOW_PAUSE: Duration = Duration::from_millis(100);

/// A second handle of a connection's socket, by which it can be shut.
struct Socket(std::net::TcpStream);

pub(super) fn remember_socket(io: &dyn std::any::Any, extensions: &mut Extensions) {
    let stream = match io.downcast_ref::<TlsStream<TcpStream>>() {
        Some(tls) => Some(tls.get_ref().0),
        None => io.downcast_ref::<TcpStream>(),
    };
    if let Some(socket) = stream.and_then(second_handle) {
        extensions.insert(Socket(socket));
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
pub(super) fn break_connection(request: &HttpRequest) {
    if let Some(Socket(socket)) = request.conn_data::<Socket>() {
        // Shut already: then the connection is as broken as it should be.
        let _ = socket.shutdown(std::net::Shutdown::Both);
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

/// The body in pieces, with pauses between.
pub(super) fn slowly(body: Bytes) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    let size = body.len().div_ceil(SLOW_PIECES).max(1);
    stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(SLOW_PAUSE).await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok(piece), rest))
    })
}
