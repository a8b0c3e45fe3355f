//! Plans: sets of schemas that one instance must fulfil, worked out once and drawn from many times.
//!
//! A plan's alternatives are conjunctions; the plans of their parts (properties, items) are known by number and worked
//! out when they are first needed, which is what makes recursion possible. Each alternative knows how high the lowest
//! value is that fulfils it; one that could only be fulfilled by an endless value is dropped.

mod base;
mod conflict;
pub(crate) mod equal;
mod expand;
pub(crate) mod kind;
pub(crate) mod model;
mod negate;
pub(crate) mod node;
mod planner;
mod shelf;
pub(crate) mod table;
mod weight;

pub(crate) use model::{Alternative, ENDLESS, Limit, Plan};
pub(crate) use planner::Planner;
