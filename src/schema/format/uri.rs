//! `uri`, `uri-reference` (RFC 3986), `iri`, `iri-reference` (RFC 3987), `uri-template` (RFC 6570).

use super::net::label;
use crate::base::Dice;
use crate::schema::compile::builtin::builtin;
use crate::schema::format::Format;

/// RFC 3986 URI.
pub(super) const URI: Format = Format {
    text: Some(|text| builtin("uri", text)),
    builtin: true,
    generate: Some(uri),
    counter: &[
        "/relative",
        "example.com",
        "http://a b",
        "://no-scheme",
        "http://[::1",
        "http://ex.com/%zz",
        "",
    ],
    ..Format::named("uri")
};

/// RFC 3986 URI or relative reference.
pub(super) const URI_REFERENCE: Format = Format {
    text: Some(|text| builtin("uri-reference", text)),
    builtin: true,
    generate: Some(|dice| match dice.below(3) {
        0 => format!("/{}", label(dice)),
        1 => format!("{}?{}={}#{}", label(dice), label(dice), dice.below(100), label(dice)),
        _ => uri(dice),
    }),
    counter: &["a b", "\\\\server\\share", "http://[::1", "%zz", "<x>"],
    ..Format::named("uri-reference")
};

/// RFC 3987 IRI.
pub(super) const IRI: Format = Format {
    text: Some(|text| builtin("iri", text)),
    builtin: true,
    generate: Some(|dice| {
        if dice.chance(40) { format!("https://例え.jp/é{}", dice.below(100)) } else { uri(dice) }
    }),
    counter: &["/relative", "例え.jp", "http://a b", ""],
    ..Format::named("iri")
};

/// RFC 3987 IRI or relative reference.
pub(super) const IRI_REFERENCE: Format = Format {
    text: Some(|text| builtin("iri-reference", text)),
    builtin: true,
    generate: Some(|dice| if dice.chance(40) { format!("/é/{}", label(dice)) } else { uri(dice) }),
    counter: &["a b", "\\\\server\\share", "http://[::1"],
    ..Format::named("iri-reference")
};

/// RFC 6570 template.
pub(super) const URI_TEMPLATE: Format = Format {
    text: Some(|text| builtin("uri-template", text)),
    builtin: true,
    generate: Some(|dice| match dice.below(3) {
        0 => format!("/{{{}}}", label(dice).replace('-', "_")),
        1 => format!("https://example.com/{}{{?{}*}}", label(dice), label(dice).replace('-', "_")),
        _ => uri(dice),
    }),
    counter: &["{open", "close}", "{a{b}}", "{}", "a b"],
    ..Format::named("uri-template")
};

fn uri(dice: &mut Dice) -> String {
    let mut out = String::from(
        ["https://", "http://", "urn:", "ftp://"][match dice.below(10) {
            0..=6 => 0,
            7 => 1,
            8 => 2,
            _ => 3,
        }],
    );
    if out == "urn:" {
        out.push_str(&label(dice));
        out.push(':');
        out.push_str(&label(dice));
        return out;
    }
    out.push_str(&label(dice));
    out.push_str(".example");
    if dice.chance(20) {
        out.push_str(&format!(":{}", 1 + dice.below(65_535)));
    }
    for _ in 0..dice.below(4) {
        out.push('/');
        out.push_str(&label(dice));
    }
    if dice.chance(25) {
        out.push_str(&format!("?{}={}", label(dice), dice.below(1000)));
    }
    if dice.chance(10) {
        out.push_str(&format!("#{}", label(dice)));
    }
    out
}
