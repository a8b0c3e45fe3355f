//! Shapes of answers: what is inferred, merged over samples, rendered, kept in insta's files, and compared.
//!
//! Nothing here sends requests; values never reach a snapshot, only their types, formats and declared words.

pub mod answer;
pub mod declared;
pub mod diff;
mod gatherer;
pub mod model;
pub mod recognise;
pub mod redact;
mod render;
pub mod shelf;
pub mod snap_file;

pub use answer::{AnswerKey, Gathered};
pub use declared::Declared;
pub use gatherer::Gatherer;
pub use model::{Shape, infer};
pub use redact::redact;
pub use shelf::{Change, ChangeKind, Shelf};
pub use snap_file::Snap;
