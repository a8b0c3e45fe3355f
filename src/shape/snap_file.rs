//! insta's file format (`.snap`, `.snap.new`): a YAML front matter between `---` lines, then the text.
//!
//! Written by us, because insta has no public way to make one; insta's own reader is the referee in the tests.

use std::fmt::Write;

use crate::base::plain;

/// The `source` of all files written here: how they are told from other snapshots in the folder.
pub const SOURCE: &str = "counterpart snapshot";

/// A snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snap {
    /// One line for people.
    pub description: String,
    /// Facts by name.
    pub info: Vec<(String, String)>,
    /// The text.
    pub body: String,
}

impl Snap {
    /// A fact.
    #[must_use]
    pub fn info(&self, name: &str) -> Option<&str> {
        self.info.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The whole file.
    #[must_use]
    pub fn to_file(&self) -> String {
        let mut text = format!("---\nsource: {SOURCE}\ndescription: {}\n", scalar(&self.description));
        if !self.info.is_empty() {
            text.push_str("info:\n");
            for (name, value) in &self.info {
                let _ = writeln!(text, "  {name}: {}", scalar(value));
            }
        }
        let _ = write!(text, "---\n{}\n", self.body.trim_end());
        text
    }

    /// Reads a file, also after insta has written it anew. `None` for snapshots of others and for what is none.
    #[must_use]
    pub fn from_file(text: &str) -> Option<Self> {
        let text = text.replace("\r\n", "\n");
        let (front, body) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
        let mut snap = Self { body: body.trim_end().to_owned(), ..Self::default() };
        let mut ours = false;
        let mut in_info = false;
        for line in front.lines() {
            let (name, value) = line.split_once(':')?;
            let value = unscalar(value.trim());
            match name {
                _ if name.starts_with(' ') => {
                    if in_info {
                        snap.info.push((unscalar(name.trim()), value));
                    }
                    continue;
                }
                "source" => ours = value == SOURCE,
                "description" => snap.description = value,
                _ => {}
            }
            in_info = name == "info";
        }
        ours.then_some(snap)
    }
}

/// A YAML scalar in double quotes: JSON's strings are a part of YAML's (YAML 1.2 §1.3).
fn scalar(text: &str) -> String {
    plain::json(&serde_json::Value::from(text).to_string()).into_owned()
}

fn unscalar(text: &str) -> String {
    if text.starts_with('"') {
        return serde_json::from_str(text).unwrap_or_else(|_| text.to_owned());
    }
    match text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(quoted) => quoted.replace("''", "'"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn others_are_left_alone() {
        let other = "---\nsource: src/lib.rs\nexpression: x\n---\nbody\n";
        assert_eq!(Snap::from_file(other), None);
        for not in ["", "---\n", "body", "---\nsource: counterpart snapshot\n"] {
            assert_eq!(Snap::from_file(not), None, "{not}");
        }
    }

    #[test]
    fn what_insta_writes_anew_is_read() {
        let text = "---\nsource: counterpart snapshot\ndescription: GET /a → 200\ninfo:\n  status: '200'\n  \
            contract: \"A: \\\"b\\\"\"\n  media_type: application/json\nsnapshot_kind: text\n---\nbody\r\n---\nmore\n";
        let snap = Snap::from_file(text).unwrap();
        assert_eq!((snap.info("status"), snap.info("contract")), (Some("200"), Some("A: \"b\"")));
        assert_eq!((snap.description.as_str(), snap.body.as_str()), ("GET /a → 200", "body\n---\nmore"));
    }

    proptest! {
        #[test]
        fn files_are_read_as_written(description in ".{0,20}", value in ".{0,20}", body in "[a-z:\"'\\-\\\\ {}#]{0,12}(\n[a-z\\-]{1,6}){0,3}") {
            let body = body.trim_end().to_owned();
            let snap = Snap { description, info: vec![("fact".into(), value)], body };
            prop_assert_eq!(Snap::from_file(&snap.to_file()), Some(snap));
        }
    }
}
