//! The flags of `mock` that are about the server around the mock: encryption, limits.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::ValueEnum;
use jiff::Timestamp;

use crate::base::plain::Shown;
use crate::cli::{CliError, Printer};
use crate::document::{LoadOptions, SpecSource};
use crate::mock::control::settings::{check_host, check_origin, check_path};
use crate::mock::fault::{FaultKind, FaultRule};
use crate::mock::fixtures::Fixtures;
use crate::mock::{ControlSettings, MockSettings, Token};
use crate::serve::listener::{Gravity, Listener};
use crate::serve::log::{self, LogFormat, LogLevel, LogSettings};
use crate::serve::recipe::Recipe;
use crate::serve::settings::ServerSettings;
use crate::serve::site::check_prefix;
use crate::serve::tls::TlsFiles;
use crate::wire::authority;

/// How the mock is served.
#[derive(Clone, Debug, clap::Args)]
pub struct ServingArgs {
    /// Serve HTTPS (HTTP/1.1 and HTTP/2) with this certificate: a PEM file, the chain below it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, requires = "tls_key", help_heading = "Server")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key: a PEM file, not encrypted
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, requires = "tls_cert", help_heading = "Server")]
    tls_key: Option<PathBuf>,
    /// Speak HTTP/1.1 alone over TLS
    #[arg(long, requires = "tls_cert", help_heading = "Server")]
    no_http2: bool,
    /// How many connections are served at once; further ones wait
    #[arg(long, value_name = "N", default_value_t = crate::base::limits::CONNECTIONS_MAX, value_parser = positive, help_heading = "Server")]
    max_connections: usize,
    /// Where the control API lives, or `off`
    #[arg(long, value_name = "off|PATH", default_value = "/__counterpart", value_parser = control, help_heading = "Control")]
    control: ControlPath,
    /// What each request to the control API must bring, as `Authorization: Bearer T` or `X-Counterpart-Token: T`. Where
    /// other machines can reach the mock, one is made up and printed unless it is given
    #[arg(long, value_name = "T", value_parser = token, help_heading = "Control")]
    control_token: Option<Token>,
    /// Ask the control API under this host too; without it, under those of this machine and the one of --host. May be
    /// given several times
    #[arg(long, value_name = "H", value_parser = check_host, help_heading = "Control")]
    allow_host: Vec<String>,
    /// Let pages of this origin use the control API, such as http://localhost:3000 for tests in a browser. May be given
    /// several times
    #[arg(long, value_name = "ORIGIN", value_parser = check_origin, help_heading = "Control")]
    control_origin: Vec<String>,
    /// Read contract and fixtures again when they change on disk; state, journal, clock and faults are kept
    #[arg(long, help_heading = "Server")]
    watch: bool,
    /// Serve another contract under a prefix, with state and a control API of its own (/PREFIX/__counterpart/); SPEC
    /// stays at the root. May be given several times
    #[arg(long, value_name = "/PREFIX=SPEC", value_parser = mount, help_heading = "Server")]
    mount: Vec<Mount>,
    /// The initial state of a mounted contract: a JSON or YAML file, or a folder of them
    #[arg(long, value_name = "/PREFIX=PATH", value_parser = fixtures, help_heading = "Server")]
    mount_fixtures: Vec<(String, PathBuf)>,
    /// Write every request and its answer to a file, secrets masked: HAR where FILE ends in .har, else a JSON object a
    /// line. A file that is there is replaced
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Log")]
    record: Option<PathBuf>,
    /// Log answered requests on standard error: those with an error of the server (error), of the client as well
    /// (warn), all (info), the control API's too (debug)
    #[arg(long, value_name = "LEVEL", value_enum, help_heading = "Log")]
    log: Option<Level>,
    /// How log lines are written; json alone logs like --log info
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Log")]
    log_format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// Where the control API lives; `None`: nowhere.
#[derive(Clone, Debug)]
struct ControlPath(Option<String>);

fn control(text: &str) -> Result<ControlPath, String> {
    if text == "off" { Ok(ControlPath(None)) } else { check_path(text).map(|path| ControlPath(Some(path))) }
}

fn token(text: &str) -> Result<Token, String> {
    Token::new(text)
}

/// A contract under a prefix.
#[derive(Clone, Debug)]
pub struct Mount {
    /// `/orders`.
    pub prefix: String,
    /// Where the contract comes from.
    pub source: SpecSource,
}

fn mount(text: &str) -> Result<Mount, String> {
    let (prefix, spec) =
        text.split_once('=').ok_or("a mount is written /PREFIX=SPEC, such as /orders=orders.yaml")?;
    check_prefix(prefix)?;
    match SpecSource::parse(spec) {
        SpecSource::Stdin => Err("only SPEC itself can come from standard input".to_owned()),
        SpecSource::Path(path) if path.as_os_str().is_empty() => {
            Err(format!("no contract is named for `{prefix}`"))
        }
        source => Ok(Mount { prefix: prefix.to_owned(), source }),
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("none at all would serve nobody".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err(format!("`{text}` is no whole number")),
    }
}

fn fixtures(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((prefix, path)) if !path.is_empty() => Ok((prefix.to_owned(), PathBuf::from(path))),
        _ => Err("this is written /PREFIX=PATH, such as /orders=orders-fixtures.yaml".to_owned()),
    }
}

impl ServingArgs {
    /// The settings of the server.
    #[must_use]
    pub fn settings(&self, printer: Printer) -> ServerSettings {
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Some(TlsFiles { cert: cert.clone(), key: key.clone() }),
            _ => None,
        };
        let format = match self.log_format {
            Format::Text => LogFormat::Text,
            Format::Json => LogFormat::Json,
        };
        let listener = Listener::new(move |gravity, text| {
            // Escaped there, as text or as JSON.
            let text = Shown::document(log::message(format, Timestamp::now(), gravity, text));
            match gravity {
                Gravity::Note => printer.note(text),
                Gravity::Error => printer.error(text),
            }
        });
        // Whoever asks for a log gets it, quiet or not.
        let lines = Listener::new(move |_, text| printer.error(Shown::document(text.to_owned())));
        ServerSettings {
            tls,
            http2: !self.no_http2,
            connections_max: self.max_connections,
            watch: self.watch,
            listener,
            record: self.record.clone(),
            log: self.level().map(|level| LogSettings { level, format, listener: lines }),
            ..ServerSettings::default()
        }
    }

    /// The settings of the control API of a mock that listens on this host.
    #[must_use]
    pub fn control(&self, host: &str) -> ControlSettings {
        let settings = ControlSettings {
            path: self.control.0.clone(),
            token: self.control_token.clone(),
            hosts: self.allow_host.clone(),
            origins: self.control_origin.clone(),
        };
        settings.secured(host)
    }

    /// What is told of the control API where other machines can reach the mock: that they can, and the token that was
    /// made up.
    #[must_use]
    pub fn exposure(&self, host: &str, control: &ControlSettings) -> Option<String> {
        if authority::is_loopback(host) {
            return None;
        }
        let reached = format!("warning: other machines can reach this mock ({host})");
        Some(match &control.token {
            Some(token) if self.control_token.is_none() => format!(
                "{reached}; its control API asks for the token {} (--control-token chooses one, --control off switches \
                 it off)",
                token.text()
            ),
            Some(_) => format!("{reached}; its control API asks for the token that was given"),
            None => format!("{reached}; its control API is off"),
        })
    }

    fn level(&self) -> Option<LogLevel> {
        match self.log {
            None => (self.log_format == Format::Json).then_some(LogLevel::Info),
            Some(Level::Off) => None,
            Some(Level::Error) => Some(LogLevel::Error),
            Some(Level::Warn) => Some(LogLevel::Warn),
            Some(Level::Info) => Some(LogLevel::Info),
            Some(Level::Debug) => Some(LogLevel::Debug),
        }
    }

    /// The contracts under prefixes, each to be served with these settings.
    ///
    /// # Errors
    /// [`CliError::Usage`]: fixtures for a prefix that nothing is mounted under.
    pub fn mounts(&self, options: &LoadOptions, settings: &MockSettings) -> Result<Vec<Recipe>, CliError> {
        let mounted = |prefix: &str| self.mount.iter().any(|mount| mount.prefix == prefix);
        if let Some((prefix, _)) = self.mount_fixtures.iter().find(|(prefix, _)| !mounted(prefix)) {
            let all: Vec<&str> = self.mount.iter().map(|mount| mount.prefix.as_str()).collect();
            return Err(CliError::usage_hint(
                format!("--mount-fixtures names `{prefix}`, and nothing is mounted there"),
                if all.is_empty() {
                    "add --mount".to_owned()
                } else {
                    format!("mounted are: {}", all.join(", "))
                },
            ));
        }
        let recipe = |mount: &Mount| Recipe {
            source: mount.source.clone(),
            options: options.clone(),
            fixtures: self
                .mount_fixtures
                .iter()
                .find(|(p, _)| *p == mount.prefix)
                .map(|(_, path)| path.clone()),
            declared: Fixtures::default(),
            settings: MockSettings {
                prefix: mount.prefix.clone(),
                state: settings.state.mounted(&mount.prefix),
                fixtures: Fixtures::default(),
                // A fault that another contract's resources declare means nothing here.
                faults: settings.faults.iter().filter(|rule| !is_declared(rule)).cloned().collect(),
                ..settings.clone()
            },
            since: SystemTime::now(),
        };
        Ok(self.mount.iter().map(recipe).collect())
    }
}

fn is_declared(rule: &FaultRule) -> bool {
    matches!(rule.kind, FaultKind::Declared(_))
}
