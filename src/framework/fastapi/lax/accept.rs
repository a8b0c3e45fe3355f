//! A value against a node: every trouble, in pydantic's order.

use super::model::Models;
use super::node::{Collection, Extra, Field, Node};
use super::python::Py;
use super::scalar;
use super::trouble::{Step, Trouble};
use super::{choice, email, encoded, moment};

/// How many named models may lie inside each other (pydantic's own limit).
const MODELS_DEEP_MAX: usize = 255;

/// One validation under way.
pub(super) struct Acceptance<'m> {
    models: &'m Models,
    loc: Vec<Step>,
    troubles: Vec<Trouble>,
    /// Named models around the present place.
    depth: usize,
}

impl<'m> Acceptance<'m> {
    /// All troubles of `value` against `node`, with `loc` before their places.
    pub(super) fn troubles(models: &'m Models, node: &Node, value: &Py, loc: Vec<Step>) -> Vec<Trouble> {
        let mut run = Self { models, loc, troubles: Vec::new(), depth: 0 };
        run.check(node, value);
        run.troubles
    }

    fn report(&mut self, mut trouble: Trouble) {
        trouble.loc = self.loc.clone();
        self.troubles.push(trouble);
    }

    fn take(&mut self, found: Result<(), Trouble>) {
        if let Err(trouble) = found {
            self.report(trouble);
        }
    }

    fn below(&mut self, step: Step, node: &Node, value: &Py) {
        self.loc.push(step);
        self.check(node, value);
        self.loc.pop();
    }

    fn check(&mut self, node: &Node, value: &Py) {
        match node {
            Node::Any => {}
            Node::Null => {
                if *value != Py::None {
                    self.report(Trouble::plain("none_required", "Input should be None", value));
                }
            }
            Node::Bool => self.take(scalar::boolean(value)),
            Node::Int(bounds) => {
                self.take(scalar::int(value).and_then(|n| scalar::bounds(&n, bounds, true, value)));
            }
            Node::Float(bounds) => {
                self.take(scalar::float(value).and_then(|n| scalar::bounds(&n, bounds, false, value)));
            }
            Node::Decimal(bounds) => {
                self.take(scalar::decimal(value).and_then(|n| scalar::bounds(&n, bounds, true, value)));
            }
            Node::Text(rules) => self.take(scalar::text(value, rules)),
            Node::Date => self.take(moment::date(value)),
            Node::DateTime => self.take(moment::datetime(value)),
            Node::Time => self.take(moment::time(value)),
            Node::Duration => self.take(moment::duration(value)),
            Node::Uuid(version) => self.take(scalar::uuid(value, *version)),
            Node::AnyIp => self.take(scalar::any_ip(value)),
            Node::Email => self.take(email::address(value)),
            Node::Bytes(min, max) => self.take(scalar::bytes(value, (*min, *max))),
            Node::Secret { bytes, min, max } => self.take(encoded::secret(value, *bytes, (*min, *max))),
            Node::Json(inner) => match encoded::json(value) {
                Ok(read) => self.check(inner, &read),
                Err(trouble) => self.report(trouble),
            },
            Node::Base64 => self.take(encoded::base64(value)),
            Node::Network(network) => self.take(network.take(value)),
            Node::Pattern => self.take(encoded::pattern(value)),
            Node::Path => self.take(scalar::path(value)),
            Node::Url { http, max } => self.take(scalar::url(value, *http, *max)),
            Node::Ip { v6 } => self.take(scalar::ip(value, *v6)),
            Node::Literal(allowed) => self.take(choice::literal(value, allowed)),
            Node::Member(_, allowed) => self.take(choice::member(value, allowed)),
            Node::List { kind, item, min, max } => self.list(*kind, item, (*min, *max), value),
            Node::Tuple(items) => self.tuple(items, value),
            Node::Dict { key, value: inner, min, max } => {
                self.dict(key.as_deref(), inner, (*min, *max), value)
            }
            Node::Named(at, name) => {
                if self.depth >= MODELS_DEEP_MAX {
                    let message = "Recursion error - cyclic reference detected";
                    return self.report(Trouble::plain("recursion_loop", message, value));
                }
                let model = self.models.named(at, name);
                self.depth += 1;
                self.check(&model, value);
                self.depth -= 1;
            }
            Node::Model { fields, extra, .. } => self.model(fields, extra, value),
            Node::Nullable(inner) => {
                if *value != Py::None {
                    self.check(inner, value);
                }
            }
            Node::Union(branches) => self.union(branches, value),
            Node::Tagged { property, choices } => self.tagged(property, choices, value),
        }
    }

    fn list(
        &mut self,
        kind: Collection,
        item: &Node,
        (min, max): (Option<usize>, Option<usize>),
        value: &Py,
    ) {
        let Py::List(items) = value else {
            let trouble = match kind {
                Collection::List => Trouble::plain("list_type", "Input should be a valid list", value),
                Collection::Set => Trouble::plain("set_type", "Input should be a valid set", value),
            };
            return self.report(trouble);
        };
        let name = if kind == Collection::List { "List" } else { "Set" };
        // A list that is too long is not looked into; one that is too short only when all its items are good.
        if kind == Collection::List
            && let Some(max) = max.filter(|max| items.len() > *max)
        {
            return self.report(too_long(name, max, items.len(), value));
        }
        let before = self.troubles.len();
        for (index, inner) in items.iter().enumerate() {
            self.below(Step::Index(index), item, inner);
        }
        if self.troubles.len() > before {
            return;
        }
        let length = match kind {
            Collection::List => items.len(),
            Collection::Set => {
                items.iter().enumerate().filter(|(i, item)| !items[..*i].contains(item)).count()
            }
        };
        if let Some(min) = min.filter(|min| length < *min) {
            self.report(too_short(name, min, length, value));
        } else if let Some(max) = max.filter(|max| length > *max) {
            self.report(too_long(name, max, length, value));
        }
    }

    fn tuple(&mut self, nodes: &[Node], value: &Py) {
        let Py::List(items) = value else {
            return self.report(Trouble::plain("tuple_type", "Input should be a valid tuple", value));
        };
        if items.len() > nodes.len() {
            return self.report(too_long("Tuple", nodes.len(), items.len(), value));
        }
        for (index, node) in nodes.iter().enumerate() {
            match items.get(index) {
                Some(item) => self.below(Step::Index(index), node, item),
                None => {
                    self.loc.push(Step::Index(index));
                    self.report(Trouble::missing(Vec::new(), value.clone()));
                    self.loc.pop();
                }
            }
        }
    }

    fn dict(
        &mut self,
        names: Option<&Node>,
        inner: &Node,
        (min, max): (Option<usize>, Option<usize>),
        value: &Py,
    ) {
        let Py::Dict(members) = value else {
            return self.report(Trouble::plain("dict_type", "Input should be a valid dictionary", value));
        };
        let before = self.troubles.len();
        for (key, member) in members {
            if let Some(names) = names {
                self.loc.push(Step::Name(key.clone()));
                self.below(Step::from("[key]"), names, &Py::Str(key.clone()));
                self.loc.pop();
            }
            self.below(Step::Name(key.clone()), inner, member);
        }
        if self.troubles.len() > before {
            return;
        }
        if let Some(min) = min.filter(|min| members.len() < *min) {
            self.report(too_short("Dictionary", min, members.len(), value));
        } else if let Some(max) = max.filter(|max| members.len() > *max) {
            self.report(too_long("Dictionary", max, members.len(), value));
        }
    }

    fn model(&mut self, fields: &[Field], extra: &Extra, value: &Py) {
        let Py::Dict(members) = value else {
            return self.report(Trouble::plain(
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from",
                value,
            ));
        };
        for field in fields {
            match value.get(&field.name) {
                Some(member) => self.below(Step::Name(field.name.clone()), &field.node, member),
                None if field.required => {
                    self.loc.push(Step::Name(field.name.clone()));
                    self.report(Trouble::missing(Vec::new(), value.clone()));
                    self.loc.pop();
                }
                None => {}
            }
        }
        for (key, member) in members {
            if fields.iter().any(|field| field.name == *key) {
                continue;
            }
            match extra {
                Extra::Ignored => {}
                Extra::Forbidden => {
                    self.loc.push(Step::Name(key.clone()));
                    self.report(Trouble::plain("extra_forbidden", "Extra inputs are not permitted", member));
                    self.loc.pop();
                }
                Extra::Typed(node) => self.below(Step::Name(key.clone()), node, member),
            }
        }
    }

    /// Any branch will do; the troubles of all are reported, each under the branch's label.
    fn union(&mut self, branches: &[Node], value: &Py) {
        let before = self.troubles.len();
        for branch in branches {
            let here = self.troubles.len();
            self.below(Step::Name(branch.label()), branch, value);
            if self.troubles.len() == here {
                self.troubles.truncate(before);
                return;
            }
        }
    }

    fn tagged(&mut self, property: &str, choices: &[(String, Node)], value: &Py) {
        if !matches!(value, Py::Dict(_)) {
            return self.report(Trouble::plain(
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from",
                value,
            ));
        }
        let quoted = Py::Str(format!("'{property}'"));
        let Some(tag) = value.get(property) else {
            let message = format!("Unable to extract tag using discriminator '{property}'");
            return self.report(Trouble::with(
                "union_tag_not_found",
                message,
                value,
                vec![("discriminator", quoted)],
            ));
        };
        if let Some((name, node)) = choices.iter().find(|(name, _)| *tag == Py::Str(name.clone())) {
            return self.below(Step::Name(name.clone()), node, value);
        }
        let shown = tag.str();
        let expected = choices.iter().map(|(name, _)| format!("'{name}'")).collect::<Vec<_>>().join(", ");
        let message = format!(
            "Input tag '{shown}' found using '{property}' does not match any of the expected tags: {expected}"
        );
        self.report(Trouble::with(
            "union_tag_invalid",
            message,
            value,
            vec![("discriminator", quoted), ("tag", Py::Str(shown)), ("expected_tags", Py::Str(expected))],
        ));
    }
}

fn too_short(name: &str, min: usize, length: usize, value: &Py) -> Trouble {
    let plural = if min == 1 { "" } else { "s" };
    Trouble::with(
        "too_short",
        format!("{name} should have at least {min} item{plural} after validation, not {length}"),
        value,
        vec![
            ("field_type", Py::from(name)),
            ("min_length", Py::from(min)),
            ("actual_length", Py::from(length)),
        ],
    )
}

fn too_long(name: &str, max: usize, length: usize, value: &Py) -> Trouble {
    let plural = if max == 1 { "" } else { "s" };
    Trouble::with(
        "too_long",
        format!("{name} should have at most {max} item{plural} after validation, not {length}"),
        value,
        vec![
            ("field_type", Py::from(name)),
            ("max_length", Py::from(max)),
            ("actual_length", Py::from(length)),
        ],
    )
}
