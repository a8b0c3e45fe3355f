//! Choices: the one source of chance for everything that generates.
//!
//! A generator asks for numbers below a limit, and 0 always means the simplest choice. Choices can be recorded and played
//! back, changed: that is how generated values shrink without anybody writing a shrinker for each kind of value
//! (the idea is Hypothesis's, MacIver and Donaldson 2020).

use crate::base::Seed;
use crate::base::limits::CHOICES_MAX;

/// A source of choices.
#[derive(Clone, Debug)]
pub struct Dice {
    source: Source,
    record: Option<Record>,
}

#[derive(Clone, Debug)]
enum Source {
    /// A SplitMix64 stream.
    Random(u64),
    /// Recorded choices, the place in them, and the group that was changed; zeros after their end.
    Replay(Vec<u64>, usize, Option<Changed>),
}

/// A group whose choices were changed: it may need more or fewer of them now, what follows must not notice.
#[derive(Clone, Copy, Debug)]
struct Changed {
    /// The group's number.
    group: usize,
    /// Where the choices after it begin.
    end: usize,
    /// All its choices are the simplest.
    zero: bool,
    /// It is being drawn now.
    inside: bool,
}

/// What was chosen, and which choices belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The choices in order.
    pub choices: Vec<u64>,
    /// Groups, outer ones before the ones inside them.
    pub spans: Vec<Span>,
}

/// Choices that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first one's number.
    pub start: usize,
    /// The number after the last one's.
    pub end: usize,
    /// What to change so that the group is not needed.
    pub switch: Option<Switch>,
}

/// The choice on which it depends whether a group is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// This choice set to 0.
    Zero(usize),
    /// This choice, a count, lowered by one.
    Less(usize),
}

impl Dice {
    /// Chance from a seed.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { source: Source::Random(seed.nth(0).0), record: None }
    }

    /// Chance from a seed, remembered.
    #[must_use]
    pub fn recording(seed: Seed) -> Self {
        Self { record: Some(Record::default()), ..Self::new(seed) }
    }

    /// The given choices again, zeros after their end; remembered as they are really used.
    #[must_use]
    pub fn replaying(choices: Vec<u64>) -> Self {
        Self { source: Source::Replay(choices, 0, None), record: Some(Record::default()) }
    }

    /// The given choices again, of which those of group `number`, up to `end`, are new (or all simplest, if `zero`).
    #[must_use]
    pub fn changing(choices: Vec<u64>, number: usize, end: usize, zero: bool) -> Self {
        let changed = Changed { group: number, end, zero, inside: false };
        Self { source: Source::Replay(choices, 0, Some(changed)), record: Some(Record::default()) }
    }

    /// Always the simplest choice.
    #[must_use]
    pub fn simplest() -> Self {
        Self { source: Source::Replay(Vec::new(), 0, None), record: None }
    }

    /// What was chosen, when it was remembered.
    #[must_use]
    pub fn into_record(self) -> Option<Record> {
        self.record
    }

    /// A number below `limit` (0 when `limit` is 0 or 1).
    #[inline]
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit <= 1 {
            return 0;
        }
        let choice = match &mut self.source {
            Source::Random(state) => {
                // SplitMix64 (Steele, Lea, Flood 2014), then Lemire's reduction: its bias, 1 in 2^64/limit, is nothing
                // that a test could see.
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^= z >> 31;
                u64::try_from((u128::from(z) * u128::from(limit)) >> 64).unwrap_or(0)
            }
            Source::Replay(_, at, Some(changed))
                if changed.inside && (changed.zero || *at >= changed.end) =>
            {
                0
            }
            Source::Replay(choices, at, _) => {
                let choice = choices.get(*at).copied().unwrap_or(0);
                *at += 1;
                choice.min(limit - 1)
            }
        };
        if let Some(record) = &mut self.record
            && record.choices.len() < CHOICES_MAX
        {
            record.choices.push(choice);
        }
        choice
    }

    /// An index below `len` (0 when it is 0).
    #[inline]
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` is the simplest.
    #[inline]
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.index(high.saturating_sub(low).saturating_add(1))
    }

    /// True about `percent` times in a hundred; false is the simplest.
    #[inline]
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) + percent >= 100
    }

    /// One of `items`; the first is the simplest. `None` when there are none.
    #[inline]
    pub fn pick<'i, T>(&mut self, items: &'i [T]) -> Option<&'i T> {
        let index = self.index(items.len());
        items.get(index)
    }

    /// The number of the next choice.
    #[inline]
    #[must_use]
    pub fn position(&self) -> usize {
        self.record.as_ref().map_or(0, |record| record.choices.len())
    }

    /// Like [`Dice::below`], with the given results more often than others: bounds, where faults are.
    #[inline]
    pub fn below_edgy(&mut self, limit: u64, edges: &[u64]) -> u64 {
        let Source::Random(state) = self.source else { return self.below(limit) };
        // One in eight; looked at without being a choice of its own, so that what is recorded is the result.
        if edges.is_empty() || state >> 61 != 0 {
            return self.below(limit);
        }
        let at = usize::try_from(state % edges.len() as u64).unwrap_or(0);
        let choice = edges.get(at).copied().unwrap_or(0).min(limit.saturating_sub(1));
        self.below(2);
        if let Some(record) = &mut self.record {
            record.choices.pop();
            if record.choices.len() < CHOICES_MAX && limit > 1 {
                record.choices.push(choice);
            }
        }
        choice
    }

    /// Starts a group of choices that belong together; give the result to [`Dice::close`].
    #[inline]
    pub fn open(&mut self, switch: Option<Switch>) -> usize {
        match &mut self.record {
            Some(record) => {
                let start = record.choices.len();
                let number = record.spans.len();
                record.spans.push(Span { start, end: start, switch });
                if let Source::Replay(_, _, Some(changed)) = &mut self.source
                    && changed.group == number
                {
                    changed.inside = true;
                }
                number
            }
            None => 0,
        }
    }

    /// Ends the group.
    #[inline]
    pub fn close(&mut self, group: usize) {
        if let Some(record) = &mut self.record
            && let Some(span) = record.spans.get_mut(group)
        {
            span.end = record.choices.len();
        }
        if let Source::Replay(_, at, Some(changed)) = &mut self.source
            && changed.inside
            && changed.group == group
        {
            changed.inside = false;
            *at = changed.end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_plays_back_to_the_same_choices() {
        let mut first = Dice::recording(Seed(7));
        let drawn: Vec<u64> = (1..50).map(|n| first.below(n * 3)).collect();
        let record = first.into_record().unwrap();
        let mut again = Dice::replaying(record.choices.clone());
        let replayed: Vec<u64> = (1..50).map(|n| again.below(n * 3)).collect();
        assert_eq!(drawn, replayed);
        assert_eq!(again.into_record().unwrap().choices, record.choices);
        assert!(drawn.iter().any(|n| *n > 0));
    }

    #[test]
    fn beyond_the_end_everything_is_simplest() {
        let mut dice = Dice::replaying(vec![500]);
        assert_eq!(dice.below(10), 9, "a recorded choice is cut to what is possible now");
        assert_eq!(dice.between(3, 9), 3);
        assert!(!dice.chance(99) && dice.pick(&["a", "b"]) == Some(&"a") && dice.pick::<u8>(&[]).is_none());
    }

    #[test]
    fn groups_nest() {
        let mut dice = Dice::recording(Seed(1));
        let outer = dice.open(None);
        dice.below(5);
        let inner = dice.open(None);
        dice.below(5);
        dice.close(inner);
        dice.close(outer);
        let spans = dice.into_record().unwrap().spans;
        assert_eq!(spans.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>(), [(0, 2), (1, 2)]);
    }

    #[test]
    fn what_follows_a_changed_group_stays() {
        let draw = |dice: &mut Dice| {
            let group = dice.open(None);
            let count = dice.below(9);
            let items: Vec<u64> = (0..count).map(|_| dice.below(100)).collect();
            dice.close(group);
            (items, dice.below(1000))
        };
        let choices = vec![3, 10, 20, 30, 777];
        assert_eq!(draw(&mut Dice::replaying(choices.clone())), (vec![10, 20, 30], 777));
        assert_eq!(draw(&mut Dice::changing(choices.clone(), 0, 4, true)), (vec![], 777));
        let mut fewer = choices.clone();
        fewer[0] = 1;
        assert_eq!(draw(&mut Dice::changing(fewer, 0, 4, false)), (vec![10], 777));
        let mut more = choices;
        more[0] = 5;
        assert_eq!(draw(&mut Dice::changing(more, 0, 4, false)), (vec![10, 20, 30, 0, 0], 777));
    }

    #[test]
    fn edges_come_up_often_and_are_recorded_as_results() {
        let mut dice = Dice::recording(Seed(3));
        let drawn: Vec<u64> = (0..400).map(|_| dice.below_edgy(1_000_000, &[999_999])).collect();
        assert!(drawn.iter().filter(|n| **n == 999_999).count() > 20);
        assert_eq!(dice.into_record().unwrap().choices, drawn);
    }

    #[test]
    fn records_end_at_their_limit() {
        let mut dice = Dice::recording(Seed(1));
        for _ in 0..CHOICES_MAX + 5 {
            dice.below(2);
        }
        assert_eq!(dice.into_record().unwrap().choices.len(), CHOICES_MAX);
    }
}
