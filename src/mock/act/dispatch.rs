//! Which file does what an operation does.

use super::cache::ActCache;
use super::{Call, Done, Refused, delete, list, many, read, transition, write};
use crate::resource::Action;

/// Does what the operation does.
pub(crate) fn act(call: &Call<'_>, cache: &ActCache) -> Result<Done, Refused> {
    call.goes_through()?;
    call.owner_is_there()?;
    match call.link.action {
        Action::Delete => delete::delete(call),
        Action::Read => read::read(call),
        Action::List => Ok(list::list(call, cache)),
        Action::Create | Action::CreateMany => match many::sent(call) {
            Some(all) => many::create(call, cache, &all),
            None => write::create(call, cache),
        },
        Action::Replace => match many::sent(call) {
            Some(all) => many::replace(call, cache, &all),
            None => write::replace(call, cache),
        },
        Action::Change => write::change(call),
        Action::Clear => many::clear(call, cache),
        Action::Act => transition::act(call),
        Action::Below => read::below(call),
    }
}
