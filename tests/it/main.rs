//! The one integration binary: a module per topic, shared helpers in `support`.

mod client;
mod command_line;
mod house;
mod document;
mod suite;
mod support;
