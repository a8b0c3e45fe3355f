//! Small value types that every room may use: pointers, seeds, limits, secrets, durations.

pub mod clock;
pub mod dice;
pub mod json;
pub mod limits;
pub mod pointer;
pub mod secret;
pub mod seed;

pub use dice::Dice;
pub use pointer::Pointer;
pub use seed::Seed;
