//! What the user lets the cases use and destroy.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Seed;
use crate::base::secret::{RedactorBuilder, Secret, is_harmless_header};
use crate::contract::{OperationIndex, ParameterPlace};

/// What may be destroyed at the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Destructive {
    /// What can change or destroy goes only to resources that the run was given or made, and to ids that nobody can have.
    #[default]
    Owned,
    /// Anything.
    All,
    /// Safe methods only (RFC 9110 §9.2.1), and those not where a name says that they act.
    None,
}

/// An id that the run may use, and destroy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownId {
    /// The path parameter.
    pub parameter: String,
    /// Its text before encoding.
    pub value: String,
    /// Parameters that must go with it (the account it belongs to): place, name, text.
    pub with: Vec<(ParameterPlace, String, String)>,
    /// Known to be alive when the run starts.
    pub live: bool,
}

/// The settings of a [`super::CaseMaker`].
#[derive(Clone, Debug, Default)]
pub struct CaseSettings {
    /// Everything is drawn from it.
    pub seed: Option<Seed>,
    /// What may be destroyed.
    pub destructive: Destructive,
    /// Operations for which anything goes, whatever `destructive` says.
    pub allowed: BTreeSet<OperationIndex>,
    /// Ids by path parameter.
    pub known: Vec<KnownId>,
    /// Header fields for every request: name and value.
    pub headers: Vec<(String, Secret)>,
    /// Credentials by security scheme.
    pub credentials: BTreeMap<String, Secret>,
}

impl CaseSettings {
    /// The seed, 0 when none was set.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.seed.unwrap_or(Seed(0))
    }

    /// What ids that nobody has start with: drawn from the seed, so that a run can be repeated, and long enough
    /// that no foreign record starts with it by chance.
    #[must_use]
    pub fn prefix(&self) -> String {
        prefix(self.seed())
    }

    /// The text given for a header of every request.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Secret> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The headers that hold secrets: all but a few that are known to be harmless.
    pub fn secret_headers(&self) -> impl Iterator<Item = &(String, Secret)> {
        self.headers.iter().filter(|(name, _)| !is_harmless_header(name))
    }

    /// Fills what masks with all that the user gave: `header:NAME`, `auth:SCHEME`.
    #[must_use]
    pub fn redactor(&self, builder: RedactorBuilder) -> RedactorBuilder {
        let builder = self.secret_headers().fold(builder, |builder, (name, secret)| {
            builder.field(name).secret(&format!("header:{name}"), secret)
        });
        self.credentials
            .iter()
            .fold(builder, |builder, (name, secret)| builder.secret(&format!("auth:{name}"), secret))
    }

    /// What the user gave under such a label.
    #[must_use]
    pub fn secret(&self, label: &str) -> Option<&Secret> {
        match label.split_once(':')? {
            ("header", name) => self.header(name),
            ("auth", scheme) => self.credentials.get(scheme),
            _ => None,
        }
    }

    /// True when requests of this method may not go to resources of others.
    #[must_use]
    pub fn guards(&self, method: &str) -> bool {
        self.destructive != Destructive::All && !is_safe(method)
    }

    /// What may be destroyed by the operation's own method.
    #[must_use]
    pub fn destructive(&self, operation: OperationIndex) -> Destructive {
        if self.allowed.contains(&operation) { Destructive::All } else { self.destructive }
    }
}

/// What ids that nobody has start with in a run with this seed.
pub(super) fn prefix(seed: Seed) -> String {
    format!("cp{:016x}-", seed.derive("prefix").0)
}

/// RFC 9110 §9.2.1; `QUERY` is safe by its own draft.
#[must_use]
pub fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY")
}

/// A known resource: values for the path's parameters, and what must go with them.
#[derive(Clone, Debug)]
pub(super) struct KnownResource {
    pub(super) ids: Vec<KnownId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_follows_the_seed() {
        let with = |n| CaseSettings { seed: Some(Seed(n)), ..CaseSettings::default() }.prefix();
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
        assert_eq!(with(1).len(), 19);
    }

    #[test]
    fn only_unsafe_methods_are_guarded() {
        let mut settings = CaseSettings::default();
        assert!(settings.guards("DELETE") && settings.guards("PATCH") && !settings.guards("GET"));
        settings.destructive = Destructive::All;
        assert!(!settings.guards("DELETE"));
    }
}
