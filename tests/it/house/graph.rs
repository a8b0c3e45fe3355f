//! Which file imports which: every path is followed, through re-exports, to the file that defines what it names.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::{self, Contents};

/// How many re-exports one path is followed through.
const HOPS_MAX: usize = 32;

/// One import: by whom, of whom, how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) line: usize,
    pub(super) path: String,
}

impl std::fmt::Display for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} imports {} (`{}`)", self.from, self.line, self.to, self.path)
    }
}

struct Module {
    file: String,
    contents: Contents,
}

/// What a path leads to.
enum Found {
    Module(String),
    /// Something that a file defines.
    Item(String),
    /// Something of another crate, or of the function it stands in.
    Outside,
}

/// The modules of a crate by their paths (`wire::media`; the root is empty).
pub(super) struct Crate(BTreeMap<String, Module>);

impl Crate {
    /// Reads the files (relative path, text) that are reached from `lib.rs` without those that only tests see.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: BTreeMap<&str, &str> = files.into_iter().collect();
        let mut modules = BTreeMap::new();
        let mut open = vec![(String::new(), "lib.rs".to_owned())];
        while let Some((name, file)) = open.pop() {
            let Some(text) = files.get(file.as_str()) else { continue };
            let contents = reader::read(text);
            for child in &contents.modules {
                let child = join(&name, child);
                let folder = child.replace("::", "/");
                let place = [format!("{folder}.rs"), format!("{folder}/mod.rs")];
                let file = place.into_iter().find(|place| files.contains_key(place.as_str()));
                open.extend(file.map(|file| (child, file)));
            }
            modules.insert(name, Module { file, contents });
        }
        Self(modules)
    }

    /// Every import of a file by another.
    pub(super) fn edges(&self) -> BTreeSet<Edge> {
        let mut edges = BTreeSet::new();
        for (name, module) in &self.0 {
            let contents = &module.contents;
            let mut add = |path: &[String], line: usize| {
                if let Found::Item(to) = self.resolve(name, path, HOPS_MAX)
                    && to != module.file
                {
                    edges.insert(Edge { from: module.file.clone(), to, line, path: path.join("::") });
                }
            };
            // What is handed on, or brought in by a module file for its children, counts where code names it.
            let own = |handed_on: bool| !handed_on && !is_module_file(&module.file);
            let imports = contents.imports.iter().filter(|import| own(import.public));
            imports.for_each(|import| add(&import.path, import.line));
            contents.mentions.iter().for_each(|mention| add(&mention.path, mention.line));
        }
        edges
    }

    fn resolve(&self, module: &str, path: &[String], hops: usize) -> Found {
        let mut current = module.to_owned();
        let mut anchored = false;
        for (n, segment) in path.iter().enumerate() {
            match segment.as_str() {
                "crate" => current.clear(),
                "self" => {}
                "super" => current = parent(&current).to_owned(),
                _ => match self.look_up(&current, segment, n + 1 == path.len(), hops) {
                    Found::Module(next) => current = next,
                    Found::Outside if anchored => return self.item(&current),
                    found => return found,
                },
            }
            anchored = true;
        }
        Found::Module(current)
    }

    /// What `name` stands for in a module: as the last of a path an item goes before a module.
    fn look_up(&self, module: &str, name: &str, last: bool, hops: usize) -> Found {
        let Some(contents) = self.0.get(module).map(|module| &module.contents) else { return Found::Outside };
        let child = join(module, name);
        let is_module = self.0.contains_key(&child);
        if is_module && !last {
            return Found::Module(child);
        }
        if contents.definitions.contains(name) {
            return self.item(module);
        }
        if let Some(hops) = hops.checked_sub(1) {
            let named = contents.imports.iter().filter(|import| import.name == name);
            for import in named.filter(|import| import.path != [name]) {
                match self.resolve(module, &import.path, hops) {
                    Found::Module(_) if is_module => {}
                    Found::Outside => {}
                    found => return found,
                }
            }
            for glob in contents.imports.iter().filter(|import| import.name == "*") {
                if let Found::Module(from) = self.resolve(module, &glob.path, hops)
                    && from != module
                    && let found @ (Found::Module(_) | Found::Item(_)) = self.look_up(&from, name, last, hops)
                {
                    return found;
                }
            }
        }
        if is_module { Found::Module(child) } else { Found::Outside }
    }

    fn item(&self, module: &str) -> Found {
        self.0.get(module).map_or(Found::Outside, |module| Found::Item(module.file.clone()))
    }
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

fn is_module_file(file: &str) -> bool {
    file.ends_with("mod.rs") || file == "lib.rs"
}

/// The circles: groups of files, each of which leads to every other one of its group.
pub(super) fn circles(edges: &BTreeSet<Edge>) -> Vec<BTreeSet<String>> {
    let mut pairs: BTreeSet<(&str, &str)> =
        edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect();
    // What nothing leads to, or what leads nowhere, is in no circle: most files.
    loop {
        let before = pairs.len();
        let froms: BTreeSet<&str> = pairs.iter().map(|(from, _)| *from).collect();
        let tos: BTreeSet<&str> = pairs.iter().map(|(_, to)| *to).collect();
        pairs.retain(|(from, to)| tos.contains(from) && froms.contains(to));
        if pairs.len() == before {
            break;
        }
    }
    let mut forth: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut back: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in pairs {
        forth.entry(from).or_default().push(to);
        back.entry(to).or_default().push(from);
    }
    let mut left: BTreeSet<&str> = forth.keys().chain(back.keys()).copied().collect();
    let mut circles = Vec::new();
    while let Some(file) = left.first().copied() {
        let circle: BTreeSet<&str> =
            reached(file, &forth).intersection(&reached(file, &back)).copied().collect();
        left.retain(|file| !circle.contains(file));
        if circle.len() > 1 {
            circles.push(circle.into_iter().map(str::to_owned).collect());
        }
    }
    circles
}

fn reached<'a>(from: &'a str, edges: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for next in edges.get(file).into_iter().flatten() {
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(files: &[(&str, &str)]) -> BTreeSet<Edge> {
        Crate::new(files.iter().copied()).edges()
    }

    fn shown(files: &[(&str, &str)]) -> Vec<String> {
        let mut shown: Vec<String> =
            edges(files).iter().map(|edge| format!("{} -> {}", edge.from, edge.to)).collect();
        shown.dedup();
        shown
    }

    #[test]
    fn an_import_is_followed_through_re_exports_to_the_file_that_defines_it() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod x; mod y; pub use x::Thing as Renamed; pub use y::*;"),
            ("a/x.rs", "pub struct Thing;"),
            ("a/y.rs", "pub struct Other;"),
            ("b.rs", "use crate::a::{Renamed, Other};"),
        ];
        assert_eq!(shown(&files), ["b.rs -> a/x.rs", "b.rs -> a/y.rs"]);
    }

    #[test]
    fn a_module_file_imports_only_what_its_own_code_names() {
        let quiet = [
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod x; mod y; pub use x::f; use y::g;"),
            ("a/x.rs", "use super::g; pub fn f() { g() }"),
            ("a/y.rs", "pub fn g() {}"),
        ];
        assert_eq!(shown(&quiet), ["a/x.rs -> a/y.rs"]);
        let list = [
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod x; pub trait T {} pub const ALL: [&dyn T; 1] = [&x::X];"),
            ("a/x.rs", "use super::T; pub struct X; impl T for X {}"),
        ];
        assert_eq!(shown(&list), ["a/mod.rs -> a/x.rs", "a/x.rs -> a/mod.rs"]);
    }

    #[test]
    fn paths_through_an_imported_module_count_and_the_module_alone_does_not() {
        let files = |code| {
            [("lib.rs", "mod a; mod b;"), ("a.rs", "pub mod x;"), ("a/x.rs", "pub fn f() {}"), ("b.rs", code)]
        };
        assert_eq!(shown(&files("use crate::a::x; fn g() { x::f() }")), ["b.rs -> a/x.rs"]);
        assert_eq!(shown(&files("use crate::a::x;")), [""; 0]);
        assert_eq!(shown(&files("fn g() { super::a::x::f() }")), ["b.rs -> a/x.rs"]);
    }

    #[test]
    fn a_function_named_like_its_module_is_the_function() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod x; pub use x::x;"),
            ("a/x.rs", "pub fn x() {}"),
            ("b.rs", "use crate::a::x; fn g() { x() }"),
        ];
        assert_eq!(shown(&files), ["b.rs -> a/x.rs"]);
    }

    #[test]
    fn other_crates_and_what_only_tests_see_are_left_out() {
        let files = [
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod c;"),
            ("a.rs", "use serde_json::Value; #[cfg(test)] mod tests { use crate::b::f; }"),
            ("b.rs", "pub fn f() {}"),
            ("c.rs", "use crate::b::f;"),
        ];
        assert_eq!(shown(&files), [""; 0]);
    }

    #[test]
    fn circles_are_found_with_the_imports_that_close_them() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "pub fn f() { crate::b::f() }"),
            ("b.rs", "use crate::c::f as g; pub fn f() {}"),
            ("c.rs", "use super::a; pub fn f() { a::f() }"),
            ("d.rs", "use crate::a::f;"),
        ];
        let edges = edges(&files);
        let wanted: BTreeSet<String> = ["a.rs", "b.rs", "c.rs"].map(str::to_owned).into();
        assert_eq!(circles(&edges), [wanted]);
        assert!(edges.iter().any(|edge| edge.to_string() == "c.rs:1 imports a.rs (`a::f`)"), "{edges:?}");
    }

    #[test]
    fn re_exports_of_each_other_end() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "pub use crate::b::X; pub use crate::b::*;"),
            ("b.rs", "pub use crate::a::X; pub use crate::a::*;"),
            ("c.rs", "use crate::a::X; use crate::a::Y;"),
        ];
        assert_eq!(shown(&files), ["c.rs -> a.rs"]);
    }
}
