//! Starting on a thread of its own, for callers without an asynchronous runtime.

use std::sync::mpsc;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::serve::ServeError;
use crate::serve::server::{MockServer, RunningMock};

impl MockServer {
    /// Starts it on a thread of its own, for tests that are not asynchronous. It has stopped when what is returned is dropped.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), counterpart::ServeError> {
    /// use counterpart::MockServer;
    ///
    /// let mock = MockServer::from_file("openapi.yaml").start_blocking()?;
    /// // … point the client under test at `mock.url()` …
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`MockServer::start`]; [`ServeError::Runtime`] where there is no thread to be had.
    pub fn start_blocking(self) -> Result<RunningMock, ServeError> {
        let (tell, told) = mpsc::channel();
        let (alive, ended) = oneshot::channel::<()>();
        let run = move || {
            let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
            let outcome = match &runtime {
                Ok(runtime) => runtime.block_on(self.start()),
                Err(error) => Err(ServeError::Runtime(error.to_string())),
            };
            let outcome = outcome.map(|mut running| (running.bound.server.take(), running));
            let (server, outcome) = match outcome {
                Ok((server, running)) => (server, Ok(running)),
                Err(error) => (None, Err(error)),
            };
            // Who asked waits for it below.
            if tell.send(outcome).is_err() {
                return;
            }
            if let (Ok(runtime), Some(server)) = (runtime, server) {
                runtime.block_on(async {
                    // An error says that the mock was dropped: the server has been told to stop, and does so.
                    let _ = ended.await;
                    let _ = server.await;
                });
            }
        };
        let failed = |reason: String| ServeError::Runtime(reason);
        let thread = std::thread::Builder::new().name("counterpart-mock".to_owned());
        let keeper = thread.spawn(run).map_err(|error| failed(error.to_string()))?;
        let mut running = told.recv().map_err(|_| failed("its thread ended".to_owned()))??;
        (running.alive, running.keeper) = (Some(alive), Some(keeper));
        Ok(running)
    }
}
