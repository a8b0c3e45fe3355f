//! All who are told of answered requests: the record and the log, as far as the settings name them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::serve::ServeError;
use crate::serve::outlet::{Came, Outlet, Seen};
use crate::serve::record::Recorder;
use crate::serve::settings::ServerSettings;

/// All who are told of answered requests.
#[derive(Debug, Default)]
pub(super) struct Observers {
    outlets: Vec<Outlet>,
    scheme: &'static str,
}

impl Observers {
    /// Those that the settings name.
    ///
    /// # Errors
    /// [`ServeError::Record`]: the file can't be made.
    pub(super) fn new(settings: &ServerSettings) -> Result<Self, ServeError> {
        let mut outlets = Vec::new();
        if let Some(path) = &settings.record {
            let recorder = Recorder::new(path, settings.listener.clone()).map_err(|error| {
                ServeError::Record { path: path.display().to_string(), reason: error.to_string() }
            })?;
            outlets.push(Outlet::new(recorder));
        }
        outlets.extend(settings.log.clone().map(Outlet::new));
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        Ok(Self { outlets, scheme })
    }

    /// When a request came that they are to be told of; `None` where there is nobody to tell.
    pub(super) fn came(&self, version: &'static str) -> Option<Came> {
        (!self.outlets.is_empty()).then(|| Came { at: Timestamp::now(), since: Instant::now(), version })
    }

    /// `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Tells of a request that was answered.
    pub(super) fn tell(&self, seen: Seen) {
        let seen = Arc::new(seen);
        for outlet in &self.outlets {
            outlet.send(&seen);
        }
    }

    /// Waits until all have done what they were told, at most so long each.
    pub(super) fn flush(&self, deadline: Duration) {
        for outlet in &self.outlets {
            outlet.flush(deadline);
        }
    }
}
