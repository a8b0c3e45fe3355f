//! What FastAPI makes of a form: fields on their own, and models that each take their fields out of the whole form.

use super::accept::Acceptance;
use super::form::{self, Item};
use super::model::Models;
use super::node::{Extra, Field, FormPart, Node};
use super::python::Py;
use super::scalar;
use super::trouble::{Step, Trouble};

/// A form under validation.
pub(super) struct Form<'f> {
    pub(super) models: &'f Models,
    pub(super) items: &'f [(String, Item)],
}

impl Form<'_> {
    /// All troubles of the form, part by part.
    pub(super) fn troubles(&self, parts: &[FormPart]) -> Vec<Trouble> {
        let mut troubles = Vec::new();
        for part in parts {
            match part {
                FormPart::Field(field) => self.field(field, &mut troubles),
                FormPart::Model { node, absent } => {
                    if absent.as_ref().is_none_or(|names| self.has(names.as_deref())) {
                        troubles.extend(self.model(node));
                    }
                }
            }
        }
        troubles
    }

    fn has(&self, names: Option<&[String]>) -> bool {
        self.items.iter().any(|(name, _)| names.is_none_or(|names| names.contains(name)))
    }

    fn field(&self, field: &Field, troubles: &mut Vec<Trouble>) {
        let loc = vec![Step::from("body"), Step::Name(field.name.clone())];
        match form::value(self.items, field) {
            Some(value) => match not_files(&field.node, &value, &loc) {
                refused if !refused.is_empty() => troubles.extend(refused),
                _ => troubles.extend(Acceptance::troubles(self.models, &field.node, &value, loc)),
            },
            None if field.required => troubles.push(Trouble::missing(loc, Py::None)),
            None => {}
        }
    }

    fn model(&self, node: &Node) -> Vec<Trouble> {
        let here = vec![Step::from("body")];
        match node {
            Node::Union(branches) => {
                let mut troubles = Vec::new();
                for branch in branches {
                    let loc = vec![Step::from("body"), Step::Name(branch.label())];
                    let found = Acceptance::troubles(self.models, branch, &self.members(branch), loc);
                    if found.is_empty() {
                        return found;
                    }
                    troubles.extend(found);
                }
                troubles
            }
            Node::Tagged { property, choices } => {
                let raw = Py::Dict(form::extras(self.items, &[]));
                let chosen = choices.iter().find(|(tag, _)| raw.get(property) == Some(&Py::Str(tag.clone())));
                match chosen {
                    Some((tag, branch)) => {
                        let loc = vec![Step::from("body"), Step::Name(tag.clone())];
                        Acceptance::troubles(self.models, branch, &self.members(branch), loc)
                    }
                    None => Acceptance::troubles(self.models, node, &raw, here),
                }
            }
            one => Acceptance::troubles(self.models, one, &self.members(one), here),
        }
    }

    /// The form as a model sees it: its fields in their order, then everything else.
    fn members(&self, node: &Node) -> Py {
        let named;
        let fields = match node {
            Node::Named(at, name) => {
                named = self.models.named(at, name);
                match &*named {
                    Node::Model { fields, .. } => fields.as_slice(),
                    _ => &[],
                }
            }
            Node::Model { fields, .. } => fields.as_slice(),
            _ => &[],
        };
        let mut members: Vec<(String, Py)> =
            fields.iter().filter_map(|f| Some((f.name.clone(), form::value(self.items, f)?))).collect();
        let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
        members.extend(form::extras(self.items, &names));
        Py::Dict(members)
    }
}

/// The parts of a form that one schema describes: the fields of FastAPI's own wrapper, or a model.
pub(super) fn parts(models: &Models, node: &Node, wrapped: bool) -> Vec<FormPart> {
    if wrapped && let Node::Named(at, name) = node {
        let mut parts = models.form_models(at);
        if let Node::Model { fields, extra: Extra::Ignored, .. } = &*models.named(at, name) {
            parts.extend(fields.iter().cloned().map(FormPart::Field));
        }
        return parts;
    }
    vec![FormPart::Model { node: node.clone(), absent: None }]
}

/// The troubles of texts where a form should have files.
fn not_files(node: &Node, value: &Py, loc: &[Step]) -> Vec<Trouble> {
    match (node, value) {
        (Node::Bytes(..), Py::Str(_)) => vec![Trouble { loc: loc.to_vec(), ..scalar::not_a_file(value) }],
        (Node::Nullable(inner), _) => not_files(inner, value, loc),
        (Node::List { item, .. }, Py::List(values)) => values
            .iter()
            .enumerate()
            .flat_map(|(index, value)| not_files(item, value, &[loc, &[Step::Index(index)]].concat()))
            .collect(),
        _ => Vec::new(),
    }
}
