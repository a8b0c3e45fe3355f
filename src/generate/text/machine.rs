//! Several patterns at once, wanted and unwanted, with bounds on the length: one deterministic automaton that says for
//! each state and number of characters left whether the text can still be finished.

use std::collections::HashMap;
use std::sync::Arc;

use super::nfa::{Nfa, Pattern, Side, State};
use crate::base::Dice;
use crate::base::limits::{TEXT_LENGTH_STATES_MAX, TEXT_STATES_MAX};

/// A state of one automaton: the states it may be in and what stood before. `None`: has matched for good.
type Component = Option<(Vec<u32>, Side)>;

/// How many pairs of lengths and states finding one state is worth.
const STATE_WORK: usize = 200;

/// Where characters of given ranges lead.
#[derive(Clone, Debug)]
struct Edge {
    target: usize,
    ranges: Vec<(char, char)>,
}

/// The product automaton.
#[derive(Debug)]
pub(crate) struct Machine {
    edges: Vec<Vec<Edge>>,
    /// For each number of characters left, from 0: the states from which that many can finish the text.
    alive: Vec<Vec<bool>>,
    /// The lengths that texts can have, of those looked at.
    lengths: Vec<usize>,
    /// True when all states were looked at.
    complete: bool,
}

struct Explorer<'p> {
    parts: Vec<&'p Nfa>,
    /// For each pattern: its parts with what must come of them, and whether the pattern is wanted.
    groups: Vec<(Vec<(usize, bool)>, bool)>,
    known: HashMap<Vec<Component>, usize>,
    queue: Vec<Vec<Component>>,
    complete: bool,
}

impl Machine {
    /// Builds the automaton for texts of `min` to `max` characters that match the patterns marked `true` and none of
    /// those marked `false`. How many characters beyond the shortest are looked at is `spare`, how many pairs of
    /// lengths and states about `work`.
    pub(crate) fn build(
        patterns: &[(Arc<Pattern>, bool)],
        min: usize,
        max: Option<usize>,
        spare: usize,
        work: usize,
    ) -> Self {
        let mut explorer = Explorer {
            parts: Vec::new(),
            groups: Vec::new(),
            known: HashMap::new(),
            queue: Vec::new(),
            complete: true,
        };
        for (pattern, wanted) in patterns {
            let mut group = Vec::new();
            for (nfa, positive) in &pattern.parts {
                group.push((explorer.parts.len(), *positive));
                explorer.parts.push(nfa);
            }
            explorer.groups.push((group, *wanted));
        }
        let first: Vec<Component> = explorer.parts.iter().map(|_| Some((Vec::new(), Side::Edge))).collect();
        explorer.intern(first);
        let mut edges = Vec::new();
        while edges.len() < explorer.queue.len() {
            edges.push(explorer.edges_of(edges.len()));
        }
        let accepting: Vec<bool> = explorer.queue.iter().map(|state| explorer.accepts(state)).collect();
        let mut machine =
            Self { edges, alive: vec![accepting], lengths: Vec::new(), complete: explorer.complete };
        machine.measure(min, max, spare, work);
        machine
    }

    /// Fills `alive` and `lengths`.
    fn measure(&mut self, min: usize, max: Option<usize>, spare: usize, work: usize) {
        let states = self.edges.len();
        let affordable = TEXT_LENGTH_STATES_MAX.min(work) / states.max(1);
        // From `min` on at most this many lengths without a text can follow before one with a text comes.
        let search = min.saturating_add(states).saturating_add(1);
        let mut last = max.unwrap_or(usize::MAX).min(search).min(affordable);
        self.complete &= max.is_some_and(|max| max <= last) || search <= last;
        let mut left = 0;
        loop {
            if left >= min && self.alive[left].first() == Some(&true) {
                self.lengths.push(left);
                let enough = self.lengths[0].saturating_add(spare).min(max.unwrap_or(usize::MAX));
                last = last.max(enough.min(affordable)).min(enough);
            }
            if left >= last {
                break;
            }
            let before = &self.alive[left];
            let now = self.edges.iter().map(|edges| edges.iter().any(|edge| before[edge.target])).collect();
            self.alive.push(now);
            left += 1;
        }
    }

    /// What it took: pairs of lengths and states, and more for each state.
    pub(crate) fn work(&self) -> usize {
        self.edges.len() * (self.alive.len() + STATE_WORK)
    }

    /// True when no text fulfils everything; only if all was looked at is that certain.
    pub(crate) fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// True when an empty automaton means that there is no such text.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// The shortest and the longest text of those looked at.
    pub(crate) fn ends(&self) -> [Option<String>; 2] {
        let of = |length: Option<&usize>| self.draw_length(*length?, &mut Dice::simplest());
        [of(self.lengths.first()), of(self.lengths.last())]
    }

    /// Draws a text.
    pub(crate) fn draw(&self, dice: &mut Dice) -> Option<String> {
        let span = self.lengths.len();
        // Mostly short, sometimes the longest.
        let at = match dice.below(8) {
            0..=5 => dice.index(span.min(12)),
            6 => dice.index(span),
            _ => span.saturating_sub(1),
        };
        self.draw_length(*self.lengths.get(at)?, dice)
    }

    fn draw_length(&self, length: usize, dice: &mut Dice) -> Option<String> {
        let mut left = length;
        let mut text = String::with_capacity(left);
        let mut state = 0;
        while left > 0 {
            left -= 1;
            let alive = self.alive.get(left)?;
            let edges = self.edges.get(state)?;
            let count = edges.iter().filter(|edge| alive[edge.target]).count();
            let chosen = dice.index(count);
            let edge = edges.iter().filter(|edge| alive[edge.target]).nth(chosen)?;
            text.push(draw_char(&edge.ranges, dice)?);
            state = edge.target;
        }
        Some(text)
    }
}

/// Preferred characters, the simplest first.
const NICE: [(char, char); 4] = [('a', 'z'), ('0', '9'), ('A', 'Z'), ('!', '~')];

/// Draws a character from ranges: letters and digits where there are any, now and then anything.
fn draw_char(ranges: &[(char, char)], dice: &mut Dice) -> Option<char> {
    let overlap = |(low, high): (char, char)| -> Vec<(char, char)> {
        ranges
            .iter()
            .filter(|(a, b)| *a <= high && *b >= low)
            .map(|(a, b)| (low.max(*a), high.min(*b)))
            .collect()
    };
    let wild = dice.chance(4);
    if !wild {
        let start = match dice.below(10) {
            0..=6 => 0,
            7 => 1,
            8 => 2,
            _ => 3,
        };
        for nice in NICE.iter().cycle().skip(start).take(NICE.len()) {
            let some = overlap(*nice);
            if !some.is_empty() {
                return one_of(&some, dice);
            }
        }
    }
    one_of(ranges, dice)
}

fn one_of(ranges: &[(char, char)], dice: &mut Dice) -> Option<char> {
    let (low, high) = *dice.pick(ranges)?;
    let size = u64::from(u32::from(high) - u32::from(low)) + 1;
    let code = u32::from(low) + u32::try_from(dice.below(size.min(0x11_0000))).unwrap_or(0);
    Some(char::from_u32(code).unwrap_or(low))
}

/// So many automata may run side by side before there may be fewer states of all of them together.
const PARTS_FREE: usize = 8;

impl Explorer<'_> {
    fn intern(&mut self, state: Vec<Component>) -> Option<usize> {
        if let Some(known) = self.known.get(&state) {
            return Some(*known);
        }
        // The more automata run side by side, the more each state costs.
        if self.queue.len() >= TEXT_STATES_MAX / (self.parts.len() / PARTS_FREE).max(1) {
            self.complete = false;
            return None;
        }
        let number = self.queue.len();
        self.known.insert(state.clone(), number);
        self.queue.push(state);
        Some(number)
    }

    fn entered(&self, part: usize, component: &Component, after: Side) -> Option<Vec<u32>> {
        let (states, before) = component.as_ref()?;
        let nfa = self.parts[part];
        let mut states = states.clone();
        states.push(nfa.start);
        let closed = nfa.close(&states, *before, after);
        // State 0 is the match: from here on everything matches.
        (closed.first() != Some(&0)).then_some(closed)
    }

    fn accepts(&self, state: &[Component]) -> bool {
        let matched: Vec<bool> = state
            .iter()
            .enumerate()
            .map(|(part, component)| self.entered(part, component, Side::Edge).is_none())
            .collect();
        self.groups.iter().all(|(group, wanted)| {
            group.iter().all(|(part, positive)| matched[*part] == *positive) == *wanted
        })
    }

    fn edges_of(&mut self, number: usize) -> Vec<Edge> {
        let state = self.queue[number].clone();
        let words = self.parts.iter().any(|nfa| nfa.words);
        let mut by_target: Vec<Edge> = Vec::new();
        // Closures depend on the next character only by its side.
        for after in [Side::Word, Side::Other] {
            let closed: Vec<Option<Vec<u32>>> = state
                .iter()
                .enumerate()
                .map(|(part, component)| self.entered(part, component, after))
                .collect();
            for (low, high) in self.intervals(&closed) {
                if words && Side::of(low) != after || !words && after == Side::Other {
                    continue;
                }
                let next: Vec<Component> = closed
                    .iter()
                    .enumerate()
                    .map(|(part, closed)| {
                        let side = if words { Side::of(low) } else { Side::Other };
                        closed.as_ref().map(|closed| (self.parts[part].step(closed, low), side))
                    })
                    .collect();
                let Some(target) = self.intern(next) else { continue };
                match by_target.iter_mut().find(|edge| edge.target == target) {
                    Some(edge) => edge.ranges.push((low, high)),
                    None => by_target.push(Edge { target, ranges: vec![(low, high)] }),
                }
            }
        }
        by_target
    }

    /// All characters, cut into ranges whose members no state tells apart.
    fn intervals(&self, closed: &[Option<Vec<u32>>]) -> Vec<(char, char)> {
        let mut cuts: Vec<u32> = vec![0, 0x20, 0x7f, 0xe000];
        let mut cut = |low: char, high: char| {
            cuts.push(u32::from(low));
            cuts.push(u32::from(high) + 1);
        };
        for (part, closed) in closed.iter().enumerate() {
            for state in closed.iter().flatten() {
                if let State::Class(ranges, _) = &self.parts[part].states[*state as usize] {
                    // Of huge classes (all letters of Unicode) the first hundred ranges will do.
                    ranges.iter().take(100).for_each(|(low, high)| cut(*low, *high));
                }
            }
        }
        if self.parts.iter().any(|nfa| nfa.words) {
            for (low, high) in [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')] {
                cut(low, high);
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        cuts.push(0x11_0000);
        cuts.windows(2)
            .filter_map(|pair| {
                Some((
                    char::from_u32(pair[0])?,
                    char::from_u32((pair[1] - 1).min(0x10_ffff)).unwrap_or('\u{d7ff}'),
                ))
            })
            .filter(|(low, high)| low <= high)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Seed;

    fn machine(patterns: &[(&str, bool)], min: usize, max: Option<usize>) -> Machine {
        let patterns: Vec<_> =
            patterns.iter().map(|(p, wanted)| (Arc::new(Pattern::new(p).unwrap()), *wanted)).collect();
        Machine::build(&patterns, min, max, 20, usize::MAX)
    }

    #[test]
    fn several_patterns_and_bounds_hold_at_once() {
        type Case<'c> = (&'c [(&'c str, bool)], usize, Option<usize>);
        let cases: [Case<'_>; 7] = [
            (&[("^[a-z]+$", true), ("foo", true), ("bar", true)], 8, Some(9)),
            (&[("^(?=.*[A-Z])(?=.*[0-9]).*$", true), ("^.*x", false)], 4, Some(6)),
            (&[(r"^[^\s]+@[^\s]+$", true)], 10, Some(10)),
            (&[("^(ab)*$", true)], 3, Some(5)),
            (&[("a", false), ("^.", true)], 0, None),
            (&[(r"\bfoo\b", true), ("^foo", false)], 0, Some(12)),
            (&[("^.{1,255}$", true)], 200, None),
        ];
        for (patterns, min, max) in cases {
            let machine = machine(patterns, min, max);
            assert!(!machine.is_empty(), "{patterns:?}");
            for seed in 0..100 {
                let text = machine.draw(&mut Dice::new(Seed(seed))).unwrap();
                let length = text.chars().count();
                assert!(length >= min && max.is_none_or(|max| length <= max), "{patterns:?}: {text:?}");
                for (pattern, wanted) in patterns {
                    assert_eq!(
                        Pattern::new(pattern).unwrap().is_match(&text),
                        *wanted,
                        "{pattern}: {text:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn contradictions_are_certain() {
        for (patterns, min, max) in [
            (&[("^a+$", true), ("^b+$", true)][..], 0, None),
            (&[("^(ab)*$", true)], 3, Some(3)),
            (&[("", false)], 0, None),
            (&[("^[ab]{2}$", true)], 3, None),
        ] {
            let machine = machine(patterns, min, max);
            assert!(machine.is_empty() && machine.is_complete(), "{patterns:?}");
        }
    }

    #[test]
    fn the_simplest_text_is_the_shortest() {
        assert_eq!(machine(&[("^[0-9a-z]{2,9}$", true)], 0, None).draw(&mut Dice::simplest()).unwrap(), "aa");
    }

    #[test]
    fn too_large_automata_are_cut_off_and_say_so() {
        let machine = machine(&[("(a|b)*a(a|b){14}$", true)], 0, Some(40));
        assert!(!machine.is_complete());
        if let Some(text) = machine.draw(&mut Dice::new(Seed(3))) {
            assert!(Pattern::new("(a|b)*a(a|b){14}$").unwrap().is_match(&text));
        }
    }
}
