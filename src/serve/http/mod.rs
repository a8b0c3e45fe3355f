//! Requests off the wire and answers onto it, by actix: listening, connections and their time limits, bodies and their
//! budgets, and answers that break off as a fault asks.

pub(super) mod bind;
mod exchange;
mod mishap;
mod patience;
mod pool;
mod reading;
