//! Replay files: failing cases on disk, to be sent again. JSON, with a version.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::secret::{MASK, Secret, is_searchable};
use crate::base::{Pointer, files};
use crate::contract::ParameterPlace;
use crate::document::{FileId, Location};
use crate::generate::case::{Coordinates, Phase};
use crate::validate::intent::{Broken, Intent, Sent, Site, Subject, Tampering};
use crate::wire::{Headers, Request};

/// The version of the format that is written.
pub const VERSION: u32 = 1;

/// The largest replay file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Why a replay file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It is no replay file.
    #[error("{path}: no replay file: {reason}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is of a later version.
    #[error("{path}: of version {version}, this program reads up to {VERSION}")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
}

/// A failing case as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The contract as the user named it.
    pub spec: String,
    /// The seed of the run that found it.
    pub seed: u64,
    /// Where the case was found.
    pub at: Coordinates,
    /// The check that failed.
    pub check: String,
    /// The failure's cause.
    pub cause: String,
    /// The failure's sentence.
    pub message: String,
    /// The requests, in order.
    pub steps: Vec<StoredStep>,
}

/// One request of a kept case.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredStep {
    /// The step's part in a sequence; empty for a single request.
    pub role: String,
    /// How many at the same time.
    pub repeat: usize,
    /// What it was for.
    pub intent: Intent,
    /// What is special about it.
    pub label: String,
    /// Statuses that are fair.
    pub fair: Vec<u16>,
    /// The parameters sent.
    pub sent: Vec<Sent>,
    /// The path's parameters as written.
    pub path_values: Vec<(String, String)>,
    /// The request; a secret of the user is not in it, see [`Stored::write`].
    pub request: Request,
    /// The status that was answered.
    pub status: Option<u16>,
}

/// What stands in a replay file for a secret of the user.
pub(super) const SECRET: &str = "\u{0}secret";

#[derive(Serialize, Deserialize)]
struct FileRecord {
    version: u32,
    tool: String,
    spec: String,
    seed: u64,
    operation: String,
    phase: String,
    index: u64,
    check: String,
    cause: String,
    message: String,
    steps: Vec<StepRecord>,
}

#[derive(Serialize, Deserialize)]
struct StepRecord {
    role: String,
    repeat: usize,
    intent: IntentRecord,
    label: String,
    fair: Vec<u16>,
    parameters: Vec<(String, String, Option<String>)>,
    path: Vec<(String, String)>,
    method: String,
    target: String,
    headers: Vec<(String, TextRecord)>,
    body: Option<TextRecord>,
    status: Option<u16>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TextRecord {
    Text(String),
    Base64(String),
    /// A secret that was not written down; the user gives it again.
    Secret(bool),
}

#[derive(Serialize, Deserialize)]
struct IntentRecord {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    broken: Option<BrokenRecord>,
}

#[derive(Serialize, Deserialize)]
struct BrokenRecord {
    place: String,
    name: String,
    instance: String,
    keyword: String,
    file: u32,
    schema: String,
    before: Value,
    after: Value,
}

fn text_record(bytes: &[u8], secrets: &[Secret]) -> TextRecord {
    match std::str::from_utf8(bytes) {
        Ok(text) if secrets.iter().any(|s| is_searchable(s.expose()) && text.contains(s.expose())) => {
            TextRecord::Secret(true)
        }
        Ok(text) => TextRecord::Text(text.to_owned()),
        Err(_) => TextRecord::Base64(STANDARD.encode(bytes)),
    }
}

/// A header's value: a secret too short to be searched for is known by standing there alone, or behind a scheme.
fn header_record(value: &[u8], secrets: &[Secret]) -> TextRecord {
    let is = |secret: &Secret| {
        let (text, value) = (secret.expose(), String::from_utf8_lossy(value));
        !text.is_empty() && (value == text || value.rsplit_once(' ').is_some_and(|(_, rest)| rest == text))
    };
    if secrets.iter().any(is) { TextRecord::Secret(true) } else { text_record(value, secrets) }
}

/// The target without the secret; a short one is masked only where it is the whole value of a query member.
fn masked(target: String, secret: &Secret) -> String {
    let secret = secret.expose();
    if is_searchable(secret) {
        return target.replace(secret, MASK);
    }
    let Some((path, query)) = target.split_once('?').filter(|_| !secret.is_empty()) else { return target };
    let member = |member: &str| match member.split_once('=') {
        Some((name, value)) if value == secret => format!("{name}={MASK}"),
        _ => member.to_owned(),
    };
    format!("{path}?{}", query.split('&').map(member).collect::<Vec<_>>().join("&"))
}

fn bytes_of(record: TextRecord) -> Result<Vec<u8>, String> {
    match record {
        TextRecord::Text(text) => Ok(text.into_bytes()),
        TextRecord::Base64(text) => STANDARD.decode(text).map_err(|e| e.to_string()),
        TextRecord::Secret(_) => Ok(SECRET.as_bytes().to_vec()),
    }
}

const PLACES: [ParameterPlace; 5] = [
    ParameterPlace::Path,
    ParameterPlace::Query,
    ParameterPlace::QueryString,
    ParameterPlace::Header,
    ParameterPlace::Cookie,
];

fn place_of(word: &str) -> Option<ParameterPlace> {
    PLACES.into_iter().find(|place| place.as_str() == word)
}

const PLAIN_INTENTS: [(&str, Intent); 11] = [
    ("valid", Intent::Valid(Subject::None)),
    ("valid-unknown", Intent::Valid(Subject::Unknown)),
    ("valid-known", Intent::Valid(Subject::Known)),
    ("credentials-missing", Intent::Credentials(Tampering::Missing)),
    ("credentials-empty", Intent::Credentials(Tampering::Empty)),
    ("credentials-wrong", Intent::Credentials(Tampering::Wrong)),
    ("method", Intent::Method),
    ("path", Intent::Path),
    ("accept", Intent::Accept),
    ("media-type", Intent::MediaType),
    ("malformed", Intent::Malformed),
];

fn intent_record(intent: &Intent) -> IntentRecord {
    if let Intent::Broken(broken) = intent {
        let (place, name) = match &broken.site {
            Site::Parameter(place, name) => (place.as_str().to_owned(), name.clone()),
            Site::Body => ("body".to_owned(), String::new()),
        };
        let record = BrokenRecord {
            place,
            name,
            instance: broken.instance.as_str().to_owned(),
            keyword: broken.keyword.clone(),
            file: broken.schema.file.0,
            schema: broken.schema.pointer.as_str().to_owned(),
            before: broken.before.clone(),
            after: broken.after.clone(),
        };
        return IntentRecord { kind: "broken".to_owned(), broken: Some(record) };
    }
    let kind = PLAIN_INTENTS.iter().find(|(_, plain)| plain == intent).map_or("malformed", |(word, _)| word);
    IntentRecord { kind: kind.to_owned(), broken: None }
}

fn intent_of(record: IntentRecord) -> Result<Intent, String> {
    if let Some(broken) = record.broken {
        let site = match place_of(&broken.place) {
            Some(place) => Site::Parameter(place, broken.name),
            None => Site::Body,
        };
        let pointer = |text: &str| Pointer::parse(text).ok_or_else(|| format!("`{text}` is no pointer"));
        return Ok(Intent::Broken(Box::new(Broken {
            site,
            instance: pointer(&broken.instance)?,
            keyword: broken.keyword,
            schema: Location::new(FileId(broken.file), pointer(&broken.schema)?),
            before: broken.before,
            after: broken.after,
        })));
    }
    let found = PLAIN_INTENTS.into_iter().find(|(word, _)| *word == record.kind);
    found.map(|(_, intent)| intent).ok_or_else(|| format!("unknown intent `{}`", record.kind))
}

impl Stored {
    /// The file's text. Header values and bodies that carry one of the secrets are not written down; whoever sends the
    /// case again gives them again.
    #[must_use]
    pub fn write(&self, secrets: &[Secret]) -> String {
        let record = FileRecord {
            version: VERSION,
            tool: concat!("counterpart ", env!("CARGO_PKG_VERSION")).to_owned(),
            spec: self.spec.clone(),
            seed: self.seed,
            operation: self.at.operation.clone(),
            phase: self.at.phase.as_str().to_owned(),
            index: self.at.index,
            check: self.check.clone(),
            cause: self.cause.clone(),
            message: self.message.clone(),
            steps: self.steps.iter().map(|step| step_record(step, secrets)).collect(),
        };
        // Such a record always has a JSON text: no maps with keys that are not text.
        serde_json::to_string_pretty(&record).unwrap_or_default() + "\n"
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`StoreError`] when it is no replay file, or of a later version.
    pub fn read(path: &Path, text: &str) -> Result<Self, StoreError> {
        let format = |reason: String| StoreError::Format { path: path.to_owned(), reason };
        let value: Value = serde_json::from_str(text).map_err(|e| format(e.to_string()))?;
        let version =
            value.get("version").and_then(Value::as_u64).ok_or_else(|| format("no version".to_owned()))?;
        let version = u32::try_from(version).unwrap_or(u32::MAX);
        if version > VERSION {
            return Err(StoreError::Version { path: path.to_owned(), version });
        }
        let record: FileRecord = serde_json::from_value(value).map_err(|e| format(e.to_string()))?;
        let phase = Phase::by_name(&record.phase)
            .ok_or_else(|| format(format!("unknown phase `{}`", record.phase)))?;
        let steps: Result<Vec<StoredStep>, String> = record.steps.into_iter().map(step_of).collect();
        Ok(Self {
            spec: record.spec,
            seed: record.seed,
            at: Coordinates { operation: record.operation, phase, index: record.index },
            check: record.check,
            cause: record.cause,
            message: record.message,
            steps: steps.map_err(&format).and_then(|steps| {
                if steps.is_empty() { Err(format("there is no request in it".to_owned())) } else { Ok(steps) }
            })?,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`Stored::read`], and when the file can't be read.
    pub fn load(path: &Path) -> Result<Self, StoreError> {
        let text = files::read_text(path, FILE_BYTES_MAX)
            .map_err(|error| StoreError::File { path: path.to_owned(), error })?;
        Self::read(path, &text)
    }
}

impl StoredStep {
    /// The request with the secrets put in that were not written down: for each field, what `secret` gives by its name.
    #[must_use]
    pub fn request_with(&self, secret: impl Fn(&str) -> Option<String>) -> Request {
        let mut request = self.request.clone();
        for (name, value) in &mut request.headers.0 {
            if value.as_ref() == SECRET.as_bytes() {
                *value = secret(name).unwrap_or_default().into_bytes().into();
            }
        }
        request
    }
}

fn step_record(step: &StoredStep, secrets: &[Secret]) -> StepRecord {
    StepRecord {
        role: step.role.clone(),
        repeat: step.repeat,
        intent: intent_record(&step.intent),
        label: step.label.clone(),
        fair: step.fair.clone(),
        parameters: step
            .sent
            .iter()
            .map(|sent| (sent.place.as_str().to_owned(), sent.name.clone(), sent.text.clone()))
            .collect(),
        path: step.path_values.clone(),
        method: step.request.method.clone(),
        target: secrets.iter().fold(step.request.target.clone(), masked),
        headers: step
            .request
            .headers
            .iter()
            .map(|(name, value)| (name.to_owned(), header_record(value, secrets)))
            .collect(),
        body: step.request.body.as_ref().map(|body| text_record(body, secrets)),
        status: step.status,
    }
}

fn step_of(record: StepRecord) -> Result<StoredStep, String> {
    let mut headers = Headers::new();
    for (name, value) in record.headers {
        headers.push(name, bytes_of(value)?);
    }
    let sent = record.parameters.into_iter().map(|(place, name, text)| {
        Ok(Sent { place: place_of(&place).ok_or_else(|| format!("unknown place `{place}`"))?, name, text })
    });
    Ok(StoredStep {
        role: record.role,
        repeat: record.repeat.clamp(1, 1000),
        intent: intent_of(record.intent)?,
        label: record.label,
        fair: record.fair,
        sent: sent.collect::<Result<_, String>>()?,
        path_values: record.path,
        request: Request {
            method: record.method,
            target: record.target,
            headers,
            body: record.body.map(bytes_of).transpose()?.map(Into::into),
        },
        status: record.status,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stored(intent: Intent) -> Stored {
        let mut headers = Headers::new();
        headers.push("x-api-key", "my-secret-key");
        headers.push("x-odd", vec![0xff, b'a']);
        let step = StoredStep {
            role: "plain".into(),
            repeat: 1,
            intent,
            label: "unicode id".into(),
            fair: vec![414],
            sent: vec![Sent { place: ParameterPlace::Path, name: "id".into(), text: None }],
            path_values: vec![("id".into(), "%FF".into())],
            request: Request {
                method: "DELETE".into(),
                target: "/a/%FF".into(),
                headers,
                body: Some("{}".into()),
            },
            status: Some(500),
        };
        Stored {
            spec: "api.yaml".into(),
            seed: 7,
            at: Coordinates { operation: "op".into(), phase: Phase::Random, index: 3 },
            check: "server-error".into(),
            cause: "500".into(),
            message: "The server failed.".into(),
            steps: vec![step],
        }
    }

    #[test]
    fn what_is_written_is_read_again_without_the_secret() {
        let broken = Intent::Broken(Box::new(Broken {
            site: Site::Parameter(ParameterPlace::Query, "limit".into()),
            instance: Pointer::root(),
            keyword: "maximum".into(),
            schema: Location::default(),
            before: json!(1),
            after: json!(999),
        }));
        for intent in PLAIN_INTENTS.into_iter().map(|(_, intent)| intent).chain([broken]) {
            let before = stored(intent);
            let text = before.write(&[Secret::new("my-secret-key")]);
            assert!(!text.contains("my-secret"), "{text}");
            let after = Stored::read(Path::new("x.json"), &text).unwrap();
            assert_eq!(after.steps[0].intent, before.steps[0].intent);
            let request =
                after.steps[0].request_with(|name| (name == "x-api-key").then(|| "my-secret-key".into()));
            assert_eq!(request, before.steps[0].request);
        }
    }

    #[test]
    fn short_secrets_are_hidden_without_harm_to_the_rest() {
        let secrets = [Secret::new("k")];
        assert!(matches!(header_record(b"k", &secrets), TextRecord::Secret(_)));
        assert!(matches!(header_record(b"Bearer k", &secrets), TextRecord::Secret(_)));
        assert!(matches!(header_record(b"check", &secrets), TextRecord::Text(_)));
        assert!(matches!(text_record(b"{\"key\":1}", &secrets), TextRecord::Text(_)));
        assert_eq!(masked("/k?a=k&key=1".into(), &secrets[0]), "/k?a=***&key=1");
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        let read = |text: &str| Stored::read(Path::new("x.json"), text).unwrap_err().to_string();
        assert!(read("{").contains("no replay file"));
        assert!(read("{}").contains("no version"));
        assert!(read(r#"{"version": 99}"#).contains("version 99"));
        assert!(read(r#"{"version": 1}"#).contains("missing field"));
    }
}
