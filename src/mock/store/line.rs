//! The lines of a state file: JSON objects, one for each change. A later line about an entity replaces earlier ones.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::entity::Entity;
use super::record::{Packed, Pending};

/// What stands before an entity's properties.
#[derive(Serialize)]
struct Head<'a> {
    put: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    parents: &'a [String],
    revision: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pending: &'a [Pending],
    #[serde(skip_serializing_if = "is_zero")]
    last: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The line of a new or changed entity.
pub(super) fn put(resource: &str, entity: &Entity, packed: &Packed, last: u64) -> Vec<u8> {
    let head = Head {
        put: resource,
        id: &entity.id,
        tenant: entity.scope.tenant.as_deref(),
        parents: &entity.scope.parents,
        revision: packed.revision,
        deleted: packed.deleted,
        gone: packed.gone,
        pending: &packed.pending,
        last,
    };
    let mut line = Vec::with_capacity(packed.text.len() + 128);
    // Texts, numbers and lists of them: writing them into memory can't fail.
    let _ = serde_json::to_writer(&mut line, &head);
    line.pop();
    line.extend_from_slice(b",\"value\":");
    line.extend_from_slice(&packed.text);
    line.extend_from_slice(b"}\n");
    line
}

/// The line of an entity that was dropped.
pub(super) fn removed(resource: &str, entity: &Entity) -> Vec<u8> {
    let line = Line {
        drop: Some(resource.to_owned()),
        id: Some(entity.id.to_string()),
        tenant: entity.scope.tenant.clone(),
        parents: entity.scope.parents.clone(),
        ..Line::default()
    };
    written(&line)
}

/// The line of the logical time.
pub(super) fn now(seconds: u64) -> Vec<u8> {
    written(&Line { now: Some(seconds), ..Line::default() })
}

/// The line of the last number given to an entity of a resource.
pub(super) fn last(resource: &str, number: u64) -> Vec<u8> {
    written(&Line { count: Some(resource.to_owned()), last: number, ..Line::default() })
}

fn written(line: &Line<'_>) -> Vec<u8> {
    // As above.
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    text
}

/// A line as it is read: exactly one of `put`, `drop`, `count` and `now` says what it is about.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) put: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) drop: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) count: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) now: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parents: Vec<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) revision: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) gone: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pending: Vec<Pending>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) last: u64,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<&'a RawValue>,
}
