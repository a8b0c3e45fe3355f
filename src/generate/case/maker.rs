//! Coordinates → case: the same for the same contract, settings and coordinates, whoever asks and when.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;

use crate::base::Seed;
use crate::contract::{Operation, OperationHead, OperationIndex, SecurityScheme};
use crate::generate::ValueOptions;
use crate::generate::case::assemble::Assembly;
use crate::generate::case::credentials::Credentials;
use crate::generate::case::model::{Case, Coordinates, MakeError, Phase};
use crate::generate::case::naming;
use crate::generate::case::plan::templates::Templates;
use crate::generate::case::plan::{self, OperationPlan};
use crate::generate::case::planning;
use crate::generate::case::random;
use crate::generate::case::recipe::{CasePurpose, CaseRecipe};
use crate::generate::case::settings::{CaseSettings, KnownId, KnownResource};
use crate::generate::case::tree::CaseTree;
use crate::validate::Judge;
use crate::validate::intent::{Intent, Tampering};
use crate::wire::Request;

/// What a step in a sequence does to a resource.
#[derive(Clone, Debug)]
pub struct SequenceStep {
    /// Which resource.
    pub subject: SequenceSubject,
    /// Credentials tampered with.
    pub tampering: Option<Tampering>,
    /// Another method.
    pub method: Option<String>,
    /// Header fields with another text than usual: name and text.
    pub headers: Vec<(String, String)>,
}

/// The resource of a planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceSubject {
    /// One with these ids: one for each of the path's parameters.
    Own(Vec<KnownId>),
    /// The known one of that number.
    Known(usize),
    /// One that nobody has, the n-th.
    MadeUp(u64),
}

/// Makes cases.
#[derive(Debug)]
pub struct CaseMaker {
    templates: Arc<Templates>,
    schemes: IndexMap<String, SecurityScheme>,
    /// Strict: a valid request is valid for the letter of the contract.
    judge: Arc<Judge>,
    /// Lax: a broken request is broken however generously it is read.
    lenient: Arc<Judge>,
    settings: Arc<CaseSettings>,
    options: ValueOptions,
    plans: Memo<OperationPlan>,
    credentials: Memo<Credentials>,
    resources: Memo<Vec<KnownResource>>,
}

/// What is worked out for an operation when it is first needed.
type Memo<T> = RwLock<HashMap<OperationIndex, Arc<T>>>;

fn remembered<T>(memo: &Memo<T>, operation: &Operation, make: impl FnOnce() -> T) -> Arc<T> {
    // Entries are only ever added whole: a panic elsewhere leaves the map as it was.
    if let Some(known) = memo.read().unwrap_or_else(PoisonError::into_inner).get(&operation.head.index) {
        return Arc::clone(known);
    }
    let made = Arc::new(make());
    let mut memo = memo.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(memo.entry(operation.head.index).or_insert(made))
}

impl CaseMaker {
    /// A maker for the operations of a contract: its heads, its security schemes, a strict and a lenient judge.
    #[must_use]
    pub fn new(
        heads: &[OperationHead],
        schemes: IndexMap<String, SecurityScheme>,
        judge: Arc<Judge>,
        lenient: Arc<Judge>,
        settings: CaseSettings,
    ) -> Self {
        let options = ValueOptions { use_examples: false, ..ValueOptions::default() };
        Self {
            templates: Arc::new(Templates::of(heads)),
            schemes,
            judge,
            lenient,
            settings: Arc::new(settings),
            options,
            plans: RwLock::default(),
            credentials: RwLock::default(),
            resources: RwLock::default(),
        }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &CaseSettings {
        &self.settings
    }

    /// The judge of valid requests, and of answers.
    #[must_use]
    pub fn judge(&self) -> &Arc<Judge> {
        &self.judge
    }

    /// The documented methods of the operation's path.
    #[must_use]
    pub fn methods(&self, operation: &Operation) -> Vec<String> {
        self.templates.methods(&operation.head.path)
    }

    /// The documented methods of other paths that take the same targets.
    #[must_use]
    pub fn other_methods(&self, operation: &Operation) -> Vec<String> {
        self.templates.overlapping(&operation.head.path)
    }

    /// The operation's credentials.
    #[must_use]
    pub fn credentials(&self, operation: &Operation) -> Arc<Credentials> {
        remembered(&self.credentials, operation, || Credentials::of(&self.schemes, operation, &self.settings))
    }

    /// What the operation's path says of the records that it is about.
    #[must_use]
    pub fn naming(&self, operation: &Operation) -> naming::Known {
        self.templates.naming(&operation.head.path)
    }

    /// What the contract shows as values in the operation's requests; nothing for operations that may do anything.
    pub fn shown<T>(&self, operation: &Arc<Operation>, see: impl FnOnce(&HashSet<String>) -> T) -> T {
        see(&self.plan(operation).shown)
    }

    /// How many known resources fit the operation's path.
    #[must_use]
    pub fn resources(&self, operation: &Operation) -> usize {
        self.known(operation).len()
    }

    /// The text of a known resource's last id and what goes with it.
    #[must_use]
    pub fn resource(&self, operation: &Operation, number: usize) -> Option<KnownId> {
        self.known(operation).get(number).and_then(|resource| resource.ids.last().cloned())
    }

    /// How many cases a phase has for the operation; `None`: as many as you like.
    #[must_use]
    pub fn count(&self, operation: &Arc<Operation>, phase: Phase) -> Option<u64> {
        match phase {
            Phase::Examples => Some(self.plan(operation).examples.len() as u64),
            Phase::Boundary => Some(self.plan(operation).boundary.len() as u64),
            Phase::Random => None,
            Phase::Stateful => Some(0),
        }
    }

    /// The case's tree.
    ///
    /// # Errors
    /// [`MakeError`] when there is none at these coordinates: that is normal for some.
    pub fn tree(&self, operation: &Arc<Operation>, phase: Phase, index: u64) -> Result<CaseTree, MakeError> {
        let plan = self.plan(operation);
        let seed = self.seed(&plan, phase, index);
        let number = usize::try_from(index).unwrap_or(usize::MAX);
        let drawn;
        let recipe = match phase {
            Phase::Examples => plan.examples.get(number).ok_or(MakeError::Nothing)?,
            Phase::Boundary => plan.boundary.get(number).ok_or(MakeError::Nothing)?,
            Phase::Random => {
                drawn = random::recipe(&plan, &self.settings, seed.derive("recipe"));
                &drawn
            }
            Phase::Stateful => return Err(MakeError::Nothing),
        };
        let at = Coordinates { operation: plan.operation.head.id.clone(), phase, index };
        let made = self.build(&plan, at.clone(), recipe, seed);
        match made {
            // What can't be broken or written as drawn still makes a plain case: no number is lost.
            Err(MakeError::Nothing | MakeError::NoValue(_)) if phase == Phase::Random => {
                self.build(&plan, at, &CaseRecipe::new("valid", CasePurpose::Plain), seed)
            }
            other => other,
        }
    }

    /// The case itself.
    ///
    /// # Errors
    /// As for [`CaseMaker::tree`].
    pub fn case(&self, operation: &Arc<Operation>, phase: Phase, index: u64) -> Result<Case, MakeError> {
        self.tree(operation, phase, index)?.current().ok_or(MakeError::Nothing)
    }

    /// A step of a sequence. The index only names it.
    ///
    /// # Errors
    /// As for [`CaseMaker::tree`].
    pub fn sequence_case(
        &self,
        operation: &Arc<Operation>,
        index: u64,
        planned: &SequenceStep,
    ) -> Result<Case, MakeError> {
        let plan = self.plan(operation);
        let at = Coordinates { operation: plan.operation.head.id.clone(), phase: Phase::Stateful, index };
        let purpose = match (&planned.method, planned.tampering) {
            (Some(method), _) => CasePurpose::Method(method.clone()),
            (None, Some(how)) => CasePurpose::Credentials(how),
            (None, None) => CasePurpose::Plain,
        };
        let mut recipe = CaseRecipe::new("stateful", purpose);
        let seed = match &planned.subject {
            SequenceSubject::Own(ids) => {
                recipe.own = Some(KnownResource { ids: ids.clone() });
                self.seed(&plan, Phase::Stateful, index).derive("own")
            }
            SequenceSubject::Known(number) => {
                recipe.known = Some(*number);
                self.seed(&plan, Phase::Stateful, *number as u64)
            }
            SequenceSubject::MadeUp(n) => self.seed(&plan, Phase::Stateful, *n).derive("made up"),
        };
        let mut assembly = Assembly::new(&plan, &self.settings, &recipe, seed)?;
        assembly.headers(&planned.headers);
        let tree = assembly.finish(at)?;
        tree.current().ok_or(MakeError::Nothing)
    }

    fn seed(&self, plan: &OperationPlan, phase: Phase, index: u64) -> Seed {
        self.settings.seed().derive(&plan.operation.head.id).derive(phase.as_str()).nth(index)
    }

    fn build(
        &self,
        plan: &Arc<OperationPlan>,
        at: Coordinates,
        recipe: &CaseRecipe,
        seed: Seed,
    ) -> Result<CaseTree, MakeError> {
        let tree = Assembly::new(plan, &self.settings, recipe, seed)?.finish(at)?;
        let case = tree.current().ok_or(MakeError::Nothing)?;
        if self.is_as_meant(plan, &case) { Ok(tree) } else { Err(MakeError::Nothing) }
    }

    /// Whether a case still is what it was made for: one that was simplified need not be.
    #[must_use]
    pub fn keeps_intent(&self, operation: &Arc<Operation>, case: &Case) -> bool {
        self.is_as_meant(&self.plan(operation), case)
    }

    /// The same validator that judges answers judges what is sent: a valid case is valid, a broken one is broken.
    fn is_as_meant(&self, plan: &OperationPlan, case: &Case) -> bool {
        match &case.intent {
            Intent::Valid(_) => {
                if !reads_back(&plan.operation.head.path, &case.path_values) {
                    return false;
                }
                // Bytes that are no text can't be judged by a schema.
                has_octets(&case.request)
                    || self.judge.request(&plan.operation, &case.path_values, &case.request).is_valid()
            }
            // However it is read: the lenient judge takes some texts that the strict one does not, and the other way
            // round (`null` for a text).
            Intent::Broken(_) => [&self.lenient, &self.judge]
                .iter()
                .all(|judge| !judge.request(&plan.operation, &case.path_values, &case.request).is_valid()),
            _ => true,
        }
    }

    /// The known resources that fit an operation's path.
    fn known(&self, operation: &Operation) -> Arc<Vec<KnownResource>> {
        remembered(&self.resources, operation, || plan::resources(operation, &self.settings))
    }

    fn plan(&self, operation: &Arc<Operation>) -> Arc<OperationPlan> {
        remembered(&self.plans, operation, || {
            planning::plan(
                Arc::clone(operation),
                &self.templates,
                self.judge.schemas(),
                self.credentials(operation),
                self.known(operation),
                &self.settings,
                &self.options,
            )
        })
    }
}

/// Whether the values of a path can be told from one another: in `{name}.{ext}` no dot may stand in the name, because
/// nothing says which of several dots is meant.
fn reads_back(template: &str, values: &[(String, String)]) -> bool {
    template.split('/').all(|segment| {
        let parameters: Vec<(&str, &str)> =
            segment.split('{').skip(1).filter_map(|piece| piece.split_once('}')).collect();
        let last = parameters.len().saturating_sub(1);
        parameters[..last].iter().all(|(name, behind)| {
            let value =
                values.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
            behind.is_empty() || !value.contains(behind)
        })
    })
}

/// True when something in the target or in a header is no UTF-8.
fn has_octets(request: &Request) -> bool {
    percent_encoding::percent_decode_str(&request.target).decode_utf8().is_err()
        || request.headers.iter().any(|(_, value)| std::str::from_utf8(value).is_err())
}

#[cfg(test)]
mod tests {
    use super::reads_back;

    #[test]
    fn values_of_one_segment_can_be_told_apart() {
        let values = |a: &str, b: &str| vec![("a".to_owned(), a.to_owned()), ("b".to_owned(), b.to_owned())];
        for (template, a, b, told) in [
            ("/x/{a}.{b}", "one", "xml", true),
            ("/x/{a}.{b}", "0.99", "xml", false),
            ("/x/{a}.{b}", "one", "tar.gz", true),
            ("/{a}/{b}", "0.99", "x.y", true),
            ("/{a}.json/{b}", "x.json", "y", true),
            ("/{a}-to-{b}", "a-to", "b", true),
            ("/{a}-to-{b}", "a-to-b", "c", false),
            ("/{a}{b}", "x", "y", true),
            ("/", "x", "y", true),
        ] {
            assert_eq!(reads_back(template, &values(a, b)), told, "{template} {a} {b}");
        }
    }
}
