//! What the mock knows of its resources once it has looked at their schemas.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::base::{Pointer, Seed};
use crate::document::Direction;
use crate::mock::Mock;
use crate::mock::body;
use crate::mock::fixtures::Fixtures;
use crate::mock::plan::Plan;
use crate::mock::resource::{Action, Resource, refine};
use crate::mock::world::{Trouble, World, WorldError};
use crate::schema::Schema;

impl Mock {
    /// A resource with what its schemas tell, looked at on first use.
    #[must_use]
    pub fn resource(&self, number: usize) -> Arc<Resource> {
        let look = || {
            let skeleton = &self.resources.all[number];
            let shown = skeleton.shown_by.and_then(|by| self.plan(by).schema.clone());
            let deletes = |(index, (of, action)): (&_, &(usize, Action))| {
                (*of == number && *action == Action::Delete).then_some(*index)
            };
            let deleting = self.resources.actions.iter().find_map(deletes).map(|index| self.plan(index));
            let deleting = deleting.as_ref().map(|plan| (&*plan.operation, plan.schema.as_deref()));
            Arc::new(refine::refine(skeleton, shown.as_deref(), deleting))
        };
        Arc::clone(self.refined[number].get_or_init(look))
    }

    /// The schema of the response that shows a resource's entities.
    pub(super) fn entity_schema(&self, resource: usize) -> Option<Arc<Schema>> {
        let shown_by = self.resources.all.get(resource)?.shown_by?;
        self.plan(shown_by).schema.clone()
    }

    /// An entity made from the schema.
    pub(super) fn generated_entity(&self, number: usize, seed: Seed) -> Option<Map<String, Value>> {
        let schema = self.entity_schema(number)?;
        let mut value = body::generated(&schema, seed);
        match value.pointer_mut(self.resource(number).envelope.as_str()).map(Value::take) {
            Some(Value::Object(entity)) => Some(entity),
            _ => None,
        }
    }

    /// Whether the contract lets an entity be shown like this.
    pub(super) fn shows_validly(&self, number: usize, entity: &Value) -> bool {
        self.trouble(number, entity).is_none()
    }

    /// What is wrong with an entity: where in it, what, and where in the contract that is said.
    pub(super) fn trouble(&self, number: usize, entity: &Value) -> Option<Trouble> {
        let schema = self.entity_schema(number)?;
        let envelope = &self.resource(number).envelope;
        let first = if envelope.is_root() {
            if schema.is_valid(entity) {
                return None;
            }
            schema.violations(entity).into_iter().next()
        } else {
            let mut whole = body::generated(&schema, self.seed());
            *whole.pointer_mut(envelope.as_str())? = entity.clone();
            schema.violations(&whole).into_iter().find(|v| v.instance.starts_with(envelope))
        }?;
        let at = first.instance.as_str().strip_prefix(envelope.as_str()).and_then(Pointer::parse);
        Some((at.unwrap_or_default(), first.message, self.contract.place(&first.schema).to_string()))
    }

    /// The schema of an operation's JSON body.
    pub(super) fn body_schema(&self, plan: &Plan) -> Option<Arc<Schema>> {
        let find = || {
            let content = &plan.operation.request_body.as_ref()?.content;
            let json = content.iter().find(|m| crate::wire::media::is_json(&m.name)).or(content.first())?;
            self.judge.schemas().get(json.schema.as_ref()?, Direction::Request).ok()
        };
        plan.sent.get_or_init(find).clone()
    }

    /// The world that fixtures describe.
    pub(super) fn world_of(&self, fixtures: &Fixtures) -> Result<World, WorldError> {
        let names = self.resources.by_name();
        World::new(&names, fixtures, &self.keeper(), &|n| self.resource(n), &|n, value| {
            self.trouble(n, value)
        })
    }
}
