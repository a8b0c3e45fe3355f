//! Foreign text as text: what comes from a contract, a server or a client commands neither the terminal nor the CI
//! system that reads what is printed.
//!
//! Escaped are control characters (C0, DEL, C1), what changes the order or the width of text without being seen (bidi
//! controls, zero-width characters, line and paragraph separators), and the beginnings of what CI systems read as
//! commands: `::` and `section_start:` at the start of a line, `##[`, `##vso[` and `##teamcity[` anywhere, as their
//! runners do.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How many letters may stand between `##` and `[` in a command.
const COMMAND_LETTERS_MAX: usize = 16;

/// How many spaces a tab becomes in texts of several lines.
const TAB: &str = "    ";

/// What is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One line: no line ends, no tabs.
    Line,
    /// Several lines: line ends, and tabs as spaces.
    Block,
    /// As [`Kind::Line`], with tabs as they are.
    Source,
    /// As [`Kind::Block`], with the styles (SGR sequences, ECMA-48) that this program put there.
    Painted,
}

/// True for characters that are not seen, or do something to what is.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// True for what begins a command of GitHub Actions, GitLab, TeamCity or Azure Pipelines; `starts` says that nothing but
/// blanks stands before it in its line.
fn is_command(rest: &str, starts: bool) -> bool {
    if starts && ["::", "section_start:", "section_end:"].iter().any(|word| rest.starts_with(word)) {
        return true;
    }
    let Some(rest) = rest.strip_prefix("##") else { return false };
    let letters = rest.bytes().take(COMMAND_LETTERS_MAX + 1).take_while(u8::is_ascii_alphanumeric).count();
    letters <= COMMAND_LETTERS_MAX && rest[letters..].starts_with('[')
}

/// The length of the SGR sequence that `rest` begins with.
fn style_length(rest: &str) -> Option<usize> {
    let digits = rest.strip_prefix("\u{1b}[")?;
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    digits[end..].starts_with('m').then_some(end + 3)
}

/// Writes a character so that it can be seen.
fn push_escaped(out: &mut String, c: char) {
    // Writing to a text does not fail.
    let _ = match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        c if c.is_ascii() => write!(out, "\\x{:02x}", c as u32),
        c => write!(out, "\\u{{{:x}}}", c as u32),
    };
}

fn escape(text: &str, kind: Kind) -> Cow<'_, str> {
    let lines = matches!(kind, Kind::Block | Kind::Painted);
    // What stands before `kept` is in `out` already.
    let (mut out, mut kept) = (String::new(), 0);
    let (mut starts, mut skip) = (true, 0);
    for (at, c) in text.char_indices() {
        if at < skip {
            continue;
        }
        let rest = &text[at..];
        if c == '\n' && lines {
            starts = true;
            continue;
        }
        if kind == Kind::Painted
            && let Some(length) = style_length(rest)
        {
            skip = at + length;
            continue;
        }
        let lets = c == '\t' && kind == Kind::Source;
        if !lets && is_hidden(c) || is_command(rest, starts) {
            out.push_str(&text[kept..at]);
            if c == '\t' && lines {
                out.push_str(TAB)
            } else {
                push_escaped(&mut out, c)
            }
            kept = at + c.len_utf8();
        }
        starts &= c.is_whitespace();
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Foreign text within a line: line ends are escaped too.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, Kind::Line)
}

/// Foreign text of several lines: line ends stay, tabs become spaces.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    escape(text, Kind::Block)
}

/// A line of a foreign document to be shown as it stands there: tabs stay.
#[must_use]
pub fn source(text: &str) -> Cow<'_, str> {
    escape(text, Kind::Source)
}

/// Bytes as text: what is no UTF-8 is written `\xNN`.
#[must_use]
pub fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

/// A JSON text (RFC 8259) that means the same and has neither hidden characters nor commands in it: in strings they are
/// written by their code units (`\u202e`), between values as spaces.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    let (mut out, mut kept) = (String::new(), 0);
    for (at, c) in text.char_indices() {
        if c == '\n' || !(is_hidden(c) || c == '#' && is_command(&text[at..], false)) {
            continue;
        }
        out.push_str(&text[kept..at]);
        kept = at + c.len_utf8();
        if c < ' ' {
            // Not allowed within strings, and white space elsewhere.
            out.push(' ');
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Text that may be printed. From a `String` or `&str` it is made by [`block`]; everything else says why it may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// Text with styles: its foreign parts went through [`line()`] or [`block`] before they were put between the styles.
    /// Where no styles are `wanted`, none pass.
    #[must_use]
    pub fn painted(text: &str, wanted: bool) -> Self {
        Self(escape(text, if wanted { Kind::Painted } else { Kind::Block }).into_owned())
    }

    /// A JSON document, or several, each in a line.
    #[must_use]
    pub fn json(text: &str) -> Self {
        Self(json(text).into_owned())
    }

    /// A document of another format that programs read, as it is: what is foreign in it was escaped when it was written.
    #[must_use]
    pub fn document(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self(block(text).into_owned())
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        match block(&text) {
            Cow::Borrowed(_) => Self(text),
            Cow::Owned(escaped) => Self(escaped),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_commands_is_shown() {
        for (foreign, shown) in [
            ("a\u{1b}[31mb", r"a\x1b[31mb"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("\u{202e}x\u{2028}\u{9b}\u{feff}", r"\u{202e}x\u{2028}\u{9b}\u{feff}"),
            ("::error::x", r"\x3a:error::x"),
            (" \u{a0} ::stop-commands::x", " \u{a0} \\x3a:stop-commands::x"),
            ("see ::error::", "see ::error::"),
            ("a ##[group]b", r"a \x23#[group]b"),
            ("###vso[x]", r"#\x23#vso[x]"),
            ("##teamcity[x]", r"\x23#teamcity[x]"),
            ("## title [x]", "## title [x]"),
            ("section_start:1:a", r"\x73ection_start:1:a"),
            ("ünï ✓ 日本", "ünï ✓ 日本"),
        ] {
            assert_eq!(line(foreign), shown);
        }
        assert_eq!(block("a\n\t::x\n"), "a\n    \\x3a:x\n");
        assert_eq!(source("\ta\u{0}"), "\ta\\x00");
        assert_eq!(utf8(b"a\xff\xfeb"), r"a\xff\xfeb");
        assert_eq!(Shown::from("\u{1b}[1mx").as_str(), r"\x1b[1mx");
    }

    #[test]
    fn only_styles_that_are_wanted_pass() {
        let text = "\u{1b}[1;31mx\u{1b}[0m\u{1b}[2J\n\u{1b}[1m::error::\u{1b}[0m";
        let painted = Shown::painted(text, true);
        assert_eq!(painted.as_str(), "\u{1b}[1;31mx\u{1b}[0m\\x1b[2J\n\u{1b}[1m\\x3a:error::\u{1b}[0m");
        assert!(!Shown::painted(text, false).as_str().contains('\u{1b}'));
    }

    fn foreign() -> impl Strategy<Value = String> {
        let parts = prop_oneof![
            any::<char>().prop_map(String::from),
            prop_oneof!["[\u{0}-\u{20}]", "[\u{7f}-\u{a0}]", "[\u{2000}-\u{2070}]", "[:#a-z\\[\n ]{1,4}"],
            Just("::error::".to_owned()),
            Just("\n  ##vso[task]".to_owned()),
        ];
        proptest::collection::vec(parts, 0..24).prop_map(|parts| parts.concat())
    }

    fn is_harmless(text: &str) -> bool {
        !text.chars().any(|c| is_hidden(c) && c != '\n')
            && text.lines().all(|line| !line.trim_start().starts_with("::"))
            && ["##[", "##vso[", "##teamcity["].iter().all(|word| !text.contains(word))
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left_and_nothing_is_escaped_twice(text in foreign()) {
            for kind in [Kind::Line, Kind::Block] {
                let shown = escape(&text, kind);
                prop_assert!(is_harmless(&shown), "{shown:?}");
                prop_assert!(kind == Kind::Block || !shown.contains('\n'));
                prop_assert!(shown.len() <= 4 * text.len());
                prop_assert_eq!(escape(&shown, kind), shown.as_ref());
            }
        }

        #[test]
        fn bytes_of_any_kind_become_text(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text = utf8(&bytes);
            prop_assert!(text.len() <= 4 * bytes.len());
            prop_assert!(is_harmless(&line(&text)));
        }

        #[test]
        fn json_means_the_same(text in foreign()) {
            let value = serde_json::json!({ text.clone(): [text] });
            for written in [value.to_string(), format!("{value:#}")] {
                let shown = json(&written);
                prop_assert!(is_harmless(&shown), "{shown:?}");
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&shown).unwrap(), &value);
            }
        }
    }
}
