//! A recipe becomes parts: which values, which ids, what is broken.

use std::sync::Arc;

use proptest::strategy::{Strategy as _, ValueTree as _};
use serde_json::Value;

use crate::base::{Dice, Pointer, Seed};
use crate::contract::{Parameter, ParameterPlace};
use crate::document::Location;
use crate::generate::case::ids::{self, IdKind, IdText, IdTree};
use crate::generate::case::model::{Coordinates, MakeError};
use crate::generate::case::naming;
use crate::generate::case::parts::{Content, Part, Slot, Source};
use crate::generate::case::plan::OperationPlan;
use crate::generate::case::recipe::{CasePurpose, CaseRecipe, Extra, Optional, PathForm};
use crate::generate::case::render::{Frame, writable};
use crate::generate::case::settings::{CaseSettings, Destructive, KnownResource, is_safe};
use crate::generate::case::tree::CaseTree;
use crate::generate::case::value_maker::{ValueMaker, runner};
use crate::generate::{Mutation, ValueOptions, negative, negative_text};
use crate::validate::intent::{Broken, Intent, Site, Subject};

/// How often a value is drawn again that can't be written in its place.
const DRAWS_MAX: u64 = 8;

/// How many characters a text needs so that nobody has it by chance.
const UNOWNED_CHARS_MIN: usize = 16;

/// `Accept` where a case does not care.
const ACCEPT: &str = "*/*";

/// A case in the making.
pub(super) struct Assembly<'a> {
    plan: &'a Arc<OperationPlan>,
    settings: &'a Arc<CaseSettings>,
    recipe: &'a CaseRecipe,
    seed: Seed,
    method: String,
    /// What the ids of this case start with; empty where nothing needs to be spared.
    prefix: String,
    guarded: bool,
    /// Others' records must be spared.
    spares: bool,
    parts: Vec<Part>,
    accept: Option<String>,
    broken: Option<Broken>,
    /// Header fields of the user's that this case goes without.
    without: Vec<String>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(
        plan: &'a Arc<OperationPlan>,
        settings: &'a Arc<CaseSettings>,
        recipe: &'a CaseRecipe,
        seed: Seed,
    ) -> Result<Self, MakeError> {
        let method = match &recipe.purpose {
            CasePurpose::Method(method) => method.clone(),
            _ => plan.operation.head.method.clone(),
        };
        // What the user allows is the operation, not what else may be tried on its path.
        let destructive = match &recipe.purpose {
            CasePurpose::Method(_) | CasePurpose::Path(..) => settings.destructive,
            _ => settings.destructive(plan.operation.head.index),
        };
        let spares = destructive != Destructive::All && !is_safe(&method);
        if spares && matches!(recipe.purpose, CasePurpose::Path(PathForm::Literal(_), _)) {
            return Err(MakeError::Nothing);
        }
        if spares && destructive == Destructive::None {
            return Err(MakeError::Guarded);
        }
        let guarded = spares && plan.path_parameters().next().is_some();
        let prefix = if guarded { settings.prefix() } else { String::new() };
        let mut assembly = Self {
            plan,
            settings,
            recipe,
            seed,
            method,
            prefix,
            guarded,
            spares,
            parts: Vec::new(),
            accept: Some(ACCEPT.to_owned()),
            broken: None,
            without: Vec::new(),
        };
        assembly.parameters()?;
        if !matches!(recipe.purpose, CasePurpose::Method(_) | CasePurpose::Path(..)) {
            assembly.body()?;
        }
        assembly.extras();
        Ok(assembly)
    }

    fn parameters(&mut self) -> Result<(), MakeError> {
        let last_id = self.plan.path_parameters().last();
        for (index, parameter) in self.plan.operation.parameters.iter().enumerate() {
            if self.plan.is_credential(index) {
                continue;
            }
            if self.twisted(index, parameter)? {
                continue;
            }
            if parameter.place == ParameterPlace::Path {
                self.id(index, parameter, Some(index) == last_id)?;
            } else {
                self.other(index, parameter)?;
            }
        }
        Ok(())
    }

    /// True when the recipe itself says what becomes of the parameter.
    fn twisted(&mut self, index: usize, parameter: &Parameter) -> Result<bool, MakeError> {
        let (value, mutation) = match &self.recipe.purpose {
            CasePurpose::Parameter(i, value, mutation) if *i == index => (value.clone(), mutation.clone()),
            CasePurpose::BreakParameter(i) if *i == index => {
                let schema = self.plan.parameters[index].schema.as_ref().ok_or(MakeError::Nothing)?;
                let seed = self.seed.derive("broken");
                let found = negative_text(schema, &ValueOptions::default(), seed).map_err(no_value)?;
                let (value, mutation) = found.ok_or(MakeError::Nothing)?;
                (value, Some(mutation))
            }
            CasePurpose::OmitParameter(i) if *i == index => {
                self.broken = Some(omitted(site(parameter), &parameter.location));
                return Ok(true);
            }
            _ => return Ok(false),
        };
        // A server that does not see the fault may take it for somebody's id: it has to be one that nobody has.
        if self.guarded && parameter.place == ParameterPlace::Path {
            let mutation = mutation.ok_or(self.refused())?;
            return self.nobodys_fault(index, parameter, mutation).map(|()| true);
        }
        self.broken = mutation.map(|mutation| broken(site(parameter), mutation));
        self.parts.push(Part::fixed(Slot::Parameter(index), Content::Value(value)));
        Ok(true)
    }

    /// A broken id that nobody has, where a made-up text breaks the same rule.
    fn nobodys_fault(
        &mut self,
        index: usize,
        parameter: &Parameter,
        mutation: Mutation,
    ) -> Result<(), MakeError> {
        let made = ids::draw(IdKind::Plain, &self.prefix, self.seed.derive(&parameter.name));
        let text = made.text().filter(|text| !self.plan.parameters[index].takes(text));
        let same_rule = matches!(mutation.keyword.as_str(), "type" | "format" | "pattern" | "enum" | "const");
        let text = text.filter(|_| same_rule).ok_or(MakeError::Guarded)?;
        let mutation = Mutation { after: Value::String(text), ..mutation };
        self.broken = Some(broken(site(parameter), mutation));
        self.parts.push(Part::fixed(Slot::Parameter(index), Content::Id(made)));
        Ok(())
    }

    fn id(&mut self, index: usize, parameter: &Parameter, last: bool) -> Result<(), MakeError> {
        let slot = Slot::Parameter(index);
        if let Some(known) =
            self.resource().and_then(|r| r.ids.iter().find(|id| id.parameter == parameter.name))
        {
            let content = Content::Id(IdText::of(&known.value));
            self.parts.push(Part::fixed(slot, content));
            return Ok(());
        }
        let maker = &self.plan.parameters[index];
        let seed = self.seed.derive(&parameter.name);
        let plain = ids::draw(IdKind::Plain, &self.prefix, seed);
        if plain.text().is_some_and(|text| maker.takes(&text)) {
            let kind = if last { self.recipe.id } else { IdKind::Plain };
            if self.guarded && kind.may_stray() {
                return Err(self.refused());
            }
            let drawn = ids::draw(kind, &self.prefix, seed);
            let fits = drawn.text().is_none_or(|text| maker.takes(&text));
            if !fits && kind != IdKind::Plain && !kind.is_border() {
                return Err(MakeError::Nothing);
            }
            let units_min = usize::from(kind != IdKind::Empty && self.prefix.is_empty());
            self.parts.push(Part::new(slot, Source::Id(IdTree::new(drawn, units_min)), false));
            return Ok(());
        }
        let source = self.drawn(maker, parameter, seed).ok_or_else(|| no_value_for(parameter))?;
        if self.guarded && !self.is_nobodys(maker, parameter, &source) {
            return Err(self.refused());
        }
        // A value that shrinks could become somebody's.
        let source = if self.guarded { Source::Fixed(source.content()) } else { source };
        self.parts.push(Part::new(slot, source, false));
        Ok(())
    }

    /// Why a case that could hit others' records is not made: what is merely tried on a path is not missed.
    fn refused(&self) -> MakeError {
        match self.recipe.purpose {
            CasePurpose::Method(_) | CasePurpose::Path(..) => MakeError::Nothing,
            _ => MakeError::Guarded,
        }
    }

    /// True when the drawn text is so long, and so free, that nobody has it by chance.
    fn is_nobodys(&self, maker: &ValueMaker, parameter: &Parameter, source: &Source) -> bool {
        let Content::Value(Value::String(text)) = source.content() else { return false };
        let other = self.drawn(maker, parameter, self.seed.derive("another"));
        let differs =
            other.is_some_and(|other| other.content() != Content::Value(Value::String(text.clone())));
        differs && text.chars().count() >= UNOWNED_CHARS_MIN && naming::is_nobodys(&text, &self.plan.shown)
    }

    fn resource(&self) -> Option<&'a KnownResource> {
        let known = || self.recipe.known.and_then(|number| self.plan.resources.get(number));
        self.recipe.own.as_ref().or_else(known)
    }

    fn other(&mut self, index: usize, parameter: &Parameter) -> Result<(), MakeError> {
        let slot = Slot::Parameter(index);
        let with = self.resource().into_iter().flat_map(|r| &r.ids).flat_map(|id| &id.with);
        let fixed = with
            .into_iter()
            .find(|(place, name, _)| *place == parameter.place && name.eq_ignore_ascii_case(&parameter.name));
        if let Some((_, _, text)) = fixed {
            self.parts.push(Part::fixed(slot, Content::Bytes(text.clone().into_bytes())));
            return Ok(());
        }
        // The user's own text goes with every request.
        if parameter.place == ParameterPlace::Header && self.settings.header(&parameter.name).is_some() {
            return Ok(());
        }
        let wanted = match self.recipe.optional {
            _ if parameter.required => true,
            Optional::All => true,
            Optional::None => false,
            Optional::Some => Dice::new(self.seed.derive("optional").derive(&parameter.name)).chance(50),
        };
        if !wanted {
            return Ok(());
        }
        let maker = &self.plan.parameters[index];
        match self.drawn(maker, parameter, self.seed.derive(&parameter.name)) {
            Some(source) => self.parts.push(Part::new(slot, source, !parameter.required)),
            None if parameter.required => return Err(no_value_for(parameter)),
            None => {}
        }
        Ok(())
    }

    /// A value's tree, drawn until the value can be written in its place.
    fn drawn(&self, maker: &ValueMaker, parameter: &Parameter, seed: Seed) -> Option<Source> {
        let Some(strategy) = &maker.strategy else {
            // Without a schema any text will do; with one that gives no values, none.
            let text = Value::String("counterpart".to_owned());
            return maker.schema.is_none().then_some(Source::Fixed(Content::Value(text)));
        };
        (0..DRAWS_MAX).find_map(|draw| {
            let tree = strategy.new_tree(&mut runner(seed.nth(draw))).ok()?;
            writable(parameter, &tree.current()).then(|| Source::Value(Box::new(tree)))
        })
    }

    fn body(&mut self) -> Result<(), MakeError> {
        let Some(described) = &self.plan.operation.request_body else { return Ok(()) };
        let options = ValueOptions::default();
        match &self.recipe.purpose {
            CasePurpose::Body(index, value, mutation) => {
                self.broken = mutation.clone().map(|mutation| broken(Site::Body, mutation));
                self.parts.push(Part::fixed(Slot::Body(*index), Content::Value(value.clone())));
            }
            CasePurpose::BreakBody(index) => {
                let schema = self.plan.bodies[*index].schema.as_ref().ok_or(MakeError::Nothing)?;
                let found = negative(schema, &options, self.seed.derive("broken")).map_err(no_value)?;
                let (value, mutation) = found.ok_or(MakeError::Nothing)?;
                self.broken = Some(broken(Site::Body, mutation));
                self.parts.push(Part::fixed(Slot::Body(*index), Content::Value(value)));
            }
            CasePurpose::OmitBody => self.broken = Some(omitted(Site::Body, &described.location)),
            CasePurpose::GarbledBody(index, bytes) => {
                self.broken = Some(Broken {
                    site: Site::Body,
                    instance: Pointer::root(),
                    keyword: "syntax".to_owned(),
                    schema: described.location.clone(),
                    before: Value::Null,
                    after: Value::String(String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).into_owned()),
                });
                self.parts.push(Part::fixed(Slot::Body(*index), Content::Bytes(bytes.clone())));
            }
            CasePurpose::ForeignBody(content_type, bytes) => {
                let slot = Slot::RawBody(content_type.clone());
                self.parts.push(Part::fixed(slot, Content::Bytes(bytes.clone())));
            }
            _ => {
                let mut dice = Dice::new(self.seed.derive("body"));
                if !described.required && !dice.chance(70) {
                    return Ok(());
                }
                self.proper_body(described.required, &mut dice)?;
            }
        }
        Ok(())
    }

    fn proper_body(&mut self, required: bool, dice: &mut Dice) -> Result<(), MakeError> {
        let usable: Vec<usize> =
            (0..self.plan.bodies.len()).filter(|i| self.plan.bodies[*i].strategy.is_some()).collect();
        let index = if self.recipe.optional == Optional::Some { dice.pick(&usable) } else { usable.first() };
        let Some(index) = index.copied() else {
            if required && self.plan.bodies.iter().all(|maker| maker.schema.is_some()) {
                return Err(MakeError::NoValue("the body".to_owned()));
            }
            return Ok(());
        };
        let Some(strategy) = &self.plan.bodies[index].strategy else { return Ok(()) };
        let tree = strategy
            .new_tree(&mut runner(self.seed.derive("body value")))
            .map_err(|_| MakeError::NoValue("the body".to_owned()))?;
        self.parts.push(Part::new(Slot::Body(index), Source::Value(Box::new(tree)), !required));
        Ok(())
    }

    fn extras(&mut self) {
        for extra in &self.recipe.extras {
            match extra {
                Extra::Query(name, text) => {
                    let content = Content::Value(Value::String(text.clone()));
                    self.parts.push(Part::fixed(Slot::Query(name.clone()), content).optional());
                }
                Extra::Header(name, bytes) => {
                    let content = Content::Bytes(bytes.clone());
                    self.parts.push(Part::fixed(Slot::Header(name.clone()), content).optional());
                }
                Extra::HeaderParameter(index, bytes) => {
                    self.parts.retain(|part| part.slot != Slot::Parameter(*index));
                    let content = Content::Bytes(bytes.clone());
                    self.parts.push(Part::fixed(Slot::Parameter(*index), content).optional());
                }
                Extra::WithoutHeader(index) => {
                    self.parts.retain(|part| part.slot != Slot::Parameter(*index));
                    let left_out = self.plan.operation.parameters.get(*index);
                    self.without.extend(left_out.map(|parameter| parameter.name.clone()));
                }
                Extra::Doubled(index) => self.double(*index),
                Extra::Body(content_type, bytes) => {
                    let slot = Slot::RawBody(content_type.clone());
                    self.parts.push(Part::fixed(slot, Content::Bytes(bytes.clone())).optional());
                }
                Extra::Accept(accept) => self.accept.clone_from(accept),
            }
        }
        if let CasePurpose::Accept(accept) = &self.recipe.purpose {
            self.accept = Some(accept.clone());
        }
    }

    /// Sends a header parameter twice, with different texts.
    fn double(&mut self, index: usize) {
        let Some(parameter) = self.plan.operation.parameters.get(index) else { return };
        let present = self.parts.iter().any(|part| part.slot == Slot::Parameter(index));
        if !present {
            match self.settings.header(&parameter.name) {
                // The user's text, as the first of the two.
                Some(given) => self.parts.push(Part::fixed(
                    Slot::Parameter(index),
                    Content::Bytes(given.expose().as_bytes().to_vec()),
                )),
                None => self.parts.push(
                    Part::fixed(Slot::Parameter(index), Content::Bytes(b"counterpart-first".to_vec()))
                        .optional(),
                ),
            }
        }
        let content = Content::Bytes(b"counterpart-second".to_vec());
        self.parts.push(Part::fixed(Slot::Header(parameter.name.clone()), content).optional());
    }

    /// Sets header fields to other texts than usual.
    pub(super) fn headers(&mut self, fields: &[(String, String)]) {
        for (name, text) in fields {
            let index = self
                .plan
                .operation
                .parameters
                .iter()
                .position(|p| p.place == ParameterPlace::Header && p.name.eq_ignore_ascii_case(name));
            let slot = index.map_or_else(|| Slot::Header(name.clone()), Slot::Parameter);
            self.parts.retain(|part| part.slot != slot);
            self.parts.push(Part::fixed(slot, Content::Bytes(text.clone().into_bytes())));
        }
    }

    pub(super) fn finish(self, at: Coordinates) -> Result<CaseTree, MakeError> {
        let tampering = match self.recipe.purpose {
            CasePurpose::Credentials(how) => Some(how),
            _ => None,
        };
        let subject = match self.plan.path_parameters().next() {
            None => Subject::None,
            Some(_) if self.resource().is_some() => Subject::Known,
            Some(_) => Subject::Unknown,
        };
        let intent = match (&self.recipe.purpose, self.broken) {
            (_, Some(broken)) => Intent::Broken(Box::new(broken)),
            (CasePurpose::Credentials(how), None) => Intent::Credentials(*how),
            (CasePurpose::Method(_), None) => Intent::Method,
            (CasePurpose::Path(_, tolerant), None) => {
                if *tolerant {
                    Intent::Malformed
                } else {
                    Intent::Path
                }
            }
            (CasePurpose::Accept(_), None) => Intent::Accept,
            (CasePurpose::ForeignBody(..), None) => Intent::MediaType,
            (CasePurpose::Plain | CasePurpose::Parameter(..) | CasePurpose::Body(..), None) => {
                if self.recipe.id.is_border() && subject == Subject::Unknown {
                    Intent::Malformed
                } else {
                    Intent::Valid(subject)
                }
            }
            _ => return Err(MakeError::Nothing),
        };
        let path = match &self.recipe.purpose {
            CasePurpose::Path(form, _) => form.clone(),
            _ => PathForm::Template,
        };
        let mut keep_headers = self.without;
        if tampering.is_some() {
            keep_headers.extend(self.plan.credentials.names.iter().cloned());
        }
        let frame = Frame {
            at,
            method: self.method,
            path,
            intent,
            label: self.recipe.label.clone(),
            fair: self.recipe.fair.clone(),
            accept: self.accept,
            credentials: self.plan.credentials.fields(tampering),
            keep_headers,
            shield: self.spares.then(|| Arc::clone(self.plan)),
        };
        Ok(CaseTree::new(Arc::clone(&self.plan.operation), Arc::clone(self.settings), frame, self.parts))
    }
}

fn site(parameter: &Parameter) -> Site {
    Site::Parameter(parameter.place, parameter.name.clone())
}

fn broken(site: Site, mutation: Mutation) -> Broken {
    let Mutation { instance, keyword, schema, before, after } = mutation;
    Broken { site, instance, keyword, schema, before, after }
}

fn omitted(site: Site, at: &Location) -> Broken {
    Broken {
        site,
        instance: Pointer::root(),
        keyword: "required".to_owned(),
        schema: at.clone(),
        before: Value::Null,
        after: Value::Null,
    }
}

fn no_value(error: crate::generate::GenerateError) -> MakeError {
    MakeError::NoValue(error.to_string())
}

fn no_value_for(parameter: &Parameter) -> MakeError {
    MakeError::NoValue(format!("{} `{}`", parameter.place.as_str(), parameter.name))
}
