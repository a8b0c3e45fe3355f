//! What every store must do, tried on each of them; those that outlive the process are read back and compared.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::file::FileStore;
use super::record::{Pending, Record, Scope};
use super::target::{Contents, StateError};
use super::{Keeper, Store};
use crate::base::Seed;
use crate::base::clock::Clock;
use crate::contract::Info;
use crate::resource::{Resource, Resources};

/// A store with what it needs.
struct Kept {
    store: Store,
    clock: Clock,
    file: Option<FileStore>,
}

fn resources() -> Resources {
    let of = |name: &str, parents: &[&str]| Resource {
        name: name.to_owned(),
        item: format!("/{name}/{{id}}"),
        parents: parents.iter().map(|p| (*p).to_owned()).collect(),
        parameter: Some("id".to_owned()),
        ..Resource::default()
    };
    Resources { all: vec![of("pets", &[]), of("toys", &["pet"])], ..Resources::default() }
}

fn info() -> Info {
    Info { title: "Shop".to_owned(), version: "1".to_owned(), description: None, openapi: String::new() }
}

fn open(path: &Path) -> Result<(Kept, Contents), StateError> {
    let file = FileStore::open(path, &info(), &resources())?;
    let clock = Clock::new(file.started());
    let store = Store::kept(2, &file.keeper());
    let contents = if file.has_state() {
        file.load(&store, &clock, &resources())?
    } else {
        file.replace(&store, &clock)?;
        Contents::default()
    };
    Ok((Kept { store, clock, file: Some(file) }, contents))
}

/// Runs a test on each store; the second argument reads back what outlives the process.
fn on_each(test: impl Fn(Kept, &dyn Fn(Kept) -> Kept)) {
    let memory = Kept { store: Store::kept(2, &Keeper::Memory), clock: Clock::new(None), file: None };
    test(memory, &|kept| kept);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    test(open(&path).unwrap().0, &|kept| {
        drop(kept);
        open(&path).unwrap().0
    });
}

/// Everything that can be seen of a store.
fn seen(kept: &Kept) -> Vec<Value> {
    let mut seen = vec![json!(kept.clock.now()), json!(kept.store.last_number(0))];
    for resource in 0..2 {
        for entity in kept.store.all(resource) {
            let record = entity.lock(0).clone();
            assert_eq!((entity.is_deleted(), entity.is_gone()), (record.deleted, record.gone));
            seen.push(json!([
                resource,
                &*entity.id,
                entity.scope.tenant,
                entity.scope.parents,
                record.value,
                record.deleted,
                record.gone,
                record.pending,
                record.revision
            ]));
        }
    }
    seen
}

impl Kept {
    /// Something happens, which one is decided by `dice`.
    fn happen(&self, dice: Seed) {
        let draw = |name: &str, below: u64| dice.derive(name).0 % below;
        let resource = usize::try_from(draw("resource", 2)).unwrap();
        let tenant = [None, Some("a".to_owned()), Some("b".to_owned())][draw("tenant", 3) as usize].clone();
        let parents = if resource == 1 { vec![draw("parent", 2).to_string()] } else { Vec::new() };
        let scope = Scope { tenant, parents };
        let id = format!("ä\n\"{}", draw("id", 5));
        let now = self.clock.tick();
        match self.store.find(resource, &id, &scope) {
            None => {
                let number = self.store.next_number(resource);
                let Value::Object(value) = json!({"n": number, "text": "line\nbreak", "list": []}) else {
                    return;
                };
                self.store.insert(resource, &id, scope, &Record { value, ..Record::default() }).unwrap();
            }
            Some(entity) => {
                let mut record = entity.lock(now);
                record.revision += 1;
                match draw("what", 4) {
                    0 => record.deleted = !record.deleted,
                    1 => record.gone = !record.gone,
                    2 => record.plan([Pending { due: now + 3, property: "list".into(), value: json!(now) }]),
                    _ => drop(record.value.insert(format!("p{}", draw("name", 3)), json!(now))),
                }
            }
        }
        if let Some(file) = &self.file {
            file.touch(now);
            file.flush().unwrap();
        }
    }
}

#[test]
fn entities_are_found_by_id_tenant_and_parents_in_the_order_in_which_they_came() {
    on_each(|kept, again| {
        let scope = |tenant: Option<&str>, parents: &[&str]| Scope {
            tenant: tenant.map(str::to_owned),
            parents: parents.iter().map(|p| (*p).to_owned()).collect(),
        };
        let put = |kept: &Kept, resource, id: &str, scope| {
            kept.store.insert(resource, id, scope, &Record::default())
        };
        for (id, tenant) in [("z", Some("a")), ("a", None), ("z", Some("b"))] {
            assert!(put(&kept, 0, id, scope(tenant, &[])).unwrap().1);
        }
        assert!(!put(&kept, 0, "z", scope(Some("a"), &[])).unwrap().1);
        for parent in ["1", "11"] {
            assert!(put(&kept, 1, "1", scope(None, &[parent])).unwrap().1);
        }
        if let Some(file) = &kept.file {
            file.flush().unwrap();
        }
        let kept = again(kept);
        let find = |resource, id: &str, scope: &Scope| {
            kept.store.find(resource, id, scope).map(|e| (e.id.to_string(), e.scope.clone()))
        };
        assert_eq!(find(0, "z", &scope(Some("b"), &[])), Some(("z".into(), scope(Some("b"), &[]))));
        assert_eq!(find(0, "z", &scope(Some("c"), &[])), None);
        assert!(find(0, "z", &scope(None, &[])).is_some());
        assert_eq!(find(1, "1", &scope(None, &["11"])), Some(("1".into(), scope(None, &["11"]))));
        assert_eq!(find(1, "1", &scope(None, &["111"])), None);
        assert_eq!(find(1, "11", &scope(None, &["1"])), None);
        assert_eq!(find(7, "z", &scope(None, &[])), None);
        let ids: Vec<String> = kept.store.all(0).iter().map(|e| e.id.to_string()).collect();
        // Tenants of one id stand together.
        assert_eq!(ids, ["z", "z", "a"]);
        assert_eq!((kept.store.count(0), kept.store.count(1), kept.store.count(7)), (3, 2, 0));
        let picked = kept.store.pick(0, 1, |e| e.scope.tenant.is_none()).unwrap();
        assert_eq!(&*picked.id, "a");
        assert!(kept.store.pick(0, 1, |_| false).is_none());
    });
}

#[test]
fn whatever_happens_is_there_afterwards() {
    for sequence in 0..20 {
        on_each(|mut kept, again| {
            for step in 0..40 {
                kept.happen(Seed(sequence).nth(step));
                if step % 13 == 12 {
                    let before = seen(&kept);
                    kept = again(kept);
                    assert_eq!(seen(&kept), before);
                }
            }
        });
    }
}

#[test]
fn one_store_replaces_another_but_for_what_they_share() {
    on_each(|mut kept, again| {
        (0..60).for_each(|step| kept.happen(Seed(5).nth(step)));
        let toys = seen(&kept).iter().filter(|v| v[0] == 1).count();
        let mut new = Store::kept(2, &kept.file.as_ref().map_or(Keeper::Memory, FileStore::keeper));
        new.share(1, &kept.store);
        new.insert(0, "new", Scope::default(), &Record::default()).unwrap();
        if let Some(file) = &kept.file {
            file.replace(&new, &kept.clock).unwrap();
        }
        let old = std::mem::replace(&mut kept.store, new);
        // What still happens to the old one is nobody's business, but for what is shared.
        old.all(0)[0].lock(0).value.insert("late".into(), json!(1));
        kept.store.all(1)[0].lock(0).value.insert("shared".into(), json!(1));
        drop(old);
        if let Some(file) = &kept.file {
            file.flush().unwrap();
        }
        let before = seen(&kept);
        let kept = again(kept);
        assert_eq!(seen(&kept), before);
        assert_eq!((kept.store.count(0), kept.store.count(1)), (1, toys));
        assert_eq!(kept.store.all(1)[0].lock(0).value["shared"], 1);
    });
}

/// A file after a few changes: its bytes, and after each change its length and what was to be seen.
fn history() -> (Vec<u8>, Vec<(usize, Vec<Value>)>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let (kept, _) = open(&path).unwrap();
    let mut states = vec![(std::fs::read(&path).unwrap().len(), seen(&kept))];
    for step in 0..12 {
        kept.happen(Seed(3).nth(step));
        states.push((std::fs::read(&path).unwrap().len(), seen(&kept)));
    }
    drop(kept);
    (std::fs::read(&path).unwrap(), states)
}

fn written(folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join("state");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_torn_end_is_cut_off_wherever_it_tore() {
    let (bytes, states) = history();
    let folder = tempfile::tempdir().unwrap();
    let (first, end) = (states[0].0, bytes.len());
    // All of the last change, and here and there before it.
    let cuts = (first..end).filter(|cut| cut % 17 == 0 || *cut >= states[states.len() - 2].0);
    for cut in cuts.chain([end]) {
        let path = written(folder.path(), &bytes[..cut]);
        let (kept, contents) = open(&path).unwrap();
        let last = states.iter().rposition(|(length, _)| *length <= cut).unwrap();
        assert!(contents.cut_off <= (cut - states[last].0) as u64);
        // The next change may be whole already, and what follows it torn.
        let found = seen(&kept);
        let is = |n: usize| states.get(n).is_some_and(|(_, wanted)| found[1..] == wanted[1..]);
        assert!(is(last) || is(last + 1), "cut at {cut}: {found:?}");
        drop(kept);
        // Cut off, it is whole.
        assert_eq!(open(&path).unwrap().1.cut_off, 0);
    }
}

#[test]
fn a_flipped_bit_is_found() {
    let (bytes, states) = history();
    let folder = tempfile::tempdir().unwrap();
    let last = states[states.len() - 2].0;
    for at in 0..bytes.len() {
        let mut bent = bytes.clone();
        bent[at] ^= 1 << (at % 8);
        let path = written(folder.path(), &bent);
        match open(&path) {
            Err(
                StateError::Damaged { .. }
                | StateError::Foreign { .. }
                | StateError::Newer { .. }
                | StateError::OtherContract { .. },
            ) => {
                assert_eq!(std::fs::read(&path).unwrap(), bent, "it is left as it is");
            }
            Err(other) => panic!("{at}: {other}"),
            Ok((_, contents)) => assert!(at >= last && contents.cut_off > 0, "{at}: nothing was found wrong"),
        }
    }
}

#[test]
fn a_file_that_can_not_be_used_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("foreign"), "{\"a\": 1}").unwrap();
    std::fs::write(at("newer"), "counterpart-state 7\n").unwrap();
    std::fs::write(at("empty"), "").unwrap();
    std::fs::write(at("headless"), "counterpart-state 1\n=5 00000000\n").unwrap();
    for (name, words) in [
        ("foreign", "begins with `{\"a\": 1}`"),
        ("newer", "format 7"),
        ("headless", "damaged at byte 20"),
        ("", "it is a folder"),
        ("nowhere/state", "No such file"),
        ("foreign/state", "Not a directory"),
    ] {
        let error = open(&at(name)).err().unwrap();
        assert!(error.to_string().contains(words), "{name}: {error}");
        assert!(!error.hint().is_empty());
    }
    assert_eq!(std::fs::read(at("foreign")).unwrap(), b"{\"a\": 1}");
    let (kept, _) = open(&at("empty")).unwrap();
    let locked = open(&at("empty")).err().unwrap();
    assert!(locked.to_string().contains(&format!("(number {})", std::process::id())), "{locked}");
    kept.store.insert(1, "x", Scope { parents: vec!["1".into()], tenant: None }, &Record::default()).unwrap();
    drop(kept);
    let with = |title: &str, resources: &Resources| {
        let file = FileStore::open(&at("empty"), &Info { title: title.into(), ..info() }, resources)?;
        file.load(&Store::kept(2, &file.keeper()), &Clock::new(None), resources)
    };
    assert_eq!(with("Shop", &resources()).unwrap().entities, 1);
    let mut other = resources();
    other.all[1].name = "balls".into();
    let error = with("Shop", &other).unwrap_err().to_string();
    assert!(error.contains("`toys` in it, which this one does not have"), "{error}");
    other.all[1] = Resource { name: "toys".into(), ..Resource::default() };
    let error = with("Shop", &other).unwrap_err().to_string();
    assert!(error.contains("other parameters"), "{error}");
    let error = with("Bank", &resources()).unwrap_err().to_string();
    assert!(error.contains("`Shop 1`: this one is `Bank 1`"), "{error}");
}

#[test]
fn a_log_of_old_news_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let (kept, _) = open(&path).unwrap();
    let big = json!("x".repeat(100_000));
    let (entity, _) = kept.store.insert(0, "x", Scope::default(), &Record::default()).unwrap();
    for n in 0..100 {
        entity.lock(0).value.insert("big".into(), big.clone());
        entity.lock(0).value.insert("n".into(), json!(n));
        kept.file.as_ref().unwrap().flush().unwrap();
    }
    let before = seen(&kept);
    drop(kept);
    assert!(std::fs::metadata(&path).unwrap().len() < 5 * 1024 * 1024, "20 MB were written");
    assert_eq!(seen(&open(&path).unwrap().0), before);
    assert!(!folder.path().join("state.new").exists());
}

#[test]
fn changes_from_many_threads_are_kept_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let (kept, _) = open(&path).unwrap();
    std::thread::scope(|threads| {
        for thread in 0..8_u64 {
            let kept = &kept;
            threads.spawn(move || {
                for n in 0..25_u64 {
                    let id = Seed(thread).nth(n).0 % 6;
                    let record = Record::default();
                    let (entity, _) =
                        kept.store.insert(0, &id.to_string(), Scope::default(), &record).unwrap();
                    let mut record = entity.lock(0);
                    record.revision += 1;
                    record.value.insert("by".into(), json!([thread, n]));
                    drop(record);
                    kept.file.as_ref().unwrap().commit().wait().unwrap();
                }
            });
        }
    });
    let before = seen(&kept);
    // Not closed: as after a crash.
    std::fs::copy(&path, folder.path().join("copy")).unwrap();
    let after = seen(&open(&folder.path().join("copy")).unwrap().0);
    assert_eq!(after[1..], before[1..]);
    let revisions: u64 = after[2..].iter().map(|e| e[8].as_u64().unwrap()).sum();
    assert_eq!(revisions, 8 * 25);
}
