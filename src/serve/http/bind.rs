//! Binding an address and running actix on it, over TLS where that is wanted.
//!
//! Out of reach of the handler, because actix answers before: malformed request lines and headers (400), headers that
//! are too many or too long (431), heads that do not come in time (408).

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use actix_http::body::BoxBody;
use actix_http::{HttpService, HttpServiceBuilder, KeepAlive, Request, Response, TlsAcceptorConfig};
use actix_server::{GracefulShutdownSignal, Server};
use actix_service::{fn_service, map_config};
use actix_web::dev::{AppConfig, ServerHandle};
use actix_web::{App, web};
use tokio::net::TcpSocket;
use tokio::task::{AbortHandle, JoinHandle};

use super::exchange::{Service, expected, handle};
use super::mishap::remember;
use super::patience::Connections;
use crate::base::limits::{BACKLOG_MAX, LINGER_SECONDS_MAX};
use crate::mock::MockSettings;
use crate::serve::ServeError;
use crate::serve::settings::ServerSettings;
use crate::serve::site::Site;

/// A server that runs; it stops when this is dropped.
#[derive(Debug)]
pub(in crate::serve) struct Bound {
    pub(in crate::serve) address: SocketAddr,
    pub(in crate::serve) scheme: &'static str,
    /// The server itself, which goes on whether it is awaited or not.
    pub(in crate::serve) server: Option<JoinHandle<std::io::Result<()>>>,
    handle: ServerHandle,
    /// The task that closes connections of clients that take too long.
    watch: AbortHandle,
}

impl Bound {
    /// Stops accepting, and waits for requests under way.
    pub(in crate::serve) async fn stop(&self) {
        self.handle.stop(true).await;
    }
}

impl Bound {
    /// Tells the server to stop at once.
    pub(in crate::serve) fn tell_to_stop(&self) {
        // The command is sent at once; whether it is awaited changes nothing.
        drop(self.handle.stop(false));
        self.watch.abort();
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        self.tell_to_stop();
    }
}

/// Binds and starts the server on the runtime that runs now.
///
/// # Errors
/// [`ServeError::Listen`] and [`ServeError::Tls`].
pub(in crate::serve) fn serve(
    site: &Arc<Site>,
    settings: &MockSettings,
    transport: &ServerSettings,
) -> Result<Bound, ServeError> {
    let tls = transport.tls.as_ref().map(|files| files.server_config()).transpose()?;
    let wanted = format!("{}:{}", bracketed(&settings.host), settings.port);
    let failed =
        |error: &std::io::Error| ServeError::Listen { address: wanted.clone(), reason: error.to_string() };
    let listener = listener(&wanted).map_err(|e| failed(&e))?;
    let address = listener.local_addr().map_err(|e| failed(&e))?;
    // One more than the processors would gain nothing; actix counts connections by worker.
    let workers = settings.workers.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
    let workers = workers.unwrap_or(1).max(1);
    // Idle for a while, then a head: both may take their time, one after the other.
    let connections = Connections::new(transport.keep_alive + transport.head_timeout);
    let server = Server::build()
        .workers(workers)
        .max_concurrent_connections(transport.connections_max.div_ceil(workers).max(1))
        .shutdown_timeout(transport.stop_timeout.as_secs())
        .disable_signals();
    let times = Times {
        keep_alive: transport.keep_alive,
        head: transport.head_timeout,
        stopping: server.graceful_shutdown_signal(),
    };
    let (service, of_server) = (Service::new(site), Arc::clone(&connections));
    // Each worker counts its own references: else all of them would write to one place with each request.
    macro_rules! http {
        ($versions:ident) => {{
            let (service, connections, times) = (Arc::clone(&service), Arc::clone(&of_server), times.clone());
            let data = web::Data::new(Arc::clone(&service));
            let app = App::new().app_data(data).default_service(web::to(handle));
            let expect = fn_service(move |request: Request| {
                let service = Arc::clone(&service);
                async move { expected(&service, &request).await.map(|()| request) }
            });
            times
                .set(HttpService::build())
                .on_connect_ext(move |io: &_, extensions: &mut _| remember(&connections, io, extensions))
                .expect(expect)
                .$versions(map_config(app, |()| AppConfig::default()))
        }};
    }
    let name = "counterpart";
    let (server, scheme) = match tls {
        Some(mut config) if !transport.http2 => {
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            (server.listen(name, listener, move || http!(h1).rustls_0_23(config.clone())), "https")
        }
        Some(config) => {
            let within = transport.head_timeout;
            let handshake = move || TlsAcceptorConfig::default().handshake_timeout(within);
            let served = move || http!(finish).rustls_0_23_with_config(config.clone(), handshake());
            (server.listen(name, listener, served), "https")
        }
        None => (server.listen(name, listener, move || http!(finish).tcp()), "http"),
    };
    let server = server.map_err(|e| failed(&e))?.run();
    let handle = server.handle();
    let server = Some(tokio::spawn(server));
    let watch = tokio::spawn(connections.watch()).abort_handle();
    Ok(Bound { address, scheme, server, handle, watch })
}

/// How long what may take.
#[derive(Clone)]
struct Times {
    keep_alive: Duration,
    head: Duration,
    /// Tells that the server stops.
    stopping: GracefulShutdownSignal,
}

impl Times {
    fn set<T, S>(&self, builder: HttpServiceBuilder<T, S>) -> HttpServiceBuilder<T, S>
    where
        S: actix_service::ServiceFactory<Request, Config = ()>,
        S::Error: Into<Response<BoxBody>> + 'static,
        S::InitError: std::fmt::Debug,
        <S::Service as actix_service::Service<Request>>::Future: 'static,
    {
        let stopping = self.stopping.clone();
        builder
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(self.keep_alive))
            .client_request_timeout(self.head)
            .client_disconnect_timeout(Duration::from_secs(LINGER_SECONDS_MAX))
    }
}

/// Listens on the first address that the host has and that can be had.
fn listener(wanted: &str) -> io::Result<TcpListener> {
    let mut last = io::Error::other("the host has no address");
    for address in wanted.to_socket_addrs()? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let listening = socket.and_then(|socket| {
            // A port whose last connections are still being closed is free; Windows means something else by it.
            socket.set_reuseaddr(cfg!(unix))?;
            socket.bind(address)?;
            socket.listen(BACKLOG_MAX)?.into_std()
        });
        match listening {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// An IPv6 address needs brackets before a port.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}
