//! Opening a contract: its version, what stands at its top, where its operations are.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::contract::build::{self, Inherited};
use crate::contract::model::{Info, SecurityScheme};
use crate::contract::site::{self, Site};
use crate::contract::version::server::default_server;
use crate::contract::version::walk::{self, Walker, type_name};
use crate::contract::version::{Version, VersionError, v2, v3};
use crate::document::{Diagnostic, Files, LoadError, LoadOptions, Severity, SpecSource, load};

/// The contract that is built in.
pub const EMBEDDED: &str = include_str!("../../spec/seed.yaml");

/// What its file is called in messages.
pub const EMBEDDED_NAME: &str = "<embedded>/seed.yaml";

/// What is known of a contract once it is open.
pub(crate) struct Opened {
    /// Its files.
    pub(crate) files: Files,
    /// Its version.
    pub(crate) version: Version,
    /// Title and the like.
    pub(crate) info: Info,
    /// What operations inherit.
    pub(crate) inherited: Inherited,
    /// Its operations.
    pub(crate) sites: Vec<Site>,
    /// Its webhooks.
    pub(crate) webhooks: Vec<Site>,
    /// Its security schemes.
    pub(crate) schemes: IndexMap<String, SecurityScheme>,
    /// Its extensions.
    pub(crate) extensions: Map<String, Value>,
    /// What was found wrong.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Opens a text.
///
/// # Errors
/// [`LoadError`].
pub(crate) fn text(
    name: &str,
    text: &str,
    folder: Option<PathBuf>,
    options: &LoadOptions,
) -> Result<Opened, LoadError> {
    bytes(name, text.as_bytes().to_vec(), folder, options)
}

/// Opens the bytes of a text.
///
/// # Errors
/// [`LoadError`].
pub(crate) fn bytes(
    name: &str,
    bytes: Vec<u8>,
    folder: Option<PathBuf>,
    options: &LoadOptions,
) -> Result<Opened, LoadError> {
    open(load::bytes(name, bytes, folder, options)?)
}

/// Opens what a user pointed at.
///
/// # Errors
/// [`LoadError`].
pub(crate) fn source(source: &SpecSource, options: &LoadOptions) -> Result<Opened, LoadError> {
    open(load::source(source, options)?)
}

fn open(files: Files) -> Result<Opened, LoadError> {
    match read(&files) {
        Ok(mut opened) => {
            opened.files = files;
            Ok(opened)
        }
        Err(diagnostics) => Err(LoadError { files: Arc::new(files), diagnostics }),
    }
}

fn read(files: &Files) -> Result<Opened, Vec<Diagnostic>> {
    let at = walk::root();
    let Some(file) = files.file(at.file) else { return Err(Vec::new()) };
    let refuse = |diagnostic: Diagnostic| Err(vec![diagnostic]);
    let Value::Object(root) = &file.root else {
        let message = format!("a contract is an object, this document is {}", type_name(&file.root));
        let html = file.text.trim_start().starts_with('<');
        let hint = if html {
            "this looks like a web page: is the address right, is a login needed?"
        } else {
            "it starts with `openapi: 3.1.0` or the like"
        };
        return refuse(Diagnostic::error("not-a-contract", at, message).with_hint(hint));
    };
    let (version, text) = match Version::detect(&file.root) {
        Ok(found) => found,
        Err(error) => return refuse(version_diagnostic(&error, root)),
    };
    let mut walker = Walker::new(files, version);
    walker.diagnostics.extend(file.faults.iter().map(|fault| fault.clone().into_diagnostic(at.file)));
    let info = info(&mut walker, root, text);
    dialect(&mut walker, root);
    let sites = paths(&mut walker, root, version)?;
    let webhooks = match root.get("webhooks") {
        Some(Value::Object(map)) if version >= Version::V31 => {
            site::all(&mut walker, map, &at.join("webhooks"), 0)
        }
        _ => Vec::new(),
    };
    let servers = match version {
        Version::V2 => Some(v2::servers(&mut walker, root, &at)),
        _ => walker.servers(root, &at),
    };
    let schemes = schemes(&mut walker, root, version);
    let security = build::requirements(&mut walker, root, &at);
    let inherited = Inherited {
        servers: Arc::new(servers.unwrap_or_else(|| vec![default_server(&at)])),
        security: Arc::new(security),
    };
    let extensions =
        root.iter().filter(|(k, _)| k.starts_with("x-")).map(|(k, v)| (k.clone(), v.clone())).collect();
    let diagnostics = walker.diagnostics;
    let files = Files::new(LoadOptions::default(), None);
    Ok(Opened { files, version, info, inherited, sites, webhooks, schemes, extensions, diagnostics })
}

fn version_diagnostic(error: &VersionError, root: &Map<String, Value>) -> Diagnostic {
    let at = walk::root();
    match error {
        VersionError::Missing => {
            let keys: Vec<&str> = root.keys().map(String::as_str).collect();
            let near = crate::document::files::nearest("openapi", &keys);
            let hint = match near {
                Some(near) => format!("did you mean `openapi` by `{near}`?"),
                None => "add `openapi: 3.1.0` at the top".to_owned(),
            };
            Diagnostic::error("version", at, "neither `openapi` nor `swagger` says which version this is")
                .with_hint(hint)
        }
        VersionError::Unreadable(key) => {
            Diagnostic::error("version", at.join(key), format!("`{key}` must be a string such as \"3.1.0\""))
        }
        VersionError::Unknown(key, text) => {
            let hint = match *key {
                "swagger" if text.starts_with('3') => {
                    format!("since 3.0 the member is called `openapi`: `openapi: {text}`")
                }
                _ => "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 can".to_owned(),
            };
            Diagnostic::error("version", at.join(key), format!("version `{text}` can't be read"))
                .with_hint(hint)
        }
        VersionError::Other(what) => {
            Diagnostic::error("version", at, format!("this is {what}, no API contract"))
        }
    }
}

/// Schemas are read as 2020-12, whose keywords the dialects of 3.1 and 3.2 share.
fn dialect(walker: &mut Walker<'_>, root: &Map<String, Value>) {
    let known = ["https://spec.openapis.org/oas/3.", "https://json-schema.org/draft/2020-12/schema"];
    if let Some(Value::String(dialect)) = root.get("jsonSchemaDialect")
        && !known.iter().any(|start| dialect.starts_with(start))
    {
        let at = walk::root().join("jsonSchemaDialect");
        let message = format!("schemas are read as JSON Schema 2020-12, not as `{dialect}`");
        walker.warn("dialect", &at, message).hint =
            Some("what older drafts write otherwise is translated where it can be told".to_owned());
    }
}

fn info(walker: &mut Walker<'_>, root: &Map<String, Value>, openapi: String) -> Info {
    let at = walk::root().join("info");
    let empty = Map::new();
    let map = match root.get("info") {
        Some(value) => walker.object(value, &at, "info").unwrap_or(&empty),
        None => {
            walker.error("missing-member", &walk::root(), "the contract has no `info`");
            &empty
        }
    };
    Info {
        title: walker.text(map, "title", &at).unwrap_or_default(),
        version: walker.text(map, "version", &at).unwrap_or_default(),
        description: walker.text(map, "description", &at),
        openapi,
    }
}

/// The operations below `paths`.
fn paths(
    walker: &mut Walker<'_>,
    root: &Map<String, Value>,
    version: Version,
) -> Result<Vec<Site>, Vec<Diagnostic>> {
    let at = walk::root().join("paths");
    match root.get("paths") {
        Some(Value::Object(map)) => {
            for key in map.keys().filter(|key| !key.starts_with('/') && !key.starts_with("x-")) {
                let diagnostic = walker.error(
                    "path-slash",
                    &at.join(key),
                    format!("the path `{key}` must start with `/`"),
                );
                diagnostic.at_key = true;
                diagnostic.hint = Some(format!("write `/{key}`"));
            }
            Ok(site::all(walker, map, &at, 0))
        }
        Some(Value::Null) => Ok(Vec::new()),
        None if version >= Version::V31 => {
            if !root.contains_key("webhooks") && !root.contains_key("components") {
                walker.error(
                    "missing-member",
                    &walk::root(),
                    "one of `paths`, `components` and `webhooks` must be there",
                );
            }
            Ok(Vec::new())
        }
        None => {
            walker.error("missing-member", &walk::root(), "the contract has no `paths`");
            Ok(Vec::new())
        }
        Some(other) => {
            let message = format!("`paths` must be an object, found {}", type_name(other));
            let mut all = std::mem::take(&mut walker.diagnostics);
            all.retain(|d| d.severity == Severity::Error);
            all.push(
                Diagnostic::error("wrong-type", at, message)
                    .with_hint("its keys are the paths: `/pets/{petId}: …`"),
            );
            Err(all)
        }
    }
}

fn schemes(
    walker: &mut Walker<'_>,
    root: &Map<String, Value>,
    version: Version,
) -> IndexMap<String, SecurityScheme> {
    let at = walk::root();
    let (map, key, at) = match version {
        Version::V2 => (Some(root), "securityDefinitions", at),
        _ => (root.get("components").and_then(Value::as_object), "securitySchemes", at.join("components")),
    };
    let Some(map) = map else { return IndexMap::new() };
    let members = walker.members(map, key, &at);
    let mut out = IndexMap::new();
    for (name, _, at) in members {
        let read = match version {
            Version::V2 => v2::security_scheme(walker, name, &at),
            _ => v3::security_scheme(walker, name, &at),
        };
        if let Some(scheme) = read {
            out.insert(name.to_owned(), scheme);
        }
    }
    out
}
