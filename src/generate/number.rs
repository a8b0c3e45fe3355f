//! Numbers inside bounds, on the grid that `multipleOf` lays.

use std::cmp::Ordering;

use serde_json::Value;

use super::decimal::Decimal;
use super::interface::ValueOptions;
use crate::base::Dice;

/// Digits after the point when nothing says how many.
const DIGITS: u32 = 2;
/// Digits after the point that are tried to find a number between two narrow bounds.
const DIGITS_MAX: u32 = 18;

/// A bound; true when the number itself is excluded.
pub(crate) type Bound = (Decimal, bool);

/// What a number must fulfil.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NumberRules {
    pub(crate) min: Option<Bound>,
    pub(crate) max: Option<Bound>,
    pub(crate) multiples: Vec<Decimal>,
    pub(crate) not_multiples: Vec<Decimal>,
}

impl NumberRules {
    pub(crate) fn at_least(&mut self, bound: Bound) {
        let tighter = self.min.is_none_or(|old| match bound.0.compare(old.0) {
            Ordering::Greater => true,
            Ordering::Equal => bound.1,
            Ordering::Less => false,
        });
        if tighter {
            self.min = Some(bound);
        }
    }

    pub(crate) fn at_most(&mut self, bound: Bound) {
        let tighter = self.max.is_none_or(|old| match bound.0.compare(old.0) {
            Ordering::Less => true,
            Ordering::Equal => bound.1,
            Ordering::Greater => false,
        });
        if tighter {
            self.max = Some(bound);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if let Some(bound) = other.min {
            self.at_least(bound);
        }
        if let Some(bound) = other.max {
            self.at_most(bound);
        }
        for (own, others) in
            [(&mut self.multiples, &other.multiples), (&mut self.not_multiples, &other.not_multiples)]
        {
            for step in others {
                if !own.contains(step) {
                    own.push(*step);
                }
            }
        }
    }

    /// True when the number keeps the rules.
    pub(crate) fn admits(&self, number: Decimal) -> bool {
        let above = |(bound, open): Bound| match number.compare(bound) {
            Ordering::Greater => true,
            Ordering::Equal => !open,
            Ordering::Less => false,
        };
        let below = |(bound, open): Bound| match number.compare(bound) {
            Ordering::Less => true,
            Ordering::Equal => !open,
            Ordering::Greater => false,
        };
        self.min.is_none_or(above)
            && self.max.is_none_or(below)
            && self.multiples.iter().all(|step| number.is_multiple_of(*step))
            && !self.not_multiples.iter().any(|step| number.is_multiple_of(*step))
    }
}

/// Numbers that keep given rules: whole multiples of a step in a range.
#[derive(Clone, Debug)]
pub(crate) struct NumberPlan {
    step: Decimal,
    low: Option<i128>,
    high: Option<i128>,
    fractions_only: bool,
    rules: NumberRules,
}

impl NumberPlan {
    /// Whole numbers; `None` when there are none.
    pub(crate) fn integers(rules: &NumberRules) -> Option<Self> {
        let step = rules.multiples.iter().try_fold(Decimal::ONE, |step, other| step.lcm(*other))?;
        Self { step, low: None, high: None, fractions_only: false, rules: rules.clone() }.bounded()
    }

    /// Numbers that are not whole; `None` when there are none.
    pub(crate) fn fractions(rules: &NumberRules) -> Option<Self> {
        let plan =
            |step| Self { step, low: None, high: None, fractions_only: true, rules: rules.clone() }.bounded();
        if let Some((first, others)) = rules.multiples.split_first() {
            let step = others.iter().try_fold(*first, |step, other| step.lcm(*other))?;
            return if step.is_integer() { None } else { plan(step) };
        }
        (DIGITS..=DIGITS_MAX).step_by(2).find_map(|digits| plan(Decimal::new(1, digits)))
    }

    fn bounded(mut self) -> Option<Self> {
        if !self.step.is_positive() || self.rules.not_multiples.iter().any(|n| self.step.is_multiple_of(*n)) {
            return None;
        }
        if let Some((bound, open)) = self.rules.min {
            let mut low = bound.ceil_div(self.step)?;
            if open && self.step.times(low)?.compare(bound) == Ordering::Equal {
                low += 1;
            }
            self.low = Some(low);
        }
        if let Some((bound, open)) = self.rules.max {
            let mut high = bound.floor_div(self.step)?;
            if open && self.step.times(high)?.compare(bound) == Ordering::Equal {
                high -= 1;
            }
            self.high = Some(high);
        }
        match self.count() {
            Some(0) => None,
            // Few enough to look at each; of more, some fulfil whatever `not_multiples` says.
            Some(count) if count <= 64 => self.all(64).is_none_or(|all| !all.is_empty()).then_some(self),
            _ => Some(self),
        }
    }

    /// How many steps lie in the range, when it has two ends.
    fn count(&self) -> Option<u128> {
        let (low, high) = (self.low?, self.high?);
        Some(if low > high { 0 } else { high.abs_diff(low) + 1 })
    }

    fn fits(&self, k: i128) -> Option<Decimal> {
        let number = self.step.times(k)?;
        let fits = (!self.fractions_only || !number.is_integer())
            && !self.rules.not_multiples.iter().any(|n| number.is_multiple_of(*n));
        fits.then_some(number)
    }

    /// All numbers, when there are at most `limit`.
    pub(crate) fn all(&self, limit: u128) -> Option<Vec<Value>> {
        if self.count()? > limit {
            return None;
        }
        let (low, high) = (self.low?, self.high?);
        Some((low..=high).filter_map(|k| self.fits(k)?.to_value()).collect())
    }

    /// The number as a value, when it is one of these.
    pub(crate) fn accept(&self, number: Decimal) -> Option<Value> {
        let fits = number.is_multiple_of(self.step)
            && (!self.fractions_only || !number.is_integer())
            && self.rules.admits(number);
        fits.then(|| number.to_value()).flatten()
    }

    /// The lowest and the highest number, where there are such.
    pub(crate) fn ends(&self) -> [Option<Value>; 2] {
        let near = |end: Option<i128>, way: i128| {
            let end = end?;
            (0..4).find_map(|n| self.fits(end.checked_add(way * n)?)?.to_value())
        };
        [near(self.low, 1), near(self.high, -1)]
    }

    /// The second lowest and the second highest number, and those around zero.
    pub(crate) fn next_to_ends(&self) -> Vec<Value> {
        let beside =
            [self.low.map(|low| low + 1), self.high.map(|high| high - 1), Some(-1), Some(0), Some(1)];
        let inside =
            |k: &i128| self.low.is_none_or(|low| *k >= low) && self.high.is_none_or(|high| *k <= high);
        beside.into_iter().flatten().filter(inside).filter_map(|k| self.fits(k)?.to_value()).collect()
    }

    /// The number nearest to zero.
    fn anchor(&self) -> i128 {
        match (self.low, self.high) {
            (Some(low), _) if low > 0 => low,
            (_, Some(high)) if high < 0 => high,
            _ => 0,
        }
    }

    /// Draws a number.
    pub(crate) fn draw(&self, options: &ValueOptions, dice: &mut Dice) -> Option<Value> {
        for _ in 0..32 {
            let k = self.draw_step(options, dice);
            for k in [k, k.saturating_add(1), k.saturating_sub(1)] {
                let inside = self.low.is_none_or(|low| k >= low) && self.high.is_none_or(|high| k <= high);
                if inside && let Some(value) = self.fits(k).and_then(Decimal::to_value) {
                    return Some(value);
                }
            }
        }
        None
    }

    fn draw_step(&self, options: &ValueOptions, dice: &mut Dice) -> i128 {
        let anchor = self.anchor();
        if let Some(count) =
            self.count().and_then(|n| u64::try_from(n).ok()).filter(|n| (1..=1 << 40).contains(n))
        {
            let up = self.high.and_then(|high| u64::try_from(high - anchor).ok()).unwrap_or(0);
            // Upwards from the anchor, then downwards: 0 is the simplest, `up` the highest, the last one the lowest.
            let edges: &[u64] = if options.realistic { &[] } else { &[up, count - 1] };
            let index = dice.below_edgy(count, edges);
            return if index <= up { anchor + i128::from(index) } else { anchor - i128::from(index - up) };
        }
        let bits = if options.realistic {
            10
        } else {
            match dice.below(20) {
                0..=9 => 7,
                10..=15 => 15,
                16 | 17 => 31,
                18 => 52,
                _ => 62,
            }
        };
        let offset = i128::from(dice.below(1 << bits));
        let (room_up, room_down) = (
            self.high.map_or(i128::MAX, |high| high.saturating_sub(anchor)),
            self.low.map_or(i128::MAX, |low| anchor.saturating_sub(low)),
        );
        let down = room_down > 0 && (room_up == 0 || !options.realistic && dice.chance(30));
        if down { anchor - offset.min(room_down) } else { anchor + offset.min(room_up) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Seed;

    fn decimal(value: Value) -> Decimal {
        Decimal::from_number(value.as_number().unwrap()).unwrap()
    }

    #[test]
    fn drawn_numbers_keep_the_rules() {
        let rules = NumberRules {
            min: Some((decimal(json!(0.5)), true)),
            max: Some((decimal(json!(7.3)), false)),
            multiples: vec![decimal(json!(0.1)), decimal(json!(0.25))],
            not_multiples: vec![],
        };
        let plan = NumberPlan::fractions(&rules).unwrap();
        for seed in 0..200 {
            let value = plan.draw(&ValueOptions::default(), &mut Dice::new(Seed(seed))).unwrap();
            assert!(rules.admits(decimal(value.clone())), "{value}");
        }
        assert_eq!(
            NumberPlan::integers(&rules).unwrap().all(20).unwrap(),
            [1, 2, 3, 4, 5, 6, 7].map(Value::from)
        );
    }

    #[test]
    fn empty_ranges_are_told() {
        let none = NumberRules {
            min: Some((decimal(json!(3)), true)),
            max: Some((decimal(json!(4)), true)),
            ..NumberRules::default()
        };
        assert!(NumberPlan::integers(&none).is_none() && NumberPlan::fractions(&none).is_some());
        let whole = NumberRules { multiples: vec![decimal(json!(2))], ..NumberRules::default() };
        assert!(NumberPlan::fractions(&whole).is_none());
        let odd = NumberRules { not_multiples: vec![decimal(json!(1))], ..NumberRules::default() };
        assert!(NumberPlan::integers(&odd).is_none() && NumberPlan::fractions(&odd).is_some());
    }

    #[test]
    fn narrow_bounds_beyond_two_to_the_53_are_met_exactly() {
        let rules = NumberRules {
            min: Some((decimal(json!(9_007_199_254_740_993_u64)), false)),
            max: Some((decimal(json!(9_007_199_254_740_994_u64)), true)),
            ..NumberRules::default()
        };
        let drawn =
            NumberPlan::integers(&rules).unwrap().draw(&ValueOptions::default(), &mut Dice::simplest());
        assert_eq!(drawn, Some(json!(9_007_199_254_740_993_u64)));
    }
}
