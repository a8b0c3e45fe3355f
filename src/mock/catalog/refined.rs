//! A resource with what its schemas tell.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use crate::resource::Resource;
use crate::resource::field_roles::FieldRoles;
use crate::schema::Schema;

/// A resource once its schemas have been looked at.
#[derive(Debug)]
pub(crate) struct Refined {
    pub(super) resource: Arc<Resource>,
    /// The schema of what shows an entity.
    pub(super) schema: Option<Arc<Schema>>,
    pub(super) traits: FieldRoles,
    /// Properties of an entity that take any text.
    pub(super) free: HashSet<String>,
    /// What new entities are made from, each made on first use.
    pub(super) bases: Vec<OnceLock<Arc<Map<String, Value>>>>,
    /// What an entity that is judged is put into, where it is shown in an envelope.
    pub(super) around: OnceLock<Value>,
}

/// How many different ones new entities of a resource are made from: what clients don't say repeats after so many.
pub(crate) const BASES: u64 = 64;
