//! The command line: one file per subcommand; arguments → settings → call → exit code.
//!
//! What a user may set comes from four layers, the first that speaks wins: the flag, the environment variable
//! `COUNTERPART_<FLAG>`, `counterpart.toml`, the default ([`layers`]).

pub mod args;
pub mod check;
mod color;
pub mod completions;
pub mod config;
mod declarations;
pub mod env;
pub mod error;
pub mod example;
pub mod exit;
mod given;
pub mod layers;
pub mod merge;
pub mod mock;
pub mod outgoing;
pub mod permission;
pub mod printer;
pub mod replay;
pub mod review;
pub mod run;
pub mod serving;
pub mod signals;
pub mod snapshot;
pub mod spec;
pub mod target;
pub mod test;

pub use color::ColorChoice;
pub use env::Env;
pub use error::CliError;
pub use exit::Exit;
pub use printer::Printer;
pub use run::{main, run};
