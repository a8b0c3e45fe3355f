//! `anyOf`, `oneOf`, `not`: the negated plan knows best, values of every type are tried before.

use serde_json::Value;

use super::family::{Aim, Family};
use super::types;

/// Keywords that hold whole schemas.
pub(super) const LOGIC: Family =
    Family { keywords: &["anyOf", "oneOf", "not", "if", "dependentSchemas"], propose: anything };

fn anything(aim: &mut Aim<'_>) -> Vec<Value> {
    // The negated plan comes after these, so half the time they step aside.
    if aim.dice.chance(50) {
        return Vec::new();
    }
    let mut found = types::samples();
    let rotation = aim.dice.index(found.len());
    found.rotate_left(rotation);
    found
}
