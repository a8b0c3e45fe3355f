//! What a run may change or destroy at its target: `--destructive` and `--allow`.

use std::collections::BTreeSet;

use clap::ValueEnum;

use crate::cli::CliError;
use crate::contract::{OperationHead, OperationIndex};
use crate::exercise::Filter;
use crate::generate::case::{CaseSettings, Destructive};

/// What a run may change or destroy.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PermissionArgs {
    /// What may be changed and destroyed; without it `owned`, and `all` for the mock in this process
    #[arg(long, value_name = "WHAT", value_enum, help_heading = "Target")]
    pub destructive: Option<DestructiveArg>,
    /// Operations that may change and destroy anything all the same: operation, method, path or tag, as --include
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Target")]
    pub allow: Vec<Filter>,
}

/// The values of `--destructive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DestructiveArg {
    /// Only what the run made or was given with --ids, and ids that nobody has
    Owned,
    /// Anything
    All,
    /// Safe methods only, and no GET that acts
    None,
}

impl PermissionArgs {
    /// Puts it into the settings; `own` says that the whole target is the run's own.
    ///
    /// # Errors
    /// [`CliError::Usage`] for an `--allow` that fits no operation.
    pub fn apply(
        &self,
        settings: &mut CaseSettings,
        heads: &[OperationHead],
        own: bool,
    ) -> Result<(), CliError> {
        settings.destructive = match self.destructive {
            Some(DestructiveArg::Owned) => Destructive::Owned,
            Some(DestructiveArg::All) => Destructive::All,
            Some(DestructiveArg::None) => Destructive::None,
            None if own => Destructive::All,
            None => Destructive::Owned,
        };
        settings.allowed = self.allowed(heads)?;
        Ok(())
    }

    fn allowed(&self, heads: &[OperationHead]) -> Result<BTreeSet<OperationIndex>, CliError> {
        let mut allowed = BTreeSet::new();
        for filter in &self.allow {
            let fitting: BTreeSet<OperationIndex> =
                heads.iter().filter(|head| filter.matches(head)).map(|head| head.index).collect();
            if fitting.is_empty() {
                return Err(CliError::usage_hint(
                    format!("--allow {filter} fits no operation of the contract"),
                    "the lines `not sent` of a run say what to write",
                ));
            }
            allowed.extend(fitting);
        }
        Ok(allowed)
    }
}
