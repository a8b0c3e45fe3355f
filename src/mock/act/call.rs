//! A call of an operation that has to do with entities, and what comes of it.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::framework::{Entry, Reason};
use crate::mock::catalog::Catalog;
use crate::mock::catalog::plan::Plan;
use crate::mock::fault::Faults;
use crate::mock::settings::UnknownId;
use crate::mock::state::store_state::StoreState;
use crate::mock::store::Entity;
use crate::resource::{Link, Resource};
use crate::validate::RequestVerdict;
use crate::wire::Request;

/// A call of an operation that is linked to a resource.
pub(crate) struct Call<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) faults: &'a Faults,
    pub(crate) state: &'a StoreState,
    pub(crate) plan: &'a Plan,
    /// The number of the media type of the answer.
    pub(crate) media: usize,
    pub(crate) number: usize,
    pub(crate) resource: &'a Resource,
    pub(crate) link: &'a Link,
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
    /// The entity as compact JSON, where that is at hand.
    pub(crate) text: Option<Bytes>,
    /// What tells the entity's properties from what they were before.
    pub(crate) tag: Option<u64>,
    /// The entity that was read.
    pub(crate) entity: Option<Arc<Entity>>,
    /// Something was made: 201 is the success where it is documented.
    pub(crate) created: bool,
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

impl Done {
    /// The success that shows an entity whose properties have this tag.
    pub(crate) fn tagged(entity: Map<String, Value>, tag: u64) -> Self {
        Self { tag: Some(tag), ..Self::entity(entity) }
    }

    /// The success that shows an entity.
    pub(crate) fn entity(entity: Map<String, Value>) -> Self {
        Self { shows: Shows::Entity(entity), ..Self::default() }
    }

    /// The success that shows an entity that was not there before.
    pub(crate) fn created(entity: Map<String, Value>) -> Self {
        Self { created: true, ..Self::entity(entity) }
    }
}

impl Call<'_> {
    /// What an id never seen gets.
    pub(super) fn unknown_id(&self) -> UnknownId {
        self.catalog.unknown_id(self.number)
    }

    /// Whether the contract documents this very status here.
    pub(super) fn documents_exactly(&self, status: u16) -> bool {
        let exact = crate::contract::StatusKey::Exact(status);
        self.plan.operation.responses.iter().any(|response| response.status == exact)
    }

    /// Whether the contract documents one of these statuses here.
    pub(super) fn documents(&self, statuses: &[u16]) -> bool {
        statuses.iter().any(|status| self.plan.operation.response_for(*status).is_some())
    }
}
