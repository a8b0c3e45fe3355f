//! GET of one entity.

use super::condition::{Outcome, failed};
use super::{Call, Done, Refused, Shows};

pub(super) fn read(call: &Call<'_>) -> Result<Done, Refused> {
    let entity = call.entity()?;
    // Where this answer is known to be the entity as it lies there, it is not taken apart.
    let known = entity.verbatim(call.plan.operation.head.index.0, call.now);
    let (shows, tag) = match known {
        Some((text, tag)) => (Shows::Text(text), tag),
        None => {
            let mut record = entity.lock(call.now);
            if record.gone {
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
