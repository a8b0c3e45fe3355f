//! Patterns as automata over characters, searched the way `pattern` is: anywhere in the text.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::ecma::translate;
use crate::base::limits::{REGEX_BACKTRACK_MAX, REGEX_REPEATS_MAX, REGEX_STATES_MAX};

/// A state of an automaton.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// One character out of ranges, then on.
    Class(Box<[(char, char)]>, u32),
    /// Any of these, without a character.
    Split(Box<[u32]>),
    /// On when the assertion holds.
    Look(Look, u32),
    /// The pattern has matched.
    Match,
}

/// What stands before or after a place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Side {
    /// Nothing: the text's start or end.
    Edge,
    /// A word character (ASCII letter, digit, underscore).
    Word,
    /// Another character.
    Other,
}

impl Side {
    pub(crate) fn of(c: char) -> Self {
        if c.is_ascii_alphanumeric() || c == '_' { Self::Word } else { Self::Other }
    }
}

/// A nondeterministic automaton; the start is its last state.
#[derive(Clone, Debug)]
pub(crate) struct Nfa {
    pub(crate) states: Vec<State>,
    pub(crate) start: u32,
    /// True when it looks at word boundaries.
    pub(crate) words: bool,
}

impl Nfa {
    fn build(pattern: &str) -> Option<Self> {
        let hir =
            regex_syntax::ParserBuilder::new().nest_limit(200).utf8(false).build().parse(pattern).ok()?;
        let mut nfa = Self { states: vec![State::Match], start: 0, words: false };
        nfa.start = nfa.add(&hir, 0)?;
        Some(nfa)
    }

    fn push(&mut self, state: State) -> Option<u32> {
        if self.states.len() >= REGEX_STATES_MAX {
            return None;
        }
        self.states.push(state);
        u32::try_from(self.states.len() - 1).ok()
    }

    /// Adds `hir` before `next`; gives the state to enter it by.
    fn add(&mut self, hir: &Hir, next: u32) -> Option<u32> {
        match hir.kind() {
            HirKind::Empty => Some(next),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).ok()?;
                text.chars().rev().try_fold(next, |next, c| self.push(State::Class(Box::new([(c, c)]), next)))
            }
            HirKind::Class(class) => {
                let ranges: Vec<(char, char)> = match class {
                    Class::Unicode(class) => class.iter().map(|r| (r.start(), r.end())).collect(),
                    Class::Bytes(class) => {
                        class.iter().map(|r| (char::from(r.start()), char::from(r.end()))).collect()
                    }
                };
                self.push(State::Class(ranges.into(), next))
            }
            HirKind::Look(look) => {
                self.words |= !matches!(look, Look::Start | Look::End);
                self.push(State::Look(*look, next))
            }
            HirKind::Capture(capture) => self.add(&capture.sub, next),
            HirKind::Concat(parts) => parts.iter().rev().try_fold(next, |next, part| self.add(part, next)),
            HirKind::Alternation(parts) => {
                let entries: Option<Vec<u32>> = parts.iter().map(|part| self.add(part, next)).collect();
                self.push(State::Split(entries?.into()))
            }
            HirKind::Repetition(repetition) => {
                let min = repetition.min;
                let mut entry = next;
                match repetition.max {
                    None => {
                        // The loop's head is known only after its body: reserved, then set.
                        let head = self.push(State::Split(Box::new([])))?;
                        let body = self.add(&repetition.sub, head)?;
                        self.states[head as usize] = State::Split(Box::new([next, body]));
                        entry = head;
                    }
                    Some(max) => {
                        // Fewer repeats than allowed accept less, never more.
                        let extra = max.checked_sub(min)?.min(REGEX_REPEATS_MAX);
                        for _ in 0..extra {
                            let body = self.add(&repetition.sub, entry)?;
                            entry = self.push(State::Split(Box::new([next, body])))?;
                        }
                    }
                }
                (0..min).try_fold(entry, |entry, _| self.add(&repetition.sub, entry))
            }
        }
    }

    /// All states reached from `states` without a character, when `before` and `after` surround the place.
    pub(crate) fn close(&self, states: &[u32], before: Side, after: Side) -> Vec<u32> {
        let mut seen = vec![false; self.states.len()];
        let mut open: Vec<u32> = states.to_vec();
        let mut closed = Vec::new();
        while let Some(state) = open.pop() {
            if std::mem::replace(&mut seen[state as usize], true) {
                continue;
            }
            match &self.states[state as usize] {
                State::Split(next) => open.extend(next.iter()),
                State::Look(look, next) => {
                    if holds(*look, before, after) {
                        open.push(*next);
                    }
                }
                State::Class(..) | State::Match => closed.push(state),
            }
        }
        closed.sort_unstable();
        closed
    }

    fn is_match(&self, text: &str) -> bool {
        let mut states: Vec<u32> = Vec::new();
        let mut before = Side::Edge;
        for c in text.chars() {
            states.push(self.start);
            let closed = self.close(&states, before, Side::of(c));
            if closed.first() == Some(&0) {
                return true;
            }
            states = self.step(&closed, c);
            before = Side::of(c);
        }
        states.push(self.start);
        self.close(&states, before, Side::Edge).first() == Some(&0)
    }

    pub(crate) fn step(&self, closed: &[u32], c: char) -> Vec<u32> {
        let mut next: Vec<u32> = closed
            .iter()
            .filter_map(|state| match &self.states[*state as usize] {
                State::Class(ranges, next) if within(ranges, c) => Some(*next),
                _ => None,
            })
            .collect();
        next.sort_unstable();
        next.dedup();
        next
    }
}

fn within(ranges: &[(char, char)], c: char) -> bool {
    let at = ranges.partition_point(|(_, end)| *end < c);
    ranges.get(at).is_some_and(|(start, _)| *start <= c)
}

fn holds(look: Look, before: Side, after: Side) -> bool {
    let boundary = (before == Side::Word) != (after == Side::Word);
    match look {
        Look::Start => before == Side::Edge,
        Look::End => after == Side::Edge,
        Look::WordAscii | Look::WordUnicode => boundary,
        Look::WordAsciiNegate | Look::WordUnicodeNegate => !boundary,
        // Multi-line anchors and half boundaries can't be written in ECMA syntax.
        _ => false,
    }
}

/// A pattern, ready to be searched for and to be drawn from.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// Automata with what must come of them, all together being the pattern.
    pub(crate) parts: Vec<(Nfa, bool)>,
    /// The pattern itself where the automata accept more than it.
    exact: Option<fancy_regex::Regex>,
    /// True when the automata accept more than the pattern.
    pub(crate) loose: bool,
}

impl Pattern {
    /// `None` when the pattern can't be read or is too large.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let translated = translate(pattern);
        let mut parts = vec![(Nfa::build(&translated.main)?, true)];
        for (ahead, positive) in &translated.ahead {
            parts.push((Nfa::build(ahead)?, *positive));
        }
        let exact = translated.loose.then(|| {
            fancy_regex::RegexBuilder::new(pattern).backtrack_limit(REGEX_BACKTRACK_MAX).build().ok()
        });
        Some(Self { parts, exact: exact.flatten(), loose: translated.loose })
    }

    /// True when the pattern matches somewhere in `text`.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match &self.exact {
            Some(exact) => exact.is_match(text).unwrap_or(false),
            None => self.parts.iter().all(|(nfa, positive)| nfa.is_match(text) == *positive),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_agrees_with_the_regex_crate() {
        let patterns =
            ["^a+$", "b", "^(ab|c)*$", r"\bfoo\b", "^$", "a{2,3}", "^.{3}$", r"^\S(|(.|\n)*\S)\Z", "x|^y$"];
        let texts =
            ["", "a", "aa", "aaa", "b", "ab", "abc", "foo", "a foo b", "afoo", "xyz", "y", "yy", "a\nb"];
        for pattern in patterns {
            let own = Pattern::new(pattern).unwrap();
            let other = regex::Regex::new(&translate(pattern).main).unwrap();
            for text in texts {
                assert_eq!(own.is_match(text), other.is_match(text), "{pattern} on {text:?}");
            }
        }
    }

    #[test]
    fn look_aheads_are_exact() {
        let password = Pattern::new(r"^(?=.*[A-Z])(?=.*\d).{4,8}$").unwrap();
        assert!(password.is_match("aaA1") && !password.is_match("aaaa1") && !password.is_match("A1"));
        let loose = Pattern::new(r"^(a|b)\1$").unwrap();
        assert!(loose.is_match("aa") && !loose.is_match("ab"));
    }

    #[test]
    fn huge_counts_and_nonsense_do_not_explode() {
        assert!(Pattern::new("(a{1000}){1000}").is_none());
        assert!(Pattern::new("(").is_none());
        assert!(Pattern::new("^a{0,100000}$").unwrap().is_match("aaaa"));
    }
}
