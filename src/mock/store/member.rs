//! One member of an object that lies as text, without the others being made.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// The member `name` of the object that `text` is; `None` when it has none, or is no object.
#[must_use]
pub(super) fn of(text: &[u8], name: &str) -> Option<Value> {
    serde_json::Deserializer::from_slice(text).deserialize_map(Member(name)).ok().flatten()
}

struct Member<'n>(&'n str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<Value>, A::Error> {
        let mut found = None;
        while let Some(meant) = members.next_key_seed(Is(self.0))? {
            if meant {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Whether a name is this one.
struct Is<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_member_is_what_the_whole_object_has() {
        let object = json!({"a": {"b": 1}, "": [null], "\u{e9}\"": "x", "b": 2.50, "c": "\n"});
        let text = object.to_string();
        for name in ["a", "", "\u{e9}\"", "b", "c", "d", "a.b"] {
            assert_eq!(of(text.as_bytes(), name).as_ref(), object.get(name), "{name:?}");
        }
        for none in ["[1]", "7", "", "{"] {
            assert_eq!(of(none.as_bytes(), "a"), None, "{none}");
        }
    }
}
