//! reqwest: HTTPS, HTTP/2, proxies. The only file that names it.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::base::limits::RESPONSE_HEAD_BYTES_MAX;
use crate::client::{BaseUrl, ClientSettings};
use crate::wire::{Headers, Request, Response, SendError};

/// Sends by reqwest.
pub(super) struct Sender {
    client: reqwest::Client,
}

/// Makes ring the process's TLS provider, once: without one reqwest panics.
fn install_provider() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        // An error says that another one is installed already, which serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}

impl Sender {
    pub(super) fn new(settings: &ClientSettings) -> Result<Self, String> {
        install_provider();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .tcp_nodelay(true)
            .http2_max_header_list_size(RESPONSE_HEAD_BYTES_MAX as u32)
            .user_agent(&settings.user_agent);
        if !settings.environment_proxies {
            builder = builder.no_proxy();
        }
        if settings.insecure {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        builder.build().map(|client| Self { client }).map_err(|error| chain(&error))
    }

    /// The request as reqwest's, or `None` when reqwest would refuse or rewrite it.
    pub(super) fn prepare(&self, base: &BaseUrl, request: &Request) -> Option<reqwest::Request> {
        // Fragments would be dropped; other forms have no path that the prefix belongs to.
        if !request.target.starts_with('/') || request.target.contains('#') {
            return None;
        }
        let text = format!("{base}{}", request.target);
        let url = reqwest::Url::parse(&text).ok()?;
        let after = url.as_str().strip_prefix(if base.is_tls() { "https://" } else { "http://" })?;
        let sent = after.find(['/', '?']).map_or("", |at| &after[at..]);
        if sent != format!("{}{}", base.prefix(), request.target) {
            return None;
        }
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).ok()?;
        let mut prepared = reqwest::Request::new(method, url);
        for (name, value) in request.headers.iter() {
            let framing = ["content-length", "transfer-encoding", "host"];
            if framing.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                return None;
            }
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes()).ok()?;
            prepared.headers_mut().append(name, reqwest::header::HeaderValue::from_bytes(value).ok()?);
        }
        if let Some(body) = &request.body {
            *prepared.body_mut() = Some(body.clone().into());
        }
        Some(prepared)
    }

    /// Sends, and reads no more of the body than allowed.
    pub(super) async fn send(
        &self,
        request: reqwest::Request,
        settings: &ClientSettings,
    ) -> Result<Response, SendError> {
        let mut answer = self.client.execute(request).await.map_err(failure)?;
        let mut headers = Headers::new();
        for (name, value) in answer.headers() {
            headers.push(name.as_str(), Bytes::copy_from_slice(value.as_bytes()));
        }
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        let mut truncated = false;
        while let Some(chunk) = answer.chunk().await.map_err(failure)? {
            let room = settings.body_bytes_max - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                truncated = true;
                break;
            }
        }
        Ok(Response { status, headers, body: Bytes::from(body), truncated })
    }
}

fn failure(error: reqwest::Error) -> SendError {
    // The URL may hold a key.
    let error = error.without_url();
    if error.is_connect() { SendError::Connect(chain(&error)) } else { SendError::Broken(chain(&error)) }
}

/// An error with its causes, which is where the facts are.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_rewritten_is_not_taken() {
        let sender = Sender::new(&ClientSettings::default()).unwrap();
        let base = BaseUrl::parse("https://h/v1").unwrap();
        let takes = |method: &str, target: &str, header: (&str, &[u8])| {
            let mut request = Request { method: method.into(), target: target.into(), ..Request::default() };
            request.headers.push(header.0, header.1.to_vec());
            sender.prepare(&base, &request).is_some()
        };
        assert!(takes("GET", "/a%2Fb?x=%20", ("a", b"\xff")));
        for target in ["/a/../b", "/%2e%2e/b", "/a\\b", "/{x}", "/a\"b", "/a b", "/a#b", "/ü", "*"] {
            assert!(!takes("GET", target, ("a", b"b")), "{target}");
        }
        assert!(!takes("G T", "/", ("a", b"b")));
        assert!(
            !takes("GET", "/", ("a b", b"b"))
                && !takes("GET", "/", ("a", b"\0"))
                && !takes("GET", "/", ("Host", b"x"))
        );
    }
}
