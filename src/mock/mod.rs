//! The server: router, answer, resources and their lifecycle, stores, faults, journal, control API.

pub mod clock;
pub mod cors;
pub mod fault;
pub mod journal;
pub mod prefer;
pub mod resource;
pub mod router;
pub mod store;
