//! Exact decimal numbers: what JSON numbers are, before binary floating point gets at them.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Decimal digits after the point that are kept at most.
const SCALE_MAX: u32 = 30;

/// `mantissa / 10^scale`, without trailing zeros after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    mantissa: i128,
    scale: u32,
}

fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}

impl Decimal {
    pub(crate) const ONE: Self = Self { mantissa: 1, scale: 0 };

    pub(crate) fn new(mantissa: i128, scale: u32) -> Self {
        let mut normal = Self { mantissa, scale };
        while normal.scale > 0 && normal.mantissa % 10 == 0 {
            normal.mantissa /= 10;
            normal.scale -= 1;
        }
        normal
    }

    /// The number as its shortest decimal text says; `None` beyond what 127 bits hold.
    pub(crate) fn from_number(number: &Number) -> Option<Self> {
        if let Some(whole) = number.as_i64() {
            return Some(Self::new(whole.into(), 0));
        }
        if let Some(whole) = number.as_u64() {
            return Some(Self::new(whole.into(), 0));
        }
        let float = number.as_f64()?;
        let text = format!("{float:e}");
        let (digits, exponent) = text.split_once('e')?;
        let exponent: i64 = exponent.parse().ok()?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = i64::try_from(fraction.len()).ok()? - exponent;
        if scale > i64::from(SCALE_MAX) {
            return None;
        }
        match u32::try_from(scale) {
            Ok(scale) => Some(Self::new(mantissa, scale)),
            Err(_) => {
                let factor = power(u32::try_from(-scale).ok()?)?;
                Some(Self::new(mantissa.checked_mul(factor)?, 0))
            }
        }
    }

    pub(crate) fn is_integer(self) -> bool {
        self.scale == 0
    }

    pub(crate) fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// Both mantissas at one scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let own = self.mantissa.checked_mul(power(scale - self.scale)?)?;
        let others = other.mantissa.checked_mul(power(scale - other.scale)?)?;
        Some((own, others, scale))
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        match self.aligned(other) {
            Some((a, b, _)) => a.cmp(&b),
            // One of them is too large for the other's scale: the size without the fraction decides.
            None => self.truncated().cmp(&other.truncated()),
        }
    }

    fn truncated(self) -> i128 {
        power(self.scale).map_or(0, |factor| self.mantissa / factor)
    }

    /// The largest whole `k` with `k * step <= self`.
    pub(crate) fn floor_div(self, step: Self) -> Option<i128> {
        let (a, b, _) = self.aligned(step)?;
        (b > 0).then(|| a.div_euclid(b))
    }

    /// The smallest whole `k` with `k * step >= self`.
    pub(crate) fn ceil_div(self, step: Self) -> Option<i128> {
        let (a, b, _) = self.aligned(step)?;
        (b > 0).then(|| a.div_euclid(b) + i128::from(a.rem_euclid(b) != 0))
    }

    pub(crate) fn is_multiple_of(self, step: Self) -> bool {
        self.aligned(step).is_some_and(|(a, b, _)| b != 0 && a % b == 0)
    }

    pub(crate) fn times(self, k: i128) -> Option<Self> {
        Some(Self::new(self.mantissa.checked_mul(k)?, self.scale))
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self::new(a.checked_add(b)?, scale))
    }

    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        Some(Self::new(a.checked_sub(b)?, scale))
    }

    pub(crate) fn half(self) -> Option<Self> {
        Some(Self::new(self.mantissa.checked_mul(5)?, self.scale.checked_add(1)?))
    }

    pub(crate) fn lcm(self, other: Self) -> Option<Self> {
        let (a, b, scale) = self.aligned(other)?;
        if a == 0 || b == 0 {
            return None;
        }
        Some(Self::new((a / gcd(a, b)).checked_mul(b)?.abs(), scale))
    }

    /// As a JSON number: `None` when none holds it.
    pub(crate) fn to_value(self) -> Option<Value> {
        if self.scale == 0 {
            if let Ok(small) = i64::try_from(self.mantissa) {
                return Some(Value::from(small));
            }
            if let Ok(large) = u64::try_from(self.mantissa) {
                return Some(Value::from(large));
            }
        }
        let float: f64 = format!("{}e-{}", self.mantissa, self.scale).parse().ok()?;
        Number::from_f64(float).map(Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decimal(value: Value) -> Decimal {
        Decimal::from_number(value.as_number().unwrap()).unwrap()
    }

    #[test]
    fn floats_are_taken_by_their_text() {
        assert_eq!(decimal(json!(0.1)), Decimal { mantissa: 1, scale: 1 });
        assert_eq!(decimal(json!(1e20)), Decimal { mantissa: 100_000_000_000_000_000_000, scale: 0 });
        assert_eq!(decimal(json!(-2.50)), Decimal { mantissa: -25, scale: 1 });
        assert_eq!(decimal(json!(u64::MAX)).to_value().unwrap(), json!(u64::MAX));
        assert_eq!(Decimal::from_number(json!(1e300).as_number().unwrap()), None);
        assert_eq!(Decimal::from_number(json!(1e-300).as_number().unwrap()), None);
    }

    #[test]
    fn division_is_exact() {
        assert_eq!(decimal(json!(0.3)).floor_div(decimal(json!(0.1))), Some(3));
        assert_eq!(decimal(json!(-0.35)).ceil_div(decimal(json!(0.1))), Some(-3));
        assert_eq!(decimal(json!(-0.35)).floor_div(decimal(json!(0.1))), Some(-4));
        assert_eq!(decimal(json!(0.6)).lcm(decimal(json!(0.4))), Some(decimal(json!(1.2))));
        assert!(decimal(json!(4.02)).is_multiple_of(decimal(json!(0.01))));
        assert_eq!(decimal(json!(1)).floor_div(decimal(json!(0))), None);
    }
}
