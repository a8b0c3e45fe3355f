//! Who asks for which entity: ids, tenants and parents, read from the request.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Call, Refused};
use crate::dialect::{Entry, Part, Reason};
use crate::mock::resource::declare::{Word, fill_text};
use crate::mock::settings::UnknownId;
use crate::mock::store::{Entity, Record, Scope};
use crate::wire::percent;

/// A raw path value decoded; octets that are no UTF-8 become U+FFFD.
pub(crate) fn decoded(raw: &str) -> String {
    percent::decode_text(raw).into_owned()
}

/// The last path value, decoded.
pub(crate) fn last_value(values: &[(String, String)]) -> String {
    values.last().map_or_else(String::new, |(_, raw)| decoded(raw))
}

impl Call<'_> {
    /// The id that the path names.
    /// Empty for things that there is one of.
    pub(crate) fn id(&self) -> String {
        let name = self.resource.parameter.as_deref();
        let value = self.values.iter().find(|(n, _)| Some(n.as_str()) == name);
        value.map_or_else(String::new, |(_, raw)| decoded(raw))
    }

    /// Whose entities the caller sees.
    pub(crate) fn scope(&self) -> Scope {
        let tenant = self.resource.tenant.as_ref().and_then(|tenant| {
            let sent = self.request.headers.get(&tenant.header);
            // Field values are octets; what is no UTF-8 is read as Latin-1, as servers do.
            let text = sent.map(|v| std::str::from_utf8(v).map_or_else(|_| latin1(v), str::to_owned));
            text.or_else(|| tenant.default.clone())
        });
        let parent = |name: &String| {
            let value = self.values.iter().find(|(n, _)| n == name);
            value.map_or_else(String::new, |(_, raw)| decoded(raw))
        };
        Scope { tenant, parents: self.resource.parents.iter().map(parent).collect() }
    }

    /// The entity that the path names, as far as the caller may know of it; one made for the id where that is wanted.
    pub(crate) fn entity(&self) -> Result<Arc<Entity>, Refused> {
        let (id, scope) = (self.id(), self.scope());
        match self.world.store.find(self.number, &id, &scope) {
            Some(entity) => Ok(entity),
            None if self.unknown_id() == UnknownId::Create => self.spring_up(&id, scope),
            None => Err(self.not_found(&id)),
        }
    }

    /// Makes an entity for an id never seen.
    fn spring_up(&self, id: &str, scope: Scope) -> Result<Arc<Entity>, Refused> {
        let value = self.made_for(id, &scope).ok_or_else(|| self.not_found(id))?;
        let record = Record { value, ..Record::default() };
        match self.world.store.insert(self.number, id, scope, record) {
            Ok((entity, _)) => Ok(entity),
            Err(_) => Err(self.not_found(id)),
        }
    }

    /// A generated entity with this id, as far as the contract lets it be set.
    pub(crate) fn made_for(&self, id: &str, scope: &Scope) -> Option<Map<String, Value>> {
        let seed = self.mock.seed().derive(&self.resource.name).derive(id);
        let entity = self.mock.generated_entity(self.number, seed)?;
        let entity = self.referring(self.with_id(entity, id, scope), scope, seed);
        Some(self.nested(entity, &Map::new(), scope))
    }

    /// The entity with its id, its tenant and its first status, each as far as the contract lets it be set.
    pub(crate) fn with_id(&self, entity: Map<String, Value>, id: &str, scope: &Scope) -> Map<String, Value> {
        let mut wanted = Vec::new();
        wanted.extend(self.resource.id.as_deref().map(|name| (name, id.to_owned())));
        if let (Some(tenant), Some(name)) = (&self.resource.tenant, &scope.tenant) {
            wanted.push((tenant.property.as_str(), name.clone()));
        }
        if let Some(status) = &self.resource.status
            && let Some(new) = &status.new
        {
            wanted.push((status.property.as_str(), new.clone()));
        }
        let parents = self.resource.parents.iter().zip(&scope.parents);
        wanted.extend(
            // A parent called `id` is not what identifies this one.
            parents
                .filter(|(name, _)| entity.contains_key(*name) && self.resource.id.as_ref() != Some(*name))
                .map(|(n, v)| (n.as_str(), v.clone())),
        );
        let mut value = Value::Object(entity);
        for (property, text) in wanted {
            put(&mut value, property, &text, &|v| self.mock.shows_validly(self.number, v));
        }
        match value {
            Value::Object(object) => object,
            _ => Map::new(),
        }
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
        let parameter = self.resource.parameter.as_deref().unwrap_or_default();
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

/// Sets a property to a text, or to the number that the text is, if the whole stays valid.
pub(crate) fn put(value: &mut Value, property: &str, text: &str, valid: &dyn Fn(&Value) -> bool) -> bool {
    let Value::Object(object) = value else { return false };
    let before = object.get(property).cloned();
    let mut candidates = vec![Value::String(text.to_owned())];
    if let Ok(number) = text.parse::<i64>() {
        candidates.push(Value::from(number));
    }
    for candidate in candidates {
        let Value::Object(object) = &mut *value else { return false };
        object.insert(property.to_owned(), candidate);
        if valid(value) {
            return true;
        }
    }
    if let Value::Object(object) = value {
        match before {
            Some(before) => object.insert(property.to_owned(), before),
            None => object.shift_remove(property),
        };
    }
    false
}

fn latin1(octets: &[u8]) -> String {
    octets.iter().map(|b| char::from(*b)).collect()
}
