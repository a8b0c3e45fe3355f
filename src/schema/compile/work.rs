//! How much work one judgement may still be. What a schema asks of a document can grow far faster than both of them
//! (alternatives within alternatives, names looked for in long objects), and the library that judges knows no limit: the
//! documents count the looks at them, and when there were too many they appear to be empty, which ends it.

use std::cell::Cell;

use crate::base::limits::{JUDGE_ERRORS_MAX, JUDGE_STEPS_MAX};

thread_local! {
    /// Steps that the judgement under way on this thread has left.
    static STEPS: Cell<u64> = const { Cell::new(0) };
    /// Errors that it may still find.
    static ERRORS: Cell<u32> = const { Cell::new(0) };
}

/// Judges, with a budget of its own; `None` when that was not enough and the result means nothing. Judgements do not lie
/// in one another.
pub(super) fn bounded<T>(judge: impl FnOnce() -> T) -> Option<T> {
    let result = counted(judge);
    (STEPS.get() > 0).then_some(result)
}

/// Judges, with a budget of its own. Whether that was enough, [`is_left`] says; when it was not, what was found before it
/// ended is right all the same.
pub(super) fn counted<T>(judge: impl FnOnce() -> T) -> T {
    STEPS.set(JUDGE_STEPS_MAX);
    ERRORS.set(JUDGE_ERRORS_MAX);
    judge()
}

/// Spends so many steps; false when there are none left.
#[inline]
pub(super) fn step(count: usize) -> bool {
    let left = STEPS.get().saturating_sub(count as u64);
    STEPS.set(left);
    left > 0
}

/// Notes an error; false when it is one too many, or one that was found after the end.
pub(super) fn error() -> bool {
    let left = ERRORS.get().saturating_sub(1);
    ERRORS.set(left);
    if left == 0 {
        STEPS.set(0);
    }
    STEPS.get() > 0
}

/// True when the budget was enough.
pub(super) fn is_left() -> bool {
    STEPS.get() > 0
}
