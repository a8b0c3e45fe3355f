//! From JSON to a [`Flat`].

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::Flat;
use crate::base::limits::FLAT_BYTES_MAX;

/// How many bytes of a document stand for a node, roughly: what is reserved.
const BYTES_PER_NODE: usize = 12;

impl Flat {
    /// Reads a document; `None` when it is no JSON (RFC 8259), an object has a name twice, or it is longer than
    /// [`FLAT_BYTES_MAX`]. How deep it may be is the reader's own limit (128).
    #[must_use]
    pub fn parse(document: &[u8]) -> Option<Self> {
        if document.len() > FLAT_BYTES_MAX {
            return None;
        }
        let mut flat = Self {
            text: String::with_capacity(document.len()),
            loose: String::new(),
            nodes: Vec::with_capacity(document.len() / BYTES_PER_NODE + 1),
        };
        // Checked as a whole, so that not each of its texts has to be.
        let mut reader = serde_json::Deserializer::from_str(std::str::from_utf8(document).ok()?);
        Reading(&mut flat).deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        Some(flat)
    }
}

/// Takes the next value, or the name of the next member.
struct Reading<'f>(&'f mut Flat);

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.put_null();
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.put_bool(value);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.put_number(value.into());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.put_number(value.into());
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.0.put_number(Number::from_f64(value).ok_or_else(|| E::custom("no finite number"))?);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.put_str(text);
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        // What could be borrowed stands in the document without escapes, and so may stand here.
        self.0.put_plain(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self(flat) = self;
        let at = flat.open('[');
        let mut count = 0;
        loop {
            let before = flat.text.len();
            if count > 0 {
                flat.text.push(',');
            }
            if items.next_element_seed(Reading(flat))?.is_none() {
                flat.text.truncate(before);
                break;
            }
            count += 1;
        }
        flat.close(at, ']', count);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self(flat) = self;
        let at = flat.open('{');
        let mut count = 0;
        loop {
            let before = flat.text.len();
            if count > 0 {
                flat.text.push(',');
            }
            if members.next_key_seed(Reading(flat))?.is_none() {
                flat.text.truncate(before);
                break;
            }
            flat.text.push(':');
            members.next_value_seed(Reading(flat))?;
            count += 1;
        }
        flat.close(at, '}', count);
        if flat.repeats(at) { Err(A::Error::custom("a name stands there twice")) } else { Ok(()) }
    }
}
