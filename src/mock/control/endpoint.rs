//! One endpoint of the control API.

use super::message::{Ask, Outcome};
use crate::mock::engine::Engine;

/// One method of one control path.
pub(super) struct Endpoint {
    /// The method.
    pub(super) method: &'static str,
    /// The path behind [`PREFIX`](super::settings::PREFIX); a segment in braces stands for any text, which is handed over in [`Ask::values`].
    pub(super) path: &'static str,
    /// What answers it; refusals are `Err`.
    pub(super) answer: fn(&Engine, &Ask<'_>) -> Outcome,
}
