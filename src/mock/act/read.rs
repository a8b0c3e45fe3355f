//! GET of one entity.

use super::{Call, Done, Refused};

pub(super) fn read(call: &Call<'_>) -> Result<Done, Refused> {
    let entity = call.entity()?;
    let record = entity.lock(call.now);
    if record.gone {
        return Err(call.not_found(&entity.id));
    }
    Ok(Done::entity(record.value.clone()))
}
