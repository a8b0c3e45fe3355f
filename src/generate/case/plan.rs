//! What is worked out once for each operation.

pub(super) mod templates;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use self::templates::Templates;
use crate::contract::{Operation, ParameterPlace};
use crate::document::Direction;
use crate::generate::ValueOptions;
use crate::generate::case::credentials::Credentials;
use crate::generate::case::naming;
use crate::generate::case::recipe::{CasePurpose, CaseRecipe};
use crate::generate::case::settings::{CaseSettings, Destructive, KnownId, KnownResource, is_safe};
use crate::generate::case::shield::Shield;
use crate::generate::case::value_maker::ValueMaker;
use crate::schema::Schemas;

/// What is worked out once for each operation.
#[derive(Debug)]
pub(super) struct OperationPlan {
    pub(super) operation: Arc<Operation>,
    pub(super) credentials: Arc<Credentials>,
    /// By the parameters' numbers.
    pub(super) parameters: Vec<ValueMaker>,
    /// By the numbers of the body's media types.
    pub(super) bodies: Vec<ValueMaker>,
    /// The documented methods of the path.
    pub(super) methods: Vec<String>,
    /// The methods of other templates that the path's own requests may match as well.
    pub(super) other_methods: Vec<String>,
    /// All templates of the contract.
    pub(super) templates: Arc<Templates>,
    /// This is the first operation of its path: it speaks for the path as a whole.
    pub(super) leads_path: bool,
    /// Known resources that name all the path's parameters: for each, texts by parameter number, and what goes with it.
    pub(super) resources: Arc<Vec<KnownResource>>,
    /// What the path says of the records.
    pub(super) naming: naming::Known,
    /// What the contract shows as values in the operation's requests.
    pub(super) shown: HashSet<String>,
    /// By the numbers of the body's media types; empty where no records need to be spared.
    pub(super) shields: Vec<Shield>,
    pub(super) examples: Vec<CaseRecipe>,
    pub(super) boundary: Vec<CaseRecipe>,
}

impl OperationPlan {
    pub(super) fn new(
        operation: Arc<Operation>,
        templates: &Arc<Templates>,
        schemas: &Schemas,
        credentials: Arc<Credentials>,
        resources: Arc<Vec<KnownResource>>,
        options: &ValueOptions,
    ) -> Self {
        let get = |at: Option<&crate::document::Location>| {
            at.and_then(|at| schemas.get(at, Direction::Request).ok())
        };
        let parameters =
            operation.parameters.iter().map(|p| ValueMaker::of(get(p.schema()), options)).collect();
        let bodies = operation
            .request_body
            .iter()
            .flat_map(|body| &body.content)
            .map(|media| ValueMaker::of(get(media.schema.as_ref()), options))
            .collect();
        Self {
            credentials,
            parameters,
            bodies,
            methods: templates.methods(&operation.head.path),
            other_methods: templates.overlapping(&operation.head.path),
            naming: templates.naming(&operation.head.path),
            leads_path: templates.leads(&operation.head),
            templates: Arc::clone(templates),
            resources,
            operation,
            shown: HashSet::new(),
            shields: Vec::new(),
            examples: Vec::new(),
            boundary: Vec::new(),
        }
    }

    /// The plan with its recipes; where records need to be spared, with what spares them.
    pub(super) fn with_recipes(
        mut self,
        examples: Vec<CaseRecipe>,
        boundary: Vec<CaseRecipe>,
        settings: &CaseSettings,
    ) -> Self {
        (self.examples, self.boundary) = (examples, boundary);
        let guards = settings.destructive(self.operation.head.index) != Destructive::All;
        if guards && !is_safe(&self.operation.head.method) {
            self.shown = self.shown();
            self.shields = self.shields();
        }
        self
    }

    /// Every value that the contract shows in the operation's requests.
    fn shown(&self) -> HashSet<String> {
        let mut shown = HashSet::new();
        for schema in self.parameters.iter().chain(&self.bodies).filter_map(|maker| maker.schema.as_ref()) {
            naming::shown_by(schema.outline().document(), &mut shown);
        }
        let media = self.operation.request_body.iter().flat_map(|body| &body.content);
        let examples =
            self.operation.parameters.iter().map(|p| &p.examples).chain(media.map(|m| &m.examples));
        for value in examples.flatten().filter_map(|example| example.value.as_ref()) {
            naming::scalars(value, &mut shown);
        }
        shown
    }

    /// What becomes of names in bodies, worked out on what the recipes send and on what is drawn.
    fn shields(&self) -> Vec<Shield> {
        let sent = |index: usize| {
            self.examples.iter().chain(&self.boundary).filter_map(move |recipe| match &recipe.purpose {
                CasePurpose::Body(of, value, None) if *of == index => Some(value),
                _ => None,
            })
        };
        let shield = |(index, maker)| {
            let samples: Vec<&Value> = sent(index).collect();
            Shield::of(maker, &self.naming, &samples)
        };
        self.bodies.iter().enumerate().map(shield).collect()
    }

    /// The numbers of the path's parameters.
    pub(super) fn path_parameters(&self) -> impl Iterator<Item = usize> {
        self.parameters_at(ParameterPlace::Path)
    }

    /// The numbers of the parameters at a place.
    pub(super) fn parameters_at(&self, place: ParameterPlace) -> impl Iterator<Item = usize> {
        self.operation.parameters.iter().enumerate().filter(move |(_, p)| p.place == place).map(|(i, _)| i)
    }

    /// True for a parameter that is a credential: it is sent as such.
    pub(super) fn is_credential(&self, index: usize) -> bool {
        self.operation.parameters.get(index).is_some_and(|p| {
            matches!(p.place, ParameterPlace::Header | ParameterPlace::Cookie)
                && self.credentials.names.iter().any(|name| name.eq_ignore_ascii_case(&p.name))
        })
    }
}

/// The n-th known id of each path parameter belong together; an operation without path parameters has no resources.
pub(super) fn resources(operation: &Operation, settings: &CaseSettings) -> Vec<KnownResource> {
    let lists: Vec<Vec<&KnownId>> = operation
        .parameters
        .iter()
        .filter(|p| p.place == ParameterPlace::Path)
        .map(|p| settings.known.iter().filter(|known| known.parameter == p.name).collect())
        .collect();
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    if lists.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    (0..longest)
        .map(|n| KnownResource { ids: lists.iter().map(|list| list[n % list.len()].clone()).collect() })
        .collect()
}
