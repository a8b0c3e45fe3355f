//! POST of one in the usual case: nothing has to be judged before it is put in, so that the entity is written from what
//! was sent and from what the server owns in one go ([`Recipe`](super::recipe::Recipe)), and no tree of values is made
//! of any of it.

use bytes::Bytes;
use serde_json::Value;

use super::cache::ActCache;
use super::ids::location;
use super::make::{ID_TRIES_MAX, new_id};
use super::recipe::Said;
use super::{Call, Done, Shows};
use crate::base::json;
use crate::mock::store;
use crate::resource::field_roles::IdKind;

/// Makes an entity of what was sent; `None` where the long way is needed.
pub(super) fn create(call: &Call<'_>, cache: &ActCache) -> Option<Done> {
    let body = call.verdict.body.as_ref()?;
    let recipe = cache.recipe(call.catalog, call.plan, call.link)?;
    let sent = recipe.read(call.resource, body)?;
    let scope = call.scope();
    let given = if recipe.is_said { call.given("", &scope) } else { Vec::new() };
    let given: Vec<(&str, String)> = given.into_iter().map(|(name, text)| (name, quoted(&text))).collect();
    let stamps = call.catalog.traits(call.number).stamped(&call.state.clock, call.now);
    let stamps: Vec<String> = stamps.iter().map(|(_, time)| written(time)).collect();
    for _ in 0..ID_TRIES_MAX {
        let number = call.state.next_number(call.number);
        let id = new_id(call, number);
        let base = recipe.base(call.catalog, call.plan, call.number, number)?;
        let said = Said { id: &written_id(call, &id), stamps: &stamps, given: &given };
        let (text, proven) = recipe.write(base, &sent, &said);
        debug_assert!(!proven || call.catalog.shows_text(call.plan, call.number, &text), "{text}");
        let shows = proven || call.catalog.shows_text(call.plan, call.number, &text);
        let text = Bytes::from(text);
        let tag = store::record::tag(&text);
        let tagged = (text.clone(), tag);
        let (_, new) = call.state.store.insert_text(call.number, &id, scope.clone(), tagged).ok()?;
        if !new {
            continue;
        }
        let mut done = Done { created: true, tag: Some(tag), ..Done::default() };
        done.shows = if shows {
            Shows::Text(text.clone())
        } else {
            Shows::Entity(serde_json::from_slice(&text).unwrap_or_default())
        };
        done.text = Some(text);
        if call.resource.parameter.is_some() {
            done.headers.push(("location".to_owned(), location(call, &id)));
        }
        return Some(done);
    }
    None
}

/// An id as JSON.
fn written_id(call: &Call<'_>, id: &str) -> String {
    match call.catalog.traits(call.number).id {
        IdKind::Number => id.to_owned(),
        IdKind::Text | IdKind::Uuid => quoted(id),
    }
}

/// A time as JSON.
fn written(time: &Value) -> String {
    time.as_str().map_or_else(|| time.to_string(), quoted)
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    json::quote(&mut out, text);
    out
}
