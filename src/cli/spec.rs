//! `SPEC`: a path, a URL, `-` for standard input, or left out for the embedded contract.

use clap::Args;

/// The contract's place on the command line.
#[derive(Clone, Debug, Default, Args)]
pub struct SpecArgs {
    /// The contract: a path, a URL, `-` for standard input; without it, the embedded one
    #[arg(value_name = "SPEC")]
    pub spec: Option<String>,
}
