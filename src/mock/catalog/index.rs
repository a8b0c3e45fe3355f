//! The catalog itself: the contract with all that was worked out about it.

use std::sync::{Arc, OnceLock};

use super::base_path::base_paths;
use super::plan::Plan;
use super::refined::Refined;
use super::relations::Relations;
use super::router::{Routed, Router};
use crate::base::Seed;
use crate::base::secret::Redactor;
use crate::contract::{Contract, OperationIndex};
use crate::framework::{Framework, Readers, Reason, Refusal};
use crate::generate::GenerateError;
use crate::mock::refusal::refuser::Refuser;
use crate::mock::settings::{MockSettings, StateMode, UnknownId};
use crate::resource::{DeclarationError, Resources, infer};
use crate::schema::Schemas;
use crate::validate::{Coercion, Judge};
use crate::wire::{Request, Response};

/// What is known of the contract that is played, and how it is played: no state of it changes what is answered.
#[derive(Debug)]
pub(crate) struct Catalog {
    contract: Arc<Contract>,
    judge: Judge,
    /// The readers of requests as frameworks read them.
    pub(super) readers: Readers,
    settings: MockSettings,
    resources: Resources,
    pub(super) refuser: Refuser,
    router: Router,
    plans: Vec<OnceLock<Arc<Plan>>>,
    /// Which resources there are fixtures of.
    with_fixtures: Vec<bool>,
    pub(super) relations: Relations,
    pub(super) refined: Vec<OnceLock<Refined>>,
    /// Masks what is shown, made on first use.
    redactor: OnceLock<Redactor>,
    /// Judges of callbacks, strict and lenient, made on first use.
    callback_judges: OnceLock<(Arc<Judge>, Arc<Judge>)>,
}

impl Catalog {
    /// The catalog of a contract that is played like this.
    ///
    /// # Errors
    /// [`DeclarationError`]: a declared resource does not fit the contract.
    pub(crate) fn new(contract: Arc<Contract>, settings: MockSettings) -> Result<Self, DeclarationError> {
        let judge = Judge::with_source(contract.schema_source(), contract.security_schemes().clone())
            .with_forms(settings.forms);
        let resources = infer(&contract, &settings.fixtures.resources)?;
        let bases = contract.servers().iter().flat_map(base_paths);
        let own = |head| contract.own_servers(head).iter().flat_map(base_paths).collect();
        let given = |name: &String| settings.fixtures.entities.iter().any(|given| given.resource == *name);
        Ok(Self {
            router: Router::with_own(contract.heads().iter().map(|head| (head, own(head.index))), bases),
            plans: contract.heads().iter().map(|_| OnceLock::new()).collect(),
            with_fixtures: resources.all.iter().map(|resource| given(&resource.name)).collect(),
            refined: resources.all.iter().map(|_| OnceLock::new()).collect(),
            relations: Relations::new(resources.all.len()),
            refuser: Refuser::new(settings.errors, settings.undocumented_statuses, settings.seed),
            readers: Readers::new(&contract.schema_source()),
            redactor: OnceLock::new(),
            callback_judges: OnceLock::new(),
            contract,
            judge,
            settings,
            resources,
        })
    }

    /// The sentence for an answer whose schema has no value, with the place of the reason.
    pub(crate) fn no_value(&self, error: &GenerateError) -> String {
        let at = error.places().first().map(|at| format!(" ({})", self.contract().place(at)));
        format!("The documented answer can't be made: {error}{}", at.unwrap_or_default())
    }

    /// The contract that is played.
    pub(crate) fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// The judge of this contract.
    pub(crate) fn judge(&self) -> &Judge {
        &self.judge
    }

    /// The contract's schemas, compiled on first use.
    pub(crate) fn schemas(&self) -> &Schemas {
        self.judge.schemas()
    }

    /// How the contract is played.
    pub(crate) fn settings(&self) -> &MockSettings {
        &self.settings
    }

    /// The resources, inferred and declared.
    pub(crate) fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The router.
    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// The writer of refusals.
    pub(crate) fn refuser(&self) -> &Refuser {
        &self.refuser
    }

    /// The readers of requests as frameworks read them.
    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Masks what is shown of requests and answers: what the contract says of secrets, names and patterns.
    pub(crate) fn redactor(&self) -> &Redactor {
        self.redactor.get_or_init(|| self.contract.secret_facts().redactor().build())
    }

    /// The judges of callbacks: strict, and with texts taken for what they say.
    pub(crate) fn callback_judges(&self) -> &(Arc<Judge>, Arc<Judge>) {
        self.callback_judges.get_or_init(|| {
            let judge = || Judge::new(&self.contract);
            (Arc::new(judge()), Arc::new(judge().with_coercion(Coercion::Lax)))
        })
    }

    /// A path as the contract writes it: without the prefix of this mock.
    pub(crate) fn below_prefix<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.settings.prefix.as_str()).unwrap_or(path)
    }

    /// Where a request leads.
    pub(crate) fn route(&self, request: &Request) -> Routed {
        let path = self.below_prefix(&request.target);
        let mut routed = self.router.route(&request.method, path);
        if request.method == "HEAD" && !matches!(routed, Routed::Found { .. }) {
            // HEAD is GET without the body (RFC 9110 §9.3.2).
            routed = self.router.route("GET", path);
            if !matches!(routed, Routed::Found { .. }) {
                routed = self.router.route("HEAD", path);
            }
        }
        routed
    }

    /// The operation that a request leads to.
    pub(crate) fn operation_of(&self, request: &Request) -> Option<OperationIndex> {
        let target = self.below_prefix(&request.target);
        let found = self.router.operation(&request.method, target);
        found.or_else(|| (request.method == "HEAD").then(|| self.router.operation("GET", target)).flatten())
    }

    /// A refusal as a response.
    pub(crate) fn refusal(&self, plan: Option<&Plan>, refusal: &Refusal) -> Response {
        let operation = plan.map(|p| &*p.operation);
        self.refuser.write(self.schemas(), self.framework(), operation, refusal)
    }

    /// The status with which a request to this operation is refused for this reason.
    pub(crate) fn refusal_status(&self, plan: &Plan, reason: Reason) -> u16 {
        self.refuser.status(Some(&plan.operation), reason, self.framework())
    }

    /// The framework that the contract shows.
    pub(crate) fn framework(&self) -> &'static dyn Framework {
        self.refuser.framework(&self.contract, self.schemas())
    }

    /// An operation's plan, worked out on first use.
    pub(crate) fn plan(&self, operation: OperationIndex) -> Arc<Plan> {
        let build = || Arc::new(Plan::new(self.contract.operation(operation), self.schemas()));
        self.plan_of(operation).map_or_else(build, Arc::clone)
    }

    /// The same where the contract has the operation, without another owner.
    pub(crate) fn plan_of(&self, operation: OperationIndex) -> Option<&Arc<Plan>> {
        let build = || Arc::new(Plan::new(self.contract.operation(operation), self.schemas()));
        self.plans.get(operation.0 as usize).map(|slot| slot.get_or_init(build))
    }

    /// An operation's plan where it was worked out before.
    pub(crate) fn plan_made(&self, operation: OperationIndex) -> Option<&Plan> {
        self.plans.get(operation.0 as usize)?.get().map(Arc::as_ref)
    }

    /// What an id never seen gets.
    pub(crate) fn unknown_id(&self, resource: usize) -> UnknownId {
        self.settings.unknown_id.unwrap_or(if self.has_fixtures(resource) {
            UnknownId::Reject
        } else {
            UnknownId::Create
        })
    }

    /// Whether the user wants an entity for every id, also for those that somebody else has.
    pub(crate) fn makes_any(&self) -> bool {
        self.settings.unknown_id == Some(UnknownId::Create)
    }

    /// Whether there are fixtures of a resource.
    pub(crate) fn has_fixtures(&self, resource: usize) -> bool {
        self.with_fixtures.get(resource).copied().unwrap_or(false)
    }

    /// Whether entities are remembered.
    pub(crate) fn remembers(&self) -> bool {
        self.settings.state != StateMode::None
    }

    /// What generated things are derived from.
    pub(crate) fn seed(&self) -> Seed {
        self.settings.seed
    }
}
