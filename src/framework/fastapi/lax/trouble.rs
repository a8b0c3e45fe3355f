//! One entry of a 422, and the body made of them.

use super::python::Py;

/// A step of a `loc`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A part of the request, a parameter, a key, or the label of a union's branch.
    Name(String),
    /// The index of an item, or an offset in a text.
    Index(usize),
}

impl From<&str> for Step {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// One error as pydantic reports it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trouble {
    /// pydantic's name for the kind of error.
    pub kind: &'static str,
    /// Where.
    pub loc: Vec<Step>,
    /// The sentence.
    pub message: String,
    /// What was given.
    pub input: Py,
    /// The facts of the sentence, in pydantic's order; empty: no `ctx`.
    pub context: Vec<(&'static str, Py)>,
}

impl Trouble {
    /// An error without facts; the place is filled in by who knows it.
    #[must_use]
    pub(super) fn plain(kind: &'static str, message: &str, input: &Py) -> Self {
        Self { kind, loc: Vec::new(), message: message.to_owned(), input: input.clone(), context: Vec::new() }
    }

    /// An error with facts.
    #[must_use]
    pub(super) fn with(
        kind: &'static str,
        message: String,
        input: &Py,
        context: Vec<(&'static str, Py)>,
    ) -> Self {
        Self { kind, loc: Vec::new(), message, input: input.clone(), context }
    }

    /// A required value that is not there.
    #[must_use]
    pub(super) fn missing(loc: Vec<Step>, input: Py) -> Self {
        Self { kind: "missing", loc, message: "Field required".to_owned(), input, context: Vec::new() }
    }

    /// The steps of its `loc`, as texts.
    pub(super) fn place(&self) -> Vec<String> {
        let text = |step: &Step| match step {
            Step::Name(name) => name.clone(),
            Step::Index(index) => index.to_string(),
        };
        self.loc.iter().map(text).collect()
    }

    fn to_python(&self) -> Py {
        let loc = self
            .loc
            .iter()
            .map(|step| match step {
                Step::Name(name) => Py::Str(name.clone()),
                Step::Index(index) => Py::from(*index),
            })
            .collect();
        let mut members = vec![
            ("type".to_owned(), Py::from(self.kind)),
            ("loc".to_owned(), Py::List(loc)),
            ("msg".to_owned(), Py::Str(self.message.clone())),
            ("input".to_owned(), self.input.clone()),
        ];
        if !self.context.is_empty() {
            let facts = self.context.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
            members.push(("ctx".to_owned(), Py::Dict(facts)));
        }
        Py::Dict(members)
    }
}

/// The body of the 422: `{"detail": […]}` as FastAPI writes it.
pub(super) fn detail(troubles: &[Trouble]) -> String {
    let body =
        Py::Dict(vec![("detail".to_owned(), Py::List(troubles.iter().map(Trouble::to_python).collect()))]);
    let mut out = String::new();
    body.write_json(&mut out);
    out
}
