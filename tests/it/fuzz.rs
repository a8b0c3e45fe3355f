//! The fuzz target's work on its seeds, and on seeds with small damage, in the ordinary tests.

use counterpart::base::{Dice, Seed};

#[path = "../../fuzz/fuzz_targets/exercise.rs"]
mod exercise;

/// How many damaged variants of each seed are tried; `COUNTERPART_FUZZ_ROUNDS` asks for more.
const ROUNDS: u64 = 60;

fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/loader");
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
    let all = seeds();
    assert!(all.len() >= 12);
    for (_, bytes) in &all {
        exercise::loader(bytes);
    }
}

#[test]
fn damaged_seeds_are_loaded_or_refused() {
    let rounds = std::env::var("COUNTERPART_FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS);
    let (all, words) = (seeds(), words());
    for (name, bytes) in &all {
        for round in 0..rounds {
            let mut dice = Dice::new(Seed(0).derive(name.rsplit('/').next().unwrap()).nth(round));
            let mut damaged = bytes.clone();
            for _ in 0..=dice.index(4) {
                damage(&mut damaged, &all, &words, &mut dice);
            }
            exercise::loader(&damaged);
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
