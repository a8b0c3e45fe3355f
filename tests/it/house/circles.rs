//! No circle of files: two files that need each other are one thing in two places. And levels inside of rooms.

use std::collections::BTreeSet;

use super::graph::{self, Crate};
use super::{complain, sources};

/// A circle that is known.
struct Known {
    /// Its files; what ends with a slash stands for all of a folder.
    files: &'static [&'static str],
    /// How many files are in circles there.
    count: usize,
    reason: &'static str,
}

/// The circles that are left. Nothing may be added; what is taken apart is taken from here.
const KNOWN: [Known; 2] = [
    Known {
        files: &["mock/store/"],
        count: 6,
        reason: "the state file's writer, shelves and entities refer to each other: being taken apart",
    },
    Known {
        files: &["schema/flat.rs", "schema/flat/walk.rs"],
        count: 2,
        reason: "one recursive type: a place in a document, and the iterators over the places in it",
    },
];

impl Known {
    fn holds(&self, file: &str) -> bool {
        self.files.iter().any(|known| *known == file || known.ends_with('/') && file.starts_with(known))
    }
}

/// Levels inside of rooms: what stands earlier imports nothing that stands later.
const INSIDE: [&[&str]; 5] = [
    &["contract/model.rs", "contract/version/", "contract/build.rs", "contract/api.rs"],
    &["schema/compile/builtin.rs", "schema/format/", "schema/compile.rs", "schema/schemas.rs"],
    &["generate/plan/", "generate/draw/", "generate/negative/", "generate/case/"],
    &[
        "generate/case/model.rs",
        "generate/case/plan.rs",
        "generate/case/planning.rs",
        "generate/case/maker.rs",
    ],
    &[
        "exercise/guard/",
        "exercise/run.rs",
        "exercise/shrink.rs",
        "exercise/findings.rs",
        "exercise/engine.rs",
    ],
];

#[test]
fn levels_inside_rooms_are_kept() {
    let files = sources("src");
    let edges = Crate::new(files.iter().map(|file| (file.path.as_str(), file.text.as_str()))).edges();
    complain("a file imports nothing from a higher level of its room", &upwards(&INSIDE, &edges));
}

/// The imports against the order of the levels, and levels that no file has.
fn upwards(levels: &[&[&str]], edges: &BTreeSet<graph::Edge>) -> Vec<String> {
    let mut offences = Vec::new();
    for order in levels {
        let level = |file: &str| order.iter().position(|place| file.starts_with(place));
        let up = edges.iter().filter(|edge| level(&edge.from).is_some_and(|own| level(&edge.to) > Some(own)));
        offences.extend(up.map(ToString::to_string));
        let is_there = |place: &&&str| {
            edges.iter().any(|edge| edge.from.starts_with(**place) || edge.to.starts_with(**place))
        };
        let gone = order.iter().filter(|place| !is_there(place));
        offences.extend(gone.map(|place| format!("{place}: nothing is there any more")));
    }
    offences
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let files = sources("src");
    let edges = Crate::new(files.iter().map(|file| (file.path.as_str(), file.text.as_str()))).edges();
    let circles = graph::circles(&edges);
    complain("files import each other in a circle", &offences(&KNOWN, &circles, &edges));
}

/// What is wrong: circles that are not known, and known ones that are gone or smaller.
fn offences(known: &[Known], circles: &[BTreeSet<String>], edges: &BTreeSet<graph::Edge>) -> Vec<String> {
    let mut offences = Vec::new();
    for circle in circles {
        if known.iter().any(|known| circle.iter().all(|file| known.holds(file))) {
            continue;
        }
        offences.push(format!("{} files in a circle:", circle.len()));
        let inside = edges.iter().filter(|edge| circle.contains(&edge.from) && circle.contains(&edge.to));
        offences.extend(inside.map(|edge| format!("    {edge}")));
    }
    for known in known {
        let Known { files, count, reason } = known;
        let found: Vec<&String> = circles.iter().flatten().filter(|file| known.holds(file)).collect();
        if found.len() != *count {
            offences.push(format!("{files:?} ({reason}): {} files in circles, {count} listed", found.len()));
        }
        for file in files.iter().filter(|listed| !found.iter().any(|file| file.starts_with(*listed))) {
            offences.push(format!("{file} ({reason}): in no circle any more, take it from the list"));
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_known_circles_only_shrinks() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "pub fn f() { crate::b::f() }"),
            ("b.rs", "pub fn f() { crate::a::f() }"),
            ("c.rs", ""),
        ];
        let edges = Crate::new(files).edges();
        let circles = graph::circles(&edges);
        let of = |files, count| offences(&[Known { files, count, reason: "why" }], &circles, &edges);
        assert!(of(&["a.rs", "b.rs"], 2).is_empty());
        assert_eq!(of(&["a.rs"], 1).len(), 3, "the circle has a file that is not listed");
        assert_eq!(of(&["a.rs", "b.rs", "c.rs"], 2).len(), 1, "a listed file is in no circle");
        assert_eq!(of(&["a.rs", "b.rs"], 3).len(), 1, "the count is too high");
    }

    #[test]
    fn imports_go_down_inside_of_rooms() {
        let files = [
            ("lib.rs", "mod r; mod other;"),
            ("r/mod.rs", "mod low; mod high;"),
            ("r/low.rs", "pub fn f() { super::high::f() }"),
            ("r/high.rs", "pub fn f() { crate::other::f() }"),
            ("other.rs", "pub fn f() {}"),
        ];
        let edges = Crate::new(files).edges();
        assert!(upwards(&[&["r/high.rs", "r/low.rs"]], &edges).is_empty());
        assert_eq!(
            upwards(&[&["r/low.rs", "r/high.rs", "r/none.rs"]], &edges),
            ["r/low.rs:1 imports r/high.rs (`super::high::f`)", "r/none.rs: nothing is there any more"]
        );
    }
}
