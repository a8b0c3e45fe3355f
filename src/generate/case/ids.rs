//! Ids as strangers write them: unicode, reserved characters, dots, percent signs, extremes of length.
//!
//! An id is kept as units (characters, or bytes that are no UTF-8) until it is written, so that it shrinks by units.

use std::fmt::Write as _;

use proptest::strategy::ValueTree;

use crate::base::{Dice, Seed};

/// How long the longest id is, in bytes.
pub(super) const ID_BYTES_MAX: usize = 8 * 1024;

/// Kinds of ids, each once in the boundary phase and drawn from in the random one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdKind {
    Plain,
    Short,
    Unicode,
    Emoji,
    Reserved,
    Quotes,
    Dots,
    Percent,
    Encoded,
    Space,
    Slash,
    Backslash,
    Template,
    Words,
    Long,
    VeryLong,
    NotUtf8,
    Control,
    Empty,
    DotSegment,
}

pub(super) const KINDS: [IdKind; 20] = [
    IdKind::Plain,
    IdKind::Short,
    IdKind::Unicode,
    IdKind::Emoji,
    IdKind::Reserved,
    IdKind::Quotes,
    IdKind::Dots,
    IdKind::Percent,
    IdKind::Encoded,
    IdKind::Space,
    IdKind::Slash,
    IdKind::Backslash,
    IdKind::Template,
    IdKind::Words,
    IdKind::Long,
    IdKind::VeryLong,
    IdKind::NotUtf8,
    IdKind::Control,
    IdKind::Empty,
    IdKind::DotSegment,
];

impl IdKind {
    /// A few words for reports.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Plain => "plain id",
            Self::Short => "short id",
            Self::Unicode => "unicode id",
            Self::Emoji => "emoji in the id",
            Self::Reserved => "reserved characters in the id",
            Self::Quotes => "quotes in the id",
            Self::Dots => "dots in the id",
            Self::Percent => "percent sign in the id",
            Self::Encoded => "id percent-encoded throughout",
            Self::Space => "space in the id",
            Self::Slash => "encoded slash in the id",
            Self::Backslash => "backslash in the id",
            Self::Template => "braces in the id",
            Self::Words => "a word of programming as id",
            Self::Long => "long id",
            Self::VeryLong => "very long id",
            Self::NotUtf8 => "id that is no UTF-8",
            Self::Control => "control character in the id",
            Self::Empty => "empty id",
            Self::DotSegment => "dot segment as id",
        }
    }

    /// Statuses that are fair for it: servers and proxies may refuse such a target before the operation sees it.
    pub(super) fn fair(self) -> &'static [u16] {
        match self {
            Self::Slash | Self::Backslash => &[301, 307, 308, 400, 404, 405],
            Self::VeryLong => &[400, 404, 414, 431],
            Self::NotUtf8 => &[400, 404],
            _ => &[],
        }
    }

    /// True when the target need not reach the operation at all: nothing but survival is asked.
    pub(super) fn is_border(self) -> bool {
        matches!(self, Self::Control | Self::Empty | Self::DotSegment)
    }

    /// True when a server that tidies paths up may take it for another resource than one that starts with the
    /// prefix: never sent with an unsafe method where others' resources must be spared.
    pub(super) fn may_stray(self) -> bool {
        matches!(
            self,
            Self::Empty
                | Self::DotSegment
                | Self::Slash
                | Self::Backslash
                | Self::Control
                | Self::Percent
                | Self::NotUtf8
        )
    }
}

/// One unit of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Char(char),
    Byte(u8),
}

/// An id before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IdText {
    /// Stays as it is while the rest shrinks.
    pub(super) prefix: String,
    /// The rest.
    pub(super) units: Vec<Unit>,
    /// All is percent-encoded, in lower case, even what need not be (RFC 3986 §6.2.2.2: the same id).
    pub(super) encode_all: bool,
    /// Written as it is, nothing encoded (dot segments).
    pub(super) bare: bool,
}

impl IdText {
    /// An id that is written plainly.
    pub(super) fn of(text: &str) -> Self {
        Self {
            prefix: String::new(),
            units: text.chars().map(Unit::Char).collect(),
            encode_all: false,
            bare: false,
        }
    }

    /// The text before encoding; `None` when it is no text.
    pub(super) fn text(&self) -> Option<String> {
        let mut text = self.prefix.clone();
        for unit in &self.units {
            match unit {
                Unit::Char(c) => text.push(*c),
                Unit::Byte(_) => return None,
            }
        }
        Some(text)
    }

    /// The text on the wire, as one path segment (RFC 3986 §3.3).
    pub(super) fn wire(&self) -> String {
        let mut wire = String::with_capacity(self.prefix.len() + self.units.len());
        wire.push_str(&self.prefix);
        let mut buffer = [0; 4];
        for unit in &self.units {
            match unit {
                Unit::Char(c) if self.bare => wire.push(*c),
                Unit::Char(c) => {
                    let plain = c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
                    for byte in c.encode_utf8(&mut buffer).bytes() {
                        if self.encode_all {
                            let _ = write!(wire, "%{byte:02x}");
                        } else if plain {
                            wire.push(char::from(byte));
                        } else {
                            let _ = write!(wire, "%{byte:02X}");
                        }
                    }
                }
                Unit::Byte(byte) => {
                    let _ = write!(wire, "%{byte:02X}");
                }
            }
        }
        wire
    }
}

const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789_-";

fn plain(dice: &mut Dice, chars: usize) -> String {
    let alphabet: Vec<char> = PLAIN.chars().collect();
    (0..chars).filter_map(|_| dice.pick(&alphabet).copied()).collect()
}

fn mixed(dice: &mut Dice, specials: &[&str]) -> String {
    let before = dice.index(6);
    let after = dice.index(6);
    let mut text = plain(dice, before);
    for _ in 0..=dice.index(3) {
        text.push_str(dice.pick(specials).copied().unwrap_or_default());
    }
    text.push_str(&plain(dice, after));
    text
}

/// An id of the kind.
pub(super) fn draw(kind: IdKind, prefix: &str, seed: Seed) -> IdText {
    let dice = &mut Dice::new(seed);
    let mut id = IdText::of("");
    prefix.clone_into(&mut id.prefix);
    let text = match kind {
        IdKind::Plain => {
            let chars = 8 + dice.index(24);
            plain(dice, chars)
        }
        IdKind::Short => plain(dice, 1),
        IdKind::Unicode => mixed(
            dice,
            &["é", "ß", "Ω", "ж", "中", "한", "ا", "e\u{301}", "\u{202e}", "ﬁ", "İ", "\u{feff}", "\u{200b}"],
        ),
        IdKind::Emoji => mixed(dice, &["🦀", "👩\u{200d}🚀", "🏳\u{fe0f}\u{200d}🌈"]),
        IdKind::Reserved => {
            mixed(dice, &[":", "?", "#", "[", "]", "@", "!", "$", "&", "(", ")", "*", "+", ",", ";", "="])
        }
        IdKind::Quotes => mixed(dice, &["'", "\"", "`", "' OR '1'='1", "\\\""]),
        IdKind::Dots => mixed(dice, &[".", "..", "...", ".json", "a.b"]),
        IdKind::Percent => mixed(dice, &["%", "%25", "100%", "%41", "%zz", "%2e"]),
        IdKind::Encoded => {
            id.encode_all = true;
            plain(dice, 8)
        }
        IdKind::Space => mixed(dice, &[" ", "  ", "+", "\u{a0}"]),
        IdKind::Slash => mixed(dice, &["/", "//", "/a/"]),
        IdKind::Backslash => mixed(dice, &["\\", "\\\\"]),
        IdKind::Template => mixed(dice, &["{", "}", "{id}", "${x}", "{{7*7}}", "<b>", "|", "^"]),
        IdKind::Words => dice
            .pick(&[
                "null",
                "undefined",
                "true",
                "0",
                "-1",
                "NaN",
                "None",
                "1e400",
                "00000000-0000-0000-0000-000000000000",
            ])
            .copied()
            .unwrap_or("null")
            .to_owned(),
        IdKind::Long => {
            let chars = 201 + dice.index(800);
            plain(dice, chars)
        }
        IdKind::VeryLong => {
            let chars = ID_BYTES_MAX.saturating_sub(prefix.len());
            plain(dice, chars)
        }
        IdKind::NotUtf8 => {
            let bytes: &[&[u8]] = &[&[0xff, 0xfe], &[0xc3], &[0xed, 0xa0, 0x80], &[0xc0, 0xaf]];
            let chosen = dice.pick(bytes).copied().unwrap_or(&[0xff]);
            id.units = chosen.iter().map(|b| Unit::Byte(*b)).collect();
            return id;
        }
        IdKind::Control => mixed(dice, &["\0", "\n", "\r\n", "\u{7f}", "\t"]),
        IdKind::Empty => String::new(),
        IdKind::DotSegment => {
            id.bare = true;
            dice.pick(&[".", "..", "%2e", "%2E%2e"]).copied().unwrap_or("..").to_owned()
        }
    };
    id.units = text.chars().map(Unit::Char).collect();
    id
}

/// Shrinks an id: away with halves, then quarters, … of its units, then each unit to `a`, then plain writing.
#[derive(Clone, Debug)]
pub(super) struct IdTree {
    current: IdText,
    before: Option<IdText>,
    chunk: usize,
    at: usize,
    stage: Stage,
    units_min: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Cut,
    Letters,
    Writing,
    Done,
}

impl IdTree {
    /// A tree over the id; at least `units_min` units stay.
    pub(super) fn new(id: IdText, units_min: usize) -> Self {
        let chunk = id.units.len().div_ceil(2).max(1);
        let stage = if id.bare { Stage::Done } else { Stage::Cut };
        Self { current: id, before: None, chunk, at: 0, stage, units_min }
    }

    fn cut(&mut self) -> bool {
        let len = self.current.units.len();
        if len.saturating_sub(self.chunk) < self.units_min || self.at + self.chunk > len {
            if self.chunk == 1 {
                (self.stage, self.at) = (Stage::Letters, 0);
            } else {
                (self.chunk, self.at) = (self.chunk / 2, 0);
            }
            return false;
        }
        self.before = Some(self.current.clone());
        self.current.units.drain(self.at..self.at + self.chunk);
        true
    }

    fn letter(&mut self) -> bool {
        let Some(unit) = self.current.units.get(self.at).copied() else {
            self.stage = Stage::Writing;
            return false;
        };
        self.at += 1;
        if unit == Unit::Char('a') {
            return false;
        }
        self.before = Some(self.current.clone());
        self.current.units[self.at - 1] = Unit::Char('a');
        true
    }
}

impl ValueTree for IdTree {
    type Value = IdText;

    fn current(&self) -> IdText {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        loop {
            let moved = match self.stage {
                Stage::Cut => self.cut(),
                Stage::Letters => self.letter(),
                Stage::Writing => {
                    self.stage = Stage::Done;
                    self.before = Some(self.current.clone());
                    std::mem::take(&mut self.current.encode_all)
                }
                Stage::Done => return false,
            };
            if moved {
                return true;
            }
        }
    }

    fn complicate(&mut self) -> bool {
        let Some(before) = self.before.take() else { return false };
        self.current = before;
        if self.stage == Stage::Cut {
            self.at += self.chunk;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shrink(id: IdText, fails: impl Fn(&IdText) -> bool) -> IdText {
        let mut tree = IdTree::new(id, 0);
        let mut best = tree.current();
        for _ in 0..10_000 {
            let moved = if fails(&tree.current()) {
                best = tree.current();
                tree.simplify()
            } else {
                tree.complicate() && tree.simplify()
            };
            if !moved {
                break;
            }
        }
        best
    }

    #[test]
    fn every_kind_is_drawn_from_the_seed_alone() {
        for kind in KINDS {
            for n in 0..50 {
                let id = draw(kind, "p-", Seed(n));
                assert_eq!(id, draw(kind, "p-", Seed(n)), "{kind:?}");
                assert!(id.wire().starts_with("p-"));
                assert!(id.wire().is_ascii() && id.units.len() <= ID_BYTES_MAX);
                assert!(kind.is_border() || !id.wire()[2..].contains('/'), "{kind:?} {}", id.wire());
            }
        }
        assert_eq!(draw(IdKind::NotUtf8, "", Seed(1)).text(), None);
        assert_eq!(draw(IdKind::VeryLong, "cp-", Seed(1)).wire().len(), ID_BYTES_MAX);
    }

    #[test]
    fn ids_shrink_to_what_matters() {
        let id = draw(IdKind::Long, "", Seed(3));
        assert_eq!(shrink(id, |id| id.units.len() > 200).wire(), "a".repeat(201));
        let id = IdText::of("xx%yy'zz");
        assert_eq!(shrink(id, |id| id.text().unwrap().contains('\'')).text().unwrap(), "'");
        let id = draw(IdKind::Encoded, "", Seed(3));
        assert_eq!(shrink(id, |_| true).wire(), "");
    }
}
