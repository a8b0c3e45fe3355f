//! The mock behind HTTP, as a library has it. What names actix is in the files below `server/`.

mod bind;
mod exchange;
mod mishap;
mod patience;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::base::limits::FLUSH_SECONDS_MAX;
use crate::contract::Contract;
use crate::mock::journal::{Entry, Filter};
use crate::mock::reload::Recipe;
use crate::mock::site::Site;
use crate::mock::tls::TlsFiles;
use crate::mock::transport::ServerSettings;
use crate::mock::watch::Watch;
use crate::mock::{Mock, MockError, MockSettings, Times, Unmet};

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
    server: ServerSettings,
    recipe: Option<Recipe>,
    mounted: Vec<(Arc<Mock>, Option<Recipe>)>,
}

#[derive(Debug)]
enum Source {
    File(PathBuf),
    Contract(Arc<Contract>),
    Mock(Arc<Mock>),
}

impl MockServer {
    fn of(source: Source, settings: MockSettings) -> Self {
        Self { source, settings, server: ServerSettings::default(), recipe: None, mounted: Vec::new() }
    }

    /// A mock of the contract in a file, on a free port of this machine.
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::of(Source::File(path.into()), MockSettings::default())
    }

    /// A mock of a contract.
    #[must_use]
    pub fn from_contract(contract: Arc<Contract>, settings: MockSettings) -> Self {
        Self::of(Source::Contract(contract), settings)
    }

    /// A server for a mock that is there already.
    #[must_use]
    pub fn from_mock(mock: Arc<Mock>) -> Self {
        let settings = mock.settings.clone();
        Self::of(Source::Mock(mock), settings)
    }

    /// The same with these settings.
    #[must_use]
    pub fn with_settings(mut self, settings: MockSettings) -> Self {
        self.settings = settings;
        self
    }

    /// The same with these settings of the server around it.
    #[must_use]
    pub fn with_server(mut self, server: ServerSettings) -> Self {
        self.server = server;
        self
    }

    /// The same over HTTPS: HTTP/1.1 and HTTP/2, with the certificate and the private key in these PEM files.
    #[must_use]
    pub fn with_tls(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.server.tls = Some(TlsFiles { cert: cert.into(), key: key.into() });
        self
    }

    /// The same with what the mock is made from, so that it can be made again while it runs.
    #[must_use]
    pub fn with_recipe(mut self, recipe: Recipe) -> Self {
        self.recipe = Some(recipe);
        self
    }

    /// The same with another mock beside it, under the prefix of that mock's settings, and what it is made from.
    #[must_use]
    pub fn with_mount(mut self, mock: Arc<Mock>, recipe: Option<Recipe>) -> Self {
        self.mounted.push((mock, recipe));
        self
    }

    /// Starts it. The mock stops when what is returned is dropped.
    ///
    /// # Errors
    /// [`MockError`]: the contract, the fixtures, the certificate or the address can't be used.
    pub async fn start(self) -> Result<RunningMock, MockError> {
        let (mock, recipe) = match self.source {
            Source::Mock(mock) => (mock, self.recipe),
            Source::Contract(contract) => {
                (Arc::new(Mock::new(contract, self.settings.clone())?), self.recipe)
            }
            Source::File(path) => {
                let recipe = Recipe::of_file(path, self.settings.clone());
                (Arc::new(recipe.make()?), Some(recipe))
            }
        };
        let site = Arc::new(Site::new((mock, recipe), self.mounted, &self.server)?);
        let watch =
            self.server.watch.then(|| Watch::start(&site, self.server.listener.clone())).transpose()?;
        let bound = bind::serve(&site, &self.settings, &self.server)?;
        Ok(RunningMock { site, bound, _watch: watch })
    }
}

/// A mock that runs. It stops when it is dropped.
#[derive(Debug)]
pub struct RunningMock {
    site: Arc<Site>,
    bound: bind::Bound,
    _watch: Option<Watch>,
}

impl RunningMock {
    /// Its base URL, without a slash at the end: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.bound.scheme, self.bound.address)
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.bound.address
    }

    /// The mock itself: its state, faults and journal.
    #[must_use]
    pub fn mock(&self) -> Arc<Mock> {
        self.site.root()
    }

    /// All mocks that this server serves.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// The requests that came and that the filter takes, oldest first.
    #[must_use]
    pub fn requests(&self, filter: &Filter) -> Vec<Entry> {
        self.mock().requests(filter)
    }

    /// Checks how many requests came that the filter takes: `1`, `1..`, `..=3`, `1..=3`.
    ///
    /// # Errors
    /// [`Unmet`]: what came instead, for people.
    pub fn verify(&self, filter: &Filter, times: impl Into<Times>) -> Result<(), Unmet> {
        self.mock().verify(filter, times)
    }

    /// Stops it, letting requests under way finish.
    pub async fn stop(self) {
        self.bound.stop().await;
        // Dropping does the rest.
    }
}

impl Drop for RunningMock {
    fn drop(&mut self) {
        self.site.observers.flush(Duration::from_secs(FLUSH_SECONDS_MAX));
    }
}
