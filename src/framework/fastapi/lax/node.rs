//! What validates a value, and what pydantic calls it.

use super::network::Network;
use super::python::Py;
use crate::document::Location;

/// Bounds of a number.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    pub(super) ge: Option<f64>,
    pub(super) gt: Option<f64>,
    pub(super) le: Option<f64>,
    pub(super) lt: Option<f64>,
    pub(super) multiple_of: Option<f64>,
}

/// One parameter of a form.
#[derive(Clone, Debug)]
pub(super) enum FormPart {
    /// A field by itself.
    Field(Field),
    /// A model, or a union of models.
    Model {
        node: Node,
        /// Whether it may be left out, and which members show that it is not (`None`: any member).
        absent: Option<Option<Vec<String>>>,
    },
}

impl Bounds {
    pub(super) fn is_bound(&self) -> bool {
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
    /// `bytes`, and files where a form is sent; with bounds of its length.
    Bytes(Option<usize>, Option<usize>),
    /// `SecretStr`, or `SecretBytes`.
    Secret {
        bytes: bool,
        min: Option<usize>,
        max: Option<usize>,
    },
    /// A JSON document in a text.
    Json(Box<Node>),
    /// Bytes as Base64.
    Base64,
    /// A network, or an address within one: `IPv4Network`, `IPvAnyInterface`, …
    Network(Network),
    /// A regular expression.
    Pattern,
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
    /// Whether every text is taken, whatever it says.
    pub(super) fn takes_any_text(&self) -> bool {
        match self {
            Self::Any => true,
            Self::Text(rules) => rules.min.is_none() && rules.max.is_none() && rules.pattern.is_none(),
            Self::Nullable(inner) => inner.takes_any_text(),
            Self::Union(branches) => branches.iter().any(Self::takes_any_text),
            _ => false,
        }
    }

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
            Self::Bytes(None, None) => "bytes".to_owned(),
            Self::Bytes(..) => "constrained-bytes".to_owned(),
            Self::Secret { bytes, min, max } => secret(*bytes, *min, *max),
            Self::Json(inner) => format!("json[{}]", inner.label()),
            Self::Base64 => "function-after[decode(), bytes]".to_owned(),
            Self::Network(network) => network.label(),
            Self::Pattern => "function-plain[pattern_either_validator()]".to_owned(),
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
            Self::Member(name, values) => {
                let all = |fits: fn(&Py) -> bool| values.iter().all(fits);
                let base = if all(|v| matches!(v, Py::Str(_))) {
                    "str-"
                } else if all(|v| matches!(v, Py::Int(_))) {
                    "int-"
                } else if all(|v| matches!(v, Py::Float(_))) {
                    "float-"
                } else {
                    ""
                };
                format!("{base}enum[{name}]")
            }
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

/// The label of a secret: its validator's whole construction.
fn secret(bytes: bool, min: Option<usize>, max: Option<usize>) -> String {
    let (class, inner) = if bytes { ("SecretBytes", "bytes") } else { ("SecretStr", "str") };
    let after = format!("function-after[{class}(), {inner}]");
    let either = format!("json-or-python[json={after},python=union[is-instance[{class}],{after}]]");
    let mut label = format!("lax-or-strict[lax={either},strict={either}]");
    // With bounds the label has an address in memory in it, which nobody can know.
    for (bound, name) in [(min, "min"), (max, "max")] {
        if let Some(bound) = bound {
            label = format!(
                "function-after[functools.partial(<function {name}_length_validator at 0x0>, \
                 {name}_length={bound})(), {label}]"
            );
        }
    }
    label
}
