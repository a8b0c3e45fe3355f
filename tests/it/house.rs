//! The house rules, read off the sources: who may import whom, who may name which crate, sizes, docs, words.

mod circles;
mod graph;
mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms by level; a room imports only from lower levels.
const LEVELS: [(&str, u8); 19] = [
    ("base", 0),
    ("document", 1),
    ("contract", 2),
    ("schema", 2),
    ("wire", 3),
    ("framework", 3),
    ("resource", 3),
    ("validate", 3),
    ("generate", 4),
    ("check", 4),
    ("client", 4),
    ("mock", 4),
    ("lint", 4),
    ("exercise", 5),
    ("shape", 5),
    ("serve", 5),
    ("report", 6),
    ("ui", 6),
    ("cli", 7),
];

/// Meetings on one level that were decided: the importing room, the imported one, why.
const SAME_LEVEL: [(&str, &str); 4] = [
    ("validate", "wire"),      // a message is decoded before it is judged
    ("framework", "validate"), // error bodies are written from what the judge found
    ("framework", "wire"),     // … as messages
    ("mock", "generate"),      // answers are generated
];

/// Crates that only one place may name.
const NAMED_IN: [(&str, &[&str]); 10] = [
    ("actix_web", &["serve/"]),
    ("actix_http", &["serve/"]),
    ("actix_server", &["serve/"]),
    ("actix_service", &["serve/"]),
    ("actix_tls", &["serve/"]),
    ("openapiv3", &["contract/version/"]),
    ("jsonschema", &["schema/compile.rs", "schema/compile/"]),
    ("reqwest", &["client/http.rs"]),
    ("proptest", &["generate/"]),
    ("fake", &["generate/realistic"]),
];

const FILE_LINES_MAX: usize = 500;

struct Source {
    /// Relative to `src/`.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let base = root().join(folder);
    let mut paths = Vec::new();
    rust_files(&base, &mut paths);
    assert!(!paths.is_empty(), "no sources under {}", base.display());
    paths
        .into_iter()
        .map(|path| Source {
            text: fs::read_to_string(&path).unwrap(),
            path: path.strip_prefix(&base).unwrap().to_string_lossy().replace('\\', "/"),
        })
        .collect()
}

/// The part of a file that is not its own tests.
fn without_tests(text: &str) -> &str {
    text.split_once("#[cfg(test)]").map_or(text, |(before, _)| before)
}

fn level(room: &str) -> Option<u8> {
    LEVELS.iter().find(|(name, _)| *name == room).map(|(_, level)| *level)
}

fn room_of(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// The rooms that a line names behind `crate::`, groups (`crate::{a, b::c}`) included.
fn imported_rooms(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let word = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && !c.is_whitespace() => {
                        rooms.push(word(&group[i..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            rooms.push(word(rest));
        }
    }
    rooms
}

fn complain(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}

#[test]
fn rooms_import_only_from_lower_levels() {
    let mut offences = Vec::new();
    let mut needed: BTreeSet<(&str, &str)> = BTreeSet::new();
    for source in sources("src").iter().filter(|source| source.path.contains('/')) {
        let room = room_of(&source.path);
        let Some(own) = level(room) else {
            offences.push(format!("src/{}: the room `{room}` is not on the map", source.path));
            continue;
        };
        for imported in imported_rooms(&source.text) {
            let Some(other) = level(&imported) else { continue };
            let decided = SAME_LEVEL.contains(&(room, imported.as_str()));
            needed
                .extend(SAME_LEVEL.iter().filter(|meeting| **meeting == (room, imported.as_str())).copied());
            if imported != room && other >= own && !decided {
                offences.push(format!(
                    "src/{}: `{room}` (level {own}) imports `{imported}` (level {other})",
                    source.path
                ));
            }
        }
    }
    offences.dedup();
    let unneeded = SAME_LEVEL.iter().filter(|meeting| !needed.contains(meeting));
    offences.extend(
        unneeded.map(|(room, imported)| format!("SAME_LEVEL: `{room}` does not import `{imported}`")),
    );
    complain("a room imports only from lower levels", &offences);
}

#[test]
fn crates_are_named_where_they_belong() {
    let mut offences = Vec::new();
    let mut needed: BTreeSet<(&str, &str)> = BTreeSet::new();
    for source in sources("src") {
        let contents = reader::read(&source.text);
        let imported = contents.imports.iter().map(|import| &import.path);
        let mentioned = contents.mentions.iter().map(|mention| &mention.path).filter(|path| path.len() > 1);
        let crates: BTreeSet<&str> =
            imported.chain(mentioned).filter_map(|path| path.first()).map(String::as_str).collect();
        for (name, places) in NAMED_IN {
            let used = crates.contains(name);
            needed.extend(places.iter().filter(|p| used && source.path.starts_with(*p)).map(|p| (name, *p)));
            if used && !places.iter().any(|place| source.path.starts_with(place)) {
                offences.push(format!("src/{}: names `{name}`, which belongs into {places:?}", source.path));
            }
        }
    }
    for (name, places) in NAMED_IN {
        let unneeded = places.iter().filter(|place| !needed.contains(&(name, **place)));
        offences.extend(unneeded.map(|place| format!("NAMED_IN: nothing in `{place}` names `{name}`")));
    }
    complain("a crate is named only in its place", &offences);
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut offences = Vec::new();
    for folder in ["src", "tests"] {
        for source in sources(folder) {
            let lines = source.text.lines().count();
            if lines > FILE_LINES_MAX {
                offences.push(format!("{folder}/{}: {lines} lines", source.path));
            }
            if !source.text.starts_with("//!") {
                offences.push(format!("{folder}/{}: no `//!` that says what it is for", source.path));
            }
            for (n, line) in source.text.lines().enumerate() {
                if line.trim_end() != line {
                    offences.push(format!("{folder}/{}:{}: trailing blanks", source.path, n + 1));
                }
            }
        }
    }
    complain(&format!("a file has at most {FILE_LINES_MAX} lines and a `//!` on top"), &offences);
}

/// How many files may lie at the top of a folder.
const FOLDER_FILES_MAX: usize = 15;

/// Folders with more files, and how many: lists of items of one kind, and what is still to be sorted.
const LARGE_FOLDERS: [(&str, usize); 12] = [
    ("check", 28),                 // one file for each check
    ("cli", 27),                   // one file for each subcommand
    ("document", 18),              // to be sorted
    ("exercise", 27),              // to be sorted
    ("framework/fastapi/lax", 16), // one file for each kind of value
    ("generate/case", 22),         // to be sorted
    ("lint/rules", 18),            // one file for each family of rules
    ("mock", 16),                  // the engine, and what stands beside it
    ("mock/act", 23),              // one file for each kind of action
    ("mock/store", 16),            // being taken apart
    ("resource", 17),              // to be sorted
    ("serve", 16),                 // to be sorted
];

#[test]
fn folders_are_small() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources("src") {
        let folder = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *counts.entry(folder.to_owned()).or_default() += 1;
    }
    let mut offences = Vec::new();
    for (folder, count) in &counts {
        let listed = LARGE_FOLDERS.iter().find(|(known, _)| known == folder).map(|(_, max)| *max);
        let most = listed.unwrap_or(FOLDER_FILES_MAX);
        if *count > most || listed.is_some_and(|listed| *count < listed) {
            offences.push(format!("src/{folder}: {count} files, {most} at most (LARGE_FOLDERS)"));
        }
    }
    let gone =
        LARGE_FOLDERS.iter().filter(|(known, max)| !counts.contains_key(*known) || *max <= FOLDER_FILES_MAX);
    offences.extend(gone.map(|(known, _)| format!("src/{known}: needs no exception (LARGE_FOLDERS)")));
    complain(&format!("a folder has at most {FOLDER_FILES_MAX} files at its top"), &offences);
}

#[test]
fn module_files_only_declare() {
    let mut offences = Vec::new();
    // A registry (`ALL`) may stand with the look-ups over it.
    let is_registry = |text: &str| text.contains(" ALL:");
    for source in sources("src").iter().filter(|s| s.path.ends_with("mod.rs") && !is_registry(&s.text)) {
        for (n, line) in without_tests(&source.text).lines().enumerate() {
            if line.starts_with("fn ") || line.starts_with("pub fn ") || line.starts_with("impl ") {
                offences.push(format!("src/{}:{}: {line}", source.path, n + 1));
            }
        }
    }
    complain("logic lives in named files, not in mod.rs", &offences);
}

#[test]
fn the_sources_know_no_contract() {
    let mut offences = Vec::new();
    for source in sources("src") {
        let lower = source.text.to_lowercase();
        for word in ["deployment", "agentex", "helm"] {
            if lower.contains(word) {
                offences.push(format!("src/{}: the word `{word}`", source.path));
            }
        }
    }
    complain("only spec/, fixtures/, snapshots/ and tests/ know the embedded contract's words", &offences);
}

#[test]
fn nothing_is_left_undone() {
    let mut offences = Vec::new();
    for folder in ["src", "tests"] {
        for source in sources(folder).iter().filter(|source| source.path != "it/house.rs") {
            for (n, line) in source.text.lines().enumerate() {
                for word in [
                    "todo!",
                    "unimplemented!",
                    "dbg!",
                    "FIXME",
                    "XXX",
                    "#[ignore",
                    "#[should_panic",
                    "#[allow(",
                ] {
                    if line.contains(word) && !line.contains(&format!("\"{word}")) {
                        offences.push(format!("{folder}/{}:{}: {word}", source.path, n + 1));
                    }
                }
            }
        }
    }
    complain("nothing is left undone or switched off", &offences);
}

#[test]
fn only_the_printer_prints() {
    let mut offences = Vec::new();
    for source in sources("src").iter().filter(|source| source.path != "cli/printer.rs") {
        for (n, line) in without_tests(&source.text).lines().enumerate() {
            let code = line.trim_start();
            let prints = ["println!", "print!", "eprint!"].iter().any(|word| code.contains(word));
            if prints && !code.starts_with("//") {
                offences.push(format!("src/{}:{}: {code}", source.path, n + 1));
            }
        }
    }
    complain("only cli/printer.rs prints", &offences);
}

#[test]
fn the_import_reader_reads_groups_and_paths() {
    let text = "use crate::{wire::{Request, Response}, base}; crate::mock::x(); use not_crate::check;";
    assert_eq!(imported_rooms(text), ["wire", "base", "mock"]);
}
