//! The models behind a contract's schemas, as far as the schemas show them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::python::Py;
use crate::document::{Location, SchemaSource};

/// How many schemas may lie inside each other before the rest is taken as anything.
const SCHEMA_DEPTH_MAX: usize = 64;

/// Bounds of a number.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    pub(super) ge: Option<f64>,
    pub(super) gt: Option<f64>,
    pub(super) le: Option<f64>,
    pub(super) lt: Option<f64>,
    pub(super) multiple_of: Option<f64>,
}

impl Bounds {
    fn is_bound(&self) -> bool {
        [self.ge, self.gt, self.le, self.lt, self.multiple_of].iter().any(Option::is_some)
    }
}

/// Rules for a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub(super) min: Option<usize>,
    pub(super) max: Option<usize>,
    /// The pattern, and the expression when Rust's engine (which is pydantic's) can compile it.
    pub(super) pattern: Option<(String, Option<regex::Regex>)>,
}

/// Which collection a list becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    List,
    Set,
}

/// A field of a model.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) node: Node,
}

/// What a model does with members that are no fields.
#[derive(Clone, Debug)]
pub(super) enum Extra {
    Ignored,
    Forbidden,
    Typed(Box<Node>),
}

/// What validates a value.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Any,
    Null,
    Bool,
    Int(Bounds),
    Float(Bounds),
    Decimal(Bounds),
    Text(Text),
    Date,
    DateTime,
    Time,
    Duration,
    /// With the version that is asked for.
    Uuid(Option<usize>),
    Url {
        http: bool,
        max: Option<usize>,
    },
    Ip {
        v6: bool,
    },
    /// An IP address of either version.
    AnyIp,
    Email,
    /// `bytes`, and files where a form is sent.
    Bytes,
    Path,
    Literal(Vec<Py>),
    /// An `Enum` class: its name and values.
    Member(String, Vec<Py>),
    List {
        kind: Collection,
        item: Box<Node>,
        min: Option<usize>,
        max: Option<usize>,
    },
    Tuple(Vec<Node>),
    Dict {
        key: Option<Box<Node>>,
        value: Box<Node>,
        min: Option<usize>,
        max: Option<usize>,
    },
    /// A model that stands elsewhere under this name.
    Named(Location, String),
    Model {
        name: String,
        fields: Vec<Field>,
        extra: Extra,
    },
    Nullable(Box<Node>),
    Union(Vec<Node>),
    Tagged {
        property: String,
        choices: Vec<(String, Node)>,
    },
}

impl Node {
    /// What pydantic calls it in the `loc` of a union's branch.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Any => "any".to_owned(),
            Self::Null => "none".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int(bounds) if bounds.is_bound() => "constrained-int".to_owned(),
            Self::Int(_) => "int".to_owned(),
            Self::Float(bounds) if bounds.is_bound() => "constrained-float".to_owned(),
            Self::Float(_) => "float".to_owned(),
            Self::Decimal(_) => "decimal".to_owned(),
            Self::Text(rules) if rules.min.is_some() || rules.max.is_some() || rules.pattern.is_some() => {
                "constrained-str".to_owned()
            }
            Self::Text(_) => "str".to_owned(),
            Self::Date => "date".to_owned(),
            Self::DateTime => "datetime".to_owned(),
            Self::Time => "time".to_owned(),
            Self::Duration => "timedelta".to_owned(),
            Self::Uuid(_) => "uuid".to_owned(),
            Self::AnyIp => "function-plain[_validate()]".to_owned(),
            Self::Email => "function-after[_validate(), str]".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Path => {
                "lax-or-strict[lax=union[str,is-instance[PathLike]],strict=is-instance[Path]]".to_owned()
            }
            Self::Url { .. } => "function-wrap[wrap_val()]".to_owned(),
            Self::Ip { v6 } => {
                let (n, class) = if *v6 { (6, "IPv6Address") } else { (4, "IPv4Address") };
                format!(
                    "lax-or-strict[lax=function-plain[ip_v{n}_address_validator()],strict=json-or-python[\
                     json=function-after[{class}(), str],python=is-instance[{class}]]]"
                )
            }
            Self::Literal(values) => {
                format!("literal[{}]", values.iter().map(Py::repr).collect::<Vec<_>>().join(","))
            }
            Self::Member(name, values) => match values.first() {
                Some(Py::Str(_)) => format!("str-enum[{name}]"),
                Some(Py::Int(_)) => format!("int-enum[{name}]"),
                Some(Py::Float(_)) => format!("float-enum[{name}]"),
                _ => format!("enum[{name}]"),
            },
            Self::List { kind: Collection::List, item, .. } => format!("list[{}]", item.label()),
            Self::List { kind: Collection::Set, item, .. } => format!("set[{}]", item.label()),
            Self::Tuple(items) => {
                format!("tuple[{}]", items.iter().map(Self::label).collect::<Vec<_>>().join(", "))
            }
            Self::Dict { key, value, .. } => {
                let key = key.as_ref().map_or_else(|| "str".to_owned(), |key| key.label());
                format!("dict[{key},{}]", value.label())
            }
            Self::Named(_, name) | Self::Model { name, .. } => name.clone(),
            Self::Nullable(inner) => format!("nullable[{}]", inner.label()),
            Self::Union(branches) => {
                format!("union[{}]", branches.iter().map(Self::label).collect::<Vec<_>>().join(","))
            }
            Self::Tagged { choices, .. } => {
                format!(
                    "tagged-union[{}]",
                    choices.iter().map(|(_, n)| n.label()).collect::<Vec<_>>().join(",")
                )
            }
        }
    }

    /// Whether FastAPI collects all values of the parameter for it (a list, or a union with one).
    pub(super) fn is_sequence(&self) -> bool {
        match self {
            Self::List { .. } | Self::Tuple(_) => true,
            Self::Nullable(inner) => inner.is_sequence(),
            Self::Union(branches) => branches.iter().any(Self::is_sequence),
            _ => false,
        }
    }
}

/// The models of one contract, read on first use.
pub(super) struct Models {
    source: Arc<dyn SchemaSource>,
    read: Mutex<HashMap<Location, Arc<Node>>>,
}

impl Models {
    pub(super) fn new(source: Arc<dyn SchemaSource>) -> Self {
        Self { source, read: Mutex::new(HashMap::new()) }
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
            Some("string") => string(members),
            Some("array") => self.array(members, at, depth),
            Some("object") => self.object(members, at, depth, String::new()),
            _ => Node::Any,
        }
    }

    fn referred(&self, reference: &str, at: &Location, depth: usize) -> Node {
        let Ok(target) = self.source.resolve(at, reference) else { return Node::Any };
        let Ok(schema) = self.source.schema(&target) else { return Node::Any };
        let name = target.pointer.last().map(|n| n.into_owned()).unwrap_or_default();
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
                    .map(|names| Box::new(self.node(names, &at.join("propertyNames"), depth + 1))),
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

/// A union that a property decides; the mapping's order is the order of the choices.
fn tagged(discriminator: &Value, nodes: Vec<Node>) -> Node {
    let property = discriminator.get("propertyName").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(Value::Object(mapping)) = discriminator.get("mapping") else { return Node::Union(nodes) };
    let choices = mapping
        .iter()
        .filter_map(|(tag, target)| {
            let name = target.as_str()?.rsplit('/').next()?;
            let node = nodes.iter().find(|n| matches!(n, Node::Named(_, known) if known == name))?;
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

fn string(members: &Map<String, Value>) -> Node {
    match members.get("format").and_then(Value::as_str) {
        Some("date") => return Node::Date,
        Some("date-time") => return Node::DateTime,
        Some("time") => return Node::Time,
        Some("duration") => return Node::Duration,
        Some("uuid") => return Node::Uuid(None),
        Some("uuid1") => return Node::Uuid(Some(1)),
        Some("uuid3") => return Node::Uuid(Some(3)),
        Some("uuid4") => return Node::Uuid(Some(4)),
        Some("uuid5") => return Node::Uuid(Some(5)),
        Some("email") => return Node::Email,
        Some("ipvanyaddress") => return Node::AnyIp,
        Some("binary") => return Node::Bytes,
        Some("path") => return Node::Path,
        Some("uri") => {
            // HttpUrl is the URL type with a longest text.
            let max = size(members, "maxLength");
            return Node::Url { http: max == Some(2083), max };
        }
        Some("ipv4") => return Node::Ip { v6: false },
        Some("ipv6") => return Node::Ip { v6: true },
        _ => {}
    }
    if members.get("contentMediaType").and_then(Value::as_str) == Some("application/octet-stream") {
        return Node::Bytes;
    }
    let pattern = members
        .get("pattern")
        .and_then(Value::as_str)
        .map(|pattern| (pattern.to_owned(), regex::Regex::new(pattern).ok()));
    Node::Text(Text { min: size(members, "minLength"), max: size(members, "maxLength"), pattern })
}
