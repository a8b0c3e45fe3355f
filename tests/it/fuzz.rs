//! The fuzz targets' work on their seeds, on seeds with small damage, and on schemas made up, in the ordinary tests.

use counterpart::base::{Dice, Seed};
use serde_json::{Map, Value, json};

#[path = "../../fuzz/fuzz_targets/exercise.rs"]
mod exercise;

/// How many damaged variants of each seed are tried; `COUNTERPART_FUZZ_ROUNDS` asks for more.
const ROUNDS: u64 = 60;

fn rounds(default: u64) -> u64 {
    std::env::var("COUNTERPART_FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<(String, Vec<u8>)> =
        entries.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect();
    all.sort();
    all
}

fn words() -> Vec<String> {
    let text =
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/loader.dict"));
    let text = text.unwrap();
    let quoted = text.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    quoted.map(|word| word.replace("\\\"", "\"").replace("\\x0a", "\n").replace("\\\\", "\\")).collect()
}

#[test]
fn the_seeds_are_loaded_or_refused() {
    let all = seeds("loader");
    assert!(all.len() >= 12);
    for (_, bytes) in &all {
        exercise::loader(bytes);
    }
}

#[test]
fn damaged_seeds_are_loaded_or_refused() {
    damaged("loader", rounds(ROUNDS), exercise::loader);
}

#[test]
fn flat_documents_are_read_as_the_library_reads_them() {
    for (_, bytes) in seeds("flat") {
        exercise::flat(&bytes);
    }
    damaged("flat", rounds(ROUNDS) * 20, exercise::flat);
}

/// Does the work of a target on its seeds, each damaged in several ways.
fn damaged(target: &str, rounds: u64, work: fn(&[u8])) {
    let (all, words) = (seeds(target), words());
    for (name, bytes) in &all {
        for round in 0..rounds {
            let mut dice = Dice::new(Seed(0).derive(name.rsplit('/').next().unwrap()).nth(round));
            let mut damaged = bytes.clone();
            for _ in 0..=dice.index(4) {
                damage(&mut damaged, &all, &words, &mut dice);
            }
            work(&damaged);
        }
    }
}

fn damage(bytes: &mut Vec<u8>, all: &[(String, Vec<u8>)], words: &[String], dice: &mut Dice) {
    let at = dice.index(bytes.len() + 1);
    let end = (at + dice.index(12)).min(bytes.len());
    match dice.index(6) {
        0 => drop(bytes.drain(at..end)),
        1 => drop(bytes.splice(at..end, words[dice.index(words.len())].bytes())),
        2 => bytes.truncate(at),
        3 => {
            let piece = bytes[at..end].to_vec();
            let to = dice.index(bytes.len() + 1);
            drop(bytes.splice(to..to, piece));
        }
        4 => {
            let other = &all[dice.index(all.len())].1;
            let from = dice.index(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1_u8 << dice.index(8);
            }
        }
    }
}

#[test]
fn schemas_of_the_seeds_and_their_damaged_kin_get_values() {
    let all = seeds("values");
    assert!(all.len() >= 4);
    for (name, bytes) in &all {
        exercise::values(bytes);
        for round in 0..rounds(ROUNDS) {
            let mut dice = Dice::new(Seed(1).derive(name.rsplit('/').next().unwrap()).nth(round));
            let mut damaged = bytes.clone();
            damage(&mut damaged, &all, &["null".to_owned(), "{}".to_owned(), "-1".to_owned()], &mut dice);
            exercise::values(&damaged);
        }
    }
}

#[test]
fn schemas_made_up_get_values() {
    for round in 0..rounds(150) {
        let mut dice = Dice::new(Seed(2).nth(round));
        let mut schema = made_up(&mut dice, 0);
        if let Some(members) = schema.as_object_mut() {
            let (a, b) = (made_up(&mut dice, 1), made_up(&mut dice, 1));
            members.insert("$defs".to_owned(), json!({"a": a, "b": b}));
        }
        exercise::values(schema.to_string().as_bytes());
    }
}

/// A schema of a few keywords that have something to do with one another.
fn made_up(dice: &mut Dice, depth: usize) -> Value {
    if depth > 3 || dice.chance(6) {
        let simple =
            [json!(true), json!(false), json!({}), json!({"type": "integer"}), json!({"$ref": "#/$defs/a"})];
        return dice.pick(&simple).cloned().unwrap_or_default();
    }
    let mut schema = Map::new();
    for _ in 0..=dice.index(5) {
        let (key, value) = keyword(dice, depth + 1);
        schema.insert(key.to_owned(), value);
    }
    Value::Object(schema)
}

fn keyword(dice: &mut Dice, depth: usize) -> (&'static str, Value) {
    const TYPES: [&str; 7] = ["string", "number", "integer", "object", "array", "boolean", "null"];
    const PATTERNS: [&str; 6] = ["^a", "b$", "^[a-c]{1,3}$", "\\\\d", "^(?!a)", "\\\\p{Lu}"];
    const FORMATS: [&str; 6] = ["date", "email", "uuid", "int32", "ipv6", "own"];
    let small = |dice: &mut Dice| json!(dice.index(4));
    let number = |dice: &mut Dice| {
        let numbers = [
            json!(0),
            json!(-3),
            json!(2.5),
            json!(10),
            json!(1e20),
            json!(0.1),
            json!(9_007_199_254_740_993_u64),
        ];
        dice.pick(&numbers).cloned().unwrap_or_default()
    };
    let name = |dice: &mut Dice| ["a", "b", "ab", "x"][dice.index(4)].to_owned();
    let text = |dice: &mut Dice, list: &[&str]| json!(list[dice.index(list.len())].replace("\\\\", "\\"));
    let several = |dice: &mut Dice| -> Value { (0..=dice.index(3)).map(|_| made_up(dice, depth)).collect() };
    let by_name = |dice: &mut Dice| -> Value {
        (0..=dice.index(2)).map(|_| (name(dice), made_up(dice, depth))).collect::<Map<String, Value>>().into()
    };
    match dice.index(36) {
        0 | 1 => ("type", text(dice, &TYPES)),
        2 => ("type", json!([text(dice, &TYPES), "object"])),
        3 => ("enum", json!([number(dice), name(dice), null_or(dice), [1], {"a": 1}])),
        4 => ("const", number(dice)),
        5 => ("minimum", number(dice)),
        6 => ("maximum", number(dice)),
        7 => ("exclusiveMinimum", number(dice)),
        8 => ("exclusiveMaximum", number(dice)),
        9 => ("multipleOf", json!([0.01, 3.0, 2.5, 1e-7][dice.index(4)])),
        10 => ("minLength", small(dice)),
        11 => ("maxLength", small(dice)),
        12 => ("pattern", text(dice, &PATTERNS)),
        13 => ("format", text(dice, &FORMATS)),
        14 => ("minItems", small(dice)),
        15 => ("maxItems", small(dice)),
        16 => ("uniqueItems", json!(true)),
        17 => ("items", made_up(dice, depth)),
        18 => ("prefixItems", several(dice)),
        19 => ("contains", made_up(dice, depth)),
        20 => ("maxContains", small(dice)),
        21 => ("minContains", small(dice)),
        22 => ("unevaluatedItems", made_up(dice, depth)),
        23 | 24 => ("properties", by_name(dice)),
        25 => ("required", json!([name(dice)])),
        26 => ("additionalProperties", made_up(dice, depth)),
        27 => ("patternProperties", json!({ "^a": made_up(dice, depth) })),
        28 => ("propertyNames", made_up(dice, depth)),
        29 => (["minProperties", "maxProperties"][dice.index(2)], small(dice)),
        30 => (["allOf", "anyOf", "oneOf"][dice.index(3)], several(dice)),
        31 => ("not", made_up(dice, depth)),
        32 => (["if", "then", "else"][dice.index(3)], made_up(dice, depth)),
        33 => ("dependentSchemas", by_name(dice)),
        34 => ("unevaluatedProperties", made_up(dice, depth)),
        _ => ("$ref", json!(["#/$defs/a", "#/$defs/b", "#"][dice.index(3)])),
    }
}

fn null_or(dice: &mut Dice) -> Value {
    if dice.chance(50) { Value::Null } else { json!("abc") }
}
