//! What a dialect is, and which there are.

use serde_json::Value;

use super::refusal::{self, Refusal, Told};
use super::{fastapi, jsonapi, message, problem};

/// One convention for bodies of errors.
pub trait Dialect: Send + Sync {
    /// Its name, as `--errors` takes it.
    fn name(&self) -> &'static str;

    /// The media type that its bodies are sent as.
    fn media_type(&self) -> &'static str;

    /// The body for a refusal.
    fn write(&self, refusal: &Refusal) -> Value;

    /// The body for a refusal as JSON text; the same as [`Dialect::write`] gives, for the way that every refusal takes.
    fn text(&self, refusal: &Refusal) -> String {
        self.write(refusal).to_string()
    }

    /// Reads a body back; `None` when it is not in this dialect. `status` is the response's.
    fn recognise(&self, status: u16, body: &Value) -> Option<Told>;

    /// A body that a schema made for this dialect refuses: it tells such a schema from one that takes anything.
    fn counter_example(&self) -> Value;

    /// The phrase that the dialect's servers answer with on their own accord (unknown path, wrong method), when they
    /// have one; the phrase of the status otherwise.
    fn phrase(&self, status: u16) -> &'static str {
        refusal::phrase(status)
    }
}

/// All dialects, the most telling first.
pub static ALL: [&dyn Dialect; 4] =
    [&fastapi::FastApi, &problem::Problem, &jsonapi::JsonApi, &message::Message];

/// The dialect called `name`.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Dialect> {
    ALL.iter().copied().find(|d| d.name() == name)
}

/// Reads an error body in whichever dialect it is; `None` for an unknown one.
#[must_use]
pub fn recognise(status: u16, body: &Value) -> Option<(&'static dyn Dialect, Told)> {
    ALL.iter().copied().find_map(|d| d.recognise(status, body).map(|told| (d, told)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Entry, Part, Reason};
    use serde_json::json;

    /// What every dialect keeps of a refusal through writing and reading: the parts, and what was said.
    #[test]
    fn every_dialect_reads_what_it_writes() {
        let refusal = Refusal::validation(
            422,
            vec![
                Entry::told(Part::Path, "item_id", "gone", "It is gone", json!("x")),
                Entry::told(Part::Header, "x-tenant", "odd", "It is odd", json!("y")),
            ],
        );
        for dialect in ALL {
            let body = dialect.write(&refusal);
            assert_eq!(dialect.text(&refusal), body.to_string(), "{}", dialect.name());
            let told = dialect.recognise(422, &body).unwrap_or_else(|| panic!("{}: {body}", dialect.name()));
            assert!(dialect.recognise(422, &dialect.counter_example()).is_none(), "{}", dialect.name());
            if dialect.name() == "message" {
                assert!(told.message.as_deref().unwrap().contains("It is gone"), "{body}");
                continue;
            }
            assert_eq!(told.entries.len(), 2, "{}: {body}", dialect.name());
            assert_eq!(told.entries[0].part, Some(Part::Path), "{}", dialect.name());
            assert_eq!(told.entries[0].name.as_deref(), Some("item_id"));
            assert_eq!(told.entries[1].part, Some(Part::Header), "{}", dialect.name());
            assert_eq!(told.entries[1].message, "It is odd");
        }
    }

    #[test]
    fn refusals_without_entries_survive_too() {
        for dialect in ALL {
            let refusal = Refusal::plain(404, Reason::NoEntity, "No such thing");
            let told = dialect.recognise(404, &dialect.write(&refusal)).unwrap();
            assert_eq!(told.message.as_deref(), Some("No such thing"), "{}", dialect.name());
            assert!(told.entries.is_empty());
        }
    }

    #[test]
    fn strangers_are_not_recognised() {
        for body in
            [json!(null), json!([]), json!({}), json!("x"), json!({"detail": 5}), json!({"errors": []})]
        {
            assert!(recognise(422, &body).is_none(), "{body}");
        }
    }

    #[test]
    fn names_are_unique() {
        for dialect in ALL {
            assert_eq!(by_name(dialect.name()).unwrap().name(), dialect.name());
        }
        assert!(by_name("esperanto").is_none());
    }
}
