//! `minLength`, `maxLength`, `pattern`, `format`.

use serde_json::Value;

use super::family::{Aim, Family};
use crate::base::limits::OVERLONG_MAX;
use crate::generate::plan::table::Term;
use crate::schema::format;

/// One character too few or too many.
pub(super) const LENGTH: Family = Family { keywords: &["minLength", "maxLength"], propose: lengths };

/// Texts that a pattern refuses.
pub(super) const PATTERN: Family = Family { keywords: &["pattern"], propose: patterns };

/// The format's counter-examples.
pub(super) const FORMAT: Family = Family { keywords: &["format"], propose: formats };

fn lengths(aim: &mut Aim<'_>) -> Vec<Value> {
    let (Some(bound), Some(old)) =
        (aim.rule.as_f64().filter(|f| *f >= 0.0).map(|_| aim.rule), aim.old.as_str())
    else {
        return Vec::new();
    };
    let Some(bound) = bound.as_u64().and_then(|n| usize::try_from(n).ok()) else { return Vec::new() };
    let length = old.chars().count();
    let mut found = Vec::new();
    if aim.keyword == "minLength" {
        if bound > 0 {
            found.push(old.chars().take(bound - 1).collect::<String>());
            found.push(String::new());
        }
    } else if bound < OVERLONG_MAX {
        let filler = old.chars().last().unwrap_or('a');
        let grown = |to: usize| -> String {
            old.chars().chain(std::iter::repeat_n(filler, to.saturating_sub(length))).collect()
        };
        found.push(grown(bound + 1));
        if bound < OVERLONG_MAX / 2 {
            found.push(grown(2 * bound + 1));
        }
    }
    found.into_iter().map(Value::String).collect()
}

fn patterns(aim: &mut Aim<'_>) -> Vec<Value> {
    let Some(old) = aim.old.as_str() else { return Vec::new() };
    let mut found = vec![
        format!("{old}\n"),
        format!(" {old}"),
        format!("{old}!"),
        old.to_uppercase(),
        old.to_lowercase(),
        old.chars().skip(1).collect(),
        old.chars().rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect(),
        String::new(),
        "\u{0}".to_owned(),
        "é".to_owned(),
    ];
    let rotation = aim.dice.index(found.len());
    found.rotate_left(rotation);
    found.into_iter().map(Value::String).collect()
}

fn formats(aim: &mut Aim<'_>) -> Vec<Value> {
    let Some(known) = aim.rule.as_str().and_then(format::find) else { return Vec::new() };
    let mut found: Vec<Value> = known.counter.iter().map(|text| Value::from(*text)).collect();
    let rotation = aim.dice.index(found.len());
    found.rotate_left(rotation);
    if aim.old.is_number() {
        let id = aim.id;
        let keyword = aim.planner.with_table(|table| table.keyword("format"));
        let drawn = aim.draw(vec![Term::Breaks(id, keyword)]);
        found = drawn.into_iter().filter(Value::is_number).collect();
    }
    found
}
