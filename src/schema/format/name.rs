//! Small languages: `regex` (ECMA 262), `json-pointer` (RFC 6901), `relative-json-pointer`, `char`.

use super::net::label;
use crate::base::Dice;
use crate::schema::compile::builtin::builtin;
use crate::schema::format::Format;

/// An ECMA 262 pattern.
pub(super) const REGEX: Format = Format {
    text: Some(|text| builtin("regex", text)),
    builtin: true,
    generate: Some(|dice| {
        let word = label(dice).replace('-', "_");
        match dice.below(5) {
            0 => format!("^{word}$"),
            1 => format!("^[a-z]{{1,{}}}$", 1 + dice.below(20)),
            2 => format!("({word}|\\d+)"),
            3 => format!("{word}.*"),
            _ => "^\\S(?:.*\\S)?$".to_owned(),
        }
    }),
    counter: &["(", "[a", "a**", "^(abc]", "+"],
    ..Format::named("regex")
};

/// RFC 6901.
pub(super) const JSON_POINTER: Format = Format {
    text: Some(|text| {
        (text.is_empty() || text.starts_with('/'))
            && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
    }),
    generate: Some(pointer),
    counter: &["a", "/~", "/~2", "#/a", "/a~", " "],
    ..Format::named("json-pointer")
};

/// draft-handrews-relative-json-pointer-01.
pub(super) const RELATIVE_JSON_POINTER: Format = Format {
    text: Some(|text| builtin("relative-json-pointer", text)),
    builtin: true,
    generate: Some(|dice| {
        let up = dice.below(12);
        if dice.chance(30) { format!("{up}#") } else { format!("{up}{}", pointer(dice)) }
    }),
    counter: &["/a", "-1", "01/a", "1##", "", "a"],
    ..Format::named("relative-json-pointer")
};

/// One character (OpenAPI format registry).
pub(super) const CHAR: Format = Format {
    text: Some(|text| text.chars().count() == 1),
    generate: Some(|dice| ["a", "0", " ", "é", "中", "🎉", "\"", "\\"][dice.index(8)].to_owned()),
    counter: &["", "ab", "🎉🎉"],
    ..Format::named("char")
};

fn pointer(dice: &mut Dice) -> String {
    let mut out = String::new();
    for _ in 0..dice.below(4) {
        out.push('/');
        match dice.below(6) {
            4 => out.push_str("~1"),
            5 => out.push_str("m~0n"),
            3 => out.push_str(&dice.below(10).to_string()),
            _ => out.push_str(&label(dice)),
        }
    }
    out
}
