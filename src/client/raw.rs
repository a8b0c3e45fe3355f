//! HTTP/1.1 over plain sockets: what is to be sent goes out unchanged (RFC 9112).

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::pool::{Connection, Pool};
use crate::client::reading::{self, Failure};
use crate::client::{BaseUrl, ClientSettings};
use crate::wire::{Request, Response, SendError};

/// Sends over its own pool of connections.
pub(super) struct Sender {
    base: BaseUrl,
    pool: Pool,
}

impl Sender {
    pub(super) fn new(base: BaseUrl) -> Self {
        Self { base, pool: Pool::default() }
    }

    /// Sends a request. On a kept connection that the other side closed in the meantime, before a byte of the answer,
    /// it is sent once more on a new one if its method is idempotent (RFC 9112 §9.3.1): the server gave it up unread.
    pub(super) async fn send(
        &self,
        request: &Request,
        settings: &ClientSettings,
    ) -> Result<Response, SendError> {
        let mut connection = match self.pool.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.output.clear();
        write(&mut connection.output, request, &self.base, &settings.user_agent)?;
        loop {
            let used = connection.used;
            // A server may answer and close before it has read everything: what it said counts, not the failed write.
            let written = connection.stream.write_all(&connection.output).await;
            let answer = reading::response(&mut connection, &request.method, settings.body_bytes_max).await;
            match answer {
                Ok((response, keep)) => {
                    connection.used = true;
                    if keep && written.is_ok() {
                        self.pool.give(connection);
                    }
                    return Ok(response);
                }
                Err(Failure::Closed) if used && is_idempotent(&request.method) => {
                    let output = std::mem::take(&mut connection.output);
                    connection = self.connect().await?;
                    connection.output = output;
                }
                Err(Failure::Closed) => {
                    return Err(SendError::Broken("the connection was closed without an answer".to_owned()));
                }
                Err(Failure::Broken(reason)) => return Err(SendError::Broken(reason)),
            }
        }
    }

    async fn connect(&self) -> Result<Connection, SendError> {
        let stream = TcpStream::connect((self.base.host(), self.base.port()))
            .await
            .map_err(|error| SendError::Connect(format!("{}: {error}", self.base.authority())))?;
        // Small requests must not wait for more to come.
        stream.set_nodelay(true).map_err(|error| SendError::Connect(error.to_string()))?;
        Ok(Connection::new(stream))
    }
}

fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
}

/// Writes the request. Line ends inside a line would be another request: they are the only thing refused.
fn write(out: &mut Vec<u8>, request: &Request, base: &BaseUrl, user_agent: &str) -> Result<(), SendError> {
    let breaks = |bytes: &[u8]| bytes.iter().any(|b| matches!(b, b'\r' | b'\n'));
    let refuse = |what: &str| Err(SendError::Unsendable(format!("{what} has a line end in it")));
    if breaks(request.method.as_bytes()) {
        return refuse("the method");
    }
    if breaks(request.target.as_bytes()) {
        return refuse("the target");
    }
    out.extend_from_slice(request.method.as_bytes());
    out.push(b' ');
    // `*` and absolute forms have no path that a prefix could be put in front of (RFC 9112 §3.2).
    if request.target.starts_with('/') || request.target.starts_with('?') || request.target.is_empty() {
        out.extend_from_slice(base.prefix().as_bytes());
    }
    if base.prefix().is_empty()
        && !request.target.starts_with('/')
        && (request.target.is_empty() || request.target.starts_with('?'))
    {
        out.push(b'/');
    }
    out.extend_from_slice(request.target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    let mut field = |name: &str, value: &[u8]| {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    };
    if request.headers.get("host").is_none() {
        field("Host", base.authority().as_bytes());
    }
    if !user_agent.is_empty() && request.headers.get("user-agent").is_none() {
        field("User-Agent", user_agent.as_bytes());
    }
    let framed =
        ["content-length", "transfer-encoding"].iter().any(|name| request.headers.get(name).is_some());
    let length = request.body.as_ref().map(|body| body.len());
    // RFC 9110 §8.6: methods that anticipate content say that there is none.
    let length = length.or_else(|| matches!(request.method.as_str(), "POST" | "PUT" | "PATCH").then_some(0));
    if let Some(length) = length.filter(|_| !framed) {
        field("Content-Length", length.to_string().as_bytes());
    }
    for (name, value) in request.headers.iter() {
        if breaks(name.as_bytes()) || breaks(value) {
            return refuse("a header");
        }
        field(name, value);
    }
    out.extend_from_slice(b"\r\n");
    if let Some(body) = &request.body {
        out.extend_from_slice(body);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(request: &Request, base: &str) -> Result<String, SendError> {
        let mut out = Vec::new();
        write(&mut out, request, &BaseUrl::parse(base).unwrap(), "")?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn nothing_is_rewritten() {
        let mut request = Request {
            method: "FOO".into(),
            target: "/a/../%2e%2e\\'\"{x}?q=[ü".into(),
            ..Request::default()
        };
        request.headers.push("X-Odd", "1");
        request.headers.push("x-odd", vec![0xff]);
        let got = written(&request, "http://h:1/v1/").unwrap();
        assert_eq!(
            got,
            "FOO /v1/a/../%2e%2e\\'\"{x}?q=[ü HTTP/1.1\r\nHost: h:1\r\nX-Odd: 1\r\nx-odd: \u{fffd}\r\n\r\n"
        );
    }

    #[test]
    fn lengths_are_said_where_they_are_expected() {
        let length = |method: &str, body: Option<&'static str>| {
            let request = Request {
                method: method.into(),
                target: "/".into(),
                body: body.map(Into::into),
                ..Request::default()
            };
            written(&request, "http://h").unwrap().contains("Content-Length: ")
        };
        assert!(length("POST", None) && length("DELETE", Some("")) && length("GET", Some("x")));
        assert!(!length("DELETE", None) && !length("GET", None));
    }

    #[test]
    fn a_line_end_is_no_second_request() {
        let mut request =
            Request { method: "GET".into(), target: "/ HTTP/1.1\r\nX: y".into(), ..Request::default() };
        assert!(matches!(written(&request, "http://h"), Err(SendError::Unsendable(_))));
        request.target = "/".into();
        request.headers.push("a", "b\nc: d");
        assert!(matches!(written(&request, "http://h"), Err(SendError::Unsendable(_))));
    }

    #[test]
    fn forms_without_a_path_keep_their_form() {
        for (target, base, want) in [
            ("*", "http://h/v1", "*"),
            ("", "http://h", "/"),
            ("?a", "http://h", "/?a"),
            ("?a", "http://h/v", "/v?a"),
        ] {
            let request = Request { method: "OPTIONS".into(), target: target.into(), ..Request::default() };
            assert!(
                written(&request, base).unwrap().starts_with(&format!("OPTIONS {want} HTTP")),
                "{target}"
            );
        }
    }
}
