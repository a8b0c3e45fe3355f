//! The journal: which requests came, what was answered, and counts of both. Bounded in entries and in bytes; of the
//! oldest entries the bodies of the answers go first.

mod entry;
mod filter;
mod judged;
mod nearest;
mod packed;
mod record;
mod show;
mod times;

pub use entry::{Entry, Outcome, Told};
pub use filter::{Filter, SettingError};
pub(in crate::mock) use judged::{answer_breaches, request_breaches, requests, show_entry};
pub use nearest::{Near, nearest, unmet};
pub use record::Journal;
pub(in crate::mock) use show::body as shown_body;
pub(crate) use show::headers as shown_headers;
pub use show::{Shown, ShownAnswer, ShownBody, ShownBreach, ShownHeaders, breaches, redactor_for, show};
pub use times::{Times, Unmet};
