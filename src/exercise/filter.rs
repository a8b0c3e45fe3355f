//! Which operations are tested: `--include` and `--exclude key=value`.

use regex::Regex;

use crate::contract::OperationHead;

/// What a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The operation's id.
    Operation,
    /// The method.
    Method,
    /// The path as written.
    Path,
    /// Any of the tags.
    Tag,
}

#[derive(Clone, Debug)]
enum Wanted {
    Text(String),
    Pattern(Regex),
}

/// One `key=value`.
#[derive(Clone, Debug)]
pub struct Filter {
    key: Key,
    wanted: Wanted,
}

/// Why a filter can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No `=`, or an unknown key.
    #[error("`{0}` is no filter: write operation=…, method=…, path=… or tag=…")]
    Form(String),
    /// The pattern between the slashes is no regular expression.
    #[error("`{0}` is no regular expression: {1}")]
    Pattern(String, String),
}

impl std::str::FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let form = || FilterError::Form(text.to_owned());
        let (key, value) = text.split_once('=').ok_or_else(form)?;
        let key = match key {
            "operation" => Key::Operation,
            "method" => Key::Method,
            "path" => Key::Path,
            "tag" => Key::Tag,
            _ => return Err(form()),
        };
        let pattern =
            value.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|p| !p.is_empty());
        // A path starts with a slash as well, and may end with one: there only `/^…/` and the like mean a pattern.
        let is_pattern =
            |p: &str| key != Key::Path || p.contains(['^', '$', '*', '+', '|', '\\', '(', '[', '.']);
        let wanted = match pattern.filter(|p| is_pattern(p)) {
            Some(pattern) => Wanted::Pattern(
                Regex::new(pattern).map_err(|e| FilterError::Pattern(pattern.to_owned(), e.to_string()))?,
            ),
            None => Wanted::Text(value.to_owned()),
        };
        Ok(Self { key, wanted })
    }
}

impl Filter {
    /// True when the operation fits.
    #[must_use]
    pub fn matches(&self, head: &OperationHead) -> bool {
        let fits = |text: &str| match &self.wanted {
            Wanted::Text(wanted) if self.key == Key::Method => wanted.eq_ignore_ascii_case(text),
            Wanted::Text(wanted) => wanted == text,
            Wanted::Pattern(pattern) => pattern.is_match(text),
        };
        match self.key {
            Key::Operation => fits(&head.id),
            Key::Method => fits(&head.method),
            Key::Path => fits(&head.path),
            Key::Tag => head.tags.iter().any(|tag| fits(tag)),
        }
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = match self.key {
            Key::Operation => "operation",
            Key::Method => "method",
            Key::Path => "path",
            Key::Tag => "tag",
        };
        match &self.wanted {
            Wanted::Text(text) => write!(f, "{key}={text}"),
            Wanted::Pattern(pattern) => write!(f, "{key}=/{pattern}/"),
        }
    }
}

/// All filters of a run.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// An operation must fit one of these, when there are any.
    pub include: Vec<Filter>,
    /// And none of these.
    pub exclude: Vec<Filter>,
}

impl Filters {
    /// True when the operation is to be tested.
    #[must_use]
    pub fn take(&self, head: &OperationHead) -> bool {
        (self.include.is_empty() || self.include.iter().any(|f| f.matches(head)))
            && !self.exclude.iter().any(|f| f.matches(head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OperationIndex;
    use crate::document::Location;

    fn head() -> OperationHead {
        OperationHead {
            index: OperationIndex(0),
            method: "DELETE".into(),
            path: "/pets/{id}".into(),
            id: "deletePet".into(),
            tags: vec!["pets".into(), "v2".into()],
            location: Location::default(),
        }
    }

    fn takes(include: &[&str], exclude: &[&str]) -> bool {
        let read = |texts: &[&str]| texts.iter().map(|t| t.parse().unwrap()).collect();
        Filters { include: read(include), exclude: read(exclude) }.take(&head())
    }

    #[test]
    fn filters_take_texts_and_patterns() {
        assert!(takes(&[], &[]));
        assert!(takes(&["method=delete"], &[]) && !takes(&["method=get"], &[]));
        assert!(
            takes(&["path=/pets/{id}"], &[])
                && takes(&["path=/^.pets/"], &[])
                && !takes(&["path=/pets/"], &[])
        );
        assert!(takes(&["operation=/^delete/", "tag=none"], &[]) && !takes(&[], &["tag=v2"]));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in ["delete", "colour=red", "operation=/(/"] {
            assert!(text.parse::<Filter>().is_err(), "{text}");
        }
    }
}
