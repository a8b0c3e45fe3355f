//! How many values may still be drawn for what is being made on this thread: one answer may need several values, and each
//! of them may be searched for in vain.

use std::cell::Cell;

use crate::base::limits::ANSWER_NODES_MAX;

thread_local! {
    /// Values, nested ones counted, that may still be drawn; none where nobody counts.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Puts the budget back that was there before, also when the work panics.
struct Restore(Option<usize>);

impl Drop for Restore {
    fn drop(&mut self) {
        LEFT.set(self.0);
    }
}

/// Does work that draws at most [`ANSWER_NODES_MAX`] values, nested ones counted, whatever it asks for; further ones are not
/// had. Beginning anew for each request keeps its answer a function of the request.
pub fn bounded<T>(work: impl FnOnce() -> T) -> T {
    let _restore = Restore(LEFT.replace(Some(ANSWER_NODES_MAX)));
    work()
}

/// How many values may be drawn of `most`.
pub(super) fn left(most: usize) -> usize {
    LEFT.get().map_or(most, |left| left.min(most))
}

/// Takes away so many that were drawn.
pub(super) fn spend(count: usize) {
    LEFT.set(LEFT.get().map(|left| left.saturating_sub(count)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_answer_draws_is_counted_together() {
        assert_eq!(left(7), 7);
        bounded(|| {
            spend(ANSWER_NODES_MAX - 3);
            assert_eq!(left(7), 3);
            bounded(|| assert_eq!(left(7), 7));
            spend(9);
            assert_eq!(left(7), 0);
        });
        assert_eq!(left(7), 7);
    }
}
