//! Following references: from what is written to a file and a pointer in it, within what is allowed.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::Value;

use crate::base::Pointer;
use crate::base::limits::DOCUMENT_FILES_MAX;
use crate::document::file::{Address, File};
use crate::document::files::{Files, nearest, read_file};
use crate::document::load::shown_url;
use crate::document::location::{FileId, Location};
use crate::document::uri;

impl Files {
    /// Where a reference leads, or why it doesn't.
    pub(super) fn lead(&self, from: &Location, reference: &str) -> Result<Location, String> {
        let (address, fragment) = uri::split(reference);
        if let Some(number) = address.strip_prefix(ABSOLUTE).and_then(|n| n.parse().ok()) {
            return self.at_fragment(FileId(number), &Pointer::root(), fragment);
        }
        let file = self.file(from.file).ok_or("its file is unknown")?;
        let ids = file.ids();
        let (resource, id) =
            if ids.is_empty() { (Pointer::root(), None) } else { ids.resource(&from.pointer) };
        if address.is_empty() {
            let found = self.at_fragment(from.file, &resource, fragment);
            return found.or_else(|reason| within_schema(&file, from, fragment).ok_or(reason));
        }
        let target = id.map_or_else(|| address.to_owned(), |id| uri::join(id, address));
        if let Some((file, root)) = self.by_id(from.file, &target) {
            return self.at_fragment(file, &root, fragment);
        }
        let id = self.load(&file, address).map_err(|reason| match meant_inside(&file, reference) {
            Some(inside) => format!("{reason}; did you mean `{inside}`?"),
            None => reason,
        })?;
        self.at_fragment(id, &Pointer::root(), fragment)
    }

    /// A schema resource by identifier, in this file first, then in the others that are loaded.
    fn by_id(&self, first: FileId, id: &str) -> Option<(FileId, Pointer)> {
        if !self.has_ids.load(Ordering::Relaxed) {
            return None;
        }
        let files = self.all();
        let others = (0..files.len()).filter(|n| *n != first.0 as usize);
        std::iter::once(first.0 as usize).chain(others).find_map(|n| {
            let ids = files.get(n)?.ids();
            let root = ids.by_id(id)?;
            Some((FileId(u32::try_from(n).unwrap_or(0)), root.clone()))
        })
    }

    fn at_fragment(&self, id: FileId, resource: &Pointer, fragment: &str) -> Result<Location, String> {
        let file = self.file(id).ok_or("its file is unknown")?;
        let fragment = uri::decode(fragment);
        if let Some(pointer) = Pointer::parse(&fragment) {
            let inner = resource.concat(&pointer);
            // `#/` names the member with the empty name, but nearly always the whole document is meant.
            let whole = (fragment == "/").then(Pointer::root);
            for pointer in [Some(inner), Some(pointer), whole].into_iter().flatten() {
                if pointer.lookup(&file.root).is_some() {
                    return Ok(Location::new(id, pointer));
                }
            }
            return Err(missing(&file, &fragment));
        }
        match file.ids().anchor(resource, &fragment) {
            Some(pointer) => Ok(Location::new(id, pointer)),
            None => Err(format!("there is no anchor `{fragment}` in {}", file.name)),
        }
    }

    /// The file that `reference` (without fragment) names, seen from `from`.
    fn load(&self, from: &File, reference: &str) -> Result<FileId, String> {
        let (address, name) = self.address(from, reference)?;
        if let Some(known) = self.known().get(&address) {
            return known.clone();
        }
        if self.known().len() >= DOCUMENT_FILES_MAX {
            return Err(format!("the contract has more than {DOCUMENT_FILES_MAX} files"));
        }
        let loaded = self.fetch(&address).and_then(|bytes| {
            self.add_bytes(name, address.clone(), bytes).map_err(|diagnostic| {
                let place = self.diagnostic_place(&diagnostic);
                format!("{place}: {}", diagnostic.message)
            })
        });
        self.known().insert(address, loaded.clone());
        loaded
    }

    pub(super) fn address(&self, from: &File, reference: &str) -> Result<(Address, String), String> {
        let scheme = uri::scheme(reference);
        let url = match (&from.address, scheme.as_deref()) {
            (_, Some("http" | "https")) => Some(reference.to_owned()),
            (_, Some("file")) => None,
            (_, Some(other)) => return Err(format!("`{other}:` references can't be loaded")),
            (Address::Url(base), None) => Some(uri::join(base, reference)),
            _ => None,
        };
        if let Some(url) = url {
            if !self.options.allow_remote_refs {
                return Err("it leads to the network; --allow-remote-refs allows that".to_owned());
            }
            let name = shown_url(&url);
            return Ok((Address::Url(url), name));
        }
        let reference = reference.strip_prefix("file://").unwrap_or(reference);
        let relative = PathBuf::from(uri::decode(reference.split('?').next().unwrap_or_default()));
        let (base, shown) = match &from.address {
            Address::Path(path) => (path.parent(), Path::new(&from.name).parent()),
            _ => (self.folder.as_deref(), Some(Path::new(""))),
        };
        let Some(base) = base else {
            return Err("this contract has no folder that files could be looked for in".to_owned());
        };
        let wanted = uri::normal(&base.join(&relative));
        let name = uri::normal(&shown.unwrap_or(Path::new("")).join(&relative)).display().to_string();
        // Before anything is read or even looked at: where it would be. Symbolic links are resolved next.
        self.stay_inside(&wanted)?;
        let real = std::fs::canonicalize(&wanted).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no file {name}"),
            _ => format!("{name} can't be read: {error}"),
        })?;
        self.stay_inside(&real)?;
        Ok((Address::Path(real), name))
    }

    fn stay_inside(&self, path: &Path) -> Result<(), String> {
        let inside = self.folder.as_ref().is_some_and(|folder| path.starts_with(folder));
        if inside || self.options.allow_refs_outside {
            return Ok(());
        }
        Err("it leads out of the contract's folder; --allow-refs-outside allows that".to_owned())
    }

    pub(crate) fn fetch(&self, address: &Address) -> Result<Vec<u8>, String> {
        match address {
            Address::Text => Err("it has no address".to_owned()),
            Address::Path(path) => read_file(path),
            Address::Url(url) => match &self.options.fetch {
                Some(fetch) => fetch(url),
                None => Err("URLs can't be fetched here".to_owned()),
            },
        }
    }
}

/// A generator of contracts writes `#/properties/parent` and means: of the schema that the reference stands in.
fn within_schema(file: &File, from: &Location, fragment: &str) -> Option<Location> {
    let fragment = uri::decode(fragment);
    if !["/properties/", "/items", "/$defs/", "/definitions/"].iter().any(|start| fragment.starts_with(start))
    {
        return None;
    }
    let pointer = Pointer::parse(&fragment)?;
    let mut ancestors = Vec::new();
    let mut at = Some(from.pointer.clone());
    while let Some(here) = at {
        at = here.parent();
        ancestors.push(here);
    }
    let outermost = ancestors.iter().rev().map(|root| root.concat(&pointer));
    let found = outermost.into_iter().find(|at| at.lookup(&file.root).is_some())?;
    Some(Location::new(from.file, found))
}

/// What in the same document a reference to a file that is not there may have meant: a pointer without its `#`, or a
/// bare name that some map of the document has.
fn meant_inside(file: &File, reference: &str) -> Option<String> {
    let bare = reference.trim_start_matches('/');
    let pointer = Pointer::parse(&format!("/{bare}"))?;
    if pointer.lookup(&file.root).is_some() {
        return Some(format!("#{pointer}"));
    }
    if bare.contains(['/', '.', '#']) {
        return None;
    }
    let maps = |value: &'_ Value, at: &Pointer| -> Vec<Pointer> {
        value.as_object().into_iter().flat_map(|map| map.keys()).map(|key| at.join(key)).collect()
    };
    let outer = maps(&file.root, &Pointer::root());
    let inner = outer.iter().filter_map(|at| Some(maps(at.lookup(&file.root)?, at))).flatten();
    let found = outer.iter().cloned().chain(inner.collect::<Vec<_>>()).map(|at| at.join(bare));
    let mut found = found.into_iter().filter(|at| at.lookup(&file.root).is_some_and(Value::is_object));
    let first = found.next()?;
    found.next().is_none().then(|| format!("#{first}"))
}

/// The scheme of references to a file by its number; only derived trees have them.
const ABSOLUTE: &str = "counterpart-file:";

/// A reference that leads to `at` from every file.
#[must_use]
pub fn absolute(at: &Location) -> String {
    format!("{ABSOLUTE}{}#{}", at.file.0, uri::encode(at.pointer.as_str()))
}

/// Says what is missing, and what there is of a similar name.
fn missing(file: &File, fragment: &str) -> String {
    let pointer = Pointer::parse(fragment).unwrap_or_default();
    let mut parent = Pointer::root();
    for token in pointer.tokens() {
        let here = parent.join(&token);
        if here.lookup(&file.root).is_none() {
            let siblings = match parent.lookup(&file.root) {
                Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
                _ => Vec::new(),
            };
            let at = if parent.is_root() { file.name.clone() } else { format!("{}#{parent}", file.name) };
            return match nearest(&token, &siblings) {
                Some(near) => format!("there is no `{token}` in {at}; did you mean `{near}`?"),
                None => format!("there is no `{token}` in {at}"),
            };
        }
        parent = here;
    }
    format!("there is nothing at `{fragment}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::{CONTRACT_BYTES_MAX, DOCUMENT_BYTES_MAX};
    use crate::document::LoadOptions;

    fn files(folder: Option<PathBuf>) -> Files {
        let files = Files::new(LoadOptions::default(), folder);
        files.add_bytes("x".to_owned(), Address::Text, b"{\"a\": 1}".to_vec()).unwrap();
        files
    }

    #[test]
    fn files_end_at_their_limits() {
        let folder = tempfile::tempdir().unwrap();
        let real = std::fs::canonicalize(folder.path()).unwrap();
        std::fs::File::create(real.join("big.yaml")).unwrap().set_len(DOCUMENT_BYTES_MAX as u64 + 1).unwrap();
        std::fs::write(real.join("small.yaml"), "a: 1").unwrap();
        let files = files(Some(real));
        let from = Location::default();
        assert!(files.resolve(&from, "big.yaml").unwrap_err().to_string().contains("more than"));
        for n in 0..DOCUMENT_FILES_MAX {
            files.known().insert(Address::Url(n.to_string()), Ok(FileId(0)));
        }
        assert!(files.resolve(&from, "small.yaml#/a").unwrap_err().to_string().contains("files"));
    }

    #[test]
    fn a_contract_ends_at_its_size() {
        let files = files(None);
        files.bytes.store(CONTRACT_BYTES_MAX, Ordering::Relaxed);
        let refused = files.add_bytes("y".to_owned(), Address::Text, b"{}".to_vec()).unwrap_err();
        assert_eq!(refused.rule, "too-large");
    }

    #[test]
    fn what_is_missing_is_said_with_what_is_alike() {
        let files = files(None);
        let reason = files.resolve(&Location::default(), "#/A").unwrap_err().to_string();
        assert!(reason.contains("there is no `A` in x; did you mean `a`?"), "{reason}");
        assert!(files.resolve(&Location::default(), "y.yaml").unwrap_err().to_string().contains("no folder"));
    }

    #[test]
    fn a_fragment_that_is_only_a_slash_means_the_whole() {
        assert_eq!(files(None).resolve(&Location::default(), "#/").unwrap(), Location::default());
    }
}
