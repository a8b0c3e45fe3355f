//! Binding an address and running actix on it, over TLS where that is wanted.
//!
//! Out of reach of the handler, because actix answers before: malformed request lines and headers (400), headers that
//! are too many or too long (431), heads that do not come in time (408).

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use tokio::task::{AbortHandle, JoinHandle};

use super::exchange::handle;
use super::mishap::remember;
use super::patience::Connections;
use crate::mock::site::Site;
use crate::mock::transport::ServerSettings;
use crate::mock::{MockError, MockSettings};

/// A server that runs; it stops when this is dropped.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) address: SocketAddr,
    pub(super) scheme: &'static str,
    /// The server itself, which goes on whether it is awaited or not.
    pub(super) server: Option<JoinHandle<std::io::Result<()>>>,
    handle: ServerHandle,
    /// The task that closes connections of clients that take too long.
    watch: AbortHandle,
}

impl Bound {
    /// Stops accepting, and waits for requests under way.
    pub(super) async fn stop(&self) {
        self.handle.stop(true).await;
    }
}

impl Bound {
    /// Tells the server to stop at once.
    pub(super) fn tell_to_stop(&self) {
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
/// [`MockError::Listen`] and [`MockError::Tls`].
pub(super) fn serve(
    site: &Arc<Site>,
    settings: &MockSettings,
    transport: &ServerSettings,
) -> Result<Bound, MockError> {
    let tls = transport.tls.as_ref().map(|files| files.server_config()).transpose()?;
    let wanted = format!("{}:{}", bracketed(&settings.host), settings.port);
    let failed =
        |error: &std::io::Error| MockError::Listen { address: wanted.clone(), reason: error.to_string() };
    let listener = TcpListener::bind(&wanted).map_err(|e| failed(&e))?;
    let address = listener.local_addr().map_err(|e| failed(&e))?;
    let shared = Arc::clone(site);
    // One more than the processors would gain nothing; actix counts connections by worker.
    let workers = settings.workers.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
    let workers = workers.unwrap_or(1).max(1);
    // Idle for a while, then a head: both may take their time, one after the other.
    let connections = Connections::new(transport.keep_alive + transport.head_timeout);
    let of_server = Arc::clone(&connections);
    let server =
        // Each worker counts its own references: else all of them would write to one place with each request.
        HttpServer::new(move || {
            App::new().app_data(web::Data::new(Arc::clone(&shared))).default_service(web::to(handle))
        })
            .on_connect(move |io, extensions| remember(&of_server, io, extensions))
            .workers(workers)
            .keep_alive(transport.keep_alive)
            .client_request_timeout(transport.head_timeout)
            .tls_handshake_timeout(transport.head_timeout)
            .max_connections(transport.connections_max.div_ceil(workers).max(1))
            .shutdown_timeout(transport.stop_timeout.as_secs())
            .disable_signals();
    let (server, scheme) = match tls {
        Some(config) => (server.listen_rustls_0_23(listener, config), "https"),
        None => (server.listen(listener), "http"),
    };
    let server = server.map_err(|e| failed(&e))?.run();
    let handle = server.handle();
    let server = Some(tokio::spawn(server));
    let watch = tokio::spawn(connections.watch()).abort_handle();
    Ok(Bound { address, scheme, server, handle, watch })
}

/// An IPv6 address needs brackets before a port.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}
