//! When things happen: related times in an order that makes sense.

use crate::base::Dice;

/// Seconds in a day.
const DAY: u64 = 86_400;
/// 2024-01-01T00:00:00Z: where the days begin on which things happen.
const EPOCH: u64 = 1_704_067_200;

/// The days of one value: what was created comes before what was updated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    base: u64,
}

impl Clock {
    /// A clock for one value.
    pub(crate) fn new(dice: &mut Dice) -> Self {
        Self { base: EPOCH + DAY * dice.below(500) }
    }

    /// Seconds since 1970 of what `name` tells of. Names have ranks, each rank days of its own, so that the order of
    /// related times is right without looking at the others.
    pub(crate) fn seconds(self, name: &str, dice: &mut Dice) -> u64 {
        const RANKS: [(&[&str], u64); 6] = [
            (
                &[
                    "created",
                    "registered",
                    "opened",
                    "issued",
                    "joined",
                    "ordered",
                    "submitted",
                    "added",
                    "first",
                ],
                0,
            ),
            (&["start", "begin", "from", "since", "effective", "accepted", "sent", "queued"], 2),
            (&["updated", "modified", "changed", "last", "seen", "synced", "accessed", "edited"], 6),
            (
                &[
                    "end",
                    "complet",
                    "finish",
                    "closed",
                    "resolved",
                    "paid",
                    "shipped",
                    "delivered",
                    "processed",
                ],
                8,
            ),
            (
                &["deleted", "cancel", "archived", "revoked", "failed", "removed", "disabled", "terminated"],
                10,
            ),
            (&["expir", "due", "until", "renew", "next", "scheduled", "valid_to", "deadline", "eta"], 40),
        ];
        if name.contains("birth") || name == "dob" {
            return self.base - 365 * DAY * (20 + dice.below(30)) - DAY * dice.below(365);
        }
        let words = snake(name);
        let rank = RANKS.iter().find(|(keys, _)| keys.iter().any(|key| has_word(&words, key)));
        let day = rank.map_or(4, |(_, day)| *day);
        self.base + DAY * day + dice.below(2 * DAY)
    }
}

/// True when one of the words of `name` starts with `key`; for keys with an underscore, when it is contained.
pub(crate) fn has_word(name: &str, key: &str) -> bool {
    if key.contains('_') { name.contains(key) } else { name.split('_').any(|word| word.starts_with(key)) }
}

/// `createdAt`, `created-at`, `Created At` as `created_at`.
pub(crate) fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before_small = false;
    for c in name.chars() {
        if c.is_uppercase() && before_small {
            out.push('_');
        }
        before_small = c.is_lowercase() || c.is_ascii_digit();
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out.trim_matches('_').to_owned()
}

pub(crate) fn timestamp(seconds: u64) -> Option<String> {
    jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Seed;

    #[test]
    fn related_times_are_in_order() {
        for seed in 0..200 {
            let dice = &mut Dice::new(Seed(seed));
            let clock = Clock::new(dice);
            let names = [
                "dateOfBirth",
                "created_at",
                "startedAt",
                "updated-at",
                "completed_at",
                "deleted_at",
                "expires_at",
            ];
            let times: Vec<u64> = names.iter().map(|name| clock.seconds(&snake(name), dice)).collect();
            assert!(times.is_sorted(), "{times:?}");
        }
        assert_eq!(timestamp(EPOCH).as_deref(), Some("2024-01-01T00:00:00Z"));
        assert_eq!(snake("Created At"), "created_at");
    }
}
