//! The target of a run: a URL with what is sent along, or a mock of the contract in this process.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::base::limits::{IDS_BYTES_MAX, RESPONSE_BODIES_BYTES_MAX, RESPONSE_BODY_BYTES_MAX};
use crate::base::secret::Secret;
use crate::base::{Seed, files};
use crate::cli::CliError;
use crate::client::{Client, ClientSettings};
use crate::contract::Contract;
use crate::document::SpecSource;
use crate::exercise::known::{crowded, known};
use crate::generate::case::KnownId;
use crate::mock::fixtures::Fixtures;
use crate::mock::{Mock, MockSettings};
use crate::serve::{MockServer, RunningMock};

/// What names a target and what every request to it carries.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct TargetArgs {
    /// The base URL of the target; without it, a mock of the contract is started in this process
    #[arg(long, value_name = "URL", help_heading = "Target")]
    pub url: Option<String>,
    /// A header for every request: 'Name: value'
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header, help_heading = "Target")]
    pub header: Vec<(String, Secret)>,
    /// The credential of a security scheme of the contract: SCHEME=VALUE
    #[arg(long, value_name = "SCHEME=VALUE", value_parser = credential, help_heading = "Target")]
    pub auth: Vec<(String, Secret)>,
    /// Ids that may be used, and destroyed, as a path parameter: PARAM=V1,V2 or PARAM=@FILE with one on each line
    #[arg(long, value_name = "PARAM=V1,V2|@FILE", value_parser = ids, help_heading = "Target")]
    pub ids: Vec<Ids>,
    /// How long one request may take: 10s, 500ms
    #[arg(long, value_name = "D", default_value = "10s", value_parser = some_time, help_heading = "Target")]
    pub timeout: Duration,
    /// Accept any certificate
    #[arg(long, help_heading = "Target")]
    pub insecure: bool,
}

/// Ids of one path parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    /// The path parameter.
    pub parameter: String,
    /// The ids.
    pub values: Vec<String>,
}

/// A target that requests can be sent to. The mock inside, if there is one, stops when this is dropped.
#[derive(Debug)]
pub struct Target {
    /// Sends to it.
    pub client: Client,
    /// Its base URL.
    pub url: String,
    /// The ids that may be used, and destroyed.
    pub known: Vec<KnownId>,
    /// The mock in this process.
    pub mock: Option<RunningMock>,
}

impl TargetArgs {
    /// The target, ready to be sent to; a mock of `contract` is started when no URL is given.
    ///
    /// # Errors
    /// [`CliError::Usage`] for a bad URL, or fixtures that do not fit the contract.
    pub async fn open(
        &self,
        contract: &Arc<Contract>,
        source: &SpecSource,
        seed: Seed,
    ) -> Result<Target, CliError> {
        self.open_crowded(contract, source, seed, 0, 1).await
    }

    /// The same, with `copies` more of each living entity of the fixtures in the mock, for so many requests at once.
    ///
    /// # Errors
    /// As [`TargetArgs::open`].
    pub async fn open_crowded(
        &self,
        contract: &Arc<Contract>,
        source: &SpecSource,
        seed: Seed,
        copies: usize,
        workers: usize,
    ) -> Result<Target, CliError> {
        let mut known_ids = self.known();
        let (url, mock) = match &self.url {
            Some(url) => (url.clone(), None),
            None => {
                let running = start(contract, source, seed, copies).await?;
                known_ids.extend(known(&running.mock()));
                (running.url(), Some(running))
            }
        };
        let settings = ClientSettings {
            timeout: self.timeout,
            insecure: self.insecure,
            body_bytes_max: RESPONSE_BODY_BYTES_MAX.min(RESPONSE_BODIES_BYTES_MAX / workers.max(1)),
            ..ClientSettings::default()
        };
        let client = Client::new(&url, settings).map_err(|error| {
            CliError::usage_hint(error.to_string(), "--url takes the base URL: http://HOST[:PORT][/PATH]")
        })?;
        let url = client.base().to_string();
        Ok(Target { client, url, known: known_ids, mock })
    }

    /// The ids that were given.
    fn known(&self) -> Vec<KnownId> {
        let of = |ids: &Ids| -> Vec<KnownId> {
            let one = |value: &String| KnownId {
                parameter: ids.parameter.clone(),
                value: value.clone(),
                with: Vec::new(),
                live: true,
            };
            ids.values.iter().map(one).collect()
        };
        self.ids.iter().flat_map(of).collect()
    }

    /// The credentials by security scheme.
    #[must_use]
    pub fn credentials(&self) -> BTreeMap<String, Secret> {
        self.auth.iter().cloned().collect()
    }

    /// Complains of `--auth` for schemes that the contract does not have, and `--ids` for parameters it does not have.
    ///
    /// # Errors
    /// [`CliError::Usage`] with the names that there are.
    pub fn check(&self, contract: &Contract) -> Result<(), CliError> {
        let schemes = contract.security_schemes();
        for (name, _) in &self.auth {
            if !schemes.contains_key(name) {
                let there: Vec<&str> = schemes.keys().map(String::as_str).collect();
                let hint = format!("security schemes of the contract: {}", list(&there));
                return Err(CliError::usage_hint(
                    format!("`{name}` is no security scheme of the contract"),
                    hint,
                ));
            }
        }
        let mut parameters: Vec<&str> =
            contract.heads().iter().flat_map(|head| placeholders(&head.path)).collect();
        parameters.sort_unstable();
        parameters.dedup();
        for ids in &self.ids {
            if !parameters.contains(&ids.parameter.as_str()) {
                let hint = format!("path parameters of the contract: {}", list(&parameters));
                return Err(CliError::usage_hint(
                    format!("there is no path parameter `{}`", ids.parameter),
                    hint,
                ));
            }
        }
        Ok(())
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The names between the braces of a path template.
fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

async fn start(
    contract: &Arc<Contract>,
    source: &SpecSource,
    seed: Seed,
    copies: usize,
) -> Result<RunningMock, CliError> {
    let usage = |message: String| CliError::usage(message);
    let fixtures = match source {
        SpecSource::Embedded => Fixtures::embedded().map_err(|error| usage(error.to_string()))?,
        _ => Fixtures::default(),
    };
    let settings = MockSettings { seed, fixtures, ..MockSettings::default() };
    let build = |settings| Mock::new(Arc::clone(contract), settings);
    let plain = build(settings.clone()).map_err(|error| usage(error.to_string()))?;
    let fixtures = crowded(&settings.fixtures, &plain, copies);
    // Copies whose ids break the contract are done without.
    let mock =
        if copies == 0 { plain } else { build(MockSettings { fixtures, ..settings }).unwrap_or(plain) };
    MockServer::from_mock(Arc::new(mock)).start().await.map_err(|error| usage(error.to_string()))
}

fn header(text: &str) -> Result<(String, Secret), String> {
    let (name, value) = text.split_once(':').ok_or("write it as 'Name: value'")?;
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(format!("`{name}` is no name of a header"));
    }
    Ok((name.to_owned(), Secret::new(value.trim())))
}

/// A duration that is not zero.
fn some_time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() { Err("it must be longer than nothing".to_owned()) } else { Ok(time) }
}

fn credential(text: &str) -> Result<(String, Secret), String> {
    let (scheme, value) = text.split_once('=').ok_or("write it as SCHEME=VALUE")?;
    Ok((scheme.to_owned(), Secret::new(value)))
}

fn ids(text: &str) -> Result<Ids, String> {
    let (parameter, values) = text.split_once('=').ok_or("write it as PARAM=V1,V2 or PARAM=@FILE")?;
    let values: Vec<String> = match values.strip_prefix('@') {
        Some(file) => {
            let text = files::read_text(Path::new(file), IDS_BYTES_MAX)
                .map_err(|error| format!("{file}: {error}"))?;
            text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
        }
        None => values.split(',').filter(|value| !value.is_empty()).map(str::to_owned).collect(),
    };
    if parameter.is_empty() || values.is_empty() {
        return Err("there are no ids in it".to_owned());
    }
    Ok(Ids { parameter: parameter.to_owned(), values })
}

/// Reads `10s`, `500ms`, `2m`; a plain number is in seconds.
///
/// # Errors
/// What is wrong with it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| format!("`{text}` is no duration such as 10s"))?;
    let seconds = match &text[digits..] {
        "" | "s" => number,
        "ms" => number / 1000.0,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        unit => return Err(format!("`{unit}` is no unit of time; use ms, s, m or h")),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(Duration::ZERO) => Err("it must be longer than nothing".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => Err(format!("`{text}` is too long")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused_with_a_reason() {
        assert_eq!(
            header("X-A: b: c").map(|(n, v)| (n, v.expose().to_owned())),
            Ok(("X-A".into(), "b: c".into()))
        );
        assert!(header("X A: b").is_err() && header("x").is_err() && header(": x").is_err());
        assert_eq!(ids("a=1,2,"), Ok(Ids { parameter: "a".into(), values: vec!["1".into(), "2".into()] }));
        for bad in ["a", "a=", "=1", "a=@/nowhere/at/all"] {
            assert!(ids(bad).is_err(), "{bad}");
        }
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("20ms"), Ok(Duration::from_millis(20)));
        assert!(
            duration("0s").is_err()
                && duration("x").is_err()
                && duration("1d").is_err()
                && duration("-1s").is_err()
        );
    }

    #[test]
    fn ids_come_from_files_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ids.txt");
        std::fs::write(&file, "a b\n\n c \n").unwrap();
        let got = ids(&format!("id=@{}", file.display())).unwrap();
        assert_eq!(got.values, ["a b", "c"]);
    }
}
