//! What a user may type: the whole command line as data. Completions and man pages come from the same definition.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::cli::{self, ColorChoice};

/// One API contract, two counterparts: the server for client teams, the client for servers.
#[derive(Debug, Parser)]
#[command(name = "counterpart", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Examples:\n  \
    counterpart mock                                 serve the embedded contract on 127.0.0.1:4010\n  \
    counterpart mock openapi.yaml --port 0           serve your own on a free port\n  \
    counterpart test openapi.yaml --url URL          prove a server against its contract\n  \
    counterpart snapshot openapi.yaml --url URL      record the shapes of its answers\n\n\
    Every flag is also a key of counterpart.toml and an environment variable COUNTERPART_<FLAG>.\n\
    Exit codes: 0 fine, 1 contract violated, 2 wrong usage or contract, 3 nothing was tested,\n\
    130 interrupted (129 hung up, 143 terminated).")]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// The configuration file; without it, `counterpart.toml` is searched upwards from the working folder
    #[arg(long, value_name = "FILE", global = true, help_heading = "General")]
    pub config: Option<PathBuf>,
    /// Print results and errors only
    #[arg(short, long, global = true, help_heading = "General")]
    pub quiet: bool,
    /// Print more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "General")]
    pub verbose: u8,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true, help_heading = "General")]
    pub color: ColorChoice,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the contract as a stateful mock
    Mock(Box<cli::mock::Args>),
    /// Fire generated requests at a server and check every answer
    Test(Box<cli::test::Args>),
    /// Record the shapes of a server's answers, or compare with the recorded ones
    Snapshot(Box<cli::snapshot::Args>),
    /// Show each changed snapshot and accept, reject or skip it
    Review(Box<cli::review::Args>),
    /// Validate contracts: every finding with file, line, column and a hint
    Check(Box<cli::check::Args>),
    /// Print generated requests and responses of an operation
    Example(Box<cli::example::Args>),
    /// Send saved failing cases again
    Replay(Box<cli::replay::Args>),
    /// Join the JSON reports of shards
    Merge(Box<cli::merge::Args>),
    /// Print a completion script for a shell
    Completions(cli::completions::Args),
    /// Print the manual page of a command
    Man(cli::completions::ManArgs),
}
