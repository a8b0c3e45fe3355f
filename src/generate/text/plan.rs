//! What a text must fulfil, and drawing one.

use std::sync::Arc;

use super::machine::Machine;
use super::nfa::Pattern;
use crate::base::Dice;
use crate::base::limits::{OVERLONG_MAX, TEXT_TRIED_CHARS_MAX};
use crate::generate::interface::ValueOptions;
use crate::schema::format::Format;

/// How many texts are drawn before a rule that can only be tried counts as not met.
const TRIES: usize = 200;

/// What a text must fulfil.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextRules {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    /// Patterns, and whether they must match.
    pub(crate) patterns: Vec<(Arc<Pattern>, bool)>,
    /// Formats, and whether they must be kept.
    pub(crate) formats: Vec<(&'static Format, bool)>,
    /// Patterns that no automaton could be made of.
    pub(crate) unreadable: Vec<String>,
}

impl TextRules {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.min = self.min.max(other.min);
        self.max = match (self.max, other.max) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        for (pattern, wanted) in &other.patterns {
            if !self.patterns.iter().any(|(known, w)| Arc::ptr_eq(known, pattern) && w == wanted) {
                self.patterns.push((Arc::clone(pattern), *wanted));
            }
        }
        for (format, wanted) in &other.formats {
            if !self.formats.iter().any(|(known, w)| known.name == format.name && w == wanted) {
                self.formats.push((format, *wanted));
            }
        }
        for text in &other.unreadable {
            if !self.unreadable.contains(text) {
                self.unreadable.push(text.clone());
            }
        }
    }

    pub(crate) fn admits(&self, text: &str) -> bool {
        let length = text.chars().count();
        length >= self.min
            && self.max.is_none_or(|max| length <= max)
            && self.formats_hold(text)
            && self.patterns.iter().all(|(pattern, wanted)| pattern.is_match(text) == *wanted)
    }

    fn formats_hold(&self, text: &str) -> bool {
        self.formats.iter().all(|(format, wanted)| format.text.is_none_or(|check| check(text) == *wanted))
    }
}

/// Texts that keep given rules.
#[derive(Clone, Debug)]
pub(crate) struct TextPlan {
    rules: TextRules,
    machine: Option<Arc<Machine>>,
    /// True when the automaton alone does not decide.
    judged: bool,
}

impl TextPlan {
    /// Plans with at most about `work` pairs of lengths and states, and adds those that it took to `spent`. `Err` when
    /// there are no such texts; `true` in it when that is certain.
    pub(crate) fn new(
        rules: TextRules,
        options_spare: usize,
        work: usize,
        spent: &mut usize,
    ) -> Result<Self, bool> {
        if rules.max.is_some_and(|max| max < rules.min) {
            return Err(true);
        }
        let contradicting = |(format, wanted): &(&'static Format, bool)| {
            !wanted && rules.formats.iter().any(|(other, w)| *w && other.name == format.name)
        };
        if rules.formats.iter().any(contradicting) {
            return Err(true);
        }
        let mut judged = rules.patterns.iter().any(|(pattern, _)| pattern.loose);
        let machine = if rules.patterns.is_empty() {
            None
        } else {
            // A pattern that is only approximated can't be excluded exactly: excluding it is left to the judge.
            let usable: Vec<_> = rules
                .patterns
                .iter()
                .filter(|(pattern, wanted)| *wanted || !pattern.loose)
                .cloned()
                .collect();
            let machine = Machine::build(&usable, rules.min, rules.max, options_spare, work);
            *spent = spent.saturating_add(machine.work());
            if machine.is_empty() {
                return Err(machine.is_complete());
            }
            Some(Arc::new(machine))
        };
        judged |= rules.formats.iter().any(|(format, _)| format.text.is_some());
        Ok(Self { rules, machine, judged })
    }

    pub(crate) fn rules(&self) -> &TextRules {
        &self.rules
    }

    /// Draws a text; `None` when none was found.
    pub(crate) fn draw(&self, options: &ValueOptions, dice: &mut Dice) -> Option<String> {
        let wanted =
            self.rules.formats.iter().find_map(|(format, wanted)| format.generate.filter(|_| *wanted));
        // Of long texts fewer are tried.
        let tries = TRIES.min(1 + TEXT_TRIED_CHARS_MAX / self.rules.min.max(1));
        for attempt in 0..tries {
            let candidate = match (&self.machine, wanted) {
                // Where a pattern narrows a format, the format's own texts come first: they are the rarer ones.
                (Some(_), Some(make)) if attempt < TRIES / 2 => make(dice),
                (Some(machine), _) => machine.draw(dice)?,
                (None, Some(make)) => fit(make(dice), &self.rules),
                (None, None) => plain(self.rules.min, self.rules.max, options, dice),
            };
            if !self.judged && (self.machine.is_some() || wanted.is_none()) || self.rules.admits(&candidate) {
                return Some(candidate);
            }
        }
        None
    }
}

impl TextPlan {
    /// Texts at the bounds of the length, with what they are.
    pub(crate) fn ends(&self, options: &ValueOptions) -> Vec<(String, &'static str)> {
        let mut found = Vec::new();
        if let Some(machine) = &self.machine {
            let [shortest, longest] = machine.ends();
            found.extend(shortest.map(|text| (text, "shortest")));
            found.extend(longest.map(|text| (text, "longest")));
        } else {
            let formatted =
                self.rules.formats.iter().any(|(format, wanted)| *wanted && format.text.is_some());
            if formatted {
                found.extend(self.draw(options, &mut Dice::simplest()).map(|text| (text, "simplest")));
            } else {
                found.push(("a".repeat(self.rules.min), "shortest"));
                if let Some(max) = self.rules.max.filter(|max| *max <= OVERLONG_MAX) {
                    found.push(("a".repeat(max), "longest"));
                    // Characters are counted, not bytes or UTF-16 units.
                    found.push(("🎉".repeat(max), "longest, outside the basic plane"));
                }
                let odd: String = ODD.iter().take(self.rules.max.unwrap_or(ODD.len())).collect();
                found.push((odd, "unusual characters"));
            }
        }
        found.retain(|(text, _)| self.rules.admits(text));
        found
    }
}

/// Formats that set no grammar (`password`, `binary`) can be padded or cut.
fn fit(text: String, rules: &TextRules) -> String {
    let length = text.chars().count();
    if length < rules.min {
        let pad = text.chars().last().unwrap_or('a');
        return text.chars().chain(std::iter::repeat_n(pad, rules.min - length)).collect();
    }
    match rules.max {
        Some(max) if length > max => text.chars().take(max).collect(),
        _ => text,
    }
}

const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Characters that find faults in what handles text: quotes, escapes, separators, scripts, an astral one, a combining
/// one, right-to-left.
const ODD: [char; 26] = [
    ' ', '"', '\'', '\\', '/', '<', '&', '%', '{', ';', '\n', '\t', '\u{7f}', 'é', 'ß', 'İ', '中', 'あ',
    '🎉', '\u{301}', '\u{202e}', '\u{200b}', '\u{feff}', '\u{fffd}', 'א', '\u{1}',
];

/// A text of a length between the bounds.
fn plain(min: usize, max: Option<usize>, options: &ValueOptions, dice: &mut Dice) -> String {
    let longest = max.unwrap_or(usize::MAX).min(min.saturating_add(options.length_max));
    // A text of no characters is rarely what anybody wants to see, but often what finds a fault.
    let shortest = if options.realistic { min.max(1).min(longest) } else { min };
    let length = match dice.below(10) {
        0..=7 => dice.between(shortest, longest.min(shortest.saturating_add(10))),
        8 => dice.between(shortest, longest),
        _ => shortest,
    };
    let odd = !options.realistic && dice.chance(15);
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        if odd && dice.chance(50) {
            text.push(ODD[dice.index(ODD.len())]);
        } else {
            text.push(char::from(LETTERS[dice.index(LETTERS.len())]));
        }
    }
    text
}
