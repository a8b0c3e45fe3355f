//! What the program is made of: the lock file against `deny.toml` and `advisories.toml`, no dependency for nothing, and the
//! bill of materials. The same that cargo-deny says, on machines that have neither it nor a network.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use toml::{Table, Value};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> Table {
    std::fs::read_to_string(root().join(name)).unwrap().parse().unwrap()
}

/// The crates of the lock file that come from elsewhere: name, version, source.
fn locked() -> Vec<(String, String, String)> {
    let lock = read("Cargo.lock");
    let text = |package: &Value, key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
    let packages = lock["package"].as_array().unwrap().iter();
    packages
        .filter_map(|package| {
            Some((text(package, "name")?, text(package, "version")?, text(package, "source")?))
        })
        .collect()
}

/// What Cargo says.
fn cargo(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(words).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The crates that are built for this platform, tests included: name and version, licence.
fn built() -> BTreeMap<(String, String), String> {
    // What the lock file names for features that nobody switches on is not among them.
    let words = ["tree", "--locked", "--offline", "--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"];
    cargo(&words)
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (package, license) = line.split_once('|').unwrap();
            let mut words = package.split(' ');
            let (name, version) = (words.next().unwrap(), words.next().unwrap());
            ((name.to_owned(), version.trim_start_matches('v').to_owned()), license.to_owned())
        })
        .collect()
}

/// A version as what it is compared by; a preview lies before its release.
fn version(text: &str) -> (Vec<u64>, bool, String) {
    let text = text.split('+').next().unwrap();
    let (numbers, preview) = text.split_once('-').unwrap_or((text, ""));
    (numbers.split('.').map(|n| n.parse().unwrap()).collect(), preview.is_empty(), preview.to_owned())
}

fn compare(a: &str, b: &str) -> Ordering {
    let ((mut a, a_final, a_preview), (mut b, b_final, b_preview)) = (version(a), version(b));
    a.resize(3, 0);
    b.resize(3, 0);
    (a, a_final, a_preview).cmp(&(b, b_final, b_preview))
}

/// Whether a version lies in a range such as `>= 1.2, < 2`, `^0.3.24` or `=1.0.0`.
fn lies_in(found: &str, range: &str) -> bool {
    range.split(',').map(str::trim).all(|part| {
        let at = part.find(|c: char| c.is_ascii_digit()).unwrap();
        let (sign, bound) = (part[..at].trim(), &part[at..]);
        let order = compare(found, bound);
        match sign {
            ">=" => order.is_ge(),
            ">" => order.is_gt(),
            "<=" => order.is_le(),
            "<" => order.is_lt(),
            "=" => order.is_eq(),
            "^" | "" => {
                // Up to the next change of the first number that is not 0.
                let (numbers, ..) = version(bound);
                let fixed = numbers.iter().position(|n| *n != 0).map_or(numbers.len(), |at| at + 1);
                order.is_ge() && version(found).0.iter().zip(&numbers).take(fixed).all(|(a, b)| a == b)
            }
            other => panic!("`{other}` in `{range}`"),
        }
    })
}

#[test]
fn ranges_are_read() {
    for (found, range, inside) in [
        ("0.3.27", "^0.3.24", true),
        ("0.4.0", "^0.3.24", false),
        ("0.3.23", "^0.3.24", false),
        ("1.9.0", "^1.2", true),
        ("0.4.20", ">= 0.4.16", true),
        ("0.4.16-beta.1", ">= 0.4.16", false),
        ("0.3.0-beta.2", ">= 0.3.0-beta.1", true),
        ("1.0.5", ">= 1.0.2, < 1.0.5", false),
        ("0.13.10", "0.13.10", true),
        ("1.2.3+build", "=1.2.3", true),
        ("10.0.0", "> 9", true),
    ] {
        assert_eq!(lies_in(found, range), inside, "{found} {range}");
    }
}

/// The crates of the lock file that an advisory is about, as `id crate version`.
fn struck(advisories: &Table, locked: &[(String, String, String)]) -> BTreeSet<(String, String)> {
    let ranges = |advisory: &Value, key: &str| -> Vec<String> {
        let listed = advisory.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        listed.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut found = BTreeSet::new();
    for advisory in advisories["advisory"].as_array().unwrap() {
        let (id, package) = (advisory["id"].as_str().unwrap(), advisory["package"].as_str().unwrap());
        let fine: Vec<String> = [ranges(advisory, "patched"), ranges(advisory, "unaffected")].concat();
        for (name, version, _) in locked.iter().filter(|(name, ..)| name == package) {
            if !fine.iter().any(|range| lies_in(version, range)) {
                found.insert((id.to_owned(), format!("{name} {version}")));
            }
        }
    }
    found
}

#[test]
fn no_crate_has_an_advisory_that_is_not_accounted_for() {
    let (deny, advisories, locked) = (read("deny.toml"), read("advisories.toml"), locked());
    let known: BTreeSet<&str> =
        advisories["crates"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let new: BTreeSet<&str> =
        locked.iter().map(|(name, ..)| name.as_str()).filter(|name| !known.contains(name)).collect();
    assert!(new.is_empty(), "run .ci/advisories: nobody looked for advisories about {new:?}");
    let ignored: BTreeSet<String> = deny["advisories"]["ignore"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ignored| ignored["id"].as_str().unwrap().to_owned())
        .collect();
    let found = struck(&advisories, &locked);
    let ids: BTreeSet<String> = found.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(ids, ignored, "advisories of the lock file, and those that deny.toml accounts for: {found:?}");
    let policy = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    assert!(ignored.iter().all(|id| policy.contains(id)), "SECURITY.md says what {ignored:?} mean");
    // The same lists find a crate that is struck.
    let old = [("h2".to_owned(), "0.4.15".to_owned(), String::new())];
    assert!(struck(&advisories, &old).contains(&("RUSTSEC-2026-0258".to_owned(), "h2 0.4.15".to_owned())));
}

#[test]
fn crates_come_from_the_registry_and_none_is_banned() {
    let deny = read("deny.toml");
    let banned: Vec<&str> =
        deny["bans"]["deny"].as_array().unwrap().iter().filter_map(|ban| ban["crate"].as_str()).collect();
    assert!(banned.contains(&"openssl-sys") && banned.contains(&"native-tls"));
    for (name, _, source) in locked() {
        assert!(source.starts_with("registry+"), "{name} comes from {source}");
        assert!(!banned.contains(&name.as_str()), "{name} is banned: cargo tree -i {name}");
    }
}

/// Whether a licence expression (SPDX, or with `/` for `OR`) can be fulfilled with these licences.
fn fulfils(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let fine = any_of(&words, &mut at, allowed);
    fine && at == words.len()
}

fn any_of(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut fine = all_of(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        fine |= all_of(words, at, allowed);
    }
    fine
}

fn all_of(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut fine = true;
    loop {
        if words.get(*at) == Some(&"(") {
            *at += 1;
            fine &= any_of(words, at, allowed);
            *at += 1;
        } else {
            let mut name = words.get(*at).copied().unwrap_or_default().to_owned();
            *at += 1;
            if words.get(*at) == Some(&"WITH") {
                name = format!("{name} WITH {}", words[*at + 1]);
                *at += 2;
            }
            fine &= allowed.contains(&name.as_str());
        }
        if words.get(*at) != Some(&"AND") {
            return fine;
        }
        *at += 1;
    }
}

#[test]
fn licences_are_allowed_and_duplicates_have_a_reason() {
    let deny = read("deny.toml");
    let allowed: Vec<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(fulfils("GPL-3.0 OR (MIT AND Zlib)", &allowed) && fulfils("Unlicense/MIT", &allowed));
    assert!(!fulfils("GPL-3.0 AND MIT", &allowed) && !fulfils("", &allowed) && !fulfils("GPL-3.0", &allowed));
    let built = built();
    assert!(built.len() > 100 && built.keys().any(|(name, _)| name == "actix-web"));
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for ((name, version), license) in &built {
        assert!(fulfils(license, &allowed), "{name} {version}: `{license}`");
        versions.entry(name).or_default().push(version);
    }
    let skipped: Vec<&str> =
        deny["bans"]["skip"].as_array().unwrap().iter().filter_map(|skip| skip["crate"].as_str()).collect();
    let is_skipped = |name: &str, version: &str| {
        skipped.iter().any(|skip| {
            let of = skip.split_once('@').filter(|(known, _)| *known == name);
            of.is_some_and(|(_, start)| version.starts_with(&format!("{start}.")))
        })
    };
    for (name, versions) in versions {
        let counted: Vec<&&str> = versions.iter().filter(|version| !is_skipped(name, version)).collect();
        assert!(counted.len() <= 1, "{name} is there as {versions:?}: update one, or say why in deny.toml");
    }
}

/// The text of all Rust files below a folder.
fn rust(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Whether sources name a crate in a path or an import.
fn names(sources: &str, dependency: &str) -> bool {
    let name = dependency.replace('-', "_");
    let whole = |at: usize| {
        !sources[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            && (sources[at + name.len()..].starts_with("::")
                || sources[..at].ends_with("use ") && sources[at + name.len()..].starts_with([';', ' ']))
    };
    sources.match_indices(&name).any(|(at, _)| whole(at))
}

#[test]
fn nothing_is_declared_for_nothing() {
    assert!(names("use a_b::c;", "a-b") && names("x(a_b::c())", "a_b") && names("use ab;", "ab"));
    assert!(!names("use x::a_b::c;", "a-b") && !names("// a_b is", "a_b") && !names("use za_b::c;", "a_b"));
    let manifest = read("Cargo.toml");
    for (table, folders) in
        [("dependencies", &["src"][..]), ("dev-dependencies", &["tests", "benches", "src"])]
    {
        let mut sources = String::new();
        folders.iter().for_each(|folder| rust(&root().join(folder), &mut sources));
        let unused: Vec<&String> =
            manifest[table].as_table().unwrap().keys().filter(|name| !names(&sources, name)).collect();
        assert!(unused.is_empty(), "[{table}] declares {unused:?}, which nothing uses");
    }
}

#[test]
fn the_bill_of_materials_lists_what_is_built() {
    let make = || Command::new(root().join(".ci/sbom")).arg("--offline").env("CARGO", env!("CARGO")).output();
    let output = make().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(make().unwrap().stdout, output.stdout);
    let bill: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((bill["bomFormat"].as_str(), bill["specVersion"].as_str()), (Some("CycloneDX"), Some("1.5")));
    let locked: BTreeSet<String> =
        locked().into_iter().map(|(name, version, _)| format!("pkg:cargo/{name}@{version}")).collect();
    let listed: BTreeSet<String> = bill["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|component| {
            assert_eq!(component["hashes"][0]["content"].as_str().unwrap().len(), 64, "{component}");
            assert!(!component["licenses"][0]["expression"].as_str().unwrap().is_empty());
            component["purl"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(listed.is_subset(&locked));
    for (wanted, there) in [("actix-web", true), ("jsonschema", true), ("criterion", false), ("rcgen", false)]
    {
        assert_eq!(
            listed.iter().any(|purl| purl.starts_with(&format!("pkg:cargo/{wanted}@"))),
            there,
            "{wanted}"
        );
    }
}
