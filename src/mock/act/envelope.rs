//! Items in the envelope of a list's answer.

use serde_json::{Map, Value};

use super::{Call, page};
use crate::base::Pointer;
use crate::schema::Schema;

/// Puts items in the list at `place`; `false` when there is no such place.
pub(super) fn put(value: &mut Value, place: &Pointer, items: Vec<Value>) -> bool {
    let slot = value.pointer_mut(place.as_str());
    slot.map(|slot| *slot = Value::Array(items)).is_some()
}

/// A list's answer with these items in it, each mended where it does not fit, and whether none had to be; `None` when
/// the list as a whole does not fit.
pub(super) fn holding(
    schema: &Schema,
    place: &Pointer,
    made: &Value,
    items: Vec<Value>,
) -> Option<(Value, bool)> {
    let with = |items: Vec<Value>| {
        let mut value = made.clone();
        if let Some(slot) = value.pointer_mut(place.as_str()) {
            *slot = Value::Array(items);
            return value;
        }
        page::planted(value, place, items)
    };
    let value = with(items.clone());
    if schema.is_valid(&value) {
        return Some((value, true));
    }
    let template = place.lookup(made).and_then(|list| list.get(0)).and_then(Value::as_object);
    let valid = |one: &Value| schema.is_valid(&with(vec![one.clone()]));
    let value = with(items.into_iter().filter_map(|one| mended(one, template, &valid)).collect());
    schema.is_valid(&value).then_some((value, false))
}

/// The list as the contract alone makes it.
pub(super) fn made(call: &Call<'_>) -> Value {
    let Some((at, _)) = call.plan.success else { return Value::Null };
    let media = call.plan.offers.iter().position(crate::wire::media::Media::is_json).unwrap_or(0);
    let prepared = call.plan.prepared(call.catalog.schemas(), at, media, call.catalog.seed());
    prepared.body.as_ref().and_then(|made| made.value.clone()).unwrap_or(Value::Null)
}

/// An item with what it lacks taken from the contract's own item; `None` when even that does not help.
fn mended(
    one: Value,
    template: Option<&Map<String, Value>>,
    valid: &dyn Fn(&Value) -> bool,
) -> Option<Value> {
    if valid(&one) {
        return Some(one);
    }
    let template = template?;
    let Value::Object(own) = one else { return None };
    let mut merged = template.clone();
    merged.extend(own.clone());
    let merged = Value::Object(merged);
    if valid(&merged) {
        return Some(merged);
    }
    let mut mended = Value::Object(template.clone());
    for (name, property) in own {
        let before = mended.clone();
        mended[&name] = property;
        if !valid(&mended) {
            mended = before;
        }
    }
    valid(&mended).then_some(mended)
}
