//! `email`, `idn-email` (RFC 5321, RFC 6531), `hostname`, `idn-hostname` (RFC 1123, RFC 5890), `ipv4`, `ipv6`.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::base::Dice;
use crate::schema::compile::builtin::builtin;
use crate::schema::format::Format;

/// RFC 5321 `Mailbox`.
pub(super) const EMAIL: Format = Format {
    text: Some(|text| is_common_email(text) || builtin("email", text)),
    generate: Some(email),
    counter: &["plain", "@example.com", "a@", "a b@example.com", "a@b@example.com", "a@-example.com", ""],
    ..Format::named("email")
};

/// Whether it is an address as nearly all are, which need not be taken to pieces to be told: words with single dots
/// between them, and a host name of at least two labels.
fn is_common_email(text: &str) -> bool {
    const LOCAL_MAX: usize = 64;
    const LABEL_MAX: usize = 63;
    const HOST_MAX: usize = 253;
    let Some((local, host)) = text.split_once('@') else { return false };
    let words = |text: &str, extra: &[u8]| {
        let fine = |word: &[u8]| {
            (1..=LABEL_MAX).contains(&word.len())
                && word.iter().all(|byte| byte.is_ascii_alphanumeric() || extra.contains(byte))
        };
        text.as_bytes().split(|byte| *byte == b'.').all(fine)
    };
    // No hyphens, and a letter first in each label: the rules for those are left to the judge.
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    local.len() <= LOCAL_MAX
        && host.len() <= HOST_MAX
        && host.contains('.')
        && words(local, b"_+-")
        && words(host, b"")
        && host.split('.').all(|label| letter(label.as_bytes().first()))
}

/// RFC 6531 `Mailbox`.
pub(super) const IDN_EMAIL: Format = Format {
    text: Some(|text| builtin("idn-email", text)),
    builtin: true,
    generate: Some(|dice| {
        if dice.chance(40) { format!("用户{}@例え.jp", dice.below(100)) } else { email(dice) }
    }),
    counter: &["plain", "@例え.jp", "用户@", ""],
    ..Format::named("idn-email")
};

/// RFC 1123 host name.
pub(super) const HOSTNAME: Format = Format {
    text: Some(|text| builtin("hostname", text)),
    builtin: true,
    generate: Some(hostname),
    counter: &[
        "-a.example",
        "a_b.example",
        "a..example",
        "exa mple.com",
        ".example",
        "http://example.com",
        "",
    ],
    ..Format::named("hostname")
};

/// RFC 5890 host name.
pub(super) const IDN_HOSTNAME: Format = Format {
    text: Some(|text| builtin("idn-hostname", text)),
    builtin: true,
    generate: Some(
        |dice| if dice.chance(40) { format!("例え{}.jp", dice.below(100)) } else { hostname(dice) },
    ),
    counter: &["-例え.jp", "例え..jp", "〮실례.테스트", "a b", ""],
    ..Format::named("idn-hostname")
};

/// RFC 2673 dotted quad.
pub(super) const IPV4: Format = Format {
    text: Some(|text| text.parse::<Ipv4Addr>().is_ok()),
    generate: Some(|dice| Ipv4Addr::from(octets::<4>(dice)).to_string()),
    counter: &["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4/8", "localhost", "::1", ""],
    ..Format::named("ipv4")
};

/// RFC 4291 address.
pub(super) const IPV6: Format = Format {
    text: Some(|text| text.parse::<Ipv6Addr>().is_ok()),
    generate: Some(ipv6),
    counter: &["12345::", "1::2::3", ":1", "fe80::1%eth0", "::1/64", "127.0.0.1", "g::1", ""],
    ..Format::named("ipv6")
};

fn octets<const N: usize>(dice: &mut Dice) -> [u8; N] {
    std::array::from_fn(|_| u8::try_from(dice.below(256)).unwrap_or(0))
}

fn ipv6(dice: &mut Dice) -> String {
    let full = octets::<16>(dice);
    let address = match dice.below(4) {
        0 => Ipv6Addr::LOCALHOST,
        // The range for documentation (RFC 3849).
        1 => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(full[0])),
        2 => Ipv4Addr::new(full[0], full[1], full[2], full[3]).to_ipv6_mapped(),
        _ => Ipv6Addr::from(full),
    };
    address.to_string()
}

/// A label of letters and digits, perhaps with a hyphen inside.
pub(super) fn label(dice: &mut Dice) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let length = dice.between(1, 10);
    let mut out: String = (0..length)
        .map(|n| char::from(LETTERS[dice.index(if n == 0 { 26 } else { LETTERS.len() })]))
        .collect();
    if out.len() > 4 && dice.chance(20) {
        // Not at the third and fourth place: `ab--` is reserved (RFC 5891, 4.2.3.1).
        out.insert(1, '-');
    }
    out
}

fn hostname(dice: &mut Dice) -> String {
    let mut out = label(dice);
    for _ in 0..dice.below(3) {
        out.push('.');
        out.push_str(&label(dice));
    }
    out.push_str([".example", ".com", ".org", ".test"][dice.index(4)]);
    out
}

fn email(dice: &mut Dice) -> String {
    let mut local = label(dice);
    match dice.below(6) {
        4 => local = format!("{local}.{}", label(dice)),
        5 => local = format!("{local}+{}", label(dice)),
        _ => {}
    }
    format!("{local}@{}", hostname(dice))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_common_address_is_one(
            text in "[a-zA-Z0-9_+.-]{0,12}@([a-zA-Z0-9-]{0,5}\\.?){0,4}",
        ) {
            proptest::prop_assert!(!is_common_email(&text) || builtin("email", &text), "{}", text);
        }
    }

    #[test]
    fn most_addresses_are_common() {
        for text in ["sales@shop.example", "a.b+c@mail.example.com", "user_1@example.org"] {
            assert!(is_common_email(text), "{text}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "a@localhost",
            "\"a b\"@example.com",
            "a@[127.0.0.1]",
            "a..b@example.com",
            ".a@example.com",
            &long,
        ] {
            assert!(!is_common_email(text), "{text}");
        }
    }
}
