//! Which file does what an operation does.

use super::{Call, Done, Refused, delete, list, many, read, transition, write};
use crate::resource::Action;

/// Does what the operation does.
pub(crate) fn act(call: &Call<'_>) -> Result<Done, Refused> {
    call.goes_through()?;
    call.owner_is_there()?;
    match call.link.action {
        Action::Delete => delete::delete(call),
        Action::Read => read::read(call),
        Action::List => Ok(list::list(call)),
        Action::Create | Action::CreateMany => match many::sent(call) {
            Some(all) => many::create(call, &all),
            None => write::create(call),
        },
        Action::Replace => match many::sent(call) {
            Some(all) => many::replace(call, &all),
            None => write::replace(call),
        },
        Action::Change => write::change(call),
        Action::Clear => many::clear(call),
        Action::Act => transition::act(call),
        Action::Below => read::below(call),
    }
}
