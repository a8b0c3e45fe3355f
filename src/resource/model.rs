//! Resources as the engine uses them, and what each operation does to them.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::base::Pointer;
use crate::contract::OperationIndex;
use crate::resource::declaration::{DeclaredFault, DeleteRule, EventRule, StatusRule, Tenant, Word};

/// What an operation does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Gives one entity.
    Read,
    /// Gives many.
    List,
    /// Makes one, or several that are sent together.
    Create,
    /// Makes several that are sent together.
    CreateMany,
    /// Puts one in the place of another, or makes it.
    Replace,
    /// Changes some properties.
    Change,
    /// Deletes: the entity is marked and stays, or it is gone.
    Delete,
    /// Deletes several: those that the request names, or all of them.
    Clear,
    /// Does what its name says (`cancel`, `archive`).
    Act,
    /// Has to do with an entity, and needs it to be there.
    Below,
}

/// The actions with the words that declare them.
const WORDS: [(&str, Action); 9] = [
    ("read", Action::Read),
    ("list", Action::List),
    ("create", Action::Create),
    ("create-many", Action::CreateMany),
    ("replace", Action::Replace),
    ("change", Action::Change),
    ("delete", Action::Delete),
    ("clear", Action::Clear),
    ("act", Action::Act),
];

impl Action {
    /// Whether it needs the values of the request's parameters and body.
    #[must_use]
    pub fn reads_values(self) -> bool {
        !matches!(self, Self::Read | Self::Delete | Self::Below)
    }

    /// The action that a declaration calls so.
    #[must_use]
    pub fn by_word(word: &str) -> Option<Self> {
        WORDS.iter().find(|(known, _)| *known == word).map(|(_, action)| *action)
    }

    /// The words of declarations.
    #[must_use]
    pub fn words() -> Vec<&'static str> {
        WORDS.iter().map(|(word, _)| *word).collect()
    }

    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "reads one",
            Self::List => "lists",
            Self::Create => "creates",
            Self::CreateMany => "creates several at once",
            Self::Replace => "replaces",
            Self::Change => "changes",
            Self::Delete => "deletes",
            Self::Clear => "deletes several at once",
            Self::Act => "acts",
            Self::Below => "needs one to be there",
        }
    }
}

/// What an operation has to do with a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The number of the resource.
    pub resource: usize,
    /// What it does.
    pub action: Action,
    /// The path parameter that is the entity's id.
    pub id: Option<String>,
    /// The property that the path parameter means, where it is not the id.
    pub by: Option<String>,
    /// The name of what it does, for [`Action::Act`].
    pub verb: String,
    /// What it sets, as declared.
    pub sets: Option<Map<String, Value>>,
    /// The path alone tells; else the schemas must agree.
    pub sure: bool,
    /// The resource of the entity that the path stands below: its number, its id's parameter.
    pub owner: Option<(usize, String)>,
    /// It is declared, not inferred.
    pub declared: bool,
    /// Why, for people; empty where the path and method say it.
    pub why: String,
}

impl Link {
    /// A link that path and method are enough for.
    #[must_use]
    pub fn new(resource: usize, action: Action, id: Option<&str>) -> Self {
        Self {
            resource,
            action,
            id: id.map(str::to_owned),
            by: None,
            verb: String::new(),
            sets: None,
            sure: true,
            owner: None,
            declared: false,
            why: String::new(),
        }
    }

    /// The link as a declaration gives it.
    #[must_use]
    pub fn declared(self) -> Self {
        Self { declared: true, why: "it is declared".to_owned(), ..self }
    }
}

/// A kind of entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// The path of one entity.
    pub item: String,
    /// The path of all of them.
    pub collection: Option<String>,
    /// The path parameters before the id.
    pub parents: Vec<String>,
    /// The path parameter that is the id; none for a singleton.
    pub parameter: Option<String>,
    /// No path names one entity: there are only lists.
    pub listed_only: bool,
    /// It is declared, not inferred.
    pub declared: bool,
    /// What a delete does is declared, not inferred.
    pub delete_declared: bool,
    /// Deleted entities are still shown, marked.
    pub shows_deleted: bool,
    /// The property that is the id, where entities show it.
    pub id: Option<String>,
    /// Where in the response that shows an entity it is: the root, or below an envelope.
    pub envelope: Pointer,
    /// The envelope that is declared.
    pub envelope_declared: Option<Pointer>,
    /// Whose entities a caller sees.
    pub tenant: Option<Tenant>,
    /// The entity's life.
    pub status: Option<StatusRule>,
    /// What a delete does.
    pub delete: DeleteRule,
    /// What is said of an id that is not there.
    pub unknown: Option<Word>,
    /// What is said of an entity whose status forbids the request.
    pub refused: Option<Word>,
    /// The operations whose success may show an entity, the likeliest first.
    pub shows: Vec<OperationIndex>,
    /// The operation whose success shows an entity.
    pub shown_by: Option<OperationIndex>,
    /// Why it is thought to be one, for people.
    pub reasons: Vec<String>,
}

impl Resource {
    /// Whether a delete leaves the entity there, marked.
    #[must_use]
    pub fn deletes_softly(&self) -> bool {
        !self.delete.set.is_empty()
    }

    /// Whether there is one of it.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.parameter.is_none() && !self.listed_only
    }

    /// The entity's status, when it has one.
    #[must_use]
    pub fn status_of<'v>(&self, value: &'v Map<String, Value>) -> Option<&'v str> {
        value.get(&self.status.as_ref()?.property)?.as_str()
    }

    /// Whether the entity's status ends its life.
    #[must_use]
    pub fn is_terminal(&self, value: &Map<String, Value>) -> bool {
        let Some(rule) = &self.status else { return false };
        self.status_of(value).is_some_and(|status| rule.terminal.iter().any(|t| t == status))
    }

    /// Whether the entity cache as a soft delete leaves it.
    #[must_use]
    pub fn is_deleted(&self, value: &Map<String, Value>) -> bool {
        !self.delete.set.is_empty()
            && self.delete.set.iter().all(|(name, set)| match set {
                Value::String(text) if text == "{now}" => value.get(name).is_some_and(|v| !v.is_null()),
                set => value.get(name) == Some(set),
            })
    }

    /// The declared way for a delete to fail.
    #[must_use]
    pub fn fault(&self) -> Option<&DeclaredFault> {
        self.delete.fault.as_ref()
    }

    /// The events that a delete appends.
    #[must_use]
    pub fn events(&self) -> (&str, &[EventRule]) {
        self.delete.events.as_ref().map_or(("", &[]), |events| (&events.property, &events.append))
    }
}

/// All resources of a contract.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    /// The resources.
    pub all: Vec<Resource>,
    /// What operations have to do with them.
    pub links: HashMap<OperationIndex, Link>,
}

impl Resources {
    /// The resource of that name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|r| r.name == name)
    }

    /// What an operation has to do with which resource, as far as paths tell.
    #[must_use]
    pub fn link(&self, operation: OperationIndex) -> Option<&Link> {
        self.links.get(&operation)
    }

    /// The resources by name.
    #[must_use]
    pub fn by_name(&self) -> IndexMap<&str, usize> {
        self.all.iter().enumerate().map(|(n, r)| (r.name.as_str(), n)).collect()
    }
}

/// The names of a path template's parameters, in order.
#[must_use]
pub fn parameters(path: &str) -> Vec<String> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_owned())).collect()
}

/// The collection and the id's parameter of an item's path (`/a/{x}` → `/a`, `x`); `None` when it does not end in a
/// segment that is one parameter. A slash at the end does not matter.
#[must_use]
pub fn split_item(path: &str) -> Option<(&str, &str)> {
    let (collection, last) = path.trim_end_matches('/').rsplit_once('/')?;
    let name = last.strip_prefix('{')?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some((collection, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        assert_eq!(split_item("/a/{x}/b/{y}"), Some(("/a/{x}/b", "y")));
        assert_eq!(split_item("/a/{x}/"), Some(("/a", "x")));
        assert_eq!(split_item("/a/{x}.{y}"), None);
        assert_eq!(split_item("/a"), None);
        assert_eq!(parameters("/a/{x}/b/{y}.{z}"), ["x", "y", "z"]);
    }
}
