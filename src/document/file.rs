//! One file of a contract: its text, tree and places.

mod lines;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::Value;

use self::lines::Lines;
use crate::base::Pointer;
use crate::base::limits::SOURCE_CHARS_MAX;
use crate::document::fault::{Digits, Fault, Parsed};
use crate::document::ids::Ids;
use crate::document::location::Location;
use crate::document::outline::{Outline, Spot};
use crate::document::{json, yaml};

/// Which file it is, so that none is read twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Address {
    /// A text that came from no file: embedded, standard input, a test.
    Text,
    /// A file, by its canonical path.
    Path(PathBuf),
    /// A URL.
    Url(String),
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Yaml,
}

/// A parsed file.
pub(crate) struct File {
    /// The name for people.
    pub(crate) name: String,
    /// Where it came from.
    pub(crate) address: Address,
    /// The text, without a byte order mark.
    pub(crate) text: String,
    /// How it is written.
    pub(crate) format: Format,
    /// The tree.
    pub(crate) root: Value,
    /// Digits of numbers that the tree can't hold exactly.
    pub(crate) digits: Digits,
    /// What is wrong with the text.
    pub(crate) faults: Vec<Fault>,
    /// What a tree without a text stands for.
    pub(crate) derived_from: Option<Location>,
    outline: OnceLock<Outline>,
    lines: OnceLock<Lines>,
    ids: OnceLock<Ids>,
}

impl File {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// The fault, with a file whose tree is `null`, so that the fault can be shown in its text.
    pub(crate) fn parse(name: String, address: Address, text: String) -> Result<Self, (Box<Self>, Fault)> {
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let (format, parsed) = read(&name, &text);
        let file = |root, digits, faults| Self {
            name,
            address,
            text,
            format,
            root,
            digits,
            faults,
            derived_from: None,
            outline: OnceLock::new(),
            lines: OnceLock::new(),
            ids: OnceLock::new(),
        };
        match parsed {
            Ok(Parsed { value, faults, digits }) => Ok(file(value, digits, faults)),
            Err(fault) => Err((Box::new(file(Value::Null, Digits::new(), Vec::new())), fault)),
        }
    }

    /// A tree without a text.
    pub(crate) fn derived(name: String, from: Location, root: Value) -> Self {
        Self {
            name,
            address: Address::Text,
            text: String::new(),
            format: Format::Json,
            root,
            digits: Digits::new(),
            faults: Vec::new(),
            derived_from: Some(from),
            outline: OnceLock::new(),
            lines: OnceLock::new(),
            ids: OnceLock::new(),
        }
    }

    /// The bytes of what `pointer` names, or of its nearest ancestor that there is.
    pub(crate) fn spot(&self, pointer: &Pointer) -> Spot {
        let outline = self.outline.get_or_init(|| match self.format {
            Format::Json => Outline::of_json(&self.text),
            Format::Yaml => Outline::of_yaml(&self.text),
        });
        let mut at = pointer.clone();
        loop {
            if let Some(spot) = outline.find(&self.text, &at) {
                return spot;
            }
            match at.parent() {
                Some(parent) => at = parent,
                None => return Spot { key: 0..0, value: 0..0 },
            }
        }
    }

    /// Line and column, both from 1, columns in characters.
    pub(crate) fn line_column(&self, byte: usize) -> (u32, u32) {
        let (line, column) = self.lines().place(&self.text, byte);
        let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        (count(line), count(column))
    }

    /// The bytes of the line that holds `byte`, without its line break.
    pub(crate) fn line_range(&self, byte: usize) -> Range<usize> {
        let Range { start, end } = self.lines().range(&self.text, byte);
        let line = &self.text[start..end];
        let line = line.strip_suffix('\n').unwrap_or(line);
        start..start + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// The bytes of that line that are shown: all, or as many as are readable around `byte`.
    pub(crate) fn excerpt_range(&self, byte: usize) -> Range<usize> {
        let Range { start, end } = self.line_range(byte);
        let line = &self.text[start..end];
        if line.char_indices().nth(SOURCE_CHARS_MAX).is_none() {
            return start..end;
        }
        let before = byte.clamp(start, end) - start;
        let from = line.floor_char_boundary(before.saturating_sub(SOURCE_CHARS_MAX / 2));
        start + from..start + line.floor_char_boundary(from + SOURCE_CHARS_MAX)
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(&self.text))
    }

    /// The identifiers (`$id`, `$anchor`) that its schemas carry.
    pub(crate) fn ids(&self) -> &Ids {
        self.ids.get_or_init(|| Ids::collect(&self.text, &self.root))
    }
}

/// Parses by what the text looks like, then by its name: JSON in a `.yaml` file is read as JSON, which is faster, and
/// YAML in a `.json` file as YAML.
fn read(name: &str, text: &str) -> (Format, Result<Parsed, Fault>) {
    let looks_json = text.trim_start().starts_with(['{', '[', '"']);
    let named_json = name.ends_with(".json");
    if !looks_json && (!named_json || text.trim_start().starts_with(|c: char| c.is_alphabetic() || c == '#'))
    {
        return (Format::Yaml, yaml::parse(text));
    }
    match json::parse(text) {
        // Flow style YAML looks like JSON.
        Err(fault) if !named_json => match yaml::parse(text) {
            Ok(parsed) => (Format::Yaml, Ok(parsed)),
            Err(other) if name.ends_with(".yaml") || name.ends_with(".yml") => (Format::Yaml, Err(other)),
            Err(_) => (Format::Json, Err(fault)),
        },
        parsed => (Format::Json, parsed),
    }
}

/// Bytes become text: UTF-8, or UTF-16 with a byte order mark (YAML 1.2.2 §5.2).
///
/// # Errors
/// The fault, with the text as far as it can be shown.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, Box<(String, Fault)>> {
    let utf16 = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => Some((rest, u16::from_le_bytes as fn([u8; 2]) -> u16)),
        [0xfe, 0xff, rest @ ..] => Some((rest, u16::from_be_bytes as fn([u8; 2]) -> u16)),
        _ => None,
    };
    if let Some((rest, unit)) = utf16 {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        return String::from_utf16(&units).map_err(|_| {
            Box::new((String::new(), Fault::new("bad-encoding", 0..0, "the document is no valid UTF-16")))
        });
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes()[at];
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let fault =
            Fault::new("bad-encoding", at..at + 3, format!("the byte 0x{byte:02X} is no valid UTF-8"))
                .with_hint("save the document as UTF-8");
        Box::new((text, fault))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> File {
        File::parse(name.to_owned(), Address::Text, text.to_owned()).map_err(|(_, fault)| fault).unwrap()
    }

    #[test]
    fn columns_count_characters_and_crlf_is_no_part_of_a_line() {
        let file = file("x.yaml", "ä: \"öü\"\r\nb: 2\r\n");
        assert_eq!(file.line_column(file.spot(&Pointer::from_tokens(["b"])).value.start), (2, 4));
        assert_eq!(&file.text[file.line_range(2)], "ä: \"öü\"");
        assert_eq!(file.line_column(file.text.find('ü').unwrap()), (1, 6));
    }

    #[test]
    fn what_the_text_looks_like_wins_over_its_name() {
        assert_eq!(file("x.yaml", "\u{feff}{\"a\": 1}").format, Format::Json);
        assert_eq!(file("x.json", "a: 1").format, Format::Yaml);
        assert_eq!(file("x", "{a: 1}").format, Format::Yaml);
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(decode(b"\xff\xfea\0:\0".to_vec()).unwrap(), "a:");
        assert_eq!(decode(b"\xfe\xff\0a".to_vec()).unwrap(), "a");
        let (text, fault) = *decode(b"ab\xe9c".to_vec()).unwrap_err();
        assert_eq!((text.as_str(), fault.span), ("ab\u{fffd}c", 2..5));
        assert!(decode(b"\xff\xfe\0\xd8".to_vec()).is_err());
    }
}
