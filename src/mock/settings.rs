//! What a mock can be told at its start.

use std::path::PathBuf;
use std::time::Duration;

use crate::base::Seed;
use crate::mock::callback::CallbackSettings;
use crate::mock::control::settings::ControlSettings;
use crate::mock::fault::FaultRule;
use crate::mock::latency::Latency;
use crate::mock::state::fixtures::Fixtures;
use crate::validate::Forms;

/// Whether the mock remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StateMode {
    /// Entities live in memory.
    #[default]
    Memory,
    /// Nothing is remembered: every valid request gets its documented success.
    None,
    /// Entities live in memory and in this file, which outlives the process.
    File(PathBuf),
}

impl StateMode {
    /// The same for a contract under a prefix, which has a file of its own: `state.db.users` for `/users`.
    #[must_use]
    pub fn mounted(&self, prefix: &str) -> Self {
        let Self::File(path) = self else { return self.clone() };
        let mut name = path.as_os_str().to_owned();
        name.push(prefix.replace('/', "."));
        Self::File(name.into())
    }
}

/// What an id never seen gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownId {
    /// An entity made for it.
    Create,
    /// The documented error.
    Reject,
}

/// In which dialect errors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorChoice {
    /// As the contract's error schemas show.
    #[default]
    Auto,
    /// Those of the framework or convention of this name (see [`crate::framework::ALL`]).
    Of(&'static str),
    /// The contract's error schemas, filled.
    Contract,
}

/// The page for people: files that the control API serves as they are.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The page, which names the others as `ui/page.js` and `ui/page.css`.
    pub html: &'static str,
    /// Its script.
    pub script: &'static str,
    /// Its style.
    pub style: &'static str,
}

/// The settings.
#[derive(Clone, Debug)]
pub struct MockSettings {
    /// The address to listen on.
    pub host: String,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The prefix that all its paths start with, such as `/orders`, where several mocks share a server; else empty.
    pub prefix: String,
    /// What generated things are derived from.
    pub seed: Seed,
    /// Whether the mock remembers.
    pub state: StateMode,
    /// What an id never seen gets; `None`: reject where fixtures of that resource are loaded, else create.
    pub unknown_id: Option<UnknownId>,
    /// In which dialect errors are written.
    pub errors: ErrorChoice,
    /// Statuses that the contract does not list may be used where they fit better than a listed one.
    pub undocumented_statuses: bool,
    /// Requests are checked against the contract.
    pub validate_requests: bool,
    /// Requests steer their answers by the query too: `?__code=404`.
    pub query_preferences: bool,
    /// A value may fit more than one alternative of a `oneOf`, and lack all of the properties of which one has to be
    /// there.
    pub unions: bool,
    /// How arrays and objects may be written in queries and forms.
    pub forms: Forms,
    /// Credentials are asked for.
    pub auth: bool,
    /// Cross-origin requests are helped.
    pub cors: bool,
    /// Answers are compressed for clients that want it.
    pub compression: bool,
    /// A delay for each answer.
    pub latency: Option<Latency>,
    /// Faults that are switched on from the start.
    pub faults: Vec<FaultRule>,
    /// How callbacks and webhooks are sent, and where to.
    pub callbacks: CallbackSettings,
    /// The initial entities and the declarations of resources.
    pub fixtures: Fixtures,
    /// Where the control API lives, and whom it serves.
    pub control: ControlSettings,
    /// How long a client may take to send a body; then it is answered 408.
    pub body_timeout: Duration,
    /// The page for people, under `/__counterpart/ui`.
    pub page: Option<Page>,
    /// How many worker threads the server has; `None`: one for each processor.
    pub workers: Option<usize>,
}

impl Default for MockSettings {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 0,
            prefix: String::new(),
            seed: Seed(0),
            state: StateMode::default(),
            unknown_id: None,
            errors: ErrorChoice::default(),
            undocumented_statuses: false,
            validate_requests: true,
            query_preferences: false,
            unions: false,
            forms: Forms::default(),
            auth: true,
            cors: true,
            compression: true,
            latency: None,
            faults: Vec::new(),
            callbacks: CallbackSettings::default(),
            fixtures: Fixtures::default(),
            control: ControlSettings::default(),
            body_timeout: Duration::from_secs(30),
            page: None,
            workers: None,
        }
    }
}
