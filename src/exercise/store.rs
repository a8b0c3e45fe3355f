//! Replay files: failing cases on disk, to be sent again. JSON, with a version.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::secret::{Redactor, Secret, is_searchable};
use crate::base::{Pointer, files};
use crate::contract::ParameterPlace;
use crate::document::{FileId, Location};
use crate::exercise::placeholder;
use crate::generate::case::{Coordinates, Phase};
use crate::validate::intent::{Broken, Intent, Sent, Site, Subject, Tampering};
use crate::wire::{Headers, Request};

/// The version of the format that is written.
pub const VERSION: u32 = 2;

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
    /// The request; secrets are not in it once it was read from a file, see [`StoredStep::filled`].
    pub request: Request,
    /// The status that was answered.
    pub status: Option<u16>,
}

/// What stands for a header's value that was left out.
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
    /// A header's value that was not written down; the user gives it again.
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

/// What is left out of a file.
struct LeftOut<'r> {
    /// Puts placeholders in the place of secrets.
    redactor: Redactor,
    /// Masks what is only for people.
    shown: &'r Redactor,
    /// Credentials, the user's and made-up ones.
    credentials: &'r [(String, Secret)],
}

impl LeftOut<'_> {
    fn bytes(&self, bytes: &[u8]) -> TextRecord {
        match String::from_utf8(placeholder::put(bytes, &self.redactor)) {
            Ok(text) => TextRecord::Text(text),
            Err(other) => TextRecord::Base64(STANDARD.encode(other.as_bytes())),
        }
    }

    /// A header's value. A secret too short to be searched for is known by standing there alone, or behind a scheme. A
    /// header of a credential is given again as a whole; in a list of cookies each has its own place.
    fn header(&self, name: &str, value: &[u8]) -> TextRecord {
        let text = String::from_utf8_lossy(value);
        let is = |secret: &str| {
            let alone = text == secret || text.rsplit_once(' ').is_some_and(|(_, rest)| rest == secret);
            !secret.is_empty() && (alone || is_searchable(secret) && text.contains(secret))
        };
        let credential = self.credentials.iter().any(|(_, secret)| is(secret.expose()));
        if credential && !name.eq_ignore_ascii_case("cookie") {
            return TextRecord::Secret(true);
        }
        self.bytes(value)
    }

    /// A target; a short secret is known only as the whole value of a member of the query.
    fn target(&self, target: &str) -> String {
        let target = placeholder::put_text(target, &self.redactor);
        let Some((path, query)) = target.split_once('?') else { return target };
        let short = |value: &str| {
            let is = |secret: &Secret| !secret.expose().is_empty() && secret.expose() == value;
            self.credentials.iter().find(|(_, secret)| is(secret)).map(|(label, _)| label)
        };
        let member = |member: &str| match member.split_once('=').map(|(name, value)| (name, short(value))) {
            Some((name, Some(label))) => format!("{name}=\u{0}secret:{label}#0:percent\u{0}"),
            _ => member.to_owned(),
        };
        format!("{path}?{}", query.split('&').map(member).collect::<Vec<_>>().join("&"))
    }
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

fn intent_record(intent: &Intent, out: &LeftOut<'_>) -> IntentRecord {
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
            before: placeholder::put_value(&broken.before, &out.redactor),
            after: placeholder::put_value(&broken.after, &out.redactor),
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
    /// The file's text. What `redactor` was given, and the credentials (each with its label), is left out: whoever sends
    /// the case again gives it again. What is made up stays, whatever its name. What is for people is masked by `shown`.
    #[must_use]
    pub fn write(&self, redactor: &Redactor, shown: &Redactor, credentials: &[(String, Secret)]) -> String {
        let labelled = credentials.iter().filter(|(label, _)| label.starts_with("field:"));
        let out = LeftOut {
            redactor: redactor
                .with_labelled(labelled.map(|(label, secret)| (label.as_str(), secret.clone()))),
            shown,
            credentials,
        };
        let record = FileRecord {
            version: VERSION,
            tool: concat!("counterpart ", env!("CARGO_PKG_VERSION")).to_owned(),
            spec: out.shown.text(&self.spec).into_string(),
            seed: self.seed,
            operation: self.at.operation.clone(),
            phase: self.at.phase.as_str().to_owned(),
            index: self.at.index,
            check: self.check.clone(),
            cause: out.shown.text(&self.cause).into_string(),
            message: out.shown.text(&self.message).into_string(),
            steps: self.steps.iter().map(|step| step_record(step, &out)).collect(),
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
    /// The step with the secrets put in that were not written down: header values as a whole, by the header's name, and
    /// all others by what they are called.
    #[must_use]
    pub fn filled(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        secret: &dyn Fn(&str) -> Option<Secret>,
    ) -> Self {
        let mut step = self.clone();
        step.request.target = placeholder::fill_text(&step.request.target, secret);
        for (name, value) in &mut step.request.headers.0 {
            *value = if value.as_ref() == SECRET.as_bytes() {
                header(name).unwrap_or_default().into_bytes().into()
            } else {
                placeholder::fill(value, secret).into()
            };
        }
        step.request.body = step.request.body.map(|body| placeholder::fill(&body, secret).into());
        for (_, text) in &mut step.path_values {
            *text = placeholder::fill_text(text, secret);
        }
        for sent in &mut step.sent {
            sent.text = sent.text.as_ref().map(|text| placeholder::fill_text(text, secret));
        }
        if let Intent::Broken(broken) = &mut step.intent {
            broken.before = placeholder::fill_value(&broken.before, secret);
            broken.after = placeholder::fill_value(&broken.after, secret);
        }
        step
    }
}

fn step_record(step: &StoredStep, out: &LeftOut<'_>) -> StepRecord {
    let text = |text: &str| placeholder::put_text(text, &out.redactor);
    StepRecord {
        role: step.role.clone(),
        repeat: step.repeat,
        intent: intent_record(&step.intent, out),
        label: text(&step.label),
        fair: step.fair.clone(),
        parameters: step
            .sent
            .iter()
            .map(|sent| (sent.place.as_str().to_owned(), sent.name.clone(), sent.text.as_deref().map(text)))
            .collect(),
        path: step.path_values.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        method: step.request.method.clone(),
        target: out.target(&step.request.target),
        headers: step
            .request
            .headers
            .iter()
            .map(|(name, value)| (name.to_owned(), out.header(name, value)))
            .collect(),
        body: step.request.body.as_ref().map(|body| out.bytes(body)),
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
#[path = "store_tests.rs"]
mod tests;
