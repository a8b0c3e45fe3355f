//! Entities that belong to others: what is nested in a deleted one is gone with it, and generated ids of others are
//! those of entities that are there.

use serde_json::{Map, Value};

use super::{Call, Refused};
use crate::base::Seed;
use crate::framework::{Entry, Part, Reason};
use crate::mock::content::put::put;
use crate::mock::settings::UnknownId;
use crate::mock::state::store_state::text;
use crate::mock::store::{Entity, Scope};

impl Call<'_> {
    /// Refuses when an entity that the path goes through is deleted, or unknown where unknown ids are rejected.
    pub(super) fn goes_through(&self) -> Result<(), Refused> {
        if self.resource.parents.is_empty() {
            return Ok(());
        }
        let scope = self.scope();
        if scope.parents.len() != self.resource.parents.len() {
            // A path with other parents than the entity's own: what it stands below is seen to elsewhere.
            return Ok(());
        }
        let mut above = self.catalog.nesting().parent.get(self.number).copied().flatten();
        while let Some(number) = above {
            let parent = &self.catalog.resources().all[number];
            let depth = parent.parents.len();
            let Some(id) = scope.parents.get(depth) else { break };
            let of_parent = Scope { tenant: None, parents: scope.parents[..depth].to_vec() };
            let there = match self.state.store.find(number, id, &of_parent) {
                Some(entity) => !entity.is_gone(),
                None => self.catalog.unknown_id(number) == UnknownId::Create,
            };
            if !there {
                return Err(self.nothing_above(&parent.name, &self.resource.parents[depth], id));
            }
            above = self.catalog.nesting().parent[number];
        }
        Ok(())
    }

    fn nothing_above(&self, resource: &str, parameter: &str, id: &str) -> Refused {
        let message = format!("no {resource} with this id");
        let input = Value::String(id.to_owned());
        let entry = Entry::told(Part::Path, parameter, "value_error", &message, input);
        Refused { reason: Reason::NoEntity, status: None, message, entry: Some(Box::new(entry)) }
    }

    /// Deletes what is nested in a deleted entity.
    pub(super) fn delete_below(&self, entity: &Entity) {
        let mut path = entity.scope.parents.clone();
        path.push(entity.id.to_string());
        let below = self.catalog.nesting().below.get(self.number);
        for number in below.into_iter().flatten() {
            for one in
                self.state.store.select(*number, |e| e.scope.parents.starts_with(&path) && !e.is_gone())
            {
                let mut record = one.lock(self.now);
                record.deleted = true;
                record.gone = true;
                record.revision += 1;
            }
        }
    }

    /// A generated entity whose ids of other entities are those of some that are there, where there are any.
    pub(super) fn referring(
        &self,
        entity: Map<String, Value>,
        scope: &Scope,
        seed: Seed,
    ) -> Map<String, Value> {
        let references = self.catalog.references(self.number);
        if references.is_empty() {
            return entity;
        }
        let mut value = Value::Object(entity);
        for reference in references.iter() {
            let Some(there) = value.get(&reference.property).filter(|v| !v.is_null()) else { continue };
            let seed = seed.derive(&reference.property);
            let wanted = |n| self.existing(reference.target, scope, seed.nth(n));
            if reference.many {
                let count = there.as_array().map_or(0, Vec::len) as u64;
                let mut ids: Vec<String> = (0..count).filter_map(wanted).collect();
                ids.sort();
                ids.dedup();
                self.put_list(&mut value, &reference.property, &ids);
            } else if let Some(id) = wanted(0) {
                self.put_text(&mut value, &reference.property, &id);
            }
        }
        match value {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }

    /// A new entity with the ids of those that it is nested in, unless the client said otherwise.
    pub(super) fn nested(
        &self,
        entity: Map<String, Value>,
        sent: &Map<String, Value>,
        scope: &Scope,
    ) -> Map<String, Value> {
        if scope.parents.is_empty() {
            return entity;
        }
        let mut value = Value::Object(entity);
        for reference in self.catalog.references(self.number).iter().filter(|r| !r.many) {
            if sent.contains_key(&reference.property) {
                continue;
            }
            if let Some(id) = self.above(reference.target, scope) {
                self.put_text(&mut value, &reference.property, id);
            }
        }
        match value {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }

    /// The id of the entity of that resource that this one is nested in.
    fn above<'s>(&self, target: usize, scope: &'s Scope) -> Option<&'s str> {
        let parent = |n: &usize| self.catalog.nesting().parent[*n];
        let mut chain = std::iter::successors(parent(&self.number), parent);
        let found = chain.find(|n| *n == target)?;
        scope.parents.get(self.catalog.resources().all[found].parents.len()).map(String::as_str)
    }

    /// The id of one entity of that resource: the one that this is nested in, else one that is there.
    fn existing(&self, target: usize, scope: &Scope, seed: Seed) -> Option<String> {
        if let Some(id) = self.above(target, scope) {
            return Some(id.to_owned());
        }
        let seen = |e: &Entity| {
            let tenant = e.scope.tenant.is_none() || scope.tenant.is_none() || e.scope.tenant == scope.tenant;
            tenant && scope.parents.starts_with(&e.scope.parents) && !e.is_deleted()
        };
        self.state.store.pick(target, seed.0, seen).map(|e| e.id.to_string())
    }

    fn put_text(&self, value: &mut Value, property: &str, id: &str) {
        if value.get(property).and_then(text).as_deref() != Some(id) {
            put(value, property, id, &|v| self.catalog.shows_validly(self.number, v));
        }
    }

    fn put_list(&self, value: &mut Value, property: &str, ids: &[String]) {
        if ids.is_empty() {
            return;
        }
        let texts: Value = ids.iter().map(|id| Value::String(id.clone())).collect();
        let numbers: Option<Value> = ids.iter().map(|id| id.parse::<i64>().ok().map(Value::from)).collect();
        for list in std::iter::once(texts).chain(numbers) {
            let Value::Object(object) = &mut *value else { return };
            let before = object.insert(property.to_owned(), list);
            if self.catalog.shows_validly(self.number, value) {
                return;
            }
            if let (Value::Object(object), Some(before)) = (&mut *value, before) {
                object.insert(property.to_owned(), before);
            }
        }
    }
}
