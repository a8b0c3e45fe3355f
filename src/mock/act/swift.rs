//! POST of one in the usual case: nothing has to be judged before it is put in, so that the entity is written from what
//! was sent and from what the server owns in one go, and no tree of values is made of any of it.

use bytes::Bytes;

use super::make::{ID_TRIES_MAX, new_id, stays};
use super::write::location;
use super::{Call, Done, Shows};
use crate::mock::store::{self, Scope};
use crate::schema::Flat;
use crate::schema::flat::{At, FlatObject, Kind};

/// Makes an entity of what was sent; `None` where the long way is needed.
pub(super) fn create(call: &Call<'_>) -> Option<Done> {
    let sent = call.verdict.body.as_ref()?.flat()?;
    if !is_usual(call, sent.root()) {
        return None;
    }
    let scope = call.scope();
    // Where the contract has a say in what the server sets, each try is judged.
    let free = |(name, _): &(&str, String)| call.mock.takes_any_text(call.number, name);
    if !call.given("", &scope).iter().all(free) {
        return None;
    }
    for _ in 0..ID_TRIES_MAX {
        let number = call.world.next_number(call.number);
        let id = new_id(call, number);
        let made = put_together(call, sent, &id, number, &scope);
        let shows = call.mock.shows_flat(call.plan, call.number, &made);
        let text = Bytes::copy_from_slice(made.text().as_bytes());
        let (_, new) = call.world.store.insert_text(call.number, &id, scope.clone(), text.clone()).ok()?;
        if !new {
            continue;
        }
        let mut done = Done { created: true, tag: Some(store::record::tag(&text)), ..Done::default() };
        done.shows = if shows { Shows::Text(text.clone()) } else { Shows::Entity(made.root().to_map()) };
        done.text = Some(text);
        if call.resource.parameter.is_some() {
            done.headers.push(("location".to_owned(), location(call, &id)));
        }
        return Some(done);
    }
    None
}

/// Whether what was sent is an entity as it is, whose id the server chooses.
fn is_usual(call: &Call<'_>, sent: At<'_>) -> bool {
    let Kind::Object(count) = sent.kind() else { return false };
    let Some(id) = call.resource.id.as_deref() else { return false };
    let read_only = &call.mock.traits(call.number).read_only;
    let wrapped =
        |name: &str| count == 1 && call.resource.envelope.last().is_some_and(|around| around == name);
    let kept = |name: &str| !read_only.is_empty() && read_only.contains(name);
    let unusual = |name: &str| name == id || kept(name) || wrapped(name);
    call.link.id.is_none()
        && call.mock.references(call.number).is_empty()
        && !sent.members().any(|(name, _)| unusual(name))
}

/// The new entity.
fn put_together(call: &Call<'_>, sent: &Flat, id: &str, number: u64, scope: &Scope) -> Flat {
    let given = call.given(id, scope);
    let base = call.mock.flat_base(call.number, number);
    let traits = call.mock.traits(call.number);
    let writable = call.mock.writable(call.plan);
    let stamps = traits.stamped(&call.world.clock, call.now);
    let defaults = writable.map_or(&[][..], |writable| writable.defaults.as_slice());
    let stamp = |name: &str| stamps.iter().find(|(stamp, _)| *stamp == name).map(|(_, value)| value);
    let default = |name: &str| defaults.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    let said = |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str());
    let own = call.resource.id.as_deref();

    let mut made = FlatObject::for_both(&base, sent);
    let sent: Vec<(&str, At<'_>)> = sent.root().members().collect();
    let mut sent_as = in_turn(&sent);
    // What is said of a property by whoever has most to say: the server, the client, the contract, the path.
    let mut put = |name: &str, generated: Option<At<'_>>| {
        if let Some(time) = stamp(name) {
            made.put_value(name, time);
        } else if own == Some(name) {
            made.put_str(name, id);
        } else if let Some(value) = sent_as(name) {
            made.put(name, value);
        } else if let Some(value) = default(name) {
            made.put_value(name, value);
        } else if let Some(text) = said(name) {
            made.put_str(name, text);
        } else if let Some(value) = generated
            && writable.is_none_or(|writable| stays(call, traits, writable, name))
        {
            made.put(name, value);
        }
    };
    let base: Vec<(&str, At<'_>)> = base.root().members().collect();
    for (name, value) in &base {
        put(name, Some(*value));
    }
    let mut base_as = in_turn(&base);
    let mut others: Vec<&str> = Vec::new();
    let beside = defaults.iter().map(|(name, _)| name.as_str()).chain(given.iter().map(|(name, _)| *name));
    let beside = beside.chain(sent.iter().map(|(name, _)| *name)).chain(stamps.iter().map(|(name, _)| *name));
    for name in beside.filter(|name| base_as(name).is_none()) {
        if !others.contains(&name) {
            others.push(name);
            put(name, None);
        }
    }
    made.finish()
}

/// Finds members by name. Clients send properties in the contract's order as a rule: each is looked for behind the last
/// one first.
fn in_turn<'m>(members: &'m [(&'m str, At<'m>)]) -> impl FnMut(&str) -> Option<At<'m>> {
    let mut next = 0;
    move |name| {
        let found = (next..members.len()).chain(0..next).find(|at| members[*at].0 == name)?;
        next = found + 1;
        Some(members[found].1)
    }
}
