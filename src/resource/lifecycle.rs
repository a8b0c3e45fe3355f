//! What the contract shows of a record's end: where the answer to a deletion carries the id and the state.

use super::lexicon::{is_id_name, is_state_name};
use super::tenant;
use crate::base::Pointer;
use crate::contract::{Operation, StatusKey};
use crate::document::Direction;
use crate::schema::Schemas;
use crate::schema::view::SchemaView;

/// What the contract shows of the record that a deletion answers with. Everything in it is derived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// The path parameter that names the record.
    pub id_parameter: String,
    /// Where the record carries its id.
    pub id: Option<Pointer>,
    /// Where the record carries its state.
    pub state: Option<Pointer>,
    /// The request header that picks the caller's account.
    pub tenant_header: Option<String>,
}

/// The lifecycle of the records that the operation ends; `None` when it ends none: it must be a DELETE on a path whose
/// last segment is a parameter.
#[must_use]
pub(crate) fn lifecycle(operation: &Operation, schemas: &Schemas) -> Option<Lifecycle> {
    if operation.head.method != "DELETE" {
        return None;
    }
    let last = operation.head.path.rsplit('/').next()?;
    let id_parameter = last.strip_prefix('{')?.strip_suffix('}')?.to_owned();
    let success = operation.responses.iter().find(|response| match response.status {
        StatusKey::Exact(status) => (200..=299).contains(&status),
        StatusKey::Range(digit) => digit == 2,
        StatusKey::Default => false,
    });
    let schema = success
        .into_iter()
        // Accepted is not done (RFC 9110 §15.3.3): such an answer shows a task, not the record's end.
        .filter(|response| response.status != StatusKey::Exact(202))
        .flat_map(|response| &response.content)
        .find_map(|media| media.schema.as_ref())
        .and_then(|at| schemas.get(at, Direction::Response).ok());
    let view = schema.as_deref().map(SchemaView::of);
    let properties = view.map(SchemaView::properties).unwrap_or_default();
    let has = |wanted: &str| properties.contains_key(wanted);
    // What is deleted by its name may well carry another id.
    let by_id: &[&str] = if names_id(&id_parameter) { &["id", "uuid"] } else { &[] };
    let id = std::iter::once(id_parameter.as_str()).chain(by_id.iter().copied()).find(|name| has(name));
    // An answer without the record's id tells of something else: of a task, of how it went.
    let state =
        properties.iter().find(|(name, view)| id.is_some() && view.is("string") && is_state_name(name));
    Some(Lifecycle {
        id: id.map(|name| Pointer::root().join(name)),
        state: state.map(|(name, _)| Pointer::root().join(name)),
        id_parameter,
        tenant_header: tenant::of(operation, None, None).map(|tenant| tenant.header),
    })
}

/// Whether a parameter of this name is an id, not a name of another kind.
fn names_id(parameter: &str) -> bool {
    let lower = parameter.to_lowercase();
    is_id_name(parameter) && !["key", "slug"].iter().any(|word| lower.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_told_apart() {
        for (parameter, is_id) in [
            ("order_id", true),
            ("id", true),
            ("petId", true),
            ("agent_name", false),
            ("key", false),
            ("identifier", false),
        ] {
            assert_eq!(names_id(parameter), is_id, "{parameter}");
        }
    }
}
