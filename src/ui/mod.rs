//! The page for people: its assets. The mock serves it when its settings say so; nothing else needs it.

mod assets;

pub use assets::PAGE;
