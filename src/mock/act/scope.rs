//! Who asks for which entity: ids, tenants and parents, read from the request.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Call, Refused};
use crate::framework::{Entry, Part, Reason};
use crate::mock::content::generated::try_generated;
use crate::mock::content::put::put;
use crate::mock::settings::UnknownId;
use crate::mock::state::store_state::text;
use crate::mock::store::{Entity, Record, Scope};
use crate::resource::declaration::{Word, fill_text};
use crate::resource::names::plain;
use crate::resource::{Action, Resource};
use crate::wire::percent;

/// A raw path value decoded; octets that are no UTF-8 become U+FFFD.
pub(crate) fn decoded(raw: &str) -> String {
    percent::decode_text(raw).into_owned()
}

/// The last path value, decoded.
pub(crate) fn last_value(values: &[(String, String)]) -> String {
    values.last().map_or_else(String::new, |(_, raw)| decoded(raw))
}

/// Statuses for an id that is not there.
const MISSING: [u16; 6] = [404, 410, 422, 400, 403, 409];

/// Statuses for an entity whose state forbids the request.
const FORBIDDEN: [u16; 5] = [409, 422, 400, 403, 423];

impl Call<'_> {
    /// A path value, decoded.
    fn value(&self, name: &str) -> Option<String> {
        self.values.iter().find(|(n, _)| n == name).map(|(_, raw)| decoded(raw))
    }

    /// The id that the path names, or the body where the path names none. Empty for things that there is one of.
    pub(crate) fn id(&self) -> String {
        match &self.link.id {
            Some(name) => self.value(name).unwrap_or_default(),
            None if self.resource.is_single() => String::new(),
            None => {
                let sent = self.verdict.body_value();
                let own = self.resource.id.as_deref().and_then(|id| sent?.get(id));
                own.and_then(text).unwrap_or_default()
            }
        }
    }

    /// The path values before `name`; all of them without one.
    fn values_before(&self, name: Option<&str>) -> Vec<String> {
        let before = self.values.iter().take_while(|(n, _)| Some(n.as_str()) != name);
        before.map(|(_, raw)| decoded(raw)).collect()
    }

    /// The tenant that the caller names.
    fn tenant_of(&self, resource: &Resource) -> Option<String> {
        let tenant = resource.tenant.as_ref()?;
        let sent = self.request.headers.get(&tenant.header);
        // Field values are octets; what is no UTF-8 is read as Latin-1, as servers do.
        let text = sent.map(|v| std::str::from_utf8(v).map_or_else(|_| latin1(v), str::to_owned));
        text.or_else(|| tenant.default.clone())
    }

    /// Whose entities the caller sees.
    pub(crate) fn scope(&self) -> Scope {
        let mut parents = self.values_before(self.link.id.as_deref());
        let names = &self.resource.parents;
        if self.link.action == Action::Create && parents.len() < names.len() {
            // The collection has fewer parameters before it than one entity has: the body says the others.
            let missing = names.len() - parents.len();
            let sent = self.verdict.body_value();
            let said = |name: &String| sent.and_then(|v| v.get(name)).and_then(text).unwrap_or_default();
            parents = names[..missing].iter().map(said).chain(parents).collect();
        }
        Scope { tenant: self.tenant_of(self.resource), parents }
    }

    /// Whether a list in this scope shows an entity: it was made there, or a property says that it belongs there.
    pub(super) fn belongs(&self, entity: &Entity, scope: &Scope) -> bool {
        if !sees(&Scope { tenant: scope.tenant.clone(), parents: Vec::new() }, entity) {
            return false;
        }
        let Some((name, _)) = self.values.last().filter(|_| !scope.parents.is_empty()) else { return true };
        // `/users/{user_id}/orders` lists the orders whose `user_id` it is.
        let traits = self.catalog.traits(self.number);
        let property = traits.named(name).filter(|property| self.resource.id.as_deref() != Some(*property));
        let said = property.and_then(|property| entity.property(property)).as_ref().and_then(text);
        match said {
            Some(said) => scope.parents.last() == Some(&said),
            None => sees(scope, entity),
        }
    }

    /// The entity called `id` that may be seen from `scope`, which may name fewer parents than it was made with.
    fn find(&self, number: usize, id: &str, scope: &Scope) -> Option<Arc<Entity>> {
        let store = &self.state.store;
        let wanted = |entity: &Entity| *entity.id == *id && sees(scope, entity);
        store.find(number, id, scope).or_else(|| {
            // Only one with more parents than are named here can be meant besides.
            let deeper = store.nests_deeper(number, scope.parents.len());
            deeper.then(|| store.select(number, wanted).into_iter().next()).flatten()
        })
    }

    /// The entity that an id means, as far as the caller may know of it.
    pub(super) fn found(&self, id: &str, scope: &Scope) -> Option<Arc<Entity>> {
        let by_id = || self.find(self.number, id, scope);
        let Some(by) = &self.link.by else { return by_id() };
        let named = |entity: &Arc<Entity>| {
            let record = entity.lock(self.now);
            let mut own = record.value.iter().filter(|(name, _)| plain(name) == plain(by));
            !record.gone
                && entity.scope.seen_from(scope)
                && own.any(|(_, value)| text(value).as_deref() == Some(id))
        };
        self.state.store.all(self.number).into_iter().find(named).or_else(by_id)
    }

    /// The entity that the path names, as far as the caller may know of it; one made for the id where that is wanted.
    pub(crate) fn entity(&self) -> Result<Arc<Entity>, Refused> {
        let (id, scope) = (self.id(), self.scope());
        if let Some(entity) = self.found(&id, &scope) {
            return Ok(entity);
        }
        // What somebody else has is not there for this caller, unless every id is to be made.
        // Where clients choose the ids, the same one below another parent is another thing.
        let mut links = self.catalog.resources().links.values();
        let chosen = links.any(|link| link.resource == self.number && link.action == Action::Replace);
        let parents = if chosen { scope.parents.clone() } else { Vec::new() };
        let anywhere = Scope { tenant: None, parents };
        let elsewhere = !self.resource.is_single() && self.find(self.number, &id, &anywhere).is_some();
        if self.unknown_id() == UnknownId::Create && (!elsewhere || self.catalog.makes_any()) {
            self.spring_up(&id, scope)
        } else {
            Err(self.not_found(&id))
        }
    }

    /// Makes an entity for an id never seen.
    fn spring_up(&self, id: &str, scope: Scope) -> Result<Arc<Entity>, Refused> {
        let mut value = self.made_for(id, &scope).ok_or_else(|| self.unmade(id))?;
        let mut key = id.to_owned();
        if let Some(by) = &self.link.by {
            // The path names another property than the id, which is made up.
            let mut whole = Value::Object(value);
            let name =
                whole.as_object().and_then(|o| o.keys().find(|name| plain(name) == plain(by)).cloned());
            put(&mut whole, name.as_deref().unwrap_or(by), id, &|v| {
                self.catalog.shows_validly(self.number, v)
            });
            value = whole.as_object().cloned().unwrap_or_default();
            let own = self.resource.id.as_ref().and_then(|name| value.get(name)).and_then(text);
            key = own.unwrap_or(key);
        }
        let record = Record { value, ..Record::default() };
        match self.state.store.insert(self.number, &key, scope, &record) {
            Ok((entity, _)) => Ok(entity),
            Err(_) => Err(self.not_found(id)),
        }
    }

    /// What the path stands below must not have been deleted, and be there where unknown ids are refused.
    pub(super) fn owner_is_there(&self) -> Result<(), Refused> {
        let Some((number, parameter)) = &self.link.owner else { return Ok(()) };
        let owner = self.catalog.resource(*number);
        let id = self.value(parameter).unwrap_or_default();
        let scope = Scope { tenant: self.tenant_of(owner), parents: self.values_before(Some(parameter)) };
        let there = match self.find(*number, &id, &scope) {
            Some(entity) => {
                let record = entity.lock(self.now);
                !(record.gone || record.deleted && !owner.shows_deleted && self.documents(&MISSING))
            }
            None => self.catalog.unknown_id(*number) == UnknownId::Create,
        };
        if there {
            return Ok(());
        }
        let message = format!("no {} with this id", owner.name);
        let entry = Entry::told(Part::Path, parameter, "value_error", &message, Value::String(id));
        Err(Refused { reason: Reason::NoEntity, status: None, message, entry: Some(Box::new(entry)) })
    }

    /// Whether an entity that was deleted softly is not shown here any more: where the contract has a word for that.
    pub(super) fn hides(&self, record: &Record) -> bool {
        record.deleted && !self.resource.shows_deleted && self.documents(&MISSING)
    }

    /// The refusal of a request about an entity that was deleted softly.
    pub(super) fn deleted_already(&self, record: &Record, id: &str) -> Refused {
        if !self.resource.shows_deleted && self.documents(&MISSING) && !self.documents(&FORBIDDEN) {
            return self.not_found(id);
        }
        self.ended_already(self.status(record), id)
    }

    /// The status of an entity that was deleted.
    pub(super) fn status<'r>(&self, record: &'r Record) -> &'r str {
        self.resource.status_of(&record.value).unwrap_or("deleted")
    }

    /// The refusal of a request about an entity whose life this status ended.
    pub(super) fn ended_already(&self, status: &str, id: &str) -> Refused {
        self.refused(Reason::State, self.resource.refused.as_ref(), "it is {status} already", id, status)
    }

    /// The refusal of something that is there already.
    pub(super) fn conflict(&self, what: &str) -> Refused {
        let message = format!("{} can't be made: `{what}` is in the way", self.resource.name);
        Refused { reason: Reason::State, status: None, message, entry: None }
    }

    /// A generated entity with this id, as far as the contract lets it be set.
    pub(crate) fn made_for(&self, id: &str, scope: &Scope) -> Option<Map<String, Value>> {
        let seed = self.catalog.seed().derive(&self.resource.name).derive(id);
        let entity = self.catalog.generated_entity(self.number, seed)?;
        let entity = self.referring(self.with_id(entity, id, scope), scope, seed);
        Some(self.nested(entity, &Map::new(), scope))
    }

    /// The refusal where no entity can be made for an id: with the reason, if that is the schema's.
    fn unmade(&self, id: &str) -> Refused {
        let schema = self.catalog.entity_schema(self.number);
        let seed = self.catalog.seed().derive(&self.resource.name).derive(id);
        match schema.map(|schema| try_generated(&schema, seed)) {
            Some(Err(error)) => {
                let message = self.catalog.no_value(&error);
                Refused { reason: Reason::Fault, status: Some(500), message, entry: None }
            }
            _ => self.not_found(id),
        }
    }

    /// The entity with its id, its tenant and its first status, each as far as the contract lets it be set.
    pub(crate) fn with_id(
        &self,
        mut entity: Map<String, Value>,
        id: &str,
        scope: &Scope,
    ) -> Map<String, Value> {
        self.catalog.traits(self.number).refresh(&mut entity);
        let mut wanted = self.given(id, scope);
        if let Some(status) = &self.resource.status
            && let Some(new) = &status.new
        {
            wanted.push((status.property.as_str(), new.clone()));
        }
        let mut value = Value::Object(entity);
        for (property, text) in wanted {
            put(&mut value, property, &text, &|v| self.catalog.shows_validly(self.number, v));
        }
        match value {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }

    /// What the request itself says of an entity: what it stands below, its id, its tenant.
    pub(super) fn given(&self, id: &str, scope: &Scope) -> Vec<(&str, String)> {
        let mut given = self.named_above();
        given.extend(self.resource.id.as_deref().map(|name| (name, id.to_owned())));
        if let (Some(tenant), Some(name)) = (&self.resource.tenant, &scope.tenant)
            && !tenant.property.is_empty()
        {
            given.push((tenant.property.as_str(), name.clone()));
        }
        given
    }

    /// What the path stands below, by the properties that name it.
    pub(super) fn named_above(&self) -> Vec<(&str, String)> {
        let traits = self.catalog.traits(self.number);
        let before = self.values.iter().take_while(|(name, _)| self.link.id.as_ref() != Some(name));
        let named = before.filter_map(|(name, raw)| Some((traits.named(name)?, decoded(raw))));
        named.filter(|(name, _)| self.resource.id.as_deref() != Some(*name)).collect()
    }

    /// An id that is not there, or not there for this caller: the answer does not tell which.
    pub(crate) fn not_found(&self, id: &str) -> Refused {
        let word = self.resource.unknown.as_ref();
        self.refused(Reason::NoEntity, word, &format!("no {} with this id", self.resource.name), id, "")
    }

    /// A refusal about the id in the path, in the declared words or in these.
    pub(crate) fn refused(
        &self,
        reason: Reason,
        word: Option<&Word>,
        otherwise: &str,
        id: &str,
        status: &str,
    ) -> Refused {
        let kind = word.map_or("value_error", |w| w.kind.as_str());
        let lookup = |name: &str| (name == "status").then(|| status.to_owned());
        let message = fill_text(word.map_or(otherwise, |w| w.message.as_str()), &lookup);
        let parameter = self.link.id.as_deref().or(self.resource.parameter.as_deref()).unwrap_or_default();
        Refused {
            reason,
            status: word.and_then(|w| w.status),
            entry: Some(Box::new(Entry::told(
                Part::Path,
                parameter,
                kind,
                &message,
                Value::String(id.to_owned()),
            ))),
            message,
        }
    }
}

/// Whether an entity may be seen from a scope: the tenant agrees if one is named, and so do the parents as far as they
/// are named. (`/deploys/{id}` names no parents, `/sites/{site}/deploys/{id}` one.)
fn sees(scope: &Scope, entity: &Entity) -> bool {
    let own = &entity.scope;
    own.parents.ends_with(&scope.parents) && (scope.tenant.is_none() || own.tenant == scope.tenant)
}

fn latin1(octets: &[u8]) -> String {
    octets.iter().map(|b| char::from(*b)).collect()
}
