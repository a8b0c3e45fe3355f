//! Lists put together from entities as they lie there, as text: what an operation has once listed as it is needs neither
//! be taken apart nor judged again.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;

use super::Call;
use super::envelope::{made, put};
use super::page::{self, Page, planted};
use super::roles::Roles;
use crate::base::Pointer;
use crate::mock::content::present::Reader;
use crate::mock::store::{Entity, record};
use crate::schema::Schema;
use crate::schema::view::{OF_OBJECTS, SchemaView};
use crate::wire::media::Media;

/// Keywords of lists that judge each item by itself, and how many there are.
const OF_LISTS: [&str; 11] = [
    "$ref",
    "type",
    "title",
    "description",
    "items",
    "minItems",
    "maxItems",
    "default",
    "example",
    "examples",
    "$defs",
];

/// How an operation lists entities, worked out once.
#[derive(Debug)]
pub(crate) struct Listing {
    /// What is shown of each.
    pub(super) reader: Reader,
    /// How many items there must be at least; `None` where whether an item is valid may hang on the others.
    least: Option<usize>,
    /// The answer without items.
    shell: OnceLock<Value>,
}

impl Listing {
    /// How this schema lists items of this outline at `place`.
    #[must_use]
    pub(crate) fn of(schema: &Schema, place: &Pointer, item: SchemaView<'_>) -> Self {
        Self { reader: Reader::at(Some(item)), least: least(schema, place), shell: OnceLock::new() }
    }

    /// Whether each item is valid by itself or not.
    pub(super) fn is_plain(&self) -> bool {
        self.least.is_some()
    }

    /// The whole answer as text, and its tag; `None` where it has to be made of values.
    pub(super) fn written(
        &self,
        call: &Call<'_>,
        schema: &Schema,
        place: &Pointer,
        page: &Page,
        roles: &Roles,
    ) -> Option<(Bytes, u64)> {
        let least = self.least?;
        if page.entities.len() < least || !call.plan.offers.get(call.media).is_some_and(Media::is_json) {
            return None;
        }
        let operation = call.plan.operation.head.index.0;
        let text = |entity: &Arc<Entity>| entity.listed(operation, call.now);
        let (texts, tags): (Vec<Bytes>, Vec<u64>) =
            page.entities.iter().map(text).collect::<Option<Vec<_>>>()?.into_iter().unzip();
        // As many as there must be are enough to judge what stands around them.
        let few = texts.iter().take(least).map(|text| serde_json::from_slice(text).ok());
        let mut value = self.shell(call, place).clone();
        put(&mut value, place, few.collect::<Option<_>>()?);
        page::fill(call, schema, place, page, roles, &mut value);
        if !schema.is_valid(&value) {
            return None;
        }
        let mut written = Vec::with_capacity(texts.iter().map(|text| text.len() + 1).sum::<usize>() + 256);
        let tokens: Vec<_> = place.tokens().collect();
        let tokens: Vec<&str> = tokens.iter().map(AsRef::as_ref).collect();
        write(&mut written, &value, &tokens, &texts);
        // What stands around the items, and their own tags, tell this list from others.
        let mut told = Vec::new();
        plainly(&mut told, &value);
        tags.into_iter().for_each(|tag| told.extend_from_slice(&tag.to_le_bytes()));
        Some((written.into(), record::tag(&told)))
    }

    fn shell(&self, call: &Call<'_>, place: &Pointer) -> &Value {
        self.shell.get_or_init(|| {
            let mut made = made(call);
            if !put(&mut made, place, Vec::new()) {
                made = planted(made, place, Vec::new());
            }
            made
        })
    }
}

/// How many items a list must have, where nothing but that and what is said of single items is asked of it.
fn least(schema: &Schema, place: &Pointer) -> Option<usize> {
    let mut node = SchemaView::of(schema);
    for name in place.tokens() {
        if !node.says_only(&OF_OBJECTS) {
            return None;
        }
        node = node.property(&name)?;
    }
    if !node.says_only(&OF_LISTS) {
        return None;
    }
    match node.keyword("minItems") {
        None => Some(0),
        Some(least) => usize::try_from(least.as_u64()?).ok(),
    }
}

/// Writes a value as compact JSON, with these items in the list at `place`.
fn write(out: &mut Vec<u8>, value: &Value, place: &[&str], items: &[Bytes]) {
    match (place, value) {
        ([], _) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(item);
            }
            out.push(b']');
        }
        ([next, below @ ..], Value::Object(members)) => {
            out.push(b'{');
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                plainly(out, name);
                out.push(b':');
                if name == next { write(out, member, below, items) } else { plainly(out, member) }
            }
            out.push(b'}');
        }
        (_, value) => plainly(out, value),
    }
}

fn plainly<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Values have only text keys: writing them can't fail.
    let _ = serde_json::to_writer(out, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_of_texts_reads_as_the_list_of_values() {
        let items = [json!({"a": "\"\n"}), json!([1]), json!(null)];
        let texts: Vec<Bytes> = items.iter().map(|item| item.to_string().into()).collect();
        for (shell, place, whole) in [
            (json!([]), &[][..], json!(items)),
            (json!({"x": 1, "l": [9], "y\"": [{}]}), &["l"], json!({"x": 1, "l": items, "y\"": [{}]})),
            (json!({"d": {"l": []}, "l": [2]}), &["d", "l"], json!({"d": {"l": items}, "l": [2]})),
        ] {
            let mut out = Vec::new();
            write(&mut out, &shell, place, &texts);
            assert_eq!(String::from_utf8(out).unwrap(), whole.to_string());
        }
    }

    #[test]
    fn only_lists_whose_items_stand_alone_are_plain() {
        let least_of = |schema: Value, place: &str| {
            least(&Schema::from_value(schema).unwrap(), &Pointer::parse(place).unwrap())
        };
        let item = json!({"type": "object"});
        assert_eq!(least_of(json!({"type": "array", "items": item}), ""), Some(0));
        assert_eq!(least_of(json!({"type": "array", "items": item, "minItems": 2, "x-a": 1}), ""), Some(2));
        assert_eq!(least_of(json!({"type": "array", "items": item, "uniqueItems": true}), ""), None);
        let page = json!({"type": "object", "properties": {"d": {"type": "array", "items": item}}});
        assert_eq!(least_of(page, "/d"), Some(0));
        let page = json!({"properties": {"d": {"type": "array", "items": item}}, "minProperties": 1});
        assert_eq!(least_of(page, "/d"), None);
    }
}
