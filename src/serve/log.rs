//! One line for each answered request, as text or as JSON.

use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::base::plain;
use crate::base::secret::Redactor;
use crate::mock::Mishap;
use crate::serve::listener::{Gravity, Listener};
use crate::serve::outlet::{Seen, Sink};
use crate::wire::masked::redactor_of;

/// Which requests are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Those answered with a status of 500 or more, or not at all.
    Error,
    /// Those answered with 400 or more.
    Warn,
    /// All requests to the mocked API.
    Info,
    /// Those to the control API as well.
    Debug,
}

impl LogLevel {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// What is logged, and how. The lines go to `listener` as notes.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// Which requests.
    pub level: LogLevel,
    /// How.
    pub format: LogFormat,
    /// Where to.
    pub listener: Listener,
}

impl Sink for LogSettings {
    fn take(&mut self, seen: &[Arc<Seen>], dropped: u64) {
        if dropped > 0 {
            let text =
                format!("{dropped} requests are not logged: they came faster than lines can be written");
            self.listener.error(&message(self.format, Timestamp::now(), Gravity::Error, &text));
        }
        for one in seen {
            let level = level(one);
            if level <= self.level {
                self.listener.note(&match self.format {
                    LogFormat::Text => text_line(one, level),
                    LogFormat::Json => plain::json(&json_line(one, level).to_string()).into_owned(),
                });
            }
        }
    }
}

fn level(seen: &Seen) -> LogLevel {
    match seen.response.status {
        _ if seen.control => LogLevel::Debug,
        0 | 500.. => LogLevel::Error,
        400.. => LogLevel::Warn,
        _ => LogLevel::Info,
    }
}

fn milliseconds(seen: &Seen) -> f64 {
    // Microseconds are as fine as anyone wants it.
    (seen.elapsed.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

fn fault(seen: &Seen) -> Option<&'static str> {
    match seen.mishap {
        Mishap::None => None,
        Mishap::Reset => Some("reset"),
        Mishap::Truncate(_) => Some("truncate"),
        Mishap::Slow(_) => Some("slow"),
    }
}

/// What masks a line. A credential may stand in the query a second time, under another name.
fn redactor(seen: &Seen) -> Redactor {
    let request = seen.request.query().is_some().then_some(&seen.request);
    redactor_of(seen.mock.redactor(), request, [])
}

fn json_line(seen: &Seen, level: LogLevel) -> Value {
    let redactor = redactor(seen);
    let mut line = json!({
        "time": time(seen.at),
        "level": level.as_str(),
        "method": redactor.looks(&seen.request.method),
        "path": redactor.target(seen.request.path()),
    });
    if let Some(query) = seen.request.query() {
        line["query"] = json!(redactor.target(query));
    }
    line["status"] = json!(seen.response.status);
    if let Some(operation) = seen.operation_id() {
        line["operation"] = json!(operation);
    }
    line["duration_ms"] = json!(milliseconds(seen));
    line["bytes"] = json!(seen.response.body.len());
    if let Some(fault) = fault(seen) {
        line["fault"] = json!(fault);
    }
    line
}

fn text_line(seen: &Seen, level: LogLevel) -> String {
    let (request, status) = (&seen.request, seen.response.status);
    let redactor = redactor(seen);
    let (method, target) = (redactor.looks(&request.method), redactor.target(&request.target));
    let mut line = format!("{} {:5} {method} {target}", time(seen.at), level.as_str());
    let mut add = |text: std::fmt::Arguments<'_>| {
        // Writing to a text does not fail.
        let _ = line.write_fmt(text);
    };
    add(format_args!(" {status} {} ms", milliseconds(seen)));
    if let Some(operation) = seen.operation_id() {
        add(format_args!(" {operation}"));
    }
    if let Some(fault) = fault(seen) {
        add(format_args!(" (fault: {fault})"));
    }
    plain::line(&line).into_owned()
}

/// An instant with milliseconds (RFC 3339).
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A message that is not about a request, in the format of the log.
#[must_use]
pub fn message(format: LogFormat, at: Timestamp, gravity: Gravity, text: &str) -> String {
    let level = match gravity {
        Gravity::Note => "info",
        Gravity::Error => "error",
    };
    match format {
        LogFormat::Text => plain::block(text).into_owned(),
        LogFormat::Json => {
            let line = json!({"time": time(at), "level": level, "message": text}).to_string();
            plain::json(&line).into_owned()
        }
    }
}
