//! The models behind a contract's schemas, as far as the schemas show them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::network::Network;
use super::node::{Bounds, Collection, Extra, Field, FormPart, Node, Text};
use super::python::Py;
use crate::document::{Location, SchemaSource};

/// How many schemas may lie inside each other before the rest is taken as anything.
const SCHEMA_DEPTH_MAX: usize = 64;

/// The models of one contract, read on first use.
pub(super) struct Models {
    source: Arc<dyn SchemaSource>,
    read: Mutex<HashMap<Location, Arc<Node>>>,
}

impl Models {
    pub(super) fn new(source: Arc<dyn SchemaSource>) -> Self {
        Self { source, read: Mutex::default() }
    }

    /// The node of the schema at `at`. What can't be read takes anything.
    pub(super) fn at(&self, at: &Location) -> Arc<Node> {
        if let Some(known) = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(at) {
            return Arc::clone(known);
        }
        let node = Arc::new(self.source.schema(at).map_or(Node::Any, |schema| self.node(&schema, at, 0)));
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(at.clone(), Arc::clone(&node));
        node
    }

    fn node(&self, schema: &Value, at: &Location, depth: usize) -> Node {
        let Some(members) = schema.as_object().filter(|_| depth < SCHEMA_DEPTH_MAX) else {
            return Node::Any;
        };
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            return self.referred(reference, at, depth);
        }
        if let Some(Value::Array(parts)) = members.get("allOf") {
            // FastAPI's older way of writing a reference with a description beside it.
            return match parts.as_slice() {
                [only] => self.node(only, &at.join("allOf").index(0), depth + 1),
                _ => Node::Any,
            };
        }
        for union in ["oneOf", "anyOf"] {
            if let Some(Value::Array(branches)) = members.get(union) {
                return self.union(branches, members, &at.join(union), depth);
            }
        }
        if let Some(value) = members.get("const") {
            return Node::Literal(vec![Py::from(value)]);
        }
        if let Some(Value::Array(values)) = members.get("enum") {
            return Node::Literal(values.iter().map(Py::from).collect());
        }
        match members.get("type").and_then(Value::as_str) {
            Some("null") => Node::Null,
            Some("boolean") => Node::Bool,
            Some("integer") => Node::Int(bounds(members)),
            Some("number") => Node::Float(bounds(members)),
            Some("string") => self.string(members, at, depth),
            Some("array") => self.array(members, at, depth),
            Some("object") => self.object(members, at, depth, String::new()),
            _ => Node::Any,
        }
    }

    fn referred(&self, reference: &str, at: &Location, depth: usize) -> Node {
        let Ok(target) = self.source.resolve(at, reference) else { return Node::Any };
        let Ok(schema) = self.source.schema(&target) else { return Node::Any };
        let key = target.pointer.last().map(|n| n.into_owned()).unwrap_or_default();
        let name = class_name(&key, schema.get("title").and_then(Value::as_str));
        if let Some(Value::Array(values)) = schema.get("enum") {
            return Node::Member(name, values.iter().map(Py::from).collect());
        }
        if let (Some(value), Some("string" | "integer")) =
            (schema.get("const"), schema.get("type").and_then(Value::as_str))
        {
            // An Enum class with a single member.
            return Node::Member(name, vec![Py::from(value)]);
        }
        if schema.get("properties").is_some() || schema.get("type").and_then(Value::as_str) == Some("object")
        {
            return Node::Named(target, name);
        }
        self.node(&schema, &target, depth + 1)
    }

    /// The title of the schema at `at`.
    pub(super) fn title(&self, at: &Location) -> Option<String> {
        Some(self.source.schema(at).ok()?.get("title")?.as_str()?.to_owned())
    }

    /// The models among the parts of a form: FastAPI joins them by `allOf` in the schema of the whole.
    pub(super) fn form_models(&self, at: &Location) -> Vec<FormPart> {
        let Ok(schema) = self.source.schema(at) else { return Vec::new() };
        let Some(Value::Array(conditions)) = schema.get("allOf") else { return Vec::new() };
        let at = at.join("allOf");
        let part = |(index, condition): (usize, &Value)| {
            let at = at.index(index);
            if condition.get("not").is_some() || condition.get("properties").is_some() {
                return None;
            }
            // A model that may be left out: nothing that shows it, or the model.
            if let Some([absent, schema]) =
                condition.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
                && (absent.get("not").is_some() || absent.get("maxProperties").is_some())
            {
                let absent = absent.pointer("/not/anyOf").and_then(Value::as_array).map(|names| {
                    names
                        .iter()
                        .filter_map(|n| Some(n.pointer("/required/0")?.as_str()?.to_owned()))
                        .collect()
                });
                let node = self.node(schema, &at.join("anyOf").index(1), 0);
                return Some(FormPart::Model { node, absent: Some(absent) });
            }
            Some(FormPart::Model { node: self.node(condition, &at, 0), absent: None })
        };
        conditions.iter().enumerate().filter_map(part).collect()
    }

    /// The model at a place under which it is known by name.
    pub(super) fn named(&self, at: &Location, name: &str) -> Arc<Node> {
        if let Some(known) = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(at) {
            return Arc::clone(known);
        }
        let node = match self.source.schema(at) {
            Ok(schema) => match schema.as_object() {
                Some(members) => self.object(members, at, 0, name.to_owned()),
                None => Node::Any,
            },
            Err(_) => Node::Any,
        };
        let node = Arc::new(node);
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(at.clone(), Arc::clone(&node));
        node
    }

    fn union(&self, branches: &[Value], members: &Map<String, Value>, at: &Location, depth: usize) -> Node {
        let types: Vec<Option<&str>> =
            branches.iter().map(|b| b.get("type").and_then(Value::as_str)).collect();
        let nullable = types.contains(&Some("null"));
        let mut nodes = Vec::new();
        let mut position = 0;
        while position < branches.len() {
            let branch = &branches[position];
            let decimal = types[position] == Some("number")
                && types.get(position + 1) == Some(&Some("string"))
                && branches[position + 1].get("format").is_none();
            if decimal {
                nodes.push(Node::Decimal(branch.as_object().map(bounds).unwrap_or_default()));
                position += 2;
                continue;
            }
            if types[position] != Some("null") {
                nodes.push(self.node(branch, &at.index(position), depth + 1));
            }
            position += 1;
        }
        let inner = match (members.get("discriminator"), nodes.len()) {
            (Some(discriminator), _) => tagged(discriminator, nodes),
            (None, 0) => return Node::Null,
            (None, 1) => nodes.swap_remove(0),
            (None, _) => Node::Union(nodes),
        };
        if nullable { Node::Nullable(Box::new(inner)) } else { inner }
    }

    fn string(&self, members: &Map<String, Value>, at: &Location, depth: usize) -> Node {
        if members.get("contentMediaType").and_then(Value::as_str) == Some("application/json") {
            let inner = members
                .get("contentSchema")
                .map_or(Node::Any, |schema| self.node(schema, &at.join("contentSchema"), depth + 1));
            return Node::Json(Box::new(inner));
        }
        string(members)
    }

    fn array(&self, members: &Map<String, Value>, at: &Location, depth: usize) -> Node {
        if let Some(Value::Array(items)) = members.get("prefixItems") {
            let at = at.join("prefixItems");
            return Node::Tuple(
                items.iter().enumerate().map(|(i, s)| self.node(s, &at.index(i), depth + 1)).collect(),
            );
        }
        let item = members.get("items").map_or(Node::Any, |s| self.node(s, &at.join("items"), depth + 1));
        let unique = members.get("uniqueItems") == Some(&Value::Bool(true));
        Node::List {
            kind: if unique { Collection::Set } else { Collection::List },
            item: Box::new(item),
            min: size(members, "minItems"),
            max: size(members, "maxItems"),
        }
    }

    /// What keys must be: texts, whether the schema says so or not.
    fn key(&self, names: &Value, at: &Location, depth: usize) -> Node {
        match names.as_object() {
            Some(rules)
                if ["type", "$ref", "enum", "const", "anyOf", "allOf"]
                    .iter()
                    .all(|k| !rules.contains_key(*k)) =>
            {
                self.string(rules, at, depth)
            }
            _ => self.node(names, at, depth),
        }
    }

    fn object(&self, members: &Map<String, Value>, at: &Location, depth: usize, name: String) -> Node {
        let additional = members.get("additionalProperties");
        let typed = |node: &Value| self.node(node, &at.join("additionalProperties"), depth + 1);
        let Some(Value::Object(properties)) = members.get("properties") else {
            if !name.is_empty()
                && additional != Some(&Value::Bool(true))
                && !matches!(additional, Some(Value::Object(_)))
            {
                let extra =
                    if additional == Some(&Value::Bool(false)) { Extra::Forbidden } else { Extra::Ignored };
                return Node::Model { name, fields: Vec::new(), extra };
            }
            return Node::Dict {
                key: members
                    .get("propertyNames")
                    .map(|names| Box::new(self.key(names, &at.join("propertyNames"), depth + 1))),
                value: Box::new(additional.filter(|a| a.is_object()).map_or(Node::Any, typed)),
                min: size(members, "minProperties"),
                max: size(members, "maxProperties"),
            };
        };
        let required: Vec<&str> = members
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let below = at.join("properties");
        let fields = properties
            .iter()
            .map(|(field, schema)| Field {
                name: field.clone(),
                required: required.contains(&field.as_str()),
                node: self.node(schema, &below.join(field), depth + 1),
            })
            .collect();
        let extra = match additional {
            Some(Value::Bool(false)) => Extra::Forbidden,
            Some(schema @ Value::Object(_)) => Extra::Typed(Box::new(typed(schema))),
            _ => Extra::Ignored,
        };
        Node::Model { name, fields, extra }
    }
}

/// The name of the class behind a component. Components of one name, of generic classes and of models that differ
/// between requests and responses have other keys than the class has names; the title has its name then.
fn class_name(key: &str, title: Option<&str>) -> String {
    let short = key.strip_suffix("-Input").or_else(|| key.strip_suffix("-Output")).unwrap_or(key);
    let Some(title) = title else { return short.to_owned() };
    let usual = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    let as_key: String = title.chars().map(usual).collect();
    let of_module = || short.strip_suffix(&as_key).is_some_and(|module| module.ends_with("__"));
    if as_key == short || of_module() { title.to_owned() } else { short.to_owned() }
}

/// A union that a property decides; the mapping's order is the order of the choices.
fn tagged(discriminator: &Value, nodes: Vec<Node>) -> Node {
    let property = discriminator.get("propertyName").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(Value::Object(mapping)) = discriminator.get("mapping") else { return Node::Union(nodes) };
    let choices = mapping
        .iter()
        .filter_map(|(tag, target)| {
            let key = target.as_str()?.rsplit('/').next()?;
            let is =
                |n: &&Node| matches!(n, Node::Named(at, _) if at.pointer.last().is_some_and(|l| l == key));
            let node = nodes.iter().find(is)?;
            Some((tag.clone(), node.clone()))
        })
        .collect();
    Node::Tagged { property, choices }
}

fn size(members: &Map<String, Value>, key: &str) -> Option<usize> {
    let number = members.get(key)?;
    number.as_u64().and_then(|n| usize::try_from(n).ok())
}

fn bounds(members: &Map<String, Value>) -> Bounds {
    let number = |key: &str| members.get(key).and_then(Value::as_f64);
    Bounds {
        ge: number("minimum"),
        gt: number("exclusiveMinimum"),
        le: number("maximum"),
        lt: number("exclusiveMaximum"),
        multiple_of: number("multipleOf"),
    }
}

/// A text, by its format. Formats that pydantic does not know say nothing.
fn string(members: &Map<String, Value>) -> Node {
    let word = |key: &str| members.get(key).and_then(Value::as_str);
    let (min, max) = (size(members, "minLength"), size(members, "maxLength"));
    let octets = word("contentMediaType") == Some("application/octet-stream");
    match word("format").unwrap_or_default() {
        "date" => return Node::Date,
        "date-time" => return Node::DateTime,
        "time" => return Node::Time,
        "duration" => return Node::Duration,
        "uuid" => return Node::Uuid(None),
        "uuid1" => return Node::Uuid(Some(1)),
        "uuid3" => return Node::Uuid(Some(3)),
        "uuid4" => return Node::Uuid(Some(4)),
        "uuid5" => return Node::Uuid(Some(5)),
        "uuid6" => return Node::Uuid(Some(6)),
        "uuid7" => return Node::Uuid(Some(7)),
        "uuid8" => return Node::Uuid(Some(8)),
        "email" => return Node::Email,
        "ipvanyaddress" => return Node::AnyIp,
        "binary" => return Node::Bytes(min, max),
        "password" => return Node::Secret { bytes: octets, min, max },
        "base64" | "base64url" => return Node::Base64,
        "path" => return Node::Path,
        "regex" => return Node::Pattern,
        // HttpUrl is the URL type with a longest text.
        "uri" => return Node::Url { http: max == Some(2083), max },
        "ipv4" => return Node::Ip { v6: false },
        "ipv6" => return Node::Ip { v6: true },
        other => {
            if let Some(network) = Network::of(other) {
                return Node::Network(network);
            }
        }
    }
    if octets {
        return Node::Bytes(min, max);
    }
    let pattern = word("pattern").map(|pattern| (pattern.to_owned(), regex::Regex::new(pattern).ok()));
    Node::Text(Text { min, max, pattern })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_named_by_their_titles_where_keys_are_made_of_them() {
        for (key, title, name) in [
            ("Item", Some("Item"), "Item"),
            ("Item-Input", Some("Item"), "Item"),
            ("Page_Item_", Some("Page[Item]"), "Page[Item]"),
            ("app__models__Item-Output", Some("Item"), "Item"),
            ("Item", Some("A thing of the shop"), "Item"),
            ("Item-Input", None, "Item"),
        ] {
            assert_eq!(class_name(key, title), name, "{key}");
        }
    }
}
