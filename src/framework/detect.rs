//! Which framework the schemas of a contract's errors show.

use serde_json::{Value, json};

use super::interface::Framework;
use super::refusal::{Entry, Part, Refusal};
use crate::contract::{MediaType, Response};
use crate::document::Direction;
use crate::schema::{Schema, Schemas};
use crate::wire::media;

/// A body with all that a framework's bodies may hold, to try a schema with.
#[must_use]
pub fn specimen(framework: &dyn Framework, status: u16) -> Value {
    framework.write(&Refusal::validation(
        status,
        vec![
            Entry::told(Part::Path, "p", "value_error", "It is refused", json!("x")),
            Entry::told(Part::Header, "h", "missing", "It is missing", Value::Null),
        ],
    ))
}

/// Whether a schema was made for the framework's bodies: it takes one, and not everything.
#[must_use]
pub fn shows(framework: &dyn Framework, schema: &Schema, status: u16) -> bool {
    schema.is_valid(&specimen(framework, status)) && !schema.is_valid(&framework.counter_example())
}

/// Whether a documented response is in the framework's convention: the schema of one of its JSON media types shows it.
#[must_use]
pub fn documents(framework: &dyn Framework, schemas: &Schemas, documented: &Response, status: u16) -> bool {
    let is_json = |m: &&MediaType| media::parse(&m.name).is_some_and(|parsed| parsed.is_json());
    documented.content.iter().filter(is_json).any(|m| {
        let schema = m.schema.as_ref().and_then(|at| schemas.get(at, Direction::Response).ok());
        schema.is_some_and(|schema| shows(framework, &schema, status))
    })
}
