//! The folder where snapshots are kept: what is accepted (`.snap`), and what waits for a review (`.snap.new`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::base::files::{self, Access};
use crate::base::limits::SNAP_FILE_BYTES_MAX;
use crate::shape::snap_file::Snap;

/// A folder of snapshots.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

/// In which way a snapshot differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// None was kept.
    Added,
    /// Another one was kept.
    Changed,
    /// The kept one was not seen this time.
    Gone,
}

/// A difference between what is kept and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The name of its file, without the ending.
    pub name: String,
    /// In which way.
    pub kind: ChangeKind,
    /// What is kept.
    pub old: Option<Snap>,
    /// What was seen.
    pub new: Option<Snap>,
}

impl Change {
    /// One line for people.
    #[must_use]
    pub fn title(&self) -> &str {
        self.new.as_ref().or(self.old.as_ref()).map_or("", |snap| snap.description.as_str())
    }

    /// The difference as text.
    #[must_use]
    pub fn diff(&self, color: bool) -> String {
        let body = |snap: &Option<Snap>| snap.as_ref().map_or_else(String::new, |snap| snap.body.clone());
        super::diff::render(&body(&self.old), &body(&self.new), color)
    }
}

impl Shelf {
    /// The shelf in `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn accepted_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.snap"))
    }

    fn pending_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.snap.new"))
    }

    /// Our files with that ending, by name.
    fn read(&self, ending: &str) -> io::Result<BTreeMap<String, Snap>> {
        let mut found = BTreeMap::new();
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let file = entry.file_name();
            let Some(name) = file.to_str().and_then(|file| file.strip_suffix(ending)) else { continue };
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{file:?}: {error}"));
            let bytes = files::read(&entry.path(), SNAP_FILE_BYTES_MAX).map_err(named)?;
            // Not UTF-8: none of ours.
            let Ok(text) = String::from_utf8(bytes) else { continue };
            if let Some(snap) = Snap::from_file(&text) {
                found.insert(name.to_owned(), snap);
            }
        }
        Ok(found)
    }

    /// What is accepted, by name.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn accepted(&self) -> io::Result<BTreeMap<String, Snap>> {
        self.read(".snap")
    }

    /// How `seen` differs from what is accepted for that contract; sorted by name.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn compare(&self, seen: &BTreeMap<String, Snap>, contract: &str) -> io::Result<Vec<Change>> {
        let mut kept = self.accepted()?;
        kept.retain(|name, snap| seen.contains_key(name) || snap.info("contract") == Some(contract));
        let mut changes = Vec::new();
        for (name, new) in seen {
            let old = kept.remove(name);
            let kind = match &old {
                Some(old) if old.body == new.body => continue,
                Some(_) => ChangeKind::Changed,
                None => ChangeKind::Added,
            };
            changes.push(Change { name: name.clone(), kind, old, new: Some(new.clone()) });
        }
        let gone = kept.into_iter().map(|(name, old)| Change {
            name,
            kind: ChangeKind::Gone,
            old: Some(old),
            new: None,
        });
        changes.extend(gone);
        changes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(changes)
    }

    /// What waits for a review.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn pending(&self) -> io::Result<Vec<Change>> {
        let mut accepted = self.accepted()?;
        let pending = self.read(".snap.new")?;
        Ok(pending
            .into_iter()
            .map(|(name, new)| {
                let old = accepted.remove(&name);
                let kind = if old.is_some() { ChangeKind::Changed } else { ChangeKind::Added };
                Change { name, kind, old, new: Some(new) }
            })
            .collect())
    }

    /// Writes a change down for review. What is gone can't be written down: insta has no file for it.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn propose(&self, change: &Change) -> io::Result<()> {
        let Some(new) = &change.new else { return Ok(()) };
        files::write(&self.pending_path(&change.name), new.to_file().as_bytes(), Access::Usual)
    }

    /// Accepts a change: what was seen is what is kept from now on.
    ///
    /// # Errors
    /// When a file can't be written or removed.
    pub fn accept(&self, change: &Change) -> io::Result<()> {
        match &change.new {
            Some(new) => {
                files::write(&self.accepted_path(&change.name), new.to_file().as_bytes(), Access::Usual)?;
            }
            None => remove(&self.accepted_path(&change.name))?,
        }
        self.reject(&change.name)
    }

    /// Drops what waits for a review under that name.
    ///
    /// # Errors
    /// When the file can't be removed.
    pub fn reject(&self, name: &str) -> io::Result<()> {
        remove(&self.pending_path(name))
    }
}

/// Removes a file; one that is not there is removed already.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snap(contract: &str, body: &str) -> Snap {
        Snap { description: "d".into(), info: vec![("contract".into(), contract.into())], body: body.into() }
    }

    fn seen(of: &[(&str, &str)]) -> BTreeMap<String, Snap> {
        of.iter().map(|(name, body)| ((*name).to_owned(), snap("c", body))).collect()
    }

    #[test]
    fn changes_are_proposed_accepted_and_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path().join("deep/snapshots"));
        assert_eq!(shelf.compare(&BTreeMap::new(), "c").unwrap(), []);
        for change in shelf.compare(&seen(&[("a", "1"), ("b", "1")]), "c").unwrap() {
            assert_eq!(change.kind, ChangeKind::Added);
            shelf.accept(&change).unwrap();
        }
        let changes = shelf.compare(&seen(&[("a", "2"), ("d", "1")]), "c").unwrap();
        let kinds: Vec<_> = changes.iter().map(|c| (c.name.as_str(), c.kind)).collect();
        assert_eq!(kinds, [("a", ChangeKind::Changed), ("b", ChangeKind::Gone), ("d", ChangeKind::Added)]);
        changes.iter().for_each(|change| shelf.propose(change).unwrap());
        let pending = shelf.pending().unwrap();
        assert_eq!(pending.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["a", "d"]);
        assert_eq!(pending[0].diff(false), "- 1\n+ 2\n");
        shelf.accept(&pending[0]).unwrap();
        shelf.reject("d").unwrap();
        shelf.reject("d").unwrap();
        shelf.accept(&changes[1]).unwrap();
        assert_eq!(shelf.pending().unwrap(), []);
        let kept = shelf.accepted().unwrap();
        assert_eq!((kept.len(), kept["a"].body.as_str()), (1, "2"));
    }

    #[test]
    fn snapshots_of_others_are_not_gone() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path());
        let other =
            Change { name: "o".into(), kind: ChangeKind::Added, old: None, new: Some(snap("other", "1")) };
        shelf.accept(&other).unwrap();
        fs::write(folder.path().join("x.snap"), "---\nsource: a.rs\n---\nbody\n").unwrap();
        fs::write(folder.path().join("y.snap"), [0xff]).unwrap();
        assert_eq!(shelf.compare(&BTreeMap::new(), "c").unwrap(), []);
        assert!(shelf.compare(&BTreeMap::new(), "other").unwrap()[0].kind == ChangeKind::Gone);
    }
}
