//! The formats and how they are asked for: `--report FORMAT=PATH`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text for people.
    Console,
    /// One JSON document.
    Json,
    /// One JSON line for each event, as it happens.
    Ndjson,
    /// `JUnit` XML, for CI systems.
    Junit,
    /// A page for people.
    Html,
    /// SARIF, for code scanning.
    Sarif,
    /// Annotations for GitHub Actions.
    Github,
    /// HAR: every exchange.
    Har,
}

impl Format {
    /// All, in the order of messages.
    pub const ALL: [Self; 8] = [
        Self::Console,
        Self::Json,
        Self::Ndjson,
        Self::Junit,
        Self::Html,
        Self::Sarif,
        Self::Github,
        Self::Har,
    ];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Junit => "junit",
            Self::Html => "html",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Har => "har",
        }
    }

    /// True when it tells of every exchange, so that the engine must record them.
    #[must_use]
    pub fn wants_records(self) -> bool {
        matches!(self, Self::Ndjson | Self::Har)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A report that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The format.
    pub format: Format,
    /// The file; `None`: standard output.
    pub path: Option<PathBuf>,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((name, path)) => (name, Some(path).filter(|p| !p.is_empty() && *p != "-")),
            None => (text, None),
        };
        let format = Format::ALL.into_iter().find(|format| format.as_str() == name).ok_or_else(|| {
            let known: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
            format!("`{name}` is no report format; there are {}", known.join(", "))
        })?;
        Ok(Self { format, path: path.map(PathBuf::from) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_asked_for_by_name_and_path() {
        let wanted: Wanted = "junit=out/a=b.xml".parse().unwrap();
        assert_eq!((wanted.format, wanted.path), (Format::Junit, Some(PathBuf::from("out/a=b.xml"))));
        for text in ["json", "json=", "json=-"] {
            assert_eq!(text.parse::<Wanted>().unwrap().path, None, "{text}");
        }
        assert!("yaml=x".parse::<Wanted>().unwrap_err().contains("console, json"));
    }
}
