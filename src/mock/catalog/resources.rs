//! The resources once their schemas have been looked at: what shows them, what operations do to them, what new ones are
//! made from.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::index::Catalog;
use super::items::items_of;
use super::plan::{Plan, Writable};
use super::refined::{BASES, Refined};
use crate::base::{Pointer, Seed};
use crate::contract::OperationIndex;
use crate::document::Direction;
use crate::mock::content::generated::generated;
use crate::mock::content::put::put;
use crate::mock::state::store_state::Trouble;
use crate::resource::field_roles::FieldRoles;
use crate::resource::{Action, Link, Resource, entity, tenant, verbs};
use crate::schema::Schema;
use crate::schema::view::SchemaView;

/// How many operations are looked at to find one that shows an entity.
const SHOWING_MAX: usize = 6;

/// How many operations are looked at to find whose entities a caller sees.
const TENANT_LOOKS_MAX: usize = 4;

impl Catalog {
    fn known(&self, number: usize) -> &Refined {
        self.refined[number].get_or_init(|| self.look(number))
    }

    /// Finds out about a resource what its schemas tell.
    fn look(&self, number: usize) -> Refined {
        let skeleton = &self.resources().all[number];
        let showing = |by: &OperationIndex, bare: bool| {
            let plan = self.plan(*by);
            let schema = plan.schema.clone()?;
            let listing = self.resources().link(*by).is_some_and(|link| link.action == Action::List);
            let schema = if listing { self.item_schema(&schema, &skeleton.name)? } else { schema };
            let envelope = entity::envelope_of(&schema, skeleton)?;
            let node = entity::at(&schema, &envelope)?;
            let is_one = node.is("object") && (bare || !node.properties().is_empty());
            // A page of others is no entity, unless it is declared to be one.
            let is_page = !skeleton.declared
                && entity::id_of(node, skeleton).is_none()
                && !skeleton.is_single()
                && items_of(&schema, &skeleton.name).is_some();
            (is_one && !is_page).then_some((*by, schema))
        };
        let candidates = || skeleton.shows.iter().take(SHOWING_MAX);
        // An object of which nothing is said will do where there is nothing better.
        let shown = candidates().find_map(|by| showing(by, false));
        let shown = shown.or_else(|| candidates().find_map(|by| showing(by, true)));
        let deletes = self.resources().links.iter();
        let deletes = deletes.filter(|(_, link)| link.resource == number && link.action == Action::Delete);
        let deleting = deletes.map(|(index, _)| *index).min().map(|index| self.plan(index));
        let deleting = deleting.as_ref().map(|plan| (&*plan.operation, plan.schema.as_deref()));
        let schema = shown.as_ref().map(|(_, schema)| Arc::clone(schema));
        let mut resource = entity::with_schemas(skeleton, schema.as_deref(), deleting);
        resource.shown_by = shown.map(|(by, _)| by);
        let node = schema.as_deref().and_then(|schema| entity::at(schema, &resource.envelope));
        if resource.tenant.is_none() && !skeleton.declared {
            let mut looked = skeleton.shows.iter().take(TENANT_LOOKS_MAX).map(|by| self.plan(*by));
            resource.tenant =
                looked.find_map(|plan| tenant::of(&plan.operation, node, resource.id.as_deref()));
        }
        let mut traits = node.map(|node| FieldRoles::of(node, &resource)).unwrap_or_default();
        let id = resource.id.as_deref().and_then(|id| node?.property(id)?.pointer());
        traits.name_ids(&resource.name);
        traits.id_schema = id.and_then(|at| schema.as_deref()?.bundle().origin(at.as_str()));
        let plain =
            schema.as_deref().and_then(|schema| SchemaView::of(schema).plainly_at(&resource.envelope));
        let free = plain.map(SchemaView::free_texts).unwrap_or_default();
        let bases = (0..BASES).map(|_| OnceLock::new()).collect();
        let resource = Arc::new(resource);
        Refined { resource, schema, traits, free, bases, around: OnceLock::new() }
    }

    /// The schema of the items of a list, by itself.
    fn item_schema(&self, list: &Schema, name: &str) -> Option<Arc<Schema>> {
        let (_, item) = items_of(list, name)?;
        let origin = list.bundle().origin(item.pointer()?.as_str())?;
        self.schemas().get(&origin, Direction::Response).ok()
    }

    /// A resource with what its schemas tell, looked at on first use.
    pub(crate) fn resource(&self, number: usize) -> &Arc<Resource> {
        &self.known(number).resource
    }

    /// What a resource's properties are about.
    pub(crate) fn traits(&self, number: usize) -> &FieldRoles {
        &self.known(number).traits
    }

    /// The schema of the response that shows a resource's entities.
    pub(crate) fn entity_schema(&self, resource: usize) -> Option<Arc<Schema>> {
        self.known(resource).schema.clone()
    }

    /// What an operation does to which resource, once the schemas have been looked at: paths alone mislead at times.
    pub(crate) fn effect<'m>(&'m self, plan: &Plan) -> Option<&'m Link> {
        let link = self.resources().link(plan.operation.head.index)?;
        let agrees = plan.agrees.get_or_init(|| self.agrees(plan, link));
        agrees.then_some(link)
    }

    /// Whether the schemas agree with what the path says.
    fn agrees(&self, plan: &Plan, link: &Link) -> bool {
        let (known, declared) = (self.known(link.resource), link.declared);
        if declared || known.resource.declared && link.sure {
            return true;
        }
        let entity = known.schema.as_deref().and_then(|schema| entity::at(schema, &known.resource.envelope));
        let answered = plan.schema.as_deref().map(SchemaView::of);
        let alike = |node: SchemaView<'_>| entity.is_none_or(|entity| entity::like(node, entity));
        let shows = || {
            let schema = plan.schema.as_deref()?;
            let envelope = entity::envelope_of(schema, &known.resource)?;
            entity::at(schema, &envelope)
        };
        let sent = || self.body_schema(plan);
        match link.action {
            Action::List => {
                let items = plan.schema.as_deref().and_then(|s| items_of(s, &known.resource.name));
                items.is_some_and(|(_, item)| item.is("object") && alike(item))
            }
            Action::Read => {
                answered.is_none_or(|node| !node.is("array"))
                    && (known.schema.is_some() || answered.is_none())
            }
            Action::Create => {
                let takes = || {
                    sent().is_some_and(|body| {
                        let node = SchemaView::of(&body);
                        let node = node.items().filter(|_| node.is("array")).unwrap_or(node);
                        alike(node)
                    })
                };
                match answered {
                    Some(_) => shows().is_some_and(alike) || takes(),
                    None => link.sure || takes(),
                }
            }
            Action::CreateMany => sent().is_some_and(|body| {
                let node = SchemaView::of(&body);
                let items = node.items().filter(|_| node.is("array"));
                let items = items.or_else(|| items_of(&body, &known.resource.name).map(|(_, item)| item));
                items.is_some_and(alike)
            }),
            Action::Replace
            | Action::Change
            | Action::Delete
            | Action::Clear
            | Action::Act
            | Action::Below => true,
        }
    }

    /// Whether the success of an operation shows an entity.
    pub(crate) fn shows_one(&self, plan: &Plan, number: usize) -> bool {
        *plan.shows.get_or_init(|| {
            let known = self.known(number);
            let (Some(schema), Some(envelope)) = (&plan.schema, plan.envelope(&known.resource)) else {
                return false;
            };
            if known.resource.shown_by == Some(plan.operation.head.index) {
                return true;
            }
            let entity = known.schema.as_deref().and_then(|s| entity::at(s, &known.resource.envelope));
            match (entity::at(schema, envelope), entity) {
                (Some(node), Some(entity)) => entity::like(node, entity),
                (node, _) => node.is_some(),
            }
        })
    }

    /// What a named action sets: as declared, or as its name and the entity's schema say.
    pub(crate) fn sets<'p>(&self, plan: &'p Plan, number: usize, link: &Link) -> &'p Map<String, Value> {
        plan.sets.get_or_init(|| {
            let known = self.known(number);
            let node = known.schema.as_deref().and_then(|s| entity::at(s, &known.resource.envelope));
            let inferred =
                || node.map(|node| verbs::sets(&link.verb, node, &known.resource.name)).unwrap_or_default();
            link.sets.clone().unwrap_or_else(inferred)
        })
    }

    /// Whether the contract has a word for one that is not there.
    pub(crate) fn misses(&self, number: usize) -> bool {
        let reads =
            self.resources().links.iter().filter(|(_, l)| l.resource == number && l.action == Action::Read);
        reads.into_iter().any(|(index, _)| {
            let operation = &self.plan(*index).operation;
            [404, 410].iter().any(|status| operation.response_for(*status).is_some())
        })
    }

    /// Whether a property of the entities takes any text, whatever the others hold.
    pub(crate) fn takes_any_text(&self, number: usize, property: &str) -> bool {
        self.known(number).free.contains(property)
    }

    /// What the new entity of this number is made from: generated, and as new ones are.
    pub(crate) fn base(&self, number: usize, nth: u64) -> Arc<Map<String, Value>> {
        let known = self.known(number);
        let nth = nth % BASES;
        let make = || {
            let seed = self.seed().derive(&known.resource.name).nth(nth);
            let mut base = self.generated_entity(number, seed).unwrap_or_default();
            known.traits.refresh(&mut base);
            let mut value = Value::Object(base);
            if let Some(status) = &known.resource.status
                && let Some(new) = &status.new
            {
                put(&mut value, &status.property, new, &|v| self.shows_validly(number, v));
            }
            Arc::new(value.as_object().cloned().unwrap_or_default())
        };
        let slot = usize::try_from(nth).ok().and_then(|nth| known.bases.get(nth));
        slot.map_or_else(make, |slot| Arc::clone(slot.get_or_init(make)))
    }

    /// An entity made from the schema.
    pub(crate) fn generated_entity(&self, number: usize, seed: Seed) -> Option<Map<String, Value>> {
        // Of an entity that no answer shows, only the id is known.
        let Some(schema) = self.entity_schema(number) else { return Some(Map::new()) };
        let mut value = generated(&schema, seed);
        match value.pointer_mut(self.resource(number).envelope.as_str()).map(Value::take) {
            Some(Value::Object(entity)) => Some(entity),
            _ => None,
        }
    }

    /// Whether the contract lets an entity be shown like this.
    pub(crate) fn shows_validly(&self, number: usize, entity: &Value) -> bool {
        self.trouble(number, entity).is_none()
    }

    /// What is wrong with an entity: where in it, what, and where in the contract that is said.
    pub(crate) fn trouble(&self, number: usize, entity: &Value) -> Option<Trouble> {
        let schema = self.entity_schema(number)?;
        let envelope = &self.resource(number).envelope;
        let first = if envelope.is_root() {
            if schema.is_valid(entity) {
                return None;
            }
            schema.violations(entity).into_iter().next()
        } else {
            let mut whole = self.known(number).around.get_or_init(|| generated(&schema, self.seed())).clone();
            *whole.pointer_mut(envelope.as_str())? = entity.clone();
            schema.violations(&whole).into_iter().find(|v| v.instance.starts_with(envelope))
        }?;
        let at = first.instance.as_str().strip_prefix(envelope.as_str()).and_then(Pointer::parse);
        Some((at.unwrap_or_default(), first.message, self.contract().place(&first.schema).to_string()))
    }

    /// The schema of an operation's JSON body.
    pub(crate) fn body_schema(&self, plan: &Plan) -> Option<Arc<Schema>> {
        let find = || {
            let content = &plan.operation.request_body.as_ref()?.content;
            let json = content.get(plan.sent_as()?)?;
            self.schemas().get(json.schema.as_ref()?, Direction::Request).ok()
        };
        plan.sent.get_or_init(find).clone()
    }

    /// What that schema says of properties.
    pub(crate) fn writable<'p>(&self, plan: &'p Plan) -> Option<&'p Writable> {
        let find = || self.body_schema(plan).map(|schema| Writable::of(SchemaView::of(&schema)));
        plan.writable.get_or_init(find).as_ref()
    }
}
