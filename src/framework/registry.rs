//! Which frameworks and conventions there are.

use std::sync::Arc;

use serde_json::Value;

use super::interface::{Framework, RequestReader};
use super::refusal::ErrorBody;
use super::{fastapi, jsonapi, message, problem};
use crate::document::SchemaSource;

/// All of them, the most telling first.
pub static ALL: [&dyn Framework; 4] =
    [&fastapi::FastApi, &problem::Problem, &jsonapi::JsonApi, &message::Message];

/// The one called `name`.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Framework> {
    ALL.iter().copied().find(|f| f.name() == name)
}

/// Reads an error body in whichever convention it is; `None` for an unknown one.
#[must_use]
pub fn recognise(status: u16, body: &Value) -> Option<(&'static dyn Framework, ErrorBody)> {
    ALL.iter().copied().find_map(|f| f.recognise(status, body).map(|told| (f, told)))
}

/// The readers of one contract's requests: of each framework that has one.
pub struct Readers(Vec<(&'static dyn Framework, Box<dyn RequestReader>)>);

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(framework, _)| framework.name())).finish()
    }
}

impl Readers {
    /// The readers for the contract whose schemas `source` gives.
    #[must_use]
    pub fn new(source: &Arc<dyn SchemaSource>) -> Self {
        let reader = |f: &&'static dyn Framework| Some((*f, f.reader(Arc::clone(source))?));
        Self(ALL.iter().filter_map(reader).collect())
    }

    /// The place of the first reader whose framework is `chosen`.
    pub fn position(&self, chosen: impl Fn(&'static dyn Framework) -> bool) -> Option<usize> {
        self.0.iter().position(|(framework, _)| chosen(*framework))
    }

    /// The reader at a place.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<&dyn RequestReader> {
        self.0.get(position).map(|(_, reader)| &**reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{Entry, Part, Reason, Refusal};
    use serde_json::json;

    /// What everyone keeps of a refusal through writing and reading: the parts, and what was said.
    #[test]
    fn everyone_reads_what_it_writes() {
        let refusal = Refusal::validation(
            422,
            vec![
                Entry::told(Part::Path, "item_id", "gone", "It is gone", json!("x")),
                Entry::told(Part::Header, "x-tenant", "odd", "It is odd", json!("y")),
            ],
        );
        for framework in ALL {
            let body = framework.write(&refusal);
            assert_eq!(framework.text(&refusal), body.to_string(), "{}", framework.name());
            let told =
                framework.recognise(422, &body).unwrap_or_else(|| panic!("{}: {body}", framework.name()));
            assert!(framework.recognise(422, &framework.counter_example()).is_none(), "{}", framework.name());
            if framework.name() == "message" {
                assert!(told.message.as_deref().unwrap().contains("It is gone"), "{body}");
                continue;
            }
            assert_eq!(told.entries.len(), 2, "{}: {body}", framework.name());
            assert_eq!(told.entries[0].part, Some(Part::Path), "{}", framework.name());
            assert_eq!(told.entries[0].name.as_deref(), Some("item_id"));
            assert_eq!(told.entries[1].part, Some(Part::Header), "{}", framework.name());
            assert_eq!(told.entries[1].message, "It is odd");
        }
    }

    #[test]
    fn refusals_without_entries_survive_too() {
        for framework in ALL {
            let refusal = Refusal::plain(404, Reason::NoEntity, "No such thing");
            let told = framework.recognise(404, &framework.write(&refusal)).unwrap();
            assert_eq!(told.message.as_deref(), Some("No such thing"), "{}", framework.name());
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
        for framework in ALL {
            assert_eq!(by_name(framework.name()).unwrap().name(), framework.name());
        }
        assert!(by_name("esperanto").is_none());
    }
}
