//! How requests are sent.

use std::time::Duration;

use crate::base::limits::RESPONSE_BODY_BYTES_MAX;

/// How to send.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// How long one request may take, from its first byte to the last of its answer.
    pub timeout: Duration,
    /// The longest body that is read, in bytes.
    pub body_bytes_max: usize,
    /// Use the proxies that the environment names (`HTTPS_PROXY`, …).
    pub environment_proxies: bool,
    /// Accept any certificate.
    pub insecure: bool,
    /// Sent as `User-Agent` with requests that have none; none at all when empty.
    pub user_agent: String,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            body_bytes_max: RESPONSE_BODY_BYTES_MAX,
            environment_proxies: false,
            insecure: false,
            user_agent: concat!("counterpart/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}
