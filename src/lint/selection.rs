//! Which rules a user asks for.

use crate::document::files::nearest;
use crate::lint::rule::Rule;
use crate::lint::rules;

/// Which rules count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these, when there are any.
    only: Vec<String>,
    /// None of these.
    without: Vec<String>,
}

impl Selection {
    /// Reads a list such as `structure,unresolvable-ref` (only these) or `-example` (all but these).
    ///
    /// # Errors
    /// The name that no rule has, with the nearest one that there is.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut selection = Self::default();
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let (into, name) = match name.strip_prefix('-') {
                Some(name) => (&mut selection.without, name),
                None => (&mut selection.only, name),
            };
            find(name)?;
            into.push(name.to_owned());
        }
        Ok(selection)
    }

    /// True when what that rule finds counts.
    #[must_use]
    pub fn takes(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == rule);
        (self.only.is_empty() || named(&self.only)) && !named(&self.without)
    }
}

/// The rule of that name.
///
/// # Errors
/// A sentence with the nearest name when there is none.
pub fn find(name: &str) -> Result<&'static Rule, String> {
    let found = rules::all().find(|rule| rule.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = rules::all().map(|rule| rule.name).collect();
        match nearest(name, &names) {
            Some(near) => format!("there is no rule `{name}`; did you mean `{near}`?"),
            None => format!("there is no rule `{name}`"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_selected_by_name() {
        let only = Selection::parse("structure, unresolvable-ref").unwrap();
        assert!(only.takes("structure") && !only.takes("example"));
        let without = Selection::parse("-example").unwrap();
        assert!(without.takes("structure") && !without.takes("example"));
        assert!(Selection::parse("exampel").unwrap_err().contains("did you mean `example`"));
    }

    #[test]
    fn names_are_unique_and_explained() {
        let mut names: Vec<&str> = rules::all().map(|rule| rule.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for rule in rules::all() {
            assert!(!rule.summary.is_empty() && rule.explanation.len() > 40, "{}", rule.name);
        }
    }
}
