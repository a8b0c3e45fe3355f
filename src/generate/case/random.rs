//! The random phase: a recipe drawn from the case's own seed.

use crate::base::{Dice, Seed};
use crate::contract::ParameterPlace;
use crate::generate::case::boundary::{
    ACCEPTS, accept_recipe, extra_query, is_wrong, missing_methods, odd_header, unasked_body, wrong_path,
};
use crate::generate::case::ids::{IdKind, KINDS};
use crate::generate::case::plan::OperationPlan;
use crate::generate::case::recipe::{CasePurpose, CaseRecipe, Extra, Optional};
use crate::generate::case::settings::{CaseSettings, is_safe};
use crate::validate::intent::Tampering;

/// One recipe: mostly valid requests with something odd about them, some broken ones.
pub(super) fn recipe(plan: &OperationPlan, settings: &CaseSettings, seed: Seed) -> CaseRecipe {
    let dice = &mut Dice::new(seed);
    let drawn = dice.below(100);
    let recipe = match drawn {
        0..=7 => tampered(plan, dice),
        8..=12 => method(plan, settings, dice),
        13..=15 => {
            let (label, form, tolerant) = wrong_path(dice.index(3));
            if is_wrong(plan, &form) {
                CaseRecipe::new(label, CasePurpose::Path(form, tolerant))
            } else {
                CaseRecipe::new("valid", CasePurpose::Plain)
            }
        }
        16..=20 => accept_recipe(plan, dice.pick(&ACCEPTS).copied().unwrap_or("*/*")),
        21..=45 => broken(plan, dice),
        _ => CaseRecipe::new("valid", CasePurpose::Plain),
    };
    let recipe = recipe.optional(Optional::Some);
    // What tampers with the path itself is not mixed with odd ids.
    if matches!(recipe.purpose, CasePurpose::Path(..) | CasePurpose::Credentials(_) | CasePurpose::Method(_))
    {
        return recipe;
    }
    let recipe = with_id(plan, recipe, dice);
    with_extras(plan, recipe, dice)
}

fn tampered(plan: &OperationPlan, dice: &mut Dice) -> CaseRecipe {
    if !plan.credentials.required || plan.credentials.fields.is_empty() {
        return CaseRecipe::new("valid", CasePurpose::Plain);
    }
    let ways = [Tampering::Missing, Tampering::Empty, Tampering::Wrong];
    let ways = if plan.credentials.given { &ways[..] } else { &ways[..2] };
    let how = dice.pick(ways).copied().unwrap_or(Tampering::Missing);
    CaseRecipe::new(format!("{} credentials", how.as_str()), CasePurpose::Credentials(how))
}

fn method(plan: &OperationPlan, settings: &CaseSettings, dice: &mut Dice) -> CaseRecipe {
    let missing = missing_methods(plan, settings);
    match dice.pick(&missing) {
        Some(method) => {
            CaseRecipe::new(format!("method {method}"), CasePurpose::Method((*method).to_owned()))
        }
        None => CaseRecipe::new("valid", CasePurpose::Plain),
    }
}

fn broken(plan: &OperationPlan, dice: &mut Dice) -> CaseRecipe {
    let mut sites: Vec<CasePurpose> = Vec::new();
    for (index, parameter) in plan.operation.parameters.iter().enumerate() {
        if plan.is_credential(index) {
            continue;
        }
        if plan.parameters[index].schema.is_some() {
            sites.push(CasePurpose::BreakParameter(index));
        }
        if parameter.required && parameter.place != ParameterPlace::Path {
            sites.push(CasePurpose::OmitParameter(index));
        }
    }
    for index in 0..plan.bodies.len() {
        if plan.bodies[index].schema.is_some() {
            // Bodies have more ways to be wrong than parameters.
            sites.extend(std::iter::repeat_n(CasePurpose::BreakBody(index), 3));
        }
    }
    match dice.pick(&sites) {
        Some(purpose) => CaseRecipe::new("broken", purpose.clone()),
        None => CaseRecipe::new("valid", CasePurpose::Plain),
    }
}

fn with_id(plan: &OperationPlan, recipe: CaseRecipe, dice: &mut Dice) -> CaseRecipe {
    let safe = is_safe(&plan.operation.head.method);
    if safe && !plan.resources.is_empty() && dice.chance(40) {
        let number = dice.index(plan.resources.len());
        return recipe.known(number);
    }
    if !plan.path_parameters().any(|i| plan.parameters[i].takes("x")) {
        return recipe;
    }
    // The longest ids cost most and show least.
    let kind = dice.pick(&KINDS).copied().unwrap_or(IdKind::Plain);
    let rare = matches!(kind, IdKind::VeryLong | IdKind::Long) || kind.is_border();
    if rare && dice.chance(75) {
        return recipe;
    }
    if kind.is_border() && !matches!(recipe.purpose, CasePurpose::Plain) {
        return recipe;
    }
    let label = if kind == IdKind::Plain {
        recipe.label.clone()
    } else {
        format!("{}, {}", recipe.label, kind.label())
    };
    CaseRecipe { label, ..recipe.id(kind) }
}

fn with_extras(plan: &OperationPlan, mut recipe: CaseRecipe, dice: &mut Dice) -> CaseRecipe {
    if dice.chance(15) {
        recipe = recipe.extra(extra_query(dice.index(4)));
    }
    if dice.chance(10) {
        let (_, bytes, fair) = odd_header(dice.index(6));
        recipe = recipe.extra(Extra::Header("x-counterpart-extra".into(), bytes)).fair(fair);
    }
    let headers: Vec<usize> =
        plan.parameters_at(ParameterPlace::Header).filter(|i| !plan.is_credential(*i)).collect();
    if dice.chance(20)
        && let Some(index) = dice.pick(&headers).copied()
        && !matches!(recipe.purpose, CasePurpose::BreakParameter(i) | CasePurpose::OmitParameter(i) if i == index)
    {
        if dice.chance(30) {
            recipe = recipe.extra(Extra::Doubled(index)).fair(&[400]);
        } else if plan.parameters[index].takes_any_text() {
            let (_, bytes, fair) = odd_header(dice.index(6));
            recipe = recipe.extra(Extra::HeaderParameter(index, bytes)).fair(fair);
        }
    }
    if plan.operation.request_body.is_none() && dice.chance(8) {
        recipe = recipe.extra(unasked_body(dice.index(3))).fair(&[400, 411, 413, 415]);
    }
    recipe
}
