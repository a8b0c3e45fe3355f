//! The rules, one file for each or for a small family.

use crate::lint::rule::Rule;

pub mod examples;
pub mod identifiers;
pub mod links;
pub mod loading;
pub mod paths;
pub mod patterns;
pub mod references;
pub mod satisfiable;
pub mod schemas;
pub mod security;
pub mod servers;
pub mod structure;

/// All rules, by file.
pub const ALL: [&[Rule]; 12] = [
    std::slice::from_ref(&structure::RULE),
    &references::RULES,
    &paths::RULES,
    &identifiers::RULES,
    &examples::RULES,
    &satisfiable::RULES,
    &security::RULES,
    &patterns::RULES,
    &links::RULES,
    &schemas::RULES,
    &servers::RULES,
    &loading::RULES,
];

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    ALL.into_iter().flatten()
}
