//! `counterpart`: one API contract, two counterparts. It plays the server for client teams and the client for servers.
//!
//! The rooms, by level (a room imports only from lower ones; `tests/it/house.rs` checks it):
//!
//! | level | rooms |
//! |---|---|
//! | 7 | [`cli`] |
//! | 6 | [`report`], [`ui`] |
//! | 5 | [`exercise`], [`shape`], [`serve`] |
//! | 4 | [`mock`], [`client`], [`generate`], [`check`], [`lint`] |
//! | 3 | [`resource`], [`validate`], [`wire`], [`framework`] |
//! | 2 | [`contract`], [`schema`] |
//! | 1 | [`document`] |
//! | 0 | [`base`] |

pub mod base;
pub mod check;
pub mod cli;
pub mod client;
pub mod contract;
pub mod document;
pub mod exercise;
pub mod framework;
pub mod generate;
pub mod lint;
pub mod mock;
pub mod report;
pub mod resource;
pub mod schema;
pub mod serve;
pub mod shape;
pub mod ui;
pub mod validate;
pub mod wire;

pub use cli::outgoing::HttpSender;
pub use serve::{MockServer, RunningMock, ServeError};

/// The README's examples are compiled with the documentation's tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
