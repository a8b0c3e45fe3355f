//! Checks, one file each: (operation, exchange, history) → verdict.
