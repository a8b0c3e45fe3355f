//! The contract's own examples as cases: the n-th example of each parameter and of the body together.

use serde_json::Value;

use crate::contract::{Example, ParameterPlace};
use crate::generate::case::plan::OperationPlan;
use crate::generate::case::recipe::{CasePurpose, CaseRecipe};

/// How many cases the examples of one operation make.
const EXAMPLES_MAX: usize = 200;

fn values(examples: &[Example]) -> impl Iterator<Item = (&str, &Value)> {
    examples.iter().filter_map(|example| Some((example.name.as_str(), example.value.as_ref()?)))
}

/// One case for each example; the rest of the request is the simplest.
pub(super) fn recipes(plan: &OperationPlan) -> Vec<CaseRecipe> {
    let mut recipes = Vec::new();
    for (index, parameter) in plan.operation.parameters.iter().enumerate() {
        let maker = &plan.parameters[index];
        for (name, value) in values(&parameter.examples) {
            // An example that breaks its own schema is the contract's mistake, said by its validation.
            if maker.schema.as_ref().is_none_or(|schema| schema.is_valid(value))
                && parameter.place != ParameterPlace::Path
            {
                let label = format!("example {name} of {}", parameter.name);
                recipes.push(CaseRecipe::new(label, CasePurpose::Parameter(index, value.clone(), None)));
            }
        }
    }
    for (index, media) in plan.operation.request_body.iter().flat_map(|body| &body.content).enumerate() {
        let maker = &plan.bodies[index];
        for (name, value) in values(&media.examples) {
            if maker.schema.as_ref().is_none_or(|schema| schema.is_valid(value)) {
                recipes.push(CaseRecipe::new(
                    format!("example {name} of the body"),
                    CasePurpose::Body(index, value.clone(), None),
                ));
            }
        }
    }
    recipes.truncate(EXAMPLES_MAX);
    recipes
}
