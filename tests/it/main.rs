//! The one integration binary: a module per topic, shared helpers in `support`.

mod check;
mod client;
mod command_line;
mod control;
mod corpus;
mod document;
mod faults;
mod fuzz;
mod exercise;
mod house;
mod lax;
mod mock;
mod mock_command;
mod mock_sockets;
mod outside;
mod plain_http;
mod python;
mod reference;
mod snapshot;
mod suite;
mod support;
mod test_command;
mod validate;
mod wire;
mod values;
mod values_corpus;
