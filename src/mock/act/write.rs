//! POST, PUT and PATCH of one: what the client sends comes back as sent; what the server owns is made by the mock.

use serde_json::{Map, Value};

use super::{Call, Done, Refused, patch, scope::put};
use crate::dialect::{Entry, Fact, Part, Reason};
use crate::document::Direction;
use crate::generate::{ValueOptions, sample};
use crate::mock::outline::Node;
use crate::mock::settings::UnknownId;
use crate::mock::store::{Record, Scope};
use crate::mock::traits::IdKind;
use crate::mock::world::text;
use crate::wire::percent::{self, Keep};

/// How often a new id is tried before the store is called full.
const ID_TRIES_MAX: u64 = 16;

pub(super) fn create(call: &Call<'_>) -> Result<Done, Refused> {
    let (id, value, tag) = make(call, &sent(call))?;
    let mut done = Done { tag: Some(tag), ..Done::created(value) };
    if call.resource.parameter.is_some() {
        done.headers.push(("location".to_owned(), location(call, &id)));
    }
    Ok(done)
}

/// Makes an entity of what was sent: its id, how it is, and the tag of that.
pub(super) fn make(
    call: &Call<'_>,
    sent: &Map<String, Value>,
) -> Result<(String, Map<String, Value>, u64), Refused> {
    let scope = call.scope();
    let wanted = wanted_id(call, sent);
    for _ in 0..ID_TRIES_MAX {
        let number = call.world.next_number(call.number);
        let (id, mut value) = fresh(call, &scope, number, wanted.clone(), sent);
        let traits = call.mock.traits(call.number);
        traits.stamp_made(&mut value, &call.world.clock, call.now);
        traits.stamp_changed(&mut value, &call.world.clock, call.now);
        let record = Record { value, ..Record::default() };
        let value = record.value.clone();
        match call.world.store.insert(call.number, &id, scope.clone(), record) {
            Ok((entity, true)) => return Ok((id, value, entity.text(call.now).1)),
            Ok((there, false)) => {
                let mut old = there.lock(call.now);
                // What was deleted gives its id free again.
                if old.gone {
                    let revision = old.revision + 1;
                    *old = Record { value: value.clone(), revision, ..Record::default() };
                    let tag = old.tag();
                    return Ok((id, value, tag));
                }
                if wanted.is_some() {
                    return Err(call.conflict(&id));
                }
            }
            Err(error) => return Err(call.conflict(&error.to_string())),
        }
    }
    Err(call.conflict("no free id"))
}

/// The id that the client chose: in the path, or in the body where it is the client's to choose.
pub(super) fn wanted_id(call: &Call<'_>, sent: &Map<String, Value>) -> Option<String> {
    if call.link.id.is_some() {
        return Some(call.id());
    }
    let name = call.resource.id.as_ref()?;
    if call.mock.traits(call.number).read_only.contains(name) {
        return None;
    }
    sent.get(name).and_then(text)
}

pub(super) fn replace(call: &Call<'_>) -> Result<Done, Refused> {
    let id = call.id();
    if call.link.id.is_none() && !call.resource.is_single() && id.is_empty() {
        // Without an id in path and body, there is nothing to put it in the place of.
        return create(call);
    }
    replace_one(call, &id, &sent(call))
}

/// Puts what was sent in the place of the entity `id`, or makes it.
pub(super) fn replace_one(call: &Call<'_>, id: &str, sent: &Map<String, Value>) -> Result<Done, Refused> {
    let scope = call.scope();
    // PUT makes what is not there where 201 is documented, or unknown ids are made anyway.
    let upserts = call.plan.created.is_some() || call.unknown_id() == UnknownId::Create;
    let traits = call.mock.traits(call.number);
    let Some(entity) = call.found(id, &scope) else {
        if !upserts {
            return Err(call.not_found(id));
        }
        call.may_change(None)?;
        let base = call.made_for(id, &scope).unwrap_or_default();
        let mut value = call.nested(overlaid(call, base, sent, id), sent, &scope);
        traits.stamp_made(&mut value, &call.world.clock, call.now);
        traits.stamp_changed(&mut value, &call.world.clock, call.now);
        let record = Record { value: value.clone(), ..Record::default() };
        return match call.world.store.insert(call.number, id, scope, record) {
            Ok((entity, true)) => {
                let tag = entity.text(call.now).1;
                Ok(put_done(value, sent, tag, true))
            }
            // Another request was first: then this one replaces what that one made.
            Ok((_, false)) => replace_one(call, id, sent),
            Err(error) => Err(call.conflict(&error.to_string())),
        };
    };
    let mut record = entity.lock(call.now);
    let was_gone = record.gone;
    if !was_gone && record.deleted {
        return Err(call.deleted_already(&record, id));
    }
    let tag = record.tag();
    if was_gone {
        // What was deleted is made anew only where making is documented.
        if call.plan.created.is_none() && call.documents(&[404, 410]) && !call.resource.is_single() {
            return Err(call.not_found(id));
        }
    }
    call.may_change((!was_gone).then_some(tag))?;
    if was_gone {
        *record = Record { revision: record.revision + 1, ..Record::default() };
    }
    let base = if record.value.is_empty() {
        call.made_for(&entity.id, &scope).unwrap_or_default()
    } else {
        record.value.clone()
    };
    let mut value = overlaid(call, base, sent, &entity.id);
    if was_gone {
        traits.stamp_made(&mut value, &call.world.clock, call.now);
    }
    traits.stamp_changed(&mut value, &call.world.clock, call.now);
    record.value.clone_from(&value);
    record.revision += 1;
    let tag = record.tag();
    Ok(put_done(value, sent, tag, was_gone))
}

/// A PUT tells the tag only when it stored what was sent as it was sent (RFC 9110 §9.3.4).
fn put_done(value: Map<String, Value>, sent: &Map<String, Value>, tag: u64, created: bool) -> Done {
    let same = value == *sent;
    Done { tag: same.then_some(tag), created, ..Done::entity(value) }
}

pub(super) fn change(call: &Call<'_>) -> Result<Done, Refused> {
    let entity = call.entity()?;
    let mut record = entity.lock(call.now);
    if record.gone || call.hides(&record) {
        return Err(call.not_found(&entity.id));
    }
    if record.deleted {
        return Err(call.deleted_already(&record, &entity.id));
    }
    let tag = record.tag();
    call.may_change(Some(tag))?;
    let mut value = Value::Object(record.value.clone());
    match call.verdict.body_value() {
        Some(Value::Array(operations)) if is_json_patch(call) => {
            patch::apply(&mut value, operations).map_err(|failed| match failed {
                patch::Failed::Test(reason) => refused_body(Reason::State, &reason),
                patch::Failed::Operation(reason) => refused_body(Reason::Invalid, &reason),
            })?;
        }
        Some(sent) => {
            let sent = unwrapped(call, sent);
            patch::merge(&mut value, sent, 0);
            keep_nulls(call, &mut value, sent);
        }
        None => {}
    }
    let Value::Object(value) = value else {
        return Err(refused_body(Reason::Invalid, "the result is no object"));
    };
    let value = put_in(call, &mut record, value);
    let tag = record.tag();
    Ok(Done::tagged(value, tag))
}

/// Puts a changed value in a record: what the server owns stays as it is, the time of the change is noted.
pub(super) fn put_in(
    call: &Call<'_>,
    record: &mut Record,
    mut value: Map<String, Value>,
) -> Map<String, Value> {
    let traits = call.mock.traits(call.number);
    let own = call.resource.id.iter().chain(&traits.read_only);
    for name in own {
        match record.value.get(name) {
            Some(before) => value.insert(name.clone(), before.clone()),
            None => value.shift_remove(name),
        };
    }
    traits.stamp_changed(&mut value, &call.world.clock, call.now);
    record.value.clone_from(&value);
    record.revision += 1;
    value
}

/// A `null` that was sent stays one where readers may get it: a merge patch (RFC 7396) takes the property away, unless
/// readers are promised it; a plain body says what the property is to be.
fn keep_nulls(call: &Call<'_>, value: &mut Value, sent: &Value) {
    let merge_patch = call.request.headers.get_str("content-type").is_some_and(|v| v.contains("merge-patch"));
    let schema = call.mock.entity_schema(call.number);
    let node = schema.as_ref().and_then(|s| crate::mock::resource::refine::at(s, &call.resource.envelope));
    let (Some(node), Some(sent), Some(members)) = (node, sent.as_object(), value.as_object_mut()) else {
        return;
    };
    for (name, _) in sent.iter().filter(|(_, value)| value.is_null()) {
        let nullable = node.property(name).is_some_and(Node::takes_null);
        if nullable && (!merge_patch || node.requires(name)) {
            members.insert(name.clone(), Value::Null);
        }
    }
}

/// What the client sent, as properties; what only the server writes is left out.
pub(super) fn sent(call: &Call<'_>) -> Map<String, Value> {
    let body = call.verdict.body_value().map(|value| unwrapped(call, value));
    let sent = body.and_then(Value::as_object).cloned().unwrap_or_default();
    owned(call, sent)
}

/// What was sent without what only the server writes.
pub(super) fn owned(call: &Call<'_>, mut sent: Map<String, Value>) -> Map<String, Value> {
    let traits = call.mock.traits(call.number);
    if !traits.read_only.is_empty() {
        sent.retain(|name, _| !traits.read_only.contains(name));
    }
    sent
}

/// A body whose only member is the entity (`{"pet": {…}}`), where the contract wraps entities so.
fn unwrapped<'v>(call: &Call<'_>, value: &'v Value) -> &'v Value {
    let envelope = call.resource.envelope.last();
    match (envelope, value.as_object()) {
        (Some(name), Some(object)) if object.len() == 1 => {
            object.get(name.as_ref()).filter(|v| v.is_object()).unwrap_or(value)
        }
        _ => value,
    }
}

fn is_json_patch(call: &Call<'_>) -> bool {
    let json_patch = |v: &str| v.to_ascii_lowercase().starts_with("application/json-patch+json");
    call.request.headers.get_str("content-type").is_some_and(json_patch)
        || call
            .verdict
            .body_value()
            .and_then(Value::as_array)
            .is_some_and(|a| a.iter().all(|o| o.get("op").is_some()))
}

/// A new entity with its id: the client's, or one made from `number`.
fn fresh(
    call: &Call<'_>,
    scope: &Scope,
    number: u64,
    wanted: Option<String>,
    sent: &Map<String, Value>,
) -> (String, Map<String, Value>) {
    let seed = call.mock.seed().derive(&call.resource.name).nth(number);
    let chosen = wanted.is_some();
    let id = wanted.unwrap_or_else(|| new_id(call, number));
    let base = call.mock.generated_entity(call.number, seed).unwrap_or_default();
    let mut base = call.with_id(base, &id, scope);
    let shown =
        |base: &Map<String, Value>| call.resource.id.as_ref().and_then(|name| base.get(name)).and_then(text);
    let mut own = shown(&base);
    if !chosen && own.as_ref().is_some_and(|own| *own != id) {
        // The contract does not take such an id: one is made from its schema.
        if let Some(made) = id_of_schema(call, number) {
            base = call.with_id(base, &made, scope);
            own = shown(&base);
        }
    }
    // Where the contract does not let the id be set, the generated one is taken.
    let id = own.filter(|_| !chosen).unwrap_or(id);
    let base = call.referring(base, scope, seed);
    let value = call.nested(overlaid(call, base, sent, &id), sent, scope);
    (id, value)
}

/// An id that looks like those of the contract: a number, a UUID, or a text that begins as its example does.
fn new_id(call: &Call<'_>, number: u64) -> String {
    let traits = call.mock.traits(call.number);
    match traits.id {
        IdKind::Uuid => {
            let bytes = call.mock.seed().derive(&call.resource.name).derive("id").nth(number).bytes();
            let mut sixteen = [0; 16];
            sixteen.copy_from_slice(&bytes[..16]);
            uuid::Builder::from_random_bytes(sixteen).into_uuid().to_string()
        }
        IdKind::Number => number.to_string(),
        IdKind::Text => match &traits.id_prefix {
            Some(prefix) => format!("{prefix}{number}"),
            None => {
                let name: String =
                    call.resource.name.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
                format!("{}_{number}", name.to_ascii_lowercase().trim_end_matches('s'))
            }
        },
    }
}

/// An id drawn from its schema (a pattern, a length, bounds).
fn id_of_schema(call: &Call<'_>, number: u64) -> Option<String> {
    let at = call.mock.traits(call.number).id_schema.as_ref()?;
    let schema = call.mock.judge().schemas().get(at, Direction::Response).ok()?;
    let seed = call.mock.seed().derive(&call.resource.name).derive("id").nth(number);
    text(&sample(&schema, &ValueOptions::default(), seed).ok()?)
}

/// The entity with what the client sent. Properties that a client may send and did not are taken away again, unless
/// readers are promised them.
fn overlaid(
    call: &Call<'_>,
    base: Map<String, Value>,
    sent: &Map<String, Value>,
    id: &str,
) -> Map<String, Value> {
    let mut value = base;
    let traits = call.mock.traits(call.number);
    let writable = call.mock.body_schema(call.plan);
    if let Some(writable) = &writable {
        let names = Node::of(writable).properties();
        let own = |name: &str| call.resource.id.as_deref() == Some(name);
        let status = call.resource.status.as_ref().map(|s| s.property.as_str());
        value.retain(|name, _| {
            !names.contains_key(name.as_str())
                || traits.promised.contains(name)
                || traits.is_stamp(name)
                || own(name)
                || status == Some(name)
        });
        for (name, node) in names {
            if let Some(default) = node.keyword("default")
                && !sent.contains_key(name)
            {
                value.insert(name.to_owned(), default.clone());
            }
        }
    }
    for (name, above) in call.named_above() {
        if !sent.contains_key(name) && !value.contains_key(name) {
            let mut whole = Value::Object(value);
            put(&mut whole, name, &above, &|v| {
                call.mock.shows_validly(call.number, v) || v.get(name).is_some_and(Value::is_string)
            });
            let Value::Object(with_above) = whole else { return Map::new() };
            value = with_above;
        }
    }
    for (name, property) in sent {
        value.insert(name.clone(), property.clone());
    }
    if let Some(name) = &call.resource.id
        && value.get(name).and_then(text).as_deref() != Some(id)
    {
        let schema = call.mock.entity_schema(call.number);
        let shown =
            schema.as_ref().and_then(|s| crate::mock::resource::refine::at(s, &call.resource.envelope));
        let mut whole = Value::Object(value);
        put(&mut whole, name, id, &|v| shown.is_none_or(|s| fits(s, name, v)));
        let Value::Object(with_id) = whole else { return Map::new() };
        value = with_id;
    }
    value
}

/// Whether a property is of a type that its schema takes.
fn fits(node: Node<'_>, name: &str, value: &Value) -> bool {
    let Some(property) = node.property(name) else { return true };
    match value.get(name) {
        Some(Value::String(_)) => property.is("string"),
        Some(Value::Number(_)) => property.is("number"),
        _ => true,
    }
}

/// Where the new entity is: its own path where its parameters are known, else below the path of the request.
pub(super) fn location(call: &Call<'_>, id: &str) -> String {
    let id = percent::encode(id.as_bytes(), Keep::Unreserved);
    let path = call.request.path().trim_end_matches('/');
    if call.link.id.is_some() {
        return path.to_owned();
    }
    let template = call.plan.operation.head.path.as_str();
    let own = call.resource.item.rsplit_once('/').map_or("", |(collection, _)| collection);
    let same = |a: &str, b: &str| a.trim_end_matches('/') == b.trim_end_matches('/');
    if call.resource.parents.is_empty()
        && !same(own, template)
        && !own.contains('{')
        && !template.contains('{')
    {
        // Made elsewhere (`POST /companies` for `/company/{id}`): what stands before the template is the base path.
        let base = path.strip_suffix(template.trim_end_matches('/')).unwrap_or_default();
        return format!("{base}{own}/{id}");
    }
    format!("{path}/{id}")
}

fn refused_body(reason: Reason, message: &str) -> Refused {
    let fact = Fact::Told { kind: "value_error".to_owned(), message: message.to_owned(), input: Value::Null };
    let entry = Entry { part: Part::Body, name: None, fact };
    Refused { reason, status: None, message: message.to_owned(), entry: Some(Box::new(entry)) }
}
