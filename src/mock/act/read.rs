//! GET of one entity.

use super::condition::{Outcome, failed};
use super::{Call, Done, Refused, Shows};

pub(super) fn read(call: &Call<'_>) -> Result<Done, Refused> {
    let entity = call.entity()?;
    // Where this answer is known to be the entity as it lies there, it is not taken apart.
    let marked = entity.is_deleted();
    let known = entity.verbatim(call.plan.operation.head.index.0, call.now).filter(|_| !marked);
    let (shows, tag) = match known {
        Some((text, tag)) => (Shows::Text(text), tag),
        None => {
            let mut record = entity.lock(call.now);
            if record.gone || call.hides(&record) {
                return Err(call.not_found(&entity.id));
            }
            let tag = record.tag();
            (Shows::Entity(record.take_value()), tag)
        }
    };
    let shows = match call.conditions(Some(tag)) {
        Outcome::Holds => shows,
        Outcome::NotModified => Shows::NotModified,
        Outcome::Failed => return Err(failed(call)),
    };
    Ok(Done { shows, tag: Some(tag), entity: Some(entity), ..Done::default() })
}

/// What merely stands below an entity: it must not have been deleted, and must be there where unknown ids are refused.
pub(super) fn below(call: &Call<'_>) -> Result<Done, Refused> {
    let id = call.id();
    match call.found(&id, &call.scope()) {
        Some(entity) => {
            let record = entity.lock(call.now);
            if record.gone || call.hides(&record) {
                return Err(call.not_found(&id));
            }
        }
        None if call.unknown_id() == crate::mock::settings::UnknownId::Reject => {
            return Err(call.not_found(&id));
        }
        None => {}
    }
    Ok(Done::default())
}
