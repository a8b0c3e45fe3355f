//! The mock behind HTTP: the only file that names actix. It turns actix's messages into [`crate::wire`]'s and back, waits
//! where an answer is delayed, and breaks what a fault breaks.
//!
//! Out of its reach, because actix answers before any handler runs: malformed request lines and headers (400), headers
//! that are too many or too long (431).

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Extensions, ServerHandle};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Version};
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, body::SizedStream, web};
use bytes::Bytes;
use futures_util::stream;

use crate::contract::Contract;
use crate::document::{LoadOptions, SpecSource};
use crate::mock::journal::{Entry, Filter};
use crate::mock::{Answer, Mishap, Mock, MockError, MockSettings};
use crate::wire::{Headers, Request};

/// How long an idle connection stays open.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// In how many pieces a slow body is sent, and how long each waits.
const SLOW_PIECES: usize = 10;
const SLOW_PAUSE: Duration = Duration::from_millis(100);

/// A mock that is about to be started.
///
/// ```no_run
/// # async fn example() -> Result<(), counterpart::mock::MockError> {
/// use counterpart::mock::MockServer;
///
/// let mock = MockServer::from_file("openapi.yaml").start().await?;
/// // … point the client under test at `mock.url()` …
/// assert_eq!(mock.requests(&Default::default()).len(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MockServer {
    source: Source,
    settings: MockSettings,
}

#[derive(Debug)]
enum Source {
    File(PathBuf),
    Contract(Arc<Contract>),
    Mock(Arc<Mock>),
}

impl MockServer {
    /// A mock of the contract in a file, on a free port of this machine.
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self { source: Source::File(path.into()), settings: MockSettings::default() }
    }

    /// A mock of a contract.
    #[must_use]
    pub fn from_contract(contract: Arc<Contract>, settings: MockSettings) -> Self {
        Self { source: Source::Contract(contract), settings }
    }

    /// A server for a mock that is there already.
    #[must_use]
    pub fn from_mock(mock: Arc<Mock>) -> Self {
        let settings = mock.settings.clone();
        Self { source: Source::Mock(mock), settings }
    }

    /// The same with these settings.
    #[must_use]
    pub fn with_settings(mut self, settings: MockSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Starts it. The mock stops when what is returned is dropped.
    ///
    /// # Errors
    /// [`MockError`]: the contract, the fixtures or the address can't be used.
    pub async fn start(self) -> Result<RunningMock, MockError> {
        let mock = match self.source {
            Source::Mock(mock) => mock,
            Source::Contract(contract) => Arc::new(Mock::new(contract, self.settings.clone())?),
            Source::File(path) => {
                let contract = Contract::load(&SpecSource::Path(path), &LoadOptions::default())
                    .map_err(|error| MockError::Contract(error.render(false)))?;
                Arc::new(Mock::new(contract, self.settings.clone())?)
            }
        };
        serve(mock, &self.settings)
    }
}

/// A mock that runs. It stops when it is dropped.
#[derive(Debug)]
pub struct RunningMock {
    mock: Arc<Mock>,
    address: SocketAddr,
    handle: ServerHandle,
}

impl RunningMock {
    /// Its base URL, without a slash at the end: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mock itself: its state, faults and journal.
    #[must_use]
    pub fn mock(&self) -> &Arc<Mock> {
        &self.mock
    }

    /// The requests that came and that the filter takes, oldest first.
    #[must_use]
    pub fn requests(&self, filter: &Filter) -> Vec<Entry> {
        self.mock.journal().list(filter)
    }

    /// Checks how many requests came that the filter takes.
    ///
    /// # Errors
    /// What came instead, for people.
    pub fn verify(&self, filter: &Filter, times: usize) -> Result<(), String> {
        let found = self.mock.journal().count(filter);
        if found == times {
            return Ok(());
        }
        let all = self.mock.journal().list(&Filter::default());
        let lines: Vec<String> = all
            .iter()
            .map(|e| format!("  {} {} -> {}", e.request.method, e.request.target, e.status))
            .collect();
        Err(format!("{times} such requests were expected, {found} came; all requests:\n{}", lines.join("\n")))
    }

    /// Stops it, letting requests under way finish.
    pub async fn stop(self) {
        self.handle.stop(true).await;
    }
}

impl Drop for RunningMock {
    fn drop(&mut self) {
        // The command is sent at once; whether it is awaited changes nothing.
        drop(self.handle.stop(false));
    }
}

/// Binds and starts the server on the runtime that runs now.
fn serve(mock: Arc<Mock>, settings: &MockSettings) -> Result<RunningMock, MockError> {
    let wanted = format!("{}:{}", bracketed(&settings.host), settings.port);
    let failed =
        |error: &std::io::Error| MockError::Listen { address: wanted.clone(), reason: error.to_string() };
    let listener = TcpListener::bind(&wanted).map_err(|e| failed(&e))?;
    let address = listener.local_addr().map_err(|e| failed(&e))?;
    let shared = web::Data::from(Arc::clone(&mock));
    let mut server =
        HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(handle)))
            .on_connect(remember_socket)
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_TIMEOUT)
            .shutdown_timeout(2)
            .disable_signals();
    if let Some(workers) = settings.workers {
        server = server.workers(workers.max(1));
    }
    let server = server.listen(listener).map_err(|e| failed(&e))?.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(RunningMock { mock, address, handle })
}

/// An IPv6 address needs brackets before a port.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

/// A second handle of a connection's socket, by which it can be shut.
struct Socket(std::net::TcpStream);

#[cfg(unix)]
fn remember_socket(io: &dyn std::any::Any, extensions: &mut Extensions) {
    use std::os::fd::AsFd;
    if let Some(stream) = io.downcast_ref::<TcpStream>()
        && let Ok(owned) = stream.as_fd().try_clone_to_owned()
    {
        extensions.insert(Socket(std::net::TcpStream::from(owned)));
    }
}

#[cfg(windows)]
fn remember_socket(io: &dyn std::any::Any, extensions: &mut Extensions) {
    use std::os::windows::io::AsSocket;
    if let Some(stream) = io.downcast_ref::<TcpStream>()
        && let Ok(owned) = stream.as_socket().try_clone_to_owned()
    {
        extensions.insert(Socket(std::net::TcpStream::from(owned)));
    }
}

async fn handle(mock: web::Data<Mock>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let mut asked = asked(&request);
    let answer = match read(&request, payload, mock.settings.body_timeout).await {
        Ok(bytes) => {
            asked.body = (!bytes.is_empty()).then_some(bytes);
            mock.handle(asked)
        }
        Err((status, message)) => mock.refuse_body(asked, status, &message),
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    answered(&request, answer)
}

/// The body. A message of HTTP/1 without both length and transfer coding has none (RFC 9112 §6.3): what follows
/// CONNECT or an upgrade is not waited for.
async fn read(request: &HttpRequest, payload: web::Payload, limit: Duration) -> Result<Bytes, (u16, String)> {
    let framed = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
    let bare = !framed.iter().any(|name| request.headers().contains_key(name));
    if bare && request.version() < Version::HTTP_2 {
        return Ok(Bytes::new());
    }
    match tokio::time::timeout(limit, payload.to_bytes_limited(Mock::body_bytes_max())).await {
        Err(_) => Err((408, "The body did not come in time".to_owned())),
        Ok(Err(_)) => Err((413, "The body is too long".to_owned())),
        Ok(Ok(Err(error))) => Err((400, format!("The body can't be read: {error}"))),
        Ok(Ok(Ok(bytes))) => Ok(bytes),
    }
}

/// The request as the engine knows it.
fn asked(request: &HttpRequest) -> Request {
    let uri = request.uri();
    let target = uri.path_and_query().map_or_else(|| uri.path().to_owned(), |pq| pq.as_str().to_owned());
    let fields = request.headers();
    let mut headers = Headers(Vec::with_capacity(fields.len()));
    for (name, value) in fields {
        headers.push(name.as_str(), Bytes::copy_from_slice(value.as_bytes()));
    }
    Request { method: request.method().as_str().to_owned(), target, headers, body: None }
}

/// The answer as actix sends it, with its mishap.
fn answered(request: &HttpRequest, answer: Answer) -> HttpResponse {
    let response = answer.response;
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    let mut length = response.body.len();
    for (name, value) in response.headers.0 {
        if name.eq_ignore_ascii_case("content-length") {
            // The engine's word where there is no body to measure: the answer to HEAD.
            length = std::str::from_utf8(&value).ok().and_then(|v| v.parse().ok()).unwrap_or(length);
            continue;
        }
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_maybe_shared(value))
        {
            builder.append_header((name, value));
        }
    }
    let body = response.body;
    if request.method() == actix_web::http::Method::HEAD {
        return builder
            .body(SizedStream::new(length as u64, stream::empty::<Result<Bytes, std::io::Error>>()));
    }
    match answer.mishap {
        Mishap::None => builder.body(body),
        Mishap::Slow => builder.body(SizedStream::new(body.len() as u64, slowly(body))),
        Mishap::Truncate if body.len() > 1 => {
            builder.body(SizedStream::new(body.len() as u64, cut(body.slice(..body.len() / 2))))
        }
        Mishap::Truncate | Mishap::Reset => {
            if let Some(Socket(socket)) = request.conn_data::<Socket>() {
                // Shut already: then the connection is as broken as it should be.
                let _ = socket.shutdown(std::net::Shutdown::Both);
            }
            builder.finish()
        }
    }
}

/// The beginning of a body, then a broken connection.
fn cut(half: Bytes) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
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
fn slowly(body: Bytes) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
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
