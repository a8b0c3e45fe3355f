//! Small value types that every room may use: pointers, seeds, limits, secrets, durations, text that may be shown; and
//! the one way to read and write files.

pub mod annotation;
pub mod clock;
pub mod dice;
pub mod files;
pub mod json;
pub mod limits;
pub mod plain;
pub mod pointer;
pub mod secret;
pub mod seed;

pub use dice::Dice;
pub use pointer::Pointer;
pub use seed::Seed;
