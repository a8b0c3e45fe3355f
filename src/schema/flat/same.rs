//! Equality of places in [`Flat`](super::Flat) documents, without trees of values: for `const`, `enum`, `uniqueItems`.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use serde_json::{Number, Value};

use super::{At, Kind};

/// A number that has a double, whole ones of both signs among them, as what it is equal to (`1` is `1.0`, `0` is `-0`).
#[derive(Clone, Copy, Hash, PartialEq, Eq)]
enum Quantity {
    Whole(i128),
    Broken(u64),
}

fn quantity(number: &Number) -> Quantity {
    if let Some(whole) = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)) {
        return Quantity::Whole(whole);
    }
    let float = number.as_f64().unwrap_or_default();
    // Doubles beyond are whole, and no integer that a document can hold is equal to them.
    if float.fract() == 0.0 && float.abs() < 1e30 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within the type's range")]
        return Quantity::Whole(float as i128);
    }
    Quantity::Broken(float.to_bits())
}

impl<'f> At<'f> {
    /// Whether two places hold the same value (JSON Schema Core §4.2.2).
    pub(in crate::schema) fn same(self, other: At<'_>) -> bool {
        match (self.kind(), other.kind()) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Number(a), Kind::Number(b)) => quantity(a) == quantity(b),
            (Kind::Text(a), Kind::Text(b)) => a == b,
            (Kind::Array(a), Kind::Array(b)) => {
                a == b && self.items().zip(other.items()).all(|(a, b)| a.same(b))
            }
            (Kind::Object(a), Kind::Object(b)) => a == b && self.same_members(other),
            _ => false,
        }
    }

    /// As a rule they stand in the same order; else they are looked up.
    fn same_members(self, other: At<'_>) -> bool {
        let ordered = self.members().zip(other.members()).all(|((a, _), (b, _))| a == b);
        if ordered {
            return self.members().zip(other.members()).all(|((_, a), (_, b))| a.same(b));
        }
        let known: HashMap<&str, At<'_>> = other.members().collect();
        self.members().all(|(name, value)| known.get(name).is_some_and(|other| value.same(*other)))
    }

    /// Whether a value stands here.
    pub(in crate::schema) fn is(self, value: &Value) -> bool {
        match (self.kind(), value) {
            (Kind::Null, Value::Null) => true,
            (Kind::Bool(a), Value::Bool(b)) => a == *b,
            (Kind::Number(a), Value::Number(b)) => quantity(a) == quantity(b),
            (Kind::Text(a), Value::String(b)) => a == b,
            (Kind::Array(a), Value::Array(b)) => a == b.len() && self.items().zip(b).all(|(a, b)| a.is(b)),
            (Kind::Object(a), Value::Object(b)) => {
                a == b.len()
                    && self.members().all(|(name, value)| b.get(name).is_some_and(|other| value.is(other)))
            }
            _ => false,
        }
    }

    /// Whether no two items of the array here are the same.
    pub(in crate::schema) fn all_differ(self) -> bool {
        // With keys of chance: no document can be written so that many of its items collide.
        let state = RandomState::new();
        let mut items: Vec<(u64, At<'f>)> = self.items().map(|item| (item.digest(&state), item)).collect();
        items.sort_unstable_by_key(|(digest, _)| *digest);
        let alike = items.chunk_by(|(a, _), (b, _)| a == b);
        alike.into_iter().all(|group| {
            group.iter().enumerate().all(|(n, (_, item))| {
                group.get(n + 1..).is_none_or(|rest| rest.iter().all(|(_, other)| !item.same(*other)))
            })
        })
    }

    /// A number that same values have in common.
    fn digest(self, state: &RandomState) -> u64 {
        let mut hasher = state.build_hasher();
        match self.kind() {
            Kind::Null => 0_u8.hash(&mut hasher),
            Kind::Bool(value) => (1_u8, value).hash(&mut hasher),
            Kind::Number(number) => (2_u8, quantity(number)).hash(&mut hasher),
            Kind::Text(text) => (3_u8, text).hash(&mut hasher),
            Kind::Array(count) => {
                (4_u8, count).hash(&mut hasher);
                self.items().for_each(|item| hasher.write_u64(item.digest(state)));
            }
            Kind::Object(count) => {
                let members = self.members().map(|(name, value)| state.hash_one((name, value.digest(state))));
                // In no order.
                (5_u8, count, members.fold(0, u64::wrapping_add)).hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Flat;

    #[test]
    fn sameness_is_that_of_json() {
        for (a, b, same) in [
            ("1", "1.0", true),
            ("-0.0", "0", true),
            ("1e2", "100", true),
            ("18446744073709551615", "18446744073709551615", true),
            ("18446744073709551615", "18446744073709551614", false),
            ("9007199254740993", "9007199254740992.0", false),
            ("0.1", "0.10", true),
            ("1e300", "1e300", true),
            ("1", "true", false),
            ("\"1\"", "1", false),
            ("\"\\u0061\"", "\"a\"", true),
            ("[1,2]", "[2,1]", false),
            ("[]", "{}", false),
            ("{\"a\":1,\"b\":[null]}", "{\"b\":[null],\"a\":1.0}", true),
            ("{\"a\":1}", "{\"b\":1}", false),
            ("{\"a\":1}", "{\"a\":1,\"b\":1}", false),
        ] {
            let read = |text: &str| Flat::parse(text.as_bytes()).unwrap();
            let (x, y) = (read(a), read(b));
            assert_eq!(x.root().same(y.root()), same, "{a} {b}");
            assert_eq!(x.root().is(&y.to_value()), same, "{a} {b}");
            let both = read(&format!("[{a},{b}]"));
            assert_eq!(both.root().all_differ(), !same, "{a} {b}");
        }
    }
}
