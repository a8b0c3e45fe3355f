//! Declarations over what was inferred: `x-counterpart-*` members of the contract first, then `counterpart.toml` and
//! fixture files.
//!
//! | where | member | what it says |
//! |---|---|---|
//! | path item | `x-counterpart-resource` | `false`: nothing on this path has state; a text: the resource's name; an object: a [`Declaration`] |
//! | named schema | `x-counterpart-resource` | a text or an object, of the resource whose entities are of this schema |
//! | operation | `x-counterpart-action` | an action's name, `none`, or `{does, set, verb, resource}` |

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::declaration_error::DeclarationError;
use super::infer::Inference;
use super::paths::shape;
use super::verbs;
use crate::base::Pointer;
use crate::contract::OperationHead;
use crate::document::Location;
use crate::document::files::nearest;
use crate::resource::declaration::Declaration;
use crate::resource::model::{Action, Link, Resource, parameters, split_item};

/// The members of a contract that declare.
pub(crate) const OF_RESOURCE: &str = "x-counterpart-resource";
/// See [`OF_RESOURCE`].
pub(crate) const OF_ACTION: &str = "x-counterpart-action";

/// What is declared of an action.
struct Rule {
    /// `None`: the operation has nothing to do with state.
    does: Option<Action>,
    set: Option<Map<String, Value>>,
    verb: Option<String>,
    resource: Option<String>,
}

impl Inference<'_> {
    /// Applies all declarations.
    pub(super) fn overrule(
        &mut self,
        declared: &IndexMap<String, Declaration>,
    ) -> Result<(), DeclarationError> {
        let mut off: Vec<usize> = Vec::new();
        // Most contracts declare nothing, and large ones are not to be walked for that.
        let files = self.paths.contract.files();
        if files.mention(OF_RESOURCE) || files.mention(OF_ACTION) {
            self.of_paths(&mut off)?;
            self.of_schemas(&mut off)?;
            self.of_operations()?;
        }
        for (name, declaration) in declared {
            let number = self.known(name).map_err(|hint| {
                let reason =
                    "the contract has no such resource, and `item` does not say where it is".to_owned();
                DeclarationError::of(name, reason, Some(hint))
            })?;
            self.apply(number, declaration, &mut off)
                .map_err(|(reason, hint)| DeclarationError::of(name, reason, hint))?;
        }
        self.switch_off(&off);
        Ok(())
    }

    /// The resource of that name, or what to say to whoever looked for it.
    fn known(&self, name: &str) -> Result<usize, String> {
        self.found.position(name).ok_or_else(|| {
            let names: Vec<&str> = self.found.all.iter().map(|r| r.name.as_str()).collect();
            match nearest(name, &names) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => {
                    "no resources were inferred: give `item`, the path of one entity".to_owned()
                }
                None => "`counterpart mock SPEC --explain` names the resources".to_owned(),
            }
        })
    }

    fn of_paths(&mut self, off: &mut Vec<usize>) -> Result<(), DeclarationError> {
        for path in self.paths.all() {
            let Some(head) = self.paths.heads(path).first().copied() else { continue };
            let Some(item) = head.location.pointer.parent() else { continue };
            let at = Location::new(head.location.file, item).join(OF_RESOURCE);
            let Some(value) = self.paths.contract.raw(&at) else { continue };
            if matches!(&value, Value::Bool(false)) || value == "none" {
                for head in self.paths.heads(path) {
                    self.found.links.remove(&head.index);
                    for resource in &mut self.found.all {
                        resource.shows.retain(|index| *index != head.index);
                    }
                }
                continue;
            }
            let mut declaration = self.declaration(&at, value)?;
            let item = declaration.item.take().unwrap_or_else(|| path.to_owned());
            let wrong = |(reason, hint)| self_error(&at, self.paths.contract, reason, hint);
            let number = match self.resource_at(&item) {
                Some(number) => number,
                None if !self.paths.has(&item) => {
                    return Err(wrong((format!("the contract has no path `{item}`"), None)));
                }
                None => {
                    let resource = Resource { name: self.free_name(&item), ..Resource::default() };
                    if split_item(&item).is_some() {
                        self.take_in(resource, &item, declaration.collection.as_deref())
                    } else {
                        self.single(resource, &item)
                    }
                }
            };
            if let Err((reason, hint)) = self.apply(number, &declaration, off) {
                return Err(self_error(&at, self.paths.contract, reason, hint));
            }
        }
        Ok(())
    }

    fn of_schemas(&mut self, off: &mut Vec<usize>) -> Result<(), DeclarationError> {
        for schema in self.paths.contract.named_schemas() {
            let at = schema.join(OF_RESOURCE);
            let Some(value) = self.paths.contract.raw(&at) else { continue };
            let declaration = self.declaration(&at, value)?;
            let numbers = self.of_kind(std::slice::from_ref(&schema));
            if numbers.is_empty() {
                let reason = "no resource shows entities of this schema".to_owned();
                let hint = format!("put `{OF_RESOURCE}` on the path item of one entity instead");
                return Err(self_error(&at, self.paths.contract, reason, Some(hint)));
            }
            for number in numbers {
                if let Err((reason, hint)) = self.apply(number, &declaration, off) {
                    return Err(self_error(&at, self.paths.contract, reason, hint));
                }
            }
        }
        Ok(())
    }

    fn of_operations(&mut self) -> Result<(), DeclarationError> {
        for head in self.paths.contract.heads() {
            let at = head.location.join(OF_ACTION);
            let Some(value) = self.paths.contract.raw(&at) else { continue };
            let wrong = |(reason, hint)| self_error(&at, self.paths.contract, reason, hint);
            let rule = rule(&value).map_err(wrong)?;
            let number = match &rule.resource {
                Some(name) => Some(
                    self.known(name)
                        .map_err(|hint| wrong((format!("there is no resource `{name}`"), Some(hint))))?,
                ),
                None => self
                    .found
                    .link(head.index)
                    .map(|link| link.resource)
                    .or_else(|| self.resource_at(&head.path)),
            };
            match number {
                Some(number) => self.declare_action(head, number, rule),
                None if rule.does.is_none() => {}
                None => {
                    let reason = "which resource does this act on?".to_owned();
                    let hint = "write {does: …, resource: NAME}; `--explain` names the resources".to_owned();
                    return Err(wrong((reason, Some(hint))));
                }
            }
        }
        Ok(())
    }

    /// The resource whose entity, or collection, has this path.
    fn resource_at(&self, path: &str) -> Option<usize> {
        let key = shape(path);
        let linked = || {
            let heads = self.paths.heads(path);
            heads.iter().find_map(|head| {
                self.found.link(head.index).filter(|l| l.action != Action::Below).map(|l| l.resource)
            })
        };
        self.by_item.get(&key).or_else(|| self.by_collection.get(&key)).copied().or_else(linked)
    }

    fn declaration(&self, at: &Location, value: Value) -> Result<Declaration, DeclarationError> {
        let read = match value {
            Value::String(name) => Ok(Declaration { name: Some(name), ..Declaration::default() }),
            Value::Object(_) => serde_json::from_value(value).map_err(|error| error.to_string()),
            _ => Err("it must be `false`, a name, or an object".to_owned()),
        };
        read.map_err(|reason| self_error(at, self.paths.contract, format!("`{OF_RESOURCE}`: {reason}"), None))
    }

    /// Puts what is declared in the place of what was inferred.
    fn apply(
        &mut self,
        number: usize,
        declaration: &Declaration,
        off: &mut Vec<usize>,
    ) -> Result<(), (String, Option<String>)> {
        if let Some(name) = &declaration.name {
            if self.found.position(name).is_some_and(|other| other != number) {
                return Err((format!("another resource is called `{name}` already"), None));
            }
            name.clone_into(&mut self.found.all[number].name);
        }
        if let Some(path) = &declaration.collection {
            if !self.paths.has(path) {
                let near = nearest(path, &self.paths.all()).map(|near| format!("did you mean `{near}`?"));
                return Err((format!("the contract has no path `{path}`"), near));
            }
            self.recollect(number, path);
        }
        for (key, value) in &declaration.actions {
            let Some(head) = self.operation(key) else {
                let ids: Vec<&str> =
                    self.paths.contract.heads().iter().map(|head| head.id.as_str()).collect();
                let near = nearest(key, &ids).map(|near| format!("did you mean `{near}`?"));
                let hint = near.unwrap_or_else(|| "name an operationId, or `METHOD /path`".to_owned());
                return Err((format!("`actions`: the contract has no operation `{key}`"), Some(hint)));
            };
            let rule =
                rule(value).map_err(|(reason, hint)| (format!("`actions`: `{key}`: {reason}"), hint))?;
            self.declare_action(&head, number, rule);
        }
        if declaration.state == Some(false) {
            off.push(number);
        }
        let resource = &mut self.found.all[number];
        resource.id = declaration.id.clone().or(resource.id.take());
        if let Some(envelope) = &declaration.envelope {
            let whole = envelope.is_empty() || envelope.starts_with('/');
            let named = || Pointer::root().join(envelope);
            let pointer = if whole { Pointer::parse(envelope).unwrap_or_default() } else { named() };
            resource.envelope_declared = Some(pointer);
        }
        if let Some(tenant) = &declaration.tenant {
            resource.tenant = Some(tenant.clone());
        }
        if let Some(status) = &declaration.status {
            resource.status = Some(status.clone());
        }
        if let Some(delete) = &declaration.delete {
            resource.delete = delete.clone();
            resource.delete_declared = true;
            resource.shows_deleted = delete.shown.unwrap_or(true);
        }
        resource.unknown = declaration.unknown.clone().or(resource.unknown.take());
        resource.refused = declaration.refused.clone().or(resource.refused.take());
        resource.reasons.push("it is declared".to_owned());
        Ok(())
    }

    /// Makes `path` the collection of a resource.
    fn recollect(&mut self, number: usize, path: &str) {
        let before = self.found.all[number].collection.replace(path.to_owned());
        if before.as_deref() == Some(path) {
            return;
        }
        for head in self.paths.heads(path).to_vec() {
            let action = match head.method.as_str() {
                "GET" => Action::List,
                "POST" => Action::Create,
                "DELETE" => Action::Clear,
                _ => continue,
            };
            self.found.links.remove(&head.index);
            self.link(head, Link::new(number, action, None).declared());
        }
    }

    /// An operation by its id, or by method and path.
    fn operation(&self, key: &str) -> Option<OperationHead> {
        let heads = self.paths.contract.heads();
        let by_path = || {
            let (method, path) = key.split_once(' ')?;
            self.paths.head(path.trim(), &method.to_ascii_uppercase())
        };
        heads.iter().find(|head| head.id == key).or_else(by_path).cloned()
    }

    fn declare_action(&mut self, head: &OperationHead, number: usize, rule: Rule) {
        let before = self.found.links.remove(&head.index);
        for resource in &mut self.found.all {
            resource.shows.retain(|index| *index != head.index);
        }
        let Some(action) = rule.does else { return };
        let one = matches!(
            action,
            Action::Read | Action::Replace | Action::Change | Action::Delete | Action::Act | Action::Below
        );
        let single = self.found.all[number].is_single();
        let id = parameters(&head.path).pop().filter(|_| one && !single);
        let mut link = Link::new(number, action, id.as_deref()).declared();
        if let Some(before) = before.filter(|link| link.resource == number) {
            link.id = before.id.or(link.id);
            link.owner = before.owner;
        }
        let last = head.path.rsplit(['/', ':']).next().unwrap_or_default();
        link.verb = rule.verb.unwrap_or_else(|| verbs::verb(last));
        link.sets = rule.set;
        self.link(head, link);
    }

    /// Takes resources out that nothing is to be remembered of.
    fn switch_off(&mut self, off: &[usize]) {
        let links = self.found.links.values().map(|link| link.resource);
        let used: std::collections::HashSet<usize> = links.collect();
        let kept = |number: &usize| {
            !off.contains(number) && (used.contains(number) || self.found.all[*number].declared)
        };
        let numbers: Vec<usize> = (0..self.found.all.len()).filter(kept).collect();
        if numbers.len() == self.found.all.len() {
            return;
        }
        let new: std::collections::HashMap<usize, usize> =
            numbers.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let mut all = std::mem::take(&mut self.found.all);
        self.found.all = numbers.iter().map(|old| std::mem::take(&mut all[*old])).collect();
        self.found.links.retain(|_, link| {
            link.owner = link.owner.take().and_then(|(owner, id)| Some((*new.get(&owner)?, id)));
            let number = new.get(&link.resource).copied();
            link.resource = number.unwrap_or_default();
            number.is_some()
        });
    }
}

fn self_error(
    at: &Location,
    contract: &crate::contract::Contract,
    reason: String,
    hint: Option<String>,
) -> DeclarationError {
    DeclarationError { place: contract.place(at).to_string(), reason, hint }
}

/// Reads what is declared of an action.
fn rule(value: &Value) -> Result<Rule, (String, Option<String>)> {
    let action = |word: &str| match word {
        "none" => Ok(None),
        word => Action::by_word(word).map(Some).ok_or_else(|| {
            let words = Action::words();
            let hint = nearest(word, &words).map_or_else(
                || format!("write none, {}", words.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            (format!("`{word}` is no action"), Some(hint))
        }),
    };
    match value {
        Value::String(word) => Ok(Rule { does: action(word)?, set: None, verb: None, resource: None }),
        Value::Bool(false) => Ok(Rule { does: None, set: None, verb: None, resource: None }),
        Value::Object(members) => {
            let known = ["does", "set", "verb", "resource"];
            if let Some(odd) = members.keys().find(|name| !known.contains(&name.as_str())) {
                let hint = nearest(odd, &known).map_or_else(
                    || format!("the keys are {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err((format!("there is no key `{odd}`"), Some(hint)));
            }
            let text = |name: &str| match members.get(name) {
                None => Ok(None),
                Some(Value::String(text)) => Ok(Some(text.clone())),
                Some(_) => Err((format!("`{name}` must be a text"), None)),
            };
            let set = match members.get("set") {
                None => None,
                Some(Value::Object(set)) => Some(set.clone()),
                Some(_) => return Err(("`set` must be a table of properties".to_owned(), None)),
            };
            let does = action(text("does")?.as_deref().unwrap_or("act"))?;
            Ok(Rule { does, set, verb: text("verb")?, resource: text("resource")? })
        }
        _ => Err(("it must be an action's name or a table with `does`".to_owned(), None)),
    }
}
