//! The mock behind HTTP, as a library has it. What names actix is in the files below `http/`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::base::Seed;
use crate::base::limits::FLUSH_SECONDS_MAX;
use crate::contract::Contract;
use crate::document::SpecSource;
use crate::mock::callback::{HostRule, Outgoing};
use crate::mock::expectation::{Expectation, ExpectationError, Held};
use crate::mock::fault::FaultRule;
use crate::mock::fixtures::Fixtures;
use crate::mock::journal::{Entry, Filter};
use crate::mock::{Mock, MockSettings, Times, Unmet};
use crate::serve::ServeError;
use crate::serve::callbacks::work;
use crate::serve::http::bind;
use crate::serve::recipe::Recipe;
use crate::serve::settings::ServerSettings;
use crate::serve::site::Site;
use crate::serve::tls::TlsFiles;
use crate::serve::watch::Watch;

/// A mock that is about to be started.
///
/// ```no_run
/// # async fn example() -> Result<(), counterpart::ServeError> {
/// use counterpart::MockServer;
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
    Text(String),
    Embedded,
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

    /// A mock of the contract that this text is (YAML or JSON), on a free port of this machine.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self::of(Source::Text(text.into()), MockSettings::default())
    }

    /// A mock of the embedded contract, with its fixtures.
    #[must_use]
    pub fn embedded() -> Self {
        Self::of(Source::Embedded, MockSettings::default())
    }

    /// A mock of a contract.
    #[must_use]
    pub fn from_contract(contract: Arc<Contract>, settings: MockSettings) -> Self {
        Self::of(Source::Contract(contract), settings)
    }

    /// A server for a mock that is there already.
    #[must_use]
    pub fn from_mock(mock: Arc<Mock>) -> Self {
        let settings = mock.settings().clone();
        Self::of(Source::Mock(mock), settings)
    }

    /// The same with these settings.
    #[must_use]
    pub fn with_settings(mut self, settings: MockSettings) -> Self {
        self.settings = settings;
        self
    }

    /// The same with its settings changed: `.configure(|settings| settings.auth = false)`.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut MockSettings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The same with another seed: everything generated is a pure function of contract, seed, request and state.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.configure(|settings| settings.seed = Seed(seed))
    }

    /// The same on this port; without it, a free one.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        self.configure(|settings| settings.port = port)
    }

    /// The same with this initial state.
    #[must_use]
    pub fn fixtures(self, fixtures: Fixtures) -> Self {
        self.configure(|settings| settings.fixtures = fixtures)
    }

    /// The same with one more fault.
    #[must_use]
    pub fn fault(self, rule: FaultRule) -> Self {
        self.configure(|settings| settings.faults.push(rule))
    }

    /// The same with callbacks and webhooks sent by `sender` to these hosts (`localhost`, `127.0.0.1:9000`).
    #[must_use]
    pub fn callbacks(self, sender: Arc<dyn Outgoing>, hosts: impl IntoIterator<Item = HostRule>) -> Self {
        self.configure(|settings| {
            settings.callbacks.sender = Some(sender);
            settings.callbacks.hosts.extend(hosts);
        })
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
    /// [`ServeError`]: the contract, the fixtures, the certificate or the address can't be used.
    pub async fn start(mut self) -> Result<RunningMock, ServeError> {
        self.settings.control = std::mem::take(&mut self.settings.control).secured(&self.settings.host);
        let (mock, recipe) = match self.source {
            Source::Mock(mock) => (mock, self.recipe),
            Source::Text(text) => {
                let contract = Contract::from_text("contract", &text);
                let contract = contract.map_err(|error| ServeError::Contract(error.render(false)))?;
                (Arc::new(Mock::new(contract, self.settings.clone())?), self.recipe)
            }
            Source::Embedded => {
                let mut recipe = Recipe::of_file(PathBuf::new(), self.settings.clone());
                recipe.source = SpecSource::Embedded;
                if recipe.declared.entities.is_empty() {
                    recipe.declared = Fixtures::embedded()?;
                }
                (Arc::new(recipe.make()?), Some(recipe))
            }
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
        let mut sending = Vec::new();
        for slot in site.slots() {
            sending
                .extend(slot.mock().outbox().open().map(|queue| tokio::spawn(work(Arc::clone(slot), queue))));
        }
        let stop_timeout = self.server.stop_timeout;
        Ok(RunningMock { site, bound, stop_timeout, _watch: watch, sending, alive: None, keeper: None })
    }
}

/// A mock that runs. It stops when it is dropped.
#[derive(Debug)]
pub struct RunningMock {
    site: Arc<Site>,
    pub(super) bound: bind::Bound,
    /// How long requests under way may take when it stops.
    stop_timeout: Duration,
    _watch: Option<Watch>,
    /// What sends callbacks, for each mock.
    sending: Vec<JoinHandle<()>>,
    /// Its end tells the thread of a blocking start.
    pub(super) alive: Option<oneshot::Sender<()>>,
    /// That thread.
    pub(super) keeper: Option<std::thread::JoinHandle<()>>,
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

    /// The token that requests to the control API must bring, where there is one: beyond this machine, one is made up.
    #[must_use]
    pub fn control_token(&self) -> Option<String> {
        self.mock().settings().control.token.as_ref().map(|token| token.text().to_owned())
    }

    /// The page for people, with the token behind `#`, which no browser sends anywhere; `None` where there is no page.
    #[must_use]
    pub fn page_url(&self) -> Option<String> {
        let mock = self.mock();
        let control = &mock.settings().control;
        let path = control.path.as_ref().filter(|_| mock.settings().page.is_some())?;
        let token = control.token.as_ref().map_or(String::new(), |token| format!("#token={}", token.text()));
        Some(format!("{}{path}/ui{token}", self.url()))
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

    /// For this request answer that.
    ///
    /// # Errors
    /// [`ExpectationError`]: it is none, or its answer breaks the contract and is not forced.
    pub fn expect(&self, expectation: Expectation) -> Result<Arc<Held>, ExpectationError> {
        self.mock().expect(expectation)
    }

    /// Checks that all expectations answered as often as they should.
    ///
    /// # Errors
    /// [`Unmet`] with those that did not.
    pub fn verify_expectations(&self) -> Result<(), Unmet> {
        self.mock().verify_expectations()
    }

    /// Stops it, letting requests under way finish, as long as its settings say and whatever runs.
    pub async fn stop(self) {
        // A thread that is busy for longer does not answer: it is not waited for.
        let _ = tokio::time::timeout(self.stop_timeout, self.bound.stop()).await;
        // Dropping does the rest.
    }
}

impl Drop for RunningMock {
    fn drop(&mut self) {
        for sending in &self.sending {
            sending.abort();
        }
        if let Some(keeper) = self.keeper.take() {
            self.bound.tell_to_stop();
            drop(self.alive.take());
            // A thread that broke off has stopped as well.
            let _ = keeper.join();
        }
        self.site.observers.flush(Duration::from_secs(FLUSH_SECONDS_MAX));
    }
}
