//! The contract as the other rooms see it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::base::Pointer;
use crate::contract::build::{self, Inherited};
use crate::contract::model::{Info, Operation, OperationHead, OperationIndex, SecurityScheme, Server};
use crate::contract::open::{self, Opened};
use crate::contract::reported::Reported;
use crate::contract::schemas::ContractSchemas;
use crate::contract::site::Site;
use crate::contract::version::walk::Walker;
use crate::contract::version::{Version, official};
use crate::document::{
    Diagnostic, FileId, Files, LoadError, LoadOptions, Location, Place, SchemaSource, SpecSource,
};

/// An API contract of any version.
///
/// Opening one reads its text and finds its operations; everything else is done on first use.
pub struct Contract {
    files: Arc<Files>,
    version: Version,
    info: Info,
    inherited: Inherited,
    sites: Vec<Site>,
    heads: Vec<OperationHead>,
    operations: Vec<OnceLock<Arc<Operation>>>,
    webhook_sites: Vec<Site>,
    webhooks: OnceLock<Vec<Arc<Operation>>>,
    schemes: IndexMap<String, SecurityScheme>,
    extensions: Map<String, Value>,
    reported: Reported,
}

impl std::fmt::Debug for Contract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contract")
            .field("info", &self.info)
            .field("operations", &self.heads.len())
            .finish_non_exhaustive()
    }
}

impl Contract {
    /// Opens the contract that `source` names.
    ///
    /// # Errors
    /// [`LoadError`] when it can't be read, has no tree, or lacks what nothing can be done without.
    pub fn load(source: &SpecSource, options: &LoadOptions) -> Result<Arc<Self>, LoadError> {
        let opened = match source {
            SpecSource::Embedded => open::text(open::EMBEDDED_NAME, open::EMBEDDED, None, options),
            other => open::source(other, options),
        }?;
        Ok(Arc::new(Self::from_opened(opened)))
    }

    /// Opens a contract from its text; `name` is shown in messages. It can't refer to files.
    ///
    /// # Errors
    /// As [`Contract::load`].
    pub fn from_text(name: &str, text: &str) -> Result<Arc<Self>, LoadError> {
        let opened = open::text(name, text, None, &LoadOptions::default())?;
        Ok(Arc::new(Self::from_opened(opened)))
    }

    /// As [`Contract::from_text`], from bytes in any encoding that YAML allows.
    ///
    /// # Errors
    /// As [`Contract::load`].
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Arc<Self>, LoadError> {
        let opened = open::bytes(name, bytes.to_vec(), None, &LoadOptions::default())?;
        Ok(Arc::new(Self::from_opened(opened)))
    }

    fn from_opened(opened: Opened) -> Self {
        let reported = Reported::default();
        reported.add(opened.diagnostics);
        let heads: Vec<OperationHead> = opened.sites.iter().map(|site| site.head.clone()).collect();
        Self {
            operations: heads.iter().map(|_| OnceLock::new()).collect(),
            heads,
            files: Arc::new(opened.files),
            version: opened.version,
            info: opened.info,
            inherited: opened.inherited,
            sites: opened.sites,
            webhook_sites: opened.webhooks,
            webhooks: OnceLock::new(),
            schemes: opened.schemes,
            extensions: opened.extensions,
            reported,
        }
    }

    /// Title, version and the like.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// The contract's servers; at least one.
    #[must_use]
    pub fn servers(&self) -> &[Server] {
        &self.inherited.servers
    }

    /// The servers that an operation or its path item names for itself; empty where the contract's are in force.
    #[must_use]
    pub fn own_servers(&self, index: OperationIndex) -> Vec<Server> {
        let Some(site) = self.sites.get(index.0 as usize) else { return Vec::new() };
        let named = |at: &Location| self.files.with(at, |value| value.get("servers").is_some()) == Some(true);
        // Only operations that need it are built: the largest contracts have thousands.
        if !named(&site.head.location) && !site.item.iter().any(named) {
            return Vec::new();
        }
        self.operation(index).servers.to_vec()
    }

    /// All operations in the contract's order.
    #[must_use]
    pub fn heads(&self) -> &[OperationHead] {
        &self.heads
    }

    /// An operation, built on first use. Defects are repaired and become diagnostics.
    ///
    /// An index that is not of this contract gets an operation without anything in it.
    #[must_use]
    pub fn operation(&self, index: OperationIndex) -> Arc<Operation> {
        let n = index.0 as usize;
        match (self.operations.get(n), self.sites.get(n)) {
            (Some(cell), Some(site)) => Arc::clone(cell.get_or_init(|| Arc::new(self.build(site)))),
            _ => Arc::new(Operation::nothing(index)),
        }
    }

    fn build(&self, site: &Site) -> Operation {
        let mut walker = Walker::new(&self.files, self.version);
        let operation = build::operation(&mut walker, site, &self.inherited, 0);
        self.reported.add(walker.diagnostics);
        operation
    }

    /// The webhooks (3.1 and later): requests that the server sends. `head.path` is the webhook's name.
    #[must_use]
    pub fn webhooks(&self) -> Vec<Arc<Operation>> {
        self.webhooks
            .get_or_init(|| self.webhook_sites.iter().map(|site| Arc::new(self.build(site))).collect())
            .clone()
    }

    /// The security schemes by name.
    #[must_use]
    pub fn security_schemes(&self) -> &IndexMap<String, SecurityScheme> {
        &self.schemes
    }

    /// The contract's own `x-…` members.
    #[must_use]
    pub fn extensions(&self) -> &Map<String, Value> {
        &self.extensions
    }

    /// What was found wrong so far; more comes as operations and schemas are first used.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        self.reported.all()
    }

    /// File, line and column of what stands at `at`, or of its nearest ancestor that there is.
    #[must_use]
    pub fn place(&self, at: &Location) -> Place {
        self.files.place(at)
    }

    /// What stands at `at` in the tree as written.
    #[must_use]
    pub fn raw(&self, at: &Location) -> Option<Value> {
        self.files.value(at)
    }

    /// The source line at `at`.
    #[must_use]
    pub fn source_line(&self, at: &Location) -> Option<String> {
        self.files.source_line(at)
    }

    /// The contract's files, for rendering diagnostics and for watching.
    #[must_use]
    pub fn files(&self) -> &Arc<Files> {
        &self.files
    }

    /// Paths of the files on disk that the contract consists of, as far as they are loaded.
    #[must_use]
    pub fn paths_on_disk(&self) -> Vec<PathBuf> {
        self.files.paths()
    }

    /// Where the named schemas stand (`components.schemas`, `definitions`).
    #[must_use]
    pub fn named_schemas(&self) -> Vec<Location> {
        let at = Location::new(FileId(0), Pointer::from_tokens(self.version.schemas()));
        let names = self
            .files
            .with(&at, |value| value.as_object().map(|map| map.keys().map(|name| at.join(name)).collect()));
        names.flatten().unwrap_or_default()
    }

    /// What the version of the specification is called.
    #[must_use]
    pub fn version_name(&self) -> &'static str {
        self.version.name()
    }

    /// The JSON Schema of the structure of contracts of this version, as published, and what it refers to, by URI.
    #[must_use]
    pub fn structure(&self) -> Vec<(String, Value)> {
        official::schemas(self.version)
    }

    /// The door for the schema room.
    #[must_use]
    pub fn schema_source(self: &Arc<Self>) -> Arc<dyn SchemaSource> {
        Arc::new(ContractSchemas::new(Arc::clone(&self.files), self.version, self.reported.clone()))
    }
}
