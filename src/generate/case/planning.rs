//! The plan of an operation with the recipes of its cases.

use std::sync::Arc;

use crate::contract::Operation;
use crate::generate::ValueOptions;
use crate::generate::case::credentials::Credentials;
use crate::generate::case::plan::OperationPlan;
use crate::generate::case::plan::templates::Templates;
use crate::generate::case::settings::{CaseSettings, KnownResource};
use crate::generate::case::{boundary, examples};
use crate::schema::Schemas;

/// Works the plan out.
pub(super) fn plan(
    operation: Arc<Operation>,
    templates: &Arc<Templates>,
    schemas: &Schemas,
    credentials: Arc<Credentials>,
    resources: Arc<Vec<KnownResource>>,
    settings: &CaseSettings,
    options: &ValueOptions,
) -> OperationPlan {
    let plan = OperationPlan::new(operation, templates, schemas, credentials, resources, options);
    let examples = examples::recipes(&plan);
    let boundary = boundary::recipes(&plan, settings, options);
    plan.with_recipes(examples, boundary, settings)
}
