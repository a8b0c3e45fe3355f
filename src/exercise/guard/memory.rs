//! What the run made: ids with their resources and parents, read off the answers to creations; and what was there before.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use serde_json::Value;

use crate::base::limits::{OWN_RECORDS_MAX, SEEN_IDS_MAX};
use crate::generate::case::naming::{Known, Naming, plain, scalar};
use crate::wire::Response;
use crate::wire::percent;

/// A record that the run made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// The number of its resource.
    pub resource: usize,
    /// Its id, decoded.
    pub id: String,
    /// The path parameters below which it was made: the shape of the path up to each, and its text, decoded.
    pub parents: Vec<(String, String)>,
}

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    own: HashMap<(usize, String), Vec<Own>>,
    /// Resources and ids of those that the run deleted.
    gone: HashSet<(usize, String)>,
    count: usize,
    /// Resources and ids of those that hold nothing but what the run made.
    looked_into: HashSet<(usize, String)>,
    /// Hashes of resource and id of what reading showed and the run had not made.
    seen: HashSet<u64>,
}

fn hash(resource: usize, id: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one((resource, id))
}

impl Memory {
    /// Takes in what a creation answered with. Whose id was seen before was not made now.
    pub(super) fn made(&mut self, own: Own) -> bool {
        if self.seen.contains(&hash(own.resource, &own.id)) || self.count >= OWN_RECORDS_MAX {
            return false;
        }
        self.gone.remove(&(own.resource, own.id.clone()));
        let of_id = self.own.entry((own.resource, own.id.clone())).or_default();
        if !of_id.contains(&own) {
            of_id.push(own);
            self.count += 1;
        }
        true
    }

    /// Takes in that a record which the run made was deleted.
    pub(super) fn deleted(&mut self, resource: usize, id: &str) {
        if !self.own(resource, id).is_empty() {
            self.gone.insert((resource, id.to_owned()));
        }
    }

    /// Whether it is known to hold nothing but what the run made.
    pub(super) fn is_looked_into(&self, resource: usize, id: &str) -> bool {
        self.looked_into.contains(&(resource, id.to_owned()))
    }

    /// Takes in that it holds nothing but what the run made.
    pub(super) fn looked_into(&mut self, resource: usize, id: String) {
        self.looked_into.insert((resource, id));
    }

    /// Whether the run deleted it.
    pub(super) fn is_gone(&self, resource: usize, id: &str) -> bool {
        self.gone.contains(&(resource, id.to_owned()))
    }

    /// Takes in what reading showed.
    pub(super) fn seen(&mut self, resource: usize, ids: Vec<String>) {
        for id in ids {
            if self.seen.len() >= SEEN_IDS_MAX {
                return;
            }
            if !self.own.contains_key(&(resource, id.clone())) {
                self.seen.insert(hash(resource, &id));
            }
        }
    }

    /// The records of that resource and id that the run made.
    pub(super) fn own(&self, resource: usize, id: &str) -> &[Own] {
        self.own.get(&(resource, id.to_owned())).map_or(&[], Vec::as_slice)
    }
}

/// Members in which answers wrap what they show.
const ENVELOPES: [&str; 5] = ["data", "result", "item", "record", "entity"];

/// The id of the record that a creation's answer shows: where `Location` leads below the collection, else what the body
/// says.
pub(super) fn id_of(response: &Response, known: &Known, item: Option<&str>) -> Option<String> {
    let location = response.headers.get_str("location").and_then(|location| {
        let path = location.split(['?', '#']).next()?;
        let (before, last) = path.trim_end_matches('/').rsplit_once('/')?;
        let word = item?.trim_end_matches('/').rsplit_once('/')?.0.rsplit('/').next()?;
        (before.rsplit('/').next()? == word).then(|| percent::decode_text(last).into_owned())
    });
    location.or_else(|| {
        let value: Value = serde_json::from_slice(&response.body).ok()?;
        id_in(&value, known)
    })
}

/// The id of an entity, at the root or in an envelope.
fn id_in(value: &Value, known: &Known) -> Option<String> {
    let object = value.as_object()?;
    let is_own = |name: &str| {
        let name = plain(name);
        ENVELOPES.contains(&name.as_str()) || known.resource.starts_with(&name) && name.len() > 2
    };
    let wrapped =
        object.iter().filter(|(name, inner)| inner.is_object() && is_own(name)).map(|(_, inner)| inner);
    std::iter::once(value).chain(wrapped).find_map(|entity| id_at(entity, known))
}

/// The id among the members of an entity: called as the path's parameter, else `id`, else what names it otherwise.
fn id_at(entity: &Value, known: &Known) -> Option<String> {
    let object = entity.as_object()?;
    let called = |wanted: &str| {
        let found = object.iter().find(|(name, _)| plain(name) == wanted);
        found.and_then(|(_, value)| text(value))
    };
    let ids = ["id", "uuid", "guid", "uid"];
    let of_parameter = known.parameter.as_deref().and_then(called);
    of_parameter.or_else(|| ids.into_iter().find_map(called)).or_else(|| {
        let own = |name: &str| known.naming(name) == Some(Naming::Sure) && plain(name).ends_with("id");
        object.iter().find(|(name, _)| own(name)).and_then(|(_, value)| text(value))
    })
}

fn text(value: &Value) -> Option<String> {
    scalar(value).filter(|text| !value.is_boolean() && !text.is_empty())
}

/// The ids of the entities that reading showed: one, or a list, at the root or in an envelope.
pub(super) fn ids_of(response: &Response, known: &Known) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<Value>(&response.body) else { return Vec::new() };
    let lists =
        std::iter::once(&value).chain(value.as_object().into_iter().flat_map(serde_json::Map::values));
    let mut ids: Vec<String> = lists
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|item| id_at(item, known).or_else(|| text(item)))
        .collect();
    ids.extend(id_in(&value, known));
    ids
}

/// The ids of the entities in a list, at the root or in an envelope.
pub(super) fn ids_listed(response: &Response, known: &Known) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<Value>(&response.body) else { return Vec::new() };
    let lists =
        std::iter::once(&value).chain(value.as_object().into_iter().flat_map(serde_json::Map::values));
    lists.filter_map(Value::as_array).flatten().filter_map(|item| id_at(item, known)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Headers;

    fn response(body: &str, location: Option<&str>) -> Response {
        let mut headers = Headers::new();
        if let Some(location) = location {
            headers.push("location", location.as_bytes().to_vec());
        }
        Response { status: 201, headers, body: body.to_owned().into(), truncated: false }
    }

    #[test]
    fn ids_are_read_off_answers() {
        let known = Known::of("/pets", ["/pets", "/pets/{petId}"]);
        for (body, location, wanted) in [
            (r#"{"id": 7, "name": "x"}"#, None, Some("7")),
            (r#"{"pet_id": "a", "id": 7}"#, None, Some("a")),
            (r#"{"data": {"id": "b", "attributes": {}}}"#, None, Some("b")),
            (r#"{"pet": {"uuid": "c"}}"#, None, Some("c")),
            ("", Some("http://h/v1/pets/d%20e?x"), Some("d e")),
            (r#"{"id": 7}"#, Some("/pets/8"), Some("8")),
            (r#"{"id": 7}"#, Some("/orders/8"), Some("7")),
            (r#"{"owner": {"id": 9}}"#, None, None),
            (r#"{"id": null}"#, None, None),
            ("[1]", None, None),
            ("ok", None, None),
        ] {
            let found = id_of(&response(body, location), &known, Some("/pets/{petId}"));
            assert_eq!(found.as_deref(), wanted, "{body} {location:?}");
        }
        let listed = response(r#"{"items": [{"id": 1}, {"id": "x"}], "total": 2}"#, None);
        assert_eq!(ids_of(&listed, &known), ["1", "x"]);
    }

    #[test]
    fn what_was_there_before_is_not_made() {
        let own = |id: &str| Own { resource: 3, id: id.into(), parents: Vec::new() };
        let mut memory = Memory::default();
        memory.seen(3, vec!["old".into()]);
        assert!(!memory.made(own("old")) && memory.made(own("new")));
        memory.seen(3, vec!["new".into()]);
        assert_eq!(
            (memory.own(3, "new").len(), memory.own(3, "old").len(), memory.own(4, "new").len()),
            (1, 0, 0)
        );
    }
}
