//! A call of an operation that has to do with entities, and what comes of it.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{delete, list, read, write};
use crate::dialect::{Entry, Reason};
use crate::mock::Mock;
use crate::mock::plan::Plan;
use crate::mock::resource::{Action, Resource};
use crate::mock::settings::UnknownId;
use crate::mock::store::Entity;
use crate::mock::world::World;
use crate::validate::RequestVerdict;
use crate::wire::Request;

/// A call of an operation that is linked to a resource.
pub(crate) struct Call<'a> {
    pub(crate) mock: &'a Mock,
    pub(crate) world: &'a World,
    pub(crate) plan: &'a Plan,
    /// The number of the media type of the answer.
    pub(crate) media: usize,
    pub(crate) number: usize,
    pub(crate) resource: &'a Resource,
    pub(crate) request: &'a Request,
    pub(crate) values: &'a [(String, String)],
    pub(crate) verdict: &'a RequestVerdict,
    pub(crate) now: u64,
}

/// What an action gives: the documented success that shows this.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) shows: Shows,
    pub(crate) headers: Vec<(String, String)>,
    /// What tells the entity's properties from what they were before.
    pub(crate) tag: Option<u64>,
    /// The entity that was read.
    pub(crate) entity: Option<Arc<Entity>>,
}

/// What a success shows.
#[derive(Debug, Default)]
pub(crate) enum Shows {
    /// What the contract alone says.
    #[default]
    Contract,
    /// An entity.
    Entity(Map<String, Value>),
    /// A whole value, valid already.
    Whole(Value),
    /// An entity as the text that this operation is known to show.
    Text(Bytes),
    /// Nothing: who asks has it already.
    NotModified,
}

/// Why an action is refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) reason: Reason,
    /// The status, where it is not for the contract to choose.
    pub(crate) status: Option<u16>,
    pub(crate) message: String,
    pub(crate) entry: Option<Box<Entry>>,
}

/// Does what the operation does.
pub(crate) fn act(call: &Call<'_>, action: Action) -> Result<Done, Refused> {
    call.goes_through()?;
    match action {
        Action::Delete => delete::delete(call),
        Action::Read => read::read(call),
        Action::List => Ok(list::list(call)),
        Action::Create => write::create(call),
        Action::Replace => write::replace(call),
        Action::Change => write::change(call),
    }
}

impl Done {
    /// The success that shows an entity whose properties have this tag.
    pub(crate) fn tagged(entity: Map<String, Value>, tag: u64) -> Self {
        Self { tag: Some(tag), ..Self::entity(entity) }
    }

    /// The success that shows an entity.
    pub(crate) fn entity(entity: Map<String, Value>) -> Self {
        Self { shows: Shows::Entity(entity), ..Self::default() }
    }
}

impl Call<'_> {
    /// What an id never seen gets.
    pub(super) fn unknown_id(&self) -> UnknownId {
        self.mock.unknown_id(self.number)
    }
}
