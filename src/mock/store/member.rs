//! Some members of an object that lies as text, without the others being made.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

/// The member `name` of the object that `text` is; `None` when it has none, or is no object.
#[must_use]
pub(super) fn of(text: &[u8], name: &str) -> Option<Value> {
    those(text, &[name]).shift_remove(name)
}

/// The members of these names of the object that `text` is; none when it is no object.
#[must_use]
pub(super) fn those(text: &[u8], names: &[&str]) -> Map<String, Value> {
    serde_json::Deserializer::from_slice(text).deserialize_map(Members(names)).unwrap_or_default()
}

struct Members<'n>(&'n [&'n str]);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = Map::new();
        while let Some(meant) = members.next_key_seed(Among(self.0))? {
            match meant {
                Some(name) => {
                    found.insert(name.to_owned(), members.next_value()?);
                }
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// Which of these a name is.
struct Among<'n>(&'n [&'n str]);

impl<'de, 'n> DeserializeSeed<'de> for Among<'n> {
    type Value = Option<&'n str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'n> Visitor<'_> for Among<'n> {
    type Value = Option<&'n str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().copied().find(|known| *known == name))
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
        let some = those(text.as_bytes(), &["c", "d", "a"]);
        assert_eq!(Value::Object(some), json!({"a": {"b": 1}, "c": "\n"}));
        for none in ["[1]", "7", "", "{"] {
            assert_eq!(of(none.as_bytes(), "a"), None, "{none}");
        }
    }
}
