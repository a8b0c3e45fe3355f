//! Connections that are kept for the next request.

use std::sync::{Mutex, PoisonError};

use bytes::BytesMut;
use tokio::net::TcpStream;

use crate::base::limits::IDLE_CONNECTIONS_MAX;

/// A connection and what it uses again and again.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    /// What was read and not yet used.
    pub(super) input: BytesMut,
    /// What is to be written.
    pub(super) output: Vec<u8>,
    /// Has carried a request before.
    pub(super) used: bool,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            input: BytesMut::with_capacity(8 * 1024),
            output: Vec::with_capacity(1024),
            used: false,
        }
    }

    /// True when the other side has neither closed it nor sent anything unasked.
    fn is_usable(&self) -> bool {
        let mut byte = [0];
        let quiet = matches!(self.stream.try_read(&mut byte), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        quiet && self.input.is_empty()
    }
}

/// Idle connections to one target, the last used first.
#[derive(Default)]
pub(super) struct Pool {
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    /// An idle connection that is still good.
    pub(super) fn take(&self) -> Option<Connection> {
        loop {
            let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if connection.is_usable() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection for later; beyond the limit it is closed.
    pub(super) fn give(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS_MAX {
            idle.push(connection);
        }
    }
}
