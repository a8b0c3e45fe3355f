//! Sending requests, byte for byte as they are, and reading whatever comes back.
//!
//! [`Client`] has two senders. `raw` speaks HTTP/1.1 over its own pool of sockets: nothing is rewritten on the way, and
//! it costs little. `http` is reqwest, for HTTPS and HTTP/2.

pub mod base_url;
pub mod curl;
pub mod fetch;
mod http;
mod pool;
mod raw;
mod reading;
mod sender;
mod settings;

pub use base_url::{BaseUrl, BaseUrlError};
pub use sender::{Client, ClientError};
pub use settings::ClientSettings;
