//! How a mock is served, besides what it answers: encryption, patience, how many connections.

use std::path::PathBuf;
use std::time::Duration;

use crate::base::limits::{
    ANSWER_SECONDS_MAX, ANSWERED_SECONDS_MAX, CONNECTIONS_MAX, HEAD_SECONDS_MAX, IDLE_SECONDS_MAX,
};
use crate::serve::listener::Listener;
use crate::serve::log::LogSettings;
use crate::serve::tls::TlsFiles;

/// The settings of the server around a mock.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// HTTPS (HTTP/1.1 and HTTP/2) with this certificate; plain HTTP/1.1 without.
    pub tls: Option<TlsFiles>,
    /// HTTP/2 is spoken over TLS to clients that want it.
    pub http2: bool,
    /// How long a client may take to send the head of a request; then it is answered 408.
    pub head_timeout: Duration,
    /// How long an idle connection stays open.
    pub keep_alive: Duration,
    /// How many connections are served at once; further ones wait until one ends.
    pub connections_max: usize,
    /// How long an answer may take to make; then it is 503.
    pub answer_timeout: Duration,
    /// How long requests under way may take to finish when the server stops.
    pub stop_timeout: Duration,
    /// Contract and fixtures are read again when they change on disk.
    pub watch: bool,
    /// Requests and answers are recorded in this file: HAR where it ends in `.har`, else one JSON object a line.
    pub record: Option<PathBuf>,
    /// Requests are logged like this.
    pub log: Option<LogSettings>,
    /// Who is told what happens while the server runs.
    pub listener: Listener,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            tls: None,
            http2: true,
            head_timeout: Duration::from_secs(HEAD_SECONDS_MAX),
            keep_alive: Duration::from_secs(IDLE_SECONDS_MAX),
            connections_max: CONNECTIONS_MAX,
            answer_timeout: Duration::from_secs(ANSWER_SECONDS_MAX),
            stop_timeout: Duration::from_secs(ANSWERED_SECONDS_MAX),
            watch: false,
            record: None,
            log: None,
            listener: Listener::default(),
        }
    }
}
