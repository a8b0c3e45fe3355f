//! The rules, one file for each or for a small family.

use crate::lint::rule::Rule;

pub mod encoding;
pub mod examples;
pub mod expressions;
pub mod identifiers;
pub mod keywords;
pub mod links;
pub mod loading;
pub mod names;
pub mod paths;
pub mod patterns;
pub mod references;
pub mod responses;
pub mod satisfiable;
pub mod schemas;
pub mod security;
pub mod servers;
pub mod structure;

/// All rules, by file.
pub const ALL: [&[Rule]; 17] = [
    std::slice::from_ref(&structure::RULE),
    &references::RULES,
    &paths::RULES,
    &responses::RULES,
    &identifiers::RULES,
    &examples::RULES,
    &satisfiable::RULES,
    &security::RULES,
    &patterns::RULES,
    &links::RULES,
    &schemas::RULES,
    &servers::RULES,
    &keywords::RULES,
    &names::RULES,
    &expressions::RULES,
    &encoding::RULES,
    &loading::RULES,
];

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    ALL.into_iter().flatten()
}
