//! The one integration binary: a module per topic, shared helpers in `support`.

mod command_line;
mod house;
mod support;
